"""Asking an upstream over HTTP: one total deadline, a size cap, sound JSON, and a typed failure for everything else.

Rules of this file: an address is never told, because it may carry a key; a failure
names its kind only, because the libraries' own texts carry addresses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from engine.clients.decode import sound_document
from engine.clients.http_streams import silence_url_loggers
from engine.errors import EngineError

DEADLINE_S = 8.0
CONNECT_S = 4.0
BODY_BYTES_MAX = 8_000_000
CONNECTIONS_MAX = 16
RETRY_AFTER_MAX_S = 3600.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PROBLEM_CHARS_MAX = 120


class UpstreamError(EngineError):
    """An upstream did not deliver.

    `retryable`: the same read may be asked again. `is_refusal`: it is proven that
    nothing was done. `code` is the upstream's own number.
    """

    def __init__(self, message: str, *, retryable: bool, is_refusal: bool = False, retry_after_s: float | None = None, code: int | None = None) -> None:
        super().__init__(message)
        self.message, self.retryable, self.is_refusal = message, retryable, is_refusal
        self.retry_after_s, self.code = retry_after_s, code


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came back, read to its end."""

    status: int
    text: str
    retry_after_s: float | None


class HttpUpstream:
    """One upstream by its base address."""

    def __init__(self, name: str, base_url: str) -> None:
        self.name, self._base_url = name, base_url.rstrip("/")
        self._client: httpx.AsyncClient | None = None
        silence_url_loggers()

    async def get(self, path: str, params: Mapping[str, str], *, deadline_s: float = DEADLINE_S) -> Body:
        """The answer to a GET, whatever its status. Raises UpstreamError."""
        return await self._ask("GET", path, deadline_s=deadline_s, params=params, content=None, headers={})

    async def post(self, path: str, content: bytes, headers: Mapping[str, str] | None = None, *, deadline_s: float = DEADLINE_S) -> Body:
        """The answer to a POST of a JSON text, whatever its status. Raises UpstreamError."""
        told = {"content-type": "application/json", **({} if headers is None else headers)}
        return await self._ask("POST", path, deadline_s=deadline_s, params={}, content=content, headers=told)

    async def aclose(self) -> None:
        """No connection is open; a later question opens one again."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    def sound(self, body: Body) -> object:
        """The document of a successful answer, its fractions exact. Raises UpstreamError for any other status and for what is not sound JSON."""
        self.require_ok(body)
        return self.document(body)

    def require_ok(self, body: Body) -> None:
        """Nothing happens for a successful answer. Raises UpstreamError for any other status."""
        if body.status != HTTPStatus.OK:
            retryable = body.status == HTTPStatus.TOO_MANY_REQUESTS or body.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            raise UpstreamError(f"{self.name} answered with status {body.status}", retryable=retryable, retry_after_s=body.retry_after_s, code=body.status)

    def document(self, body: Body) -> object:
        """The document of an answer of any status. Raises UpstreamError for what is not sound JSON."""
        try:
            return sound_document(body.text, number=Decimal)
        except (ValueError, RecursionError) as error:
            problem = str(error)[:PROBLEM_CHARS_MAX]
            raise UpstreamError(f"{self.name} answered no sound JSON (status {body.status}, {problem})", retryable=True, code=body.status) from None

    async def _ask(self, method: str, path: str, *, deadline_s: float, params: Mapping[str, str], content: bytes | None, headers: Mapping[str, str]) -> Body:
        try:
            # The library's own limits hold per read; a slow drip would keep a call for minutes.
            async with asyncio.timeout(deadline_s):
                request = self._open().stream(method, f"{self._base_url}{path}", params=dict(params), content=content, headers=dict(headers))
                async with request as response:
                    return await self._read(response)
        except TimeoutError:
            raise UpstreamError(f"{self.name} did not answer within {deadline_s:g} s", retryable=True) from None
        except httpx.HTTPError as error:
            raise UpstreamError(f"{self.name} cannot be reached ({type(error).__name__})", retryable=True) from None

    async def _read(self, response: httpx.Response) -> Body:
        chunks, size = [], 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > BODY_BYTES_MAX:
                raise UpstreamError(f"{self.name} answered more than {BODY_BYTES_MAX} bytes", retryable=False)
            chunks.append(chunk)
        text = b"".join(chunks).decode("utf-8", errors="replace")
        return Body(status=response.status_code, text=text, retry_after_s=_seconds(response.headers.get("retry-after", "")))

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(DEADLINE_S, connect=CONNECT_S),
                limits=httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=CONNECTIONS_MAX),
                trust_env=not is_loopback(self._base_url),
            )
        return self._client


def is_loopback(url: str) -> bool:
    """True for an address on this machine."""
    return urlsplit(url).hostname in LOOPBACK


def _seconds(text: str) -> float | None:
    """The seconds of a Retry-After; None for a date, for nothing and for more than an hour."""
    seconds = float(text) if text.isascii() and text.isdigit() else None
    return seconds if seconds is not None and seconds <= RETRY_AFTER_MAX_S else None
