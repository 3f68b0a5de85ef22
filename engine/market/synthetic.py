"""A seeded synthetic market: the same questions get the same answers on every machine, in any order.

Rules of this file: everything derives from the tape and the seed; nothing here is
fitted to look profitable, and `Chain.source` says synthetic on every card.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Candle, Chain, Family, Instrument, MacroCalendar, Quote, Reading, Sentiment, VenueStatus
from engine.errors import ConfigError
from engine.market.calendar import generate_calendar
from engine.market.grid import listed_expiries
from engine.market.inputs import WEEK_H, HourlyPast, SurfaceInputs
from engine.market.listing import parse_instrument
from engine.market.model import HOUR, FundingRate
from engine.market.quotes import chain_of, instruments_of, quotes_of
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows, chain_rows, legs_rows_of, merged, surface_rows
from engine.market.surface import POINT_ESTIMATE, SurfaceBand, unix_s
from engine.market.tape import HOUR_S, HOURS_MAX, Tape
from engine.market.ticks import round_usd, usd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

HISTORY = timedelta(days=80)
START_SPOT_USD = 2400.0
CALENDAR_YEARS = 6
FUNDING_BASE_APR, FUNDING_TREND, FUNDING_NOISE_APR = 0.1095, 0.8, 0.06
FUNDING_APR_MIN, FUNDING_APR_MAX = -0.30, 0.60
FEAR_GREED_TREND, FEAR_GREED_NOISE = 150.0, 8.0
FX_CENTRE, FX_SWING, FX_NOISE, FX_PERIOD_DAYS = 1.16, 0.02, 0.003, 190
TREND_HOURS = 720
FX_FIXED_HOUR = 15
SOURCE = "synthetic"
CHAIN_REACH_S = 2 * 366 * 86_400

# Searched once: at this start the written thresholds let a bull put through at Monday 14:00; a test keeps it true.
DEMO_SEED = 78
DEMO_START_AT = datetime(2026, 9, 28, 13, 58, tzinfo=UTC)

# The name of an option has two figures for its year, and its expiries reach a year and a quarter ahead.
EARLIEST_START, LATEST_START = datetime(2000, 4, 1, tzinfo=UTC), datetime(2098, 1, 1, tzinfo=UTC)


def require_start(at: datetime) -> None:
    """A simulated market can start at `at`. Raises ConfigError naming the first and the last day it can."""
    if not EARLIEST_START <= at <= LATEST_START:
        problem = f"no simulated market can start at {at:%Y-%m-%d %H:%M}: its options are named from {EARLIEST_START:%Y-%m-%d} to {LATEST_START:%Y-%m-%d}"
        raise ConfigError(problem, fix="Give an instant between those days.", key="--at")


class SyntheticMarket:
    """An invented ETH market with at least 60 days of past at `start_at`."""

    def __init__(self, seed: int, start_at: datetime, *, band: SurfaceBand = POINT_ESTIMATE) -> None:
        self._seed, self._band = seed, band
        first_at = start_at.replace(minute=0, second=0, microsecond=0) - HISTORY
        self._tape = Tape(seed, first_at, spot_usd=START_SPOT_USD)
        self._calendar = generate_calendar(first_at.year, years=CALENDAR_YEARS)
        self._past: tuple[int, HourlyPast] | None = None

    @property
    def starts_at(self) -> datetime:
        """The first instant with a full trend window behind it."""
        return self._tape.first_at + TREND_HOURS * HOUR

    @property
    def ends_at(self) -> datetime:
        """The last instant it can tell; hours are prepared a month ahead of those asked for."""
        return min(self._tape.first_at + (HOURS_MAX - TREND_HOURS) * HOUR, LATEST_START)

    def require(self, from_at: datetime, to_at: datetime) -> None:
        """The market can tell from_at..to_at. Raises ConfigError naming the first and the last day that can be asked for."""
        if from_at < self.starts_at or to_at > self.ends_at:
            # The first and the last day it holds from their first hour to their last: another one would be refused again.
            first, last = self.starts_at + timedelta(days=1, microseconds=-1), self.ends_at - timedelta(days=1)
            problem = f"the simulated market can be asked about {first:%Y-%m-%d} to {last:%Y-%m-%d}, and this lies outside of it"
            raise ConfigError(problem, fix="Give days between those two.")

    def index_usd(self, t: datetime) -> Reading[Decimal] | None:
        return Reading(value=usd(self._tape.spot(t)), observed_at=t) if t >= self._tape.first_at else None

    def perp_mark_usd(self, t: datetime) -> Reading[Decimal] | None:
        """The index and the premium that eight hours of the present funding would pay."""
        if t < self._tape.first_at:
            return None
        return Reading(value=usd(self._tape.spot(t) * (1.0 + self._hourly_funding(t) * 8.0)), observed_at=t)

    def dvol_pts(self, t: datetime) -> Reading[float] | None:
        return Reading(value=round(self._tape.dvol(t), 2), observed_at=t) if t >= self._tape.first_at else None

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        first, count = self._hours(start_at, end_at, t=t)
        return self._candles(first, self._tape.spots(first + count, count=count + 1).tolist() if count > 0 else [])

    def dvol_history(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        first, count = self._hours(start_at, end_at, t=t)
        return self._candles(first, self._tape.dvols(first + count, count=count + 1).tolist() if count > 0 else [])

    def instruments(self, t: datetime, *, family: Family = Family.INVERSE) -> tuple[Instrument, ...]:
        if t < self._first_chain_at:
            return ()
        return instruments_of(self.rows_at(unix_s(t), expiry_from_s=unix_s(t), expiry_to_s=unix_s(t) + CHAIN_REACH_S, family=family).rows, family=family)

    def chain(self, t: datetime, *, expiry_from: datetime, expiry_to: datetime, family: Family = Family.INVERSE) -> Chain | None:
        if t < self._first_chain_at:
            return None
        chains = self.rows_at(unix_s(t), expiry_from_s=unix_s(expiry_from), expiry_to_s=unix_s(expiry_to), family=family)
        return chain_of(chains, 0, taken_at=t)

    def rows_at(self, at_s: Ints, *, expiry_from_s: Ints, expiry_to_s: Ints, family: Family = Family.INVERSE) -> ChainRows:
        inputs = self.surface_inputs(at_s)
        rows = surface_rows(inputs, expiry_from_s=expiry_from_s, expiry_to_s=expiry_to_s, family=family, band=self._band)
        nowhere = np.full(len(at_s), NOT_RECORDED)
        return chain_rows(family, at_s, index_usd=round_usd(inputs.spot_usd), source=(SOURCE,) * len(at_s), recorded_s=nowhere, rows=rows)

    def option_rows(self, at_s: Ints, instrument: Instrument) -> OptionRows:
        return self.legs_rows(at_s, (instrument,))[0]

    def legs_rows(self, at_s: Ints, legs: Sequence[Instrument]) -> tuple[OptionRows, ...]:
        instant, listed_s = listed_expiries(at_s)
        numbers = instant[listed_s == int(legs[0].expiry_at.timestamp())]
        which = np.ones((len(legs), len(numbers)), dtype=bool)
        rows = legs_rows_of(self.surface_inputs(at_s[numbers]), np.arange(len(numbers)), legs, which=which, band=self._band)
        stacked = [rows.taken(slice(place * len(numbers), (place + 1) * len(numbers))) for place in range(len(legs))]
        return tuple(merged([(each, numbers)]) for each in stacked)

    def ticker(self, t: datetime, instrument_name: str) -> Quote | None:
        instrument = parse_instrument(instrument_name)
        if instrument is None or t < self._first_chain_at:
            return None
        return next(iter(quotes_of(self.option_rows(unix_s(t), instrument), t, family=instrument.family)), None)

    def delivery_price(self, expiry_at: datetime, *, t: datetime) -> Decimal | None:
        if t < expiry_at or expiry_at - HOUR < self._tape.first_at:
            return None
        half_hour_before = self._tape.spot(expiry_at - HOUR / 2)
        # The path is a straight line within the hour, so the middle of the half hour is its average.
        return usd((half_hour_before + self._tape.spot(expiry_at)) / 2.0)

    def funding(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        at = max(start_at, self._tape.first_at).replace(minute=0, second=0, microsecond=0) + HOUR
        rates = []
        while at <= min(end_at, t):
            rates.append(FundingRate(at=at, hourly_frac=self._hourly_funding(at)))
            at += HOUR
        return tuple(rates)

    def fx_usd_per_eur(self, t: datetime) -> Reading[Decimal] | None:
        fixed_at = t.replace(hour=FX_FIXED_HOUR, minute=0, second=0, microsecond=0)
        while fixed_at > t or fixed_at.weekday() > 4:
            fixed_at -= timedelta(days=1)
        day = fixed_at.toordinal()
        triangle = abs(day % FX_PERIOD_DAYS / (FX_PERIOD_DAYS / 2) - 1.0) * 2.0 - 1.0
        rate = FX_CENTRE + FX_SWING * triangle + FX_NOISE * self._noise("fx", day)
        return Reading(value=Decimal(round(rate * 10_000)).scaleb(-4), observed_at=fixed_at)

    def sentiment(self, t: datetime) -> Reading[Sentiment] | None:
        midnight = t.replace(hour=0, minute=0, second=0, microsecond=0)
        trend = self._trend(midnight)
        if trend is None:
            return None
        score = 50.0 + FEAR_GREED_TREND * trend + FEAR_GREED_NOISE * self._noise("fear", midnight.toordinal())
        return Reading(value=Sentiment(fear_greed=round(min(max(score, 3.0), 97.0))), observed_at=midnight)

    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None:
        return Reading(value=self._calendar.between(start_at, end_at), observed_at=t)

    def venue_status(self, t: datetime) -> Reading[VenueStatus]:
        return Reading(value=VenueStatus(is_locked=False), observed_at=t)

    def _hours(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[int, int]:
        first = max(-((self._tape.first_at - start_at) // HOUR), 0)
        last = min(-((self._tape.first_at - end_at) // HOUR), self._tape.hour(t))
        return first, max(last - first, 0)

    def _candles(self, first: int, nodes: list[float]) -> tuple[Candle, ...]:
        return tuple(
            Candle(open_at=self._tape.first_at + (first + row) * HOUR, open=opened, high=max(opened, closed), low=min(opened, closed), close=closed)
            for row, (opened, closed) in enumerate(pairwise(nodes))
        )

    def surface_inputs(self, at_s: Ints) -> SurfaceInputs:
        """What the surface sees at each instant. Raises ValueError before the tape holds a week."""
        hours = (at_s - int(self._tape.first_at.timestamp())) // HOUR_S
        spot, dvol = self._tape.spots_at(at_s), self._tape.dvols_at(at_s)
        return self._hourly_past(int(hours.max())).measure(at_s, spot_known=hours + 1, dvol_known=hours + 1, spot_usd=spot, dvol_frac=dvol / 100.0)

    @property
    def _first_chain_at(self) -> datetime:
        return self._tape.first_at + (WEEK_H + 1) * HOUR

    def _hourly_past(self, last_hour: int) -> HourlyPast:
        # Prepared for a month more than asked, so that a market played forwards prepares once a month.
        if self._past is None or self._past[0] < last_hour:
            last = last_hour + TREND_HOURS
            # Each is as long as the tape: the one before is let go first.
            self._past = None
            self._past = (last, HourlyPast(self._tape.spots(last, count=last + 1), self._tape.dvols(last, count=last + 1)))
        return self._past[1]

    def _hourly_funding(self, t: datetime) -> float:
        # Longs crowd after a rise: the rate leans with the month's trend around the venue's base rate.
        trend = self._trend(t)
        apr = FUNDING_BASE_APR + FUNDING_NOISE_APR * self._noise("funding", int(t.timestamp()) // 28_800)
        apr += FUNDING_TREND * trend if trend is not None else 0.0
        return min(max(apr, FUNDING_APR_MIN), FUNDING_APR_MAX) / 8760.0

    def _trend(self, t: datetime) -> float | None:
        if t - TREND_HOURS * HOUR < self._tape.first_at:
            return None
        return self._tape.spot(t) / self._tape.spot(t - TREND_HOURS * HOUR) - 1.0

    def _noise(self, label: str, number: int) -> float:
        return zlib.crc32(f"{self._seed}:{label}:{number}".encode()) / 2**31 - 1.0
