"""The part of the engine's door that the local chat knocks at, remembering what it was given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from bot.local_chat.routes import Page
from bot.local_chat.server import ClockLine, LocalChat
from bot.local_chat.strings import page_strings
from engine.clock import SystemClock
from engine.views import Person

COMMANDS = (("status", "Engine, stage and data ages"), ("positions", "Open trades"), ("pending", "Cards that wait"), ("kill", "Stop everything, now"))


class Door:
    """Stores in memory; `failure` is raised instead, `is_open` cleared makes storing hang."""

    def __init__(self) -> None:
        self.updates: list[dict[str, object]] = []
        self.callback_ids: list[str] = []
        self.kills: list[tuple[Person, str]] = []
        self.failure: Exception | None = None
        self.is_new = True
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.killed = asyncio.Event()
        self.tapped = asyncio.Event()

    def latch_kill(self, by: Person, reason: str) -> None:
        self.kills.append((by, reason))
        self.killed.set()

    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool:
        await self.is_open.wait()
        if self.failure is not None:
            raise self.failure
        update = json.loads(raw_json)
        if update["update_id"] != update_id:
            raise ValueError("the update carries another id than it is stored under")
        self.updates.append(update)
        if callback_id is not None:
            self.callback_ids.append(callback_id)
            self.tapped.set()
        return self.is_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    chat: LocalChat
    door: Door
    url: str
    pokes: list[None]
    serving: asyncio.Task[None]

    @property
    def root(self) -> str:
        return self.url.partition("/?")[0]

    @property
    def key(self) -> str:
        return self.url.partition("key=")[2]

    def client(self, *, with_key: bool = True) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.root, params={"key": self.key} if with_key else {}, trust_env=False)


async def noon_line() -> ClockLine:
    return ClockLine(now=datetime(2026, 11, 18, 14, 3, tzinfo=UTC), speed=172_800.0, stage="PAPER", state="hold")


def new_chat(door: Door, pokes: list[None] | None = None, *, language: str = "en") -> LocalChat:
    heard: list[None] = [] if pokes is None else pokes
    page = Page(language=language, strings=page_strings(language), commands=COMMANDS)
    return LocalChat(door, page, clock=SystemClock(), clock_line=noon_line, on_stored=lambda: heard.append(None))


@asynccontextmanager
async def running_chat(*, language: str = "en") -> AsyncIterator[Running]:
    """A chat that answers on a free port, stopped at the end."""
    door, pokes = Door(), []
    chat = new_chat(door, pokes, language=language)
    url = chat.bind(0)
    serving = asyncio.create_task(chat.serve())
    try:
        yield Running(chat=chat, door=door, url=url, pokes=pokes, serving=serving)
    finally:
        chat.stop()
        await serving
