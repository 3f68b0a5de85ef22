"""What was earned: finished trades, their figures, a replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from engine.core.model import Family, Strategy, Strikes
from engine.views.charts import EquityChart
from engine.views.desk import NoteLine
from engine.views.replay_charts import TradesChart
from engine.views.replays import ReplayedTrade
from engine.views.result_charts import ReasonsChart


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
class EndedTradeView:
    """A closed or settled trade by itself: what it was, what it made, and what people wrote about it, oldest first."""

    trade: ClosedTradeView
    state: str
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    credit_coin: Decimal | None
    max_loss_eur: Decimal
    notes: tuple[NoteLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """The trades that ended in a period, the newest first, with their figures; `closed_ever` counts every closed trade there is."""

    period: str
    stats: TradeStats
    trades: tuple[ClosedTradeView, ...]
    closed_ever: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySummary:
    """A replay in figures. Refusals count decisions per failed rule; a decision counts once per rule.

    `breakers` are the ones that tripped and when: from then on nobody resumed, so nothing was opened.
    `resumed` are those a person resumed past, with both instants; `trades` those that ended, in their order.
    `changes` are values other than those in force: key, value in force, value of this replay.
    `unfiltered` is the same period with every entry filter off, for comparison.
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
    resumed: tuple[tuple[str, datetime, datetime], ...] = ()
    trades: tuple[ReplayedTrade, ...] = ()
    performance: StatsView | None = None
    unfiltered: TradeStats | None = None
    chart: TradesChart | None = None
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonResult:
    """The trades that ended for one reason."""

    reason: str
    closed: int
    wins: int
    net_eur: Decimal
    mean_r: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Slippage:
    """How far fills came from the mid at approval, worse positive; `modelled` of them nobody traded."""

    fills: int
    modelled: int
    median_frac: float | None
    p90_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsView:
    """What the closed trades of a period say and how sure that is.

    `verdict` is none, few, inside, above or below: where the break-even lies beside the interval of the win rate.
    `mean_r_interval` is the 90 % interval over whole weeks drawn again, None with fewer than two.
    """

    period: str
    stats: TradeStats
    verdict: str
    mean_r_interval: tuple[float, float] | None
    weeks: int
    average_win_eur: Decimal | None
    average_loss_eur: Decimal | None
    by_reason: tuple[ReasonResult, ...]
    by_strategy: tuple[tuple[Strategy, TradeStats], ...]
    slippage: Slippage
    chart: ReasonsChart


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlRow:
    """What was realised in the day, week or month that began on `start_on` (UTC)."""

    start_on: date
    closed: int
    wins: int
    net_eur: Decimal
    fees_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlView:
    """Realised results per day, week or month, the running one first, then those with trades; `older` are the ones not listed.

    Open trades count at their last mark, one that was never marked as its entry.
    """

    step: str
    rows: tuple[PnlRow, ...]
    older: PnlRow | None
    stats: TradeStats
    open_trades: int
    unrealised_eur: Decimal
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One closed trade with everything an accountant asks for; coin prices and fees per 1 ETH, a rate that was never met is None."""

    trade: ClosedTradeView
    stage: str
    strikes: str
    expiry_at: datetime
    quantity_eth: Decimal
    credit_coin: Decimal | None
    debit_coin: Decimal | None
    open_fee_coin: Decimal | None
    close_fee_coin: Decimal | None
    spot_open_usd: Decimal
    spot_close_usd: Decimal | None
    fx_open_usd_per_eur: Decimal
    fx_close_usd_per_eur: Decimal | None
    pnl_usd: Decimal | None
    max_loss_eur: Decimal
    dvol_entry_pts: float
    fill_sources: tuple[str, ...]
