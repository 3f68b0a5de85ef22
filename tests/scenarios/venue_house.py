"""A whole engine whose approved orders go to a fake exchange: the market's words are the test's, the account is the exchange's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from engine.clients.bundle import SIM, connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clock import ManualClock
from engine.config import default_rules
from engine.core.model import Stage
from engine.door import Door
from engine.notices import EntryCard
from engine.runtime.desk import Desk
from engine.runtime.jobs import job_table
from engine.runtime.order_access import with_orders
from engine.safety.kill_switch import KillSwitch
from engine.servers.deribit import DeribitServer
from engine.servers.sim import build_sim_server
from engine.state.anchors import AnchorFile
from engine.state.repository import Store
from engine.views import Tap
from tests.engine.servers.deribit.desk import settings_of
from tests.fakes.scripted_market import Book, ScriptedMarket
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.clock import StillClock
from tests.scenarios.house import ANNA, LONG, OPERATOR, SHORT, START_AT, VERSION, House, no_replay, start

TRADING_ON = True
"""Whether the server of the exchange takes orders."""


class LockstepClock(ManualClock):
    """The engine's time and the exchange's are one: whoever waits moves both, and what is due on the way happens."""

    def __init__(self, start_at: datetime, venue: FakeVenue) -> None:
        super().__init__(start_at)
        self.venue = venue
        self.due: list[tuple[datetime, object]] = []

    def advance_to(self, at: datetime) -> None:
        due, self.due = [each for each in self.due if each[0] <= at], [each for each in self.due if each[0] > at]
        for due_at, action in sorted(due, key=lambda each: each[0]):
            self._move(due_at)
            action()  # type: ignore[operator]
        self._move(at)

    def after(self, delay: timedelta, action: object) -> None:
        """`action` happens once time has come so far."""
        self.due.append((self.now() + delay, action))

    def _move(self, at: datetime) -> None:
        super().advance_to(at)
        self.venue.advance_to(max(self.now(), self.venue.now()))


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueHouse:
    """The engine, its exchange and their one clock."""

    engine: House
    venue: FakeVenue
    clock: LockstepClock

    async def press(self) -> None:
        """The newest card was approved and, where the stage asks twice, confirmed; its order begins."""
        card = self.engine.card()
        first = await self.engine.press("approve", card)
        if first.code == "confirm-asked":
            assert isinstance(card.notice, EntryCard)
            nonce, proposal_id = first.facts["nonce"], card.notice.proposal_id
            tap = Tap(person=ANNA, chat_id=card.chat_id, message_id=card.message_id, verb="confirm", proposal_id=proposal_id, nonce=nonce)
            await self.engine.door.card_room.confirm(tap)

    async def approve(self) -> None:
        """The same, and what it started has ended."""
        await self.press()
        await self.engine.desk.settled()
        await self.engine.deliver()

    def quote(self, books: dict[str, Book]) -> None:
        """What the engine is told and what can be traded at the exchange are the same."""
        self.engine.market.books = books
        with self.venue.market.moving():
            for name, book in books.items():
                self.venue.market.quote(name, bids=_side(book.bid), asks=_side(book.ask), mark=book.mark)


@asynccontextmanager
async def venue_house(folder: Path, *, stage: Stage = Stage.FULL, is_dry_run: bool = False, start_at: datetime = START_AT) -> AsyncIterator[VenueHouse]:
    """An engine that started in the order of the composition root, on a real store, with an account on the test network."""
    async with FakeVenue(clock=StillClock(start_at)) as venue, engine_at(folder, venue, stage=stage, is_dry_run=is_dry_run) as house:
        yield house


@asynccontextmanager
async def engine_at(folder: Path, venue: FakeVenue, *, stage: Stage = Stage.FULL, is_dry_run: bool = False) -> AsyncIterator[VenueHouse]:
    """An engine before an exchange that was there before it, and stays."""
    clock, rules, market = LockstepClock(venue.now(), venue), default_rules(), ScriptedMarket()
    venue.market.index_usd = market.spot_usd
    store = Store.open(folder / "cerbero.db", origin="real", clock=clock, boot="test", anchors=AnchorFile(folder / "anchors.jsonl"))
    server = DeribitServer(settings_of(venue, has_key=True, is_trading_on=TRADING_ON), venue.now)
    exchange = McpConnection("deribit", in_memory(server.mcp))
    world = McpConnection(SIM, in_memory(build_sim_server(market, clock.now, rules.paper_account)))
    # Prices are the scripted market's; only what the account does goes to the exchange.
    clients = replace(connect_clients({SIM: world}), connections=(world, exchange))
    desk = Desk(
        clock=clock,
        store=store,
        clients=clients,
        rules=rules,
        stage=stage,
        env="PAPER",
        origin="real",
        market="scripted",
        fingerprint="f" * 64,
        is_dry_run=is_dry_run,
        kill_switch=KillSwitch(folder),
        heartbeat=folder / "heartbeat",
    )
    jobs = job_table(rules.schedule, stage)
    try:
        await store.write(lambda tx: tx.upsert_operator(OPERATOR))
        desk = await with_orders(desk)
        missed = await start(desk, jobs, folder)
        door = Door(desk, jobs, version=VERSION, replayer=no_replay, is_config_changed=lambda: False)
        engine = House(desk=desk, door=door, jobs=jobs, clock=clock, market=market, missed=missed)
        house = VenueHouse(engine=engine, venue=venue, clock=clock)
        house.quote(BOOKS)
        yield house
        await desk.settled()
    finally:
        await clients.aclose()
        await server.aclose()
        store.close()


def _side(price: str | None) -> list[tuple[str, int]]:
    return [] if price is None else [(price, 60)]


BOOKS = {
    SHORT: Book(bid="0.0100", ask="0.0103", mark="0.010118", delta=-0.14),
    LONG: Book(bid="0.0038", ask="0.0040", mark="0.003903", delta=-0.064),
}
"""The spread the Monday scan chooses: mid 0.00625, natural 0.0060."""
