"""Black-76 in sixty decimal digits, written apart from the engine's, and the options it is asked about.

Rules of this file: every float is taken for exactly the number it is. Tails below six
deviations are the series of all-positive terms for N(z) - 1/2, beyond it Laplace's
continued fraction; the digits that a tail of 1e-10 loses from 1/2 are digits to spare.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from itertools import product

from engine.core.model import OptionType

DIGITS = Context(prec=60)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
SERIES_BELOW = Decimal(6)
FRACTION_TERMS = 150


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option, and how many standard deviations its strike lies above (+) or below (-) the forward."""

    kind: OptionType
    forward: float
    strike: float
    sigma: float
    years: float
    deviations: float

    @property
    def is_itm(self) -> bool:
        return self.forward > self.strike if self.kind is OptionType.CALL else self.forward < self.strike

    @property
    def terms(self) -> dict[str, float]:
        return {"F": self.forward, "K": self.strike, "sigma": self.sigma, "T": self.years}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What Black-76 says of one option, in the units of the engine."""

    price: Decimal
    delta: Decimal
    gamma: Decimal
    vega: Decimal
    theta: Decimal
    above: Decimal


FORWARD = 2516.37
SIGMAS = (0.05, 0.12, 0.30, 0.70, 1.50, 3.00)
YEARS = (1 / 8760, 6 / 8760, 1 / 365, 7 / 365, 18 / 365, 0.25, 1.0, 2.0)
DEVIATIONS = (0.0, 0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 36.0)


def options(*, deviations_max: float) -> Iterator[Option]:
    """Puts and calls for volatilities 0.05 to 3, an hour to two years, out to so many standard deviations both ways."""
    distances = [side * away for away in DEVIATIONS if away <= deviations_max for side in (1.0, -1.0)]
    for kind, sigma, years, deviations in product(OptionType, SIGMAS, YEARS, distances):
        strike = FORWARD * math.exp(deviations * sigma * math.sqrt(years))
        yield Option(kind=kind, forward=FORWARD, strike=strike, sigma=sigma, years=years, deviations=deviations)


def black76(option: Option) -> Figures:
    """Every figure by the textbook formulas, where sixty digits leave nothing to lose."""
    with localcontext(DIGITS):
        forward, strike, sigma, years = (Decimal(value) for value in (option.forward, option.strike, option.sigma, option.years))
        total = sigma * years.sqrt()
        d1 = (forward / strike).ln() / total + total / 2
        d2 = d1 - total
        is_call = option.kind is OptionType.CALL
        return Figures(
            price=forward * tail(-d1) - strike * tail(-d2) if is_call else strike * tail(d2) - forward * tail(d1),
            delta=tail(-d1) if is_call else -tail(d1),
            gamma=density(d1) / forward / total,
            vega=forward * density(d1) * years.sqrt() / 100,
            theta=-forward * density(d1) * sigma / (2 * years.sqrt()) * min(1 / Decimal(365), years),
            above=tail(-d2),
        )


def density(z: Decimal) -> Decimal:
    """The standard normal density."""
    return (-z * z / 2).exp() / (2 * PI).sqrt()


def tail(z: Decimal) -> Decimal:
    """The probability that a standard normal variable is above `z`."""
    if z < 0:
        return 1 - tail(-z)
    if z < SERIES_BELOW:
        return Decimal("0.5") - density(z) * _series(z)
    fraction = z
    for term in range(FRACTION_TERMS, 0, -1):
        fraction = z + term / fraction
    return density(z) / fraction


def _series(z: Decimal) -> Decimal:
    term = total = z
    odd = 1
    while term > Decimal("1e-62"):
        odd += 2
        term = term * z * z / odd
        total += term
    return total


def relative_error(computed: float, exact: Decimal) -> float:
    """How far off a float is, measured in sixty digits."""
    with localcontext(DIGITS):
        return float(abs(Decimal(computed) / exact - 1))
