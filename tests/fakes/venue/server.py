"""The venue's two doors on one loopback port: HTTP (GET and POST) and WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fakes.venue.gateway import Gateway, Reply, Request
from tests.fakes.venue.sessions import Session
from tests.fakes.venue.websocket import CLOSE, TEXT, WebSocketClosed, accept_key, frame, read_message

HTTP_PATH, WEBSOCKET_PATH = "/api/v2", "/ws/api/v2"
BODY_BYTES_MAX = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One HTTP request."""

    verb: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class VenueServer:
    """Serves `gateway` on 127.0.0.1; the port stays the same over stop and start."""

    gateway: Gateway
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
            while (asked := await _read_request(reader)) is not None:
                if asked.headers.get("upgrade", "").lower() == "websocket":
                    await _Socket(self.gateway, reader, writer).run(asked)
                    return
                if not await self._answer(asked, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """False when the connection ends with this answer."""
        request = self._read(asked)
        session = self.gateway.exchange.sessions.connect()
        reply = request if isinstance(request, Reply) else await self.gateway.serve(session, request)
        if reply.body is None and not reply.is_cut:
            await asyncio.Event().wait()
        if reply.body is None:
            writer.transport.abort()
            return False
        body = reply.body.encode("utf-8")
        # An answer that breaks off has promised more than comes.
        promised = len(body) + (1000 if reply.is_cut else 0)
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.content_type}\r\nContent-Length: {promised}\r\n\r\n"
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        return not reply.is_cut

    def _read(self, asked: Asked) -> Request | Reply:
        url = urlsplit(asked.target)
        path = unquote(url.path)
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        bearer = token if scheme.lower() == "bearer" else None
        if path != HTTP_PATH and not path.startswith(HTTP_PATH + "/"):
            return Reply(body="<html>404 Not Found</html>", status=404, content_type="text/html")
        if asked.verb == "GET":
            params: dict[str, Any] = dict(parse_qsl(url.query, keep_blank_values=True))
            return Request(method=path.removeprefix(HTTP_PATH + "/"), params=params, bearer=bearer, is_text=True)
        request = self.gateway.read(asked.body)
        if isinstance(request, Reply):
            return request
        return Request(method=request.method, params=request.params, number=request.number, bearer=bearer)


class _Socket:
    """One WebSocket connection: requests are served side by side, notifications go out as they come."""

    def __init__(self, gateway: Gateway, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._gateway, self._reader, self._writer = gateway, reader, writer
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, asked: Asked) -> None:
        """Serve until either side ends it; the venue then sees the connection gone."""
        if urlsplit(asked.target).path != WEBSOCKET_PATH:
            self._writer.write(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n")
            return
        accepted = accept_key(asked.headers["sec-websocket-key"])
        head = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n"
        self._writer.write(head.encode("ascii"))
        exchange = self._gateway.exchange
        session = exchange.sessions.connect(self._push, self._end)
        try:
            while True:
                text = await read_message(self._reader, self._writer)
                task = asyncio.create_task(self._serve(session, text))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except WebSocketClosed:
            return
        finally:
            for task in tuple(self._tasks):
                task.cancel()
            exchange.leave(session)

    async def _serve(self, session: Session, text: str) -> None:
        request = self._gateway.read(text)
        reply = request if isinstance(request, Reply) else await self._gateway.serve(session, request)
        if reply.body is not None:
            whole = frame(TEXT, reply.body.encode("utf-8"))
            # A cut answer promises more than comes: the frame's head speaks of the bytes that are missing.
            self._writer.write(frame(TEXT, reply.body.encode("utf-8") + b" " * 1000)[: len(whole)] if reply.is_cut else whole)
        if reply.is_cut:
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()
            self._writer.close()
        elif reply.is_last:
            self._end()

    def _push(self, message: dict[str, Any]) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame(TEXT, json.dumps(message).encode("utf-8")))

    def _end(self) -> None:
        if not self._writer.is_closing():
            self._writer.write(frame(CLOSE, b"\x03\xe8"))
            self._writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    verb, target, _ = lines[0].split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    length = int(headers.get("content-length", "0"))
    assert length <= BODY_BYTES_MAX
    return Asked(verb=verb, target=target, headers=headers, body=await reader.readexactly(length))
