"""A month in figures: what it earned, what it cost, what was refused, and what is missing for the next stage.

Rules of this file: those of `stats`; the gates are those of `gates`, as /stage tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Strategy
from engine.reporting.performance import FillSlip, mean_r_interval, reason_results, slippage, verdict, weeks_of
from engine.reporting.stats import trade_stats
from engine.views import ClosedTradeView, GateView, ReasonResult, Slippage, TradeStats


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEntered:
    """Entry cards of the month a person said no to, or nobody answered, and what those that settled since would have made.

    Held to settlement, opened at the mid of the card, net of the opening fee, at the exchange rate of the card.
    """

    rejected: int
    expired: int
    settled: int
    would_have_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyLine:
    """The reading in force of one strategy's live trades."""

    strategy: Strategy
    state: str
    f_used_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyLedger:
    """What the store knows of the month beside its trades. `incidents` are (code, times) of kills, holds and failed jobs.

    `max_drawdown_eur` is zero or negative; `month_at` and `months` are first instants in UTC, the latter of the other months with trades, newest first.
    `z` is that of the stage's trades against the model's paths, None while it is not measured.
    """

    env: str
    stage: str
    month_at: datetime
    as_of: datetime
    is_running: bool
    credit_eur: Decimal
    max_drawdown_eur: Decimal
    open_trades: int
    unrealised_eur: Decimal
    not_entered: NotEntered
    kelly: tuple[KellyLine, ...]
    gates: tuple[GateView, ...]
    incidents: tuple[tuple[str, int], ...]
    monitor_ok: int
    monitor_expected: int
    fingerprint: str
    months: tuple[datetime, ...]
    z: float | None = None
    audit_head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyReport:
    """The month's trades beside all of the stage's; averages are in multiples of the credit, None without a trade of the kind."""

    ledger: MonthlyLedger
    stats: TradeStats
    stats_all: TradeStats
    verdict_all: str
    mean_r_interval_all: tuple[float, float] | None
    weeks_all: int
    average_win_credits: float | None
    average_loss_credits: float | None
    by_reason: tuple[ReasonResult, ...]
    slippage: Slippage


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNote:
    """The report as people read it outside the chat."""

    title: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTrade:
    """A closed trade with what it was paid at entry and its fills against the mids."""

    trade: ClosedTradeView
    credit_eur: Decimal
    slips: tuple[FillSlip, ...]


def build(month: Sequence[MonthTrade], everything: Sequence[ClosedTradeView], ledger: MonthlyLedger) -> MonthlyReport:
    """The report of `ledger.month_on`."""
    trades, all_stats, weeks = [each.trade for each in month], trade_stats(everything), weeks_of(everything)
    return MonthlyReport(
        ledger=ledger,
        stats=trade_stats(trades, credit_eur=ledger.credit_eur),
        stats_all=all_stats,
        verdict_all=verdict(all_stats),
        mean_r_interval_all=mean_r_interval(weeks),
        weeks_all=len(weeks),
        average_win_credits=_in_credits([each for each in month if each.trade.pnl_eur > 0]),
        average_loss_credits=_in_credits([each for each in month if each.trade.pnl_eur <= 0]),
        by_reason=reason_results(trades),
        slippage=slippage([slip for each in month for slip in each.slips]),
    )


def _in_credits(month: Sequence[MonthTrade]) -> float | None:
    """The mean result in multiples of the credit; None of none that was paid one."""
    shares = [float(each.trade.pnl_eur / each.credit_eur) for each in month if each.credit_eur > 0]
    return sum(shares) / len(shares) if shares else None
