"""Who gets past the door: this machine, this run's key, this page's origin.

Rules of this file: `/` without the key says how to open the chat and nothing else; every other route
without it answers 403. Every answer carries the headers that keep the page to itself.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost")

_SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}


class Gate:
    """Stands before the application and lets in only what it must."""

    def __init__(self, app: ASGIApp, *, key: str, how_to_open: str) -> None:
        self._app, self._key, self._how_to_open = app, key, how_to_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY_HEADERS)
            await send(message)

        await self._answer_for(scope)(scope, receive, send_guarded)

    def _answer_for(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        if not is_loopback_host(headers.get("host", "")):
            return PlainTextResponse("this page is for this machine only\n", status_code=403)
        if not self._has_key(scope):
            if scope["path"] == "/":
                return PlainTextResponse(self._how_to_open + "\n")
            return PlainTextResponse("", status_code=403)
        if not is_own_page(headers, path=scope["path"]):
            return PlainTextResponse("", status_code=403)
        return self._app

    def _has_key(self, scope: Scope) -> bool:
        given = QueryParams(scope["query_string"]).get("key", "")
        return hmac.compare_digest(given.encode(), self._key.encode())


def is_loopback_host(host: str) -> bool:
    """True when the Host header names this machine: a foreign name resolved to 127.0.0.1 does not."""
    name, _, port = host.partition(":")
    return name.lower() in LOOPBACK_NAMES and (port == "" or port.isdigit())


def is_own_page(headers: Headers, *, path: str) -> bool:
    """True unless the browser says that another site made the request; following the link itself is allowed."""
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{headers['host']}":
        return False
    is_foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
    return not is_foreign or (path == "/" and headers.get("sec-fetch-mode") == "navigate")
