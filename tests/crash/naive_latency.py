"""The kill latency of the naive bot: the same loads, and a command that waits its turn behind them."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

from tests.crash.kill_loads import pour
from tests.crash.naive_bot import STORE
from tests.crash.naive_points import NaiveLife, naive_life
from tests.crash.nursery import Nursery, Program
from tests.crash.watching import Watch, watching
from tests.e2e.scene import ADA

NEVER_MS = 5000.0
"""How long a command is waited for; one that takes longer counts as this long."""

TRIALS = 5
PICTURES = 3
SETTLE_S = 0.2

Bite = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    return None


@asynccontextmanager
async def _idle(_: NaiveLife) -> AsyncIterator[Bite]:
    yield _nothing


@asynccontextmanager
async def _hang(life: NaiveLife) -> AsyncIterator[Bite]:
    """A handler waits for something that never answers."""

    async def bite() -> None:
        life.api.say(ADA, "/scan")

    yield bite


@asynccontextmanager
async def _store_locked(life: NaiveLife) -> AsyncIterator[Bite]:
    """Another process writes, and a tap that must be written down came just before."""
    other = sqlite3.connect(life.home / STORE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def bite() -> None:
        life.api.tap(life.card, "Approve")

    try:
        yield bite
    finally:
        other.close()


@asynccontextmanager
async def _flood(life: NaiveLife) -> AsyncIterator[Bite]:
    pouring = asyncio.create_task(pour(life.api))
    try:
        yield _nothing
    finally:
        pouring.cancel()


@asynccontextmanager
async def _pictures(life: NaiveLife) -> AsyncIterator[Bite]:
    """A few people have something drawn."""

    async def bite() -> None:
        for _ in range(PICTURES):
            life.api.say(ADA, "/market")

    yield bite


LOADS: dict[str, Callable[[NaiveLife], AbstractAsyncContextManager[Bite]]] = {
    "idle": _idle,
    "handlers hang": _hang,
    "MCP call hangs": _hang,
    "store locked": _store_locked,
    "1,000 strangers' /kill a second": _flood,
    "charts and a replay": _pictures,
}


async def naive_latch_ms(parent: Nursery, folder: Path, load: str) -> list[float]:
    """Milliseconds from the command to the kill file, each in a bot started for it."""
    return [await _trial(parent, folder / str(number), load) for number in range(TRIALS)]


async def _trial(parent: Nursery, folder: Path, load: str) -> float:
    async with naive_life(parent, folder) as life:
        program = await life.start()
        try:
            async with LOADS[load](life) as bite, watching(life.home) as watch:
                await asyncio.sleep(SETTLE_S)
                await bite()
                return await _killed_after_ms(life, watch)
        finally:
            await _ended(program)


async def _killed_after_ms(life: NaiveLife, watch: Watch) -> float:
    began_s = time.monotonic()
    life.api.say(ADA, "/kill")
    with suppress(TimeoutError):
        async with asyncio.timeout(NEVER_MS / 1000):
            return (await watch.saw("file", True, since_s=began_s) - began_s) * 1000
    return NEVER_MS


async def _ended(program: Program) -> None:
    await program.end(signal.SIGKILL)
