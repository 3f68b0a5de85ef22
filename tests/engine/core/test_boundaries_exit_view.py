"""What counts as a figure of an open trade: garbage is absence, zero is not, and the edges of age, size and loss."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.core.exit_view import exit_view
from tests.engine.core.builders import EXPIRY_AT, NOW, RULES, dec, exit_inputs, leg_changed, marked

LEGS = ("short", "long")
PRICES = ("bid_coin", "ask_coin", "mark_coin")


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize(("late_s", "is_whole"), [(0, True), (1, False)])
def test_a_quote_may_be_recorded_up_to_the_age_limit_in_hours(leg: str, late_s: int, is_whole: bool) -> None:
    recorded_at = NOW - timedelta(hours=RULES.recorded_chain_age_max_h, seconds=late_s)
    view = exit_view(exit_inputs(spread=leg_changed(exit_inputs().spread, leg, recorded_at=recorded_at)), RULES)

    assert view.is_market_whole is is_whole


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("field", PRICES)
@pytest.mark.parametrize("garbage", ["NaN", "Infinity", "-0.0001", "1E+101", "1E-101"])
def test_a_price_that_is_garbage_is_a_price_that_is_absent(leg: str, field: str, garbage: str) -> None:
    spread = exit_inputs().spread
    read, absent = (exit_view(exit_inputs(spread=leg_changed(spread, leg, **{field: value})), RULES) for value in (dec(garbage), None))

    assert read.spread == absent.spread
    assert read.evidence == absent.evidence
    assert read.is_market_whole is absent.is_market_whole


@pytest.mark.parametrize("leg", LEGS)
def test_a_quote_that_is_garbage_throughout_has_no_price_at_all(leg: str) -> None:
    garbage = {name: dec("NaN") for name in (*PRICES, "forward_usd")}
    spread = leg_changed(exit_inputs().spread, leg, **garbage)

    assert exit_view(exit_inputs(spread=spread), RULES).spread == leg_changed(spread, leg, **dict.fromkeys(garbage))


@pytest.mark.parametrize("garbage", ["NaN", "0", "-2000", "1E+101"])
def test_a_forward_that_is_garbage_gives_no_delta(garbage: str) -> None:
    spread = leg_changed(exit_inputs().spread, "short", greeks=None, forward_usd=dec(garbage))

    assert exit_view(exit_inputs(spread=spread), RULES).evidence.short_delta is None


@pytest.mark.parametrize("figure", ["0", "1E+100", "1E-100"])
def test_a_mark_of_zero_or_of_a_hundred_digits_is_a_figure(figure: str) -> None:
    spread = leg_changed(exit_inputs().spread, "short", mark_coin=dec(figure))

    assert exit_view(exit_inputs(spread=spread), RULES).is_market_whole


@pytest.mark.parametrize(
    ("now", "short", "is_at_max_loss"),
    [
        (EXPIRY_AT, "0.0574", True),
        (EXPIRY_AT, "0.0573", False),
        (EXPIRY_AT - timedelta(hours=23), "0.0574", True),
        (EXPIRY_AT - timedelta(days=1), "0.0574", False),
        (EXPIRY_AT + timedelta(seconds=1), "0.0574", False),
    ],
)
def test_a_trade_is_at_its_most_loss_from_nineteen_twentieths_of_the_width_on_the_last_day(now: datetime, short: str, is_at_max_loss: bool) -> None:
    # An ask of 0.0575 and a bid of 0.0100 leave 0.0475 to pay, and 100 USD of 2000 are 0.05 coin.
    view = exit_view(exit_inputs(now=now, spread=marked(short, "0.0101")), RULES)

    assert view.is_at_max_loss is is_at_max_loss


def test_without_an_index_or_an_ask_no_trade_is_at_its_most_loss() -> None:
    deep = marked("0.0574", "0.0101")

    assert not exit_view(exit_inputs(now=EXPIRY_AT, spread=deep, index_usd=None), RULES).is_at_max_loss
    assert not exit_view(exit_inputs(now=EXPIRY_AT, spread=leg_changed(deep, "short", ask_coin=None)), RULES).is_at_max_loss
