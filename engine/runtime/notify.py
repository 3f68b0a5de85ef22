"""Puts a notice into the outbox, one row per operator, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum

from engine.notices import AlertNotice, DigestNotice, Notice, RefusalNotice, StartUpNotice, encode_notice
from engine.state.records import NewOutgoing, OperatorRecord
from engine.state.repository import Transaction

REPEATS_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""When a critical message that nobody acknowledges is said again, counted from the first time."""

NEWS_LAST, DIGEST_LASTS, ANSWERS_LAST = timedelta(hours=6), timedelta(hours=20), timedelta(hours=1)
"""How long news, a digest and the answer to a command are worth sending by themselves; later they are named in one message with what else came too late."""


class Priority(IntEnum):
    """Lower goes first: a kill is never held up by a digest."""

    CRITICAL = 0
    CARD = 2
    ANSWER = 4
    NEWS = 6
    DIGEST = 8


def post(
    tx: Transaction,
    notice: Notice,
    *,
    dedupe_key: str,
    priority: Priority,
    proposal_id: int | None = None,
    is_edit: bool = False,
    skip_user_id: int | None = None,
) -> bool:
    """Every operator is owed `notice`; the same `dedupe_key` is owed once only: True when anybody is owed it anew.

    With `proposal_id` the message is that proposal's card, a reply below it, or
    (`is_edit`) a new face of it. `skip_user_id` is the one who needs no telling.
    A critical message begins an alarm, which comes again until somebody acknowledges it.
    """
    kind, payload_json = encode_notice(notice)
    readers = [operator for operator in tx.operators() if operator.user_id != skip_user_id]
    alarm_id = _alarm(tx, notice, payload_json, dedupe_key, readers)
    owed = [
        tx.add_outgoing(
            NewOutgoing(
                chat_id=operator.chat_id,
                kind=kind,
                payload_json=payload_json,
                dedupe_key=f"{dedupe_key}@{operator.chat_id}",
                priority=priority,
                proposal_id=proposal_id,
                is_edit=is_edit,
                alarm_id=alarm_id,
            ),
            lasts=lasts(notice) if proposal_id is None else None,
        )
        for operator in readers
    ]
    return any(number is not None for number in owed)


def lasts(notice: Notice) -> timedelta | None:
    """How long the message is worth sending by itself; None for one that is never too late: what was traded, what is asked, what is critical."""
    if isinstance(notice, DigestNotice):
        return DIGEST_LASTS
    if isinstance(notice, AlertNotice):
        return None if notice.level == "critical" else NEWS_LAST
    return NEWS_LAST if isinstance(notice, RefusalNotice | StartUpNotice) else None


def _alarm(tx: Transaction, notice: Notice, payload_json: str, dedupe_key: str, readers: Sequence[OperatorRecord]) -> int | None:
    """The number of the alarm a critical message begins; None for any other, and for one that was said before."""
    if not isinstance(notice, AlertNotice) or notice.level != "critical" or all(tx.is_owed(f"{dedupe_key}@{reader.chat_id}") for reader in readers):
        return None
    return tx.add_alarm(payload_json=payload_json, next_after=REPEATS_AFTER[0])
