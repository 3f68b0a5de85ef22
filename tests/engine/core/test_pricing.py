"""Black-76 at its edges: no time, no volatility, impossible prices; `reference` and the properties hold the rest."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from engine.core.model import OptionType
from engine.core.pricing import (
    forward_at_delta,
    greeks,
    implied_vol,
    price_coin,
    price_usd,
    probability_above,
    probability_below,
    years_between,
)

PUT, CALL = OptionType.PUT, OptionType.CALL


def test_theta_is_per_day_and_per_lifetime_when_less_than_a_day_is_left() -> None:
    long_lived = greeks(PUT, F=2000, K=1900, sigma=0.6, T=20 / 365)
    last_hours = greeks(PUT, F=2000, K=1990, sigma=0.6, T=0.25 / 365)
    yearly = -2000 * 0.6 / (2 * math.sqrt(0.25 / 365)) * math.exp(-0.5 * _d1(2000, 1990, 0.6, 0.25 / 365) ** 2) / math.sqrt(2 * math.pi)

    one_day_later = price_usd(PUT, F=2000, K=1900, sigma=0.6, T=19 / 365)
    assert one_day_later - price_usd(PUT, F=2000, K=1900, sigma=0.6, T=20 / 365) == pytest.approx(long_lived.theta_usd_per_day, rel=0.05)
    assert last_hours.theta_usd_per_day == pytest.approx(yearly * 0.25 / 365)


def _d1(forward: float, strike: float, sigma: float, years: float) -> float:
    total = sigma * math.sqrt(years)
    return math.log(forward / strike) / total + total / 2


@pytest.mark.parametrize(
    ("option_type", "forward", "value", "delta"),
    [(CALL, 110, 10, 1), (CALL, 90, 0, 0), (PUT, 90, 10, -1), (PUT, 110, 0, 0), (CALL, 100, 0, 0), (PUT, 100, 0, 0)],
)
@pytest.mark.parametrize(("sigma", "years"), [(0.0, 1.0), (0.5, 0.0), (0.5, -1.0), (-0.5, 1.0), (math.nan, 1.0)])
def test_without_time_or_volatility_an_option_is_worth_its_intrinsic_value(*, option_type, forward, value, delta, sigma, years) -> None:
    computed = greeks(option_type, F=forward, K=100, sigma=sigma, T=years)

    assert price_usd(option_type, F=forward, K=100, sigma=sigma, T=years) == value
    assert (computed.delta, computed.gamma_per_usd, computed.vega_usd_per_pt, computed.theta_usd_per_day) == (delta, 0, 0, 0)
    assert probability_above(F=forward, K=100, sigma=sigma, T=years) == (1 if forward > 100 else 0)


@pytest.mark.parametrize(("forward", "strike"), [(0.0, 100.0), (-1.0, 100.0), (100.0, 0.0), (math.nan, 100.0)])
def test_a_price_needs_a_positive_forward_and_strike(forward: float, strike: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        price_usd(PUT, F=forward, K=strike, sigma=0.5, T=0.1)


def test_coin_price_is_the_usd_price_over_the_forward() -> None:
    assert price_coin(PUT, F=2500, K=2250, sigma=0.70, T=7 / 365) == pytest.approx(16.177963 / 2500, abs=1e-9)


def test_probabilities_are_complements_and_follow_the_price() -> None:
    above = probability_above(F=2000, K=2100, sigma=0.6, T=0.05)
    step = 0.01
    slope = (price_usd(CALL, F=2000, K=2100 + step, sigma=0.6, T=0.05) - price_usd(CALL, F=2000, K=2100 - step, sigma=0.6, T=0.05)) / (2 * step)

    assert above + probability_below(F=2000, K=2100, sigma=0.6, T=0.05) == 1
    assert above == pytest.approx(-slope, abs=1e-7)


def test_implied_volatility_of_an_itm_price_uses_its_twin() -> None:
    price = price_usd(PUT, F=2000, K=2100, sigma=0.6, T=0.05)

    assert implied_vol(PUT, price=price, F=2000, K=2100, T=0.05) == pytest.approx(0.6, abs=1e-9)


@pytest.mark.parametrize("sigma", [0.01, 0.05, 8.0, 20.0])
def test_implied_volatility_survives_the_ends(sigma: float) -> None:
    price = price_usd(CALL, F=2000, K=2010, sigma=sigma, T=0.25)

    assert implied_vol(CALL, price=price, F=2000, K=2010, T=0.25) == pytest.approx(sigma, rel=1e-6)


def test_a_price_far_below_a_cent_still_has_a_volatility() -> None:
    price = price_usd(CALL, F=2000, K=4000, sigma=0.2, T=0.05)

    assert 0 < price < 1e-40
    assert implied_vol(CALL, price=price, F=2000, K=4000, T=0.05) == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize(
    ("price", "forward", "strike", "years"),
    [
        (0.0, 2000.0, 2100.0, 0.05),
        (-1.0, 2000.0, 2100.0, 0.05),
        (2000.0, 2000.0, 2100.0, 0.05),
        (99.0, 2100.0, 2000.0, 0.05),
        (math.nan, 2000.0, 2100.0, 0.05),
        (math.inf, 2000.0, 2100.0, 0.05),
        (10.0, 0.0, 2100.0, 0.05),
        (10.0, 2000.0, 0.0, 0.05),
        (10.0, 2000.0, 2100.0, 0.0),
        (10.0, math.inf, 2100.0, 0.05),
        (10.0, 1e-300, 1e300, 0.05),
        (10.0, 1e300, 1e-300, 0.05),
        (10.0, 2000.0, 2100.0, math.inf),
    ],
)
def test_a_price_outside_its_bounds_has_no_volatility(price: float, forward: float, strike: float, years: float) -> None:
    assert implied_vol(CALL, price=price, F=forward, K=strike, T=years) is None


@pytest.mark.parametrize("kind", list(OptionType))
@pytest.mark.parametrize("delta", [0.10, 0.30, 0.50, 0.85])
def test_the_forward_of_a_delta_has_that_delta(kind: OptionType, delta: float) -> None:
    forward = forward_at_delta(kind, delta_abs=delta, K=1750, sigma=0.6, T=17.75 / 365)

    assert abs(greeks(kind, F=forward, K=1750, sigma=0.6, T=17.75 / 365).delta) == pytest.approx(delta, abs=1e-9)


@pytest.mark.parametrize(("delta", "strike", "sigma", "years"), [(0, 1, 1, 1), (1, 1, 1, 1), (0.3, 0, 1, 1), (0.3, 1, 0, 1), (0.3, 1, 1, 0), (0.3, 1, 1e9, 1)])
def test_no_forward_has_an_impossible_delta(delta: float, strike: float, sigma: float, years: float) -> None:
    assert forward_at_delta(PUT, delta_abs=delta, K=strike, sigma=sigma, T=years) is None


def test_a_year_has_365_days() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert years_between(now, now + timedelta(days=365)) == 1
    assert years_between(now, now - timedelta(days=73)) == -0.2
