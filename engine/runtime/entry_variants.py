"""An entry card asked for otherwise: a fresh look, every rule again, and the card as its next revision, with the variant or as it was.

Rules of this file: the caller has claimed the card and holds the cycle; every earlier button of the card is void when this is done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.core.decision import Approved
from engine.core.entry_cycle import EntryDecision, NamedLegs, decide_entry, named_legs
from engine.core.entry_variants import Variant, at_most, half_eth, later, wider
from engine.core.model import Book, Chain, MarketSnapshot, Proposal
from engine.notices import EntryCard
from engine.runtime import cards
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.entry_cards import entry_card, record_decision
from engine.runtime.gather import gather
from engine.runtime.payloads import card_of, encode_entry, entry_of
from engine.state.records import ProposalRecord
from engine.state.repository import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What every rule allows, with the market and the book it was judged by."""

    approved: Approved[Proposal]
    snapshot: MarketSnapshot
    book: Book


Looks = Iterable[tuple[MarketSnapshot, tuple[NamedLegs, ...]]]


async def ask(desk: Desk, record: ProposalRecord, variant: Variant) -> None:
    """The claimed card asks for the variant where every rule allows it now, else for what it asked before, and says so."""
    snapshot = (await gather(desk, with_chain=True)).snapshot
    await desk.store.write(lambda tx: _ask(tx, desk, record, variant, snapshot))


def _ask(tx: Transaction, desk: Desk, record: ProposalRecord, variant: Variant, snapshot: MarketSnapshot) -> None:
    stop = cards.entries_stopped(tx, desk)
    if stop is not None:
        cards.settle(tx, desk, record.proposal_id, stop)
        return
    before = entry_of(record).proposal
    book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx), without_proposal=record.proposal_id)
    found = _found(tx, desk, record, _looks(before, variant, snapshot), book)
    half = half_eth(before, desk.rules)
    limit_eth = half if variant is Variant.HALF else before.sizing.quantity_eth
    shown = None
    if found is not None and limit_eth is not None:
        smaller = replace(found, value=at_most(found.value, limit_eth, desk.rules))
        shown = _show(desk, record, variant, Offer(approved=smaller, snapshot=snapshot, book=book))
    if shown is None:
        _as_it_was(tx, record, variant)
        return
    card, payload_json = shown
    expires_at = desk.now() + timedelta(seconds=desk.rules.approval.entry_ttl_s)
    cards.ask_again(tx, card, payload_json=payload_json, expires_at=expires_at, why=f"asked for otherwise: {variant.value}")


def _looks(before: Proposal, variant: Variant, snapshot: MarketSnapshot) -> Looks:
    """What to judge, the nearest to the card first: a market and the legs, none of them where strikes are to be searched."""
    spread, chain = before.candidate.spread, snapshot.chain
    if variant is Variant.HALF:
        return ((snapshot, named_legs(spread)),)
    if chain is None:
        return ()
    if variant is Variant.WIDER:
        return ((snapshot, legs) for legs in wider(spread, chain))
    return _later_look(snapshot, later(chain, spread.expiry_at))


def _later_look(snapshot: MarketSnapshot, left: Chain) -> Looks:
    return ((replace(snapshot, chain=left), ()),) if left.quotes else ()


def _found(tx: Transaction, desk: Desk, record: ProposalRecord, looks: Looks, book: Book) -> Approved[Proposal] | None:
    """The first look every rule allows; each look that was taken stands in the store with its reasons."""
    for snapshot, legs in looks:
        decision: EntryDecision = decide_entry(snapshot, book, desk.rules, shown=legs)
        record_decision(tx, snapshot, decision, proposal_id=record.proposal_id)
        if isinstance(decision.outcome, Approved):
            return decision.outcome
    return None


def _show(desk: Desk, record: ProposalRecord, variant: Variant, offer: Offer) -> tuple[EntryCard, str] | None:
    """The card of the variant and what it keeps; None without an index or DVOL to measure drift from."""
    index, dvol = offer.snapshot.index_usd, offer.snapshot.dvol_pts
    if index is None or dvol is None:
        return None
    made = entry_card(desk, offer.approved, offer.snapshot, offer.book, proposal_id=record.proposal_id, revision=record.revision + 1)
    card = replace(made, asked=variant.value)
    return card, encode_entry(offer.approved.value, card, index_usd=index.value, dvol_pts=dvol.value)


def _as_it_was(tx: Transaction, record: ProposalRecord, variant: Variant) -> None:
    """The question stays, with its deadline, on new buttons."""
    payload = entry_of(record)
    shown = card_of(record)
    if not isinstance(shown, EntryCard):
        raise TypeError(f"proposal {record.proposal_id} is no entry")
    card = replace(shown, revision=record.revision + 1, asked=f"no-{variant.value}")
    payload_json = encode_entry(payload.proposal, card, index_usd=payload.index_usd, dvol_pts=payload.dvol_pts)
    cards.ask_again(tx, card, payload_json=payload_json, expires_at=record.expires_at, why=f"no {variant.value} passes the rules")
