"""The program on a machine that refuses: a sentence, a kill switch that lands, a store that is whole, and work again when the machine does."""

from __future__ import annotations

import asyncio

import pytest

from tests.crash.memory import memory_folder
from tests.crash.program_faults import try_all


@pytest.mark.parametrize("is_heavy", [pytest.param(False, id="quick"), pytest.param(True, id="every-fault", marks=pytest.mark.slow)])
def test_each_refusal_of_the_machine_is_told_in_a_sentence_and_costs_nothing(is_heavy: bool) -> None:
    with memory_folder() as folder:
        checks = asyncio.run(try_all(folder, is_heavy=is_heavy))

    assert [check for check in checks if not check.held] == []
    if lacking := sorted({check.fault for check in checks if check.expected == "not tried"}):
        pytest.skip(f"the rest held; not tried, because this machine lacks what it takes: {', '.join(lacking)}")
