"""A bundled server over HTTP: who shows the token is served, nobody else, and a port that is taken is said in words."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from mcp.server.mcpserver import MCPServer

from engine.clients import McpConnection
from engine.clients.mcp import over_http
from engine.errors import ConfigError, VenueError
from engine.servers.serving import serve

TOKEN = "a-token-that-is-long-enough"


def little_server() -> MCPServer:
    server = MCPServer("little", log_level="CRITICAL")

    @server.tool(structured_output=False)
    async def get_time() -> str:
        return '{"now": "2026-09-07T14:00:00Z"}'

    return server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def served(*, token: str | None, is_private: bool = False) -> AsyncIterator[str]:
    port = free_port()
    task = asyncio.create_task(serve(little_server(), transport="http", port=port, token=token, is_private=is_private))
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                break
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def answer(url: str, headers: dict[str, str]) -> str:
    connection = McpConnection("little", over_http(url, headers=headers))
    try:
        return await connection.call("get_time", {}, deadline_s=10)
    finally:
        await connection.aclose()


async def test_the_token_opens_and_nothing_else_does() -> None:
    async with served(token=TOKEN, is_private=True) as url:
        assert "2026-09-07" in await answer(url, {"authorization": f"Bearer {TOKEN}"})
        for headers in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": TOKEN}, {"authorization": "Basic " + TOKEN}):
            async with httpx.AsyncClient() as client:
                reply = await client.post(url, headers=headers, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
            assert (reply.status_code, reply.text) == (401, "a bearer token is needed")
        with pytest.raises(VenueError):
            await answer(url, {})


async def test_what_is_public_may_stand_open_on_this_machine() -> None:
    async with served(token=None) as url:
        assert "2026-09-07" in await answer(url, {})


@pytest.mark.parametrize(("token", "is_private", "said"), [(None, True, "would stand open"), ("short", False, "shorter than 16"), ("short", True, "shorter")])
async def test_private_things_need_a_token_worth_the_name(token: str | None, is_private: bool, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        await serve(little_server(), transport="http", port=free_port(), token=token, is_private=is_private)


async def test_a_port_that_is_taken_is_refused_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match="cannot be used"):
            await serve(little_server(), transport="http", port=taken.getsockname()[1], token=None, is_private=False)
