"""What a replay comes to, in the one value that reports, pictures and JSON read; both replays make it here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Candle
from engine.core.rules import StrategyRules
from engine.market.model import HOUR, Market
from engine.reporting.performance import MODELLED, FillSlip, StatsFrame, stats_view
from engine.research.grid import Changed
from engine.research.policy import Policy, Tripped
from engine.views import ClosedTradeView, EquityChart, ReplayedTrade, ReplaySummary
from engine.views.replay_charts import TradeMark, TradesChart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

ENV = "PAPER"
PERIOD = "replay"
POINTS_MAX = 1500
"""More points than a picture has pixels across say nothing more."""
CANDLES_AT_ONCE = timedelta(days=60)
"""Years of candles are asked for so many at a time and kept as columns: as objects they are twenty times as large."""

Ask = Callable[[datetime, datetime], Sequence[Candle]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A replayed period as its engine counted it. `equity_s` and `equity_eur` are every point of the marked equity, ascending (Unix seconds, EUR)."""

    from_at: datetime
    to_at: datetime
    history: str
    policy: Policy
    scans: int
    proposed: int
    opened: int
    refused: int
    modelled_scans: int
    refusals: tuple[tuple[str, str, int], ...]
    trades: tuple[ReplayedTrade, ...]
    open_trades: int
    equity_s: Ints
    equity_eur: Floats
    realised_eur: float
    breakers: tuple[Tripped, ...]
    runs: int
    runs_failed: int = 0


def summary_of(lived: Lived) -> ReplaySummary:
    """The figures of the period, each beside what it has to be compared with."""
    closed = [closed_view_of(trade) for trade in lived.trades]
    slips = [FillSlip(slippage_frac=slip, source=MODELLED) for trade in lived.trades for slip in _slips(trade)]
    frame = StatsFrame(env=ENV, period=PERIOD, as_of=lived.to_at)
    performance = stats_view(closed, slips, frame, credit_eur=sum((trade.credit_eur for trade in lived.trades), Decimal(0)))
    curve = equity_of(lived)
    reasons = sorted(((each.reason, each.closed) for each in performance.by_reason), key=lambda row: (-row[1], row[0]))
    return ReplaySummary(
        from_at=lived.from_at,
        to_at=lived.to_at,
        history=lived.history,
        policy=lived.policy.value,
        scans=lived.scans,
        proposed=lived.proposed,
        opened=lived.opened,
        refused=lived.refused,
        refusals_by_rule=lived.refusals,
        exits_by_reason=tuple(reasons),
        stats=performance.stats,
        still_open=lived.open_trades,
        max_drawdown_eur=Decimal(str(round(curve.max_drawdown_eur, 2))),
        modelled_scans=lived.modelled_scans,
        jobs_run=lived.runs,
        jobs_failed=lived.runs_failed,
        equity=curve,
        breakers=tuple((each.code, each.at) for each in lived.breakers if each.resumed_at is None),
        resumed=tuple((each.code, each.at, each.resumed_at) for each in lived.breakers if each.resumed_at is not None),
        trades=lived.trades,
        performance=performance,
    )


def with_changes(summary: ReplaySummary, changes: tuple[Changed, ...]) -> ReplaySummary:
    """The summary of a period lived through with these values: it and each of its pictures say so."""
    performance = summary.performance
    return replace(
        summary,
        changes=changes,
        chart=None if summary.chart is None else replace(summary.chart, changes=changes),
        equity=None if summary.equity is None else replace(summary.equity, changes=changes),
        performance=None if performance is None else replace(performance, chart=replace(performance.chart, changes=changes)),
    )


def closed_view_of(trade: ReplayedTrade) -> ClosedTradeView:
    """The trade as the history of a desk shows it."""
    return ClosedTradeView(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        opened_at=trade.opened_at,
        closed_at=trade.closed_at,
        reason=trade.reason,
        pnl_coin=trade.pnl_coin,
        pnl_eur=trade.pnl_eur,
        r=trade.r,
        fees_eur=trade.fees_eur,
        slippage_frac=trade.slippage_open_frac,
    )


def equity_of(lived: Lived) -> EquityChart:
    """The curve with its drawdown from the highest point so far; long ones keep what a picture can show, the deepest point always."""
    below_eur = lived.equity_eur - np.maximum(np.maximum.accumulate(lived.equity_eur), 0.0)
    kept = _kept(below_eur)
    last_eur = float(lived.equity_eur[-1]) if len(lived.equity_eur) > 0 else 0.0
    return EquityChart(
        env=ENV,
        points=_points(lived.equity_s, lived.equity_eur, kept),
        drawdown=_points(lived.equity_s, below_eur, kept),
        realised_eur=lived.realised_eur,
        unrealised_eur=last_eur - lived.realised_eur,
        max_drawdown_eur=float(below_eur.min()) if len(below_eur) > 0 else 0.0,
        closed_trades=len(lived.trades),
        open_trades=lived.open_trades,
        as_of=lived.to_at,
        period=PERIOD,
    )


def trades_chart(lived: ReplaySummary, market: Market, rules: StrategyRules) -> TradesChart:
    """The trades on the market of the period."""
    spot = _Closes.of(lambda since, until: market.candles(since, until, t=lived.to_at), lived)
    dvol = _Closes.of(lambda since, until: market.dvol_history(since, until, t=lived.to_at), lived)
    return TradesChart(
        env=ENV,
        spot=spot.thinned(),
        dvol=dvol.thinned(),
        trades=tuple(
            TradeMark(
                sold=tuple(side.option_type for side in trade.sides),
                opened_at=trade.opened_at,
                opened_usd=float(trade.spot_open_usd),
                closed_at=trade.closed_at,
                closed_usd=spot.at(trade.closed_at.replace(minute=0, second=0, microsecond=0), missing=float(trade.spot_open_usd)),
                pnl_eur=float(trade.pnl_eur),
            )
            for trade in lived.trades
        ),
        dvol_band_pts=(rules.entry.dvol_min_pts, rules.entry.dvol_max_pts),
        scans=lived.scans,
        modelled_scans=lived.modelled_scans,
        from_at=lived.from_at,
        to_at=lived.to_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closes:
    """Hourly closes of a period by the instant each was made, ascending."""

    at_s: Ints
    close: Floats

    @classmethod
    def of(cls, ask: Ask, lived: ReplaySummary) -> _Closes:
        """Those of the whole period, asked for a window after another."""
        at_s: list[Ints] = [np.empty(0, dtype=np.int64)]
        close: list[Floats] = [np.empty(0)]
        since = lived.from_at
        while since < lived.to_at:
            until = min(since + CANDLES_AT_ONCE, lived.to_at)
            candles = ask(since, until)
            at_s.append(np.array([int((candle.open_at + HOUR).timestamp()) for candle in candles], dtype=np.int64))
            close.append(np.array([candle.close for candle in candles], dtype=np.float64))
            since = until
        return cls(at_s=np.concatenate(at_s), close=np.concatenate(close))

    def at(self, at: datetime, *, missing: float) -> float:
        """The close made at an instant."""
        place = int(np.searchsorted(self.at_s, int(at.timestamp())))
        return float(self.close[place]) if place < len(self.at_s) and self.at_s[place] == int(at.timestamp()) else missing

    def thinned(self) -> tuple[tuple[datetime, float], ...]:
        """Of a long series every n-th, the last included."""
        step = max(-(-len(self.close) // POINTS_MAX), 1)
        return _points(self.at_s, self.close, range(len(self.close))[::-1][::step][::-1])


def _points(at_s: Ints, level: Floats, places: Sequence[int]) -> tuple[tuple[datetime, float], ...]:
    """Those places of two columns as points of a picture."""
    return tuple((datetime.fromtimestamp(int(at_s[place]), UTC), float(level[place])) for place in places)


def _slips(trade: ReplayedTrade) -> list[Decimal | None]:
    # A delivery has no fill and so nothing that could have slipped.
    known = (trade.slippage_open_frac, trade.slippage_close_frac)
    return [Decimal(repr(slip)) for slip in known if slip is not None]


def _kept(below_eur: Floats) -> list[int]:
    """Which points of a curve are kept: all of a short one, otherwise of each stretch the last and the deepest."""
    if len(below_eur) <= POINTS_MAX:
        return list(range(len(below_eur)))
    ends = [round(place * len(below_eur) / (POINTS_MAX // 2)) for place in range(POINTS_MAX // 2 + 1)]
    kept = {0}
    for start, end in pairwise(ends):
        kept.add(end - 1)
        kept.add(start + int(below_eur[start:end].argmin()))
    return sorted(kept)
