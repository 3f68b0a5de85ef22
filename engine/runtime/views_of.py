"""Stored records as the views people read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.lifecycle import TradeState
from engine.core.model import Family
from engine.core.result import added
from engine.reporting.stats import trade_stats
from engine.runtime.positions import paid_before, realised_before
from engine.state.codec import decode_checks
from engine.state.records import AuditRecord, DecisionRecord, FillRecord, NewFill, TradeRecord
from engine.state.repository import Transaction
from engine.views import AuditLine, ClosedTradeView, EndedTradeView, HistoryView, NoteLine, WhyView

PERIODS = {"7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
"""Named spans of the past; `all` is everything."""

NOTES_SHOWN = 8


def why_view(record: DecisionRecord) -> WhyView:
    """Every check of the decision, as it was made."""
    return WhyView(
        decision_id=record.decision_id,
        at=record.at,
        kind=record.kind,
        outcome=record.outcome,
        strategy=record.strategy,
        bias=record.bias,
        bias_row=record.bias_row,
        trade_id=record.trade_id,
        source=record.source,
        recorded_at=record.recorded_at,
        checks=decode_checks(record.checks_json),
    )


def since_of(period: str, now: datetime) -> datetime | None:
    """Where the named period begins; None for all."""
    span = PERIODS.get(period)
    return None if span is None else now - span


def history_view(tx: Transaction, *, period: str, now: datetime, reason: str | None, outcome: str | None) -> HistoryView:
    """The closed trades of the period that match, the one that ended last first, with their figures."""
    closed = [closed_view(trade, tx.fills(trade.trade_id)) for trade in tx.closed_trades(since_of(period, now))]
    chosen = [view for view in closed if _matches(view, reason=reason, outcome=outcome)]
    ever = len(tx.closed_trades())
    return HistoryView(period=period, stats=trade_stats(chosen, credit_eur=credit_eur(tx, chosen)), trades=tuple(reversed(chosen)), closed_ever=ever)


def ended_view(tx: Transaction, trade_id: int) -> EndedTradeView | None:
    """One trade that has ended, with its notes; None when no ended trade has the number."""
    trade = tx.trade(trade_id)
    if trade is None or trade.state not in (TradeState.CLOSED, TradeState.SETTLED):
        return None
    return EndedTradeView(
        trade=closed_view(trade, tx.fills(trade_id)),
        state=trade.state.value,
        sides=tuple(side.strikes for side in trade.sides),
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        credit_coin=trade.credit_coin,
        max_loss_eur=trade.max_loss_eur,
        notes=note_lines(tx, trade_id),
    )


def note_lines(tx: Transaction, trade_id: int) -> tuple[NoteLine, ...]:
    """The newest notes of a trade, oldest first."""
    return tuple(NoteLine(at=note.at, by=note.by, words=note.words) for note in tx.notes(trade_id)[-NOTES_SHOWN:])


def credit_eur(tx: Transaction, closed: Sequence[ClosedTradeView]) -> Decimal:
    """What these trades were paid at entry, at the rates of their entries."""
    total = Decimal(0)
    for view in closed:
        for record in tx.fills(view.trade_id):
            if record.fill.side == "open":
                total += fill_eur(record.fill.price_coin, record.fill, view.family)
    return total


def closed_view(trade: TradeRecord, fills: tuple[FillRecord, ...]) -> ClosedTradeView:
    """A finished trade in a line; fees at the rates of their fills, a delivery's at the result's own rate."""
    if trade.closed_at is None or trade.close_reason is None or trade.pnl_coin is None or trade.pnl_eur is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} and has no result")
    opened_at = trade.opened_at if trade.opened_at is not None else trade.created_at
    slippages = [record.fill.slippage_frac for record in fills if record.fill.side == "open" and record.fill.slippage_frac is not None]
    return ClosedTradeView(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        opened_at=opened_at,
        closed_at=trade.closed_at,
        reason=trade.close_reason,
        pnl_coin=trade.pnl_coin,
        pnl_eur=trade.pnl_eur,
        r=float(trade.pnl_eur / trade.max_loss_eur),
        fees_eur=_fees_eur(trade, fills),
        slippage_frac=float(slippages[0]) if slippages else None,
    )


def audit_line(record: AuditRecord) -> AuditLine:
    return AuditLine(seq=record.seq, at=record.at, actor=record.actor, type=record.type, ref=record.ref, summary=record.body_json)


def _fees_eur(trade: TradeRecord, fills: tuple[FillRecord, ...]) -> Decimal:
    paid = sum((fill_eur(record.fill.fee_coin, record.fill, trade.family) for record in fills), Decimal(0))
    return paid + _delivery_fee_eur(trade)


def _delivery_fee_eur(trade: TradeRecord) -> Decimal:
    """The fee of a delivery, at the rate its result was booked at; nothing for a trade that was bought back."""
    if trade.state is not TradeState.SETTLED or trade.close_fee_coin is None or trade.pnl_coin is None or trade.pnl_eur is None:
        return Decimal(0)
    before = added(realised_before(trade))
    pnl_coin, pnl_eur = trade.pnl_coin - before.pnl_coin, trade.pnl_eur - before.pnl_eur
    fee_coin = trade.close_fee_coin - paid_before(trade)[1]
    return fee_coin * trade.quantity_eth * pnl_eur / pnl_coin if pnl_coin else Decimal(0)


def fill_eur(amount_coin: Decimal, fill: NewFill, family: Family) -> Decimal:
    """An amount per 1 ETH of a fill, as the whole position's EUR at the rates of that fill."""
    return family.usd_of_coin(amount_coin * fill.quantity_eth, index_usd=fill.spot_usd) / fill.fx_usd_per_eur


def _matches(view: ClosedTradeView, *, reason: str | None, outcome: str | None) -> bool:
    is_right_reason = reason is None or view.reason == reason
    is_right_outcome = outcome is None or (view.pnl_eur > 0) is (outcome == "winners")
    return is_right_reason and is_right_outcome
