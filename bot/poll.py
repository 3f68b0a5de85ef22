"""The poller: updates are fetched, a kill is latched before anything else, and only what is stored is confirmed.

Rules of this file: the offset follows the store's commit, never the other way round; nothing
of a stranger reaches the store but a valid pairing code; storing may hang without keeping a kill from being seen.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.access import looks_like_ours, words_for_strangers
from bot.chat import Role
from bot.updates import Incoming, button_data_of, callback_id_of, parse
from engine.api import Engine, Operator, Person
from engine.clock import Clock, monotonic_s
from engine.errors import DeliveryError, EngineError, LinkRefused
from engine.views import Newcomer

POLL_S = 20.0
CALM_S = 300.0
"""How long nothing may go wrong before the hold is lifted: two receivers take turns, and every other poll looks good."""

HURRY_S = 0.2
BEGIN_S = 0.005
LOOKUP_S = 1.0
BACKOFF_FIRST_S, BACKOFF_MAX_S = 0.5, 10.0
HOLD = "telegram"
PAIR = "pair"
KILLS_REMEMBERED_MAX = 256
STRANGERS_NOTED_MAX = 30
STRANGERS_WINDOW = timedelta(minutes=1)
TURNED_AWAY_MAX = 4

RawUpdate = Mapping[str, object]

log = structlog.get_logger(__name__)


class UpdateSource(Protocol):
    """Where updates come from. What a person must mend is a LinkRefused."""

    @property
    def username(self) -> str: ...

    async def connect(self) -> None:
        """The bot's name is known and nothing else receives its updates."""
        ...

    async def get_updates(self, *, offset: int, wait_s: float) -> Sequence[RawUpdate]:
        """Updates from `offset` on, oldest first; everything below it is confirmed by this call."""
        ...

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The tap's spinner has stopped and `text` was shown."""
        ...


class StrangerLog:
    """Decides which strangers are worth a row: each once a minute, few in all."""

    def __init__(self) -> None:
        self._noted_at: dict[int, datetime] = {}

    def is_news(self, user_id: int, now: datetime) -> bool:
        """True when this stranger should be recorded now."""
        self._noted_at = {user: at for user, at in self._noted_at.items() if now - at < STRANGERS_WINDOW}
        if user_id in self._noted_at or len(self._noted_at) >= STRANGERS_NOTED_MAX:
            return False
        self._noted_at[user_id] = now
        return True


class Poller:
    """Brings updates from the service into the store."""

    def __init__(
        self, engine: Engine, source: UpdateSource, *, clock: Clock, on_stored: Callable[[bool], None], poll_s: float = POLL_S, calm_s: float = CALM_S
    ) -> None:
        self._engine, self._source, self._clock, self._on_stored, self._poll_s, self._calm_s = engine, source, clock, on_stored, poll_s, calm_s
        self._operators: dict[int, Operator] = {}
        self._known_revision = 0
        self._strangers = StrangerLog()
        self._killed_by: deque[int] = deque(maxlen=KILLS_REMEMBERED_MAX)
        self._storing: asyncio.Task[bool] | None = None
        self._turning_away: set[asyncio.Task[None]] = set()
        self._offset = 0
        self._held: str | None = None
        # A hold of an earlier run may still stand.
        self._must_release = True
        self._good_since_s: float | None = None
        self._failures = 0

    async def run(self) -> None:
        """Poll until cancelled; what was not stored by then is not confirmed either."""
        self._engine.begin_polling()
        try:
            self._storing = asyncio.create_task(self._recall(), name="recall offset")
            while True:
                try:
                    await self._cycle()
                    self._failures = 0
                except DeliveryError as error:
                    await self._on_failure(error)
                except EngineError as error:
                    log.error("poll.store_failed", error=str(error))
                    await asyncio.sleep(HURRY_S)
        finally:
            tasks = [*self._turning_away, *([] if self._storing is None else [self._storing])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _cycle(self) -> None:
        if not self._source.username:
            await self._source.connect()
        is_stored = await self._is_stored()
        updates = await self._source.get_updates(offset=self._offset, wait_s=self._poll_s if is_stored else 0.0)
        await self._latch_kills(updates)
        if is_stored:
            self._storing = asyncio.create_task(self._store(updates), name="store updates")

    async def _is_stored(self) -> bool:
        """True when the last batch is committed. False while the store is slow: then polling goes on for kills alone."""
        if self._storing is None:
            return True
        await asyncio.wait({self._storing}, timeout=HURRY_S)
        if not self._storing.done():
            return False
        storing, self._storing = self._storing, None
        if storing.result():
            # What was stored is begun before the next request takes the loop for its making.
            await asyncio.sleep(BEGIN_S)
        return True

    async def _recall(self) -> bool:
        """The offset goes on where the store's last update ended, and who may kill is known before the store can hang. Nothing new is stored."""
        await self._learn_operators()
        self._offset = await self._engine.next_poll_offset()
        return False

    async def _learn_operators(self) -> None:
        revision = self._engine.people.revision()
        self._operators = {operator.user_id: operator for operator in await self._engine.operators()}
        self._known_revision = revision

    async def _store(self, updates: Sequence[RawUpdate]) -> bool:
        """True when there is something new to begin."""
        is_news = False
        if not self._operators or self._known_revision != self._engine.people.revision():
            await self._learn_operators()
        for raw in updates:
            update_id = raw.get("update_id")
            if not isinstance(update_id, int):
                log.warning("poll.update_skipped")
                continue
            if await self._is_for_us(raw):
                is_news = True
                await self._engine.store_update(update_id, json.dumps(raw, ensure_ascii=False, separators=(",", ":")), callback_id_of(raw))
            else:
                self._turn_away(callback_id_of(raw))
            # Only here, behind the commit, does the next poll confirm this one.
            self._offset = update_id + 1
        if updates:
            self._on_stored(any(raw.get("update_id") in self._killed_by for raw in updates))
        await self._engine.note_poll()
        if self._must_release and self._has_been_calm():
            await self._engine.release(HOLD)
            self._must_release, self._held = False, None
        return is_news

    def _has_been_calm(self) -> bool:
        now_s = monotonic_s()
        if self._good_since_s is None:
            self._good_since_s = now_s
        return now_s - self._good_since_s >= self._calm_s

    async def _is_for_us(self, raw: RawUpdate) -> bool:
        """False for anything a person on the list did not send; a stranger is recorded, an oddity is not."""
        user_id, what = _sender_of(raw)
        if user_id in self._operators or await self._is_paired(raw):
            return True
        if looks_like_ours(button_data_of(raw)):
            self._engine.note_strange_tap()
        if user_id is not None and self._strangers.is_news(user_id, self._clock.wall()):
            await self._engine.record_stranger(user_id, what)
        return False

    async def _is_paired(self, raw: RawUpdate) -> bool:
        """True when this is a stranger's pairing code and it admits them: they are on the list now."""
        read = parse(raw, bot_username=self._source.username, received_at=self._clock.wall())
        if not isinstance(read, Incoming) or read.command != PAIR or len(read.args) != 1 or read.chat_id != read.user_id:
            return False
        result = await self._engine.people.pair(Newcomer(user_id=read.user_id, chat_id=read.chat_id, name=read.user_name), read.args[0])
        if result.ok:
            await self._learn_operators()
        return result.ok

    def _turn_away(self, callback_id: str | None) -> None:
        """A stranger's tap is being answered; past a few at once their spinners end by themselves, so that nobody waits for them."""
        if callback_id is None or len(self._turning_away) >= TURNED_AWAY_MAX:
            return
        task = asyncio.create_task(self._answer_stranger(callback_id), name="turn a stranger away")
        self._turning_away.add(task)
        task.add_done_callback(self._turning_away.discard)

    async def _answer_stranger(self, callback_id: str) -> None:
        try:
            await self._source.answer_callback(callback_id, words_for_strangers(), is_alert=True)
        except DeliveryError as error:
            log.info("poll.stranger_unanswered", error=str(error))

    async def _latch_kills(self, updates: Sequence[RawUpdate]) -> None:
        """Kills of people on the list are latched. Nobody's word costs a query, for the store may hang and strangers write a lot."""
        now = self._clock.wall()
        read = (parse(raw, bot_username=self._source.username, received_at=now) for raw in updates)
        kills = [each for each in read if isinstance(each, Incoming) and each.command == "kill" and each.update_id not in self._killed_by]
        if kills and (not self._operators or self._known_revision != self._engine.people.revision()):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKUP_S):
                    await self._learn_operators()
        for incoming in kills:
            self._latch_kill(incoming)

    def _latch_kill(self, incoming: Incoming) -> None:
        operator = self._operators.get(incoming.user_id)
        if operator is None or operator.chat_id != incoming.chat_id or operator.role not in (Role.APPROVER, Role.ADMIN):
            return
        try:
            self._engine.latch_kill(Person(user_id=incoming.user_id, name=incoming.user_name, source="chat"), " ".join(incoming.args))
        except (EngineError, OSError) as error:
            # The stored command still goes through its handler, which kills by its own way.
            log.error("poll.latch_failed", error=str(error))
            return
        self._killed_by.append(incoming.update_id)

    async def _on_failure(self, error: DeliveryError) -> None:
        log.warning("poll.failed", error=str(error), is_refused=isinstance(error, LinkRefused))
        delay_s = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        self._good_since_s = None
        if isinstance(error, LinkRefused) and str(error) != self._held:
            await self._hold(str(error))
        await asyncio.sleep(error.retry_after_s if error.retry_after_s is not None else delay_s)

    async def _hold(self, detail: str) -> None:
        try:
            await self._engine.hold(HOLD, detail)
        except EngineError as error:
            log.error("poll.store_failed", error=str(error))
        else:
            self._held, self._must_release = detail, True


def _sender_of(raw: RawUpdate) -> tuple[int | None, str]:
    """(numeric user id, what they tried) of any update that has a person behind it."""
    for name, content in raw.items():
        sender = content.get("from") if isinstance(content, dict) else None
        user_id = sender.get("id") if isinstance(sender, dict) else None
        if isinstance(user_id, int):
            return user_id, name
    return None, ""
