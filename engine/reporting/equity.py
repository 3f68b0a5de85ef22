"""Cumulative P&L and what was lost from its peak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.views import EquityChart


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """Cumulative P&L in EUR since the first trade."""

    at: datetime
    realised_eur: Decimal
    unrealised_eur: Decimal

    @property
    def total_eur(self) -> Decimal:
        return self.realised_eur + self.unrealised_eur


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityFrame:
    """What stands around the curve; points before `from_at` count for the peak and are not drawn (None = draw all)."""

    env: str
    period: str
    as_of: datetime
    closed_trades: int
    open_trades: int
    from_at: datetime | None = None


def drawdown(points: Sequence[EquityPoint]) -> tuple[tuple[datetime, Decimal], ...]:
    """Distance from the highest equity so far, zero or negative, one value per point; the first peak is zero P&L."""
    below, peak = [], Decimal(0)
    for point in points:
        peak = max(peak, point.total_eur)
        below.append((point.at, point.total_eur - peak))
    return tuple(below)


def equity_chart(points: Sequence[EquityPoint], frame: EquityFrame) -> EquityChart:
    """The curve with its drawdown; `points` ascending. `max_drawdown_eur` is zero or negative, of the drawn part."""
    last = points[-1] if points else None
    drawn = [(point, below) for point, (_, below) in zip(points, drawdown(points), strict=True) if frame.from_at is None or point.at >= frame.from_at]
    return EquityChart(
        env=frame.env,
        points=tuple((point.at, float(point.total_eur)) for point, _ in drawn),
        drawdown=tuple((point.at, float(below)) for point, below in drawn),
        realised_eur=float(last.realised_eur) if last is not None else 0.0,
        unrealised_eur=float(last.unrealised_eur) if last is not None else 0.0,
        max_drawdown_eur=float(min((below for _, below in drawn), default=Decimal(0))),
        closed_trades=frame.closed_trades,
        open_trades=frame.open_trades,
        as_of=frame.as_of,
        period=frame.period,
    )
