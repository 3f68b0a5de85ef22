"""Black-76 over arrays: the prices and Greeks of `engine.core.pricing`, one row per option.

Rules of this file: float64 arrays of one length, undiscounted, USD per 1 ETH of
option; nothing is decided here that core does not decide the same way, and a test
holds every column against core's to 1e-12. Years have 365 days, sigma is a fraction per √year.

Sources: Black 1976; the form of the polynomial for N(-x)/n(x) is Shepherd & Laframboise 1981,
its coefficients are a Chebyshev fit to eighty-digit arithmetic.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

DAYS_PER_YEAR = 365.0
ROWS_AT_ONCE = 8192
"""So many rows keep every intermediate column in the processor's cache."""

_SQRT_2PI = math.sqrt(2.0 * math.pi)
_CENTRE_SD = 5.0
_RATIO_TERMS = (
    -7.073898575561589e-10,
    5.5322922141146196e-09,
    9.092476134019147e-09,
    -6.383575502421413e-08,
    -6.588974491108954e-08,
    4.724032706831338e-07,
    3.2054316652589574e-07,
    -3.2597570878457124e-06,
    -1.7633239265736746e-07,
    2.2699386557775844e-05,
    -2.480583845192319e-05,
    -0.00013437036855802517,
    0.00045704392357953655,
    1.9529678326371773e-05,
    -0.004201290329187307,
    0.016348231425036042,
    -0.03802659218584139,
    0.061505045828185945,
    -0.0661776007790963,
    0.02507217930210036,
    0.07778159886873769,
    -0.2294875382521184,
    1.1568486282918946,
)
"""(1 + x)·N(-x)/n(x) as a polynomial of (x - 5)/(x + 5), highest power first: good to 5e-16 of itself for every x >= 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Black:
    """Prices in USD and plain Black-76 Greeks of one long option per row."""

    price_usd: Floats
    delta: Floats
    gamma_per_usd: Floats
    vega_usd_per_pt: Floats
    theta_usd_per_day: Floats


def black_76(forward: Floats, strike: Floats, years: Floats, *, sigma: Floats, is_call: Bools) -> Black:
    """Price and Greeks of every row; theta is what one day costs, or the rest of the life if shorter.

    Every forward, strike, time and sigma is positive. A row's figures do not depend on its neighbours.
    """
    rows = len(strike)
    columns = np.empty((5, rows))
    for start in range(0, rows, ROWS_AT_ONCE):
        part = slice(start, min(start + ROWS_AT_ONCE, rows))
        _fill(columns[:, part], forward[part], strike[part], years[part], sigma=sigma[part], is_call=is_call[part])
    price, delta, gamma, vega, theta = columns
    return Black(price_usd=price, delta=delta, gamma_per_usd=gamma, vega_usd_per_pt=vega, theta_usd_per_day=theta)


def mills_ratio(x: Floats) -> Floats:
    """N(-x)/n(x) for x >= 0, to double precision relative to itself."""
    t = (x - _CENTRE_SD) / (x + _CENTRE_SD)
    total = t * _RATIO_TERMS[0] + _RATIO_TERMS[1]
    for coefficient in _RATIO_TERMS[2:]:
        total *= t
        total += coefficient
    ratio: Floats = total / (1.0 + x)
    return ratio


def _fill(columns: Floats, forward: Floats, strike: Floats, years: Floats, *, sigma: Floats, is_call: Bools) -> None:
    # Core prices the out-of-the-money side, where nothing cancels, and finds the other by parity; so does this.
    low, high = np.minimum(forward, strike), np.maximum(forward, strike)
    root = np.sqrt(years)
    total = sigma * root
    distance = np.log1p((high - low) / low) / total
    near, far = distance - 0.5 * total, distance + 0.5 * total
    density_near = np.exp(-0.5 * near * near) / _SQRT_2PI
    # low·n(near) = high·n(far): one exponential serves both.
    density_far = density_near * (low / high)
    ratio_near, ratio_far = mills_ratio(np.abs(near)), mills_ratio(far)
    is_inside, is_above = near < 0.0, strike > forward
    shared = low * density_near
    tail_near, tail_far = density_near * ratio_near, density_far * ratio_far
    beyond_near = np.where(is_inside, 1.0 - tail_near, tail_near)
    out_of_money = np.where(is_inside, low - shared * (ratio_near + ratio_far), shared * (ratio_near - ratio_far))
    # A call above and a put below the forward are out of the money; N(d1) is what lies beyond -d1.
    call_delta = np.where(is_above, beyond_near, 1.0 - tail_far)
    density = np.where(is_above, density_near, density_far)
    columns[0] = out_of_money + np.where(is_call == is_above, 0.0, high - low)
    columns[1] = np.where(is_call, call_delta, np.where(is_above, beyond_near - 1.0, -tail_far))
    columns[2] = density / forward / total
    columns[3] = forward * density * root / 100.0
    columns[4] = -forward * density * sigma / (2.0 * root) * np.minimum(1.0 / DAYS_PER_YEAR, years)
