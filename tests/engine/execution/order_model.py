"""Approved orders as a state machine: a venue that goes wrong in every way it can, kills, holds, crashes and reconciling, judged by laws.

The store, the room, the MCP session, the bundled server and its two doors are the real ones; only the exchange behind them is a fake.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from engine.clock import ManualClock
from engine.core.lifecycle import TradeState
from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.execution.carrying import carry_out
from engine.execution.door import Door
from engine.execution.holdings import Carried, expected_positions, uncovered_eth
from engine.execution.permission import Lane
from engine.execution.reconciling import Outcome, reconcile
from engine.execution.room import OrderRoom
from engine.execution.working import Task
from engine.safety.kill_switch import KillSwitch
from engine.state.repository import Store
from tests.engine.execution.order_desk import LONG, NOW, SHORT, OrderDesk, VenueClock, most_uncovered_eth, order_desk, rules_of
from tests.fakes.venue import Answered, Cut, Drop, FakeVenue, Garbled, Refuse, Stale
from tests.fakes.venue.faults import Fault

SENDS = ("private/buy", "private/sell", "private/edit")
METHODS = (*SENDS, "private/buy", "private/sell", "private/cancel", "private/create_combo", "private/get_order_state", "private/get_order_state_by_label")
READS = ("private/get_user_trades_by_order", "private/get_user_trades_by_currency_and_time", "private/get_open_orders_by_currency", "private/get_positions")
FAULTS: tuple[Fault, ...] = (
    Drop(is_done=True),
    Drop(),
    Cut(),
    Garbled(),
    Refuse(13888, is_done=True),
    Refuse(13888),
    Refuse(10028),
    Refuse(10041),
    Refuse(11051),
    Refuse(10009),
    Refuse(13009),
    Refuse(10004),
    Refuse(13036),
    Stale(),
    Answered([]),
)
EVENTS = ("fill", "fill part", "hang up", "kill", "hold", "maintain", "crash")
MOODS = st.sampled_from(("calm", "calm", "calm", "near", "far", "thin", "empty"))
AMOUNTS = st.integers(min_value=1, max_value=3).map(str)
SECOND = timedelta(seconds=1)
LOOKS_MAX = 12


class WatchedClock(VenueClock):
    """Whoever waits lets the laws be looked at."""

    look: Callable[[], None] = staticmethod(lambda: None)

    async def sleep_until(self, at: datetime) -> None:
        self.look()
        await super().sleep_until(at)


class Gone(BaseException):
    """The process ended here."""


class LawBroken(AssertionError):
    """The program did what it must never do."""


@dataclass(slots=True)
class Tally:
    """What the runs went through: approvals worked, orders the venue took, and the most there ever was of what may be there once."""

    runs: int = 0
    steps: int = 0
    orders: int = 0
    intents_of_an_approval_most: int = 0
    live_of_a_leg_most: int = 0
    filled_of_an_approval_most_frac: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)

    def told(self) -> str:
        """The figures in one line."""
        return (
            f"{self.runs:,} runs, {self.steps:,} approvals worked, {self.orders:,} orders at the venue; most intents of one approval "
            f"{self.intents_of_an_approval_most}, most live orders of one leg {self.live_of_a_leg_most}, "
            f"most filled of one approval {self.filled_of_an_approval_most_frac:.0%}; {dict(sorted(self.seen.items()))}"
        )


class Place:
    """One venue and one server for many runs: what a run leaves behind is forgotten before the next."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.venue = FakeVenue()
        self.home = Path(tempfile.mkdtemp(prefix="orders-"))
        self.desk = self.loop.run_until_complete(self._open())
        self.funds = dict(self.venue.balances)

    async def _open(self) -> OrderDesk:
        await self.stack.enter_async_context(self.venue)
        return await self.stack.enter_async_context(order_desk(self.home, self.venue))

    def close(self) -> None:
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.close()


class Orders(RuleBasedStateMachine):
    """One account, its approvals, and everything that may happen to them."""

    tally = Tally()
    place: Place

    @initialize(is_as_asked=st.booleans())
    def begin(self, is_as_asked: bool) -> None:
        """An empty account and an empty store."""
        self.tally.runs += 1
        self.venue = self.place.venue
        self.venue.heal()
        self.venue.maintain(False)
        self.venue.exchange.desk.orders.clear()
        self.venue.exchange.desk.fills.clear()
        self.venue.exchange.account.positions.clear()
        self.venue.balances.update(self.place.funds)
        self.venue.combos.is_as_asked = is_as_asked
        self.venue.calls.clear()
        self.home = Path(tempfile.mkdtemp(prefix="orders-"))
        self.clock, self.kill_switch = WatchedClock(self.venue), KillSwitch(self.home)
        self.clock.look = self._one_live_order_a_leg
        self.killed_after: int | None = None
        self.store = Store.open_memory(origin="real", clock=ManualClock(NOW), boot="model")
        door = Door(lane=Lane.VENUE, stage=Stage.FULL, rules=_patient(), kill_switch=self.kill_switch)
        self.room = OrderRoom(store=self.store, clock=self.clock, venue=self.place.desk.room.venue, door=door, tell=self._told)
        self.desk = OrderDesk(room=self.room, venue=self.venue, clock=self.clock, store=self.store, kill_switch=self.kill_switch, told=[])
        self.market("calm")

    def _told(self, _tx: object, code: str, _key: str, _facts: object) -> None:
        self.tally.seen[code] += 1

    # ---- what happens

    def _meanwhile(self, mood: str, is_disarmed: bool) -> None:
        self.market(mood)
        if is_disarmed:
            self.disarm()

    def market(self, mood: str) -> None:
        """The two books move."""
        short = {"calm": ("0.0100", "0.0105", 50), "near": ("0.0105", "0.0110", 50), "far": ("0.0090", "0.0095", 50), "thin": ("0.0100", "0.0105", 1)}
        bid, ask, amount = short.get(mood, ("0.0100", "0.0105", 50))
        with self.venue.market.moving():
            self.venue.market.quote(SHORT, bids=[] if mood == "empty" else [(bid, amount)], asks=[(ask, amount)])
            self.venue.market.quote(LONG, bids=[("0.0046", 50)], asks=[("0.0049", 50)])

    @rule(
        amount=AMOUNTS,
        first=st.sampled_from(("0.0050", "0.0051", "0.0053", "0.0058")),
        mood=MOODS,
        is_disarmed=st.sampled_from((True, True, True, False)),
        faults=st.lists(st.tuples(st.sampled_from((*METHODS, *READS)), st.sampled_from(FAULTS), st.integers(0, 2)), max_size=3),
        events=st.lists(st.tuples(st.integers(1, 60), st.sampled_from(EVENTS)), max_size=3),
    )
    def enter(self, *, amount: str, first: str, mood: str, is_disarmed: bool, faults: list[tuple[str, Fault, int]], events: list[tuple[int, str]]) -> None:
        """An entry is approved and worked, whatever goes wrong on the way."""
        self._meanwhile(mood, is_disarmed)
        task = self.desk.approved(quantity=amount, first=first, last="0.0050", timeout_s=60)
        self._carry(task, faults, events)

    @rule(
        which=st.integers(0, 5),
        first=st.sampled_from(("0.0056", "0.0059", "0.0064")),
        mood=MOODS,
        is_disarmed=st.sampled_from((True, True, True, False)),
        faults=st.lists(st.tuples(st.sampled_from((*METHODS, *READS)), st.sampled_from(FAULTS), st.integers(0, 2)), max_size=3),
        events=st.lists(st.tuples(st.integers(1, 60), st.sampled_from(EVENTS)), max_size=3),
    )
    def leave(self, *, which: int, first: str, mood: str, is_disarmed: bool, faults: list[tuple[str, Fault, int]], events: list[tuple[int, str]]) -> None:
        """An open trade is to be closed."""
        self._meanwhile(mood, is_disarmed)
        trades = [trade for trade in self.store.read_sync(lambda tx: tx.open_trades()) if trade.state is TradeState.OPEN]
        if trades:
            self._carry(self.desk.approved_close(trades[which % len(trades)].trade_id, first=first, last="0.0110", timeout_s=60), faults, events)

    def disarm(self) -> None:
        """A person has looked and lets trading go on."""
        self.kill_switch.path.unlink(missing_ok=True)
        self.kill_switch, self.killed_after = KillSwitch(self.home), None
        self.room = replace(self.room, door=replace(self.room.door, kill_switch=self.kill_switch))
        self.desk.room, self.desk.kill_switch = self.room, self.kill_switch
        self.store.write_sync(lambda tx: tx.remove_hold("test"))

    # ---- how it goes on

    def _carry(self, task: Task, faults: list[tuple[str, Fault, int]], events: list[tuple[int, str]]) -> None:
        self.tally.steps += 1
        for method, fault, skip in faults:
            self.venue.script(method, fault, skip=skip)
        for seconds, event in events:
            self.clock.after(seconds * SECOND, lambda event=event: self._happens(event))
        come_to = self.place.loop.run_until_complete(self._worked(task))
        if self.killed_after is not None and self._sends() != self.killed_after:
            raise LawBroken("something went out under KILL")
        self.clock.due.clear()
        self.venue.heal()
        self.venue.maintain(False)
        self._book(task, come_to if come_to is not None else self.place.loop.run_until_complete(self._concluded(task)))
        self._judge()

    async def _worked(self, task: Task) -> Carried | None:
        try:
            return await carry_out(self.room, task)
        except Gone:
            self.tally.seen["crash"] += 1
            # Another process comes: nothing in memory is left, and the connection of the old one is gone.
            self.venue.hang_up()
            self.room = replace(self.room, working=set(), silent_since={}, differed={})
            self.desk.room = self.room
            return None

    async def _concluded(self, task: Task) -> Carried:
        for _ in range(LOOKS_MAX):
            found = await reconcile(self.room)
            if found.of(Outcome.ALARM):
                raise LawBroken(found.of(Outcome.ALARM)[0].words)
            if task.intent.order_id in found.ended:
                return found.ended[task.intent.order_id]
            await self.clock.sleep_until(self.clock.now() + 3 * SECOND)
        raise LawBroken(f"the intent {task.intent.label} never came to an end")

    def _happens(self, event: str) -> None:
        self.tally.seen[event] += 1
        working = self.venue.open_orders
        if event == "fill" and working:
            self.venue.fill(working[0])
        elif event == "fill part" and working:
            self.venue.fill(working[0], "1")
        elif event == "hang up":
            self.venue.hang_up()
        elif event == "kill":
            self.kill_switch.latch("test", "test", self.clock.now())
            self.killed_after = self._sends() if self.killed_after is None else self.killed_after
        elif event == "hold":
            self.store.write_sync(lambda tx: tx.add_hold("test", "test", self.clock.now()))
        elif event == "maintain":
            self.venue.maintain(not self.venue.exchange.platform.is_in_maintenance)
        elif event == "crash":
            raise Gone

    def _book(self, task: Task, come_to: Carried) -> None:
        """What runtime would book."""
        self.tally.seen["filled" if come_to.quantity_eth else "unfilled"] += 1
        if come_to.quantity_eth > task.intent.quantity_eth:
            raise LawBroken(f"{come_to.quantity_eth} ETH were done of {task.intent.quantity_eth} approved")
        self.desk.book(task, come_to)

    def _sends(self) -> int:
        return sum(call.method in SENDS for call in self.venue.calls)

    # ---- the laws

    def _one_live_order_a_leg(self) -> None:
        live = Counter((order.label.rpartition(".")[0], order.name) for order in self.venue.open_orders)
        self.tally.live_of_a_leg_most = max(self.tally.live_of_a_leg_most, *live.values(), 0)
        if any(number > 1 for number in live.values()):
            raise LawBroken("two orders of one leg stand at the venue")

    def _one_intent_an_approval(self) -> None:
        intents = Counter(order.proposal_id for order in self.store.read_sync(lambda tx: tx.orders_since(NOW - SECOND)))
        self.tally.intents_of_an_approval_most = max(self.tally.intents_of_an_approval_most, *intents.values(), 0)
        if any(number > 1 for number in intents.values()):
            raise LawBroken("one approval has two intents")

    def _judge(self) -> None:
        self._one_intent_an_approval()
        fills: Counter[tuple[int, str, str]] = Counter()
        labels = [order.label for order in self.venue.orders]
        if len(labels) != len(set(labels)):
            raise LawBroken("a name was sent twice")
        for order in self.venue.orders:
            record = self.store.read_sync(lambda tx, label=order.label: tx.venue_order_named(label))
            if record is None or record.filled_eth != order.filled:
                raise LawBroken(f"{order.label} was filled for {order.filled} and the store knows otherwise")
            fills[record.order_id, order.name, order.direction] += int(order.filled)
        for (order_id, name, direction), filled in fills.items():
            intent = self.store.read_sync(lambda tx, number=order_id: tx.order(number))
            if intent is None or filled > intent.quantity_eth:
                raise LawBroken(f"{filled} ETH of {name} were traded ({direction}), beyond the approval")
            self.tally.filled_of_an_approval_most_frac = max(self.tally.filled_of_an_approval_most_frac, float(filled / intent.quantity_eth))
        if self.venue.open_orders:
            raise LawBroken("an order was left at the venue")
        if most_uncovered_eth(self.venue) > 0 or self.store.read_sync(lambda tx: uncovered_eth(tx, now=self.clock.now())) > 0:
            raise LawBroken("a short stood uncovered")
        expected = {name: size for name, size in self.store.read_sync(lambda tx: expected_positions(tx, now=self.clock.now())).items() if size}
        if expected != self.venue.positions:
            raise LawBroken(f"the store expects {expected} and the venue holds {self.venue.positions}")

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.tally.orders += len(self.venue.orders)
            self.store.close()


def _patient() -> StrategyRules:
    """The rules with caps so wide that a long run does not end at them."""
    rules = rules_of()
    full = replace(rules.caps.full, trade_eur=Decimal(1000), total_eur=Decimal(100_000))
    kill = replace(rules.triggers.kill, order_actions_per_10min_max=10_000)
    return replace(rules, caps=replace(rules.caps, full=full), triggers=replace(rules.triggers, kill=kill))
