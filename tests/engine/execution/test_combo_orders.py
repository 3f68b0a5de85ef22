"""An approved spread is worked at the venue as one: up or down its ladder, in parts, through what a venue does to orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import OrderState
from engine.execution.carrying import carry_out
from engine.execution.reconciling import reconcile
from tests.engine.execution.order_desk import LONG, MINUTE, SHORT, OrderDesk, order_desk, quote_spread
from tests.fakes.venue import FakeVenue, Stale

ONE, TWO = Decimal(1), Decimal(2)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        quote_spread(opened)
        yield opened


@pytest.fixture
async def desk(venue: FakeVenue, tmp_path: Path) -> AsyncIterator[OrderDesk]:
    async with order_desk(tmp_path, venue) as made:
        yield made


@pytest.mark.parametrize("is_as_asked", [False, True])
async def test_a_spread_is_sold_down_its_ladder_whichever_way_round_the_venue_lists_it(desk: OrderDesk, venue: FakeVenue, is_as_asked: bool) -> None:
    venue.combos.is_as_asked = is_as_asked
    task = desk.approved()
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin, come_to.source) == (TWO, Decimal("0.0046"), "testnet")
    assert venue.positions == {SHORT: -TWO, LONG: TWO}
    assert [call.params["price"] for call in venue.asked("private/edit")] == [sign * price for price in (0.0047, 0.0046) for sign in [-1 if is_as_asked else 1]]
    assert len(venue.asked("private/buy")) + len(venue.asked("private/sell")) == 1
    assert desk.states(task) == [OrderState.FILLED]


async def test_a_spread_is_bought_back_up_its_ladder(desk: OrderDesk, venue: FakeVenue) -> None:
    opened = await desk.opened()
    task = desk.approved_close(opened.intent.trade_id, first="0.0053", last="0.0060")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin) == (TWO, Decimal("-0.0055"))
    assert venue.positions == {}


async def test_what_was_filled_in_time_is_the_trade_and_the_rest_is_cancelled(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0050")
    desk.clock.after(MINUTE, lambda: venue.fill(venue.open_orders[0], "1"))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, come_to.received_coin) == (ONE, Decimal("0.0052"))
    assert venue.open_orders == []
    assert desk.states(task) == [OrderState.CANCELLED]
    assert desk.clock.now() - desk.orders(task)[0].sent_at >= 4 * MINUTE


async def test_an_order_nobody_meets_ends_without_a_fill(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0050")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == 0
    assert (venue.open_orders, venue.positions) == ([], {})


async def test_a_lost_session_ends_the_order_at_the_venue_and_another_takes_its_place(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()
    desk.clock.after(90 * SECOND, venue.hang_up)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == TWO
    assert desk.states(task) == [OrderState.CANCELLED, OrderState.FILLED]
    assert len({order.label for order in desk.orders(task)}) == 2
    assert venue.positions == {SHORT: -TWO, LONG: TWO}


async def test_a_part_that_filled_before_the_session_was_lost_is_never_sold_twice(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()

    def half_then_gone() -> None:
        venue.fill(venue.open_orders[0], "1")
        venue.hang_up()

    desk.clock.after(90 * SECOND, half_then_gone)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == TWO
    assert venue.positions == {SHORT: -TWO, LONG: TWO}
    assert [order.filled_eth for order in desk.orders(task)] == [ONE, ONE]


async def test_a_kill_cancels_what_works_and_nothing_else_goes_out(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()
    desk.clock.after(90 * SECOND, lambda: desk.kill_switch.latch("test", "test", desk.clock.now()))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == 0
    assert venue.open_orders == []
    assert len(venue.asked("private/sell")) == 1


async def test_a_hold_cancels_an_entry_that_works(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()
    desk.clock.after(90 * SECOND, lambda: desk.store.write_sync(lambda tx: tx.add_hold("day-loss", "test", desk.clock.now())))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == 0
    assert venue.open_orders == []


async def test_on_old_quotes_an_order_keeps_its_limit(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(timeout_s=180)
    venue.script("public/ticker", Stale(), times=None)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert len(venue.asked("private/edit")) <= 1


async def test_store_and_venue_agree_after_a_trade(desk: OrderDesk, venue: FakeVenue) -> None:
    await desk.opened()
    for _ in range(3):
        found = await reconcile(desk.room)

        assert (found.findings, dict(found.ended), found.is_complete) == ((), {}, True)


async def test_a_program_that_stops_ends_its_orders_within_seconds_and_keeps_what_was_filled(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0052")
    began_at = desk.clock.now()
    desk.clock.after(20 * SECOND, lambda: venue.fill(venue.open_orders[0], "1"))
    desk.clock.after(21 * SECOND, desk.room.halt.set)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, venue.open_orders) == (ONE, [])
    assert desk.clock.now() - began_at <= 30 * SECOND


async def test_a_login_that_is_over_is_renewed_and_the_order_goes_out(desk: OrderDesk, venue: FakeVenue) -> None:
    first = desk.approved(quantity="1", first="0.0046")
    await carry_out(desk.room, first)
    venue.advance(timedelta(hours=1))
    venue.revoke_tokens()
    quote_spread(venue)
    come_to = await carry_out(desk.room, desk.approved(quantity="1", first="0.0046"))

    assert come_to is not None
    assert (come_to.quantity_eth, venue.positions[SHORT]) == (ONE, -TWO)
