"""Where a sweep's results are kept, of which history they are, and what they are held against."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from engine.market.folder import CHAINS, read_manifest
from engine.research.sweep import SweepPlan
from engine.research.sweep_score import Frame
from engine.servers.market_plan import simulated_name

SWEEPS = "sweeps"
"""The folder of a home that keeps what sweeps found."""


def frame_of(plan: SweepPlan, *, now: datetime) -> Frame:
    """What the results of a sweep are held against."""
    history = plan.market.history
    return Frame(
        grid=plan.grid,
        rules=plan.rules,
        history=simulated_name(plan.market),
        is_modelled=history is None or read_manifest(history).is_synthetic or not any((history / CHAINS).glob("*")),
        from_at=plan.from_at,
        to_at=plan.to_at,
        as_of=now,
    )


def identity(history: Path | None) -> str:
    """A history by its place and what its files are: results of another one are never taken for its own."""
    if history is None:
        return "simulated"
    files = sorted(path for path in history.rglob("*") if path.is_file())
    return repr([(str(path.relative_to(history)), path.stat().st_size, path.stat().st_mtime_ns) for path in files])
