"""A small HTTP/1.1 server on loopback whose answers may be late, cut off or never come."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

HEADERS_MAX_BYTES = 65_536
BODY_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request; `is_gone()` tells whether the client has hung up since."""

    method: str
    path: str
    params: dict[str, str]
    files: dict[str, tuple[str, bytes]]
    is_gone: Callable[[], bool]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


class Dropped(Exception):
    """Raised by a handler: the connection is torn down without an answer."""


Handler = Callable[[HttpRequest], Awaitable[HttpReply]]


@dataclass(slots=True)
class HttpServer:
    """Serves `handler` on 127.0.0.1; the port stays the same over stop and start."""

    handler: Handler
    port: int = 0
    _server: asyncio.Server | None = None
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """The port takes connections."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """The port refuses connections; those that were open are torn down."""
        if self._server is None:
            return
        self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (request := await _read_request(reader)) is not None:
                reply = await self.handler(request)
                writer.write(_encode(reply))
                await writer.drain()
        except (Dropped, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> HttpRequest | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head[:HEADERS_MAX_BYTES].decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    length = int(headers.get("content-length", "0"))
    assert length <= BODY_MAX_BYTES
    body = await reader.readexactly(length)
    url = urlsplit(target)
    params, files = _read_body(headers.get("content-type", ""), body)
    asked = {**dict(parse_qsl(url.query)), **params}
    return HttpRequest(method=method, path=unquote(url.path), params=asked, files=files, is_gone=reader.at_eof, headers=headers)


def _read_body(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    if content_type.startswith("multipart/form-data"):
        return _read_multipart(content_type.split("boundary=", 1)[1].strip('"'), body)
    if content_type.startswith("application/json"):
        found = json.loads(body) if body else {}
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}, {}
    return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True)), {}


def _read_multipart(boundary: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    params: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    for part in body.split(b"--" + boundary.encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content[:-2]
        disposition = next(line for line in head.decode("utf-8").split("\r\n") if line.lower().startswith("content-disposition"))
        fields = dict(item.strip().split("=", 1) for item in disposition.split(";")[1:])
        name = fields["name"].strip('"')
        if "filename" in fields:
            files[name] = (fields["filename"].strip('"'), content)
        else:
            params[name] = content.decode("utf-8")
    return params, files


def _encode(reply: HttpReply) -> bytes:
    head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.content_type}\r\nContent-Length: {len(reply.body)}\r\n\r\n"
    return head.encode("ascii") + reply.body
