"""From an approved entry to an open trade: re-quote, all gates, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from engine.core.checks import coin_unit
from engine.core.decision import Approved, Check, Refused, Relation, Verdict
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.entry_variants import at_most
from engine.core.lifecycle import ProposalEvent
from engine.core.model import MarketSnapshot, Proposal
from engine.errors import InvariantBroken, VenueError
from engine.execution.intents import legs_of
from engine.execution.orders import order_label
from engine.execution.paper import PaperFill, fill_open, paper_send
from engine.execution.permission import Lane
from engine.notices import Drift
from engine.runtime import cards, entry_booking, order_work
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.entry_cards import entry_card, record_decision
from engine.runtime.gather import gather
from engine.runtime.opening import Opened, new_trade, short_delta_of
from engine.runtime.payloads import EntryPayload, encode_entry, entry_of
from engine.state.records import ProposalRecord
from engine.state.repository import Json, Transaction
from engine.state.venue_records import IntentTerms
from engine.views import Person

DRY_RUN = Check(rule="E01", code="dry_run", verdict=Verdict.FAILED, cause="never_orders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An entry about to happen: the card, the proposal as the gates see it now, the market, the fill and who said so.

    `quantity_eth` is the approved amount or less, never more.
    """

    record: ProposalRecord
    fresh: Proposal
    snapshot: MarketSnapshot
    fill: PaperFill
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    dvol_pts: float
    quantity_eth: Decimal
    epoch: int
    by: Person

    @property
    def opened(self) -> Opened:
        """What the trade is made of."""
        return Opened(
            proposal=self.fresh,
            fill=self.fill,
            index_usd=self.index_usd,
            fx_usd_per_eur=self.fx_usd_per_eur,
            dvol_pts=self.dvol_pts,
            quantity_eth=self.quantity_eth,
        )

    def label(self, trade_id: int) -> str:
        """The order's name: for look-up, never a licence to send again."""
        return order_label(trade_id, side="open", proposal_id=self.record.proposal_id, epoch=self.epoch)


async def complete(desk: Desk, record: ProposalRecord, *, by: Person) -> None:
    """The claimed entry is open, refused with every reason, or asked again because the market moved."""
    payload = entry_of(record)
    snapshot = (await gather(desk, with_chain=True)).snapshot
    outcome = await _judge_again(desk, record, payload, snapshot)
    if isinstance(outcome, Refused):
        ending = cards.Ending(event=ProposalEvent.REFUSE, result="refused", by=by, reasons=outcome.reasons)
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, ending))
        return
    index, dvol, fx = snapshot.index_usd, snapshot.dvol_pts, snapshot.fx_usd_per_eur
    if index is None or dvol is None or fx is None:
        raise InvariantBroken("an approved entry without index, DVOL or exchange rate")
    fill = _fill(desk, outcome.value, index_usd=index.value)
    if fill is None:
        ending = cards.Ending(event=ProposalEvent.REFUSE, result="refused", by=by, reasons=(_unfilled(outcome.value),))
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, ending))
        return
    opening = Opening(
        record=record,
        fresh=outcome.value,
        snapshot=snapshot,
        fill=fill,
        index_usd=index.value,
        fx_usd_per_eur=fx.value,
        dvol_pts=dvol.value,
        quantity_eth=min(payload.proposal.sizing.quantity_eth, outcome.value.sizing.quantity_eth),
        epoch=await desk.store.read(lambda tx: tx.label_epoch()),
        by=by,
    )
    drift = _drift(payload, opening, desk)
    if drift is not None:
        await desk.store.write(lambda tx: _ask_again(tx, desk, opening, outcome, drift))
        return
    order_id = await desk.store.write(lambda tx: _commit(tx, desk, opening))
    if order_id is None:
        return
    if desk.orders is not None:
        order_work.begin_opening(desk, desk.orders, order_id, combo=opening.fresh.combo, spread=opening.fresh.candidate.spread, by=by)
        return
    await desk.store.write(lambda tx: _book(tx, desk, opening, order_id=order_id))


def _fill(desk: Desk, proposal: Proposal, *, index_usd: Decimal) -> PaperFill | None:
    """The fill on paper, or what an order at the venue comes to at the worst; None where paper would not fill at all."""
    spread, floor_coin, figures = proposal.candidate.spread, proposal.combo.floor_coin, proposal.candidate.economics
    if desk.lane is not Lane.VENUE:
        return fill_open(spread, desk.rules, floor_coin=floor_coin, index_usd=index_usd)
    if desk.orders is None:
        raise VenueError("no account is connected, so no order can be sent", server="deribit", tool="place_order")
    return PaperFill(price_coin=floor_coin, mid_coin=figures.credit_mid_coin, fee_coin=figures.open_fee_coin)


async def _judge_again(desk: Desk, record: ProposalRecord, payload: EntryPayload, snapshot: MarketSnapshot) -> Approved[Proposal] | Refused:
    shown = named_legs(payload.proposal.candidate.spread)

    def decide(tx: Transaction) -> Approved[Proposal] | Refused:
        book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx), without_proposal=record.proposal_id)
        decision = decide_entry(snapshot, book, desk.rules, shown=shown)
        record_decision(tx, snapshot, decision, proposal_id=record.proposal_id)
        return decision.outcome

    outcome = await desk.store.write(decide)
    if isinstance(outcome, Approved) and desk.is_dry_run:
        return Refused(checks=(*outcome.checks, DRY_RUN))
    return outcome


def _unfilled(proposal: Proposal) -> Check:
    """Why the order would have ended without a fill: the credit to be expected lies below its lowest limit."""
    return Check(
        rule="E13",
        code="fill_at_floor",
        verdict=Verdict.FAILED,
        observed=proposal.candidate.economics.credit_expected_coin,
        limit=proposal.combo.floor_coin,
        relation=Relation.AT_LEAST,
        unit=coin_unit(proposal.candidate.spread.family),
    )


def _drift(payload: EntryPayload, opening: Opening, desk: Desk) -> Drift | None:
    """What moved, when any of it moved beyond its limit (or the size shrank); None when the answer still fits the question."""
    fresh = opening.fresh
    limits, before = desk.rules.approval.drift_max, payload.proposal
    then, now = before.candidate, fresh.candidate
    drift = Drift(
        spot_usd=(payload.index_usd, opening.index_usd),
        credit_coin=(then.economics.credit_mid_coin, now.economics.credit_mid_coin),
        short_delta=(short_delta_of(before), short_delta_of(fresh)),
        dvol_pts=(payload.dvol_pts, opening.dvol_pts),
    )
    has_moved = (
        abs(drift.spot_usd[1] / drift.spot_usd[0] - 1) > limits.spot_frac
        or abs(drift.credit_coin[1] / drift.credit_coin[0] - 1) > limits.credit_frac
        or abs(drift.short_delta[1] - drift.short_delta[0]) > limits.short_delta
        or abs(drift.dvol_pts[1] - drift.dvol_pts[0]) > limits.dvol_pts
        or fresh.sizing.quantity_eth < before.sizing.quantity_eth
    )
    return drift if has_moved else None


def _ask_again(tx: Transaction, desk: Desk, opening: Opening, approved: Approved[Proposal], drift: Drift) -> None:
    record, snapshot = opening.record, opening.snapshot
    if _is_stopped(tx, desk, opening):
        return
    book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx), without_proposal=record.proposal_id)
    # A size a person made smaller stays so.
    approved = replace(approved, value=at_most(approved.value, opening.quantity_eth, desk.rules))
    card = replace(entry_card(desk, approved, snapshot, book, proposal_id=record.proposal_id, revision=record.revision + 1), drift=drift)
    payload = encode_entry(approved.value, card, index_usd=opening.index_usd, dvol_pts=opening.dvol_pts)
    expires_at = desk.now() + timedelta(seconds=desk.rules.approval.entry_ttl_s)
    cards.ask_again(tx, card, payload_json=payload, expires_at=expires_at, why="market moved beyond the drift limits")


def _is_stopped(tx: Transaction, desk: Desk, opening: Opening) -> bool:
    """True when a kill or a hold came while the gates ran: the card is then settled."""
    holds, is_killed = tx.holds(), desk.is_killed(tx)
    if not is_killed and not holds:
        return False
    reasons = tuple(cards.held(hold.code) for hold in holds)
    ending = cards.Ending(event=ProposalEvent.REFUSE, result="killed" if is_killed else "refused", by=opening.by, reasons=reasons)
    cards.settle(tx, desk, opening.record.proposal_id, ending)
    return True


def _commit(tx: Transaction, desk: Desk, opening: Opening) -> int | None:
    """Approval, trade and order intent stand together before anything is filled; None when a kill or a hold came first."""
    record, fresh = opening.record, opening.fresh
    if _is_stopped(tx, desk, opening):
        return None
    now, actor = desk.now(), cards.actor_of(opening.by)
    tx.move_proposal(record.proposal_id, ProposalEvent.APPROVE, now=now, user=actor)
    trade = new_trade(opening.opened, desk.rules, proposal_id=record.proposal_id, stage=desk.stage, now=now)
    trade_id = tx.add_trade(trade)
    order_id = tx.add_order(
        proposal_id=record.proposal_id,
        trade_id=trade_id,
        side="open",
        label=opening.label(trade_id),
        quantity_eth=opening.quantity_eth,
        limit_coin=fresh.combo.limit_coin,
        now=now,
    )
    terms = IntentTerms(
        order_id=order_id,
        proposal_id=record.proposal_id,
        urgency="entry",
        worst_received_coin=fresh.combo.floor_coin,
        tick_coin=fresh.combo.tick_coin,
        lot_eth=fresh.candidate.spread.lot_eth,
        legs=legs_of(trade.sides, is_opening=True),
        under_kill=None,
    )
    tx.add_intent_terms(terms)
    body: dict[str, Json] = {
        "trade_id": trade_id,
        "order": opening.label(trade_id),
        "quantity_eth": str(opening.quantity_eth),
        "limit_coin": str(fresh.combo.limit_coin),
        "floor_coin": str(fresh.combo.floor_coin),
    }
    tx.audit(actor=actor, type="entry.approved", ref=f"proposal:{record.proposal_id}", body=body, anchor=True)
    return order_id


def _book(tx: Transaction, desk: Desk, opening: Opening, *, order_id: int) -> None:
    """The paper order is filled and told, unless the door shuts on it: then nothing was placed."""
    order, terms = tx.order(order_id), tx.intent_terms(order_id)
    if order is None or terms is None:
        raise InvariantBroken(f"the intent {order_id} is not in the store")
    refusals = desk.door.refusals(tx, paper_send(order, terms, received_coin=opening.fill.price_coin), now=desk.now())
    if refusals:
        is_killed = any(refusal.code == "killed" for refusal in refusals)
        words = "" if is_killed else "; ".join(refusal.words for refusal in refusals)
        entry_booking.not_opened(tx, desk, order, by=opening.by, result="killed" if is_killed else "not_placed", note=words)
        return
    come_to = opening.fill.carried(opening.quantity_eth, side="open", index_usd=opening.index_usd, at=desk.now())
    entry_booking.book(tx, desk, entry_booking.Filled(order=order, come_to=come_to, spread=opening.fresh.candidate.spread, by=opening.by))
