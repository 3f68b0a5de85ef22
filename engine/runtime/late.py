"""Messages that came too late become one that names them, so that an outage ends with one message and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.notices import AwayNotice, Missed, decode_notice, encode_notice
from engine.runtime.notify import Priority
from engine.state.records import NewOutgoing, OutboxRecord
from engine.state.repository import Transaction

NAMED_MAX = 10


def fold_late(tx: Transaction, *, env: str, now: datetime, is_wanted: Callable[[OutboxRecord], bool]) -> None:
    """Every message past its time by the wall is dead, and its chat is owed one message that names those its reader wants."""
    late = [record for record in tx.take_expired(now) if is_wanted(record)]
    for chat_id in dict.fromkeys(record.chat_id for record in late):
        _fold(tx, env, chat_id, tuple(record for record in late if record.chat_id == chat_id))


def _fold(tx: Transaction, env: str, chat_id: int, late: tuple[OutboxRecord, ...]) -> None:
    missed = tuple(Missed(at=record.created_at, kind=record.kind, payload_json=record.payload_json) for record in late)
    away = AwayNotice(env=env, from_at=missed[0].at, to_at=missed[-1].at, count=len(missed), missed=missed[-NAMED_MAX:])
    # An outage that goes on makes the message longer, not more of them.
    waiting = tx.replace_waiting(chat_id, away.kind)
    earlier = None if waiting is None else decode_notice(waiting.kind, waiting.payload_json)
    kind, payload_json = encode_notice(_joined(earlier, away) if isinstance(earlier, AwayNotice) else away)
    key = f"{kind}:{late[-1].outbox_id}@{chat_id}"
    tx.add_outgoing(NewOutgoing(chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=Priority.NEWS))


def _joined(earlier: AwayNotice, later: AwayNotice) -> AwayNotice:
    missed = tuple(sorted((*earlier.missed, *later.missed), key=lambda each: each.at))
    from_at, to_at = min(earlier.from_at, later.from_at), max(earlier.to_at, later.to_at)
    return AwayNotice(env=later.env, from_at=from_at, to_at=to_at, count=earlier.count + later.count, missed=missed[-NAMED_MAX:])
