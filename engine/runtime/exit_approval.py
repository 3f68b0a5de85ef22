"""From an approved exit to a closed trade: re-quote, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import replace

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import ProposalEvent, TradeEvent, TradeState
from engine.core.model import ExitAction, ExitReason, ExitUrgency
from engine.core.result import added, trade_result
from engine.core.spread_prices import close_mid_coin
from engine.errors import VenueError
from engine.execution.paper import MODELLED, fill_close
from engine.notices import FillNotice
from engine.reporting.fills import FillReport
from engine.reporting.payoff import strikes_text
from engine.runtime import breakers, cards, exit_booking
from engine.runtime.deadlines import exit_deadline
from engine.runtime.desk import Desk
from engine.runtime.entry_approval import DRY_RUN
from engine.runtime.equity_curve import record_equity
from engine.runtime.exit_booking import Close
from engine.runtime.exit_proposals import Judgement, Question, exit_card
from engine.runtime.gather import Gathered, gather
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import card_of, encode_exit, exit_of
from engine.runtime.positions import Look, booking_rate_usd_per_eur, exit_inputs, flows_of, look_at, realised_before
from engine.state.records import ProposalRecord
from engine.state.repository import Json, Transaction
from engine.views import Person

UNTRADABLE = (ExitReason.SETTLED, ExitReason.BLACKOUT, ExitReason.DATA)
"""What the exit table says before it looks at prices: there is nobody to trade with, or nothing to believe."""


async def complete(desk: Desk, record: ProposalRecord, *, by: Person, under_kill: int | None) -> None:
    """The trade is closed at the paper price, or the card says why not yet."""
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
    fill = fill_close(look.spread, desk.rules, index_usd=index.value)
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
    )
    if by.source == "chat" and record.urgency == "soft" and _has_drifted(desk, record, look):
        await desk.store.write(lambda tx: _ask_again(tx, desk, close))
        return
    order_id = await desk.store.write(lambda tx: _commit(tx, desk, close))
    if order_id is not None:
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


def _whole_of(report: FillReport) -> dict[str, Json]:
    """A condor's end in the audit row: the strikes and figures before it are this side's, these the whole trade's."""
    whole = report.whole
    if whole is None:
        return {}
    return {
        "earlier_strikes": strikes_text(whole.earlier),
        "earlier_pnl_coin": str(whole.earlier_pnl_coin),
        "earlier_pnl_eur": str(whole.earlier_pnl_eur),
        "trade_pnl_coin": str(whole.pnl_coin),
        "trade_pnl_eur": str(whole.pnl_eur),
    }


def _commit(tx: Transaction, desk: Desk, close: Close) -> int | None:
    """The approval and its intent stand in the store before anything is filled; None when the kill switch forbids it: then the card asks a person."""
    record, trade, by = close.record, close.look.trade, close.by
    if close.is_stopped(desk, tx):
        cards.give_back(tx, desk, record.proposal_id, why="the kill switch was set before the close")
        return None
    tx.move_proposal(record.proposal_id, ProposalEvent.APPROVE, now=desk.now(), user=cards.actor_of(by))
    tx.move_trade(trade.trade_id, TradeEvent.CLOSE_STARTED)
    order_id = tx.add_order(
        proposal_id=record.proposal_id,
        trade_id=trade.trade_id,
        side="close",
        label=close.label,
        quantity_eth=trade.quantity_eth,
        limit_coin=close.fill.price_coin,
        now=desk.now(),
    )
    tx.audit(
        actor=cards.actor_of(by),
        type="exit.approved",
        ref=f"proposal:{record.proposal_id}",
        body={"trade_id": trade.trade_id, "order": close.label, "quantity_eth": str(trade.quantity_eth), "limit_coin": str(close.fill.price_coin)},
        anchor=True,
    )
    return order_id


def _book(tx: Transaction, desk: Desk, close: Close, *, order_id: int) -> None:
    """The fill, the result, the card's ending and the message stand together; nothing was placed when the kill switch came in between."""
    record, trade, fill = close.record, close.look.trade, close.fill
    if close.is_stopped(desk, tx):
        tx.settle_order(order_id, "not_placed", now=desk.now())
        tx.move_trade(trade.trade_id, TradeEvent.CLOSE_FAILED)
        cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result="killed", by=close.by))
        return
    flows = flows_of(close.look, debit_coin=fill.price_coin, close_fee_coin=fill.fee_coin)
    result = trade_result(flows, index_usd=close.index_usd, fx_usd_per_eur=close.fx_usd_per_eur)
    if close.left:
        tx.book_side_close(exit_booking.side_closed(desk, close, result, order_id=order_id))
    else:
        whole = added([*realised_before(trade), result])
        tx.book_close(exit_booking.closing(desk, close, whole, order_id=order_id))
    report = exit_booking.report(desk, close, result)
    cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.EXECUTE, result="executed", by=close.by, fill=report))
    post(tx, FillNotice(report=report), dedupe_key=f"fill:{order_id}", priority=Priority.ANSWER, proposal_id=record.proposal_id)
    tx.audit(
        actor="engine",
        type="trade.side_closed" if close.left else "trade.closed",
        ref=f"trade:{trade.trade_id}",
        body={
            "reason": record.reason,
            "strikes": strikes_text(close.look.spread.sides),
            "debit_coin": str(fill.price_coin),
            "fee_coin": str(fill.fee_coin),
            "pnl_coin": str(result.pnl_coin),
            "pnl_eur": str(result.pnl_eur),
            "source": MODELLED,
            **_whole_of(report),
        },
    )
    record_equity(tx, desk.now())
    breakers.trip(tx, desk)
