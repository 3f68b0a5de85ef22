"""The equity curve: everything realised, closed sides of condors included, plus every open trade at its last mark."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import TradeState
from engine.state.records import EquityRecord
from engine.state.repository import Transaction


def record_equity(tx: Transaction, at: datetime) -> None:
    """The curve has a point at `at`."""
    realised_eur, unrealised_eur = totals(tx)
    tx.add_equity(EquityRecord(at=at, realised_eur=realised_eur, unrealised_eur=unrealised_eur))


def totals(tx: Transaction) -> tuple[Decimal, Decimal]:
    """Everything realised, and what the open trades would add. One that was never marked counts as its entry, that is nothing."""
    realised = sum((trade.pnl_eur for trade in tx.closed_trades() if trade.pnl_eur is not None), Decimal(0))
    floating = Decimal(0)
    for trade in tx.open_trades():
        realised += sum((side.closing.pnl_eur for side in trade.sides if side.closing is not None), Decimal(0))
        mark = tx.last_mark(trade.trade_id) if trade.state is TradeState.OPEN else None
        if mark is not None and mark.unrealised_eur is not None:
            floating += mark.unrealised_eur
    return realised, floating
