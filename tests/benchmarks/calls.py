"""What our MCP connection adds to a call of the bare SDK: in this process, to a child, over HTTP."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.server.mcpserver import MCPServer

from engine.app import MarketPlan, build_market
from engine.clients.mcp import Connect, McpConnection, in_memory, over_http, over_stdio
from engine.config import load_rules
from engine.market.synthetic import DEMO_START_AT
from engine.servers.sim import build_sim_server
from tests.benchmarks.figures import Figure
from tests.conftest import ROOT

TOOL = "get_time"
IN_MEMORY = "in memory"
CHILD = "tests.engine.clients.sim_child"
UNCOUNTED = 5
"""The first calls open the session and fill caches."""
UP_WITHIN_S, LOOK_S, START_S = 30.0, 0.05, 30.0


async def measure(*, times: int) -> tuple[Figure, ...]:
    """The median call of the simulator's smallest tool through our connection beside the SDK's own client, on each transport."""
    environment = {"PYTHONPATH": str(ROOT)}
    child = StdioServerParameters(command=sys.executable, args=["-m", CHILD], env=environment)
    with _http_server() as url:
        return (
            await _figure(IN_MEMORY, in_memory(_server()), Client(_server(), cache=None), times=times),
            await _figure("stdio", over_stdio(sys.executable, ("-m", CHILD), env=environment), Client(child, cache=None), times=times),
            await _figure("HTTP", over_http(url), Client(url, cache=None), times=times),
        )


async def _figure(transport: str, connect: Connect, bare: Client, *, times: int) -> Figure:
    """Ours and the bare one take turns, each first every other time."""
    taken_ms: tuple[list[float], list[float]] = ([], [])
    connection = McpConnection("sim", connect)
    try:
        async with bare as client:
            asks: tuple[Callable[[], Awaitable[object]], ...] = (
                lambda: connection.call(TOOL, {}, deadline_s=START_S),
                lambda: client.call_tool(TOOL, {}),
            )
            for number in range(times + UNCOUNTED):
                for which in (0, 1) if number % 2 == 0 else (1, 0):
                    taken = await _taken_ms(asks[which])
                    if number >= UNCOUNTED:
                        taken_ms[which].append(taken)
    finally:
        await connection.aclose()
    ours, theirs = map(statistics.median, taken_ms)
    budget = "" if transport == IN_MEMORY else "<= 1.10x"
    return Figure(name=f"one MCP call, {transport}, median", value=ours, unit="ms", budget=budget, peer="the bare SDK client", peer_value=theirs)


@contextmanager
def _http_server() -> Iterator[str]:
    """The simulator in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", CHILD, str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        give_up_at = time.monotonic() + UP_WITHIN_S
        while not _is_listening(port):
            if server.poll() is not None or time.monotonic() > give_up_at:
                raise LookupError("the server did not come up")
            time.sleep(LOOK_S)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.kill()
        server.wait()


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _server() -> MCPServer:
    def now() -> datetime:
        return DEMO_START_AT

    rules = load_rules(None).rules
    return build_sim_server(build_market(MarketPlan(), rules), now, rules.paper_account)


async def _taken_ms(call: Callable[[], Awaitable[object]]) -> float:
    began_s = time.perf_counter()
    await call()
    return (time.perf_counter() - began_s) * 1000
