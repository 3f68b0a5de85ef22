"""The delivery half of the engine: a message to send, with everything its transport must know."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.core.lifecycle import ProposalState
from engine.notices import EntryCard, ExitCard, decode_notice
from engine.runtime.desk import Desk
from engine.runtime.follows import keep_up
from engine.runtime.late import fold_late
from engine.runtime.loudness import Loudness, loudness_of, subject_of
from engine.state.records import Head, OutboxRecord, ProposalRecord
from engine.state.repository import Transaction, new_nonce

CARD_KINDS = ("entry_card", "exit_card")
REPLY_KIND = "reply"
ASKED_KINDS = (REPLY_KIND, "follow")
"""Answers to a command: as loud as they were asked."""
SWITCHED_OFF = "its reader switched such messages off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message. A card that may still be answered carries a nonce of its own for this sending.

    `edit_message_ids` are the messages it is a new face of, `reply_to_message_id` the card it belongs under,
    `replaced_message_ids` earlier sayings of the same alarm. A silent one makes no sound.
    """

    record: OutboxRecord
    head: Head
    nonce: str | None = None
    edit_message_ids: tuple[int, ...] = ()
    reply_to_message_id: int | None = None
    replaced_message_ids: tuple[int, ...] = ()
    is_silent: bool = False


async def claim(desk: Desk) -> Parcel | None:
    """The next owed message, now being sent; None when nothing is due."""
    return await desk.store.write(lambda tx: _claim(tx, desk))


def _claim(tx: Transaction, desk: Desk) -> Parcel | None:
    keep_up(tx, desk)
    fold_late(tx, env=desk.env, now=desk.clock.wall(), is_wanted=lambda record: _loudness(tx, desk, record) is not Loudness.OFF)
    while (record := _next_wanted(tx, desk)) is not None:
        parcel = _addressed(tx, record)
        loudness = _loudness(tx, desk, record)
        if loudness is not Loudness.OFF or parcel.edit_message_ids:
            return replace(parcel, is_silent=loudness is not Loudness.LOUD)
        tx.settle_dead(record.outbox_id, error=SWITCHED_OFF, ambiguous=False)
    return None


def _loudness(tx: Transaction, desk: Desk, record: OutboxRecord) -> Loudness:
    """How loud the message is for whoever reads that chat; an answer to a command is as loud as it was asked."""
    reader = next((operator for operator in tx.operators() if operator.chat_id == record.chat_id), None)
    if record.kind in ASKED_KINDS or reader is None:
        return Loudness.LOUD
    return loudness_of(subject_of(decode_notice(record.kind, record.payload_json)), reader, desk.clock.wall())


def _addressed(tx: Transaction, record: OutboxRecord) -> Parcel:
    if record.edits_message_id is not None:
        return Parcel(record=record, head=tx.head(), edit_message_ids=(record.edits_message_id,))
    if record.alarm_id is not None:
        said = tuple(message_id for chat_id, message_id in tx.alarm_messages(record.alarm_id) if chat_id == record.chat_id)
        alarm = tx.alarm(record.alarm_id)
        is_over = alarm is None or alarm.ended_at is not None
        return Parcel(record=replace(record, alarm_id=None) if is_over else record, head=tx.head(), replaced_message_ids=said)
    if record.proposal_id is None:
        return Parcel(record=record, head=tx.head())
    sent = tuple(dict.fromkeys(a.message_id for a in tx.card_messages(record.proposal_id) if a.chat_id == record.chat_id and a.message_id is not None))
    if record.kind in CARD_KINDS:
        return Parcel(record=record, head=tx.head(), nonce=_nonce(tx, record), edit_message_ids=sent if record.is_edit else ())
    if record.is_edit:
        return Parcel(record=record, head=tx.head(), edit_message_ids=sent)
    return Parcel(record=record, head=tx.head(), reply_to_message_id=sent[-1] if sent else None)


def _next_wanted(tx: Transaction, desk: Desk) -> OutboxRecord | None:
    """The next owed message; a card overtaken before it went out gives way to the message that overtook it."""
    while (record := tx.claim_outgoing(desk.clock.wall())) is not None and record.kind in CARD_KINDS and _asked(tx, record) is None:
        tx.settle_dead(record.outbox_id, error="the card was overtaken before it was sent", ambiguous=False)
    return record


def _nonce(tx: Transaction, record: OutboxRecord) -> str | None:
    """A fresh nonce for this sending of a card; None for one nobody is asked any more."""
    proposal = _asked(tx, record)
    if proposal is None:
        return None
    nonce = new_nonce()
    tx.add_card_attempt(nonce=nonce, proposal_id=proposal.proposal_id, revision=proposal.revision, chat_id=record.chat_id, outbox_id=record.outbox_id)
    return nonce


def _asked(tx: Transaction, record: OutboxRecord) -> ProposalRecord | None:
    """The proposal, while exactly this revision of its card waits for an answer."""
    card = decode_notice(record.kind, record.payload_json)
    proposal = None if record.proposal_id is None else tx.proposal(record.proposal_id)
    if proposal is None or not isinstance(card, EntryCard | ExitCard):
        return None
    return proposal if proposal.state is ProposalState.PENDING and proposal.revision == card.revision else None
