"""An answer that is lost is neither a yes nor a no: the order is never sent again, and the venue's own records say what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import OrderState
from engine.execution.carrying import carry_out, concluded
from engine.execution.reconciling import Outcome, reconcile
from engine.execution.resolving import MARGIN, SILENCE, resolve
from engine.execution.working import combo_of, work_whole
from tests.engine.execution.order_desk import SHORT, OrderDesk, order_desk, quote_spread
from tests.fakes.venue import Answered, Cut, Drop, FakeVenue, Garbled, Refuse, Status

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


@pytest.mark.parametrize(
    "fault", [Drop(is_done=True), Cut(), Garbled(), Refuse(13888, is_done=True), Refuse(11094, is_done=True), Answered({"order": {}})], ids=str
)
async def test_an_order_that_was_taken_is_adopted_and_never_sent_again(
    desk: OrderDesk, venue: FakeVenue, fault: Drop | Cut | Garbled | Refuse | Answered
) -> None:
    task = desk.approved(first="0.0046")
    venue.script("private/buy", fault)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == TWO
    assert (len(venue.orders), len(venue.asked("private/buy")), venue.positions[SHORT]) == (1, 1, -TWO)
    assert desk.codes() == ["order-unknown"]
    assert desk.states(task) == [OrderState.FILLED]


@pytest.mark.parametrize("fault", [Drop(), Refuse(13888), Refuse(11094), Refuse(13028), Status(502)], ids=str)
async def test_an_order_that_never_arrived_is_proven_absent_before_another_goes_out(desk: OrderDesk, venue: FakeVenue, fault: Drop | Refuse | Status) -> None:
    task = desk.approved(first="0.0046")
    venue.script("private/buy", fault)
    come_to = await carry_out(desk.room, task)
    first, second = desk.orders(task)

    assert come_to is not None
    assert (come_to.quantity_eth, venue.positions[SHORT]) == (TWO, -TWO)
    assert (first.state, second.state) == (OrderState.NOT_PLACED, OrderState.FILLED)
    assert second.sent_at >= first.valid_until_at + MARGIN + SILENCE
    assert desk.codes() == ["order-unknown", "order-not-placed"]


async def test_while_the_venue_does_not_answer_an_order_in_doubt_stays_in_doubt(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0046", timeout_s=60)
    venue.script("private/buy", Drop(is_done=True))
    venue.script("private/get_order_state_by_label", Refuse(-32602), times=None)
    come_to = await carry_out(desk.room, task)

    assert come_to is None
    assert (desk.states(task), len(venue.asked("private/buy"))) == ([OrderState.UNKNOWN], 1)

    venue.heal()
    found = await reconcile(desk.room)
    assert found.ended[task.intent.order_id].quantity_eth == TWO
    assert {finding.outcome for finding in found.findings} == {Outcome.ADOPT, Outcome.SETTLE}


@pytest.mark.parametrize("silent", ["private/get_order_state_by_label", "private/get_user_trades_by_currency_and_time"])
async def test_one_silent_source_is_no_proof(desk: OrderDesk, venue: FakeVenue, silent: str) -> None:
    task = desk.approved(first="0.0052", last="0.0052", timeout_s=60)
    venue.script("private/buy", Drop(is_done=True))
    empty: object = {"trades": [], "has_more": False} if "trades" in silent else []
    venue.script(silent, Answered(empty), times=None)
    side = await combo_of(desk.room, task)
    assert side is not None
    desk.clock.after(20 * SECOND, lambda: venue.fill(venue.orders[0], "1") if venue.orders[0].is_open else None)
    await work_whole(desk.room, task, side)

    assert OrderState.NOT_PLACED not in desk.states(task) or venue.positions.get(SHORT, Decimal(0)) == 0
    assert len(venue.orders) <= 2
    assert not [order for order in venue.open_orders if order.label not in {each.label for each in desk.orders(task)}]


async def test_an_empty_list_once_is_no_proof_that_there_is_no_order(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0052")
    venue.script("private/buy", Answered({"order": {}}))
    side = await combo_of(desk.room, task)
    assert side is not None
    venue.script("private/get_order_state_by_label", Answered([]), times=2)
    venue.script("private/get_open_orders_by_currency", Answered([]), times=1)
    desk.clock.after(30 * SECOND, lambda: venue.fill(venue.open_orders[0]))
    await work_whole(desk.room, task, side)

    assert desk.states(task) == [OrderState.FILLED]
    assert len(venue.orders) == 1


async def test_an_order_the_venue_no_longer_lists_is_known_by_its_fills(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0046")
    venue.script("private/buy", Drop(is_done=True))
    venue.script("private/get_order_state_by_label", Answered([]), times=None)
    venue.script("private/get_order_state", Refuse(10004), times=None)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, desk.states(task)) == (TWO, [OrderState.FILLED])


async def test_an_order_the_venue_suddenly_does_not_know_is_not_taken_for_cancelled(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0052", timeout_s=60)
    venue.script("private/get_order_state", Refuse(10004), times=1)
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (come_to.quantity_eth, len(venue.orders)) == (Decimal(0), 1)
    assert "order-unknown" in desk.codes()


async def test_an_edit_whose_answer_is_lost_is_asked_about_and_not_sent_again(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0048", last="0.0047")
    venue.script("private/edit", Refuse(13888, is_done=True))
    await carry_out(desk.room, task)

    assert len(venue.asked("private/edit")) == 1
    assert [order.limit_coin for order in desk.orders(task)] == [Decimal("-0.0047")]


async def test_a_cancel_whose_answer_is_lost_ends_when_the_venue_says_so(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0052", timeout_s=60)
    venue.script("private/cancel", Drop(is_done=True))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert (venue.open_orders, desk.states(task)) == ([], [OrderState.CANCELLED])


@pytest.mark.parametrize(
    ("code", "is_tried_again"), [(10041, True), (11051, True), (10028, True), (10047, True), (10009, False), (10020, False), (-32602, False)]
)
async def test_a_proven_refusal_ends_the_order_and_only_a_passing_one_is_followed_by_another(
    desk: OrderDesk, venue: FakeVenue, code: int, is_tried_again: bool
) -> None:
    task = desk.approved(first="0.0046")
    venue.script("private/buy", Refuse(code))
    come_to = await carry_out(desk.room, task)

    assert come_to is not None
    assert come_to.quantity_eth == (TWO if is_tried_again else 0)
    assert desk.states(task) == ([OrderState.REJECTED, OrderState.FILLED] if is_tried_again else [OrderState.REJECTED])
    assert "order-unknown" not in desk.codes()


async def test_a_venue_that_keeps_refusing_is_asked_three_times_at_most(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0046")
    venue.script("private/buy", Refuse(10040), times=None)
    await carry_out(desk.room, task)

    assert len(venue.asked("private/buy")) == 3


async def test_an_order_left_by_a_stop_is_cancelled_and_what_it_filled_adopted(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0052", last="0.0052")
    side = await combo_of(desk.room, task)
    assert side is not None
    desk.clock.after(2 * SECOND, lambda: venue.fill(venue.open_orders[0], "1"))

    def stop() -> None:
        raise KeyboardInterrupt

    desk.clock.after(20 * SECOND, stop)
    with pytest.raises(KeyboardInterrupt):
        await work_whole(desk.room, task, side)
    assert desk.states(task) == [OrderState.OPEN]
    come_to = await concluded(desk.room, task.intent.order_id)

    assert come_to is not None
    assert (come_to.quantity_eth, venue.open_orders, desk.states(task)) == (Decimal(1), [], [OrderState.CANCELLED])


async def test_an_order_that_is_open_is_not_resolved(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0046")
    await carry_out(desk.room, task)
    (order,) = desk.orders(task)

    assert await resolve(desk.room, order) == order
