"""Pictures of what was earned and what may be expected, as values.

Rules of this file: those of `engine.views.charts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonsChart:
    """P&L by close reason as (reason, closed, wins, net_eur), the best first; the rates as in `TradeStats`."""

    env: str
    period: str
    rows: tuple[tuple[str, int, int, float], ...]
    closed: int
    net_eur: float
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    as_of: datetime
