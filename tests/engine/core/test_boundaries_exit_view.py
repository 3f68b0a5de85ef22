"""What counts as a figure of an open trade: garbage is absence, zero is not, and the edges of age, size and loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.core.exit_view import exit_view, is_tradable
from engine.core.model import BookState, Family
from tests.engine.core.builders import EXPIRY_AT, NOW, RULES, condor_spread, dec, exit_inputs, leg_changed, marked, spread

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
    broken = leg_changed(exit_inputs().spread, leg, **garbage)

    assert exit_view(exit_inputs(spread=broken), RULES).spread == leg_changed(broken, leg, **dict.fromkeys(garbage))


@pytest.mark.parametrize("garbage", ["NaN", "0", "-2000", "1E+101"])
def test_a_forward_that_is_garbage_gives_no_delta(garbage: str) -> None:
    spread = leg_changed(exit_inputs().spread, "short", greeks=None, forward_usd=dec(garbage))

    assert exit_view(exit_inputs(spread=spread), RULES).evidence.short_delta is None


@pytest.mark.parametrize("figure", ["0", "1E+100", "1E-100"])
def test_a_mark_of_zero_or_of_a_hundred_digits_is_a_figure(figure: str) -> None:
    marked_so = leg_changed(exit_inputs().spread, "short", mark_coin=dec(figure))

    assert exit_view(exit_inputs(spread=marked_so), RULES).evidence.mark_coin == dec(figure) - dec("0.0030")


@pytest.mark.parametrize(
    ("short", "long", "index", "is_whole"),
    [
        # The coarsest tick of 0.0005 beside nothing, and beside 1.05 times 100 USD of 2000.
        ("0.0025", "0.0030", "2000", True),
        ("0.0024", "0.0030", "2000", False),
        ("0.0560", "0.0030", "2000", True),
        ("0.0561", "0.0030", "2000", False),
        ("0.0561", "0.0030", "1990", True),
        ("0.0025", "0.0030", None, True),
        ("0.0024", "0.0030", None, False),
        ("0.0561", "0.0030", None, True),
    ],
)
def test_a_mark_below_nothing_or_above_the_width_by_more_than_a_tick_is_no_market(short: str, long: str, index: str | None, is_whole: bool) -> None:
    view = exit_view(exit_inputs(spread=marked(short, long), index_usd=None if index is None else dec(index)), RULES)

    assert view.is_market_whole is is_whole


@pytest.mark.parametrize("side", [0, 1])
def test_one_side_of_a_condor_marked_above_its_width_is_no_market(side: int) -> None:
    whole = condor_spread()
    broken = leg_changed(whole, "short", side=side, mark_coin=dec("0.1"))

    assert exit_view(exit_inputs(spread=whole), RULES).is_market_whole
    assert not exit_view(exit_inputs(spread=broken), RULES).is_market_whole


def test_the_width_of_a_linear_spread_is_in_its_dollars() -> None:
    linear = leg_changed(spread(family=Family.LINEAR_USDC), "long", mark_coin=dec(0))
    within, beyond = (leg_changed(linear, "short", mark_coin=dec(mark)) for mark in ("105.1", "105.2"))

    assert exit_view(exit_inputs(spread=within), RULES).is_market_whole
    assert not exit_view(exit_inputs(spread=beyond), RULES).is_market_whole


def test_legs_without_a_list_of_ticks_leave_no_slack() -> None:
    bare = marked("0.0029", "0.0030")
    for leg in LEGS:
        bare = leg_changed(bare, leg, instrument=replace(getattr(bare.verticals[0], leg).instrument, ticks=()))

    assert not exit_view(exit_inputs(spread=bare), RULES).is_market_whole
    assert exit_view(exit_inputs(spread=leg_changed(bare, "short", mark_coin=dec("0.0030"))), RULES).is_market_whole


@pytest.mark.parametrize("leg", LEGS)
@pytest.mark.parametrize("changes", [{"mark_coin": None}, {"quoted_at": NOW - timedelta(hours=1)}, {"state": BookState.HALTED}], ids=str)
def test_a_spread_is_tradable_while_every_leg_is_marked_recent_and_open(leg: str, changes: dict[str, Any]) -> None:
    healthy = exit_inputs().spread

    assert is_tradable(healthy, NOW, RULES)
    assert not is_tradable(leg_changed(healthy, leg, **changes), NOW, RULES)


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
