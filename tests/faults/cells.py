"""Eight clients, two transports, and what may go wrong: the cells of the table and how one is measured.

A cell: a sound call, then calls while the fault lasts, until the breaker opens or enough were made, then the time until
the first sound answer after the fault has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.clients.brain_bridge import BrainBridgeClient
from engine.clients.deribit import DeribitClient
from engine.clients.hyperliquid import HyperliquidClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import REPLY_BYTES_MAX, McpConnection, over_http, over_stdio
from engine.clients.memory import MemoryClient
from engine.clients.portfolio import PortfolioClient
from engine.clients.sentiment import SentimentClient
from engine.clients.telegram import OutsideChatClient
from engine.errors import VenueError
from tests.conftest import ROOT
from tests.faults.http_server import FaultyHttp

CONTENT = ("nan", "a key twice", "nested text", "polite error", "wrong types")
"""Faults of what a tool says; a second path to a person takes any words for a yes."""
PROTOCOL = ("another id", "wrong envelope", "tool error", "rpc error", "no json", "no text", "nested envelope", "silent")
HTTP = (
    "refused", "unanswered", "reset", "closed", "truncated", "dripping", "status 429", "status 502, a page", "status 200, a page", "empty",
    "sent elsewhere", "20 MB", "20 MB in 20 kB", "in slices of 7 bytes", *PROTOCOL, *CONTENT,
)  # fmt: skip
STDIO = ("killed", "stopped", "left", "output closed", "half a line", "half a line, then gone", "20 MB without an end", *PROTOCOL, *CONTENT)
FAULTS = {"http": HTTP, "stdio": STDIO}
HARMLESS = ("in slices of 7 bytes",)
LARGE = ("20 MB", "20 MB in 20 kB", "20 MB without an end")
CALLS_MAX, STARTS_MAX = 6, 5
WARM_DEADLINE_S, BACK_DEADLINE_S, BACK_WITHIN_S, LOOK_S = 20.0, 2.0, 10.0, 0.01
KILOBYTES_PER_MB = 1024

Ask = Callable[["Hurried"], Callable[[], Awaitable[object]]]

CLIENTS: dict[str, Ask] = {
    "deribit": lambda connection: DeribitClient(connection).get_index_price,
    "hyperliquid": lambda connection: HyperliquidClient(connection).get_mark,
    "macro": lambda connection: MacroClient(connection).get_fx,
    "sentiment": lambda connection: SentimentClient(connection).get_sentiment,
    "portfolio": lambda connection: PortfolioClient(connection).get_portfolio,
    "memory": lambda connection: _recalling(MemoryClient(connection)),
    "telegram": lambda connection: _sending(OutsideChatClient(connection)),
    "brain_bridge": lambda connection: BrainBridgeClient(connection).list_reports,
}
"""One cheap question per client."""


class Hurried(McpConnection):
    """A connection whose every call has `patience_s`, whatever its client asks for."""

    patience_s = WARM_DEADLINE_S

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = WARM_DEADLINE_S, max_bytes: int = REPLY_BYTES_MAX) -> str:
        return await super().call(tool, arguments, deadline_s=min(deadline_s, self.patience_s), max_bytes=max_bytes)

    async def tell(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = WARM_DEADLINE_S) -> None:
        await super().tell(tool, arguments, deadline_s=min(deadline_s, self.patience_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one client made of one fault. `outcomes`: `answer`, or the failure in words; times beyond the deadline and back, memory while it lasted."""

    transport: str
    fault: str
    client: str
    outcomes: tuple[str, ...]
    late_s: float
    back_s: float
    grown_mb: float

    @property
    def is_as_tabled(self) -> bool:
        """Every call failed with a typed failure, or all were answered where nothing may fail; afterwards it answers again."""
        is_answered = answers(self.client, self.fault)
        return self.back_s < BACK_WITHIN_S and all((outcome == "answer") is is_answered for outcome in self.outcomes)


def answers(client: str, fault: str) -> bool:
    """Whether the client gets its answer although this goes wrong."""
    return fault in HARMLESS or (client == "telegram" and fault in CONTENT)


@contextlib.asynccontextmanager
async def faulty(transport: str, folder: Path) -> AsyncIterator[tuple[Callable[[], Hurried], Callable[[str], Awaitable[None]]]]:
    """How to connect to a server over the transport, and how to tell it what goes wrong."""
    if transport == "http":
        async with FaultyHttp() as server:
            yield lambda: Hurried("faulty", over_http(server.url), is_cheap=True), server.turn
        return
    control = folder / "fault"
    control.write_text("", encoding="utf-8")

    async def turn(fault: str) -> None:
        control.write_text(fault, encoding="utf-8")

    command = (sys.executable, ("-S", "-m", "tests.faults.child", str(control)))
    yield lambda: Hurried("faulty", over_stdio(*command, env={"PYTHONPATH": str(ROOT)})), turn


async def measured(transport: str, fault: str, clients: Sequence[str], *, folder: Path, deadline_s: float) -> tuple[Cell, ...]:
    """The cells of one fault, all clients at once."""
    async with faulty(transport, folder) as (connect, turn):
        connections = {client: connect() for client in clients}
        asks = {client: CLIENTS[client](connection) for client, connection in connections.items()}
        try:
            await asyncio.gather(*(_warm(ask) for ask in asks.values()))
            before_mb = _peak_mb()
            await turn(fault)
            told = await asyncio.gather(
                *(_while_it_lasts(connections[client], ask, deadline_s=_patience_s(client, fault, deadline_s)) for client, ask in asks.items())
            )
            grown_mb = _peak_mb() - before_mb
            await turn("")
            back_s = await asyncio.gather(*(_until_back(connections[client], ask) for client, ask in asks.items()))
        finally:
            await asyncio.gather(*(connection.aclose() for connection in connections.values()))
    return tuple(
        Cell(transport=transport, fault=fault, client=client, outcomes=outcomes, late_s=late_s, back_s=back, grown_mb=grown_mb)
        for client, (outcomes, late_s), back in zip(clients, told, back_s, strict=True)
    )


async def _warm(ask: Callable[[], Awaitable[object]]) -> None:
    """The first sound answer is there, however long a busy machine takes to start a process. Raises VenueError."""
    for _ in range(STARTS_MAX):
        if await _outcome(ask) == "answer":
            return
    await ask()


async def _while_it_lasts(connection: Hurried, ask: Callable[[], Awaitable[object]], *, deadline_s: float) -> tuple[tuple[str, ...], float]:
    connection.patience_s = deadline_s
    outcomes: list[str] = []
    late_s = 0.0
    while len(outcomes) < CALLS_MAX and connection.state.state != "open":
        began_s = time.perf_counter()
        outcomes.append(await _outcome(ask))
        late_s = max(late_s, time.perf_counter() - began_s - deadline_s)
    return tuple(outcomes), late_s


async def _until_back(connection: Hurried, ask: Callable[[], Awaitable[object]]) -> float:
    connection.patience_s = BACK_DEADLINE_S
    began_s = time.perf_counter()
    while time.perf_counter() - began_s < BACK_WITHIN_S:
        if await _outcome(ask) == "answer":
            break
        await asyncio.sleep(LOOK_S)
    return time.perf_counter() - began_s


async def _outcome(ask: Callable[[], Awaitable[object]]) -> str:
    """`answer`, or the failure; anything but a typed failure leaves as it came."""
    try:
        await ask()
    except VenueError as error:
        return f"{'for good' if error.permanent else 'for now'}: {error}"
    return "answer"


def _patience_s(client: str, fault: str, deadline_s: float) -> float:
    """Who is to be answered is given the time for it, on whatever machine."""
    return WARM_DEADLINE_S if answers(client, fault) else deadline_s


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_PER_MB


def _recalling(client: MemoryClient) -> Callable[[], Awaitable[object]]:
    return lambda: client.recall("strategy:bull_put", 3)


def _sending(client: OutsideChatClient) -> Callable[[], Awaitable[object]]:
    return lambda: client.send_message("are you there")
