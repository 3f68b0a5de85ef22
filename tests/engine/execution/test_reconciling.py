"""Store and venue are held against each other, and every difference has one of four outcomes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import OrderState
from engine.execution.cancelling import cancel_everything
from engine.execution.carrying import carry_out
from engine.execution.reconciling import Outcome, reconcile
from engine.execution.working import combo_of, work_whole
from tests.engine.execution.order_desk import LONG, SHORT, OrderDesk, order_desk, quote_spread
from tests.fakes.venue import Answered, FakeVenue, Refuse

TWO = Decimal(2)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        quote_spread(opened)
        opened.combos.is_as_asked = True
        yield opened


@pytest.fixture
async def desk(venue: FakeVenue, tmp_path: Path) -> AsyncIterator[OrderDesk]:
    async with order_desk(tmp_path, venue) as made:
        yield made


async def kinds(desk: OrderDesk) -> list[tuple[str, str]]:
    return [(finding.outcome.value, finding.code) for finding in (await reconcile(desk.room)).findings]


class Gone(BaseException):
    """Whoever worked the order is no more."""


def gone() -> None:
    raise Gone


async def left_working(desk: OrderDesk) -> None:
    """An order stands at the venue and nobody works it any more."""
    task = desk.approved(first="0.0052", last="0.0052")
    side = await combo_of(desk.room, task)
    assert side is not None
    desk.clock.after(6 * SECOND, gone)
    with pytest.raises(Gone):
        await work_whole(desk.room, task, side)


async def test_fills_nobody_saw_are_adopted_and_an_order_nobody_works_is_ended(desk: OrderDesk, venue: FakeVenue) -> None:
    await left_working(desk)
    venue.fill(venue.open_orders[0], "1")
    found = await reconcile(desk.room)

    assert [(finding.outcome, finding.code) for finding in found.findings] == [(Outcome.ADOPT, "fill"), (Outcome.SETTLE, "cancelled")]
    assert ([come_to.quantity_eth for come_to in found.ended.values()], venue.open_orders) == ([Decimal(1)], [])


async def test_an_intent_that_was_never_sent_is_over_without_a_fill(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()
    found = await reconcile(desk.room)

    assert found.ended[task.intent.order_id].quantity_eth == 0
    assert venue.sends == []


async def test_an_intent_somebody_works_on_is_left_alone(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved()
    desk.room.working.add(task.intent.order_id)

    assert dict((await reconcile(desk.room)).ended) == {}


async def test_a_stranger_s_order_is_held_for_and_left_where_it_is(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.plant_order(SHORT, "buy", amount="1", price="0.0005", label="mine")

    assert await kinds(desk) == [("hold", "stranger-order")]
    assert len(venue.open_orders) == 1


async def test_an_order_or_a_fill_under_a_name_of_ours_that_is_not_on_record_alarms(desk: OrderDesk, venue: FakeVenue) -> None:
    order = venue.plant_order(SHORT, "buy", amount="2", price="0.0005", label="cb0-7-o0-7.1")
    venue.fill(order, "1")

    assert await kinds(desk) == [("alarm", "stray-order"), ("alarm", "stray-fill")]


async def test_a_position_counts_as_different_once_two_looks_have_seen_it(desk: OrderDesk, venue: FakeVenue) -> None:
    await desk.opened()
    venue.plant_position(LONG, "1")
    first, second, third = await kinds(desk), await kinds(desk), None
    venue.plant_position(LONG, "2")
    third = await kinds(desk)

    assert (first, second, third) == ([], [("hold", "position")], [])


async def test_a_position_that_is_gone_at_the_venue_is_held_for_and_not_booked(desk: OrderDesk, venue: FakeVenue) -> None:
    task = await desk.opened()
    venue.plant_position(SHORT, "0")
    await kinds(desk)

    assert await kinds(desk) == [("hold", "position")]
    trade = desk.store.read_sync(lambda tx: tx.trade(task.intent.trade_id))
    assert trade is not None
    assert trade.state.value == "open"


async def test_a_fill_that_comes_after_the_books_are_closed_is_adopted_and_held_for(desk: OrderDesk, venue: FakeVenue) -> None:
    await left_working(desk)
    order = venue.open_orders[0]
    venue.script("private/cancel", Answered(None))
    found = await reconcile(desk.room)
    for order_id in found.ended:
        desk.store.write_sync(lambda tx, number=order_id: tx.settle_order(number, "not_placed", now=desk.clock.now()))
    order.state = "open"
    venue.fill(order, "1")
    order.state = "cancelled"

    assert await kinds(desk) == [("adopt", "late-fill"), ("hold", "fill-after-books")]
    assert await kinds(desk) == []


async def test_a_venue_that_does_not_answer_is_not_judged(desk: OrderDesk, venue: FakeVenue) -> None:
    await desk.opened()
    venue.script("private/get_positions", Refuse(-32602), times=None)
    venue.plant_position(LONG, "9")
    found = [await reconcile(desk.room) for _ in range(2)]

    assert [(each.is_complete, each.findings) for each in found] == [(False, ()), (False, ())]


async def test_an_expiry_that_is_not_booked_yet_is_no_difference(desk: OrderDesk, venue: FakeVenue) -> None:
    await desk.opened()
    venue.advance(timedelta(days=18))

    assert [await kinds(desk), await kinds(desk)] == [[], []]
    assert venue.positions == {}


async def test_cancelling_everything_goes_on_until_the_venue_answers(desk: OrderDesk, venue: FakeVenue) -> None:
    await left_working(desk)
    venue.script("private/cancel_all", Refuse(-32602), times=2)

    assert await cancel_everything(desk.room)
    assert (venue.open_orders, len(desk.audited("orders.cancelled"))) == ([], 1)


async def test_a_person_is_told_when_the_venue_takes_no_cancel(desk: OrderDesk, venue: FakeVenue) -> None:
    await left_working(desk)
    venue.script("private/cancel_all", Refuse(-32602), times=None)

    assert not await cancel_everything(desk.room)
    assert desk.codes() == ["order-cancel-failed"]


async def test_settlement_in_progress_and_maintenance_pause_an_order_and_lose_nothing(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0046", timeout_s=600)
    venue.maintain()
    desk.clock.after(90 * SECOND, lambda: venue.maintain(False))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth in (Decimal(0), TWO)
    assert OrderState.UNKNOWN not in desk.states(task)


async def test_an_order_that_works_through_the_daily_settlement_is_neither_lost_nor_doubled(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.advance_to(venue.now().replace(hour=7, minute=59, second=30) + timedelta(days=1))
    quote_spread(venue)
    venue.market.quote(SHORT, bids=[("0.0099", 50)], asks=[("0.0105", 50)])
    task = desk.approved(first="0.0047", timeout_s=180)
    desk.clock.after(100 * SECOND, lambda: quote_spread(venue))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, venue.positions) == (TWO, {SHORT: -TWO, LONG: TWO})
    assert len(venue.orders) == 1


async def test_an_order_sent_into_the_daily_settlement_waits_for_its_end(desk: OrderDesk, venue: FakeVenue) -> None:
    venue.advance_to(venue.now().replace(hour=8, minute=0, second=1) + timedelta(days=1))
    quote_spread(venue)
    task = desk.approved(first="0.0046")
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, len(venue.orders)) == (TWO, 1)
