"""Programs we did not write: the knowledge-graph memory server plays our memory, and the SDK's client and the inspector use our engine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp_types import TextContent

from engine.clients.bundle import connect_clients
from engine.clients.mcp import McpConnection, over_stdio
from engine.clients.memory import MemoryClient
from engine.clients.ping import ServerHealth, ping_all
from engine.clock import SystemClock
from engine.errors import VenueError
from engine.home import home_at
from engine.safety.instance import boot_id
from engine.state.repository import Store
from tests.conftest import ROOT
from tests.e2e.product import environment

pytestmark = pytest.mark.slow

MEMORY, INSPECTOR = "@modelcontextprotocol/server-memory", "@modelcontextprotocol/inspector"
PACKAGES = (f"{MEMORY}@2026.8.31", f"{INSPECTOR}@2.12.0")
INSTALL_S, ASK_S = 180, 60
ENGINE_TOOLS = {"get_status", "get_positions", "get_equity", "evaluate_entry", "select_strikes", "evaluate_exit", "replay", "request_proposal"}


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where npm has put the programs; skips where there is no npm or it cannot fetch them."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not here")
    folder = tmp_path_factory.mktemp("npm")
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES], capture_output=True, text=True, timeout=INSTALL_S, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm cannot fetch the programs here: {done.stderr.strip()[-200:]}")
    return folder / "node_modules"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an empty store."""
    root = home_at(tmp_path / "home")
    root.root.mkdir()
    Store.open(root.db, origin="real", clock=SystemClock(), boot=boot_id(), anchors=None).close()
    return root.root


def serving(home: Path) -> tuple[str, list[str], dict[str, str]]:
    return sys.executable, ["-m", "bot", "serve", "engine", "--home", str(home)], {**environment(), "PYTHONPATH": str(ROOT)}


@asynccontextmanager
async def graph(modules: Path, file: Path) -> AsyncIterator[McpConnection]:
    """The official memory server over its own file."""
    program = modules / MEMORY / "dist" / "index.js"
    connection = McpConnection("memory", over_stdio("node", (str(program),), env={"MEMORY_FILE_PATH": str(file)}))
    try:
        yield connection
    finally:
        await connection.aclose()


async def test_the_official_memory_server_remembers_trades_and_recalls_the_nearest(modules: Path, tmp_path: Path) -> None:
    async with graph(modules, tmp_path / "memory.jsonl") as connection:
        memory = MemoryClient(connection)
        before = await _recalled(memory, "strategy:bull_put")
        for number, dvol in ((1, 45), (2, 60), (3, 75)):
            await memory.remember(f"PAPER trade {number}", ("strategy:bull_put", f"dvol:{dvol}"))
        await memory.remember("PAPER trade 2", ("strategy:bull_put", "exit:stop_loss"))
    async with graph(modules, tmp_path / "memory.jsonl") as connection:
        found = await MemoryClient(connection).recall("strategy:bull_put dvol:60", 3)
        (seen,) = await ping_all(connect_clients({"memory": connection}))

    assert before == ()
    assert [each.entity for each in found] == ["PAPER trade 2", "PAPER trade 3", "PAPER trade 1"]
    assert found[0].observations == ("strategy:bull_put", "dvol:60", "exit:stop_loss")
    assert (seen.health, seen.missing) == (ServerHealth.UP, ())


async def _recalled(memory: MemoryClient, query: str) -> tuple[object, ...]:
    """What is recalled; the first question waits for the program to start, longer than a person would."""
    for _ in range(20):
        try:
            return await memory.recall(query, 3)
        except VenueError:
            continue
    return await memory.recall(query, 3)


async def test_the_sdk_s_own_client_asks_the_engine(home: Path) -> None:
    command, args, variables = serving(home)
    async with Client(StdioServerParameters(command=command, args=args, env=variables), cache=None) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        answer = await client.call_tool("get_positions", {})
        refused = await client.call_tool("replay", {"from_on": "2026-13-01", "to_on": "2026-01-01"})
        (block,) = answer.content

    assert tools == ENGINE_TOOLS
    assert isinstance(block, TextContent)
    assert (answer.is_error, json.loads(block.text)) == (False, [])
    assert refused.is_error


@pytest.mark.parametrize(
    ("asked", "key"),
    [(["--method", "tools/list", "--strict"], "tools"), (["--method", "tools/call", "--tool-name", "get_positions"], "content")],
)
def test_the_inspector_asks_the_engine(modules: Path, home: Path, asked: list[str], key: str) -> None:
    command, args, variables = serving(home)
    told = subprocess.run(
        [str(modules / ".bin" / "mcp-inspector"), "--cli", "-e", f"PYTHONPATH={ROOT}", command, *args, *asked],
        env={**variables, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=ASK_S,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)[key]
