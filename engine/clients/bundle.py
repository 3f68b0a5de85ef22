"""The clients of one run, each over the server that plays its role."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.clients.brain_bridge import BrainBridgeClient
from engine.clients.deribit import DeribitClient
from engine.clients.hyperliquid import HyperliquidClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import McpConnection
from engine.clients.memory import MemoryClient
from engine.clients.portfolio import PortfolioClient
from engine.clients.roles import ROLES, SIDE_ROLES, SIM
from engine.clients.sentiment import SentimentClient
from engine.clients.telegram import OutsideChatClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """One client per role; a role without a server is None and its inputs are missing."""

    deribit: DeribitClient | None = None
    hyperliquid: HyperliquidClient | None = None
    macro: MacroClient | None = None
    sentiment: SentimentClient | None = None
    portfolio: PortfolioClient | None = None
    memory: MemoryClient | None = None
    brain_bridge: BrainBridgeClient | None = None
    outside_chat: OutsideChatClient | None = None
    connections: tuple[McpConnection, ...] = ()
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def aclose(self) -> None:
        """Every session is left, then what servers in this process hold open is let go of."""
        await asyncio.gather(*(connection.aclose() for connection in self.connections))
        await asyncio.gather(*(close() for close in self.closers))


def connect_clients(connections: Mapping[str, McpConnection], *, closers: Sequence[Callable[[], Awaitable[None]]] = ()) -> Clients:
    """Clients over named connections; `sim` plays every role nobody else is named for. Opens nothing yet."""
    by_role = {role: connections.get(role, connections.get(SIM)) for role in ROLES}
    deribit, hyperliquid, macro, sentiment, portfolio = (by_role[role] for role in ROLES)
    memory, brain_bridge, telegram = (connections.get(role) for role in SIDE_ROLES)
    return Clients(
        deribit=DeribitClient(deribit) if deribit is not None else None,
        hyperliquid=HyperliquidClient(hyperliquid) if hyperliquid is not None else None,
        macro=MacroClient(macro) if macro is not None else None,
        sentiment=SentimentClient(sentiment) if sentiment is not None else None,
        portfolio=PortfolioClient(portfolio) if portfolio is not None else None,
        memory=MemoryClient(memory) if memory is not None else None,
        brain_bridge=BrainBridgeClient(brain_bridge) if brain_bridge is not None else None,
        outside_chat=OutsideChatClient(telegram) if telegram is not None else None,
        connections=tuple(connections.values()),
        closers=tuple(closers),
    )
