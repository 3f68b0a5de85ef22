"""The groups name tests that exist."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.schedule import BY_FILE, GROUPS, group_of


@pytest.mark.parametrize("beginning", [*GROUPS, *BY_FILE])
def test_each_beginning_is_that_of_some_test(beginning: str) -> None:
    path = beginning.partition("::")[0]
    folder = ROOT / path if path.endswith("/") else (ROOT / path).parent
    found = [each.relative_to(ROOT).as_posix() for each in folder.rglob("test_*.py")]

    assert any(each.startswith(path) for each in found)


def test_what_shares_a_program_goes_together_and_a_test_of_its_own_stands_alone() -> None:
    alone = "tests/bot/test_text.py::test_a"

    assert group_of("tests/crash/test_kill_points.py::test_a") == group_of("tests/crash/test_taps.py::test_b[2]") == "program"
    assert group_of("tests/crash/test_power_loss.py::test_a[5]") == "tests/crash/test_power_loss.py"
    assert group_of(alone) == alone
