"""Entry cards that were put off: each comes again once, in the chat where it was put off, while it still waits."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.core.lifecycle import ProposalState
from engine.notices import encode_notice
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority
from engine.runtime.payloads import card_of
from engine.state.records import NewOutgoing, ProposalRecord
from engine.state.repository import Transaction

SNOOZE = timedelta(minutes=15)


def put_off(tx: Transaction, record: ProposalRecord, chat_id: int, until: datetime) -> None:
    """The card comes again in this chat at this instant of the wall."""
    tx.set_meta(_key(record, chat_id), until.isoformat())


def remind(tx: Transaction, desk: Desk) -> None:
    """Every entry card that was put off and still waits is owed once more, as a message of its own."""
    now = desk.clock.wall()
    for record in tx.proposals_in(ProposalState.PENDING):
        if record.kind != "entry":
            continue
        for reader in tx.operators():
            until = tx.get_meta(_key(record, reader.chat_id))
            if until and datetime.fromisoformat(until) <= now:
                tx.set_meta(_key(record, reader.chat_id), "")
                _owe(tx, record, reader.chat_id, until)


def _owe(tx: Transaction, record: ProposalRecord, chat_id: int, until: str) -> None:
    kind, payload_json = encode_notice(card_of(record))
    key = f"card:{record.proposal_id}:{record.revision}:again:{until}@{chat_id}"
    tx.add_outgoing(NewOutgoing(chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id))


def _key(record: ProposalRecord, chat_id: int) -> str:
    return f"snooze:{record.proposal_id}:{chat_id}"
