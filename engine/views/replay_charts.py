"""The picture of a replay's trades on the market they were made in, as a value.

Rules of this file: those of `engine.views.charts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import OptionType


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeMark:
    """One trade on the index: what was sold, from where to where, and what it made."""

    sold: tuple[OptionType, ...]
    opened_at: datetime
    opened_usd: float
    closed_at: datetime
    closed_usd: float
    pnl_eur: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesChart:
    """Spot and DVOL over a replayed period as (instant, level) ascending, with its trades and the entry band of DVOL.

    `modelled_scans` of `scans` decisions were made on option prices that nobody recorded.
    """

    env: str
    spot: tuple[tuple[datetime, float], ...]
    dvol: tuple[tuple[datetime, float], ...]
    trades: tuple[TradeMark, ...]
    dvol_band_pts: tuple[float, float]
    scans: int
    modelled_scans: int
    from_at: datetime
    to_at: datetime
    changes: tuple[tuple[str, str, str], ...] = ()
