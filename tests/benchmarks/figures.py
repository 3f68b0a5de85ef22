"""A measured figure and the table of them."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

LIBRARIES = ("mcp", "python-telegram-bot", "peewee", "apsw", "pydantic", "matplotlib", "apscheduler", "pandas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, what it is held against, and the budget it is meant to keep (told, never asserted)."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    budget: str = ""

    @property
    def ratio(self) -> float:
        return self.value / self.peer_value if self.peer_value else float("inf")


def timings_ms(work: Callable[[], object], *, times: int) -> list[float]:
    """How long each of `times` runs took, after one that does not count."""
    work()
    taken = []
    for _ in range(times):
        began_s = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began_s) * 1000)
    return taken


def median_ms(work: Callable[[], object], *, times: int) -> float:
    return statistics.median(timings_ms(work, times=times))


def percentile(taken: Sequence[float], share: float) -> float:
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * share))]


def table(figures: Sequence[Figure]) -> str:
    """One line a figure, under the versions they were measured with."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    head = f"python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {versions}"
    rows = [("what", "measured", "budget", "beside", "of it", "ratio")]
    rows += [(f.name, f"{f.value:,.2f} {f.unit}", f.budget, f.peer, f"{f.peer_value:,.2f} {f.unit}", f"{f.ratio:,.2f}x") for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join([head, *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)])
