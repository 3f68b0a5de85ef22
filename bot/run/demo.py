"""The first minute: a simulated or recorded market at speed, the engine, and a chat."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.messages.elsewhere import second_path_words
from bot.messages.monthly import note_writer
from bot.run.chats import LocalDoor, announce_link, local_operator, serve_over_telegram, telegram_door, tell_of_nobody
from bot.run.lifetime import Setting, first_to_end, keep_what_stands, operators_of, prepare, run_until_stopped, tell
from engine.app import MarketPlan, Running, RunPlan, default_start, resume_at, running
from engine.clock import AcceleratedClock
from engine.home import home_at
from engine.market.synthetic import DEMO_SEED
from engine.research.replay import Policy, answer_by_policy
from engine.runtime.scheduler import AfterJob, drive_accelerated

SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """The demo as asked for; `home` None is a new throw-away one."""

    home: Path | None
    days_per_second: float
    seed: int | None
    history: Path | None
    at: datetime | None
    chat: str
    autopilot: str | None
    port: int
    is_browser_wanted: bool


def run_demo(options: DemoOptions) -> int:
    """The demo has run until it was stopped."""
    root = options.home if options.home is not None else Path(tempfile.mkdtemp(prefix="cerbero-bite-demo-"))
    resumed = resume_at(home_at(root)) if options.at is None else None
    market = MarketPlan(history=options.history, seed=None if options.history else (DEMO_SEED if options.seed is None else options.seed), start_at=options.at)
    start_at = resumed if resumed is not None else default_start(market)
    clock = AcceleratedClock(start_at, speed=options.days_per_second * SECONDS_PER_DAY)
    # Simulated time stands at its start until the job table takes it over, however long starting takes.
    clock.set_barrier(start_at)
    setting = prepare(root, clock)
    _introduce(options, root, market, start_at, is_resumed=resumed is not None)
    return run_until_stopped(lambda stopping: _demo(options, setting, market, clock, stopping))


def _introduce(options: DemoOptions, root: Path, market: MarketPlan, start_at: datetime, *, is_resumed: bool) -> None:
    tell(f"home: {root}" + ("" if options.home is not None else " (throw-away; give --home to keep one)"))
    tell(f"market: {market.told()}, from {start_at:%a %d %b %Y %H:%M} UTC at {options.days_per_second:g} days per second; paper money only")
    if options.history is None and options.seed is None and options.at is None and not is_resumed:
        tell("This seed and start are chosen so that a trade passes the written rules at once; most weeks refuse, and /why says why.")


async def _demo(options: DemoOptions, setting: Setting, market: MarketPlan, clock: AcceleratedClock, stopping: asyncio.Event) -> int:
    door = await telegram_door(setting.settings) if options.chat == "telegram" else None
    language = setting.settings.language
    operators = operators_of(setting.settings) if door is not None else (local_operator(language),)
    plan = RunPlan(
        home=setting.home,
        clock=clock,
        market=market,
        origin="demo",
        operators=operators,
        admits_paired=door is not None,
        language=language,
        is_chat_forgetful=door is None,
        say=second_path_words(language),
        write_note=note_writer(language),
    )
    async with running(plan) as up:
        keep_what_stands()
        after_job = _autopilot(up, options.autopilot)
        fast = options.days_per_second * SECONDS_PER_DAY
        time_passing = drive_accelerated(up.desk, clock, up.jobs, fast=fast, after_job=after_job)
        store_lost = up.desk.store.trust.until_lost()
        if door is not None:
            tell(f"chat: Telegram, bot @{door.username}")
            await tell_of_nobody(up)
            await first_to_end(stopping, serve_over_telegram(up.door, door, clock=clock), time_passing, store_lost)
        else:
            page = LocalDoor(up.door, language=language, clock=clock, speed=lambda: clock.speed)
            announce_link(page.bind(options.port), browser=options.is_browser_wanted)
            await first_to_end(stopping, page.serve(), time_passing, store_lost)
    tell("stopped; nothing is lost" if options.home is not None else "stopped")
    return 0


def _autopilot(up: Running, answer: str | None) -> AfterJob | None:
    return None if answer is None else answer_by_policy(up.desk, Policy(answer))
