"""`serve sim`: the simulated or recorded market as an MCP server of its own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from engine.app import MarketPlan, build_market
from engine.clock import AcceleratedClock, SystemClock
from engine.config import default_rules
from engine.servers.sim import run_sim


def serve_sim(*, transport: str, port: int, history: Path | None, at: datetime | None, seed: int | None) -> int:
    """The market was served until the process ended; from `at` on it runs in real time."""
    clock = SystemClock() if at is None else AcceleratedClock(at, speed=1.0)
    market = build_market(MarketPlan(history=history, seed=seed, start_at=clock.now()))
    run_sim(market, clock.now, default_rules().paper_account, transport=cast("Literal['stdio', 'http']", transport), port=port)
    return 0
