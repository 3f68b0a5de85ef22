"""From an approved exit to a closed trade: re-quote, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import replace

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import ProposalEvent, TradeEvent, TradeState
from engine.core.limit_ladder import Ladder
from engine.core.model import ExitAction, ExitReason, ExitUrgency
from engine.core.spread_prices import close_mid_coin, combo_tick_coin
from engine.errors import InvariantBroken, VenueError
from engine.execution.intents import legs_of
from engine.execution.paper import fill_close, paper_send
from engine.execution.permission import Lane
from engine.runtime import cards, exit_booking, order_work
from engine.runtime.deadlines import exit_deadline
from engine.runtime.desk import Desk
from engine.runtime.entry_approval import DRY_RUN
from engine.runtime.exit_booking import Close
from engine.runtime.exit_proposals import Judgement, Question, exit_card
from engine.runtime.gather import Gathered, gather
from engine.runtime.payloads import card_of, encode_exit, exit_of
from engine.runtime.positions import Look, booking_rate_usd_per_eur, exit_inputs, look_at
from engine.state.records import ProposalRecord
from engine.state.repository import Transaction
from engine.state.venue_records import IntentTerms
from engine.views import Person

UNTRADABLE = (ExitReason.SETTLED, ExitReason.BLACKOUT, ExitReason.DATA)
"""What the exit table says before it looks at prices: there is nobody to trade with, or nothing to believe."""


async def complete(desk: Desk, record: ProposalRecord, *, by: Person, under_kill: int | None) -> None:
    """The trade is closed at the paper price or its close is worked at the venue, or the card says why not yet."""
    trade = await desk.store.read(lambda tx: tx.trade(record.trade_id) if record.trade_id is not None else None)
    if trade is None or trade.state is not TradeState.OPEN:
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.SUPERSEDE, result="superseded", by=by)))
        return
    if desk.is_dry_run:
        ending = cards.Ending(event=ProposalEvent.REFUSE, result="refused", by=by, reasons=(DRY_RUN,))
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, ending))
        return
    gathered = await gather(desk, with_chain=False)
    whole = await look_at(desk, trade)
    look = _asked_about(record, whole)
    _refuse_closed_book(desk, look, gathered)
    index = gathered.snapshot.index_usd
    if index is None:
        raise VenueError("the index price is missing, so the close cannot be booked", server="deribit")
    rate = booking_rate_usd_per_eur(trade, gathered)
    if desk.lane is Lane.VENUE and desk.orders is None:
        raise VenueError("no account is connected, so no order can be sent", server="deribit", tool="place_order")
    fill = fill_close(look.spread, desk.rules, index_usd=index.value)
    left_eth, earlier = await desk.store.read(lambda tx: (tx.left_eth(trade), exit_booking.parts_before(tx, trade)))
    close = Close(
        record=record,
        look=look,
        whole=whole,
        gathered=gathered,
        fill=fill,
        index_usd=index.value,
        fx_usd_per_eur=rate,
        epoch=await desk.store.read(lambda tx: tx.label_epoch()),
        by=by,
        under_kill=under_kill,
        quantity_eth=left_eth,
        earlier=earlier,
    )
    if by.source == "chat" and record.urgency == "soft" and _has_drifted(desk, record, look):
        await desk.store.write(lambda tx: _ask_again(tx, desk, close))
        return
    ladder = order_work.exit_ladder(desk, close) if desk.lane is Lane.VENUE else None
    order_id = await desk.store.write(lambda tx: _commit(tx, desk, close, ladder))
    if order_id is None:
        return
    if desk.orders is not None and ladder is not None:
        order_work.begin_closing(desk, desk.orders, order_id, ladder=ladder, by=by)
        return
    await desk.store.write(lambda tx: _book(tx, desk, close, order_id=order_id))


def _asked_about(record: ProposalRecord, look: Look) -> Look:
    """The look at the sides the card asked about: one side of a condor, or all that is open."""
    return look.only({side.option_type for side in card_of(record).report.sides})


def _refuse_closed_book(desk: Desk, look: Look, gathered: Gathered) -> None:
    """Nothing happens while the trade can be traded. Raises VenueError in settlement hours, after expiry, with a locked venue or on old quotes."""
    decision = evaluate(exit_inputs(look, (look,), gathered, desk.rules, bias_now=None), desk.rules)
    if decision.reason in UNTRADABLE:
        cause = next((check.cause for check in decision.checks if check.code == decision.reason.value and check.cause), decision.reason.value)
        raise VenueError(f"the close cannot be made now ({cause.replace('_', ' ')})", server="deribit")


def _has_drifted(desk: Desk, record: ProposalRecord, look: Look) -> bool:
    before, now = exit_of(record).cost_mid_coin, close_mid_coin(look.spread)
    if before is None or now is None or before <= 0:
        return False
    return abs(now - before) / before > desk.rules.approval.drift_max.credit_frac


def _ask_again(tx: Transaction, desk: Desk, close: Close) -> None:
    """The card shows today's cost of closing and asks the same question once more."""
    record, look = close.record, close.look
    inputs = exit_inputs(look, (look,), close.gathered, desk.rules, bias_now=None)
    asked = replace(evaluate(inputs, desk.rules), action=ExitAction.CLOSE, reason=ExitReason(record.reason), urgency=ExitUrgency.SOFT)
    judged = Judgement(look=look, inputs=inputs, decision=asked, gathered=close.gathered)
    expires_at = exit_deadline(desk, ExitUrgency.SOFT, expiry_at=look.trade.expiry_at)
    card = exit_card(
        tx, desk, judged, Question(proposal_id=record.proposal_id, revision=record.revision + 1, expires_at=expires_at, postponed=record.postponed)
    )
    payload = encode_exit(card, cost_mid_coin=close_mid_coin(look.spread))
    cards.ask_again(tx, card, payload_json=payload, expires_at=expires_at, why="cost to close moved")


def _commit(tx: Transaction, desk: Desk, close: Close, ladder: Ladder | None) -> int | None:
    """The approval and its intent stand in the store before anything is filled; None when the kill switch forbids it: then the card asks a person."""
    record, trade = close.record, close.look.trade
    if close.is_stopped(desk, tx):
        cards.give_back(tx, desk, record.proposal_id, why="the kill switch was set before the close")
        return None
    tx.move_proposal(record.proposal_id, ProposalEvent.APPROVE, now=desk.now(), user=close.actor)
    tx.move_trade(trade.trade_id, TradeEvent.CLOSE_STARTED)
    limit_coin = close.fill.price_coin if ladder is None else ladder.first_coin
    order_id = tx.add_order(
        proposal_id=record.proposal_id,
        trade_id=trade.trade_id,
        side="close",
        label=close.label,
        quantity_eth=close.quantity_eth,
        limit_coin=limit_coin,
        now=desk.now(),
    )
    spread, tick_coin = close.look.spread, combo_tick_coin(close.look.spread, desk.rules.execution)
    cap_coin = exit_booking.cap_coin(desk, close) if ladder is None else ladder.last_coin
    terms = IntentTerms(
        order_id=order_id,
        proposal_id=record.proposal_id,
        urgency="soft" if record.urgency == "soft" else "hard",
        worst_received_coin=-cap_coin,
        tick_coin=tick_coin,
        lot_eth=spread.lot_eth,
        legs=legs_of(close.look.sides, is_opening=False),
        under_kill=close.under_kill,
    )
    tx.add_intent_terms(terms)
    tx.audit(
        actor=close.actor,
        type="exit.approved",
        ref=f"proposal:{record.proposal_id}",
        body={"trade_id": trade.trade_id, "order": close.label, "quantity_eth": str(close.quantity_eth), "limit_coin": str(limit_coin)},
        anchor=True,
    )
    return order_id


def _book(tx: Transaction, desk: Desk, close: Close, *, order_id: int) -> None:
    """The paper order is filled and told, unless the door shuts on it: then nothing was placed."""
    order, terms = tx.order(order_id), tx.intent_terms(order_id)
    if order is None or terms is None:
        raise InvariantBroken(f"the intent {order_id} is not in the store")
    refusals = desk.door.refusals(tx, paper_send(order, terms, received_coin=-close.fill.price_coin), now=desk.now())
    if refusals:
        is_killed = any(refusal.code == "killed" for refusal in refusals)
        words = "" if is_killed else "; ".join(refusal.words for refusal in refusals)
        exit_booking.not_closed(tx, desk, order, by=close.by, result="killed" if is_killed else "not_placed", note=words)
        return
    exit_booking.book(tx, desk, close, order_id=order_id)
