"""`serve sim`: the simulated or recorded market as an MCP server of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from engine.app import MarketPlan, build_market
from engine.clock import AcceleratedClock, SystemClock
from engine.config import default_rules
from engine.servers.sim import run_sim


def serve_sim(*, transport: str, port: int, market: MarketPlan) -> int:
    """The market was served until the process ended; from the plan's start on it runs in real time."""
    clock = SystemClock() if market.start_at is None else AcceleratedClock(market.start_at, speed=1.0)
    rules = default_rules()
    served = build_market(replace(market, start_at=clock.now()), rules)
    run_sim(served, clock.now, rules.paper_account, transport=cast("Literal['stdio', 'http']", transport), port=port)
    return 0
