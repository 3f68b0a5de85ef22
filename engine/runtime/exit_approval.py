"""From an approved exit to a closed trade: re-quote, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import ProposalEvent, TradeEvent, TradeState
from engine.core.model import ExitAction, ExitReason, ExitUrgency
from engine.core.result import TradeResult, trade_result
from engine.core.spread_prices import close_mid_coin
from engine.errors import VenueError
from engine.execution.orders import order_label
from engine.execution.paper import MODELLED, PaperFill, fill_close
from engine.notices import FillNotice
from engine.reporting import fills
from engine.runtime import breakers, cards
from engine.runtime.desk import Desk
from engine.runtime.entry_approval import DRY_RUN
from engine.runtime.equity_curve import record_equity
from engine.runtime.exit_proposals import Judgement, exit_card, exit_ttl
from engine.runtime.gather import Gathered, gather
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import encode_exit, exit_of
from engine.runtime.positions import Look, booking_rate_usd_per_eur, exit_inputs, flows_of, look_at
from engine.state.records import Closing, NewFill, ProposalRecord
from engine.state.repository import Transaction
from engine.views import Person

UNTRADABLE = (ExitReason.SETTLED, ExitReason.BLACKOUT, ExitReason.DATA)
"""What the exit table says before it looks at prices: there is nobody to trade with, or nothing to believe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """A close about to happen: the card, the trade with its quotes, the market, the fill and who said so."""

    record: ProposalRecord
    look: Look
    gathered: Gathered
    fill: PaperFill
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    by: Person
    after_kill: bool

    def is_stopped(self, desk: Desk, tx: Transaction) -> bool:
        """Under KILL only a close that a person ordered after it goes out."""
        return desk.is_killed(tx) and not self.after_kill

    @property
    def label(self) -> str:
        """The order's name: for look-up, never a licence to send again."""
        return order_label(self.look.trade.trade_id, side="close", proposal_id=self.record.proposal_id)


async def complete(desk: Desk, record: ProposalRecord, *, by: Person, after_kill: bool) -> None:
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
    look = await look_at(desk, trade)
    _refuse_closed_book(desk, look, gathered)
    index = gathered.snapshot.index_usd
    if index is None:
        raise VenueError("the index price is missing, so the close cannot be booked", server="deribit")
    rate = booking_rate_usd_per_eur(trade, gathered)
    fill = fill_close(look.spread, desk.rules, index_usd=index.value)
    close = Close(record=record, look=look, gathered=gathered, fill=fill, index_usd=index.value, fx_usd_per_eur=rate, by=by, after_kill=after_kill)
    if by.source == "chat" and record.urgency == "soft" and _has_drifted(desk, record, look):
        await desk.store.write(lambda tx: _ask_again(tx, desk, close))
        return
    order_id = await desk.store.write(lambda tx: _commit(tx, desk, close))
    if order_id is not None:
        await desk.store.write(lambda tx: _book(tx, desk, close, order_id=order_id))


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
    card = exit_card(tx, desk, judged, proposal_id=record.proposal_id, revision=record.revision + 1)
    payload = encode_exit(card, cost_mid_coin=close_mid_coin(look.spread))
    cards.ask_again(tx, card, payload_json=payload, expires_at=desk.now() + exit_ttl(desk, ExitUrgency.SOFT), why="cost to close moved")


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
    flows = flows_of(trade, debit_coin=fill.price_coin, close_fee_coin=fill.fee_coin)
    result = trade_result(flows, index_usd=close.index_usd, fx_usd_per_eur=close.fx_usd_per_eur)
    closing = Closing(
        trade_id=trade.trade_id,
        event=TradeEvent.CLOSE_FILLED,
        at=desk.now(),
        reason=record.reason,
        debit_coin=fill.price_coin,
        close_fee_coin=fill.fee_coin,
        pnl_eth=result.pnl_eth,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
        fill=_new_fill(desk, close, order_id=order_id),
    )
    tx.book_close(closing)
    report = _report(desk, close, result)
    cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.EXECUTE, result="executed", by=close.by, fill=report))
    post(tx, FillNotice(report=report), dedupe_key=f"fill:{order_id}", priority=Priority.ANSWER, proposal_id=record.proposal_id)
    tx.audit(
        actor="engine",
        type="trade.closed",
        ref=f"trade:{trade.trade_id}",
        body={
            "reason": record.reason,
            "debit_coin": str(fill.price_coin),
            "fee_coin": str(fill.fee_coin),
            "pnl_eth": str(result.pnl_eth),
            "pnl_eur": str(result.pnl_eur),
            "source": MODELLED,
        },
    )
    record_equity(tx, desk.now())
    breakers.trip(tx, desk)


def _new_fill(desk: Desk, close: Close, *, order_id: int) -> NewFill:
    return NewFill(
        trade_id=close.look.trade.trade_id,
        order_id=order_id,
        side="close",
        at=desk.now(),
        quantity_eth=close.look.trade.quantity_eth,
        price_coin=close.fill.price_coin,
        mid_at_approval_coin=close.fill.mid_coin,
        slippage_frac=fills.slippage_frac(close.fill.price_coin, close.fill.mid_coin, side="close"),
        fee_coin=close.fill.fee_coin,
        spot_usd=close.index_usd,
        fx_usd_per_eur=close.fx_usd_per_eur,
        source=MODELLED,
    )


def _report(desk: Desk, close: Close, result: TradeResult) -> fills.FillReport:
    trade = close.look.trade
    order = fills.FilledOrder(
        proposal_id=close.record.proposal_id,
        side="close",
        label=close.label,
        at=desk.now(),
        price_coin=close.fill.price_coin,
        mid_at_approval_coin=close.fill.mid_coin,
        fee_coin=close.fill.fee_coin,
        spot_usd=close.index_usd,
        fx_usd_per_eur=close.fx_usd_per_eur,
        source=MODELLED,
    )
    done = fills.FilledTrade(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        short_strike_usd=trade.short_strike_usd,
        long_strike_usd=trade.long_strike_usd,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
        reason=close.record.reason,
        pnl_eth=result.pnl_eth,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
    )
    return fills.build(order, done, env=desk.env)
