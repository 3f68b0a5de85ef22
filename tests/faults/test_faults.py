"""Every client lives through everything its server's transport can do: a typed failure while it lasts, and answers again afterwards."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.faults.cells import CLIENTS, FAULTS, Cell, measured

AT_ONCE = 9
QUICK_DEADLINE_S, HEAVY_DEADLINE_S = 0.15, 0.5


@pytest.fixture
async def unheard() -> list[str]:
    """What nobody caught: the loop is told of exceptions that no one awaits."""
    told: list[str] = []

    def hear(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        told.append(str(context.get("exception", context["message"])))

    asyncio.get_running_loop().set_exception_handler(hear)
    return told


async def all_cells(transport: str, clients_of: dict[str, tuple[str, ...]], folder: Path, *, deadline_s: float) -> list[Cell]:
    """The cells of every fault, a few side by side."""
    folders = {fault: folder / f"{transport}-{number}" for number, fault in enumerate(clients_of)}
    for each in folders.values():
        each.mkdir()
    cells: list[Cell] = []
    for first in range(0, len(folders), AT_ONCE):
        faults = list(folders)[first : first + AT_ONCE]
        rows = await asyncio.gather(*(measured(transport, fault, clients_of[fault], folder=folders[fault], deadline_s=deadline_s) for fault in faults))
        cells += [cell for row in rows for cell in row]
    return cells


@pytest.mark.parametrize("transport", FAULTS)
async def test_a_client_gets_a_typed_failure_while_it_lasts_and_answers_afterwards(transport: str, tmp_path: Path, unheard: list[str]) -> None:
    """Each fault meets two of the eight clients here, each client every fourth fault; all meet all with --heavy."""
    names = tuple(CLIENTS)
    pairs = {fault: (names[number % 4], names[number % 4 + 4]) for number, fault in enumerate(FAULTS[transport])}
    cells = await all_cells(transport, pairs, tmp_path, deadline_s=QUICK_DEADLINE_S)

    assert [cell for cell in cells if not cell.is_as_tabled] == []
    assert {cell.client for cell in cells} == set(names)
    assert unheard == []


@pytest.mark.slow
@pytest.mark.parametrize(("transport", "fault"), [(transport, fault) for transport, faults in FAULTS.items() for fault in faults])
async def test_every_client_gets_a_typed_failure_while_it_lasts_and_answers_afterwards(transport: str, fault: str, tmp_path: Path, unheard: list[str]) -> None:
    cells = await measured(transport, fault, tuple(CLIENTS), folder=tmp_path, deadline_s=HEAVY_DEADLINE_S)

    assert [cell for cell in cells if not cell.is_as_tabled] == []
    assert unheard == []


@pytest.mark.slow
def test_answers_without_measure_cost_no_more_memory_than_promised() -> None:
    """In a process of its own: its memory is nobody else's."""
    told = subprocess.run([sys.executable, "-m", "tests.faults", "--memory"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout
