"""Spot, DVOL and their own trailing hours become volatilities: SSVI with one level, skew and wing per expiry.

Rules of this file: float64 arrays; a slice is one expiry at one instant, a row is one
option of a slice. Everything about an expiry is a function of its business time (weekend
hours count less) and of the instant, so total variance grows with the expiry whatever
the inputs are. Letters follow the sources: F forward, K strike, T years (ACT/365),
theta total variance at the money.

Sources: Gatheral & Jacquier 2014 (SSVI, theorems 4.1 and 4.2), the fit of references
C.2, and docs/surface.md for what was added to it and refitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from engine.market.fitted import SURFACE
from engine.market.inputs import SurfaceInputs
from engine.market.parameters import SurfaceParameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

YEAR_S = 365 * 86_400
WEEK_S, WEEKEND_S, WEEKDAYS_S = 604_800, 172_800, 432_000
A_MONDAY_S = 345_600
LIFE_MIN_S = 60
WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceBand:
    """A scenario beside the point estimate: fixed skew, level and spread factors (references C.2)."""

    rho: float | None = None
    atm_factor: float = 1.0
    spread_factor: float = 1.0


POINT_ESTIMATE = SurfaceBand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """One row per expiry at an instant; `instant` is the row of the inputs, `sd` the square root of theta."""

    instant: Ints
    at_s: Ints
    expiry_s: Ints
    years: Floats
    forward_usd: Floats
    sd: Floats
    rho: Floats
    eta: Floats

    @property
    def atm_frac(self) -> Floats:
        """Volatility at the money per √year."""
        return self.sd / np.sqrt(self.years)


def slices_of(inputs: SurfaceInputs, instant: Ints, expiry_s: Ints, *, band: SurfaceBand = POINT_ESTIMATE, parameters: SurfaceParameters = SURFACE) -> Slices:
    """The slice of every (instant, expiry): level, skew and wing of its smile."""
    at_s = inputs.at_s[instant]
    days = business_days(at_s, expiry_s, weekend_weight=parameters.weekend_weight)
    dvol = inputs.dvol_frac[instant]
    # theta over the variance that DVOL puts into one week: what the wing's steepness is a function of.
    variance = _level(inputs, instant, days, parameters) ** 2 * days / WEEK_DAYS
    years = years_between(at_s, expiry_s)
    spot = inputs.spot_usd[instant]
    return Slices(
        instant=instant,
        at_s=at_s,
        expiry_s=expiry_s,
        years=years,
        forward_usd=spot * (1.0 + parameters.basis_per_year * years),
        sd=dvol * band.atm_factor * np.sqrt(variance * (WEEK_DAYS / 365.0)),
        rho=_rho(inputs, instant, band, parameters),
        eta=np.minimum(parameters.wing * variance**-parameters.wing_decay, parameters.wing_max),
    )


def implied_volatility(slices: Slices, row: Ints, strike_usd: Floats) -> Floats:
    """The volatility of each option, a fraction per √year; `row` is its slice."""
    sd, rho = slices.sd[row], slices.rho[row]
    z = slices.eta[row] * np.log(strike_usd / slices.forward_usd[row]) / sd
    shape = (1.0 + rho * z + np.sqrt((z + rho) ** 2 + 1.0 - rho * rho)) / 2.0
    iv: Floats = sd * np.sqrt(shape / slices.years[row])
    return iv


def years_between(at_s: Ints, expiry_s: Ints) -> Floats:
    """ACT/365 years to expiry, never below one minute so that prices stay finite at the bell."""
    years: Floats = np.maximum(expiry_s - at_s, LIFE_MIN_S) / YEAR_S
    return years


def business_days(at_s: Ints, expiry_s: Ints, *, weekend_weight: float) -> Floats:
    """Days to expiry with weekend hours counted at their weight, scaled so that a whole week is seven."""
    life_s = np.maximum(expiry_s - at_s, LIFE_MIN_S)
    weekend_s = weekend_seconds(at_s + life_s) - weekend_seconds(at_s)
    weekday_rate = WEEK_DAYS / (5.0 + 2.0 * weekend_weight)
    days: Floats = (life_s - weekend_s * (1.0 - weekend_weight)) / 86_400 * weekday_rate
    return days


def weekend_seconds(at_s: Ints) -> Ints:
    """Seconds of Saturdays and Sundays (UTC) since a Monday long ago."""
    weeks, into_week_s = np.divmod(at_s - A_MONDAY_S, WEEK_S)
    seconds: Ints = weeks * WEEKEND_S + np.maximum(into_week_s - WEEKDAYS_S, 0)
    return seconds


def unix_s(at: datetime) -> Ints:
    """One instant as a column."""
    return np.array([int(at.timestamp())], dtype=np.int64)


def _level(inputs: SurfaceInputs, instant: Ints, days: Floats, parameters: SurfaceParameters) -> Floats:
    """ATM over DVOL: below one everywhere, pulled at the short end by realised volatility and by how fresh the present DVOL is."""
    dvol = inputs.dvol_frac[instant]
    realised = np.log(np.maximum(inputs.realised_frac[instant], 1e-6) / dvol)
    trailing = np.log(dvol / inputs.dvol_mean_frac[instant])
    pull = parameters.realised_pull * realised + parameters.trailing_pull * trailing
    pull = np.clip(pull, -parameters.pull_max, parameters.pull_max)
    level = parameters.level_far - parameters.level_drop * np.exp(-days / parameters.level_decay_days)
    pulled: Floats = level * np.exp(pull * np.exp(-days / parameters.pull_decay_days))
    return pulled


def _rho(inputs: SurfaceInputs, instant: Ints, band: SurfaceBand, parameters: SurfaceParameters) -> Floats:
    if band.rho is not None:
        return np.full(len(instant), band.rho)
    rho: Floats = np.clip(parameters.skew + parameters.skew_per_return * inputs.return_7d_frac[instant], -parameters.skew_max, parameters.skew_max)
    return rho
