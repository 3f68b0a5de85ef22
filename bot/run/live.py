"""`start` and `dry-run`: the engine on the wall clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.format import to_plain
from bot.messages.elsewhere import second_path_words
from bot.messages.monthly import note_writer
from bot.messages.voice import voice
from bot.run.chats import LocalDoor, announce_link, local_operator, serve_over_telegram, telegram_door, tell_of_nobody, webhook_of
from bot.run.lifetime import Setting, first_to_end, keep_what_stands, operators_of, prepare, run_until_stopped, tell
from bot.telegram import TelegramDoor
from bot.views.checks import why
from bot.webhook import Webhook
from engine.api import Person
from engine.app import MarketPlan, Running, RunPlan, origin_of, running, signed_off_stage
from engine.clock import SystemClock
from engine.runtime.scheduler import LiveScheduler

COMMAND_LINE = Person(user_id=0, name="dry-run", source="cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """A run on the wall clock; `chat` None is Telegram where a token is set, otherwise the local page."""

    home: Path
    stage: str
    is_dry_run: bool
    chat: str | None
    port: int
    is_browser_wanted: bool
    is_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What the run is spoken to through; `webhook` None is polling."""

    name: str
    door: TelegramDoor | None
    webhook: Webhook | None
    language: str


def run_live(options: LiveOptions) -> int:
    """The engine has run until it was stopped."""
    clock = SystemClock()
    setting = prepare(options.home, clock)
    return run_until_stopped(lambda stopping: _live(options, setting, clock, stopping))


async def _live(options: LiveOptions, setting: Setting, clock: SystemClock, stopping: asyncio.Event) -> int:
    settings = setting.settings
    stage = signed_off_stage(setting.home, options.stage)
    chat = options.chat if options.chat is not None else "telegram" if settings.telegram_token is not None else "local"
    door = await telegram_door(settings) if chat == "telegram" else None
    webhook = None if door is None else webhook_of(settings, door)
    operators = operators_of(settings) if door is not None else (local_operator(settings.language),) if chat == "local" else ()
    origin = origin_of(MarketPlan(), setting.home)
    plan = RunPlan(
        home=setting.home,
        clock=clock,
        market=MarketPlan(),
        origin=origin,
        stage=stage,
        is_dry_run=options.is_dry_run,
        operators=operators,
        admits_paired=door is not None,
        language=settings.language,
        is_chat_forgetful=chat == "local",
        say=second_path_words(settings.language),
        write_note=note_writer(settings.language),
        server_variables=settings.server_variables,
    )
    async with running(plan) as up:
        _introduce(up)
        if options.is_dry_run:
            await _print_decision(up, settings.language)
            if options.is_once:
                return 0
        keep_what_stands()
        scheduler = LiveScheduler(up.desk, up.jobs)
        scheduler.start()
        try:
            await _serve(up, options, chat=Chat(name=chat, door=door, webhook=webhook, language=settings.language), stopping=stopping)
        finally:
            await scheduler.stop()
    tell("stopped; nothing is lost")
    return 0


async def _serve(up: Running, options: LiveOptions, *, chat: Chat, stopping: asyncio.Event) -> None:
    store_lost = up.desk.store.trust.until_lost()
    if chat.door is not None:
        tell(f"chat: Telegram, bot @{chat.door.username}")
        await tell_of_nobody(up)
        await first_to_end(stopping, serve_over_telegram(up.door, chat.door, clock=up.desk.clock, webhook=chat.webhook), store_lost)
    elif chat.name == "local":
        page = LocalDoor(up.door, language=chat.language, clock=up.desk.clock, speed=lambda: 1.0)
        announce_link(page.bind(options.port), browser=options.is_browser_wanted)
        await first_to_end(stopping, page.serve(), store_lost)
    else:
        await first_to_end(stopping, store_lost)


def _introduce(up: Running) -> None:
    tell(f"engine running, stage {up.desk.stage.value}, market {up.desk.market}" + (", dry run: proposes and never orders" if up.desk.is_dry_run else ""))
    if up.desk.origin == "demo":
        tell("The market is simulated: this home's mcp.json names a server sim. Its store is marked demo and stays so.")


async def _print_decision(up: Running, language: str) -> None:
    """One look at the market now, with every filter, on stdout."""
    await up.door.scan(COMMAND_LINE)
    decision = await up.door.why()
    if decision is not None:
        tell(to_plain(why(decision, voice(language))))
