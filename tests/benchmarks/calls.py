"""What our MCP connection adds to a call of the bare SDK."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from mcp.client.client import Client

from engine.app import MarketPlan, build_market
from engine.clients.mcp import McpConnection, in_memory
from engine.config import load_rules
from engine.market.synthetic import DEMO_START_AT
from engine.servers.sim import build_sim_server
from tests.benchmarks.figures import Figure

TOOL = "get_time"


async def measure(*, times: int) -> tuple[Figure, ...]:
    """The median call of the simulator's smallest tool through our connection, beside the SDK's own client; the two take turns."""
    ours_ms, bare_ms = [], []
    connection = McpConnection("sim", in_memory(_server()))
    try:
        async with Client(_server(), cache=None) as client:
            for number in range(times + 3):
                ours = await _taken_ms(lambda: connection.call(TOOL, {}))
                bare = await _taken_ms(lambda: client.call_tool(TOOL, {}))
                # The first calls open the session and fill caches.
                if number >= 3:
                    ours_ms.append(ours)
                    bare_ms.append(bare)
    finally:
        await connection.aclose()
    name = "one MCP call, in memory, median"
    return (Figure(name=name, value=statistics.median(ours_ms), unit="ms", peer="the bare SDK client", peer_value=statistics.median(bare_ms)),)


def _server():  # type: ignore[no-untyped-def]
    def now() -> datetime:
        return DEMO_START_AT

    rules = load_rules(None).rules
    return build_sim_server(build_market(MarketPlan(), rules), now, rules.paper_account)


async def _taken_ms(call: Callable[[], Awaitable[object]]) -> float:
    began_s = time.perf_counter()
    await call()
    return (time.perf_counter() - began_s) * 1000
