"""A folder of recorded market history, played back as a market.

Rules of this file: the recording is hourly, so between two hours the last close
stands; chains older than the age limit give way to the surface model, said so in
`Chain.source`; nothing is answered from a line recorded after `t`. Only inverse
options were recorded: linear ones are their book in USD, and flagged as modelled.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.model import Candle, Chain, Family, Instrument, MacroCalendar, Quote, Reading, Sentiment, VenueStatus
from engine.errors import ConfigError
from engine.market.calendar import Calendar, read_calendar
from engine.market.inputs import SurfaceInputs
from engine.market.listing import parse_instrument
from engine.market.model import HISTORY_HOURS_MIN, HOUR, FundingRate
from engine.market.quotes import chain_of, instruments_of, quotes_of
from engine.market.recorded import SURFACE, RecordedChains
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows
from engine.market.series import DatedSeries, HourlySeries, instant, read_dated, read_hourly
from engine.market.snapshots import SnapshotStore
from engine.market.surface import unix_s
from engine.market.ticks import usd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FUNDING_PERIOD = timedelta(hours=8)
# A reference rate is fixed in the afternoon of its day; a day later nobody can argue that it was not known.
FX_KNOWN_AFTER = timedelta(days=1)
FX_FIXED_AFTER = timedelta(hours=15)
CHAIN_REACH_S = 2 * 366 * 86_400


class RecordedMarket:
    """The market as it was recorded; `exact` serves true chain snapshots only, at their own instant."""

    def __init__(self, folder: Path, *, exact: bool = False, chain_age_max_h: float = 10.0) -> None:
        self._folder, self._exact = folder, exact
        self._spot: HourlySeries = read_hourly(folder / "eth_usd_1h.csv")
        self._dvol: HourlySeries = read_hourly(folder / "eth_dvol_1h.csv")
        self._funding: DatedSeries = read_dated(folder / "eth_funding_8h.csv", column="funding_rate")
        self._fx: DatedSeries = read_dated(folder / "eurusd_1d.csv", column="eurusd", time_column="date", known_after=FX_KNOWN_AFTER)
        self._fear_greed: DatedSeries = read_dated(folder / "fear_greed_1d.csv", column="fear_greed_index")
        self._calendar: Calendar = read_calendar(folder / "macro_calendar_2024_2027.csv")
        self._snapshots = SnapshotStore(folder / "chains")
        age_max = timedelta(hours=chain_age_max_h)
        self._chains = RecordedChains(self._spot, self._dvol, self._snapshots, exact=exact, chain_age_max=age_max, surface_source=SURFACE)

    @property
    def starts_at(self) -> datetime:
        """The first instant with a full trend window of spot and DVOL behind it."""
        return max(self._spot.starts_at + HISTORY_HOURS_MIN * HOUR, self._dvol.starts_at + 24 * HOUR)

    @property
    def ends_at(self) -> datetime:
        """The last instant at which spot and DVOL are known."""
        return min(self._spot.ends_at, self._dvol.ends_at)

    @property
    def snapshots(self) -> SnapshotStore:
        return self._snapshots

    def require(self, from_at: datetime, to_at: datetime) -> None:
        """The recording covers from_at..to_at with the history before it. Raises ConfigError naming what it has."""
        if from_at < self.starts_at or to_at > self.ends_at:
            held, asked = f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}", f"{from_at:%Y-%m-%d %H:%M} to {to_at:%Y-%m-%d %H:%M}"
            raise ConfigError(
                f"history can answer {held} UTC, asked {asked}",
                fix="Ask for a shorter period or extend eth_usd_1h.csv and eth_dvol_1h.csv.",
                path=self._folder,
            )

    def index_usd(self, t: datetime) -> Reading[Decimal] | None:
        close = self._present(self._spot, t)
        return Reading(value=usd(close.value), observed_at=close.observed_at) if close is not None else None

    def perp_mark_usd(self, t: datetime) -> Reading[Decimal] | None:
        """The recorded price itself: the file holds a perpetual, and it stands for the index too."""
        return self.index_usd(t)

    def dvol_pts(self, t: datetime) -> Reading[float] | None:
        return self._present(self._dvol, t)

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        return self._spot.candles(start_at, end_at, t=t)

    def dvol_history(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        return self._dvol.candles(start_at, end_at, t=t)

    def instruments(self, t: datetime, *, family: Family = Family.INVERSE) -> tuple[Instrument, ...]:
        at_s = unix_s(t)
        return instruments_of(self.rows_at(at_s, expiry_from_s=at_s + 1, expiry_to_s=at_s + CHAIN_REACH_S, family=family).rows, family=family)

    def chain(self, t: datetime, *, expiry_from: datetime, expiry_to: datetime, family: Family = Family.INVERSE) -> Chain | None:
        chains = self.rows_at(unix_s(t), expiry_from_s=unix_s(expiry_from), expiry_to_s=unix_s(expiry_to), family=family)
        return chain_of(chains, 0, taken_at=self._taken_at(chains.recorded_s, t))

    def rows_at(self, at_s: Ints, *, expiry_from_s: Ints, expiry_to_s: Ints, family: Family = Family.INVERSE) -> ChainRows:
        return self._chains.rows_at(at_s, expiry_from_s=expiry_from_s, expiry_to_s=expiry_to_s, family=family)

    def surface_inputs(self, at_s: Ints) -> SurfaceInputs:
        """What the surface sees at each instant. Raises ValueError without a week of closes and a DVOL."""
        return self._chains.surface_inputs(at_s)

    def option_rows(self, at_s: Ints, instrument: Instrument) -> OptionRows:
        return self._chains.option_rows(at_s, instrument)

    def ticker(self, t: datetime, instrument_name: str) -> Quote | None:
        instrument = parse_instrument(instrument_name)
        if instrument is None:
            return None
        rows = self.option_rows(unix_s(t), instrument)
        return next(iter(quotes_of(rows, self._taken_at(rows.recorded_s, t), family=instrument.family)), None)

    def delivery_price(self, expiry_at: datetime, *, t: datetime) -> Decimal | None:
        """The hourly close at the expiry stands for the half-hour average: the recording has nothing finer."""
        if t < expiry_at or self._spot.last_close_at(expiry_at) != expiry_at:
            return None
        return usd(float(self._spot.closes(expiry_at, count=1)[0]))

    def funding(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        """Eight-hour rates spread over their hours; the latest one stands until the next is due, a hole stays a hole."""
        until = min(end_at, t)
        at = start_at.replace(minute=0, second=0, microsecond=0) + HOUR
        rates = []
        while at <= until:
            hourly = self._funding_of(at, t=t)
            if hourly is not None:
                rates.append(FundingRate(at=at, hourly_frac=hourly))
            at += HOUR
        return tuple(rates)

    def fx_usd_per_eur(self, t: datetime) -> Reading[Decimal] | None:
        last = self._fx.last(t)
        if last is None:
            return None
        return Reading(value=Decimal(repr(last[1])), observed_at=last[0] - FX_KNOWN_AFTER + FX_FIXED_AFTER)

    def sentiment(self, t: datetime) -> Reading[Sentiment] | None:
        last = self._fear_greed.last(t)
        return Reading(value=Sentiment(fear_greed=round(last[1])), observed_at=last[0]) if last is not None else None

    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None:
        return Reading(value=self._calendar.between(start_at, end_at), observed_at=t)

    def venue_status(self, t: datetime) -> Reading[VenueStatus]:
        return Reading(value=VenueStatus(is_locked=False), observed_at=t)

    def _present(self, series: HourlySeries, t: datetime) -> Reading[float] | None:
        closed_at = series.last_close_at(t)
        if closed_at is None:
            return None
        close = float(series.closes(t, count=1)[0])
        return Reading(value=close, observed_at=t if t - closed_at < HOUR else closed_at)

    def _taken_at(self, recorded_s: Ints, t: datetime) -> datetime:
        """The instant that prices speak of: the snapshot's own where only true prices are served."""
        return instant(int(recorded_s[0])) if self._exact and len(recorded_s) > 0 and int(recorded_s[0]) != NOT_RECORDED else t

    def _funding_of(self, at: datetime, *, t: datetime) -> float | None:
        # The rate of the period that holds this hour is fixed at the period's end; until then the last one stands.
        following = self._funding.last(min(at + FUNDING_PERIOD - HOUR, t))
        if following is None:
            return None
        fixed_at, rate = following
        covers = fixed_at - FUNDING_PERIOD < at <= fixed_at or timedelta(0) < at - fixed_at <= FUNDING_PERIOD
        return rate / 8.0 if covers else None
