"""The kill points of the naive bot: the same tap, the same kernel, the same question afterwards."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from tests.crash.naive_bot import STORE, VENUE
from tests.crash.nursery import NAIVE, Nursery, Program, traced
from tests.crash.points import Point, evenly, points_in, tracing
from tests.e2e.scene import ADA, telegram_env
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import BotMessage

CARD = "card 1"
OPENED = f"OPENED {CARD}"
UP_S, QUIET_S = 30.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NaiveLife:
    """One home of the naive bot with its platform and the card in the chat."""

    parent: Nursery
    home: Path
    api: FakeBotApi
    card: BotMessage

    async def start(self) -> Program:
        """The bot polls."""
        polls = len(self.api.calls_of("deleteWebhook"))
        program = await self.parent.start(self.home, str(ADA), env=telegram_env(self.api), output=self.home / "output", module=NAIVE)
        await self.api.wait_until(lambda: len(self.api.calls_of("deleteWebhook")) > polls, timeout=UP_S)
        return program

    async def opened(self, program: Program) -> bool:
        """True once the trade was told; False when the program ended, or nothing more came."""
        try:
            await self.api.wait_until(lambda: not program.is_running or self.is_told(), timeout=QUIET_S)
        except AssertionError:
            return False
        return program.is_running

    def is_told(self) -> bool:
        return any(OPENED in message.text for message in self.api.messages(ADA))

    def wrong(self) -> tuple[str, ...]:
        """What does not agree between the venue, the store and the chat."""
        venue = self.home / VENUE
        placed = len(venue.read_text(encoding="utf-8").splitlines()) if venue.exists() else 0
        # Read for writing, as the bot itself would: a journal left by the kill is rolled back first.
        with closing(sqlite3.connect(self.home / STORE)) as store:
            noted = len(store.execute("SELECT card FROM trades").fetchall())
        if placed == noted == self.is_told() == 1 or self.api.pending_updates():
            return ()
        return (f"{placed} orders, {noted} rows, {'told' if self.is_told() else 'not told'}",)


@asynccontextmanager
async def naive_life(parent: Nursery, folder: Path) -> AsyncIterator[NaiveLife]:
    """A card waits in the chat of the naive bot."""
    folder.mkdir(parents=True)  # noqa: ASYNC240
    async with FakeBotApi(people={ADA: "Ada"}) as api:
        async with Bot(api.token, base_url=api.base_url) as bot:
            await bot.send_message(ADA, CARD, reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Approve", callback_data=CARD)]]))
        yield NaiveLife(parent=parent, home=folder, api=api, card=api.messages(ADA)[0])


async def try_naive(parent: Nursery, folder: Path, *, points_max: int) -> list[tuple[str, ...]]:
    """What was wrong after each point the bot reached and was started again from."""
    async with naive_life(parent, folder / "undisturbed") as life:
        program = await life.start()
        trace = folder / "trace"
        async with traced(program, *tracing(trace)):
            life.api.tap(life.card, "Approve")
            await life.opened(program)
        if wrong := life.wrong():
            raise AssertionError(f"the naive bot goes wrong without a kill: {wrong}")
    points = evenly(points_in(trace, main_thread=program.pid), points_max)
    found = [await _try_point(parent, folder / f"point-{number}", point) for number, point in enumerate(points)]
    return [wrong for wrong in found if wrong is not None]


async def _try_point(parent: Nursery, folder: Path, point: Point) -> tuple[str, ...] | None:
    async with naive_life(parent, folder) as life:
        program = await life.start()
        async with traced(program, *point.options, is_main_thread_only=point.is_main_thread):
            life.api.tap(life.card, "Approve")
            if await life.opened(program) or program.is_running:
                return None
        again = await life.start()
        await life.opened(again)
        await again.end(signal.SIGKILL)
        return life.wrong()
