"""The faulty server over HTTP: sockets and bytes, so that everything below the protocol can go wrong too."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import socket
import struct
import zlib
from typing import Any

from tests.faults.protocol import NESTED, is_call, reply

LARGE_BYTES, CHUNK = 20_000_000, b"x" * 65_536
DRIP_S = 0.05
SLICE_BYTES = 7
PAGE = b"<html><body>not here</body></html>"
GATEWAY = {"status 429": "429 Too Many Requests", "status 502, a page": "502 Bad Gateway", "status 200, a page": "200 OK"}
"""What stands in front of the server and answers everything."""


class FaultyHttp:
    """One server on one port; `fault` is what goes wrong now, empty for nothing."""

    def __init__(self) -> None:
        self.fault, self.port = "", 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    async def __aenter__(self) -> FaultyHttp:
        await self._listen()
        # Packing takes a while, and nobody's deadline is to pay for it.
        _packed()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    async def turn(self, fault: str) -> None:
        """From now on this goes wrong."""
        was, self.fault = self.fault, fault
        if fault == "refused":
            await self._leave()
        elif was == "refused":
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    await writer.drain()
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open after one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next((int(line.partition(":")[2]) for line in head.splitlines() if line.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
        if not head.startswith("POST"):
            writer.write(_head("405 Method Not Allowed", 0))
            return True
        message: dict[str, Any] = json.loads(body)
        if self.fault == "unanswered":
            return await _until_left(reader)
        if self.fault in GATEWAY:
            writer.write(_head(GATEWAY[self.fault], len(PAGE), kind="text/html") + PAGE)
            return True
        if is_call(message) and (stays := await self._misbehaves(reader, writer, message)) is not None:
            return stays
        answer = reply(message, self.fault)
        if answer is None:
            writer.write(_head("202 Accepted", 0))
        else:
            writer.write(_whole(json.dumps(answer).encode()))
        return True

    async def _misbehaves(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, message: dict[str, Any]) -> bool | None:
        """What goes wrong with a call below its content: whether the connection stays, None for nothing."""
        fault, whole = self.fault, _whole(json.dumps(reply(message, self.fault)).encode())
        if fault == "silent":
            return await _until_left(reader)
        if fault == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.write(whole[: len(whole) // 2])
            writer.transport.abort()
            return False
        if fault in ("closed", "truncated"):
            writer.write(b"" if fault == "closed" else whole[: len(whole) - 9])
            return False
        if fault in ("dripping", "in slices of 7 bytes"):
            await _sliced(writer, whole, size=1 if fault == "dripping" else SLICE_BYTES, pause_s=DRIP_S if fault == "dripping" else 0)
            return True
        if fault == "20 MB":
            writer.write(_head("200 OK", LARGE_BYTES))
            for _ in range(LARGE_BYTES // len(CHUNK)):
                writer.write(CHUNK)
                await writer.drain()
            return False
        if fault == "20 MB in 20 kB":
            packed = _packed()
            writer.write(_head("200 OK", len(packed), more="content-encoding: gzip\r\n") + packed)
            return True
        told = {"empty": b"", "no json": b"{'ok'", "no text": b"\xff\xfe\x00", "nested envelope": b"[" * NESTED + b"]" * NESTED}
        if fault in told:
            writer.write(_whole(told[fault]))
            return True
        if fault == "sent elsewhere":
            writer.write(_head("307 Temporary Redirect", 0, more="location: http://198.51.100.1/mcp\r\n"))
            return True
        return None


@functools.cache
def _packed() -> bytes:
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(CHUNK) for _ in range(LARGE_BYTES // len(CHUNK))), packer.flush()])


async def _until_left(reader: asyncio.StreamReader) -> bool:
    """Nothing is said until the client has gone."""
    await reader.read()
    return False


async def _sliced(writer: asyncio.StreamWriter, whole: bytes, *, size: int, pause_s: float) -> None:
    for at in range(0, len(whole), size):
        writer.write(whole[at : at + size])
        await writer.drain()
        await asyncio.sleep(pause_s)


def _whole(body: bytes) -> bytes:
    return _head("200 OK", len(body)) + body


def _head(status: str, length: int, *, kind: str = "application/json", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n{more}\r\n".encode()
