"""From a tap to its answered callback, over loopback HTTP."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from bot.switchboard import serve_telegram, telegram_menu
from bot.telegram import TelegramDoor
from engine.app import MarketPlan, RunPlan, running
from engine.clock import ManualClock
from engine.home import open_home
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT
from engine.state.records import OperatorRecord
from engine.views import Person
from tests.benchmarks.figures import Figure, percentile
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import BotMessage

ADA = 1001
BUTTON = "Details"
WAIT_S = 20.0
CLOSEST_MS = 0.01
"""Two taps of one run are told apart no closer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A platform and the card to tap there."""

    api: FakeBotApi
    card: BotMessage


async def measure(*, taps: int) -> tuple[Figure, ...]:
    """p50 and p99 of a Details tap through poller, store, handlers and door, beside a bare library echo tapped in turn with it."""
    async with AsyncExitStack() as stack:
        ours, bare = await _answered_ms([await _chat(stack, opened) for opened in (_product, _echo)], taps=taps)
    peer = "bare python-telegram-bot echo"
    return (
        Figure(
            name=f"Details tap to answered callback, p50 of {taps}", value=statistics.median(ours), unit="ms", peer=peer, peer_value=statistics.median(bare)
        ),
        Figure(
            name=f"Details tap to answered callback, p99 of {taps}",
            value=percentile(ours, 0.99),
            unit="ms",
            budget="<= 150 ms",
            peer=peer,
            peer_value=percentile(bare, 0.99),
        ),
        Figure(
            name=f"what a Details tap costs over a bare echo, median of {taps}",
            value=_over_ms(ours, bare),
            unit="ms",
            budget="<= 2 ms",
            peer=peer,
            peer_value=statistics.median(bare),
        ),
    )


async def _chat(stack: AsyncExitStack, opened: Callable[[FakeBotApi], AbstractAsyncContextManager[BotMessage]]) -> Chat:
    """A platform of its own, and the card in the only chat of it."""
    api = await stack.enter_async_context(FakeBotApi(people={ADA: "Ada"}))
    return Chat(api=api, card=await stack.enter_async_context(opened(api)))


def _over_ms(taken: Sequence[float], bare: Sequence[float]) -> float:
    """The median of how much longer each took than the bare one right after it."""
    return max(statistics.median([ours - theirs for ours, theirs in zip(taken, bare, strict=True)]), CLOSEST_MS)


@asynccontextmanager
async def _product(api: FakeBotApi) -> AsyncIterator[BotMessage]:
    """The engine with its card in the chat."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-", dir=Path.cwd()) as folder:
        plan = RunPlan(
            home=open_home(Path(folder) / "home"),
            clock=ManualClock(DEMO_START_AT + timedelta(minutes=2)),
            market=MarketPlan(seed=DEMO_SEED),
            origin="demo",
            operators=(OperatorRecord(user_id=ADA, chat_id=ADA, role="admin", language="en"),),
        )
        door = TelegramDoor(api.token, base_url=api.base_url, menu=telegram_menu())
        async with running(plan) as up:
            serving = asyncio.create_task(serve_telegram(up.door, door, clock=plan.clock))
            try:
                await up.door.scan(Person(user_id=ADA, name="Ada", source="chat"))
                yield await api.wait_for(lambda message: any(BUTTON in label for label in message.labels), timeout=WAIT_S)
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving


@asynccontextmanager
async def _echo(api: FakeBotApi) -> AsyncIterator[BotMessage]:
    """The library alone: one handler that answers the callback."""

    async def answer(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        if update.callback_query is not None:
            await update.callback_query.answer("heard")

    application = Application.builder().token(api.token).base_url(api.base_url).build()
    application.add_handler(CallbackQueryHandler(answer))
    async with application:
        await application.start()
        if application.updater is None:
            raise LookupError("the library has no updater")
        await application.updater.start_polling(poll_interval=0.0)
        markup = {"inline_keyboard": [[{"text": BUTTON, "callback_data": "details"}]]}
        await application.bot.do_api_request("sendMessage", api_kwargs={"chat_id": ADA, "text": "card", "reply_markup": markup})
        try:
            yield await api.wait_for(lambda message: message.text == "card", timeout=WAIT_S)
        finally:
            await application.updater.stop()
            await application.stop()


async def _answered_ms(chats: Sequence[Chat], *, taps: int) -> list[list[float]]:
    """The taps of each chat, one after the other in turn: what else the machine does weighs on all of them alike."""
    taken: list[list[float]] = [[] for _ in chats]
    for number in range(taps + 2):
        for chat, each in zip(chats, taken, strict=True):
            began_s = time.perf_counter()
            await chat.api.wait_for_answer(chat.api.tap(chat.card, BUTTON), timeout=WAIT_S)
            # The first taps open connections.
            if number >= 2:
                each.append((time.perf_counter() - began_s) * 1000)
    return taken
