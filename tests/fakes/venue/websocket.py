"""WebSocket frames (RFC 6455): enough of it for JSON text, on either side of the wire."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG, CONTINUED = 1, 8, 9, 10, 0
MESSAGE_BYTES_MAX = 16 * 1024 * 1024


class WebSocketClosed(Exception):
    """The other side has said goodbye or is gone."""


def accept_key(key: str) -> str:
    """What answers `Sec-WebSocket-Key`."""
    return base64.b64encode(hashlib.sha1((key + GUID).encode("ascii"), usedforsecurity=False).digest()).decode("ascii")


def frame(opcode: int, payload: bytes, *, mask: bytes | None = None) -> bytes:
    """One whole frame; a client masks, a server does not."""
    masked = 0x80 if mask is not None else 0
    if len(payload) < 126:
        head = struct.pack("!BB", 0x80 | opcode, masked | len(payload))
    elif len(payload) < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, masked | 126, len(payload))
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, masked | 127, len(payload))
    return head + payload if mask is None else head + mask + _mask(payload, mask)


async def read_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, mask: bytes | None = None) -> str:
    """The next text message; pings are answered on the way. Raises WebSocketClosed at the end."""
    parts: list[bytes] = []
    while True:
        is_final, opcode, payload = await _read_frame(reader)
        if opcode == CLOSE:
            writer.write(frame(CLOSE, payload[:2], mask=mask))
            raise WebSocketClosed
        if opcode == PING:
            writer.write(frame(PONG, payload, mask=mask))
        elif opcode in (TEXT, CONTINUED):
            parts.append(payload)
            if is_final:
                return b"".join(parts).decode("utf-8")


async def _read_frame(reader: asyncio.StreamReader) -> tuple[bool, int, bytes]:
    try:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await reader.readexactly(8))
        if length > MESSAGE_BYTES_MAX:
            raise WebSocketClosed
        key = await reader.readexactly(4) if second & 0x80 else None
        payload = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise WebSocketClosed from None
    return bool(first & 0x80), first & 0x0F, payload if key is None else _mask(payload, key)


def _mask(payload: bytes, key: bytes) -> bytes:
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
