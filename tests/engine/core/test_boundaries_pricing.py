"""The edges of the inverse functions: units large and small, prices at their bounds, and forwards too far away to be a number."""

from __future__ import annotations

import math

import pytest

from engine.core.model import OptionType
from engine.core.pricing import forward_at_delta, greeks, implied_vol, price_usd


@pytest.mark.parametrize("option_type", list(OptionType))
@pytest.mark.parametrize("strike", [0.5, 1.0])
def test_a_strike_of_a_dollar_or_less_has_a_forward_too(option_type: OptionType, strike: float) -> None:
    forward = forward_at_delta(option_type, delta_abs=0.25, K=strike, sigma=0.6, T=0.1)

    assert forward is not None
    assert abs(greeks(option_type, F=forward, K=strike, sigma=0.6, T=0.1).delta) == pytest.approx(0.25)


@pytest.mark.parametrize(("exponent", "is_number"), [(99.5, True), (100.5, False)])
def test_a_forward_beyond_a_hundred_powers_of_e_is_not_given(exponent: float, is_number: bool) -> None:
    # At a delta of one half d1 is zero, which leaves half the variance as the exponent.
    forward = forward_at_delta(OptionType.CALL, delta_abs=0.5, K=2000.0, sigma=math.sqrt(2.0 * exponent), T=1.0)

    assert (forward is not None) is is_number


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e200])
def test_the_volatility_of_a_price_does_not_depend_on_the_unit_of_money(unit: float) -> None:
    price = price_usd(OptionType.CALL, F=2000.0 * unit, K=2100.0 * unit, sigma=0.6, T=0.1)

    assert implied_vol(OptionType.CALL, price=price, F=2000.0 * unit, K=2100.0 * unit, T=0.1) == pytest.approx(0.6)


@pytest.mark.parametrize("unit", [1.0, 1e-300])
def test_half_the_forward_at_the_money_is_the_volatility_whose_quartile_it_is(unit: float) -> None:
    # At the money a call is worth F·(2·N(s/2) - 1), which is half of F where s/2 is the upper quartile, 0.67449.
    assert implied_vol(OptionType.CALL, price=0.5 * unit, F=unit, K=unit, T=1.0) == pytest.approx(2.0 * 0.6744897501960817)


@pytest.mark.parametrize(("strike", "digits"), [(2000.0, 1e-15), (2600.0, 0.01)])
def test_the_smallest_price_there_is_has_a_small_volatility(strike: float, digits: float) -> None:
    vol = implied_vol(OptionType.CALL, price=5e-324, F=2000.0, K=strike, T=1.0)

    assert vol is not None
    assert 0.0 < vol < digits


@pytest.mark.parametrize("strike", [2000.0, 2050.0, 2100.0])
def test_a_price_one_digit_below_its_bound_has_the_volatility_at_which_the_digits_end(strike: float) -> None:
    vol = implied_vol(OptionType.CALL, price=math.nextafter(2000.0, 0.0), F=2000.0, K=strike, T=1.0)

    # 2·N(-8.25) is the last digit of one.
    assert vol == pytest.approx(16.5, rel=0.05)
