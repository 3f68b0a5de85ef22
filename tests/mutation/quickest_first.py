"""The tests of one mutant run from the quickest to the slowest, so that most mutants fall to a test of a millisecond."""

from __future__ import annotations

import pytest
from mutmut.state import state


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The items are ordered by what each took in the first, unmutated run; nothing changes before that run has ended."""
    took_s = state().duration_by_test
    items.sort(key=lambda item: took_s.get(item.nodeid, 0.0))
