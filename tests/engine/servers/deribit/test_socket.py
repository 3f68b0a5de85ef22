"""The WebSocket by its bytes: what a server may send, what it may not, and every way a connection can end."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.servers.deribit.frames import FrameError, Opcode, accepted_key, encode, read_frame
from engine.servers.deribit.socket import Socket, SocketClosed

Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def sent(opcode: int, payload: bytes, *, is_final: bool = True) -> bytes:
    """A frame as a server sends it."""
    head = (0x80 if is_final else 0) | opcode
    if len(payload) < 126:
        return struct.pack("!BB", head, len(payload)) + payload
    if len(payload) < 65_536:
        return struct.pack("!BBH", head, 126, len(payload)) + payload
    return struct.pack("!BBQ", head, 127, len(payload)) + payload


async def read(*parts: bytes, bytes_max: int = 100_000) -> bytes:
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(parts))
    reader.feed_eof()
    return (await read_frame(reader, bytes_max=bytes_max)).payload


def unmasked(frame: bytes) -> bytes:
    """The payload of a client's frame."""
    size, at = frame[1] & 0x7F, 2
    if size == 126:
        (size,), at = struct.unpack("!H", frame[2:4]), 4
    elif size == 127:
        (size,), at = struct.unpack("!Q", frame[2:10]), 10
    mask, body = frame[at : at + 4], frame[at + 4 :]
    assert len(body) == size
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))


@given(st.binary(max_size=300))
def test_a_masked_payload_is_the_same_unmasked(payload: bytes) -> None:
    frame = encode(Opcode.TEXT, payload)

    assert (frame[0], frame[1] & 0x80, unmasked(frame)) == (0x81, 0x80, payload)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
async def test_every_length_is_written_and_read(size: int) -> None:
    payload = b"x" * size

    assert unmasked(encode(Opcode.TEXT, payload)) == payload
    assert await read(sent(1, payload)) == payload


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (b"\xc1\x00", "reserved"),
        (b"\x81\x81xxxxx", "masked"),
        (b"\x83\x00", "unknown kind"),
        (sent(9, b"x" * 126), "larger"),
        (sent(8, b"", is_final=False), "larger"),
        (sent(1, b"x" * 101), "larger"),
    ],
)
async def test_what_no_server_may_send_is_refused(frame: bytes, said: str) -> None:
    with pytest.raises(FrameError, match=said):
        await read(frame, bytes_max=100)


def test_the_handshake_s_answer_is_the_protocol_s_own_example() -> None:
    assert accepted_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@asynccontextmanager
async def other_side(speak: Streams) -> AsyncIterator[str]:
    """Somebody at the other end of a socket."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
    finally:
        server.close()


async def shake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    key = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
    writer.write(f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accepted_key(key)}\r\n\r\n".encode())


async def test_a_text_in_parts_with_a_ping_between_them_is_one_text_and_the_ping_is_answered() -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake(reader, writer)
        writer.write(sent(1, b'{"a":', is_final=False) + sent(9, b"are you there") + sent(0, b"1}") + sent(2, b"binary is left alone") + sent(1, "è".encode()))
        heard.set_result(await reader.readexactly(2 + 4 + len(b"are you there")))

    async with other_side(speak) as url:
        socket = await Socket.open(url)
        texts = [await socket.receive(), await socket.receive()]
        pong = await heard
        await socket.close()

    assert texts == ['{"a":1}', "è"]
    assert (pong[0], unmasked(pong)) == (0x8A, b"are you there")


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        (sent(8, b"\x03\xe8"), "ended the connection"),
        (sent(0, b"a part of nothing"), "out of order"),
        (sent(1, b"one", is_final=False) + sent(1, b"another"), "out of order"),
        (sent(1, b"\xff\xfe"), "no UTF-8"),
        (struct.pack("!BBQ", 0x81, 127, 9_000_000), "larger"),
        (b"\x81\x05ab", "lost"),
        (b"", "lost"),
    ],
)
async def test_every_end_of_a_connection_is_said_and_nothing_is_sent_afterwards(frames: bytes, said: str) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await shake(reader, writer)
        writer.write(frames)
        await writer.drain()

    async with other_side(speak) as url:
        socket = await Socket.open(url)
        with pytest.raises(SocketClosed, match=said):
            await socket.receive()
        with pytest.raises(SocketClosed):
            await socket.send("anything")

    assert not socket.is_open


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 404 Not Found\r\n\r\n", b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: wrong\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n", b"half an answ", b"x" * 40_000],
)
async def test_who_does_not_shake_hands_is_no_venue(answer: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with other_side(speak) as url:
        with pytest.raises(SocketClosed, match=r"WebSocket|handshake"):
            await Socket.open(url)
