"""The legs of a combo decide its side, and no leg is traded that would leave a short uncovered."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model_venue import Combo, ComboLeg, Direction, TradedLeg
from engine.core.order_side import ComboSide, LegsDone, combo_side, sellable_long_eth, sellable_short_eth

SHORT, LONG = "ETH-25SEP26-2200-P", "ETH-25SEP26-2100-P"
CREDIT = Decimal("0.0040")


def opening(*, short: Direction = Direction.SELL, long: Direction = Direction.BUY) -> tuple[TradedLeg, ...]:
    return (
        TradedLeg(instrument_name=SHORT, direction=short, amount_eth=Decimal(1)),
        TradedLeg(instrument_name=LONG, direction=long, amount_eth=Decimal(1)),
    )


def combo(*legs: tuple[str, int]) -> Combo:
    return Combo(combo_id="ETH-PS-25SEP26-2100_2200", is_active=True, legs=tuple(ComboLeg(instrument_name=name, ratio=ratio) for name, ratio in legs))


def test_a_combo_that_is_short_the_short_leg_is_bought_at_a_negative_price() -> None:
    side = combo_side(combo((SHORT, -1), (LONG, 1)), opening())

    assert side is not None
    assert (side.direction, side.price_coin(CREDIT)) == (Direction.BUY, -CREDIT)


def test_a_combo_the_other_way_round_is_sold_at_a_positive_price() -> None:
    side = combo_side(combo((LONG, -1), (SHORT, 1)), opening())

    assert side is not None
    assert (side.direction, side.price_coin(CREDIT)) == (Direction.SELL, CREDIT)


def test_closing_takes_the_other_side_and_pays() -> None:
    closing = opening(short=Direction.BUY, long=Direction.SELL)
    bought, sold = combo_side(combo((SHORT, 1), (LONG, -1)), closing), combo_side(combo((SHORT, -1), (LONG, 1)), closing)

    assert bought is not None
    assert sold is not None
    assert (bought.direction, bought.price_coin(-CREDIT)) == (Direction.BUY, CREDIT)
    assert (sold.direction, sold.price_coin(-CREDIT)) == (Direction.SELL, -CREDIT)


@pytest.mark.parametrize(
    "legs",
    [
        ((SHORT, 1), (LONG, 1)),
        ((SHORT, -2), (LONG, 1)),
        ((SHORT, -2), (LONG, 2)),
        ((SHORT, -1),),
        ((SHORT, -1), ("ETH-25SEP26-2000-P", 1)),
        ((SHORT, -1), (LONG, 1), ("ETH-25SEP26-2000-P", 1)),
        ((SHORT, -1), (SHORT, -1), (LONG, 1)),
    ],
)
def test_a_combo_of_other_legs_or_ratios_is_not_traded(legs: tuple[tuple[str, int], ...]) -> None:
    assert combo_side(combo(*legs), opening()) is None


def test_a_leg_that_is_wanted_twice_is_no_combo_of_ours() -> None:
    assert combo_side(combo((SHORT, -1), (LONG, 1)), (*opening(), opening()[0])) is None


@given(price=st.decimals(min_value=-1, max_value=1, places=4), direction=st.sampled_from(Direction))
def test_price_and_what_comes_in_are_each_other_s_inverse(price: Decimal, direction: Direction) -> None:
    side = ComboSide(combo_id="x", direction=direction)

    assert side.received_coin(side.price_coin(price)) == price


AMOUNTS = st.integers(min_value=0, max_value=6).map(Decimal)


@given(quantity=AMOUNTS, bought=AMOUNTS, sold=AMOUNTS, back=AMOUNTS)
def test_on_opening_what_is_sold_short_is_always_covered_by_what_is_held_long(quantity: Decimal, bought: Decimal, sold: Decimal, back: Decimal) -> None:
    done = LegsDone(sold_short_eth=sold, bought_long_eth=bought, sold_long_eth=back)
    more = sellable_short_eth(done, quantity)
    less = sellable_long_eth(done, quantity, is_opening=True)

    assert more >= 0
    assert less >= 0
    assert more == 0 or (sold + more <= bought - back and sold + more <= quantity)
    assert less == 0 or sold <= bought - back - less


@given(quantity=AMOUNTS, back=AMOUNTS, sold=AMOUNTS)
def test_on_closing_no_more_of_the_long_is_sold_than_the_short_was_bought_back(quantity: Decimal, back: Decimal, sold: Decimal) -> None:
    more = sellable_long_eth(LegsDone(bought_short_eth=back, sold_long_eth=sold), quantity, is_opening=False)

    assert more == max(min(quantity, back) - sold, Decimal(0))
