"""The outbox pump: owed messages are claimed, written out, handed over and settled.

Rules of this file: the store decides what goes next; a message is settled exactly as the
other side answered, and where nobody knows whether it arrived only a card is sent again, marked.
"""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.chat import Reply, SentMessage
from bot.delivery import REPLY_KIND, RenderChart, RenderNotice, Transport, decode_reply, footer_of, with_footer
from bot.format import cut
from bot.keyboards import with_alarm, with_hd
from bot.text import Texts
from engine.api import Engine, Operator, OutboxItem
from engine.errors import ChatClosed, DeliveryError, EngineError

IDLE_S = 0.25
STORE_RETRY_S = 1.0
SLOW_SEND_S = 1.0
IN_FLIGHT_MAX = 4
BACKOFF_FIRST_S, BACKOFF_MAX_S = 0.5, 10.0
ATTEMPTS_MAX, MISTAKES_MAX = 5_000, 5
DUPLICATE_DELAY_S = 1.0
BURST_MAX = 5
BARE_MAX_UNITS = 600
PACE_S = 1.0
CLOSED_HOLD = "telegram_chat"
FILE_SCALE = 2

_JITTER = secrets.SystemRandom()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """How stored messages become words and pictures; `duplicate_mark` is the line (per language) over a card sent again."""

    render_notice: RenderNotice
    render_chart: RenderChart
    duplicate_mark: Callable[[str], str]


class Pacer:
    """The first messages to a chat go at once, later ones one per second."""

    def __init__(self) -> None:
        self._free_at: dict[int, float] = {}

    def wait_s(self, chat_id: int, now_s: float) -> float:
        """Seconds until the chat may get the next message, which is booked by this call."""
        earliest = now_s - BURST_MAX * PACE_S
        booked = max(self._free_at.get(chat_id, earliest), earliest) + PACE_S
        self._free_at[chat_id] = booked
        return max(0.0, booked - now_s)


class Outbox:
    """Sends what the store owes."""

    def __init__(self, engine: Engine, transport: Transport, press: Press, *, jitter: Callable[[], float] = _JITTER.random) -> None:
        self._engine, self._transport, self._press, self._jitter = engine, transport, press, jitter
        self._pacer = Pacer()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refused_ids: set[int] = set()
        self._closed_chats: set[int] = set()
        # A hold of an earlier run may still stand: the first message taken lifts it.
        self._may_be_held = True
        self._link_failures = 0
        self._quiet_until_s = 0.0
        self._work = asyncio.Event()

    def poke(self) -> None:
        """The pump looks for owed messages now."""
        self._work.set()

    async def run(self) -> None:
        """Send until cancelled; a message under way then is settled by the store at the next start."""
        try:
            while True:
                pause_s = IDLE_S
                try:
                    if await self._step():
                        continue
                except EngineError as error:
                    log.error("outbox.store_failed", error=str(error))
                    pause_s = STORE_RETRY_S
                await self._idle(pause_s)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _step(self) -> bool:
        """One owed message was taken up; False when there is none."""
        # While the link is down nothing is claimed, so that the order survives the outage.
        await asyncio.sleep(max(0.0, self._quiet_until_s - _now_s()))
        if len(self._tasks) >= IN_FLIGHT_MAX:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        item = await self._engine.claim_outgoing()
        if item is None:
            return False
        await asyncio.sleep(self._pacer.wait_s(item.chat_id, _now_s()))
        task = asyncio.create_task(self._deliver(item), name=f"outgoing {item.outbox_id}")
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        # One after the other keeps the order; a hanging one must not hold up an alert behind it.
        await asyncio.wait({task}, timeout=SLOW_SEND_S)
        return True

    def _forget(self, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("outbox.settling_failed", task=done.get_name(), error=repr(error))

    async def _deliver(self, item: OutboxItem) -> None:
        reader = await self._reader_of(item.chat_id)
        if reader is None:
            await self._engine.settle_dead(item.outbox_id, error="nobody on the list has this chat")
            return
        language = reader.language
        said = self._stored_reply(item) if item.kind == REPLY_KIND else self._notice(item, reader)
        reply = with_hd(with_alarm(said, item.alarm_id, Texts(language)), Texts(language))
        try:
            sent = await self._hand_over(item, reply, await self._draw(item, reply, language))
        except DeliveryError as error:
            await self._settle_failure(item, error)
        except Exception as error:  # a mistake of ours: the next try may meet other circumstances
            log.error("outbox.transport_failed", outbox_id=item.outbox_id, exc_info=error)
            await self._settle_failure(item, DeliveryError(f"{type(error).__name__}: {error}", permanent=item.attempts >= MISTAKES_MAX))
        else:
            await self._settle_sent(item, sent)
            await self._take_away(item)

    def _notice(self, item: OutboxItem, reader: Operator) -> Reply:
        try:
            reply = self._press.render_notice(
                item.kind, item.payload_json, language=reader.language, nonce=item.nonce, footer=footer_of(item), zone=reader.zone
            )
        except Exception as error:  # an alert that cannot be written well is still an alert
            log.error("outbox.render_failed", outbox_id=item.outbox_id, kind=item.kind, exc_info=error)
            return _bare(item)
        if self._may_be_duplicate(item):
            mark = html.escape(self._press.duplicate_mark(reader.language), quote=False)
            return replace(reply, html=f"{reply.html}\n{mark}")
        return reply

    def _stored_reply(self, item: OutboxItem) -> Reply:
        try:
            return with_footer(decode_reply(item.payload_json), item)
        except ValueError as error:
            log.error("outbox.render_failed", outbox_id=item.outbox_id, kind=item.kind, exc_info=error)
            return _bare(item)

    async def _reader_of(self, chat_id: int) -> Operator | None:
        return next((operator for operator in await self._engine.operators() if operator.chat_id == chat_id), None)

    def _may_be_duplicate(self, item: OutboxItem) -> bool:
        """True for a card tried before unless every earlier try is known to have failed."""
        return item.nonce is not None and not item.edit_message_ids and item.attempts > 1 and item.outbox_id not in self._refused_ids

    async def _draw(self, item: OutboxItem, reply: Reply, language: str) -> bytes | None:
        # An ending is words under the picture that was decided on; only a question asked anew has a new picture.
        is_ending = bool(item.edit_message_ids) and item.nonce is None
        if reply.chart is None or is_ending:
            return None
        try:
            if reply.is_file:
                return await asyncio.to_thread(self._press.render_chart, reply.chart, language=language, scale=FILE_SCALE)
            return await asyncio.to_thread(self._press.render_chart, reply.chart, language=language)
        except Exception as error:  # the words matter more than the picture
            log.error("outbox.chart_failed", outbox_id=item.outbox_id, exc_info=error)
            return None

    async def _hand_over(self, item: OutboxItem, reply: Reply, png: bytes | None) -> SentMessage:
        if not item.edit_message_ids:
            return await self._transport.send(item.chat_id, reply, png=png, reply_to=item.reply_to_message_id, is_silent=item.is_silent)
        edited = [await self._transport.edit(item.chat_id, message_id, reply, png=png) for message_id in item.edit_message_ids]
        return edited[-1]

    async def _settle_sent(self, item: OutboxItem, sent: SentMessage) -> None:
        self._link_failures = 0
        self._refused_ids.discard(item.outbox_id)
        await self._engine.settle_sent(item.outbox_id, sent.message_id)
        self._closed_chats.discard(item.chat_id)
        if self._may_be_held and not self._closed_chats:
            await self._engine.release(CLOSED_HOLD)
            self._may_be_held = False

    async def _take_away(self, item: OutboxItem) -> None:
        """Earlier sayings of an alarm give way to this one. One that cannot be removed now is tried again with the next."""
        for message_id in item.replaced_message_ids:
            try:
                await self._transport.delete(item.chat_id, message_id)
            except DeliveryError as error:
                log.info("outbox.not_taken_away", outbox_id=item.outbox_id, message_id=message_id, error=str(error))

    async def _settle_failure(self, item: OutboxItem, error: DeliveryError) -> None:
        if error.permanent:
            await self._bury(item, error)
        elif error.ambiguous and not item.edit_message_ids:
            await self._doubt(item, error)
        else:
            await self._retry(item, error)

    async def _bury(self, item: OutboxItem, error: DeliveryError) -> None:
        log.error("outbox.buried", outbox_id=item.outbox_id, kind=item.kind, error=str(error))
        self._refused_ids.discard(item.outbox_id)
        await self._engine.settle_dead(item.outbox_id, error=str(error))
        if isinstance(error, ChatClosed):
            self._closed_chats.add(item.chat_id)
            self._may_be_held = True
            await self._engine.hold(CLOSED_HOLD, f"chat {item.chat_id}: {error}")

    async def _doubt(self, item: OutboxItem, error: DeliveryError) -> None:
        """A card goes out again and says so; anything else is left, it may well have arrived."""
        self._refused_ids.discard(item.outbox_id)
        if item.nonce is None:
            log.warning("outbox.doubted", outbox_id=item.outbox_id, kind=item.kind, error=str(error))
            await self._engine.settle_dead(item.outbox_id, error=str(error), ambiguous=True)
            return
        await self._engine.settle_retry(item.outbox_id, delay_s=DUPLICATE_DELAY_S, error=str(error))

    async def _retry(self, item: OutboxItem, error: DeliveryError) -> None:
        if item.attempts >= ATTEMPTS_MAX:
            await self._bury(item, error)
            return
        if item.attempts <= 1 or item.outbox_id in self._refused_ids:
            self._refused_ids.add(item.outbox_id)
        if error.retry_after_s is not None:
            # A flood wait is this message's alone: what is more urgent tries its own luck.
            await self._engine.settle_retry(item.outbox_id, delay_s=error.retry_after_s, error=str(error))
            return
        delay_s = self._backoff_s()
        await self._engine.settle_retry(item.outbox_id, delay_s=delay_s, error=str(error))
        self._quiet_until_s = _now_s() + delay_s

    def _backoff_s(self) -> float:
        ceiling_s = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(self._link_failures, 10))
        self._link_failures += 1
        return ceiling_s * (0.5 + self._jitter() / 2)

    async def _idle(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._work.wait()
        except TimeoutError:
            return
        finally:
            self._work.clear()


def _bare(item: OutboxItem) -> Reply:
    words = cut(f"{item.kind}: {item.payload_json}", BARE_MAX_UNITS)
    return with_footer(Reply(html=html.escape(words, quote=False)), item)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
