"""A folder of recorded market history, played back as a market.

Rules of this file: the recording is hourly, so between two hours the last close
stands; chains older than the age limit give way to the surface model, said so in
`Chain.source`; nothing is answered from a line recorded after `t`. Spot and DVOL must
be there, of everything else what is there answers. Only inverse options were
recorded: linear ones are their book in USD, and flagged as modelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.model import Candle, Chain, Family, Instrument, MacroCalendar, Quote, Reading, Sentiment, VenueStatus
from engine.errors import ConfigError
from engine.market.calendar import Calendar, read_calendar
from engine.market.folder import CALENDAR, CHAINS, DELIVERIES, DVOL, FEAR_GREED, FX, SPOT, Manifest, existing, read_manifest
from engine.market.funding import FundingRecord
from engine.market.inputs import SurfaceInputs
from engine.market.listing import EXPIRY_HOUR, parse_instrument
from engine.market.model import HISTORY_HOURS_MIN, HOUR, FundingRate
from engine.market.quotes import chain_of, instruments_of, quotes_of
from engine.market.recorded import SURFACE, Model, RecordedChains
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows
from engine.market.series import DatedSeries, HourlySeries, read_dated, read_hourly
from engine.market.snapshots import SnapshotStore
from engine.market.sound import DVOL_BOUNDS, FEAR_GREED_BOUNDS, FX_BOUNDS, SPOT_BOUNDS, Bounds, instant
from engine.market.surface import POINT_ESTIMATE, SurfaceBand, unix_s
from engine.market.ticks import usd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

# A reference rate is fixed in the afternoon of its day; a day later nobody can argue that it was not known.
FX_KNOWN_AFTER = timedelta(days=1)
FX_FIXED_AFTER = timedelta(hours=15)
SETTLED_AFTER = timedelta(hours=EXPIRY_HOUR)
CHAIN_REACH_S = 2 * 366 * 86_400
SYNTHETIC = "synthetic"


class RecordedMarket:
    """The market as it was recorded; `exact` serves true chain snapshots only, at their own instant.

    `calendar` answers where the folder has none of its own. Chains older than
    `chain_age_max_h` give way to the surface, played as `band` says; an age of None
    leaves every chain to it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        exact: bool = False,
        chain_age_max_h: float | None = 10.0,
        calendar: Calendar | None = None,
        band: SurfaceBand = POINT_ESTIMATE,
    ) -> None:
        self._folder, self._exact = folder, exact
        self._manifest = read_manifest(folder)
        self._spot: HourlySeries = read_hourly(folder / SPOT, SPOT_BOUNDS)
        self._dvol: HourlySeries = read_hourly(folder / DVOL, DVOL_BOUNDS)
        self._funding = FundingRecord(folder)
        self._deliveries = _dated(folder / DELIVERIES, column="price_usd", bounds=SPOT_BOUNDS, time_column="date", known_after=SETTLED_AFTER)
        self._fx = _dated(folder / FX, column="eurusd", bounds=FX_BOUNDS, time_column="date", known_after=FX_KNOWN_AFTER)
        self._fear_greed = _dated(folder / FEAR_GREED, column="fear_greed_index", bounds=FEAR_GREED_BOUNDS)
        self._calendar = read_calendar(folder / CALENDAR) if existing(folder / CALENDAR) is not None else calendar
        self._snapshots = SnapshotStore(folder / CHAINS)
        age_max = None if chain_age_max_h is None else timedelta(hours=chain_age_max_h)
        model = Model(source=SYNTHETIC if self._manifest.is_synthetic else SURFACE, band=band)
        self._chains = RecordedChains(self._spot, self._dvol, self._snapshots, exact=exact, chain_age_max=age_max, model=model)

    @property
    def manifest(self) -> Manifest:
        """Where the history comes from."""
        return self._manifest

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
            held, asked = f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}", f"{from_at:%Y-%m-%d %H:%M}"
            asked += "" if from_at == to_at else f" to {to_at:%Y-%m-%d %H:%M}"
            raise ConfigError(
                f"history can answer {held} UTC, asked {asked}",
                fix="Ask for a shorter period, or fetch more of it with `cerbero-bite history fetch`.",
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
        return self._chains.legs_rows(at_s, (instrument,))[0]

    def legs_rows(self, at_s: Ints, legs: Sequence[Instrument]) -> tuple[OptionRows, ...]:
        return self._chains.legs_rows(at_s, legs)

    def ticker(self, t: datetime, instrument_name: str) -> Quote | None:
        instrument = parse_instrument(instrument_name)
        if instrument is None:
            return None
        rows = self.option_rows(unix_s(t), instrument)
        return next(iter(quotes_of(rows, self._taken_at(rows.recorded_s, t), family=instrument.family)), None)

    def delivery_price(self, expiry_at: datetime, *, t: datetime) -> Decimal | None:
        """The venue's own price of that day where it was recorded; otherwise the hourly close at the expiry stands for the half-hour average."""
        if t < expiry_at:
            return None
        settled = self._deliveries.last(expiry_at) if self._deliveries is not None else None
        if settled is not None and settled[0] == expiry_at:
            return usd(settled[1])
        if self._spot.last_close_at(expiry_at) != expiry_at:
            return None
        return usd(float(self._spot.closes(expiry_at, count=1)[0]))

    def funding(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        return self._funding.rates(start_at, end_at, t=t)

    def fx_usd_per_eur(self, t: datetime) -> Reading[Decimal] | None:
        last = self._fx.last(t) if self._fx is not None else None
        if last is None:
            return None
        return Reading(value=Decimal(repr(last[1])), observed_at=last[0] - FX_KNOWN_AFTER + FX_FIXED_AFTER)

    def sentiment(self, t: datetime) -> Reading[Sentiment] | None:
        last = self._fear_greed.last(t) if self._fear_greed is not None else None
        return Reading(value=Sentiment(fear_greed=round(last[1])), observed_at=last[0]) if last is not None else None

    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None:
        if self._calendar is None:
            return None
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


def _dated(path: Path, *, column: str, bounds: Bounds, time_column: str = "timestamp", known_after: timedelta = timedelta(0)) -> DatedSeries | None:
    """A series that may be absent."""
    if existing(path) is None:
        return None
    return read_dated(path, column=column, bounds=bounds, time_column=time_column, known_after=known_after)
