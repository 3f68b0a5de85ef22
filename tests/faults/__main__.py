"""`.venv/bin/python -m tests.faults` prints what each client makes of each fault: one line a fault, one column a client.

A cell says how a call failed (`now`: worth another try, `good`: not, `answer`: nothing failed) and how long after the end of the
fault the client answered again. The last columns are the worst of the line: how far beyond its deadline a call ended, the way
back, the memory. `--memory` takes only the faults that send much and judges no times. Ends with 1 when a promise is not kept;
takes about two minutes, and its times want a quiet machine.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from engine.clock import SystemClock
from engine.log import configure_logging
from tests.faults.cells import CLIENTS, FAULTS, LARGE, Cell, measured

DEADLINE_S = 0.5
LATE_MAX_S, BACK_MAX_S, GROWN_MAX_MB = 0.2, 1.0, 50.0
SILENT = "CRITICAL"


async def lines(*, is_memory_only: bool) -> int:
    """The table is printed; how many cells broke a promise."""
    unheard: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(str(context.get("exception", context["message"]))))
    cells: list[Cell] = []
    print(f"{'':30}" + "".join(f"{name:>14}" for name in CLIENTS) + f"{'late':>9}{'back':>9}{'memory':>9}")
    for transport, faults in FAULTS.items():
        for fault in faults:
            if is_memory_only and fault not in LARGE:
                continue
            row = await _row(transport, fault)
            print(_line(row), flush=True)
            cells += row
    broken = [cell for cell in cells if not (_is_small(cell) if is_memory_only else _is_kept(cell))]
    print(f"{len(cells)} cells, {len(cells) - len(broken)} as promised (typed, <= deadline + {LATE_MAX_S} s, back <= {BACK_MAX_S:g} s, <= {GROWN_MAX_MB:g} MB)")
    print(f"{len(unheard)} uncaught {unheard[:3]}")
    return len(broken) + len(unheard)


async def _row(transport: str, fault: str) -> list[Cell]:
    """All clients at once; one after the other where memory is what counts."""
    groups = [(client,) for client in CLIENTS] if fault in LARGE else [tuple(CLIENTS)]
    row: list[Cell] = []
    for group in groups:
        with tempfile.TemporaryDirectory(prefix="cerbero-faults-") as folder:
            row += await measured(transport, fault, group, folder=Path(folder), deadline_s=DEADLINE_S)
    return row


def _line(row: list[Cell]) -> str:
    told = "".join(f"{_kind(cell):>7}{cell.back_s:>5.2f} s" for cell in row)
    worst = f"{max(cell.late_s for cell in row):>7.2f} s{max(cell.back_s for cell in row):>7.2f} s{max(cell.grown_mb for cell in row):>6.1f} MB"
    return f"{row[0].transport + ': ' + row[0].fault:30}{told}{worst}{'' if all(map(_is_kept, row)) else '  <- not kept'}"


def _kind(cell: Cell) -> str:
    kinds = {outcome if outcome == "answer" else outcome.partition(":")[0].removeprefix("for ") for outcome in cell.outcomes}
    return "/".join(sorted(kinds))


def _is_kept(cell: Cell) -> bool:
    return _is_small(cell) and cell.late_s <= LATE_MAX_S and cell.back_s <= BACK_MAX_S


def _is_small(cell: Cell) -> bool:
    return cell.is_as_tabled and cell.grown_mb <= GROWN_MAX_MB


if __name__ == "__main__":
    configure_logging(None, now=SystemClock().wall, console_level=SILENT)
    sys.exit(1 if asyncio.run(lines(is_memory_only="--memory" in sys.argv[1:])) else 0)
