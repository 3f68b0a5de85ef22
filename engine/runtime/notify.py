"""Puts a notice into the outbox, one row per operator, in the caller's transaction."""

from __future__ import annotations

from enum import IntEnum

from engine.notices import Notice, encode_notice
from engine.state.records import NewOutgoing
from engine.state.repository import Transaction


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
    """
    kind, payload_json = encode_notice(notice)
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
            )
        )
        for operator in tx.operators()
        if operator.user_id != skip_user_id
    ]
    return any(number is not None for number in owed)
