"""Every figure of the published tables that Black-76 on the forward can say.

Ours is undiscounted on the forward. An option on a spot that is carried at b and
discounted at r is e^(-rT) times ours at F = S·e^(bT), and its Greeks follow by the
chain rule; `Carried` does that change of variables and nothing else.
Sources: Haug, "The Complete Guide to Option Pricing Formulas", 1998, pages 2-8, 11-16,
24 and 27; Hull, "Options, Futures and Other Derivatives".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import pytest

from engine.core.model import OptionType
from engine.core.pricing import DAYS_PER_YEAR, greeks, implied_vol, price_usd, probability_above, probability_below

PUT, CALL = OptionType.PUT, OptionType.CALL


@dataclass(frozen=True)
class Carried:
    """An option on a spot, with interest r and cost of carry b."""

    kind: OptionType
    spot: float
    strike: float
    rate: float
    carry: float
    sigma: float
    years: float

    @property
    def forward(self) -> float:
        return self.spot * math.exp(self.carry * self.years)

    @property
    def discount(self) -> float:
        return math.exp(-self.rate * self.years)

    @property
    def growth(self) -> float:
        return math.exp(self.carry * self.years)

    def price(self) -> float:
        return self.discount * price_usd(self.kind, F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)

    def delta(self) -> float:
        return self.discount * self.growth * self._greeks().delta

    def gamma(self) -> float:
        return self.discount * self.growth**2 * self._greeks().gamma_per_usd

    def vega(self) -> float:
        """Per 1.00 of volatility, as the books print it."""
        return 100.0 * self.discount * self._greeks().vega_usd_per_pt

    def theta(self) -> float:
        """Per year: ours on the forward, plus what the discount and the carried spot add."""
        on_the_forward = self._greeks().theta_usd_per_day / min(1.0 / DAYS_PER_YEAR, self.years)
        return self.discount * on_the_forward + self.rate * self.price() - self.carry * self.spot * self.delta()

    def rho(self) -> float:
        """Per 1.00 of interest, where the carry moves with it."""
        above = probability_above(F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)
        below = probability_below(F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)
        return self.strike * self.years * self.discount * (above if self.kind is CALL else -below)

    def dividend_rho(self) -> float:
        """Per 1.00 of dividend yield, which lowers the carry."""
        return -self.years * self.spot * self.delta()

    def elasticity(self) -> float:
        return self.delta() * self.spot / self.price()

    def _greeks(self):
        return greeks(self.kind, F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)


def last_digit(published: str) -> float:
    """Half a unit of the last digit printed; a whole one for the figure whose last digit the book has wrong."""
    units = 1.0 if published == MISPRINTED else 0.5
    return units * 10.0 ** int(Decimal(published).as_tuple().exponent)


MISPRINTED = "1.8734"
"""Fifty digits say 1.87334457…, which is printed as 1.8734."""


HAUG_PRICES = [
    (Carried(CALL, 60, 65, 0.08, 0.08, 0.30, 0.25), "2.1334"),
    (Carried(PUT, 100, 95, 0.10, 0.05, 0.20, 0.50), "2.4648"),
    (Carried(PUT, 19, 19, 0.10, 0.00, 0.28, 0.75), "1.7011"),
    (Carried(CALL, 19, 19, 0.10, 0.00, 0.28, 0.75), "1.7011"),
    (Carried(CALL, 1.56, 1.60, 0.06, -0.02, 0.12, 0.50), "0.0291"),
    (Carried(PUT, 75, 70, 0.10, 0.05, 0.35, 0.50), "4.0870"),
    (Carried(CALL, 42, 40, 0.04, -0.04, 0.35, 0.75), "5.0975"),
]

HAUG_GRID = {
    (CALL, 0.1): ("0.0205", "1.8734", "9.9413", "0.3150", "3.1217", "10.3556", "0.9474", "4.3693", "11.1381"),
    (CALL, 0.5): ("0.8069", "4.0232", "10.5769", "2.7026", "6.6997", "12.7857", "4.9329", "9.3679", "15.3086"),
    (PUT, 0.1): ("9.9210", "1.8734", "0.0408", "10.2155", "3.1217", "0.4551", "10.8479", "4.3693", "1.2376"),
    (PUT, 0.5): ("10.3192", "4.0232", "1.0646", "12.2149", "6.6997", "3.2734", "14.4452", "9.3679", "5.7963"),
}
"""Black-76 with K 100 and r 0.10: sigma 0.15, 0.25, 0.35, and within each a forward of 90, 100, 110."""

HULL_PRICES = [
    (Carried(CALL, 42, 40, 0.10, 0.10, 0.20, 0.5), "4.76"),
    (Carried(CALL, 42, 40, 0.10, 0.10, 0.20, 0.5), "4.759422"),
    (Carried(PUT, 42, 40, 0.10, 0.10, 0.20, 0.5), "0.81"),
    (Carried(PUT, 42, 40, 0.10, 0.10, 0.20, 0.5), "0.808599"),
    (Carried(CALL, 49, 50, 0.05, 0.05, 0.20, 0.3846), "2.4005"),
    (Carried(PUT, 20, 20, 0.09, 0.00, 0.25, 4 / 12), "1.12"),
    (Carried(PUT, 20, 20, 0.09, 0.00, 0.25, 4 / 12), "1.116641"),
]


def haug_grid() -> list[tuple[Carried, str]]:
    rows = []
    for (kind, years), printed in HAUG_GRID.items():
        for (sigma, forward), value in zip(product((0.15, 0.25, 0.35), (90, 100, 110)), printed, strict=True):
            rows.append((Carried(kind, forward, 100, 0.10, 0.00, sigma, years), value))
    return rows


@pytest.mark.parametrize(("held", "published"), [*HAUG_PRICES, *haug_grid(), *HULL_PRICES])
def test_prices_are_the_published_ones_to_the_last_digit(held: Carried, published: str) -> None:
    assert held.price() == pytest.approx(float(published), abs=last_digit(published))


@pytest.mark.parametrize(("held", "published"), [*HAUG_PRICES, *haug_grid(), *HULL_PRICES])
def test_the_volatility_implied_by_a_published_price_gives_that_price_back(held: Carried, published: str) -> None:
    undiscounted = float(published) / held.discount
    sigma = implied_vol(held.kind, price=undiscounted, F=held.forward, K=held.strike, T=held.years)

    assert price_usd(held.kind, F=held.forward, K=held.strike, sigma=sigma, T=held.years) == pytest.approx(undiscounted, rel=1e-10)
    assert abs(sigma - held.sigma) * held.vega() <= 1.1 * last_digit(published)


FUTURES = Carried(CALL, 105, 100, 0.10, 0.00, 0.36, 0.5), Carried(PUT, 105, 100, 0.10, 0.00, 0.36, 0.5)
STOCK = Carried(CALL, 55, 60, 0.10, 0.10, 0.30, 0.75), Carried(PUT, 55, 60, 0.10, 0.10, 0.30, 0.75)
INDEX = Carried(PUT, 430, 405, 0.07, 0.02, 0.20, 1 / 12)
HULL = Carried(CALL, 49, 50, 0.05, 0.05, 0.20, 0.3846)


@pytest.mark.parametrize(
    ("greek", "held", "published"),
    [
        ("delta", FUTURES[0], "0.5946"),
        ("delta", FUTURES[1], "-0.3566"),
        ("elasticity", FUTURES[1], "-4.8775"),
        ("gamma", STOCK[0], "0.0278"),
        ("gamma", STOCK[1], "0.0278"),
        ("vega", STOCK[0], "18.9358"),
        ("vega", STOCK[1], "18.9358"),
        ("theta", INDEX, "-31.1924"),
        ("rho", Carried(CALL, 72, 75, 0.09, 0.09, 0.19, 1.0), "38.7325"),
        ("dividend_rho", Carried(PUT, 500, 490, 0.08, 0.03, 0.15, 0.25), "42.2254"),
        ("delta", HULL, "0.522"),
        ("gamma", HULL, "0.066"),
        ("vega", HULL, "12.1"),
        ("theta", HULL, "-4.31"),
        ("rho", HULL, "8.91"),
    ],
)
def test_greeks_are_the_published_ones_to_the_last_digit(greek: str, held: Carried, published: str) -> None:
    assert getattr(held, greek)() == pytest.approx(float(published), abs=last_digit(published))


def test_theta_of_a_day_is_the_published_one() -> None:
    assert INDEX.theta() / DAYS_PER_YEAR == pytest.approx(-0.0855, abs=last_digit("-0.0855"))


def test_a_weekly_put_on_ether_is_worth_the_reference() -> None:
    computed = greeks(PUT, F=2500, K=2250, sigma=0.70, T=7 / 365)

    assert price_usd(PUT, F=2500, K=2250, sigma=0.70, T=7 / 365) == pytest.approx(16.177963, abs=last_digit("16.177963"))
    assert computed.delta == pytest.approx(-0.128117, abs=last_digit("-0.128117"))
    assert computed.gamma_per_usd == pytest.approx(0.000864, abs=last_digit("0.000864"))
    assert 100.0 * computed.vega_usd_per_pt == pytest.approx(72.5022, abs=last_digit("72.5022"))


@pytest.mark.parametrize("deviations", [step / 10 for step in range(-30, 31)])
def test_the_volatility_of_a_weekly_option_comes_back_to_eleven_places(deviations: float) -> None:
    strike = 2500 * math.exp(deviations * 0.7 * math.sqrt(7 / 365))
    for kind in OptionType:
        price = price_usd(kind, F=2500, K=strike, sigma=0.7, T=7 / 365)

        assert implied_vol(kind, price=price, F=2500, K=strike, T=7 / 365) == pytest.approx(0.7, abs=1e-11)
