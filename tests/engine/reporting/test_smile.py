"""The smile: which quotes stand on it, what is held, and what it says when something is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.model import Chain, OptionType
from engine.reporting.smile import HeldStrike, SmileInputs, smile
from tests.engine.core.builders import EXPIRY_AT, NOW, chain, priced

HELD = HeldStrike(trade_id=7, option_type=OptionType.PUT, strike_usd=Decimal(1750), is_short=True)
INPUTS = SmileInputs(env="PAPER", expiry_at=EXPIRY_AT, chain=chain(), held=(HELD,), dvol_pts=60.0, as_of=NOW)


def with_quotes(**changes: object) -> Chain:
    whole = chain()
    return replace(whole, quotes=tuple(replace(quote, **changes) for quote in whole.quotes))


def test_puts_stand_below_the_forward_and_calls_above_it_both_ascending() -> None:
    chart = smile(INPUTS)

    assert chart.forward_usd is not None
    assert chart.puts
    assert chart.calls
    assert [strike for strike, _ in (*chart.puts, *chart.calls)] == sorted(strike for strike, _ in (*chart.puts, *chart.calls))
    assert chart.puts[-1][0] <= chart.forward_usd <= chart.calls[0][0]


def test_a_strike_that_is_held_carries_the_volatility_of_its_own_option() -> None:
    (chosen,) = smile(INPUTS).chosen

    assert (chosen.trade_id, chosen.strike_usd, chosen.is_short) == (7, 1750.0, True)
    assert chosen.iv_frac == dict(smile(INPUTS).puts)[1750.0]


def test_a_strike_nobody_quotes_any_more_is_still_named() -> None:
    (chosen,) = smile(replace(INPUTS, held=(replace(HELD, strike_usd=Decimal(1234)),))).chosen

    assert (chosen.strike_usd, chosen.iv_frac) == (1234.0, None)


@pytest.mark.parametrize(("distance_frac", "stands"), [("0.49", True), ("0.5", True), ("0.51", False)])
def test_strikes_beyond_the_reach_are_left_out(distance_frac: str, *, stands: bool) -> None:
    far = priced(1000, OptionType.PUT)
    forward = Decimal(1000) / (1 - Decimal(distance_frac))
    whole = replace(chain(), quotes=(replace(far, forward_usd=forward),))

    assert bool(smile(replace(INPUTS, chain=whole)).puts) is stands


@pytest.mark.parametrize("changes", [{"iv_frac": None}, {"iv_frac": float("nan")}, {"forward_usd": None}])
def test_without_sound_volatilities_or_a_forward_there_are_no_points(changes: dict[str, object]) -> None:
    chart = smile(replace(INPUTS, chain=with_quotes(**changes)))

    assert (chart.puts, chart.calls, chart.atm_iv_frac) == ((), (), None)
    assert chart.chosen[0].strike_usd == 1750.0


def test_without_an_expiry_nothing_is_claimed() -> None:
    chart = smile(replace(INPUTS, expiry_at=None, chain=None, held=(), dvol_pts=None))

    assert (chart.puts, chart.calls, chart.chosen, chart.spot_usd, chart.forward_usd, chart.data_age_s) == ((), (), (), None, None, 0.0)


def test_modelled_volatilities_are_marked() -> None:
    assert smile(replace(INPUTS, chain=with_quotes(modelled=frozenset({"iv"})))).is_modelled
    assert not smile(INPUTS).is_modelled
