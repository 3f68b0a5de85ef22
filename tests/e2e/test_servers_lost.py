"""Market data that is not there: the engine runs, says so, and invents nothing."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.e2e.product import free_port, started
from tests.e2e.scene import ADA, Scene, telegram_env
from tests.fakes.bot_api import FakeBotApi

UNKNOWN = re.compile(r"Could not be checked: (\d+)")
SERVER_S = 20.0


@asynccontextmanager
async def engine_with(servers: Mapping[str, object], home: Path) -> AsyncIterator[Scene]:
    """A live paper engine over Telegram whose market is behind the given servers."""
    name_servers(home, servers)
    async with FakeBotApi(people={ADA: "Ada"}) as api, started("start", "--chat", "telegram", "--home", home, env=telegram_env(api)) as child:
        await child.line_with("chat: Telegram")
        yield Scene(api=api, child=child, home=home)


def name_servers(home: Path, servers: Mapping[str, object]) -> None:
    """The home's mcp.json names these servers."""
    home.mkdir()
    (home / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")


async def unknowns(scene: Scene) -> int:
    """How many filters of a scan made now had no value to look at."""
    await scene.ask("/scan", "Scan done")
    why = await scene.ask("/why", "Decision #")
    found = UNKNOWN.search(why.text if why.document is None else why.document[1].decode("utf-8"))
    return 0 if found is None else int(found[1])


async def test_a_server_that_cannot_start_stops_entries_and_nothing_else(tmp_path: Path) -> None:
    dead = {"sim": {"command": sys.executable, "args": ["-c", "raise SystemExit(3)"]}}
    async with engine_with(dead, tmp_path / "home") as scene:
        status = await scene.ask("/status", "Engine active")
        assert "mcp.json" in status.text
        assert await unknowns(scene) > 10
        assert "index never" in (await scene.ask("/status", "Data ages")).text
        await scene.ask("/market", lambda message: "⛓" in message.text)
        await scene.ask("/audit_verify", "The chain holds")
        assert await scene.child.stop() == 0


async def test_a_server_that_dies_and_comes_back_is_refused_and_used_again(tmp_path: Path) -> None:
    port = free_port()
    serve = ("serve", "sim", "--transport", "http", "--port", str(port))
    async with engine_with({"sim": {"url": f"http://127.0.0.1:{port}/mcp"}}, tmp_path / "home") as scene:
        async with started(*serve):
            await listening(port)
            healthy = await unknowns(scene)
        assert await unknowns(scene) > max(10, healthy)
        async with started(*serve):
            await listening(port)
            async with asyncio.timeout(60):
                while await unknowns(scene) > healthy:
                    continue
        assert await scene.child.stop() == 0


async def listening(port: int) -> None:
    """Somebody answers at the port."""
    async with asyncio.timeout(SERVER_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return
