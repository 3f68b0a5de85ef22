"""The last look before anything leaves: every reason to hold an order back is asked of the store, and each of them alone is enough."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import ManualClock
from engine.core.lifecycle import OrderEvent, TradeEvent
from engine.core.limit_ladder import Ladder
from engine.core.model import Family, Stage
from engine.core.model_venue import Direction
from engine.errors import InvariantBroken
from engine.execution import sending
from engine.execution.door import Door, Refusal, Send
from engine.execution.orders import COMBO, LONG_LEG, SHORT_LEG
from engine.execution.permission import Lane, lane_of, venue_access
from engine.execution.working import Task
from engine.safety.kill_switch import KillSwitch
from engine.state.repository import Store, Transaction
from engine.state.venue_records import NewVenueOrder
from tests.engine.execution.order_desk import LONG, NOW, SHORT, OrderDesk, entry, order_desk, quote_spread, rules_of
from tests.fakes.venue import FakeVenue

COMBO_NAME = "ETH-PS-25SEP26-2100_2200"


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        quote_spread(opened)
        yield opened


@pytest.fixture(scope="module")
def shut() -> FakeVenue:
    """A venue nobody can reach."""
    return FakeVenue()


@pytest.fixture
async def trading(venue: FakeVenue, tmp_path: Path) -> AsyncIterator[OrderDesk]:
    async with order_desk(tmp_path, venue) as made:
        yield made


@pytest.fixture
async def desk(shut: FakeVenue, tmp_path: Path) -> AsyncIterator[OrderDesk]:
    """An order room before a venue that is shut, and a store that is forgotten: the door asks nobody outside."""
    store = Store.open_memory(origin="demo", clock=ManualClock(NOW), boot="test")
    async with order_desk(tmp_path, shut, store=store) as made:
        yield made
    store.close()


def whole(task: Task, *, amount: str = "2", received: str = "0.0048", limit: str | None = None) -> Send:
    """The spread sold at a positive price."""
    return Send(
        intent=task.intent,
        terms=task.terms,
        part=COMBO,
        instrument=COMBO_NAME,
        direction=Direction.SELL,
        amount_eth=Decimal(amount),
        limit_coin=Decimal(received if limit is None else limit),
        received_coin=Decimal(received),
    )


def leg(task: Task, part: int, direction: Direction, *, amount: str = "2", price: str = "0.0100", received: str | None = "0.0048") -> Send:
    return replace(
        whole(task, amount=amount),
        part=part,
        instrument=SHORT if part == SHORT_LEG else LONG,
        direction=direction,
        limit_coin=Decimal(price),
        received_coin=None if received is None else Decimal(received),
    )


def codes(desk: OrderDesk, send: Send, door: Door | None = None) -> list[str]:
    judge = desk.room.door if door is None else door
    return [refusal.code for refusal in desk.store.read_sync(lambda tx: judge.refusals(tx, send, now=desk.clock.now()))]


def stored(desk: OrderDesk, task: Task, *, part: int, direction: Direction, amount: str, label: str = "x") -> int:
    """An order on record as being sent."""
    order = NewVenueOrder(
        order_id=task.intent.order_id,
        part=part,
        label=label,
        instrument=COMBO_NAME,
        direction=direction,
        amount_eth=Decimal(amount),
        limit_coin=Decimal("0.0048"),
        valid_until_at=desk.clock.now(),
        sent_at=desk.clock.now(),
    )
    return desk.store.write_sync(lambda tx: tx.add_venue_order(order))


async def test_what_was_approved_may_go_out(desk: OrderDesk) -> None:
    assert codes(desk, whole(desk.approved())) == []


@pytest.mark.parametrize(
    ("stage", "is_dry_run", "lane"),
    [
        (Stage.PAPER, False, Lane.PAPER),
        (Stage.SOFT, False, Lane.VENUE),
        (Stage.FULL, False, Lane.VENUE),
        (Stage.PAPER, True, Lane.NOWHERE),
        (Stage.SOFT, True, Lane.NOWHERE),
        (Stage.FULL, True, Lane.NOWHERE),
    ],
)
async def test_only_a_stage_for_orders_gets_at_the_tools_that_trade(desk: OrderDesk, stage: Stage, is_dry_run: bool, lane: Lane) -> None:
    assert lane_of(stage, is_dry_run=is_dry_run, origin="real") is lane
    assert lane_of(stage, is_dry_run=is_dry_run, origin="demo") is not Lane.VENUE
    door = replace(desk.room.door, lane=lane)
    refused = codes(desk, whole(desk.approved()), door)

    assert ("no_permission" in refused) is (lane is not Lane.VENUE)
    if lane is not Lane.VENUE:
        with pytest.raises(InvariantBroken, match=f"orders go to {lane} asked for the tools that trade"):
            venue_access(lane, desk.room.venue.trading._caller, family=Family.INVERSE, is_testnet=True)


async def test_a_send_the_door_refuses_never_reaches_the_venue(trading: OrderDesk, venue: FakeVenue) -> None:
    task = trading.approved()
    trading.store.write_sync(lambda tx: tx.add_hold("day-loss", "test", trading.clock.now()))
    sent = await sending.place(trading.room, whole(task))

    assert [refusal.code for refusal in sent.refusals] == ["hold"]
    assert (sent.state, venue.sends, trading.orders(task)) == (None, [], ())
    assert len(trading.audited("order.withheld")) == 1


@pytest.mark.parametrize(("change", "code"), [
    (lambda send: replace(send, amount_eth=Decimal(3)), "beyond_approval"),
    (lambda send: replace(send, amount_eth=Decimal(0)), "amount_not_in_lots"),
    (lambda send: replace(send, amount_eth=Decimal("-1")), "amount_not_in_lots"),
    (lambda send: replace(send, amount_eth=Decimal("1.5")), "amount_not_in_lots"),
    (lambda send: replace(send, limit_coin=Decimal("NaN")), "price_not_sane"),
    (lambda send: replace(send, limit_coin=Decimal("0.048")), "price_not_sane"),
    (lambda send: replace(send, received_coin=None), "price_not_sane"),
    (lambda send: replace(send, limit_coin=Decimal("0.00485"), received_coin=Decimal("0.00485")), "price_off_tick"),
    (lambda send: replace(send, limit_coin=Decimal("0.0045"), received_coin=Decimal("0.0045")), "beyond_collar"),
    (lambda send: replace(send, limit_coin=Decimal("0.0045"), received_coin=Decimal("-0.0045")), "beyond_collar"),
    (lambda send: replace(send, terms=replace(send.terms, worst_received_coin=Decimal("0.0001"))), "terms_differ"),
    (lambda send: replace(send, intent=replace(send.intent, quantity_eth=Decimal(20))), "intent_not_live"),
])  # fmt: skip
async def test_what_was_not_approved_does_not_go_out(desk: OrderDesk, change: Callable[[Send], Send], code: str) -> None:
    assert code in codes(desk, change(whole(desk.approved())))


async def test_collar_and_floor_are_where_the_approval_put_them(desk: OrderDesk) -> None:
    task = desk.approved(last="0.0046")

    assert [codes(desk, whole(task, received=price)) for price in ("0.0047", "0.0046", "0.0045")] == [[], [], ["beyond_collar"]]


async def test_a_close_never_pays_more_than_its_cap(trading: OrderDesk) -> None:
    opened = await trading.opened()
    task = trading.approved_close(opened.intent.trade_id, first="0.0053", last="0.0060")
    asked = [replace(whole(task, received=f"-{price}", limit=price), direction=Direction.BUY) for price in ("0.0060", "0.0061")]

    assert [codes(trading, send) for send in asked] == [[], ["beyond_collar"]]


def killed(desk: OrderDesk, task: Task) -> None:
    desk.kill_switch.latch("test", "test", desk.clock.now())


def held(desk: OrderDesk, task: Task) -> None:
    desk.store.write_sync(lambda tx: tx.add_hold("venue-locked", "test", desk.clock.now()))


def settled(desk: OrderDesk, task: Task) -> None:
    desk.store.write_sync(lambda tx: tx.settle_order(task.intent.order_id, "not_placed", now=desk.clock.now()))


def trade_gone(desk: OrderDesk, task: Task) -> None:
    desk.store.write_sync(lambda tx: tx.move_trade(task.intent.trade_id, TradeEvent.OPEN_FAILED))


def live(desk: OrderDesk, task: Task) -> None:
    stored(desk, task, part=COMBO, direction=Direction.SELL, amount="1")


def busy(desk: OrderDesk, task: Task) -> None:
    def work(tx: Transaction) -> None:
        other = stored_sync(tx, task)
        for _ in range(rules_of().triggers.kill.order_actions_per_10min_max):
            tx.note_venue_action(other, "move", now=desk.clock.now())
        tx.move_venue_order(other, OrderEvent.REFUSED, now=desk.clock.now())

    desk.store.write_sync(work)


def stored_sync(tx: Transaction, task: Task) -> int:
    order = NewVenueOrder(
        order_id=task.intent.order_id,
        part=COMBO,
        label="busy",
        instrument=COMBO_NAME,
        direction=Direction.SELL,
        amount_eth=Decimal(1),
        limit_coin=Decimal("0.0048"),
        valid_until_at=task.intent.created_at,
        sent_at=task.intent.created_at,
    )
    return tx.add_venue_order(order)


@pytest.mark.parametrize(("happens", "code"), [
    (killed, "killed"), (held, "hold"), (settled, "intent_not_live"), (trade_gone, "trade_state"), (live, "order_is_live"), (busy, "order_actions"),
])  # fmt: skip
async def test_what_happened_meanwhile_holds_the_order_back(desk: OrderDesk, happens: Callable[[OrderDesk, Task], None], code: str) -> None:
    task = desk.approved()
    happens(desk, task)

    assert code in codes(desk, whole(task))


async def test_a_stage_s_caps_are_held_against_everything_that_is_open(desk: OrderDesk) -> None:
    tasks = [desk.approved() for _ in range(6)]
    soft = replace(desk.room.door, stage=Stage.SOFT)

    assert codes(desk, whole(tasks[0])) == ["cap_total"]
    assert codes(desk, whole(tasks[0]), soft) == ["cap_trade", "cap_total"]


async def test_an_order_of_nothing_in_the_store_is_held_back_for_every_reason(desk: OrderDesk) -> None:
    task = desk.approved()
    stranger = replace(task.intent, order_id=99, proposal_id=99, trade_id=99)

    assert codes(desk, replace(whole(task), intent=stranger, terms=replace(task.terms, order_id=99))) == [
        "intent_not_live", "not_approved", "trade_state", "terms_differ", "no_trade",
    ]  # fmt: skip


async def test_under_kill_only_a_close_ordered_under_this_very_kill_goes_out(trading: OrderDesk) -> None:
    opened = await trading.opened()
    trading.kill_switch.latch("test", "test", trading.clock.now())
    trading.store.write_sync(lambda tx: trading.kill_switch.adopt(tx, now=trading.clock.now()))
    kill = trading.store.read_sync(lambda tx: tx.audit_tail(1, "kill.armed"))[0].seq
    told = [trading.approved_close(opened.intent.trade_id, first="0.0053", last="0.0060", under_kill=kill)]
    asked = replace(whole(told[0], received="-0.0053", limit="0.0053"), direction=Direction.BUY)
    other = replace(told[0].terms, under_kill=kill - 1)

    assert codes(trading, asked) == []
    assert "killed" in codes(trading, replace(asked, terms=other))
    assert "killed" in codes(trading, replace(asked, terms=replace(other, under_kill=None)))


async def test_a_short_is_never_sold_before_the_long_that_covers_it(desk: OrderDesk) -> None:
    task = desk.approved()
    sale = leg(task, SHORT_LEG, Direction.SELL)
    assert codes(desk, sale) == ["uncovered"]

    number = stored(desk, task, part=LONG_LEG, direction=Direction.BUY, amount="2")
    assert codes(desk, sale) == ["uncovered"]

    def bought(tx: Transaction) -> None:
        tx.move_venue_order(number, OrderEvent.ACCEPTED, now=desk.clock.now())

    desk.store.write_sync(bought)
    assert codes(desk, leg(task, LONG_LEG, Direction.SELL, received=None, amount="1")) == ["order_is_live", "uncovered"]


async def test_the_whole_and_its_legs_are_never_out_together(desk: OrderDesk) -> None:
    task = desk.approved()
    stored(desk, task, part=LONG_LEG, direction=Direction.BUY, amount="1")

    assert codes(desk, whole(task, amount="1")) == ["order_is_live"]
    assert codes(desk, whole(task)) == ["beyond_approval", "order_is_live"]


async def test_a_leg_has_a_price_above_zero(desk: OrderDesk) -> None:
    assert "price_not_sane" in codes(desk, leg(desk.approved(), LONG_LEG, Direction.BUY, price="0"))


def test_a_refusal_says_what_was_compared() -> None:
    assert Refusal(code="cap_trade", observed="220", limit="200").words == "cap_trade (220 against 200)"
    assert Refusal(code="killed").words == "killed"


@pytest.fixture(scope="module")
def approval(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Task, Door]]:
    """One approval in a store that is forgotten, and a door before it."""
    store = Store.open_memory(origin="demo", clock=ManualClock(NOW), boot="test")
    task = store.write_sync(
        lambda tx: entry(tx, quantity=Decimal(2), ladder=Ladder(limits_coin=(Decimal("0.0048"), Decimal("0.0046")), step_s=60, timeout_s=600))
    )
    yield store, task, Door(lane=Lane.VENUE, stage=Stage.FULL, rules=rules_of(), kill_switch=KillSwitch(tmp_path_factory.mktemp("home")))
    store.close()


@given(amount=st.decimals(min_value=-5, max_value=50, places=2), price=st.decimals(min_value=-1, max_value=1, places=5))
def test_whatever_is_asked_nothing_beyond_the_approval_passes(approval: tuple[Store, Task, Door], amount: Decimal, price: Decimal) -> None:
    store, task, door = approval
    send = replace(whole(task), amount_eth=amount, limit_coin=price, received_coin=price)
    passed = not store.read_sync(lambda tx: door.refusals(tx, send, now=NOW))

    assert not passed or (0 < amount <= 2 and amount % 1 == 0 and price >= Decimal("0.0046") and price % Decimal("0.0001") == 0)
