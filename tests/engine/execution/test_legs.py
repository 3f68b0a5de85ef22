"""Where the venue has no combo the legs are traded one by one, and no short ever stands without the long that covers it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import OrderState
from engine.execution.carrying import carry_out
from engine.execution.holdings import expected_positions, uncovered_eth
from engine.execution.orders import LONG_LEG, SHORT_LEG
from engine.execution.reconciling import reconcile
from tests.engine.execution.order_desk import LONG, SHORT, OrderDesk, most_uncovered_eth, order_desk, quote_spread
from tests.fakes.venue import Drop, FakeVenue, Refuse

ONE, TWO = Decimal(1), Decimal(2)
SECOND = timedelta(seconds=1)
NO_BOOK = Refuse(13036)


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        quote_spread(opened)
        opened.market.quote(LONG, bids=[("0.0046", 50)], asks=[("0.0049", 50)], mark="0.0047")
        yield opened


@pytest.fixture
async def desk(venue: FakeVenue, tmp_path: Path) -> AsyncIterator[OrderDesk]:
    async with order_desk(tmp_path, venue) as made:
        yield made


async def test_the_long_is_bought_before_the_short_is_sold(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    task = desk.approved(first="0.0053", last="0.0050")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin) == (TWO, Decimal("0.0051"))
    assert venue.positions == {SHORT: -TWO, LONG: TWO}
    assert [(order.part, order.state) for order in desk.orders(task)] == [(LONG_LEG, OrderState.FILLED), (SHORT_LEG, OrderState.FILLED)]
    assert most_uncovered_eth(venue) <= 0


async def test_a_venue_that_is_full_of_combos_is_asked_again_for_three_minutes_first(desk: OrderDesk, venue: FakeVenue) -> None:
    began_at = desk.clock.now()
    venue.script("private/create_combo", Refuse(13035), times=None)
    task = desk.approved(first="0.0053", last="0.0050")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, len(venue.asked("private/create_combo"))) == (TWO, 4)
    assert desk.orders(task)[0].sent_at - began_at >= timedelta(minutes=3)


async def test_on_closing_the_short_is_bought_back_first(desk: OrderDesk, venue: FakeVenue) -> None:
    opened = await desk.opened()
    venue.script("private/create_combo", NO_BOOK)
    task = desk.approved_close(opened.intent.trade_id, first="0.0056", last="0.0110")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin, venue.positions) == (TWO, Decimal("-0.0059"), {})
    assert [order.part for order in desk.orders(task)] == [SHORT_LEG, LONG_LEG]
    assert most_uncovered_eth(venue) <= 0


async def test_a_long_nobody_bids_for_is_left_to_expire_when_the_short_is_back(desk: OrderDesk, venue: FakeVenue) -> None:
    opened = await desk.opened()
    venue.script("private/create_combo", NO_BOOK)
    venue.market.quote(LONG, bids=[], asks=[("0.0049", 50)])
    come_to = await carry_out(desk.room, desk.approved_close(opened.intent.trade_id, first="0.0056", last="0.0110"))
    found = await reconcile(desk.room)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin, venue.positions) == (TWO, Decimal("-0.0105"), {LONG: TWO})
    assert desk.codes() == ["order-long-left"]
    assert not found.findings


async def test_a_long_that_found_no_short_to_cover_is_sold_back(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    venue.script("private/sell", Refuse(10009), having={"instrument_name": SHORT}, times=None)
    task = desk.approved(first="0.0053", last="0.0050")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.cash_coin, venue.positions) == (Decimal(0), Decimal("-0.0006"), {})


async def test_only_as_much_is_sold_short_as_the_long_has_filled(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    venue.market.quote(LONG, bids=[("0.0046", 50)], asks=[("0.0049", 1), ("0.0090", 50)])
    come_to = await carry_out(desk.room, desk.approved(first="0.0053", last="0.0050", timeout_s=60))

    assert come_to is not None
    assert (come_to.quantity_eth, venue.positions) == (ONE, {SHORT: -ONE, LONG: ONE})
    assert most_uncovered_eth(venue) <= 0


async def test_legs_that_would_bring_less_than_was_approved_are_not_traded(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    task = desk.approved(first="0.0054", last="0.0052", timeout_s=60)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, desk.orders(task)) == (Decimal(0), ())


async def test_a_leg_in_doubt_stops_everything_until_its_fate_is_known(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    venue.script("private/buy", Drop(is_done=True), having={"instrument_name": LONG})
    task = desk.approved(first="0.0053", last="0.0050")
    come_to = await carry_out(desk.room, task)
    while come_to is None:
        await desk.clock.sleep_until(desk.clock.now() + 45 * SECOND)
        found = await reconcile(desk.room)
        come_to = found.ended.get(task.intent.order_id)

    assert len(venue.asked("private/buy")) == 1
    assert most_uncovered_eth(venue) <= 0
    assert desk.store.read_sync(lambda tx: uncovered_eth(tx, now=desk.clock.now())) == 0


async def test_a_kill_between_the_legs_sells_nothing_more(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    venue.market.quote(SHORT, bids=[("0.0100", 2)], asks=[("0.0105", 50)])
    venue.script("private/sell", Refuse(10040), having={"instrument_name": SHORT})
    desk.clock.after(3 * SECOND, lambda: desk.kill_switch.latch("test", "test", desk.clock.now()))
    come_to = await carry_out(desk.room, desk.approved(first="0.0053", last="0.0050"))

    assert come_to is not None
    assert venue.positions.get(SHORT, Decimal(0)) == 0
    assert venue.positions.get(LONG, Decimal(0)) in (Decimal(0), TWO)


async def test_what_is_expected_is_what_the_legs_have_traded(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.script("private/create_combo", NO_BOOK)
    await carry_out(desk.room, desk.approved(first="0.0053", last="0.0050"))

    assert desk.store.read_sync(lambda tx: expected_positions(tx, now=desk.clock.now())) == {SHORT: -TWO, LONG: TWO} == venue.positions
