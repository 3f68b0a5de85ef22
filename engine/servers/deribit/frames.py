"""WebSocket frames of a client, as bytes in and bytes out: no connection, no clock.

Source: RFC 6455. Only what JSON text needs: text, continuation, ping, pong, close;
a client masks what it sends and takes nothing that is masked.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import struct
from dataclasses import dataclass
from enum import IntEnum

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTROL_BYTES_MAX = 125
SHORT_BYTES_MAX, MEDIUM_BYTES_MAX = 125, 0xFFFF
MEDIUM, LONG = 126, 127
FINAL, RESERVED, MASKED = 0x80, 0x70, 0x80


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10

    @property
    def is_control(self) -> bool:
        return self >= Opcode.CLOSE


class FrameError(Exception):
    """The other side broke the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame as it came."""

    opcode: Opcode
    payload: bytes
    is_final: bool


def new_key() -> str:
    """A key for the handshake."""
    return base64.b64encode(secrets.token_bytes(16)).decode("ascii")


def accepted_key(key: str) -> str:
    """What a server that speaks WebSocket answers to a key."""
    # The protocol's own digest, no protection of anything.
    return base64.b64encode(hashlib.sha1((key + GUID).encode("ascii"), usedforsecurity=False).digest()).decode("ascii")


def encode(opcode: Opcode, payload: bytes) -> bytes:
    """One whole frame under a new mask."""
    mask, size = secrets.token_bytes(4), len(payload)
    if size <= SHORT_BYTES_MAX:
        head = struct.pack("!BB", FINAL | opcode, MASKED | size)
    elif size <= MEDIUM_BYTES_MAX:
        head = struct.pack("!BBH", FINAL | opcode, MASKED | MEDIUM, size)
    else:
        head = struct.pack("!BBQ", FINAL | opcode, MASKED | LONG, size)
    return head + mask + _masked(payload, mask)


async def read_frame(reader: asyncio.StreamReader, *, bytes_max: int) -> Frame:
    """The next frame. Raises FrameError for what no server may send, IncompleteReadError when the connection ends."""
    first, second = await reader.readexactly(2)
    if first & RESERVED or second & MASKED:
        raise FrameError("reserved bits or a masked frame")
    try:
        opcode = Opcode(first & 0x0F)
    except ValueError:
        raise FrameError("an unknown kind of frame") from None
    size = second & 0x7F
    if size == MEDIUM:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    elif size == LONG:
        (size,) = struct.unpack("!Q", await reader.readexactly(8))
    if size > bytes_max or (opcode.is_control and (size > CONTROL_BYTES_MAX or not first & FINAL)):
        raise FrameError("a frame larger than allowed")
    return Frame(opcode=opcode, payload=await reader.readexactly(size), is_final=bool(first & FINAL))


def _masked(payload: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
