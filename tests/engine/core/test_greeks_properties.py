"""What must hold of prices, Greeks and probabilities whatever the market, over generated markets.

Out-of-the-money options are compared with finite differences, where a price keeps
all of its digits; parity then carries each statement to their in-the-money twins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import OptionType
from engine.core.pricing import DAYS_PER_YEAR, forward_at_delta, greeks, implied_vol, price_usd, probability_above, probability_below

PUT, CALL = OptionType.PUT, OptionType.CALL

STEP = 1e-4
"""Of a standard deviation, of sigma or of the lifetime: cutting off and rounding are then about alike."""


@dataclass(frozen=True, kw_only=True)
class Market:
    """A forward and a strike so many standard deviations above it, with the volatility and the time left."""

    forward: float
    strike: float
    sigma: float
    years: float

    @property
    def total_vol(self) -> float:
        return self.sigma * math.sqrt(self.years)

    @property
    def otm(self) -> OptionType:
        return CALL if self.strike >= self.forward else PUT

    def price(self, kind: OptionType) -> float:
        return price_usd(kind, F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)

    def greeks(self, kind: OptionType):
        return greeks(kind, F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)

    def above(self) -> float:
        return probability_above(F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)

    def below(self) -> float:
        return probability_below(F=self.forward, K=self.strike, sigma=self.sigma, T=self.years)


SIGMAS = st.floats(0.05, 3.0)
YEARS = st.floats(1 / 8760, 2.0)
KINDS = st.sampled_from(OptionType)


@st.composite
def markets(draw: st.DrawFn, deviations_max: float = 4.0) -> Market:
    forward, sigma, years = draw(st.floats(200, 10_000)), draw(SIGMAS), draw(YEARS)
    deviations = draw(st.floats(-deviations_max, deviations_max))
    return Market(forward=forward, strike=forward * math.exp(deviations * sigma * math.sqrt(years)), sigma=sigma, years=years)


def slope(function: Callable[[Market], float], market: Market, name: str, step: float) -> float:
    """The central difference of `function` in one field of the market."""
    at = getattr(market, name)
    up, down = at + step, at - step
    return (function(replace(market, **{name: up})) - function(replace(market, **{name: down}))) / (up - down)


def price_of(kind: OptionType) -> Callable[[Market], float]:
    return lambda market: market.price(kind)


@given(markets())
def test_delta_is_the_slope_of_the_price_in_the_forward(market: Market) -> None:
    measured = slope(price_of(market.otm), market, "forward", STEP * market.forward * market.total_vol)

    assert market.greeks(market.otm).delta == pytest.approx(measured, rel=1e-5)


@given(markets())
def test_gamma_is_the_slope_of_delta_and_the_curvature_of_the_price(market: Market) -> None:
    kind, gamma = market.otm, market.greeks(market.otm).gamma_per_usd
    step = 10 * STEP * market.forward * market.total_vol
    up, down = replace(market, forward=market.forward + step), replace(market, forward=market.forward - step)
    curvature = (up.price(kind) - 2 * market.price(kind) + down.price(kind)) / step**2

    assert gamma == pytest.approx(slope(lambda at: at.greeks(kind).delta, market, "forward", step / 10), rel=1e-5)
    assert gamma == pytest.approx(curvature, rel=1e-3)


@given(markets())
def test_vega_is_the_change_of_the_price_per_point_of_volatility(market: Market) -> None:
    measured = slope(price_of(market.otm), market, "sigma", STEP * market.sigma) / 100

    assert market.greeks(market.otm).vega_usd_per_pt == pytest.approx(measured, rel=1e-5)


@given(markets())
def test_theta_is_what_the_price_loses_at_this_pace_in_a_day_or_in_the_life_left(market: Market) -> None:
    measured = -slope(price_of(market.otm), market, "years", STEP * market.years) * min(1 / DAYS_PER_YEAR, market.years)

    assert market.greeks(market.otm).theta_usd_per_day == pytest.approx(measured, rel=1e-5)


@given(markets())
def test_put_and_call_keep_parity_in_price_and_in_every_greek(market: Market) -> None:
    call, put = market.greeks(CALL), market.greeks(PUT)

    assert market.price(CALL) - market.price(PUT) == pytest.approx(market.forward - market.strike, rel=1e-12, abs=1e-12 * market.forward)
    assert call.delta - put.delta == pytest.approx(1, abs=1e-15)
    assert replace(call, delta=0) == replace(put, delta=0)


@given(markets())
def test_a_put_is_the_call_with_forward_and_strike_exchanged(market: Market) -> None:
    exchanged = replace(market, forward=market.strike, strike=market.forward)

    assert market.price(PUT) == pytest.approx(exchanged.price(CALL), rel=1e-14)


@given(markets(), st.floats(0.001, 1000))
def test_a_price_grows_with_its_currency_and_delta_does_not(market: Market, factor: float) -> None:
    scaled = replace(market, forward=factor * market.forward, strike=factor * market.strike)

    assert scaled.price(market.otm) == pytest.approx(factor * market.price(market.otm), rel=1e-8)
    assert scaled.greeks(market.otm).delta == pytest.approx(market.greeks(market.otm).delta, rel=1e-8)


@given(markets(deviations_max=8.0), KINDS)
def test_a_price_lies_between_its_intrinsic_value_and_its_bound(market: Market, kind: OptionType) -> None:
    intrinsic = max(market.forward - market.strike, 0) if kind is CALL else max(market.strike - market.forward, 0)

    assert intrinsic <= market.price(kind) < (market.forward if kind is CALL else market.strike)
    assert 0 < market.price(market.otm) < min(market.forward, market.strike)


@given(markets(deviations_max=8.0), KINDS)
def test_greeks_have_the_signs_of_a_long_option(market: Market, kind: OptionType) -> None:
    computed = market.greeks(kind)

    assert 0 < computed.delta <= 1 if kind is CALL else -1 <= computed.delta < 0
    assert min(computed.gamma_per_usd, computed.vega_usd_per_pt, -computed.theta_usd_per_day) > 0


@given(markets(), KINDS, SIGMAS)
def test_a_price_rises_with_volatility(market: Market, kind: OptionType, sigma: float) -> None:
    calm, wild = (replace(market, sigma=level).price(kind) for level in sorted((market.sigma, sigma)))

    assert calm <= wild * (1 + 1e-11)


@given(markets(), KINDS, YEARS)
def test_a_price_rises_with_time_left(market: Market, kind: OptionType, years: float) -> None:
    sooner, later = (replace(market, years=left).price(kind) for left in sorted((market.years, years)))

    assert sooner <= later * (1 + 1e-11)


@given(markets(), st.floats(200, 10_000))
def test_a_call_rises_and_a_put_falls_with_the_forward(market: Market, forward: float) -> None:
    lower, higher = (replace(market, forward=level) for level in sorted((market.forward, forward)))

    assert lower.price(CALL) <= higher.price(CALL) * (1 + 1e-11)
    assert higher.price(PUT) <= lower.price(PUT) * (1 + 1e-11)


@given(markets(), KINDS, st.floats(0.01, 1.0))
def test_a_butterfly_is_never_paid_to_hold(market: Market, kind: OptionType, wing: float) -> None:
    width = wing * market.strike * min(market.total_vol, 0.9)
    below, middle, above = (replace(market, strike=market.strike + offset).price(kind) for offset in (-width, 0, width))

    assert below - 2 * middle + above >= -1e-13 * (market.forward + market.strike)


@given(markets())
def test_the_volatility_of_an_otm_price_is_the_one_it_was_made_with(market: Market) -> None:
    solved = implied_vol(market.otm, price=market.price(market.otm), F=market.forward, K=market.strike, T=market.years)

    assert solved == pytest.approx(market.sigma, rel=1e-10)


@given(markets(deviations_max=2.0), KINDS)
def test_the_volatility_of_any_price_near_the_money_is_the_one_it_was_made_with(market: Market, kind: OptionType) -> None:
    solved = implied_vol(kind, price=market.price(kind), F=market.forward, K=market.strike, T=market.years)

    assert solved == pytest.approx(market.sigma, rel=1e-10)


@given(KINDS, st.floats(1e-6, 1 - 1e-6), st.floats(200, 10_000), SIGMAS, YEARS)
def test_the_forward_of_a_delta_has_that_delta(kind: OptionType, delta_abs: float, strike: float, sigma: float, years: float) -> None:
    forward = forward_at_delta(kind, delta_abs=delta_abs, K=strike, sigma=sigma, T=years)

    assert abs(greeks(kind, F=forward, K=strike, sigma=sigma, T=years).delta) == pytest.approx(delta_abs, rel=1e-10)


@given(markets(), KINDS)
def test_the_delta_of_a_forward_leads_back_to_it(market: Market, kind: OptionType) -> None:
    delta_abs = abs(market.greeks(kind).delta)
    found = forward_at_delta(kind, delta_abs=delta_abs, K=market.strike, sigma=market.sigma, T=market.years)
    # A delta near 1 has lost digits that its tail would need: they are the forward's error.
    lost = 1e-15 / (market.forward * market.greeks(kind).gamma_per_usd)

    assert found == pytest.approx(market.forward, rel=1e-11 + lost)


@given(markets(deviations_max=8.0))
def test_probabilities_of_both_sides_are_one_together(market: Market) -> None:
    assert 0 <= market.above() <= 1
    assert market.above() + market.below() == 1


@given(markets())
def test_probabilities_are_the_slopes_of_the_prices_in_the_strike(market: Market) -> None:
    measured = slope(price_of(market.otm), market, "strike", STEP * market.strike * market.total_vol)

    if market.otm is CALL:
        assert market.above() == pytest.approx(-measured, rel=1e-5)
    else:
        assert market.below() == pytest.approx(measured, rel=1e-5)
