"""What weighs on the desk while somebody presses kill: six loads, each put on from outside the program."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import apsw

from tests.e2e.scene import ADA
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import Json

READERS = tuple(range(2001, 2007))
STRANGERS = tuple(range(60_000, 60_500))
FLOOD_PER_S, FLOOD_STEP_S = 1000, 0.01
QUEUED_TAPS = 3
BITE_S = 30.0
LOOK_S, ASK_AGAIN_S = 0.02, 60.0
DETAILS = "v1:details:1:-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a load acts on: the platform and the home."""

    api: FakeBotApi
    home: Path


async def _nothing() -> None:
    return None


Bite = Callable[[], Awaitable[None]]
Put = Callable[[Weighed], AbstractAsyncContextManager["Weight"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A load that is on: `bite` returns when it weighs on the very next command, `let_go` when the store may be written again, `over` when the
    command was measured and its weight may go."""

    bite: Bite = _nothing
    let_go: Bite = _nothing
    over: Bite = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A load by name. `has_dead_server`: the market is behind an MCP server that takes calls and never answers."""

    name: str
    put: Put
    has_dead_server: bool = False
    is_store_locked: bool = False


@asynccontextmanager
async def _idle(_: Weighed) -> AsyncIterator[Weight]:
    yield Weight()


@asynccontextmanager
async def _handlers_hang(on: Weighed) -> AsyncIterator[Weight]:
    """One handler waits for an answer that does not come, and three taps that will wait for theirs are queued before the command."""
    on.api.hang("answerCallbackQuery", times=None)
    message = on.api.messages(ADA)[0]

    async def bite() -> None:
        waiting = len(on.api.calls_of("answerCallbackQuery"))
        on.api.tap_data(message, DETAILS)
        await on.api.wait_until(lambda: len(on.api.calls_of("answerCallbackQuery")) > waiting, timeout=BITE_S)
        for _ in range(QUEUED_TAPS):
            on.api.tap_data(message, DETAILS)

    async def over() -> None:
        on.api.cut()

    yield Weight(bite=bite, over=over)


@asynccontextmanager
async def _server_hangs(on: Weighed) -> AsyncIterator[Weight]:
    """A scan is under way and waits for the dead server."""
    waiting: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting.add(writer)
        with suppress(ConnectionError):
            while await reader.read(65_536):
                continue
        waiting.discard(writer)
        writer.close()

    async def bite() -> None:
        async with asyncio.timeout(BITE_S):
            while not waiting:
                on.api.say(ADA, "/scan")
                await asyncio.sleep(0.5)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    name_servers(on.home, port=server.sockets[0].getsockname()[1])
    try:
        yield Weight(bite=bite)
    finally:
        server.close()
        for writer in waiting:
            writer.transport.abort()


def name_servers(home: Path, *, port: int) -> None:
    """The home's mcp.json names one server."""
    (home / "mcp.json").write_text(json.dumps({"mcpServers": {"sim": {"url": f"http://127.0.0.1:{port}/mcp"}}}), encoding="utf-8")


@asynccontextmanager
async def _store_locked(on: Weighed) -> AsyncIterator[Weight]:
    """This process holds the store's write lock from before the command until after the latch."""
    connection = apsw.Connection(str(on.home / "cerbero.db"))
    connection.set_busy_timeout(5000)

    async def bite() -> None:
        connection.execute("BEGIN EXCLUSIVE")

    async def let_go() -> None:
        connection.execute("ROLLBACK")

    try:
        yield Weight(bite=bite, let_go=let_go)
    finally:
        connection.close()


@asynccontextmanager
async def _flood(on: Weighed) -> AsyncIterator[Weight]:
    """Five hundred strangers send /kill, a thousand times a second together."""
    flooding = asyncio.create_task(pour(on.api))
    try:
        yield Weight()
    finally:
        flooding.cancel()


async def pour(api: FakeBotApi) -> None:
    """Strangers write until this is cancelled."""
    poured, began_s = 0, time.monotonic()
    while True:
        due = int((time.monotonic() - began_s) * FLOOD_PER_S)
        for number in range(poured, due):
            api.push({"message": _strange(STRANGERS[number % len(STRANGERS)], number)})
        poured = due
        await asyncio.sleep(FLOOD_STEP_S)


def _strange(user_id: int, number: int) -> Json:
    return {
        "message_id": 100_000 + number,
        "from": {"id": user_id, "is_bot": False, "first_name": "Mallory"},
        "chat": {"id": user_id, "type": "private", "first_name": "Mallory"},
        "date": int(time.time()),
        "text": "/kill me",
        "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
    }


@asynccontextmanager
async def _processor_busy(on: Weighed) -> AsyncIterator[Weight]:
    """Six more readers have the market drawn again and again, and a replay runs beside."""
    asking = asyncio.create_task(_ask_for_pictures(on.api))

    async def bite() -> None:
        drawn = len(on.api.calls_of("sendPhoto"))
        await on.api.wait_until(lambda: len(on.api.calls_of("sendPhoto")) > drawn, timeout=BITE_S)

    try:
        yield Weight(bite=bite)
    finally:
        asking.cancel()


async def _ask_for_pictures(api: FakeBotApi) -> None:
    """Whoever has got a picture asks for the next one; the first of them for that of a replay."""
    got, asked_at_s = dict.fromkeys(READERS, -1), dict.fromkeys(READERS, 0.0)
    while True:
        for reader in READERS:
            pictures = sum(message.photo is not None for message in api.messages(reader))
            if pictures > got[reader] or time.monotonic() > asked_at_s[reader] + ASK_AGAIN_S:
                api.say(reader, "/replay" if reader == READERS[0] else "/market")
                got[reader], asked_at_s[reader] = pictures, time.monotonic()
        await asyncio.sleep(LOOK_S)


LOADS = (
    Load(name="idle", put=_idle),
    Load(name="handlers hang", put=_handlers_hang),
    Load(name="MCP call hangs", put=_server_hangs, has_dead_server=True),
    Load(name="store locked", put=_store_locked, is_store_locked=True),
    Load(name="1,000 strangers' /kill a second", put=_flood),
    Load(name="charts and a replay", put=_processor_busy),
)
