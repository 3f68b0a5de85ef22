"""Messages that follow the audit chain: edited in place as rows come, for ten minutes of the wall, then ended in words.

Rules of this file: what follows is kept in the store and looked after whenever the outbox asks what to send, so a restart
goes on with it or ends it; a chat has at most one saying under way, and the next one shows whatever came meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pydantic import TypeAdapter

from engine.notices import FollowNotice, encode_notice
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority
from engine.runtime.views_of import audit_line
from engine.state.records import NewOutgoing
from engine.state.repository import Transaction

KEY = "audit.follows"
LASTS = timedelta(minutes=10)
EDIT_EVERY = timedelta(seconds=3)
"""Twenty edits a minute at most: what Telegram takes from one bot in one chat."""
ENDINGS_MAX = 20
"""How often the end is said where nobody knows whether it arrived."""
ROWS_SHOWN = 8
SUMMARY_MAX_CHARS = 160
WAITING = ("queued", "sending", "retry")

Ended = Literal["", "over", "replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """One such message. `outbox_id` is its newest saying, `seq` the newest row that one shows, `head_seq` the chain's head when it began.

    `message_id` is None until the first saying has arrived; `ended` is set once it ends, `endings` counts how often its last saying was owed.
    """

    chat_id: int
    outbox_id: int
    from_at: datetime
    said_at: datetime
    head_seq: int
    seq: int
    message_id: int | None = None
    ended: Ended = ""
    endings: int = 0

    @property
    def until_at(self) -> datetime:
        return self.from_at + LASTS


_FOLLOWS: TypeAdapter[tuple[Follow, ...]] = TypeAdapter(tuple[Follow, ...])


class FollowRoom:
    """The door's half: what a person may begin."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def begin(self, chat_id: int, key: str) -> None:
        await self._desk.store.write(lambda tx: _begin(tx, self._desk, chat_id, key))

    async def number_of(self, key: str) -> int | None:
        return await self._desk.store.read(lambda tx: tx.standing(key))


def keep_up(tx: Transaction, desk: Desk) -> None:
    """Every message that follows the chain and is behind it, or at its end, is owed its next saying."""
    followed = _followed(tx)
    if not followed:
        return
    kept = tuple(each for follow in followed if (each := _next(tx, desk, follow)) is not None)
    if kept != followed:
        _keep(tx, kept)


def _begin(tx: Transaction, desk: Desk, chat_id: int, key: str) -> None:
    now, head_seq = desk.clock.wall(), tx.head().seq
    dedupe_key = f"follow:{key}@{chat_id}"
    notice = _notice(tx, desk, Follow(chat_id=chat_id, outbox_id=0, from_at=now, said_at=now, head_seq=head_seq, seq=head_seq))
    outbox_id = tx.add_outgoing(_outgoing(notice, chat_id, dedupe_key, priority=Priority.ANSWER), lasts=LASTS)
    if outbox_id is None:
        return
    earlier = tuple(replace(each, ended="replaced") if each.chat_id == chat_id and not each.ended else each for each in _followed(tx))
    _keep(tx, (*earlier, Follow(chat_id=chat_id, outbox_id=outbox_id, from_at=now, said_at=now, head_seq=head_seq, seq=head_seq)))


def _next(tx: Transaction, desk: Desk, follow: Follow) -> Follow | None:
    """The message as it goes on; None when nothing more is to be said in it."""
    now, said = desk.clock.wall(), tx.outgoing(follow.outbox_id)
    if said is None or said.state == "dead":
        return None
    if said.state in WAITING:
        return follow
    has_arrived = said.state == "sent"
    known = replace(follow, message_id=said.message_id) if has_arrived else follow
    is_told = known.endings > 0 and (has_arrived or known.endings >= ENDINGS_MAX)
    if known.message_id is None or is_told:
        return None
    ended: Ended = known.ended if known.ended or now < known.until_at else "over"
    is_true = has_arrived and not ended and tx.head().seq == known.seq
    return known if is_true or now - known.said_at < EDIT_EVERY else _say(tx, desk, replace(known, ended=ended, endings=known.endings + (ended != "")))


def _say(tx: Transaction, desk: Desk, follow: Follow) -> Follow:
    """The message is owed its next face."""
    now = desk.clock.wall()
    dedupe_key = f"follow:{follow.outbox_id}:next@{follow.chat_id}"
    owed = _outgoing(_notice(tx, desk, follow), follow.chat_id, dedupe_key, priority=Priority.DIGEST, edits_message_id=follow.message_id)
    outbox_id = tx.add_outgoing(owed)
    return follow if outbox_id is None else replace(follow, outbox_id=outbox_id, said_at=now, seq=tx.head().seq)


def _notice(tx: Transaction, desk: Desk, follow: Follow) -> FollowNotice:
    rows = tx.audit_tail(ROWS_SHOWN)
    lines = tuple(replace(line, summary=line.summary[:SUMMARY_MAX_CHARS]) for line in map(audit_line, rows))
    return FollowNotice(
        env=desk.env,
        from_at=follow.from_at,
        until_at=follow.until_at,
        new_rows=tx.head().seq - follow.head_seq,
        lines=lines,
        ended=follow.ended,
    )


def _outgoing(notice: FollowNotice, chat_id: int, dedupe_key: str, *, priority: Priority, edits_message_id: int | None = None) -> NewOutgoing:
    kind, payload_json = encode_notice(notice)
    return NewOutgoing(chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=dedupe_key, priority=priority, edits_message_id=edits_message_id)


def _followed(tx: Transaction) -> tuple[Follow, ...]:
    stored = tx.get_meta(KEY)
    return () if not stored else _FOLLOWS.validate_json(stored)


def _keep(tx: Transaction, follows: tuple[Follow, ...]) -> None:
    tx.set_meta(KEY, _FOLLOWS.dump_json(follows).decode("utf-8") if follows else "")
