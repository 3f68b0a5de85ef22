"""Every benchmark in one order, at one of two sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.clock import SystemClock
from engine.log import configure_logging
from tests.benchmarks import alarms, calls, chains, core_rules, decision, fast_replays, lab, long_history, pictures, processes, replays, storage, taps
from tests.benchmarks.figures import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How often and how much; `idle_s` is the rest of the engine before its memory is read."""

    times: int
    taps: int
    calls: int
    appends: int
    rows: int
    history_rows: int
    replay_days: int
    fast_days: int
    idle_s: float
    paths: int
    settings: int


FULL = Size(
    times=15, taps=100, calls=800, appends=500, rows=20_000, history_rows=1_000_000, replay_days=14, fast_days=690, idle_s=8.0, paths=2_000, settings=64
)
QUICK = Size(times=1, taps=1, calls=1, appends=3, rows=20, history_rows=120, replay_days=1, fast_days=7, idle_s=0.2, paths=20, settings=1)

BENCHMARKS: Mapping[str, Callable[[Size], tuple[Figure, ...]]] = {
    "rules": lambda size: asyncio.run(core_rules.measure(times=size.times)),
    "chains": lambda size: chains.measure(days=size.replay_days * 60, times=size.times),
    "decision": lambda size: asyncio.run(decision.measure(times=size.times)),
    "taps": lambda size: asyncio.run(taps.measure(taps=size.taps)),
    "pictures": lambda size: pictures.measure(times=size.times),
    "processes": lambda size: processes.measure(times=size.times, idle_s=size.idle_s),
    "calls": lambda size: asyncio.run(calls.measure(times=size.calls)),
    "storage": lambda size: storage.measure(appends=size.appends, rows=size.rows),
    "long_history": lambda size: long_history.measure(rows=size.history_rows, times=size.times),
    "alarms": lambda size: alarms.measure(times=size.times),
    "fast_replays": lambda size: fast_replays.measure(days=size.fast_days, full_days=size.replay_days, times=min(size.times, 5)),
    "lab": lambda size: lab.measure(paths=size.paths, settings=size.settings, times=min(size.times, 3)),
    "replays": lambda size: asyncio.run(replays.measure(days=size.replay_days, looks=size.times)),
}


def run_all(size: Size) -> tuple[Figure, ...]:
    """Every figure of every benchmark, one after the other."""
    configure_logging(None, now=SystemClock().wall, console_level="ERROR")
    return tuple(figure for measure in BENCHMARKS.values() for figure in measure(size))
