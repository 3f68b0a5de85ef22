"""The funding that was recorded: every hour's own rate, or eight-hour rates spread over their hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from engine.market.folder import FUNDING_1H, FUNDING_8H, existing
from engine.market.model import HOUR, FundingRate
from engine.market.series import DatedSeries, read_dated
from engine.market.sound import FUNDING_1H_BOUNDS, FUNDING_8H_BOUNDS

PERIOD = timedelta(hours=8)
COLUMN = "funding_rate"
SETTLED_KEPT_MAX = 4096
"""Some months of hours: a replay asks about one week at a time and moves on."""


class FundingRecord:
    """Hourly rates where they were recorded, otherwise eight-hour ones; neither is a record without a single hour."""

    def __init__(self, folder: Path) -> None:
        self._hourly = _read(folder / FUNDING_1H)
        self._periods = _read(folder / FUNDING_8H) if self._hourly is None else None
        self._settled: dict[datetime, float | None] = {}

    def rates(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        """The rates of hours with start_at < at <= end_at known at `t`; a hole stays a hole."""
        until, at = min(end_at, t), start_at.replace(minute=0, second=0, microsecond=0) + HOUR
        rates = []
        while at <= until:
            hourly = self._settled_of(at) if at + PERIOD <= t else self._of(at, t=t)
            if hourly is not None:
                rates.append(FundingRate(at=at, hourly_frac=hourly))
            at += HOUR
        return tuple(rates)

    def _settled_of(self, at: datetime) -> float | None:
        """The rate of an hour whose period is over: the same whenever it is asked for, and a replay asks for each hour 168 times."""
        if at not in self._settled:
            if len(self._settled) >= SETTLED_KEPT_MAX:
                self._settled.clear()
            self._settled[at] = self._of(at, t=at + PERIOD)
        return self._settled[at]

    def _of(self, at: datetime, *, t: datetime) -> float | None:
        if self._hourly is not None:
            last = self._hourly.last(at)
            return last[1] if last is not None and last[0] == at else None
        if self._periods is None:
            return None
        # The rate of the period that holds this hour is fixed at the period's end; until then the last one stands.
        following = self._periods.last(min(at + PERIOD - HOUR, t))
        if following is None:
            return None
        fixed_at, rate = following
        covers = fixed_at - PERIOD < at <= fixed_at or timedelta(0) < at - fixed_at <= PERIOD
        return rate / 8.0 if covers else None


def _read(path: Path) -> DatedSeries | None:
    if existing(path) is None:
        return None
    return read_dated(path, column=COLUMN, bounds=FUNDING_1H_BOUNDS if path.name == FUNDING_1H else FUNDING_8H_BOUNDS)
