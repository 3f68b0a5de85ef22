"""A server over HTTP: bodies of bounded size, nothing compressed, and a status that says "not now" told apart from an answer."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from engine.clients.child_streams import WIRE_BYTES_MAX

URL_LOGGERS = ("httpx", "httpcore", "httpx2", "httpcore2")
ANSWER_TYPES = ("application/json", "text/event-stream")
RETRY_AFTER_MAX_S = 3600.0
REQUEST_S, STREAM_S = 30.0, 300.0
"""The library's own limits, per read; a call's deadline is much shorter."""


class NoAnswer(Exception):
    """What answered is not the server, or the server has no time: a page, a busy or a broken gateway."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@asynccontextmanager
async def http_streams(url: str, headers: Mapping[str, str]) -> AsyncIterator[TransportStreams]:
    """The messages of a streamable-HTTP server and the way to it."""
    client = httpx2.AsyncClient(
        # A compressed body could be a thousand times what is counted on the way.
        headers={"accept-encoding": "identity", **headers},
        timeout=httpx2.Timeout(REQUEST_S, read=STREAM_S),
        verify=_authorities(),
        event_hooks={"response": [_judge]},
    )
    async with client, streamable_http_client(url, http_client=client, terminate_on_close=False, max_sse_event_size=WIRE_BYTES_MAX) as streams:
        yield streams


def silence_url_loggers() -> None:
    """The HTTP libraries tell warnings only: they print every address, and an address may carry a key."""
    for name in URL_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


@cache
def _authorities() -> ssl.SSLContext:
    # Reading the certificates costs more than all the rest of a new session.
    return httpx2.create_ssl_context()


async def _judge(response: httpx2.Response) -> None:
    """An answer to a question is read up to the cap. Raises NoAnswer for what is none."""
    if response.request.method != "POST":
        return
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    status = response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NoAnswer(f"the server answers with status {status}", retry_after_s=_seconds(response.headers.get("retry-after", "")))
    if status == HTTPStatus.OK and kind not in ANSWER_TYPES:
        raise NoAnswer("what answers is no MCP server")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise NoAnswer("the answer is compressed, which was not asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Capped(response.stream)


class _Capped(httpx2.AsyncByteStream):
    """A body up to the cap."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._body:
            size += len(chunk)
            if size > WIRE_BYTES_MAX:
                raise NoAnswer(f"the answer is larger than {WIRE_BYTES_MAX} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._body.aclose()


def _seconds(text: str) -> float | None:
    """The seconds of a Retry-After; None for a date, for nothing and for more than an hour."""
    seconds = float(text) if text.isascii() and text.isdigit() else None
    return seconds if seconds is not None and seconds <= RETRY_AFTER_MAX_S else None
