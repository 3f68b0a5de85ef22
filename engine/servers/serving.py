"""A bundled server as a process of its own: over its standard streams, or over HTTP on this machine behind a bearer token."""

from __future__ import annotations

import asyncio
import hmac
import socket
from typing import Literal

import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.errors import ConfigError

HOST = "127.0.0.1"
GUARD = "CERBERO_SERVE_TOKEN"
TOKEN_CHARS_MIN = 16
Transport = Literal["stdio", "http"]


async def serve(server: MCPServer, *, transport: Transport, port: int, token: str | None, is_private: bool) -> None:
    """The server answers until its client leaves or the process is stopped.

    Raises ConfigError for a port that is taken, for a token too short to protect anything, and for
    private things over HTTP without one.
    """
    if transport == "stdio":
        await server.run_stdio_async()
        return
    _require_token(token, is_private=is_private)
    app = server.streamable_http_app(host=HOST)
    guarded: ASGIApp = app if token is None else Guarded(app, token)
    listening = _bind(port)
    # The library's own lines carry addresses; what matters is told by the caller.
    await uvicorn.Server(uvicorn.Config(guarded, log_level="warning", access_log=False, lifespan="on")).serve(sockets=[listening])


def run(server: MCPServer, *, transport: Transport, port: int, token: str | None = None, is_private: bool = False) -> None:
    """Like `serve`, for a process that does nothing else."""
    asyncio.run(serve(server, transport=transport, port=port, token=token, is_private=is_private))


class Guarded:
    """Lets through who shows the token; everybody else learns nothing but that."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._wanted = app, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_shown(scope):
            refusal = PlainTextResponse("a bearer token is needed", status_code=401, headers={"www-authenticate": "Bearer"})
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_shown(self, scope: Scope) -> bool:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(shown) == 1 and hmac.compare_digest(shown[0], self._wanted)


def _require_token(token: str | None, *, is_private: bool) -> None:
    if token is None and is_private:
        fix = f"Set {GUARD} to a long random text and give it to the client as the header Authorization: Bearer …, or use --transport stdio."
        raise ConfigError("this server answers for your account or your desk and would stand open on this machine", fix=fix, key=GUARD)
    if token is not None and len(token) < TOKEN_CHARS_MIN:
        raise ConfigError(f"is shorter than {TOKEN_CHARS_MIN} characters", fix="Make it long and random, e.g. with `openssl rand -hex 32`.", key=GUARD)


def _bind(port: int) -> socket.socket:
    # The event loop sends small packets at once on sockets that say they are TCP, and on no others: 40 ms of every call.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as problem:
        listening.close()
        raise ConfigError(f"port {port} cannot be used ({problem.strerror})", fix="Choose another with --port.", key="--port") from None
    return listening
