"""What every fault pack prints: one row per measure, our figure beside that of a naive design.

A pack is a module with `PACK = "name"` and `run(heavy: bool) -> tuple[Row, ...]`; `tests/crash/__main__.py` lists them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

HEADS = ("pack", "measure", "ours", "naive", "pass mark", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure of one pack. The figures are words with their unit; `naive` is empty where no naive design was tried."""

    pack: str
    measure: str
    ours: str
    naive: str
    pass_mark: str
    is_passed: bool

    def cells(self) -> tuple[str, ...]:
        return (self.pack, self.measure, self.ours, self.naive, self.pass_mark, "ok" if self.is_passed else "FAILED")


def table(rows: Sequence[Row]) -> str:
    """The rows stand under their heads, each column as wide as its widest cell."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def hush() -> None:
    """Only the table is printed: the engine's own lines, errors that were asked for among them, are not."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def tell(run: Callable[[bool], Sequence[Row]]) -> int:
    """The pack ran, with `--heavy` at its full size, and its table was printed; the exit code says whether every row passed."""
    hush()
    rows = run("--heavy" in sys.argv[1:])
    print(table(rows))
    return 0 if all(row.is_passed for row in rows) else 1
