"""What was earned: finished trades, their figures, a replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, Strategy
from engine.views.charts import EquityChart


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTradeView:
    """`r` is net P&L over the max loss stored at entry."""

    trade_id: int
    strategy: Strategy
    family: Family
    opened_at: datetime
    closed_at: datetime
    reason: str
    pnl_coin: Decimal
    pnl_eur: Decimal
    r: float
    fees_eur: Decimal
    slippage_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeStats:
    """Closed trades in figures; rates are None while there is nothing to divide by.

    `win_rate_interval` is the Wilson interval at 90 %; `break_even_win_rate` is p* = L/(W+L).
    """

    closed: int
    wins: int
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    net_eur: Decimal
    mean_r: float | None
    profit_factor: float | None
    fees_eur: Decimal
    credit_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The trades that ended in a period, the newest first, with their figures."""

    period: str
    stats: TradeStats
    trades: tuple[ClosedTradeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """A replay in figures. Refusals count decisions per failed rule; a decision counts once per rule.

    `breakers` are the ones that tripped and when: from then on nobody resumed, so nothing was opened.
    """

    from_at: datetime
    to_at: datetime
    history: str
    policy: str
    scans: int
    proposed: int
    opened: int
    refused: int
    refusals_by_rule: tuple[tuple[str, str, int], ...]
    exits_by_reason: tuple[tuple[str, int], ...]
    stats: TradeStats
    still_open: int
    max_drawdown_eur: Decimal
    modelled_scans: int
    jobs_run: int
    jobs_failed: int
    equity: EquityChart | None
    breakers: tuple[tuple[str, datetime], ...] = ()
