"""What a waiting card keeps: the question exactly as it was shown, and what it takes to act on the answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.lifecycle import ProposalState
from engine.core.model import ExitReason, Proposal
from engine.notices import Card, EntryCard, ExitCard, decode_notice, encode_notice
from engine.state.codec import decode, encode
from engine.state.records import ProposalRecord
from engine.state.repository import Transaction

CARD_OUTCOME = "card_outcome"
"""The kind of the notice that ends a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPayload:
    """An entry card with the approved proposal behind it and the market drift is measured from."""

    proposal: Proposal
    index_usd: Decimal
    dvol_pts: float
    card_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPayload:
    """An exit card with its rule and the cost it was asked at, per 1 ETH."""

    reason: ExitReason
    cost_mid_coin: Decimal | None
    card_json: str


def encode_entry(proposal: Proposal, card: EntryCard, *, index_usd: Decimal, dvol_pts: float) -> str:
    return encode(EntryPayload(proposal=proposal, index_usd=index_usd, dvol_pts=dvol_pts, card_json=encode_notice(card)[1]), EntryPayload)


def encode_exit(card: ExitCard, *, cost_mid_coin: Decimal | None) -> str:
    return encode(ExitPayload(reason=card.report.reason, cost_mid_coin=cost_mid_coin, card_json=encode_notice(card)[1]), ExitPayload)


def entry_of(record: ProposalRecord) -> EntryPayload:
    return decode(record.payload_json, EntryPayload)


def exit_of(record: ProposalRecord) -> ExitPayload:
    return decode(record.payload_json, ExitPayload)


def card_of(record: ProposalRecord) -> Card:
    """The card as it was last shown."""
    kind, written = ("entry_card", entry_of(record).card_json) if record.kind == "entry" else ("exit_card", exit_of(record).card_json)
    card = decode_notice(kind, written)
    if not isinstance(card, EntryCard | ExitCard):
        raise TypeError(f"proposal {record.proposal_id} keeps a {card.kind}, not a card")
    return card


def last_face(tx: Transaction, proposal_id: int) -> tuple[str, str] | None:
    """The card as it reads now: with its ending once it is decided and somebody was told; None when there is no such card."""
    record = tx.proposal(proposal_id)
    if record is None:
        return None
    ended = None if record.state is ProposalState.PENDING else tx.last_of_card(proposal_id, CARD_OUTCOME)
    return encode_notice(card_of(record)) if ended is None else (CARD_OUTCOME, ended)
