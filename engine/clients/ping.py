"""How every server of a desk stands: can it be reached, how fast does it answer, does it have the tools that are asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from engine.clients.bundle import Clients
from engine.clients.mcp import McpConnection
from engine.clients.roles import GRAPH_TOOLS, READS, ROLES, SIDE_TOOLS, SIM
from engine.clock import monotonic_s
from engine.errors import VenueError

MEMORY, NOTES = "memory", "brain_bridge"
PING_DEADLINE_S = 8.0
NOTHING_OWED: Mapping[str, str] = MappingProxyType({})
PROBES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "deribit": ("get_time", {}),
    "hyperliquid": ("get_mark", {"coin": "ETH"}),
    "macro": ("get_fx", {"pair": "EURUSD"}),
    "sentiment": ("get_sentiment", {"coin": "ETH"}),
    "portfolio": ("get_portfolio", {}),
    NOTES: ("list_reports", {}),
    SIM: ("get_time", {}),
}
"""One cheap question per role that goes all the way to the upstream behind the server."""


class ServerHealth(StrEnum):
    """What an attempt just made has found."""

    UP = "up"
    FAILING = "failing"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSeen:
    """One server: the roles it plays, how it stands, how long an answer took, and the tools it lacks."""

    name: str
    roles: tuple[str, ...]
    health: ServerHealth
    latency_ms: float | None
    missing: tuple[str, ...]
    problem: str

    @property
    def is_sound(self) -> bool:
        return self.health is ServerHealth.UP and not self.missing


async def ping_all(clients: Clients, *, owed: Mapping[str, str] = NOTHING_OWED) -> tuple[ServerSeen, ...]:
    """Every server of the desk, asked at the same time, in the order it is named in.

    `owed` is what a server did not take when it was last told something, by name: one that answers but owes that is failing.
    """
    named = {connection.name for connection in clients.connections}
    seen = await asyncio.gather(*(_ping(connection, roles_of(connection.name, named)) for connection in clients.connections))
    return tuple(replace(each, health=ServerHealth.FAILING, problem=owed[each.name]) if each.is_sound and each.name in owed else each for each in seen)


def roles_of(name: str, named: set[str] | frozenset[str]) -> tuple[str, ...]:
    """The roles a server of this name plays among those that are named."""
    return tuple(role for role in ROLES if role not in named) if name == SIM else (name,)


async def _ping(connection: McpConnection, roles: Sequence[str]) -> ServerSeen:
    needed = frozenset[str]().union(*(READS.get(role, SIDE_TOOLS.get(role, frozenset())) for role in roles))
    try:
        missing = sorted(await connection.missing(needed, deadline_s=PING_DEADLINE_S))
        if connection.name == MEMORY and missing and not await connection.missing(GRAPH_TOOLS, deadline_s=PING_DEADLINE_S):
            # A knowledge graph plays this role with tools of its own.
            missing = []
    except VenueError as error:
        return _seen(connection, roles, health=ServerHealth.DOWN, problem=str(error))
    probe = PROBES.get(connection.name)
    if probe is None or probe[0] in missing:
        return _seen(connection, roles, health=ServerHealth.UP, missing=missing)
    began_s = monotonic_s()
    try:
        await connection.call(*probe, deadline_s=PING_DEADLINE_S)
    except VenueError as error:
        return _seen(connection, roles, health=ServerHealth.FAILING, missing=missing, problem=str(error))
    return _seen(connection, roles, health=ServerHealth.UP, missing=missing, latency_ms=(monotonic_s() - began_s) * 1000)


def _seen(
    connection: McpConnection,
    roles: Sequence[str],
    *,
    health: ServerHealth,
    missing: Sequence[str] = (),
    latency_ms: float | None = None,
    problem: str = "",
) -> ServerSeen:
    return ServerSeen(name=connection.name, roles=tuple(roles), health=health, latency_ms=latency_ms, missing=tuple(missing), problem=problem)
