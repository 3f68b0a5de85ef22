"""From an approved exit to a closed trade: re-quote, drift, kill switch, intent, fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import ProposalEvent, TradeEvent, TradeState
from engine.core.model import ExitAction, ExitReason, ExitUrgency
from engine.core.result import trade_result
from engine.core.spread_prices import close_mid_coin
from engine.errors import VenueError
from engine.execution.paper import MODELLED, PaperFill, fill_close
from engine.notices import FillNotice
from engine.reporting import fills
from engine.runtime import breakers, cards
from engine.runtime.desk import Desk
from engine.runtime.equity_curve import record_equity
from engine.runtime.exit_proposals import exit_card
from engine.runtime.gather import Gathered, gather
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import encode_exit, exit_of
from engine.runtime.positions import Look, exit_inputs, flows_of, look_at
from engine.state.records import Closing, NewFill, ProposalRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import Person


async def complete(desk: Desk, record: ProposalRecord, *, by: Person) -> None:
    """The trade is closed at the paper price, or the card says why not yet."""
    trade = await desk.store.read(lambda tx: tx.trade(record.trade_id) if record.trade_id is not None else None)
    if trade is None or trade.state is not TradeState.OPEN:
        await desk.store.write(lambda tx: cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.SUPERSEDE, result="superseded", by=by))
        return
    gathered = await gather(desk, with_chain=False)
    look = await look_at(desk, trade)
    index, fx = gathered.snapshot.index_usd, gathered.snapshot.fx_usd_per_eur
    if index is None or fx is None:
        raise VenueError("the index price or the exchange rate is missing, so the close cannot be booked", server="deribit")
    fill = fill_close(look.spread, desk.rules, index_usd=index.value)
    if by.source == "chat" and record.urgency == "soft" and _has_drifted(desk, record, look):
        await desk.store.write(lambda tx: _ask_again(tx, desk, record, look, gathered))
        return
    order_id = await desk.store.write(lambda tx: _commit(tx, desk, record, trade, fill, by=by))
    if order_id is not None:
        await desk.store.write(lambda tx: _book(tx, desk, record, look, gathered, fill, order_id=order_id, by=by))


def _has_drifted(desk: Desk, record: ProposalRecord, look: Look) -> bool:
    before, now = exit_of(record).cost_mid_coin, close_mid_coin(look.spread)
    if before is None or now is None or before <= 0:
        return False
    return abs(now - before) / before > desk.rules.approval.drift_max.credit_frac


def _ask_again(tx: Transaction, desk: Desk, record: ProposalRecord, look: Look, gathered: Gathered) -> None:
    """The card shows today's cost of closing and asks the same question once more."""
    ttl = timedelta(seconds=desk.rules.approval.soft_exit_ttl_s)
    inputs = exit_inputs(look, (look,), gathered, desk.rules, bias_now=None)
    asked = replace(evaluate(inputs, desk.rules), action=ExitAction.CLOSE, reason=ExitReason(record.reason), urgency=ExitUrgency.SOFT)
    revision = record.revision + 1
    card = exit_card(tx, desk, look, inputs, asked, gathered, proposal_id=record.proposal_id, revision=revision, ttl=ttl)
    payload = encode_exit(card, cost_mid_coin=close_mid_coin(look.spread))
    cards.ask_again(tx, card, payload_json=payload, expires_at=desk.now() + ttl, why="cost to close moved")


def _commit(tx: Transaction, desk: Desk, record: ProposalRecord, trade: TradeRecord, fill: PaperFill, *, by: Person) -> int | None:
    """The approval and its intent stand in the store before anything is filled; None when the kill switch forbids it.

    Under KILL only a close that a person orders goes out, never one of a policy.
    """
    if by.source == "policy" and desk.is_killed(tx):
        cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.REFUSE, result="killed", by=by)
        return None
    tx.move_proposal(proposal_id=record.proposal_id, event=ProposalEvent.APPROVE, now=desk.now(), by=cards.actor_of(by))
    tx.move_trade(trade_id=trade.trade_id, event=TradeEvent.CLOSE_STARTED)
    label = f"cb{trade.trade_id}-{record.proposal_id}-c0-{record.revision}"
    order_id = tx.add_order(
        proposal_id=record.proposal_id,
        trade_id=trade.trade_id,
        side="close",
        label=label,
        quantity_eth=trade.quantity_eth,
        limit_coin=fill.price_coin,
        now=desk.now(),
    )
    tx.audit(
        actor=cards.actor_of(by),
        type="exit.approved",
        ref=f"proposal:{record.proposal_id}",
        body={"trade_id": trade.trade_id, "order": label, "quantity_eth": str(trade.quantity_eth), "limit_coin": str(fill.price_coin)},
        anchor=True,
    )
    return order_id


def _book(tx: Transaction, desk: Desk, record: ProposalRecord, look: Look, gathered: Gathered, fill: PaperFill, *, order_id: int, by: Person) -> None:
    trade, now, index, fx = look.trade, desk.now(), gathered.snapshot.index_usd, gathered.snapshot.fx_usd_per_eur
    if index is None or fx is None:
        raise VenueError("the index price or the exchange rate is missing", server="deribit")
    result = trade_result(
        flows_of(trade, debit_coin=fill.price_coin, close_fee_coin=fill.fee_coin),
        index_usd=index.value,
        fx_usd_per_eur=fx.value,
    )
    tx.book_close(
        Closing(
            trade_id=trade.trade_id,
            event=TradeEvent.CLOSE_FILLED,
            at=now,
            reason=record.reason,
            debit_coin=fill.price_coin,
            close_fee_coin=fill.fee_coin,
            pnl_eth=result.pnl_eth,
            pnl_usd=result.pnl_usd,
            pnl_eur=result.pnl_eur,
            fill=NewFill(
                trade_id=trade.trade_id,
                order_id=order_id,
                side="close",
                at=now,
                quantity_eth=trade.quantity_eth,
                price_coin=fill.price_coin,
                mid_at_approval_coin=fill.mid_coin,
                slippage_frac=fills.slippage_frac(fill.price_coin, fill.mid_coin, side="close"),
                fee_coin=fill.fee_coin,
                spot_usd=index.value,
                fx_usd_per_eur=fx.value,
                source=MODELLED,
            ),
        )
    )
    order = fills.FilledOrder(
        proposal_id=record.proposal_id,
        side="close",
        label=f"cb{trade.trade_id}-{record.proposal_id}-c0-{record.revision}",
        at=now,
        price_coin=fill.price_coin,
        mid_at_approval_coin=fill.mid_coin,
        fee_coin=fill.fee_coin,
        spot_usd=index.value,
        fx_usd_per_eur=fx.value,
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
        reason=record.reason,
        pnl_eth=result.pnl_eth,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
    )
    report = fills.build(order, done, env=desk.env)
    cards.settle(tx, desk, record.proposal_id, event=ProposalEvent.EXECUTE, result="executed", by=by, fill=report)
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
    record_equity(tx, now)
    breakers.trip(tx, desk)
