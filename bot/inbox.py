"""The inbox worker: stored updates become handled requests and stored replies.

Rules of this file: updates are taken up in their order, each after the one before ended or
kept everybody waiting for `PATIENCE_S` (not at all while a kill waits behind it); an update ends as finished or failed, and one interrupted
by a crash is handed out again by the store.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.access import words_for_strangers
from bot.chat import Reply, Request
from bot.delivery import REPLY_KIND, Apologise, Dispatch, Transport, encode_reply, has_body
from bot.updates import Ignored, Incoming, parse, to_request, what_of
from engine.api import Engine, InboxItem, NewMessage
from engine.errors import DeliveryError, EngineError

ATTEMPTS_MAX = 3
IN_FLIGHT_MAX = 32
IDLE_S = 0.25
STORE_RETRY_S = 1.0
ANSWER_WITHIN_S = 1.5
PROGRESS_EVERY_S = 3.0
"""How often the words of a request under way are made true: far below what Telegram takes of edits."""
PATIENCE_S = 0.5

URGENT_PRIORITY, TAP_PRIORITY, REPLY_PRIORITY = 0, 1, 3

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the inbox does with what it reads.

    `apologise` is the sentence (per language) for a request that was given up, `please_wait` for one that takes long;
    `long_commands` only read and may take minutes, so nothing waits for them at all; `progress` says how far one is, None where nobody knows,
    `finished` stands where that was told, once the answer is there. The spinner of a tap that `only_looks` need not wait for what it shows.
    """

    dispatch: Dispatch
    apologise: Apologise
    please_wait: Apologise
    long_commands: frozenset[str] = frozenset({"replay", "montecarlo", "sweep"})
    progress: Callable[[Request, Engine], Reply | None] = lambda _request, _engine: None
    finished: Apologise = lambda _language: Reply()
    progress_every_s: float = PROGRESS_EVERY_S
    only_looks: Callable[[Request], bool] = lambda _request: False


class Inbox:
    """Drains the stored updates through the handlers; `on_replied` hears of every update whose replies are stored."""

    def __init__(self, engine: Engine, transport: Transport, reception: Reception, *, on_replied: Callable[[], None]) -> None:
        self._engine, self._transport, self._reception, self._on_replied = engine, transport, reception, on_replied
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[int] = set()
        self._work, self._is_in_hurry = asyncio.Event(), False

    def poke(self, is_in_hurry: bool = False) -> None:
        """The worker looks for updates now; with a kill among them it waits for nobody until it has begun them all."""
        self._is_in_hurry = self._is_in_hurry or is_in_hurry
        self._work.set()

    async def run(self) -> None:
        """Handle updates until cancelled; what was under way then is handed out again at the next start."""
        try:
            while True:
                pause_s = IDLE_S
                try:
                    # Until the bot knows its name it cannot tell its own commands from another bot's.
                    if self._transport.username and await self._step():
                        continue
                except EngineError as error:
                    log.error("inbox.store_failed", error=str(error))
                    pause_s = STORE_RETRY_S
                await self._idle(pause_s)
        finally:
            await self._stop()

    async def _step(self) -> bool:
        """One update was taken up; False when there is none to take."""
        if len(self._tasks) >= IN_FLIGHT_MAX:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        item = await self._engine.next_update(frozenset(self._running))
        if item is None:
            self._is_in_hurry = False
            return False
        incoming = self._read(item)
        task = self._start(item, incoming)
        # Nothing is taken up before its turn, for the store counts that as a try; but nothing hangs the queue either.
        is_long = isinstance(incoming, Incoming) and incoming.command in self._reception.long_commands
        await asyncio.wait({task}, timeout=0 if is_long or self._is_in_hurry else PATIENCE_S)
        return True

    def _read(self, item: InboxItem) -> Incoming | Ignored:
        try:
            raw = json.loads(item.raw_json)
        except (ValueError, RecursionError):
            raw = None
        return parse(raw, bot_username=self._transport.username, received_at=item.received_at)

    def _start(self, item: InboxItem, incoming: Incoming | Ignored) -> asyncio.Task[None]:
        task = asyncio.create_task(self._handle(item, incoming), name=f"update {item.update_id}")
        self._tasks.add(task)
        self._running.add(item.update_id)

        def forget(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            self._running.discard(item.update_id)
            if not done.cancelled() and (error := done.exception()) is not None:
                log.error("inbox.settling_failed", update_id=item.update_id, error=repr(error))

        task.add_done_callback(forget)
        return task

    async def _handle(self, item: InboxItem, incoming: Incoming | Ignored) -> None:
        if item.attempts > ATTEMPTS_MAX:
            # Each try ended with the program: this one is for the words alone.
            log.error("inbox.given_up", update_id=item.update_id, attempts=item.attempts)
            await self._fail(item, incoming, f"given up: handling began {ATTEMPTS_MAX} times and never ended")
            return
        try:
            outcome, replies = await self._answer(incoming)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._fail(item, incoming, "the handler cancelled itself")
        except Exception as error:  # the edge where any handler's mistake ends
            log.error("inbox.handler_failed", update_id=item.update_id, attempts=item.attempts, exc_info=error)
            await self._fail(item, incoming, f"{type(error).__name__}: {error}")
        else:
            messages = _messages(item.update_id, incoming, replies) if isinstance(incoming, Incoming) else ()
            await self._engine.finish_update(item.update_id, messages, outcome=outcome)
            self._on_replied()

    async def _answer(self, incoming: Incoming | Ignored) -> tuple[str, tuple[Reply, ...]]:
        """(outcome, replies) of the update."""
        if isinstance(incoming, Ignored):
            if incoming.callback_id is not None:
                await self._toast(incoming.callback_id, Reply())
            return f"ignored:{incoming.reason}", ()
        operator = await self._engine.operator(incoming.user_id)
        if operator is None or operator.chat_id != incoming.chat_id:
            await self._engine.record_stranger(incoming.user_id, what_of(incoming))
            if incoming.callback_id is not None:
                await self._toast(incoming.callback_id, Reply(toast=words_for_strangers(), is_alert=True))
            return "stranger", ()
        request = to_request(incoming, operator)
        if request.callback_id is not None:
            return "handled", await self._dispatch_tap(request, request.callback_id)
        if request.command in self._reception.long_commands:
            return "handled", await self._dispatch_long(request)
        return "handled", await self._handler(request)

    async def _handler(self, request: Request) -> tuple[Reply, ...]:
        """What the handler answers; one that asks for the end of the program has made a mistake like any other."""
        try:
            return await self._reception.dispatch(request, self._engine)
        except (KeyboardInterrupt, SystemExit) as unasked:
            raise RuntimeError(f"a handler raised {type(unasked).__name__}: {unasked}") from unasked

    async def _dispatch_long(self, request: Request) -> tuple[Reply, ...]:
        """The replies of a command that may take minutes; a person who would wait in silence is told that it runs."""
        work = asyncio.ensure_future(self._handler(request))
        try:
            await asyncio.wait({work}, timeout=ANSWER_WITHIN_S)
            if not work.done():
                await self._owe(request, "wait", self._reception.please_wait(request.language))
                await self._tell_progress(request, work)
            return await work
        finally:
            work.cancel()

    async def _tell_progress(self, request: Request, work: asyncio.Future[tuple[Reply, ...]]) -> None:
        """The words of the wait said how far the work was, until it ended, and then that it has."""
        told: list[Reply] = []
        message_id: int | None = None
        while not (await asyncio.wait({work}, timeout=self._reception.progress_every_s))[0]:
            now = self._reception.progress(request, self._engine)
            if now is None or now in told[-1:]:
                continue
            message_id = await self._engine.follows.number_of(_key(request, "wait"))
            if message_id is not None:
                told.append(now)
                await self._owe(request, f"progress:{len(told)}", now, edits_message_id=message_id)
        if told:
            await self._owe(request, "finished", self._reception.finished(request.language), edits_message_id=message_id)

    async def _owe(self, request: Request, part: str, reply: Reply, *, edits_message_id: int | None = None) -> None:
        owed = NewMessage(
            chat_id=request.chat_id,
            kind=REPLY_KIND,
            payload_json=encode_reply(reply),
            dedupe_key=_key(request, part),
            priority=REPLY_PRIORITY,
            edits_message_id=edits_message_id,
        )
        await self._engine.owe(owed)
        self._on_replied()

    async def _dispatch_tap(self, request: Request, callback_id: str) -> tuple[Reply, ...]:
        """The handler's replies; a toast that could not be shown has become a message."""
        work = asyncio.ensure_future(self._handler(request))
        is_late = False
        try:
            if not self._reception.only_looks(request):
                await asyncio.wait({work}, timeout=ANSWER_WITHIN_S)
            if not work.done():
                is_late = True
                await self._toast(callback_id, Reply())
            replies = await work
        except Exception:  # whatever went wrong, the spinner stops; the caller deals with it
            if not is_late:
                await self._toast(callback_id, Reply())
            raise
        finally:
            work.cancel()
        spoken = next((reply for reply in replies if reply.toast), Reply())
        is_shown = False if is_late else await self._toast(callback_id, spoken)
        if not is_shown and spoken.toast and not has_body(spoken):
            return (Reply(html=html.escape(spoken.toast, quote=False)), *replies)
        return replies

    async def _toast(self, callback_id: str, reply: Reply) -> bool:
        """True when the tap was answered; an old tap cannot be, and that changes nothing else."""
        try:
            await self._transport.answer_callback(callback_id, reply.toast, is_alert=reply.is_alert)
        except DeliveryError as error:
            log.info("inbox.tap_unanswered", error=str(error))
            return False
        return True

    async def _fail(self, item: InboxItem, incoming: Incoming | Ignored, error: str) -> None:
        """The store will hand the update out again or bury it; buried, its sender is told once."""
        await self._engine.fail_update(item.update_id, error)
        if item.attempts < ATTEMPTS_MAX or isinstance(incoming, Ignored):
            return
        operator = await self._engine.operator(incoming.user_id)
        if operator is None or operator.chat_id != incoming.chat_id:
            return
        payload = encode_reply(self._reception.apologise(operator.language))
        key = f"reply:{item.update_id}:apology"
        await self._engine.owe(NewMessage(chat_id=operator.chat_id, kind=REPLY_KIND, payload_json=payload, dedupe_key=key, priority=REPLY_PRIORITY))
        self._on_replied()

    async def _idle(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._work.wait()
        except TimeoutError:
            return
        finally:
            self._work.clear()

    async def _stop(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _key(request: Request, part: str) -> str:
    return f"reply:{request.update_id}:{part}"


def _messages(update_id: int, incoming: Incoming, replies: tuple[Reply, ...]) -> tuple[NewMessage, ...]:
    priority = URGENT_PRIORITY if incoming.command == "kill" else REPLY_PRIORITY if incoming.callback is None else TAP_PRIORITY
    bodies = [reply for reply in replies if has_body(reply)]
    return tuple(
        NewMessage(
            chat_id=incoming.chat_id,
            kind=REPLY_KIND,
            payload_json=encode_reply(reply),
            dedupe_key=f"reply:{update_id}:{number}",
            priority=priority,
            edits_message_id=incoming.message_id if reply.takes_place and incoming.callback is not None else None,
        )
        for number, reply in enumerate(bodies)
    )
