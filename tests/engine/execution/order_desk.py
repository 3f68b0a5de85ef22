"""A real store and the bundled server in front of a fake venue, over a real MCP session: what an order goes through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from mcp.server.mcpserver import MCPServer

from engine.clients.mcp import McpConnection, in_memory
from engine.config import default_rules
from engine.core.lifecycle import OrderState, ProposalEvent, TradeEvent
from engine.core.limit_ladder import Ladder
from engine.core.model import Family, OptionType, Stage, Strikes
from engine.core.model_venue import Direction
from engine.core.rules import StrategyRules
from engine.execution.carrying import carry_out
from engine.execution.door import Door
from engine.execution.holdings import Carried
from engine.execution.orders import order_label
from engine.execution.permission import Lane, venue_access
from engine.execution.room import OrderRoom
from engine.execution.working import Task
from engine.safety.kill_switch import KillSwitch
from engine.servers.deribit import DeribitServer
from engine.state.records import NewFill, TradeSide
from engine.state.repository import Store, Transaction
from engine.state.venue_records import IntentLeg, IntentTerms, VenueOrderRecord
from tests.engine.servers.deribit.desk import settings_of
from tests.engine.state.builders import add_proposal, closing_of, new_trade
from tests.fakes.venue import FakeVenue

SHORT, LONG = "ETH-25SEP26-2200-P", "ETH-25SEP26-2100-P"
EXPIRY_AT = datetime(2026, 9, 25, 8, 0, tzinfo=UTC)
TICK = Decimal("0.0001")
NOW = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Action = Callable[[], object]


@dataclass(slots=True)
class VenueClock:
    """The house and the venue have one clock: whoever waits moves it, and what is due on the way happens."""

    venue: FakeVenue
    due: list[tuple[datetime, Action]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.venue.now()

    def wall(self) -> datetime:
        return self.venue.now()

    def ahead_s(self) -> float:
        return 0.0

    async def sleep_until(self, at: datetime) -> None:
        due, self.due = [each for each in self.due if each[0] <= at], [each for each in self.due if each[0] > at]
        for due_at, action in sorted(due, key=lambda each: each[0]):
            self.venue.advance_to(max(due_at, self.venue.now()))
            action()
        self.venue.advance_to(max(at, self.venue.now()))

    def still(self) -> AbstractContextManager[None]:
        return nullcontext()

    def after(self, delay: timedelta, action: Action) -> None:
        """`action` happens once the clock has come so far."""
        self.due.append((self.now() + delay, action))


@dataclass(slots=True, kw_only=True)
class OrderDesk:
    """One order room with its venue, and what the operator was told."""

    room: OrderRoom
    venue: FakeVenue
    clock: VenueClock
    store: Store
    kill_switch: KillSwitch
    told: list[tuple[str, Mapping[str, str]]]

    def approved(self, *, quantity: str = "2", first: str = "0.0048", last: str = "0.0046", timeout_s: int = 240) -> Task:
        """An approved entry: trade, intent and terms are in the store, nothing is sent."""
        limits = _between(Decimal(first), Decimal(last), -TICK)
        return self.store.write_sync(lambda tx: entry(tx, quantity=Decimal(quantity), ladder=Ladder(limits_coin=limits, step_s=60, timeout_s=timeout_s)))

    def approved_close(self, trade_id: int, *, first: str, last: str, timeout_s: int = 240, under_kill: int | None = None) -> Task:
        """An approved close of what is left of the trade."""
        ladder = Ladder(limits_coin=_between(Decimal(first), Decimal(last), TICK), step_s=60, timeout_s=timeout_s)
        return self.store.write_sync(lambda tx: exit_of(tx, trade_id, ladder=ladder, under_kill=under_kill))

    def book(self, task: Task, come_to: Carried) -> None:
        """What the intent came to stands in the books, as the engine's runtime would write it."""
        self.store.write_sync(lambda tx: self._book(tx, task, come_to))

    def _book(self, tx: Transaction, task: Task, come_to: Carried) -> None:
        intent, is_opening = task.intent, task.intent.side == "open"
        if come_to.quantity_eth <= 0:
            tx.settle_order(intent.order_id, "not_placed", now=self.clock.now())
            tx.move_trade(intent.trade_id, TradeEvent.OPEN_FAILED if is_opening else TradeEvent.CLOSE_FAILED)
            return
        fill = self._fill(task, come_to)
        trade = tx.trade(intent.trade_id)
        assert trade is not None
        if is_opening:
            tx.book_open_fill(fill)
        elif come_to.quantity_eth < tx.left_eth(trade):
            tx.book_part_close(fill)
        else:
            tx.book_close(closing_of(intent.trade_id, event=TradeEvent.CLOSE_FILLED, fill=fill))

    def book_open(self, task: Task, come_to: Carried) -> None:
        """The trade is open for what was filled."""
        self.book(task, come_to)

    def _fill(self, task: Task, come_to: Carried) -> NewFill:
        return NewFill(
            trade_id=task.intent.trade_id,
            order_id=task.intent.order_id,
            side=task.intent.side,
            at=self.clock.now(),
            quantity_eth=come_to.quantity_eth,
            price_coin=abs(come_to.received_coin),
            mid_at_approval_coin=Decimal("0.0050"),
            slippage_frac=None,
            fee_coin=come_to.fee_coin,
            spot_usd=self.venue.market.index_usd,
            fx_usd_per_eur=Decimal("1.16"),
            source=come_to.source,
        )

    async def opened(self, *, quantity: str = "2") -> Task:
        """A trade that was opened at once at the market's price."""
        task = self.approved(quantity=quantity, first="0.0030", last="0.0030")
        come_to = await carry_out(self.room, task)
        assert come_to is not None
        self.book_open(task, come_to)
        return task

    def orders(self, task: Task) -> tuple[VenueOrderRecord, ...]:
        return self.store.read_sync(lambda tx: tx.venue_orders(task.intent.order_id))

    def states(self, task: Task) -> list[OrderState]:
        return [order.state for order in self.orders(task)]

    def codes(self) -> list[str]:
        return [code for code, _ in self.told]

    def audited(self, kind: str) -> list[str]:
        """The bodies of every row of that type, oldest first."""
        rows = self.store.read_sync(lambda tx: tx.audit_tail(1000))
        return [row.body_json for row in reversed(rows) if row.type == kind]

    def refill(self, name: str, *, bid: str, ask: str, amount: int = 50) -> None:
        self.venue.market.quote(name, bids=[(bid, amount)], asks=[(ask, amount)])


def rules_of() -> StrategyRules:
    return default_rules()


@asynccontextmanager
async def order_desk(folder: Path, venue: FakeVenue, *, stage: Stage = Stage.FULL, store: Store | None = None) -> AsyncIterator[OrderDesk]:
    """An order room over the venue; with a store of the test's the server has no tools, so that nothing outside can be asked."""
    clock, kill_switch = VenueClock(venue), KillSwitch(folder)
    kept = Store.open(folder / "cerbero.db", origin="real", clock=clock, boot="test") if store is None else store
    server = None if store is not None else DeribitServer(settings_of(venue, has_key=True, is_trading_on=True), venue.now)
    connection = McpConnection("deribit", in_memory(MCPServer("silent") if server is None else server.mcp))
    told: list[tuple[str, Mapping[str, str]]] = []
    room = OrderRoom(
        store=kept,
        clock=clock,
        venue=venue_access(Lane.VENUE, connection, family=Family.INVERSE, is_testnet=True),
        door=Door(lane=Lane.VENUE, stage=stage, rules=rules_of(), kill_switch=kill_switch),
        tell=lambda _tx, code, _key, facts: told.append((code, facts)),
    )
    desk = OrderDesk(room=room, venue=venue, clock=clock, store=kept, kill_switch=kill_switch, told=told)
    try:
        yield desk
    finally:
        await connection.aclose()
        if server is not None:
            await server.aclose()
            kept.close()


def most_uncovered_eth(venue: FakeVenue) -> Decimal:
    """The largest short that ever stood at the venue without its long; a combo trades both at once."""
    sizes, worst = {SHORT: Decimal(0), LONG: Decimal(0)}, Decimal(0)
    for trade in venue.trades:
        for leg in trade.legs if trade.legs else (trade,):
            sizes[leg.name] += leg.signed
        worst = max(worst, -(sizes[SHORT] + sizes[LONG]))
    return worst


def entry_ladder_of(first: str, last: str) -> Ladder:
    """The limits of an entry, a tick a minute."""
    return Ladder(limits_coin=_between(Decimal(first), Decimal(last), -TICK), step_s=60, timeout_s=240)


def quote_spread(venue: FakeVenue) -> None:
    """The short leg is worth 0.0100 to 0.0104, the long one 0.0050 to 0.0054: mid 0.0050, natural 0.0046."""
    venue.market.quote(SHORT, bids=[("0.0100", 50)], asks=[("0.0105", 50)], mark="0.01025")
    venue.market.quote(LONG, bids=[("0.0050", 50)], asks=[("0.0054", 50)], mark="0.0052")


def entry(tx: Transaction, *, quantity: Decimal, ladder: Ladder) -> Task:
    """An approved entry, as the tap leaves it."""
    proposal_id = add_proposal(tx, expires_at=EXPIRY_AT)
    tx.move_proposal(proposal_id, ProposalEvent.CLAIM, now=NOW, user="chat:7")
    tx.move_proposal(proposal_id, ProposalEvent.APPROVE, now=NOW, user="chat:7")
    side = TradeSide(
        strikes=Strikes(option_type=OptionType.PUT, short_strike_usd=Decimal(2200), long_strike_usd=Decimal(2100)),
        short_instrument=SHORT,
        long_instrument=LONG,
        mid_at_approval_coin=Decimal("0.0050"),
    )
    trade = replace(new_trade(proposal_id), sides=(side,), stage="full", expiry_at=EXPIRY_AT, quantity_eth=quantity, max_loss_eur=Decimal(90) * quantity)
    trade_id = tx.add_trade(trade)
    legs = (
        IntentLeg(instrument=SHORT, direction=Direction.SELL, side=0, is_short=True),
        IntentLeg(instrument=LONG, direction=Direction.BUY, side=0, is_short=False),
    )
    return _intent(tx, _Asked(proposal_id=proposal_id, trade_id=trade_id, side="open", quantity=quantity, ladder=ladder, legs=legs, under_kill=None))


def exit_of(tx: Transaction, trade_id: int, *, ladder: Ladder, under_kill: int | None) -> Task:
    """An approved close, as the tap leaves it."""
    proposal_id = add_proposal(tx, kind="exit", trade_id=trade_id, expires_at=EXPIRY_AT)
    tx.move_proposal(proposal_id, ProposalEvent.CLAIM, now=NOW, user="chat:7")
    tx.move_proposal(proposal_id, ProposalEvent.APPROVE, now=NOW, user="chat:7")
    tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED)
    trade = tx.trade(trade_id)
    assert trade is not None
    legs = (
        IntentLeg(instrument=SHORT, direction=Direction.BUY, side=0, is_short=True),
        IntentLeg(instrument=LONG, direction=Direction.SELL, side=0, is_short=False),
    )
    asked = _Asked(proposal_id=proposal_id, trade_id=trade_id, side="close", quantity=tx.left_eth(trade), ladder=ladder, legs=legs, under_kill=under_kill)
    return _intent(tx, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    proposal_id: int
    trade_id: int
    side: str
    quantity: Decimal
    ladder: Ladder
    legs: tuple[IntentLeg, ...]
    under_kill: int | None


def _intent(tx: Transaction, asked: _Asked) -> Task:
    order_id = tx.add_order(
        proposal_id=asked.proposal_id,
        trade_id=asked.trade_id,
        side=asked.side,
        label=order_label(asked.trade_id, side=asked.side, proposal_id=asked.proposal_id, epoch=0),
        quantity_eth=asked.quantity,
        limit_coin=asked.ladder.first_coin,
        now=NOW,
    )
    worst = asked.ladder.last_coin if asked.side == "open" else -asked.ladder.last_coin
    terms = IntentTerms(
        order_id=order_id,
        proposal_id=asked.proposal_id,
        urgency="entry" if asked.side == "open" else "hard",
        worst_received_coin=worst,
        tick_coin=TICK,
        lot_eth=Decimal(1),
        legs=asked.legs,
        under_kill=asked.under_kill,
    )
    tx.add_intent_terms(terms)
    intent = tx.order(order_id)
    assert intent is not None
    return Task(intent=intent, terms=terms, ladder=asked.ladder)


def _between(first: Decimal, last: Decimal, step: Decimal) -> tuple[Decimal, ...]:
    return tuple(first + step * number for number in range(int((last - first) / step) + 1))
