"""The market of a path, compiled: chance, one step of spot and DVOL, the surface and its book.

Rules of this file: chance is a function of (seed, path, step, draw), so a figure does
not depend on which thread asked for it, in which order, or whether another one was
asked for at all. The surface is `engine.market.surface` with `rows` and `ticks`, and a
test holds the two together. Sources: Steele, Lea & Flood 2014 (splitmix64), Box & Muller
1958, strategy §1.12 for the model.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research.compiled import compiled
from engine.research.path_rules import ASK, BID, MARK, MICRO, ceil_to, floor_to
from engine.research.path_terms import FeeTerms, SurfaceTerms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Market = tuple[float, float, float, float]
    """DVOL as a fraction, the logs of its mean and of realised volatility, the week's log return."""
    Expiry = tuple[float, float, float, float, float]
    """Forward, years, total volatility at the money, rho, eta."""
    Option = tuple[float, bool]
    """Strike, and whether it is a call."""

DRAWS_PER_STEP = 256
DRAW_RETURN, DRAW_SCALE, DRAW_BRIDGE, DRAW_DELIVERY = 0, 2, 128, 254
GAMMA = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
BITS_30, BITS_27, BITS_31, BITS_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
TO_UNIT = 1.0 / 9007199254740992.0
TWO_PI, SQRT_2, SQRT_2PI = 2.0 * math.pi, math.sqrt(2.0), math.sqrt(2.0 * math.pi)
PRODUCT_MIN = 1e-250
YEAR_D = 365.0
LIFE_MIN_D = 60.0 / 86_400.0
WEEK_D = 7.0


@compiled
def mixed(number: np.uint64) -> np.uint64:
    """Sixty-four bits that look like chance."""
    number = (number ^ (number >> BITS_30)) * MIX_1
    number = (number ^ (number >> BITS_27)) * MIX_2
    return number ^ (number >> BITS_31)


@compiled
def path_key(seed: int, path: int) -> np.uint64:
    """Where the chance of one path begins."""
    return mixed(np.uint64(seed) * GAMMA + mixed(np.uint64(path) + GAMMA))


@compiled
def uniform(key: np.uint64, draw: int) -> float:
    """A number inside 0..1, never an end of it."""
    bits = mixed(key + np.uint64(draw) * GAMMA) >> BITS_11
    return (np.float64(bits) + 0.5) * TO_UNIT


@compiled
def normals(key: np.uint64, draw: int) -> tuple[float, float]:
    """Two independent standard normal numbers from the two draws at `draw`."""
    radius = math.sqrt(-2.0 * math.log(uniform(key, draw)))
    angle = TWO_PI * uniform(key, draw + 1)
    return radius * math.cos(angle), radius * math.sin(angle)


@compiled
def variance_scale(key: np.uint64, draw: int, nu: int) -> float:
    """What a step's variance is multiplied by so that its return is Student-t(nu) of unit variance: (nu - 2) over a chi-squared(nu)."""
    total, product = 0.0, 1.0
    for number in range(nu // 2):
        product *= uniform(key, draw + number)
        if product < PRODUCT_MIN:
            total -= 2.0 * math.log(product)
            product = 1.0
    total -= 2.0 * math.log(product)
    if nu % 2 == 1:
        total += normals(key, draw + nu // 2)[0] ** 2
    return (nu - 2.0) / total


@compiled
def part_return(key: np.uint64, draw: int, step: tuple[float, float], parts: int, part: int) -> float:
    """The log return of one of `parts` equal parts of a step, given the step's own return and the variance it was drawn with: a bridge."""
    total, variance = step
    mean = 0.0
    for other in range(parts):
        mean += normals(key, draw + 2 * other)[0] / parts
    return total / parts + math.sqrt(variance / parts) * (normals(key, draw + 2 * part)[0] - mean)


@compiled
def worst_move(key: np.uint64, draw: int, step: tuple[float, float], parts: int, sign: float) -> float:
    """The worst simple return of the parts of a step, signed so that negative is against the trade."""
    worst = math.inf
    for part in range(parts):
        worst = min(worst, sign * math.expm1(part_return(key, draw, step, parts, part)))
    return worst


@compiled
def slice_of(days: float, market: Market, terms: SurfaceTerms) -> tuple[float, float, float]:
    """(total volatility at the money, rho, eta) of one expiry `days` business days away."""
    dvol, ln_dvol_mean, ln_realised, return_7d = market
    days, ln_dvol = max(days, 1e-9), math.log(dvol)
    pull = terms.realised_pull * (ln_realised - ln_dvol) + terms.trailing_pull * (ln_dvol - ln_dvol_mean)
    pull = min(max(pull, -terms.pull_max), terms.pull_max)
    level = (terms.level_far - terms.level_drop * math.exp(-days / terms.level_decay_d)) * math.exp(pull * math.exp(-days / terms.pull_decay_d))
    variance = level * level * days / WEEK_D
    sd = dvol * terms.atm_factor * math.sqrt(variance * (WEEK_D / YEAR_D))
    rho = terms.rho
    if math.isnan(rho):
        rho = min(max(terms.skew + terms.skew_per_return * return_7d, -terms.skew_max), terms.skew_max)
    eta = min(terms.wing * variance**-terms.wing_decay, terms.wing_max)
    return sd, rho, eta


@compiled
def tick_at(price: float, fees: FeeTerms) -> float:
    """The venue's tick at a price; a step begins just above its level."""
    return fees.coarse_tick_micro if price > fees.coarse_above_micro + 1e-3 else fees.fine_tick_micro


@compiled
def quote_into(book: Floats, option: Option, expiry: Expiry, terms: SurfaceTerms, fees: FeeTerms) -> float:
    """Bid, ask and mark of one option stand in `book`; returns its delta."""
    strike, is_call = option
    forward, years, sd, rho, eta = expiry
    k = math.log(strike / forward)
    z = eta * k / sd
    total = sd * math.sqrt((1.0 + rho * z + math.sqrt((z + rho) * (z + rho) + 1.0 - rho * rho)) / 2.0)
    d1 = 0.5 * total - k / total
    sign = 1.0 if is_call else -1.0
    beyond_1 = 0.5 * math.erfc(-sign * d1 / SQRT_2)
    beyond_2 = 0.5 * math.erfc(-sign * (d1 - total) / SQRT_2)
    mark = max(sign * (beyond_1 - strike / forward * beyond_2), 0.0) * MICRO
    # Vega per point over the forward, in micro coin: n(d1)·sqrt(T)/100.
    vega = math.exp(-0.5 * d1 * d1) / SQRT_2PI * math.sqrt(years) / 100.0 * MICRO
    half = max(terms.book_ticks_min * tick_at(mark, fees), terms.book_base_micro + terms.book_per_vega * vega) * terms.spread_factor
    bid, ask = mark - half, mark + half
    book[BID] = max(floor_to(bid, tick_at(bid, fees)), 0.0)
    book[ASK] = max(ceil_to(ask, tick_at(ask, fees)), fees.fine_tick_micro)
    book[MARK] = np.rint(mark)
    return sign * beyond_1
