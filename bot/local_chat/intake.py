"""From the page to the inbox: what a person types or taps is stored before anything acts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.local_chat.history import Bubble, Room
from bot.local_chat.updates import Ids, kill_reason, local_person, message_json, new_callback_id, tap_update, typed_update
from engine.api import Engine
from engine.clock import Clock
from engine.errors import EngineError

STORE_S = 5.0
UNANSWERED_TAPS_MAX = 200


class NotStored(EngineError):
    """The inbox did not take what the person sent; they must send it again."""


class InboxDoor:
    """The store's side: what it took is durable and its worker knows."""

    def __init__(self, engine: Engine, on_stored: Callable[[], None]) -> None:
        self._engine, self._on_stored = engine, on_stored

    def latch_kill(self, reason: str) -> None:
        """The kill switch is latched, on disk, without waiting for anything."""
        self._engine.latch_kill(local_person(), reason)

    async def store(self, update_id: int, raw: str, callback_id: str | None = None) -> None:
        """The update is durable. Raises NotStored, at the latest after `STORE_S`."""
        try:
            async with asyncio.timeout(STORE_S):
                is_new = await self._engine.store_update(update_id, raw, callback_id)
        except (TimeoutError, EngineError, OSError) as error:
            raise NotStored(f"the inbox did not take the update: {type(error).__name__}") from error
        if not is_new:
            raise NotStored(f"the inbox already has an update {update_id}")
        self._on_stored()


class Intake:
    """The operator's side of the chat."""

    def __init__(self, inbox: InboxDoor, room: Room, ids: Ids, *, clock: Clock, language: str) -> None:
        self._inbox, self._room, self._ids, self._clock, self._language = inbox, room, ids, clock, language
        self._taps: dict[str, int] = {}

    async def take_text(self, text: str, reply_to: int | None) -> int:
        """The words are in the inbox and on the page; a /kill is latched before that, whatever hangs. Raises NotStored."""
        reason = kill_reason(text)
        if reason is None:
            return await self._store_text(text, reply_to)
        try:
            self._inbox.latch_kill(reason)
        finally:
            # The handler latches again, so a /kill whose own lane failed still gets its second chance.
            message_id = await self._store_text(text, reply_to)
        return message_id

    async def take_tap(self, action: str, bubble: Bubble) -> None:
        """The tap is in the inbox and waits for its answer. Raises NotStored."""
        callback_id, update_id = new_callback_id(), self._ids.next_update_id()
        if len(self._taps) >= UNANSWERED_TAPS_MAX:
            del self._taps[next(iter(self._taps))]
        # The worker may answer before the store's own call returns, so the tap is known beforehand.
        self._taps[callback_id] = bubble.message_id
        raw = tap_update(action, update_id=update_id, callback_id=callback_id, language=self._language, message=self._as_message(bubble))
        try:
            await self._inbox.store(update_id, raw, callback_id)
        except NotStored:
            self._taps.pop(callback_id, None)
            raise

    def answered_message(self, callback_id: str) -> int | None:
        """The message whose button the tap pressed, once; None when nobody waits for that answer."""
        return self._taps.pop(callback_id, None)

    async def _store_text(self, text: str, reply_to: int | None) -> int:
        sent_at, message_id, update_id = self._clock.wall(), self._ids.next_message_id(), self._ids.next_update_id()
        answered = self._room.get(reply_to) if reply_to is not None else None
        head = message_json(message_id, sent_at, language=self._language, is_mine=True)
        raw = typed_update(text, update_id=update_id, message=head, answered=self._as_message(answered) if answered is not None else None)
        await self._inbox.store(update_id, raw)
        self._room.show(
            Bubble(message_id=message_id, is_mine=True, sent_at=sent_at, nodes=[text], reply_to=answered.message_id if answered is not None else None)
        )
        return message_id

    def _as_message(self, bubble: Bubble) -> dict[str, object]:
        head = message_json(bubble.message_id, bubble.sent_at, language=self._language, is_mine=bubble.is_mine)
        return head | {"caption" if bubble.photo is not None else "text": bubble.text}
