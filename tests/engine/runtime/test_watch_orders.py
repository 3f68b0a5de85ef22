"""What the trigger table hears of orders: how many actions, how long in doubt, refused or merely not met, covered or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.model_venue import Direction
from engine.execution.carrying import carry_out
from engine.execution.orders import SHORT_LEG
from engine.runtime.watch_orders import is_rejected, order_actions, uncovered_short_s, unknown_order_s
from engine.state.records import OrderRecord
from engine.state.venue_records import NewVenueOrder, VenueFillRecord
from tests.engine.execution.order_desk import NOW, SHORT, OrderDesk, order_desk, quote_spread
from tests.fakes.venue import Drop, FakeVenue, Refuse

BEFORE = NOW - timedelta(minutes=1)
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


def ended(desk: OrderDesk, order_id: int) -> OrderRecord:
    desk.store.write_sync(lambda tx: tx.settle_order(order_id, "not_placed", now=desk.clock.now()))
    order = desk.store.read_sync(lambda tx: tx.order(order_id))
    assert order is not None
    return order


async def test_every_step_of_a_ladder_and_the_cancel_are_order_actions(desk: OrderDesk) -> None:
    await carry_out(desk.room, desk.approved(first="0.0053", last="0.0051", timeout_s=180))

    assert desk.store.read_sync(lambda tx: order_actions(tx, BEFORE)) == 4


async def test_an_order_nobody_met_is_not_refused_and_one_the_venue_refused_is(desk: OrderDesk, venue: FakeVenue) -> None:
    unmet = desk.approved(first="0.0053", last="0.0053", timeout_s=10)
    await carry_out(desk.room, unmet)
    refused = desk.approved(first="0.0046")
    venue.script("private/buy", Refuse(10009))
    await carry_out(desk.room, refused)
    orders = [ended(desk, task.intent.order_id) for task in (unmet, refused)]

    assert desk.store.read_sync(lambda tx: [is_rejected(tx, order) for order in orders]) == [False, True]


async def test_an_order_that_works_is_not_in_doubt_and_one_without_an_answer_is(desk: OrderDesk, venue: FakeVenue) -> None:
    task = desk.approved(first="0.0053", last="0.0053", timeout_s=60)
    heard: list[float] = []
    desk.clock.after(30 * SECOND, lambda: heard.append(desk.store.read_sync(lambda tx: unknown_order_s(tx, desk.clock.now()))))
    await carry_out(desk.room, task)
    assert heard == [0.0]

    venue.script("private/buy", Drop(is_done=True))
    venue.script("private/get_order_state_by_label", Refuse(-32602), times=None)
    lost = desk.approved(first="0.0046", timeout_s=40)
    ended(desk, task.intent.order_id)
    assert await carry_out(desk.room, lost) is None
    assert desk.store.read_sync(lambda tx: unknown_order_s(tx, desk.clock.now())) >= 40


async def test_a_spread_is_covered_from_its_first_fill_on(desk: OrderDesk, venue: FakeVenue) -> None:
    await desk.opened()

    assert venue.positions[SHORT] == Decimal(-2)
    assert desk.store.read_sync(lambda tx: uncovered_short_s(tx, desk.clock.now())) == 0.0


async def test_a_short_without_its_long_counts_from_its_fill_on(desk: OrderDesk) -> None:
    """No path of ours leads there: the rows are written by hand."""
    task = desk.approved()
    order = NewVenueOrder(
        order_id=task.intent.order_id,
        part=SHORT_LEG,
        label="cb0-1-o3-1.1",
        instrument=SHORT,
        direction=Direction.SELL,
        amount_eth=Decimal(2),
        limit_coin=Decimal("0.0100"),
        valid_until_at=NOW,
        sent_at=NOW,
    )
    number = desk.store.write_sync(lambda tx: tx.add_venue_order(order))
    fill = VenueFillRecord(
        trade_key="t1",
        number=number,
        instrument=SHORT,
        direction=Direction.SELL,
        amount_eth=Decimal(2),
        price_coin=Decimal("0.0100"),
        fee_coin=Decimal("0.0006"),
        fee_coin_name="ETH",
        index_usd=None,
        at=NOW,
        source="testnet",
    )
    desk.store.write_sync(lambda tx: tx.add_venue_fill(fill))

    assert desk.store.read_sync(lambda tx: uncovered_short_s(tx, NOW + 7 * SECOND)) == 7.0
