"""The edges of the inverse functions: strikes below one dollar, and forwards too far away to be a number."""

from __future__ import annotations

import math

import pytest

from engine.core.model import OptionType
from engine.core.pricing import forward_at_delta, greeks


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
