"""What was earned per reason, strategy, day and month, and how sure that is.

Rules of this file: a rate never stands without its interval and its break-even, and
what cannot be told from so few trades says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from engine.core.intervals import quantiles
from engine.core.model import Strategy
from engine.reporting.stats import trade_stats
from engine.views import ClosedTradeView, PnlRow, PnlView, ReasonResult, ReasonsChart, Slippage, StatsView, TradeStats

MODELLED = "modelled"
FEW_TRADES = 30
"""Under this many closed trades a verdict would be noise: thirty cannot tell 70 % from 85 % (strategy §1.10)."""

BOOTSTRAP_DRAWS, BOOTSTRAP_SEED, LEVEL = 1000, 20260101, 0.90
PNL_ROWS_MAX = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsFrame:
    """What stands around the figures of a period."""

    env: str
    period: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FillSlip:
    """One fill: how far from the mid at approval, worse positive, and where it came from."""

    slippage_frac: Decimal | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PnlFrame:
    """`step` is day, week or month; open trades at their last marks."""

    step: str
    as_of: datetime
    open_trades: int
    unrealised_eur: Decimal


def stats_view(trades: Sequence[ClosedTradeView], slips: Sequence[FillSlip], frame: StatsFrame, *, credit_eur: Decimal) -> StatsView:
    """The closed trades of the period in figures, with the picture of them by reason."""
    stats, by_reason = trade_stats(trades, credit_eur=credit_eur), reason_results(trades)
    gains, losses = [trade.pnl_eur for trade in trades if trade.pnl_eur > 0], [trade.pnl_eur for trade in trades if trade.pnl_eur <= 0]
    weeks = weeks_of(trades)
    return StatsView(
        period=frame.period,
        stats=stats,
        verdict=verdict(stats),
        mean_r_interval=mean_r_interval(weeks),
        weeks=len(weeks),
        average_win_eur=_mean(gains),
        average_loss_eur=_mean(losses),
        by_reason=by_reason,
        by_strategy=tuple((strategy, trade_stats(own)) for strategy in Strategy if (own := [trade for trade in trades if trade.strategy is strategy])),
        slippage=slippage(slips),
        chart=ReasonsChart(
            env=frame.env,
            period=frame.period,
            rows=tuple((each.reason, each.closed, each.wins, float(each.net_eur)) for each in by_reason),
            closed=stats.closed,
            net_eur=float(stats.net_eur),
            win_rate=stats.win_rate,
            win_rate_interval=stats.win_rate_interval,
            break_even_win_rate=stats.break_even_win_rate,
            as_of=frame.as_of,
        ),
    )


def verdict(stats: TradeStats) -> str:
    """Where the break-even lies beside the interval of the win rate: none and few say that nothing can be told."""
    interval, break_even = stats.win_rate_interval, stats.break_even_win_rate
    if interval is None or break_even is None:
        return "none"
    if stats.closed < FEW_TRADES:
        return "few"
    low, high = interval
    return "above" if low > break_even else "below" if high < break_even else "inside"


def reason_results(trades: Iterable[ClosedTradeView]) -> tuple[ReasonResult, ...]:
    """One row per close reason, the one that earned most first."""
    by_reason: dict[str, list[ClosedTradeView]] = {}
    for trade in trades:
        by_reason.setdefault(trade.reason, []).append(trade)
    rows = [
        ReasonResult(
            reason=reason,
            closed=len(own),
            wins=len([trade for trade in own if trade.pnl_eur > 0]),
            net_eur=sum((trade.pnl_eur for trade in own), Decimal(0)),
            mean_r=math.fsum(trade.r for trade in own) / len(own),
        )
        for reason, own in by_reason.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.net_eur, row.reason)))


def slippage(slips: Sequence[FillSlip]) -> Slippage:
    """Median and 90 % quantile over the fills that had a mid to compare with."""
    known = sorted(float(slip.slippage_frac) for slip in slips if slip.slippage_frac is not None)
    return Slippage(
        fills=len(known),
        modelled=len([slip for slip in slips if slip.slippage_frac is not None and slip.source == MODELLED]),
        median_frac=_quantile(known, 0.5),
        p90_frac=_quantile(known, 0.9),
    )


def mean_r_interval(weeks: Sequence[tuple[float, int]]) -> tuple[float, float] | None:
    """The 90 % interval of mean r with whole weeks drawn again: trades of one week move together. None with fewer than two.

    `weeks`: (sum of r, trades) of each. Source: Cameron, Gelbach, Miller 2008, the cluster bootstrap.
    """
    if len(weeks) < 2:
        return None
    chance, drawn = Random(BOOTSTRAP_SEED), []  # noqa: S311 - a reproducible draw, nothing secret
    for _ in range(BOOTSTRAP_DRAWS):
        picked = chance.choices(weeks, k=len(weeks))
        drawn.append(math.fsum(r for r, _ in picked) / sum(count for _, count in picked))
    found = quantiles(drawn, level=LEVEL)
    return found.low, found.high


def pnl_view(trades: Sequence[ClosedTradeView], frame: PnlFrame) -> PnlView:
    """What was realised per day, week or month of closing; the running one stands first even when nothing ended in it."""
    by_start: dict[date, list[ClosedTradeView]] = {start_of(frame.step, frame.as_of.date()): []}
    for trade in trades:
        by_start.setdefault(start_of(frame.step, trade.closed_at.date()), []).append(trade)
    starts = sorted(by_start, reverse=True)
    rows = [_row(start_on, by_start[start_on]) for start_on in starts[:PNL_ROWS_MAX]]
    rest = [trade for start_on in starts[PNL_ROWS_MAX:] for trade in by_start[start_on]]
    return PnlView(
        step=frame.step,
        rows=tuple(rows),
        older=_row(starts[-1], rest) if rest else None,
        stats=trade_stats(trades),
        open_trades=frame.open_trades,
        unrealised_eur=frame.unrealised_eur,
        as_of=frame.as_of,
    )


def start_of(step: str, on: date) -> date:
    """The first day of the day, the week (Monday) or the month that holds `on`."""
    if step == "week":
        return on - timedelta(days=on.weekday())
    return on.replace(day=1) if step == "month" else on


def _row(start_on: date, trades: Sequence[ClosedTradeView]) -> PnlRow:
    return PnlRow(
        start_on=start_on,
        closed=len(trades),
        wins=len([trade for trade in trades if trade.pnl_eur > 0]),
        net_eur=sum((trade.pnl_eur for trade in trades), Decimal(0)),
        fees_eur=sum((trade.fees_eur for trade in trades), Decimal(0)),
    )


def weeks_of(trades: Iterable[ClosedTradeView]) -> tuple[tuple[float, int], ...]:
    """(sum of r, trades) of each week that opened some, oldest first."""
    by_week: dict[date, list[float]] = {}
    for trade in trades:
        by_week.setdefault(start_of("week", trade.opened_at.date()), []).append(trade.r)
    return tuple((math.fsum(results), len(results)) for _, results in sorted(by_week.items()))


def _mean(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, Decimal(0)) / len(values) if values else None


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Straight between the neighbours of the place; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
