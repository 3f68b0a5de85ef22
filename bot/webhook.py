"""The optional way in: Telegram posts updates to this machine, and each is answered once it is stored.

Rules of this file: it listens on loopback only, behind a proxy of the operator's; whoever does not know the
secret learns nothing, not even which path is served; what is posted takes the poller's way into the inbox.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.loopback import HOST, listen_on, loopback_server
from engine.errors import ConfigError, DeliveryError, LinkRefused

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
BODY_MAX_BYTES = 1_000_000
WAITING_MAX = 200
STORED_WITHIN_S = 20.0
UPDATES_MAX = 100
CONFIRMED_REMEMBERED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HookPlan:
    """Telegram posts updates to `url` with the secret; a proxy of the operator's leads them to `port` on loopback."""

    url: str
    secret: str = field(repr=False)
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSeen:
    """What Telegram says of the webhook: where it posts, how many updates wait there, and why the last one could not be posted."""

    url: str
    waiting: int
    problem: str


class HookDoor(Protocol):
    """The half of a bot that speaks to Telegram; every call may raise DeliveryError."""

    @property
    def username(self) -> str: ...

    async def connect(self) -> None: ...

    async def set_hook(self, url: str, secret: str) -> None:
        """Telegram posts what comes to the address, and what waits first."""
        ...

    async def look_at_hook(self) -> HookSeen: ...

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None: ...


@dataclass(slots=True, eq=False)
class _Posted:
    raw: Mapping[str, object]
    update_id: int
    stored: asyncio.Event = field(default_factory=asyncio.Event)


class Webhook:
    """A source of updates for the poller, fed by posts; a post is answered 200 once its update is stored."""

    def __init__(self, door: HookDoor, plan: HookPlan) -> None:
        self._door, self._plan = door, plan
        self._path = urlsplit(plan.url).path or "/"
        self._secret = plan.secret.encode()
        self._new: deque[_Posted] = deque()
        self._handed_out: list[_Posted] = []
        self._confirmed: deque[int] = deque(maxlen=CONFIRMED_REMEMBERED_MAX)
        self._arrived = asyncio.Event()
        self._is_set = False
        self._listening: socket.socket | None = None

    def bind(self) -> int:
        """The port is ours; returns its number. Raises ConfigError when it cannot be had."""
        if self._listening is None:
            try:
                self._listening = listen_on(self._plan.port)
            except (OSError, OverflowError) as error:
                raise ConfigError(
                    f"the webhook cannot listen on port {self._plan.port} of {HOST}: {getattr(error, 'strerror', None) or error}",
                    fix="Choose another port and lead the proxy there.",
                    key="CERBERO_WEBHOOK_PORT",
                ) from error
        port: int = self._listening.getsockname()[1]
        return port

    async def serve(self) -> None:
        """Posts were taken until cancelled; those that wait then are not confirmed, so Telegram posts them again."""
        self.bind()
        server = loopback_server(self._answer)
        serving = asyncio.create_task(server.serve(sockets=[] if self._listening is None else [self._listening]), name="webhook")
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await asyncio.gather(serving, return_exceptions=True)

    # ---- for the poller

    @property
    def username(self) -> str:
        """The bot's own name, empty until Telegram told it."""
        return self._door.username

    async def connect(self) -> None:
        """The bot's name is known."""
        await self._door.connect()

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The tap's spinner has stopped and `text` was shown."""
        await self._door.answer_callback(callback_id, text, is_alert=is_alert)

    async def get_updates(self, *, offset: int, wait_s: float) -> Sequence[Mapping[str, object]]:
        """What was posted and is not confirmed, oldest first; the poller's offset is the number after the one it stored last.

        Nothing posted for as long as the poller waits says nothing about Telegram, so it is asked: what it says is the progress.
        """
        self._confirm(offset)
        if not self._is_set:
            await self._door.set_hook(self._plan.url, self._plan.secret)
            self._is_set = True
        self._hand_out()
        if not self._handed_out and wait_s > 0:
            await self._wait(wait_s)
            self._hand_out()
            if not self._handed_out:
                await self._look()
        return [each.raw for each in self._handed_out]

    def _confirm(self, offset: int) -> None:
        """What the poller stored is answered. Posts may overtake one another, so their place counts and not the size of their number."""
        numbers = [each.update_id for each in self._handed_out]
        if not self._confirmed:
            self._confirmed.append(offset - 1)
        if offset - 1 not in numbers:
            return
        stored = numbers.index(offset - 1) + 1
        for each in self._handed_out[:stored]:
            self._confirmed.append(each.update_id)
            each.stored.set()
        self._handed_out = self._handed_out[stored:]

    def _hand_out(self) -> None:
        self._arrived.clear()
        while self._new and len(self._handed_out) < UPDATES_MAX:
            self._handed_out.append(self._new.popleft())

    async def _wait(self, wait_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._arrived.wait()

    async def _look(self) -> None:
        """Telegram posts here and nothing waits there. Raises LinkRefused where it posts elsewhere, DeliveryError where posts do not arrive."""
        seen = await self._door.look_at_hook()
        if seen.url != self._plan.url:
            self._is_set = False
            raise LinkRefused("another program took this bot's messages to itself: Telegram posts them elsewhere, or nowhere")
        if seen.waiting and not self._new:
            raise DeliveryError(f"{seen.waiting} updates wait at Telegram and do not arrive: {seen.problem}")

    # ---- for Telegram

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._take(Request(scope, receive)))(scope, receive, send)

    async def _take(self, request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        # Compared as a whole, in the same time however much of it is right.
        if not hmac.compare_digest(given, self._secret):
            return Response(status_code=403)
        if request.url.path != self._path:
            return Response(status_code=404)
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        body = await _body_of(request)
        if body is None:
            return Response(status_code=413)
        posted = _read(body)
        return Response(status_code=400) if posted is None else await self._keep(posted)

    async def _keep(self, posted: _Posted) -> Response:
        """200 once the update is stored; otherwise 503, and Telegram posts it again."""
        if posted.update_id in self._confirmed:
            return Response()
        if len(self._new) + len(self._handed_out) >= WAITING_MAX:
            return Response(status_code=503)
        self._new.append(posted)
        self._arrived.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STORED_WITHIN_S):
                await posted.stored.wait()
        return Response(status_code=200 if posted.stored.is_set() else 503)


async def _body_of(request: Request) -> bytes | None:
    """The body; None when it is larger than any update."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > BODY_MAX_BYTES:
            return None
    return bytes(taken)


def _read(body: bytes) -> _Posted | None:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    update_id = raw.get("update_id") if isinstance(raw, dict) else None
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        return None
    return _Posted(raw=raw, update_id=update_id)
