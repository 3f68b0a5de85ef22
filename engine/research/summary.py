"""What a replay comes to, in the one value that reports, pictures and JSON read; both replays make it here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from engine.core.model import Candle
from engine.core.rules import StrategyRules
from engine.market.model import HOUR, Market
from engine.reporting.performance import MODELLED, FillSlip, StatsFrame, stats_view
from engine.research.policy import Policy, Tripped
from engine.views import ClosedTradeView, EquityChart, ReplayedTrade, ReplaySummary
from engine.views.replay_charts import TradeMark, TradesChart

ENV = "PAPER"
PERIOD = "replay"
POINTS_MAX = 1500
"""More points than a picture has pixels across say nothing more."""

Curve = Sequence[tuple[datetime, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A replayed period as its engine counted it. `equity` is every point of the marked equity in EUR, ascending."""

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
    equity: Curve
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
    peak, below = 0.0, []
    for at, eur in lived.equity:
        peak = max(peak, eur)
        below.append((at, eur - peak))
    kept = _kept(below)
    last_eur = lived.equity[-1][1] if lived.equity else 0.0
    return EquityChart(
        env=ENV,
        points=tuple(lived.equity[place] for place in kept),
        drawdown=tuple(below[place] for place in kept),
        realised_eur=lived.realised_eur,
        unrealised_eur=last_eur - lived.realised_eur,
        max_drawdown_eur=min((eur for _, eur in below), default=0.0),
        closed_trades=len(lived.trades),
        open_trades=lived.open_trades,
        as_of=lived.to_at,
        period=PERIOD,
    )


def trades_chart(lived: ReplaySummary, market: Market, rules: StrategyRules) -> TradesChart:
    """The trades on the market of the period."""
    spot = market.candles(lived.from_at, lived.to_at, t=lived.to_at)
    dvol = market.dvol_history(lived.from_at, lived.to_at, t=lived.to_at)
    index = {candle.open_at + HOUR: candle.close for candle in spot}
    return TradesChart(
        env=ENV,
        spot=_thinned(spot),
        dvol=_thinned(dvol),
        trades=tuple(
            TradeMark(
                sold=tuple(side.option_type for side in trade.sides),
                opened_at=trade.opened_at,
                opened_usd=float(trade.spot_open_usd),
                closed_at=trade.closed_at,
                closed_usd=index.get(trade.closed_at.replace(minute=0, second=0, microsecond=0), float(trade.spot_open_usd)),
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


def points_of(at_s: Sequence[int], eur: Sequence[float]) -> Curve:
    """Columns as a curve."""
    return [(datetime.fromtimestamp(moment_s, UTC), level) for moment_s, level in zip(at_s, eur, strict=True)]


def _slips(trade: ReplayedTrade) -> list[Decimal | None]:
    # A delivery has no fill and so nothing that could have slipped.
    known = (trade.slippage_open_frac, trade.slippage_close_frac)
    return [Decimal(repr(slip)) for slip in known if slip is not None]


def _thinned(candles: Sequence[Candle]) -> tuple[tuple[datetime, float], ...]:
    """The closes; of a long series every n-th, the last included."""
    step = -(-len(candles) // POINTS_MAX) if candles else 1
    kept = candles[::-1][::step][::-1]
    return tuple((candle.open_at + HOUR, candle.close) for candle in kept)


def _kept(below: Curve) -> list[int]:
    """Which points of a curve are kept: all of a short one, otherwise of each stretch the last and the deepest."""
    if len(below) <= POINTS_MAX:
        return list(range(len(below)))
    ends = [round(place * len(below) / (POINTS_MAX // 2)) for place in range(POINTS_MAX // 2 + 1)]
    kept = {0}
    for start, end in pairwise(ends):
        kept.add(end - 1)
        kept.add(min(range(start, end), key=lambda place: below[place][1]))
    return sorted(kept)
