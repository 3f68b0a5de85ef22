"""The tests of core notice the faults put into it. Heavy: docs/mutants.md says what it takes and which faults nobody can notice."""

from __future__ import annotations

import os

import pytest

SCORE_PCT_MIN = 90.0

pytestmark = [pytest.mark.slow]


def test_nine_of_ten_faults_put_into_core_are_noticed() -> None:
    pytest.importorskip("mutmut", reason="needs the mutation group: uv sync --group mutation")
    from tests.mutation.run import run_mutants
    from tests.mutation.verdicts import score_pct, survivor_list, table

    verdicts = run_mutants(modules=[], workers=os.cpu_count() or 1)

    assert score_pct(verdicts) >= SCORE_PCT_MIN, f"{table(verdicts)}\n\n{survivor_list(verdicts)}"
