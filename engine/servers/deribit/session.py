"""The trading session: one WebSocket that is signed in, beats, and takes its orders with it when it ends.

Rules of this file: no order leaves before the venue has confirmed that it will cancel
this connection's orders when the connection is lost; a session that ends answers
every open question with "unknown", and the next question opens a new one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import structlog

from engine.clients.decode import sound_document
from engine.clock import monotonic_s
from engine.servers.deribit.login import Grant, renew, sign_in
from engine.servers.deribit.network import Key, VenueSettings
from engine.servers.deribit.rpc import Answer, Params, judge, question
from engine.servers.deribit.socket import Socket, SocketClosed
from engine.servers.upstream import UpstreamError

log = structlog.get_logger(__name__)

HEARTBEAT_S = 10
UNKNOWN = "the session ended before the answer came"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the session waits: to be opened, for an answer, for any word at all, and before it renews its login again.

    The venue speaks at least every heartbeat; after two of them without a word the connection is dead.
    """

    open_s: float = 6.0
    answer_s: float = 6.0
    silence_s: float = 25.0
    renewal_s: float = 5.0


PATIENCE = Patience()


@dataclass(slots=True, eq=False)
class _Live:
    """An open session: its socket, the questions under way, and the tasks that keep it."""

    socket: Socket
    open: dict[int, asyncio.Future[Answer]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class TradingSession:
    """Opens when it is asked something, again after every end."""

    def __init__(self, settings: VenueSettings, key: Key, patience: Patience = PATIENCE) -> None:
        self._settings, self._key, self._patience = settings, key, patience
        self._live: _Live | None = None
        self._opening = asyncio.Lock()
        self._numbers = count(1)

    @property
    def is_open(self) -> bool:
        return self._live is not None and self._live.socket.is_open

    async def ask(self, method: str, params: Params) -> Answer:
        """The answer of a session that is up. Raises UpstreamError; unless that is a refusal, the venue may have done it."""
        return await self._ask(await self._opened(), method, params)

    async def aclose(self) -> None:
        """The session has ended; the venue cancels what it had working."""
        if self._live is not None:
            live, self._live = self._live, None
            await live.socket.close()
            self._end(live, UNKNOWN)
            await asyncio.gather(*live.tasks, return_exceptions=True)

    async def _opened(self) -> _Live:
        async with self._opening:
            if self._live is None or not self._live.socket.is_open:
                self._live = await self._open()
            return self._live

    async def _open(self) -> _Live:
        """A session on which orders may be sent. Raises UpstreamError: nothing was done."""
        try:
            async with asyncio.timeout(self._patience.open_s):
                live = _Live(await Socket.open(self._settings.socket_url))
                try:
                    self._keep(live, self._listen(live))
                    self._keep(live, self._stay(live, await self._prepare(live)))
                except BaseException:
                    live.socket.abort()
                    self._end(live, UNKNOWN)
                    raise
        except SocketClosed as error:
            raise UpstreamError(f"the venue's session: {error}", retryable=True, is_refusal=True) from None
        except TimeoutError:
            raise UpstreamError(f"the venue's session did not open within {self._patience.open_s:g} s", retryable=True, is_refusal=True) from None
        except UpstreamError as error:
            raise UpstreamError(error.message, retryable=error.retryable, is_refusal=True, retry_after_s=error.retry_after_s, code=error.code) from None
        log.info("session.opened", network=self._settings.network.value)
        return live

    async def _prepare(self, live: _Live) -> Grant:
        grant = await sign_in(lambda method, params: self._ask(live, method, params), self._key)
        await self._ask(live, "public/set_heartbeat", {"interval": HEARTBEAT_S})
        answer = await self._ask(live, "private/enable_cancel_on_disconnect", {"scope": "connection"})
        if answer.result != "ok":
            raise UpstreamError("the venue does not promise to cancel orders when the session is lost", retryable=False)
        return grant

    async def _ask(self, live: _Live, method: str, params: Params) -> Answer:
        number = next(self._numbers)
        text = question(method, params, request_id=number).decode()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        live.open[number] = answer
        try:
            async with asyncio.timeout(self._patience.answer_s):
                await live.socket.send(text)
                return await answer
        except SocketClosed as error:
            raise UpstreamError(f"the venue's session: {error}", retryable=True) from None
        except TimeoutError:
            raise UpstreamError(f"the venue's session did not answer within {self._patience.answer_s:g} s", retryable=True) from None
        finally:
            live.open.pop(number, None)

    async def _listen(self, live: _Live) -> None:
        """Every answer goes to who asked, the venue's own question is answered, until the connection ends or falls silent."""
        reason = UNKNOWN
        try:
            while True:
                async with asyncio.timeout(self._patience.silence_s):
                    text = await live.socket.receive()
                self._hear(live, text)
        except SocketClosed as error:
            reason = f"{UNKNOWN} ({error})"
        except TimeoutError:
            reason = f"{UNKNOWN} (not a word for {self._patience.silence_s:g} s)"
        except UpstreamError as error:
            reason = f"{UNKNOWN} ({error.message})"
        finally:
            live.socket.abort()
            self._end(live, reason)
        log.warning("session.ended", reason=reason)

    def _hear(self, live: _Live, text: str) -> None:
        try:
            document = sound_document(text, number=Decimal)
        except (ValueError, RecursionError):
            raise UpstreamError("the venue sent no sound JSON", retryable=True) from None
        if _asks_whether_we_are_here(document):
            self._keep(live, self._say_here(live))
        number = document.get("id") if isinstance(document, dict) else None
        waiting = live.open.get(number) if isinstance(number, int) else None
        if waiting is None or waiting.done():
            return
        try:
            waiting.set_result(judge(document, request_id=None, network=self._settings.network))
        except UpstreamError as error:
            waiting.set_exception(error)

    async def _say_here(self, live: _Live) -> None:
        try:
            await self._ask(live, "public/test", {})
        except UpstreamError as error:
            log.warning("session.heartbeat_missed", reason=error.message)

    async def _stay(self, live: _Live, grant: Grant) -> None:
        """The login is renewed as long as the session lives; one that cannot be renewed ends the session."""
        while live.socket.is_open:
            await asyncio.sleep(max(self._patience.renewal_s, grant.renew_at_s - monotonic_s()))
            try:
                grant = await renew(lambda method, params: self._ask(live, method, params), grant)
            except UpstreamError as error:
                log.warning("session.renewal_failed", reason=error.message)
                if not error.retryable:
                    live.socket.abort()
                    return

    def _keep(self, live: _Live, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        live.tasks.add(task)
        task.add_done_callback(live.tasks.discard)

    def _end(self, live: _Live, reason: str) -> None:
        for waiting in live.open.values():
            if not waiting.done():
                waiting.set_exception(UpstreamError(reason, retryable=True))
        for task in live.tasks:
            if task is not asyncio.current_task():
                task.cancel()


def _asks_whether_we_are_here(document: object) -> bool:
    params = document.get("params") if isinstance(document, dict) and document.get("method") == "heartbeat" else None
    return isinstance(params, dict) and params.get("type") == "test_request"
