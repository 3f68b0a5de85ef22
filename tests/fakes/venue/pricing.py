"""What the fake's options are worth: Black-76 on a smile of its own, so that it owes nothing to the code it is a test of.

Source: Black (1976); the smile is the one fitted on a real ETH chain in strategy section 1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, log, pi, sqrt

YEAR_S = 365 * 86_400.0
ATM_OF_DVOL = 0.95
SMILE_SD_MAX = 3.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """A value in USD per ETH of option, with its Greeks; vega per point of volatility, theta per day."""

    price_usd: float
    iv: float
    delta: float
    gamma: float
    vega: float
    theta: float


def smile_iv(*, dvol_pts: float, strike: float, forward: float, years: float) -> float:
    """The volatility of a strike as a fraction."""
    atm = ATM_OF_DVOL * dvol_pts / 100
    z = log(strike / forward) / (atm * sqrt(max(years, 1 / 365)))
    z = max(-SMILE_SD_MAX, min(SMILE_SD_MAX, z))
    return atm * (1 - 0.038 * z + 0.057 * z * z)


def value(*, is_call: bool, strike: float, forward: float, years: float, iv: float) -> Valued:
    """An option on the forward, interest nil."""
    if years <= 0:
        intrinsic = max(forward - strike, 0.0) if is_call else max(strike - forward, 0.0)
        return Valued(price_usd=intrinsic, iv=iv, delta=_expired_delta(is_call, forward, strike), gamma=0.0, vega=0.0, theta=0.0)
    sd = iv * sqrt(years)
    d1 = log(forward / strike) / sd + sd / 2
    sign = 1.0 if is_call else -1.0
    price = sign * (forward * _cdf(sign * d1) - strike * _cdf(sign * (d1 - sd)))
    density = exp(-d1 * d1 / 2) / sqrt(2 * pi)
    return Valued(
        price_usd=max(price, 0.0),
        iv=iv,
        delta=sign * _cdf(sign * d1),
        gamma=density / (forward * sd),
        vega=forward * density * sqrt(years) / 100,
        theta=-forward * density * iv / (2 * sqrt(years)) / 365,
    )


def _cdf(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


def _expired_delta(is_call: bool, forward: float, strike: float) -> float:
    if is_call:
        return 1.0 if forward > strike else 0.0
    return -1.0 if forward < strike else 0.0
