"""The paper fill: prices of section 1.12 against us, to the tick, with the venue's fees."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.core.model import Spread
from engine.errors import VenueError
from engine.execution.orders import order_label
from engine.execution.paper import PaperFill, fill_close, fill_open
from tests.engine.core.builders import INDEX_USD, RULES, dec, leg_changed, marked


def book(short: tuple[str | None, str | None], long: tuple[str | None, str | None]) -> Spread:
    """A bull put of marks 0.0070 and 0.0030 with these bids and asks."""
    whole = marked("0.0070", "0.0030")
    for leg, (bid, ask) in (("short", short), ("long", long)):
        whole = leg_changed(whole, leg, bid_coin=None if bid is None else dec(bid), ask_coin=None if ask is None else dec(ask))
    return whole


def test_an_entry_gets_mid_less_a_third_of_the_way_to_natural_rounded_down() -> None:
    filled = fill_open(book(("0.0068", "0.0072"), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD, floor_coin=dec("0.0030"))

    # mid 0.0040, natural 0.0036, expected 0.00386
    assert filled == PaperFill(price_coin=dec("0.0038"), mid_coin=dec("0.0040"), fee_coin=dec("0.0003"))


@pytest.mark.parametrize(("floor", "price"), [("0.0038", "0.0038"), ("0.00386", "0.00386"), ("0.0039", None)])
def test_an_entry_never_fills_below_its_lowest_limit(floor: str, price: str | None) -> None:
    filled = fill_open(book(("0.0068", "0.0072"), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD, floor_coin=dec(floor))

    assert (None if filled is None else filled.price_coin) == (None if price is None else dec(price))


def test_an_exit_pays_half_the_way_to_natural_rounded_up() -> None:
    filled = fill_close(book(("0.0068", "0.0073"), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD)

    # mid 0.00405, natural 0.0045, half-way 0.004275
    assert filled == PaperFill(price_coin=dec("0.0043"), mid_coin=dec("0.00405"), fee_coin=dec("0.0003"))


def test_an_exit_never_pays_more_than_the_width_nor_less_than_nothing() -> None:
    dear = fill_close(book(("0.0900", "0.0950"), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD)
    free = fill_close(book(("0.0001", "0.0002"), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD)

    assert (dear.price_coin, free.price_coin) == (dec("0.0500"), Decimal(0))


@pytest.mark.parametrize(("short", "long"), [((None, "0.0072"), ("0.0028", "0.0032")), (("0.0068", "0.0072"), ("0.0028", None))])
def test_an_entry_with_an_empty_side_cannot_fill(short: tuple[str | None, str | None], long: tuple[str | None, str | None]) -> None:
    with pytest.raises(VenueError, match="empty"):
        fill_open(book(short, long), RULES, index_usd=INDEX_USD, floor_coin=dec("0.0030"))


def test_a_short_leg_nobody_offers_cannot_be_bought_back_and_a_leg_without_a_mark_has_no_fee() -> None:
    with pytest.raises(VenueError, match="nobody offers"):
        fill_close(book(("0.0068", None), ("0.0028", "0.0032")), RULES, index_usd=INDEX_USD)
    whole = book(("0.0068", "0.0072"), ("0.0028", "0.0032"))
    with pytest.raises(VenueError, match="no mark"):
        fill_close(leg_changed(whole, "long", mark_coin=None), RULES, index_usd=INDEX_USD)


def test_an_order_is_named_after_its_epoch_trade_side_and_proposal() -> None:
    assert [order_label(7, side=side, proposal_id=12, epoch=0) for side in ("open", "close")] == ["cb0-7-o0-12", "cb0-7-c0-12"]
    assert order_label(7, side="open", proposal_id=12, epoch=3) == "cb3-7-o0-12"
