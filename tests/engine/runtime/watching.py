"""An engine whose trigger table is looked at by hand: real store, real job, the wall where the test puts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.clients.bundle import Clients
from engine.clock import ManualClock
from engine.core.lifecycle import TradeEvent
from engine.home import home_at
from engine.state.records import NewTrade
from engine.state.repository import Transaction
from engine.views import StatusView
from tests.engine.core.builders import NOW
from tests.engine.state.builders import closing_of
from tests.scenarios.house import House, house
from tests.scenarios.test_settlement import EXAMPLE, book_open

LOOK = timedelta(seconds=30)
LIFTED_AFTER = timedelta(minutes=5)


class LiveClock(ManualClock):
    """Engine time is wall time, as in a live run; both are moved by hand."""

    def wall(self) -> datetime:
        return self.now()


@dataclass(slots=True, kw_only=True)
class Watched:
    """A house and its watch."""

    engine: House
    clock: LiveClock

    async def look(self, *, after: timedelta = LOOK) -> StatusView:
        """The watch has run once more; how the engine stands then."""
        self.clock.advance_to(self.clock.now() + after)
        await self.engine.run_job("watch")
        return await self.engine.door.status()

    async def held(self, *, after: timedelta = LOOK) -> list[str]:
        """The same, of the holds alone."""
        return [hold.code for hold in (await self.look(after=after)).holds]

    async def book(self, work: Any) -> Any:
        return await self.engine.desk.store.write(work)

    def reconnect(self, clients: Clients) -> None:
        """The engine talks to other servers from now on."""
        self.engine.desk = replace(self.engine.desk, clients=clients)

    async def reasons(self) -> list[tuple[str, str]]:
        """(who, why) of every time the kill switch was armed."""
        rows = [row for row in await self.engine.audit() if row.type == "kill.armed"]
        return [(row.actor, row.body_json) for row in rows]


@asynccontextmanager
async def watched(folder: Path, *, start_at: datetime = NOW - timedelta(minutes=2), **options: Any) -> AsyncIterator[Watched]:
    clock = LiveClock(start_at)
    async with house(folder, clock=clock, **options) as engine:
        engine.clock, engine.desk = clock, replace(engine.desk, home=home_at(folder))
        yield Watched(engine=engine, clock=clock)


def ended_trade(tx: Transaction, pnl_eur: str, *, at: datetime, trade: NewTrade = EXAMPLE) -> int:
    """A trade that was opened at NOW has ended with this result."""
    trade_id = book_open(tx, trade)
    tx.book_close(replace(closing_of(trade_id, event=TradeEvent.DELIVERED, fill=None), at=at, pnl_eur=Decimal(pnl_eur)))
    return trade_id


async def order(watch: Watched, number: int, state: str = "filled", *, placed_at: datetime | None = None) -> None:
    def work(tx) -> None:
        placed = watch.clock.now() if placed_at is None else placed_at
        order_id = tx.add_order(
            proposal_id=1, trade_id=1, side="close", label=f"cb0-1-c0-{number}", quantity_eth=Decimal(1), limit_coin=Decimal("0.001"), now=placed
        )
        if state != "intended":
            tx.settle_order(order_id, state, now=placed)

    await watch.book(work)


async def orders(watch: Watched, count: int, state: str = "filled") -> None:
    """So many orders besides the one that opened the trade, which is the first."""
    await watch.book(lambda tx: book_open(tx, EXAMPLE))
    for number in range(count - (state == "filled")):
        await order(watch, number, state)
