"""Spot, DVOL and trailing returns become a chain: model M4, a spread model, a tick grid.

Rules of this file: arrays are float64, one row per option of one expiry; prices are
per 1 ETH of option in the quote coin of the strip's family: the USD value over the
forward in ETH, the USD value itself in USDC. Letters follow the sources: F forward,
K strike, T years (ACT/365).

Sources: Gatheral & Jacquier 2014 (SSVI); the fit of 2026-01..06 recorded in the
design's references C.1 (bid/ask) and C.2 (levels); Black 1976; Hart/West 2005 for N(x).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family
from engine.market.ticks import ceil_to_tick, floor_to_tick, tick_of, usd_per_coin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

YEAR_DAYS = 365.0
HOURS_PER_YEAR = 8760.0
RV_HALF_LIFE_H = 36.0
RV_WINDOW_H = 336
WEEK_H = 168
WEEKEND_WEIGHT = 0.484
BASIS_PER_YEAR = 0.01
LN_RV_RATIO_MAX = 0.8
MIN_YEARS = 1.0 / HOURS_PER_YEAR / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceInputs:
    """What the surface needs to know of an instant; all fractions, volatility per sqrt(year)."""

    spot_usd: float
    dvol_frac: float
    realised_frac: float
    return_7d_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceBand:
    """A scenario beside the point estimate: fixed skew, level and spread factors (references C.2)."""

    rho: float | None = None
    atm_factor: float = 1.0
    spread_factor: float = 1.0


POINT_ESTIMATE = SurfaceBand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Which options of one expiry are asked for, one row each."""

    expiry_at: datetime
    strikes_usd: Floats
    is_call: Bools
    family: Family = Family.INVERSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One expiry priced: arrays by row of `strip`; a bid of zero means nobody bids."""

    strip: Strip
    forward_usd: float
    iv: Floats
    mark_coin: Floats
    bid_coin: Floats
    ask_coin: Floats
    delta: Floats
    gamma_per_usd: Floats
    vega_usd_per_pt: Floats
    theta_usd_per_day: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Black:
    """Prices in USD and plain Black-76 Greeks of one long option."""

    price_usd: Floats
    delta: Floats
    gamma_per_usd: Floats
    vega_usd_per_pt: Floats
    theta_usd_per_day: Floats


def measure_inputs(closes_usd: Floats, *, dvol_frac: float) -> SurfaceInputs:
    """The surface's inputs from hourly closes, oldest first; the last one is the spot. Needs 169 closes at least."""
    if len(closes_usd) <= WEEK_H:
        raise ValueError(f"the surface needs {WEEK_H + 1} hourly closes, got {len(closes_usd)}")
    returns = np.diff(np.log(closes_usd[-RV_WINDOW_H - 1 :]))
    weights = 0.5 ** (np.arange(len(returns) - 1, -1, -1) / RV_HALF_LIFE_H)
    realised = math.sqrt(float(weights @ returns**2 / weights.sum()) * HOURS_PER_YEAR)
    return SurfaceInputs(
        spot_usd=float(closes_usd[-1]),
        dvol_frac=dvol_frac,
        realised_frac=realised,
        return_7d_frac=math.log(float(closes_usd[-1]) / float(closes_usd[-1 - WEEK_H])),
    )


def price_slice(inputs: SurfaceInputs, at: datetime, strip: Strip, *, band: SurfaceBand = POINT_ESTIMATE) -> Slice:
    """One expiry of the model at `at`: volatilities, marks, quotes on tick and Greeks."""
    F = forward_usd(inputs.spot_usd, at, strip.expiry_at)
    iv = implied_volatility(inputs, at, expiry_at=strip.expiry_at, log_moneyness=np.log(strip.strikes_usd / F), band=band)
    return quote_slice(F, at, strip, iv=iv, spread_factor=band.spread_factor)


def quote_slice(F: float, at: datetime, strip: Strip, *, iv: Floats, spread_factor: float = 1.0) -> Slice:
    """One expiry priced at given volatilities, with the modelled bid and ask around each mark."""
    black = black_76(F, strip.strikes_usd, years_between(at, strip.expiry_at), sigma=iv, is_call=strip.is_call)
    mark = black.price_usd / usd_per_coin(strip.family, forward_usd=F)
    half = half_spread_coin(mark, vega_usd_per_pt=black.vega_usd_per_pt, forward_usd=F, family=strip.family) * spread_factor
    return Slice(
        strip=strip,
        forward_usd=F,
        iv=iv,
        mark_coin=mark,
        bid_coin=floor_to_tick(mark - half, strip.family),
        ask_coin=ceil_to_tick(mark + half, strip.family),
        delta=black.delta,
        gamma_per_usd=black.gamma_per_usd,
        vega_usd_per_pt=black.vega_usd_per_pt,
        theta_usd_per_day=black.theta_usd_per_day,
    )


def implied_volatility(inputs: SurfaceInputs, at: datetime, *, expiry_at: datetime, log_moneyness: Floats, band: SurfaceBand = POINT_ESTIMATE) -> Floats:
    """M4: sigma(K) as a fraction per sqrt(year) for k = ln(K/F)."""
    T = years_between(at, expiry_at)
    days = T * YEAR_DAYS
    atm = atm_volatility(inputs, at, expiry_at) * band.atm_factor
    rho = band.rho if band.rho is not None else min(max(-0.184 + 0.316 * inputs.return_7d_frac, -0.9), 0.9)
    eta = 0.788 + 0.237 * math.exp(-days / 7.0)
    z = eta * log_moneyness / (atm * math.sqrt(T))
    smile: Floats = atm * np.sqrt((1.0 + rho * z + np.sqrt((z + rho) ** 2 + 1.0 - rho * rho)) / 2.0)
    return smile


def atm_volatility(inputs: SurfaceInputs, at: datetime, expiry_at: datetime) -> float:
    """The at-the-money level of one expiry: DVOL's term, the short end's realised volatility, the weekend clock."""
    days = years_between(at, expiry_at) * YEAR_DAYS
    tau = (1.0 - weekend_share(at, expiry_at) * (1.0 - WEEKEND_WEIGHT)) / ((5.0 + 2.0 * WEEKEND_WEIGHT) / 7.0)
    # The fit was checked for a realised volatility within this factor of DVOL; a crash hour may not push it further.
    ln_ratio = min(max(math.log(max(inputs.realised_frac, 1e-6) / inputs.dvol_frac), -LN_RV_RATIO_MAX), LN_RV_RATIO_MAX)
    level = 0.957 - 0.025 * math.exp(-days / 15.4)
    return inputs.dvol_frac * level * math.exp(0.444 * math.exp(-days / 8.65) * ln_ratio) * math.sqrt(tau)


def weekend_share(at: datetime, until: datetime) -> float:
    """Share of the time between two instants that falls on Saturday or Sunday, UTC."""
    total_s = (until - at).total_seconds()
    if total_s <= 0:
        return 0.0
    return (_weekend_s(until) - _weekend_s(at)) / total_s


def years_between(at: datetime, expiry_at: datetime) -> float:
    """ACT/365 years to expiry, never below one minute so that prices stay finite at the bell."""
    return max((expiry_at - at).total_seconds() / 86400.0 / YEAR_DAYS, MIN_YEARS)


def forward_usd(spot_usd: float, at: datetime, expiry_at: datetime) -> float:
    """Spot carried at the median basis of the recorded chains (1 % a year)."""
    return spot_usd * (1.0 + BASIS_PER_YEAR * years_between(at, expiry_at))


def black_76(F: float, K: Floats, T: float, *, sigma: Floats, is_call: Bools) -> Black:
    """Undiscounted Black-76 prices and Greeks; theta is what one day costs, or the rest of the life if shorter."""
    sd = sigma * math.sqrt(T)
    d1 = np.log(F / K) / sd + 0.5 * sd
    d2 = d1 - sd
    call = F * normal_cdf(d1) - K * normal_cdf(d2)
    density = np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
    days = T * YEAR_DAYS
    return Black(
        price_usd=np.maximum(np.where(is_call, call, call - F + K), 0.0),
        delta=np.where(is_call, normal_cdf(d1), -normal_cdf(-d1)),
        gamma_per_usd=density / (F * sd),
        vega_usd_per_pt=F * density * math.sqrt(T) / 100.0,
        theta_usd_per_day=-F * density * sigma / (2.0 * math.sqrt(T)) / YEAR_DAYS * min(1.0, days),
    )


def half_spread_coin(mark_coin: Floats, *, vega_usd_per_pt: Floats, forward_usd: float, family: Family) -> Floats:
    """Half the bid/ask distance before rounding: the fit of references C.1 in vega, valued in the coin, at least half a tick.

    The fit was made in ETH on inverse options; nobody recorded linear ones, and they are taken to be quoted alike.
    """
    vega_1e4 = vega_usd_per_pt / forward_usd * 1e4
    coin_per_eth = forward_usd / usd_per_coin(family, forward_usd=forward_usd)
    half: Floats = np.maximum(tick_of(mark_coin, family) / 2.0, 0.5 * (1.5 + 0.9 * vega_1e4) * 1e-4 * coin_per_eth)
    return half


def normal_cdf(x: Floats) -> Floats:
    """N(x) to double precision (Hart's rational form as given by West, 2005); numpy alone has no erf."""
    a = np.minimum(np.abs(x), 37.0)
    density = np.exp(-0.5 * a * a)
    top = _polynomial(a, (0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376))
    bottom = _polynomial(
        a,
        (0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752),
    )
    far = density / (a + 1.0 / (a + 2.0 / (a + 3.0 / (a + 4.0 / (a + 0.65))))) / 2.506628274631
    tail = np.where(a < 7.07106781186547, density * top / bottom, far)
    return np.where(x > 0, 1.0 - tail, tail)


def _polynomial(x: Floats, coefficients: tuple[float, ...]) -> Floats:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def _weekend_s(at: datetime) -> float:
    # Weekend seconds since a Monday long ago: whole weeks hold two days each, the rest counts from Saturday on.
    elapsed_s = at.timestamp() - 345_600.0
    weeks, into_week_s = divmod(elapsed_s, 604_800.0)
    return weeks * 172_800.0 + max(into_week_s - 432_000.0, 0.0)
