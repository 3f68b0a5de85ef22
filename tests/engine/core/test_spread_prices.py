"""What a spread is worth with empty sides, and the prices paper fills happen at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.spread_prices import (
    close_expected_coin,
    close_mid_coin,
    entry_expected_coin,
    entry_mid_coin,
    paper_entry_price,
    paper_exit_price,
    round_down_to_tick,
    round_up_to_tick,
)

from .builders import INDEX_USD, RULES, TICK, dec, leg_changed, spread


def booked(short_bid: str | None, short_ask: str | None, long_bid: str | None, long_ask: str | None):
    prices = [None if price is None else dec(price) for price in (short_bid, short_ask, long_bid, long_ask)]
    return leg_changed(leg_changed(spread(), "short", bid_coin=prices[0], ask_coin=prices[1]), "long", bid_coin=prices[2], ask_coin=prices[3])


@pytest.mark.parametrize(
    ("books", "mid"),
    [
        (("0.0070", "0.0080", "0.0030", "0.0034"), "0.0043"),
        (("0.0070", "0.0080", None, "0.0010"), "0.0070"),
        (("0.0070", "0.0080", "0", "0.0010"), "0.0070"),
        ((None, "0.0080", "0.0030", "0.0034"), None),
        (("0.0070", None, "0.0030", "0.0034"), None),
        (("0.0070", "0.0080", "0.0030", None), None),
    ],
)
def test_entry_mid_needs_every_side_but_the_long_bid(books, mid: str | None) -> None:
    assert entry_mid_coin(booked(*books)) == (None if mid is None else dec(mid))


@pytest.mark.parametrize(
    ("books", "mid", "expected"),
    [
        (("0.0070", "0.0080", "0.0030", "0.0034"), "0.0043", "0.004545"),
        # A long leg nobody bids for is left to expire; one nobody offers is sold at its bid.
        (("0.0070", "0.0080", None, "0.0034"), "0.0075", "0.007675"),
        (("0.0070", "0.0080", "0", "0.0034"), "0.0075", "0.007675"),
        (("0.0070", "0.0080", "0.0030", None), "0.0045", "0.004675"),
        # A short leg nobody bids for costs its ask: 0.0080 less the mid of the long leg, and 35 % of the way to its bid.
        ((None, "0.0080", "0.0030", "0.0034"), "0.0048", "0.00487"),
        (("0", "0.0080", "0.0030", "0.0034"), "0.0048", "0.00487"),
        (("0.0001", "0.0080", "0.0030", "0.0034"), "0.00085", "0.0023025"),
        (("0.0070", None, "0.0030", "0.0034"), None, None),
    ],
)
def test_closing_needs_only_an_ask_on_the_short_leg(books, mid: str | None, expected: str | None) -> None:
    assert close_mid_coin(booked(*books)) == (None if mid is None else dec(mid))
    assert close_expected_coin(booked(*books)) == (None if expected is None else dec(expected))


def test_a_paper_entry_gives_up_a_third_of_the_way_to_natural_and_rounds_down() -> None:
    book = booked("0.0070", "0.0080", "0.0030", "0.0034")

    assert entry_expected_coin(book) == dec("0.0043") - dec("0.35") * dec("0.0007")
    assert paper_entry_price(book, RULES.execution) == dec("0.0040")
    assert paper_entry_price(booked(None, "0.0080", "0.0030", "0.0034"), RULES.execution) is None
    assert entry_expected_coin(booked("0.0070", None, "0.0030", "0.0034")) is None


def test_a_paper_exit_pays_half_of_the_way_to_natural_and_rounds_up() -> None:
    assert paper_exit_price(booked("0.0070", "0.0080", "0.0030", "0.0034"), RULES.execution, index_usd=INDEX_USD) == dec("0.0047")
    assert paper_exit_price(booked("0.0070", None, "0.0030", "0.0034"), RULES.execution, index_usd=INDEX_USD) is None


def test_a_paper_exit_never_pays_more_than_the_width_is_worth_nor_less_than_nothing() -> None:
    assert paper_exit_price(booked("0.0900", "0.1100", "0.0300", "0.0340"), RULES.execution, index_usd=INDEX_USD) == dec("0.0500")
    assert paper_exit_price(booked("0.0900", "0.1100", "0.0300", "0.0340"), RULES.execution, index_usd=dec(1999)) == dec("0.0500")
    assert paper_exit_price(booked("0.0001", "0.0002", "0.0030", "0.0034"), RULES.execution, index_usd=INDEX_USD) == 0


@given(st.decimals("-1", "1", places=8))
def test_rounding_brackets_the_price_within_one_tick(price: Decimal) -> None:
    down, up = round_down_to_tick(price, TICK), round_up_to_tick(price, TICK)

    assert down <= price <= up
    assert up - down in (0, TICK)
    assert down % TICK == 0
