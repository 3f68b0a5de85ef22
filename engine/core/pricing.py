"""Black-76 on the forward with r = 0: prices, Greeks, probabilities, implied volatility.

Rules of this file: floats only, `T` in years of 365 days, `sigma` a fraction per
√year, prices in USD per 1 ETH unless the name says coin. Source: Black, "The
pricing of commodity contracts", 1976, undiscounted because inverse options are
margined in the coin they settle in (strategy §1.11 and §2).
"""

from __future__ import annotations

import math
from datetime import datetime

from engine.core.model import Greeks, OptionType

SECONDS_PER_YEAR = 365 * 86400
DAYS_PER_YEAR = 365
IV_STEPS_MAX = 200

_SQRT_2 = math.sqrt(2.0)
_SQRT_2PI = math.sqrt(2.0 * math.pi)
_FAR_OUT_SD = 3.0
_FAR_OUT_TERMS = 60


def years_between(now: datetime, expiry_at: datetime) -> float:
    """The time to expiry in years of 365 days; negative once it has passed."""
    return (expiry_at - now).total_seconds() / SECONDS_PER_YEAR


def normal_cdf(x: float) -> float:
    """The probability that a standard normal variable is below `x`."""
    return 0.5 * math.erfc(-x / _SQRT_2)


def normal_pdf(x: float) -> float:
    """The standard normal density at `x`."""
    return math.exp(-0.5 * x * x) / _SQRT_2PI


def price_usd(option_type: OptionType, *, F: float, K: float, sigma: float, T: float) -> float:
    """The option's undiscounted value in USD per 1 ETH; intrinsic value when no time or no volatility is left.

    Raises ValueError unless F and K are positive.
    """
    total = _total_vol(F, K, sigma, T)
    intrinsic = max(F - K, 0.0) if option_type is OptionType.CALL else max(K - F, 0.0)
    return intrinsic if total == 0.0 else intrinsic + _time_value(min(F, K), max(F, K), total)


def price_coin(option_type: OptionType, *, F: float, K: float, sigma: float, T: float) -> float:
    """The option's value in ETH per 1 ETH, as the venue quotes it: the USD value over the forward."""
    return price_usd(option_type, F=F, K=K, sigma=sigma, T=T) / F


def greeks(option_type: OptionType, *, F: float, K: float, sigma: float, T: float) -> Greeks:
    """The Greeks of one long contract on the forward.

    Units: delta per USD, gamma per USD, vega USD per volatility point, theta USD per
    day, or over the remaining life when that is shorter than a day (strategy §1.11).
    Raises ValueError unless F and K are positive.
    """
    total = _total_vol(F, K, sigma, T)
    if total == 0.0:
        is_itm = F > K if option_type is OptionType.CALL else F < K
        sign = 1.0 if option_type is OptionType.CALL else -1.0
        return Greeks(delta=sign if is_itm else 0.0, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)
    d1 = _log_ratio(F, K) / total + 0.5 * total
    density = normal_pdf(d1)
    theta_usd_per_year = -F * density * sigma / (2.0 * math.sqrt(T))
    return Greeks(
        delta=normal_cdf(d1) if option_type is OptionType.CALL else -normal_cdf(-d1),
        gamma_per_usd=density / F / total,
        vega_usd_per_pt=F * density * math.sqrt(T) / 100.0,
        theta_usd_per_day=theta_usd_per_year * min(1.0 / DAYS_PER_YEAR, T),
    )


def probability_above(*, F: float, K: float, sigma: float, T: float) -> float:
    """The risk-neutral probability N(d2) that the index settles above K."""
    total = _total_vol(F, K, sigma, T)
    if total == 0.0:
        return 1.0 if F > K else 0.0
    return normal_cdf(_log_ratio(F, K) / total - 0.5 * total)


def probability_below(*, F: float, K: float, sigma: float, T: float) -> float:
    """The risk-neutral probability N(-d2) that the index settles at or below K."""
    return 1.0 - probability_above(F=F, K=K, sigma=sigma, T=T)


def implied_vol(option_type: OptionType, *, price: float, F: float, K: float, T: float) -> float | None:
    """The volatility at which Black-76 gives `price` in USD, or None when no volatility does.

    A price in the money is first turned into its out-of-the-money twin by parity,
    then the logarithm of the price is solved by Newton steps kept inside a
    shrinking bracket: out of the money it is close to linear where the price itself is flat.
    """
    if not (F > 0.0 and K > 0.0 and T > 0.0 and all(map(math.isfinite, (price, F / K, K / F, T)))):
        return None
    is_itm = F > K if option_type is OptionType.CALL else F < K
    otm_price = price - abs(F - K) if is_itm else price
    low, high = min(F, K), max(F, K)
    return _solve_total_vol(otm_price, low, high) / math.sqrt(T) if 0.0 < otm_price < low else None


def forward_at_delta(option_type: OptionType, *, delta_abs: float, K: float, sigma: float, T: float) -> float | None:
    """The forward at which the option's |delta| is `delta_abs` with everything else unchanged; None without time or volatility."""
    if not (0.0 < delta_abs < 1.0 and K > 0.0 and sigma > 0.0 and T > 0.0):
        return None
    d1 = _normal_quantile(delta_abs) if option_type is OptionType.CALL else -_normal_quantile(delta_abs)
    total = sigma * math.sqrt(T)
    exponent = total * (d1 - 0.5 * total)
    return K * math.exp(exponent) if abs(exponent) < 100.0 else None


def _total_vol(F: float, K: float, sigma: float, T: float) -> float:
    if not (F > 0.0 and K > 0.0):
        raise ValueError(f"forward {F!r} and strike {K!r} must be positive")
    return sigma * math.sqrt(T) if sigma > 0.0 and T > 0.0 else 0.0


def _log_ratio(above: float, below: float) -> float:
    # The logarithm of a rounded quotient near 1 has lost the digits that the difference still has.
    return math.log1p((above - below) / below) if 0.5 < above / below < 2.0 else math.log(above / below)


def _time_value(low: float, high: float, total: float) -> float:
    """The out-of-the-money option's value: a call on the forward `low` struck at `high`, or the put with the two exchanged."""
    distance = _log_ratio(high, low) / total
    near, far = distance - 0.5 * total, distance + 0.5 * total
    if near < _FAR_OUT_SD:
        return low * normal_cdf(-near) - high * normal_cdf(-far)
    # Far out the two products agree in their leading digits and underflow early. They share the
    # factor low·n(near) = high·n(far), so only what is left of them is subtracted.
    return low * normal_pdf(near) * (_mills_ratio(near) - _mills_ratio(far))


def _mills_ratio(x: float) -> float:
    """N(-x)/n(x) by Laplace's continued fraction, to the last digit from three deviations on."""
    denominator = x
    for term in range(_FAR_OUT_TERMS, 0, -1):
        denominator = x + term / denominator
    return 1.0 / denominator


def _solve_total_vol(otm_price: float, low: float, high: float) -> float:
    floor, ceiling = 0.0, 60.0
    goal = math.log(otm_price)
    # Vega peaks at this total volatility, so the first step cannot be thrown far out.
    total = max(math.sqrt(2.0 * _log_ratio(high, low)), 0.1)
    steps, moved = 0, math.inf
    while moved > 1e-15 * total and steps < IV_STEPS_MAX:
        value = _time_value(low, high, total)
        if value < otm_price:
            floor = total
        else:
            ceiling = total
        following = total - _newton_step(value, goal, total, low, high)
        if not floor < following < ceiling:
            following = 0.5 * (floor + ceiling)
        moved, total, steps = abs(following - total), following, steps + 1
    return total


def _newton_step(value: float, goal: float, total: float, low: float, high: float) -> float:
    vega = low * normal_pdf(_log_ratio(high, low) / total - 0.5 * total)
    if value <= 0.0 or vega <= 0.0:
        return math.inf
    return (math.log(value) - goal) * value / vega


def _normal_quantile(p: float) -> float:
    low, high = -40.0, 40.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        if normal_cdf(middle) < p:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
