"""A plain client of the venue for tests: one WebSocket connection, or single HTTP requests."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from itertools import count
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fakes.venue.venue import FakeVenue
from tests.fakes.venue.websocket import TEXT, WebSocketClosed, accept_key, frame, read_message

Json = dict[str, Any]
KEY = base64.b64encode(b"a-test-client-01").decode("ascii")
MASK = b"\x0f\x1e\x2d\x3c"
PATIENCE_S = 5.0


class Told(Exception):
    """The venue answered an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(str(error))
        self.code, self.message, self.data = error["code"], error["message"], error.get("data")


async def http(url: str, body: bytes | None = None, *, token: str | None = None) -> tuple[int, str]:
    """Status and text of one GET, or of one POST when there is a body. Raises ConnectionError when the answer breaks off."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    verb, payload = ("GET", b"") if body is None else ("POST", body)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    authorization = "" if token is None else f"Authorization: Bearer {token}\r\n"
    writer.write(f"{verb} {target} HTTP/1.1\r\nHost: venue\r\n{authorization}Content-Length: {len(payload)}\r\n\r\n".encode("ascii") + payload)
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(int(line.partition(":")[2]) for line in head.split("\r\n") if line.lower().startswith("content-length"))
        return int(head.split(" ")[1]), (await reader.readexactly(length)).decode("utf-8")
    except asyncio.IncompleteReadError as error:
        raise ConnectionError("the answer broke off") from error
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def post(venue: FakeVenue, method: str, params: Json | None = None, *, token: str | None = None) -> Json:
    """The whole envelope of one JSON-RPC POST."""
    request = {"jsonrpc": "2.0", "id": 7, "method": method} | ({} if params is None else {"params": params})
    _, text = await http(venue.http_url, json.dumps(request).encode("utf-8"), token=token)
    found: Json = json.loads(text)
    return found


async def get(venue: FakeVenue, method: str, params: Json | None = None, *, token: str | None = None) -> Json:
    """The whole envelope of one GET."""
    query = "" if params is None else "?" + urlencode(params)
    _, text = await http(f"{venue.http_url}/{method}{query}", token=token)
    found: Json = json.loads(text)
    return found


class VenueClient:
    """One WebSocket connection: `call` for answers, `heard` for what came unasked.

    async with VenueClient(venue) as client:
        await client.sign_in()
        order = (await client.call("private/buy", instrument_name=name, amount=1, price=0.004))["order"]
    """

    def __init__(self, venue: FakeVenue) -> None:
        self._venue = venue
        self.heard: list[Json] = []
        self.envelopes: list[Json] = []
        self.is_closed = asyncio.Event()
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> VenueClient:
        parts = urlsplit(self._venue.ws_url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)
        asked = f"Host: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        upgrade = f"GET {parts.path} HTTP/1.1\r\n{asked}"
        self._writer.write(upgrade.encode("ascii"))
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        assert f"Sec-WebSocket-Accept: {accept_key(KEY)}" in head
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.hang_up()

    async def hang_up(self) -> None:
        """The connection is gone, without a goodbye."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def sign_in(self) -> Json:
        """The connection is authenticated."""
        key = self._venue.key
        told: Json = await self.call("public/auth", grant_type="client_credentials", client_id=key.client_id, client_secret=key.client_secret)
        return told

    async def call(self, method: str, /, **params: Any) -> Any:
        """The result. Raises Told for an error, ConnectionError when the connection went away first."""
        envelope = await asyncio.wait_for(self.send(method, **params), PATIENCE_S)
        self.envelopes.append(envelope)
        if "error" in envelope:
            raise Told(envelope["error"])
        return envelope["result"]

    def send(self, method: str, /, **params: Any) -> asyncio.Future[Json]:
        """The request is on its way; the future is its envelope."""
        number = next(self._numbers)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}))
        return future

    def write(self, text: str) -> None:
        """Any text as one message."""
        self._writer.write(frame(TEXT, text.encode("utf-8"), mask=MASK))

    def told(self, channel: str) -> list[Any]:
        """What a channel has said so far."""
        return [message["params"]["data"] for message in self.heard if message["method"] == "subscription" and message["params"]["channel"] == channel]

    async def _listen(self) -> None:
        try:
            while True:
                message: Json = json.loads(await read_message(self._reader, self._writer, mask=MASK))
                future = self._waiting.pop(message["id"], None) if "id" in message else None
                if future is not None and not future.done():
                    future.set_result(message)
                else:
                    self.heard.append(message)
        except (WebSocketClosed, ConnectionError, ValueError):
            self.is_closed.set()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the connection is gone"))
                    # Whoever asked may be gone as well; nobody is told of an answer nobody waits for.
                    future.exception()
