"""Commands that run: demo, start, dry-run, serve."""

from __future__ import annotations

import math
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot.cli.options import HISTORY, INSTANT, SEED, home_option, json_option

PORT = click.IntRange(1, 65535)
SERVERS = ["sim", "deribit", "hyperliquid", "macro", "sentiment", "portfolio", "memory", "brain_bridge", "telegram", "engine"]


class _DaysPerSecond(click.FloatRange):
    """A range that holds for "nan" too, which no comparison keeps out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        days: float = super().convert(value, param, ctx)
        if math.isnan(days):
            self.fail(f"{value} is no number.", param, ctx)
        return days


DAYS_PER_SECOND = _DaysPerSecond(0.001, 10)


@click.command("demo")
@home_option
@click.option("--days-per-second", type=DAYS_PER_SECOND, default=0.25, show_default=True, help="Simulated days per second while nothing is asked.")
@click.option("--seed", type=SEED, default=None, help="Seed of the simulated market.")
@click.option("--history", type=HISTORY, metavar="DIR|shipped", default=None, help="Play market history from this folder, or the `shipped` one, instead.")
@click.option("--at", type=INSTANT, default=None, help="Instant to start at.")
@click.option("--chat", type=click.Choice(["local", "telegram"]), default="local", show_default=True)
@click.option("--autopilot", type=click.Choice(["approve", "reject", "ignore"]), default=None, help="Answers the cards instead of a person.")
@click.option("--port", type=PORT, default=8765, show_default=True, help="Port of the local chat.")
@click.option("--no-browser", "is_browser_wanted", is_flag=True, flag_value=False, default=True, help="Do not open a browser.")
def demo(
    home: Path | None,
    days_per_second: float,
    seed: int | None,
    history: Path | None,
    at: datetime | None,
    chat: str,
    autopilot: str | None,
    port: int,
    is_browser_wanted: bool,
) -> int:
    """The first minute: a simulated market, the engine with paper money, and the chat."""
    is_named = home is not None or bool(os.environ.get("CERBERO_HOME"))
    if is_named:
        _refuse_second(home)
    from bot.run.demo import DemoOptions, run_demo
    from bot.run.lifetime import home_root

    return run_demo(
        DemoOptions(
            home=home_root(home) if is_named else None,
            days_per_second=days_per_second,
            seed=seed,
            history=history,
            at=at,
            chat=chat,
            autopilot=autopilot,
            port=port,
            is_browser_wanted=is_browser_wanted,
        )
    )


@click.command("start")
@home_option
@click.option("--stage", type=click.Choice(["paper", "soft", "full"]), default="paper", show_default=True)
@click.option("--dry-run", is_flag=True, help="Propose and never order.")
@click.option("--chat", type=click.Choice(["telegram", "local"]), default=None, help="Default: Telegram where a token is set, otherwise the local page.")
@click.option("--port", type=PORT, default=8765, show_default=True, help="Port of the local chat.")
@click.option("--no-browser", "is_browser_wanted", is_flag=True, flag_value=False, default=True, help="Do not open a browser.")
def start(home: Path | None, stage: str, dry_run: bool, chat: str | None, port: int, is_browser_wanted: bool) -> int:
    """Run engine and chat in this home until stopped."""
    _refuse_second(home)
    from bot.run.lifetime import home_root
    from bot.run.live import LiveOptions, run_live

    options = LiveOptions(home=home_root(home), stage=stage, is_dry_run=dry_run, chat=chat, port=port, is_browser_wanted=is_browser_wanted)
    return run_live(options)


@click.command("dry-run")
@home_option
@json_option
@click.option("--at", type=INSTANT, default=None, help="Print the decision of this instant and end; without it the engine stays up.")
@click.option(
    "--recorded", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None, help="Print the decision of a recording's last look and end."
)
@click.option("--history", type=HISTORY, metavar="DIR|shipped", default=None, help="With --at: market history instead of the simulated market.")
@click.option("--seed", type=SEED, default=None, help="With --at: seed of the simulated market.")
@click.option("--once", is_flag=True, help="Print one decision of the present and end.")
@click.option("--chat", type=click.Choice(["telegram", "local", "none"]), default="none", show_default=True)
@click.option("--port", type=PORT, default=8765, show_default=True, help="Port of the local chat.")
def dry_run(
    home: Path | None, as_json: bool, at: datetime | None, recorded: Path | None, history: Path | None, seed: int | None, once: bool, chat: str, port: int
) -> int:
    """Decide and propose, never order. Prints a decision with every filter's value and limit."""
    from bot.run.lifetime import home_root

    if recorded is not None:
        if history is not None or seed is not None:
            raise click.UsageError("A recording has its own market. Leave out --history and --seed.")
        return _decision_in(home, folder=recorded, at=at, as_json=as_json)
    if at is not None:
        return _decision_at(home, at=at, history=history, seed=seed, as_json=as_json)
    if history is not None or seed is not None or as_json:
        raise click.UsageError("--history, --seed and --json are about one instant. Add --at, e.g. --at 2026-01-12T14:00Z; --json also goes with --recorded.")
    _refuse_second(home)
    from bot.run.live import LiveOptions, run_live

    options = LiveOptions(home=home_root(home), stage="paper", is_dry_run=True, chat=chat, port=port, is_browser_wanted=False, is_once=once)
    return run_live(options)


def _refuse_second(home: Path | None) -> None:
    """A second instance learns it within a moment, before the platform is asked anything and all else is loaded."""
    from engine.offline import refuse_second

    refuse_second(home)


def _decision_at(home: Path | None, *, at: datetime, history: Path | None, seed: int | None, as_json: bool) -> int:
    from bot.run.lifetime import home_root
    from bot.run.one_shot import print_decision
    from engine.app import MarketPlan, decide_once
    from engine.config import load_settings
    from engine.home import home_at

    market, where = MarketPlan(history=history, seed=seed, start_at=at), home_at(home_root(home))
    language = load_settings(os.environ).language
    return print_decision(lambda scratch: decide_once(home=where, market=market, at=at, scratch=scratch), language=language, as_json=as_json)


def _decision_in(home: Path | None, *, folder: Path, at: datetime | None, as_json: bool) -> int:
    from bot.run.lifetime import home_root
    from bot.run.one_shot import print_decision
    from engine.app import decide_recorded
    from engine.config import load_settings
    from engine.home import home_at

    where, language = home_at(home_root(home)), load_settings(os.environ).language
    return print_decision(lambda scratch: decide_recorded(home=where, folder=folder, at=at, scratch=scratch), language=language, as_json=as_json)


@click.command("serve")
@click.argument("name", type=click.Choice(SERVERS))
@home_option
@click.option("--transport", type=click.Choice(["stdio", "http"]), default="stdio", show_default=True)
@click.option("--port", type=PORT, default=8766, show_default=True, help="Port of the HTTP transport.")
@click.option("--history", type=HISTORY, metavar="DIR|shipped", default=None, help="Play market history from this folder, or the `shipped` one.")
@click.option("--exact", is_flag=True, help="With --history: chains only as they were recorded, not carried to the present.")
@click.option("--at", type=INSTANT, default=None, help="Simulated instant at which the market starts; it then runs in real time.")
@click.option("--seed", type=SEED, default=None, help="Seed of the simulated market.")
def serve(name: str, home: Path | None, transport: str, port: int, history: Path | None, exact: bool, at: datetime | None, seed: int | None) -> int:
    """Run a bundled MCP server of its own; sim is the simulated or recorded market, the others speak to the world or for a home."""
    if exact and history is None:
        raise click.UsageError("--exact goes with --history: only a recording has snapshots. Add --history DIR.")
    if name != "sim" and (history is not None or at is not None or seed is not None):
        raise click.UsageError("--history, --exact, --at and --seed are about the simulated market. Leave them out, or serve sim.")
    from bot.run.lifetime import home_root
    from bot.run.serve import serve_named, serve_sim
    from engine.app import MarketPlan

    if name != "sim":
        return serve_named(name, home=home_root(home), transport=transport, port=port)
    return serve_sim(transport=transport, port=port, market=MarketPlan(history=history, is_exact=exact, seed=seed, start_at=at))


COMMANDS = {"demo": demo, "start": start, "dry-run": dry_run, "serve": serve}
