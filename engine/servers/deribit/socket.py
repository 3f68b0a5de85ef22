"""One WebSocket connection: opened with its handshake checked, texts in and out, ended for good.

Rules of this file: every way it can end is SocketClosed, and nothing is sent on it
afterwards; a text larger than allowed ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from urllib.parse import urlsplit

from engine.servers.deribit.frames import FrameError, Opcode, accepted_key, encode, new_key, read_frame

TEXT_BYTES_MAX = 8_000_000
HEAD_BYTES_MAX = 16_384
CLOSE_S = 1.0
NORMAL_END = b"\x03\xe8"
PORTS = {"wss": 443, "ws": 80}


class SocketClosed(Exception):
    """The connection cannot be used any more; says why in words without an address."""


class Socket:
    """An open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._is_closed = False

    @classmethod
    async def open(cls, url: str) -> Socket:
        """A connection whose other side speaks WebSocket. Raises SocketClosed."""
        parts = urlsplit(url)
        host, port = parts.hostname if parts.hostname is not None else "", parts.port if parts.port is not None else PORTS[parts.scheme]
        try:
            reader, writer = await asyncio.open_connection(
                host, port, ssl=ssl.create_default_context() if parts.scheme == "wss" else None, limit=HEAD_BYTES_MAX
            )
        except OSError as error:
            raise SocketClosed(f"cannot be reached ({type(error).__name__})") from None
        opened = cls(reader, writer)
        try:
            await opened._shake_hands(parts.path, parts.netloc)
        except BaseException:
            opened.abort()
            raise
        return opened

    @property
    def is_open(self) -> bool:
        return not self._is_closed

    async def send(self, text: str) -> None:
        """The text is handed to the system. Raises SocketClosed; then it may or may not have left."""
        await self._write(Opcode.TEXT, text.encode())

    async def receive(self) -> str:
        """The next whole text; pings are answered on the way. Raises SocketClosed."""
        parts: list[bytes] = []
        try:
            while True:
                frame = await read_frame(self._reader, bytes_max=TEXT_BYTES_MAX - sum(len(part) for part in parts))
                if frame.opcode is Opcode.CLOSE:
                    raise FrameError("the other side ended the connection")
                if frame.opcode is Opcode.PING:
                    await self._write(Opcode.PONG, frame.payload)
                elif frame.opcode in (Opcode.TEXT, Opcode.CONTINUATION):
                    if (frame.opcode is Opcode.CONTINUATION) is not bool(parts):
                        raise FrameError("the parts of a message are out of order")
                    parts.append(frame.payload)
                    if frame.is_final:
                        return b"".join(parts).decode("utf-8")
        except (FrameError, UnicodeDecodeError) as error:
            self.abort()
            raise SocketClosed(str(error) if isinstance(error, FrameError) else "a text that is no UTF-8") from None
        except (asyncio.IncompleteReadError, OSError) as error:
            self.abort()
            raise SocketClosed(f"the connection was lost ({type(error).__name__})") from None

    async def close(self) -> None:
        """The other side was told, and the connection is gone."""
        if not self._is_closed:
            with contextlib.suppress(SocketClosed, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await self._write(Opcode.CLOSE, NORMAL_END)
        self.abort()

    def abort(self) -> None:
        """The connection is gone at once."""
        self._is_closed = True
        self._writer.transport.abort()

    async def _write(self, opcode: Opcode, payload: bytes) -> None:
        if self._is_closed:
            raise SocketClosed("the connection has ended")
        try:
            self._writer.write(encode(opcode, payload))
            await self._writer.drain()
        except OSError as error:
            self.abort()
            raise SocketClosed(f"the connection was lost ({type(error).__name__})") from None

    async def _shake_hands(self, path: str, netloc: str) -> None:
        key = new_key()
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: {netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        self._writer.write("\r\n".join((*lines, "", "")).encode("ascii"))
        try:
            await self._writer.drain()
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError) as error:
            raise SocketClosed(f"no handshake came ({type(error).__name__})") from None
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        if head[0].split(" ")[1:2] != ["101"] or fields.get("sec-websocket-accept") != accepted_key(key):
            raise SocketClosed("the other side does not speak WebSocket here")
