"""Where a process can be killed: the N-th call of a kind, counted by strace thread by thread."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    *("pwrite64", "pwritev", "write", "writev", "ftruncate", "fdatasync", "fsync", "sendto", "sendmsg"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat"),
)
TRACED_LINE = re.compile(r"^(\d+) +(\w+)\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The process dies when the main thread, or else any thread, is about to make its `nth` call of this kind."""

    is_main_thread: bool
    call: str
    nth: int

    def __str__(self) -> str:
        return f"{self.call} {self.nth}{' of the main thread' if self.is_main_thread else ''}"

    @property
    def options(self) -> tuple[str, ...]:
        """What strace is told."""
        return ("-e", f"trace={self.call}", "-e", f"inject={self.call}:signal=SIGKILL:when={self.nth}", "-o", "/dev/null")


def tracing(trace: Path) -> tuple[str, ...]:
    """What strace is told to list every call that could be a point."""
    return ("-e", f"trace={','.join(CALLS)}", "-o", str(trace))


def points_in(trace: Path, *, main_thread: int) -> list[Point]:
    """Every call of the trace in its order."""
    counts: Counter[tuple[str, str]] = Counter()
    points = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        if (match := TRACED_LINE.match(line)) is not None:
            thread, call = match.groups()
            counts[thread, call] += 1
            points.append(Point(is_main_thread=int(thread) == main_thread, call=call, nth=counts[thread, call]))
    return points


def evenly(points: Sequence[Point], count: int) -> Sequence[Point]:
    """`count` of the points at equal distances, all of them when there are fewer."""
    if len(points) <= count:
        return points
    return [points[round(number * (len(points) - 1) / (count - 1))] for number in range(count)]
