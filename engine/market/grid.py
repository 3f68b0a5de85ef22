"""Which ETH options Deribit lists at an instant: expiries by the calendar, strikes by distance and tenor.

Rules of this file: int64 Unix seconds and float64 USD, one row per listed thing; the
rules are checked on recorded listings of inverse options, and linear options are taken
to be listed alike.

Source: strategy section 2; steps and distances from the recorded chains of January and
February 2026 (docs/surface.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.market.surface import Slices, unix_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

DAY_S = 86_400
EXPIRY_S = 8 * 3600
DAILIES, WEEKLIES, MONTHLIES, QUARTERLIES = 4, 3, 3, 4
FRIDAY = 4
EPOCH_WEEKDAY = 3
FIRST_YEAR, LAST_YEAR = 1990, 2120
NEVER_S = np.iinfo(np.int64).max

SHORT_DAYS, MIDDLE_DAYS = 4.0, 45.0
STEPS_USD = {"low": (10, 25, 50), "usual": (25, 50, 100), "high": (50, 100, 200)}
LOW_SPOT_USD, HIGH_SPOT_USD = 1000.0, 6000.0
NEAR_FRAC, MIDDLE_FRAC = (0.075, 0.15, 0.40), (0.15, 0.25, 0.80)
"""Up to here every step is listed, up to there every second one, beyond every fourth; by tenor."""
REACH_SD, REACH_FRAC, REACH_DOWN_MAX, REACH_UP = 3.0, 0.08, 0.8, 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The options of some slices: ordered by slice, then strike, call before put."""

    row: Ints
    strike_usd: Floats
    is_call: Bools


def expiries(t: datetime) -> Ints:
    """The expiries listed at `t`, ascending, in Unix seconds."""
    return listed_expiries(unix_s(t))[1]


def listed_expiries(at_s: Ints) -> tuple[Ints, Ints]:
    """(instant, expiry) of every listed expiry after each instant: dailies, three weeklies, three monthlies, four quarterlies."""
    next_day = (at_s - EXPIRY_S) // DAY_S + 1
    friday = next_day + (FRIDAY - weekday(next_day)) % 7
    friday_s = friday * DAY_S + EXPIRY_S
    # A new weekly is listed on Thursday, a day before the first of the three expires.
    fourth = np.where(friday_s - at_s <= DAY_S, friday_s + WEEKLIES * 7 * DAY_S, NEVER_S)
    dailies = (next_day[:, None] + np.arange(DAILIES)) * DAY_S + EXPIRY_S
    weeklies = friday_s[:, None] + np.arange(WEEKLIES) * 7 * DAY_S
    months, quarters = (_after(ends, at_s, count) for ends, count in zip(month_ends(), (MONTHLIES, QUARTERLIES), strict=True))
    table = np.sort(np.concatenate((dailies, weeklies, fourth[:, None], months, quarters), axis=1), axis=1)
    is_new = (table != NEVER_S) & np.concatenate((np.ones((len(at_s), 1), dtype=bool), table[:, 1:] != table[:, :-1]), axis=1)
    return np.nonzero(is_new)[0], table[is_new]


def listed_options(slices: Slices, spot_usd: Floats) -> Listed:
    """The calls and puts of every slice: fine near the money, coarse outside, wide enough for three deviations."""
    tenor = _tenor(slices.years * 365.0)
    step = strike_step_usd(spot_usd, dte_days=slices.years * 365.0)
    reach = REACH_SD * slices.sd + REACH_FRAC
    first = np.maximum(np.ceil(spot_usd * (1.0 - np.minimum(reach, REACH_DOWN_MAX)) / step), 1.0).astype(np.int64)
    last = np.ceil(spot_usd * (1.0 + REACH_UP * reach) / step).astype(np.int64)
    count = last - first + 1
    row = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + first[row]
    strike = number * step[row]
    distance = np.abs(strike / spot_usd[row] - 1.0)
    near, middle = np.array(NEAR_FRAC)[tenor[row]], np.array(MIDDLE_FRAC)[tenor[row]]
    every = np.where(distance <= near, 1, np.where(distance <= middle, 2, 4))
    is_listed = number % every == 0
    row, strike = np.repeat(row[is_listed], 2), np.repeat(strike[is_listed].astype(np.float64), 2)
    return Listed(row=row, strike_usd=strike, is_call=np.arange(len(row)) % 2 == 0)


def strike_step_usd(spot_usd: Floats, *, dte_days: Floats) -> Ints:
    """Distance of the finest strikes: 25, 50 and 100 by tenor at an index of 1,000 to 6,000, finer below and doubled above."""
    table = np.array([STEPS_USD["low"], STEPS_USD["usual"], STEPS_USD["high"]])
    height = (spot_usd >= LOW_SPOT_USD).astype(np.int64) + (spot_usd >= HIGH_SPOT_USD)
    steps: Ints = table[height, _tenor(dte_days)]
    return steps


def is_month_end(expiry_s: Ints) -> tuple[Bools, Bools]:
    """Whether each expiry is the last Friday of its month, and of its quarter."""
    months, quarters = month_ends()
    return _is_among(expiry_s, months), _is_among(expiry_s, quarters)


def _is_among(values: Ints, ascending: Ints) -> Bools:
    place = np.searchsorted(ascending, values)
    found: Bools = ascending[np.minimum(place, len(ascending) - 1)] == values
    return found


@lru_cache(maxsize=1)
def month_ends() -> tuple[Ints, Ints]:
    """The expiry on the last Friday of every month and of every quarter, ascending. Kept, because every chain asks."""
    following = np.arange(np.datetime64(f"{FIRST_YEAR}-02", "M"), np.datetime64(f"{LAST_YEAR}-02", "M"))
    last_day = following.astype("datetime64[D]").astype(np.int64) - 1
    ends: Ints = (last_day - (weekday(last_day) - FRIDAY) % 7) * DAY_S + EXPIRY_S
    is_quarter = (following.astype(np.int64) % 12) % 3 == 0
    return ends, ends[is_quarter]


def weekday(day: Ints) -> Ints:
    """Monday is 0; days count from 1970-01-01."""
    number: Ints = (day + EPOCH_WEEKDAY) % 7
    return number


def _after(ends_s: Ints, at_s: Ints, count: int) -> Ints:
    first = np.searchsorted(ends_s, at_s, side="right")
    following: Ints = ends_s[first[:, None] + np.arange(count)]
    return following


def _tenor(dte_days: Floats) -> Ints:
    tenor: Ints = (dte_days > SHORT_DAYS).astype(np.int64) + (dte_days > MIDDLE_DAYS)
    return tenor
