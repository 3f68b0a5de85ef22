"""The shape of an expiry where a strike is the forward itself, and where a delta is hit exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.model import OptionType, Quote
from engine.core.skew import atm_iv_frac, rr25_pts
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, chain, priced

PUT, CALL = OptionType.PUT, OptionType.CALL
AT_THE_MONEY = int(INDEX_USD)


def at_delta(strike: int, option_type: OptionType, delta: float, iv_frac: float) -> Quote:
    quote = priced(strike, option_type, iv_frac=iv_frac)
    return replace(quote, greeks=replace(priced(strike, option_type).greeks, delta=delta))


@pytest.mark.parametrize("option_type", list(OptionType))
def test_either_option_whose_strike_is_the_forward_is_at_the_money(option_type: OptionType) -> None:
    quotes = [priced(AT_THE_MONEY - 100, PUT, iv_frac=0.70), priced(AT_THE_MONEY, option_type, iv_frac=0.55), priced(AT_THE_MONEY + 100, CALL, iv_frac=0.60)]

    assert atm_iv_frac(quotes) == pytest.approx(0.55)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_options_whose_strike_is_the_forward_the_put_counts(first: int) -> None:
    both = [priced(AT_THE_MONEY, PUT, iv_frac=0.55), priced(AT_THE_MONEY, CALL, iv_frac=0.65)]
    quotes = [priced(AT_THE_MONEY - 100, PUT, iv_frac=0.70), both[first], both[1 - first], priced(AT_THE_MONEY + 100, CALL, iv_frac=0.60)]

    assert atm_iv_frac(quotes) == pytest.approx(0.55)


@pytest.mark.parametrize(("option_type", "steps"), [(PUT, 1), (CALL, -1)])
def test_an_option_in_the_money_says_nothing_of_the_volatility_at_the_money(option_type: OptionType, steps: int) -> None:
    around = [priced(AT_THE_MONEY - 100, PUT, iv_frac=0.70), priced(AT_THE_MONEY + 100, CALL, iv_frac=0.60)]

    assert atm_iv_frac([*around, priced(AT_THE_MONEY + 50 * steps, option_type, iv_frac=0.99)]) == pytest.approx(0.65)


@pytest.mark.parametrize(("far", "near"), [(0.25, 0.40), (0.10, 0.25)])
def test_a_delta_that_is_quoted_exactly_needs_no_other_beyond_it(far: float, near: float) -> None:
    ivs = {0.25: 0.62, far: 0.62 if far == 0.25 else 0.90, near: 0.62 if near == 0.25 else 0.40}
    quotes = (
        *(at_delta(1750 + index * 50, PUT, -delta, ivs[delta] + 0.1) for index, delta in enumerate((far, near))),
        *(at_delta(2300 - index * 50, CALL, delta, ivs[delta]) for index, delta in enumerate((far, near))),
    )

    assert rr25_pts(chain(quotes=quotes), EXPIRY_AT, NOW) == pytest.approx(-10.0)


def test_a_risk_reversal_is_interpolated_between_the_two_deltas_around_a_quarter() -> None:
    quotes = (
        at_delta(1700, PUT, -0.20, 0.80),
        at_delta(1750, PUT, -0.30, 0.70),
        at_delta(2300, CALL, 0.15, 0.50),
        at_delta(2200, CALL, 0.35, 0.60),
    )

    assert rr25_pts(chain(quotes=quotes), EXPIRY_AT, NOW) == pytest.approx(100.0 * (0.55 - 0.75))
