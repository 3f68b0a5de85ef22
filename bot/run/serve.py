"""`serve NAME`: a bundled MCP server as a process of its own."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast

import click

from bot.run.lifetime import log_errors_only
from engine.app import MarketPlan, build_market, serve_bundled
from engine.clock import AcceleratedClock, SystemClock
from engine.config import default_rules, load_settings
from engine.home import home_at, refuse_open_secrets
from engine.servers.sim import run_sim

Transport = Literal["stdio", "http"]


def serve_sim(*, transport: str, port: int, market: MarketPlan) -> int:
    """The market was served until the process ended; from the plan's start on it runs in real time."""
    clock = SystemClock() if market.start_at is None else AcceleratedClock(market.start_at, speed=1.0)
    rules = default_rules()
    served = build_market(replace(market, start_at=clock.now()), rules)
    token = load_settings(os.environ).server_variables.get("CERBERO_SERVE_TOKEN")
    _announce("sim", transport=transport, port=port)
    run_sim(served, clock.now, rules.paper_account, transport=cast("Transport", transport), port=port, token=token)
    return 0


def serve_named(name: str, *, home: Path, transport: str, port: int) -> int:
    """The server was served until the process ended. Raises ConfigError or StateError before it answers anything."""
    log_errors_only()
    place = home_at(home)
    refuse_open_secrets(place.env_file)
    variables = load_settings(os.environ, place.env_file).server_variables
    _announce(name, transport=transport, port=port)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve_bundled(name, home=place, variables=variables, transport=cast("Transport", transport), port=port))
    return 0


def _announce(name: str, *, transport: str, port: int) -> None:
    """Over HTTP the address stands on stderr; over stdio stdout is the protocol's and nothing is said."""
    if transport == "http":
        click.echo(f"{name}: http://127.0.0.1:{port}/mcp", err=True)
