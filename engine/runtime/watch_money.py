"""What the trigger table asks about money: the loss of the day, the drawdown, the margin in use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.margin import margin_equity_eth
from engine.core.model import Wealth
from engine.runtime.book import breaker_reset_at
from engine.state.records import TradeRecord
from engine.state.repository import Transaction

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """`day_eur`: what trading lost since midnight UTC, open trades at their last mark; negative on a day of gains.

    `drawdown_eur`: how far the equity lies below its highest point since a person last resumed past a breaker; never negative.
    """

    day_eur: Decimal
    drawdown_eur: Decimal


def losses(tx: Transaction, now: datetime) -> Losses:
    """What the equity, open trades included, has lost as of now."""
    trades, reset_at = (*tx.closed_trades(), *tx.open_trades()), breaker_reset_at(tx)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    present = _equity_eur(tx, trades, now)
    began = ZERO if reset_at is None else _equity_eur(tx, trades, reset_at)
    peak = tx.equity_peak(reset_at)
    highest = began if peak is None else max(began, peak.realised_eur + peak.unrealised_eur)
    return Losses(day_eur=_equity_eur(tx, trades, midnight) - present, drawdown_eur=max(highest - present, ZERO))


def margin_usage_frac(wealth: Wealth, trades: Iterable[TradeRecord]) -> float | None:
    """Maintenance margin of the open trades, each as it was last seen, over the account's margin equity; None where there is no equity."""
    used_eth = sum((trade.maintenance_margin_eth for trade in trades), wealth.maintenance_margin_eth)
    equity_eth = margin_equity_eth(wealth)
    return float(used_eth / equity_eth) if equity_eth > 0 else None


def _equity_eur(tx: Transaction, trades: Iterable[TradeRecord], at: datetime) -> Decimal:
    """What all trading had made up to `at`."""
    return sum((_made_eur(tx, trade, at) for trade in trades), ZERO)


def _made_eur(tx: Transaction, trade: TradeRecord, at: datetime) -> Decimal:
    if trade.closed_at is not None and trade.closed_at <= at:
        return ZERO if trade.pnl_eur is None else trade.pnl_eur
    if trade.opened_at is None or trade.opened_at > at:
        return ZERO
    # A trade that was never marked counts as its entry, that is nothing.
    floating = tx.unrealised_eur(trade.trade_id, at)
    sides = [side.closing.pnl_eur for side in trade.sides if side.closing is not None and side.closing.at <= at]
    return sum(sides, ZERO if floating is None else floating)
