"""Requests as a transport would make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.chat import Command, Reply, Request, Role
from bot.handlers import COMMANDS
from engine.clock import Clock
from tests.bot.fake_engine import ADMIN

WALL = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)

BLANK = Request(
    update_id=1,
    user_id=ADMIN,
    user_name="Ada",
    chat_id=ADMIN,
    role=Role.VIEWER,
    language="en",
    sent_at=WALL - timedelta(seconds=2),
    message_id=77,
)


class WallClock(Clock):
    """The wall shows `WALL`, whatever the market's time is."""

    def now(self) -> datetime:
        return WALL - timedelta(days=400)

    def wall(self) -> datetime:
        return WALL

    async def sleep_until(self, at: datetime) -> None:
        """Nothing here waits."""


def order(line: str, *, user_id: int = ADMIN, sent_ago: timedelta = timedelta(seconds=2), replied_text: str | None = None) -> Request:
    """A command line as typed, with its slash."""
    words = line.removeprefix("/").split()
    return replace(BLANK, user_id=user_id, chat_id=user_id, sent_at=WALL - sent_ago, command=words[0], args=tuple(words[1:]), replied_text=replied_text)


def tap(data: str, *, user_id: int = ADMIN) -> Request:
    """A pressed button."""
    return replace(BLANK, user_id=user_id, chat_id=user_id, callback=data, callback_id="tap-1")


def said(text: str, *, user_id: int = ADMIN) -> Request:
    """Plain words."""
    return replace(BLANK, user_id=user_id, chat_id=user_id, text=text)


def command(name: str) -> Command:
    """The command of that name."""
    return next(each for each in COMMANDS if each.name == name)


def words(replies: tuple[Reply, ...]) -> str:
    """Everything the replies say, toasts included."""
    return "\n".join(part for reply in replies for part in (reply.html, reply.toast) if part)
