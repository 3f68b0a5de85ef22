"""The process is killed (SIGKILL) before and after every commit and every call of an order; whoever comes back asks for nothing twice."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from engine.core.lifecycle import OrderState
from engine.execution.holdings import Carried, expected_positions
from engine.execution.reconciling import reconcile
from engine.execution.resolving import SILENCE
from engine.state.repository import Store
from tests.conftest import ROOT
from tests.engine.execution.order_desk import SHORT, OrderDesk, VenueClock, entry, entry_ladder_of, most_uncovered_eth, order_desk, quote_spread
from tests.fakes.venue import FakeVenue

KINDS = ("before commit", "after commit", "before call", "after call")
SAMPLE = (("after commit", 1), ("before call", 2), ("after call", 2), ("before commit", 2))
"""Written and not sent, about to be sent, sent and the answer not known, answered and not written."""
STEPS_MAX = 40
KILLED, DONE = -9, 0


@dataclass(slots=True)
class Nursery:
    """Where the processes are born that die."""

    process: Process

    async def run(self, home: Path, venue: FakeVenue, *, kind: str, number: int) -> int:
        """How the child ended."""
        asked = {
            "home": str(home),
            "url": venue.http_url,
            "id": venue.key.client_id,
            "secret": venue.key.client_secret,
            "now": venue.now().isoformat(),
            "kind": kind,
            "number": number,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self.process.stdin.drain()
        while True:
            line = (await self.process.stdout.readline()).strip()
            if line.lstrip(b"-").isdigit():
                return int(line)


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.engine.execution.killed_child", cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"ready"
    yield Nursery(process)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def died_at(folder: Path, nursery: Nursery, *, kind: str, number: int) -> int:
    """One life: approved, worked by a child that dies there, and brought to its end by whoever comes after. Raises for a broken law."""
    async with FakeVenue() as venue:
        quote_spread(venue)
        venue.market.quote(SHORT, bids=[("0.0100", 1)], asks=[("0.0105", 50)], mark="0.01025")
        _approve(folder, venue)
        code = await nursery.run(folder, venue, kind=kind, number=number)
        await _until_noticed(venue)
        async with order_desk(folder, venue) as desk:
            come_to = await _brought_to_its_end(desk)
            _judge(desk, venue, come_to)
    return code


def _approve(folder: Path, venue: FakeVenue) -> None:
    store = Store.open(folder / "cerbero.db", origin="real", clock=VenueClock(venue), boot="test")
    store.write_sync(lambda tx: entry(tx, quantity=Decimal(2), ladder=entry_ladder_of("0.0047", "0.0046")))
    store.close()


async def _until_noticed(venue: FakeVenue) -> None:
    """The venue has noticed that the connection is gone."""
    async with asyncio.timeout(10):
        while venue.exchange.sessions.open:  # noqa: ASYNC110 -- a connection that was torn down raises no event
            await asyncio.sleep(0)


async def _brought_to_its_end(desk: OrderDesk) -> Carried:
    for _ in range(8):
        found = await reconcile(desk.room)
        assert found.is_complete
        assert [finding for finding in found.findings if finding.outcome.value in ("hold", "alarm")] == []
        if found.ended:
            return next(iter(found.ended.values()))
        await desk.clock.sleep_until(desk.clock.now() + SILENCE)
    raise AssertionError("the intent never came to an end")


def _judge(desk: OrderDesk, venue: FakeVenue, come_to: Carried) -> None:
    """The laws: one intent, never above it, one live order, store and venue agree, nothing left standing."""
    sold = -venue.positions.get(SHORT, Decimal(0))
    expected = desk.store.read_sync(lambda tx: expected_positions(tx, now=desk.clock.now()))
    rows = desk.store.read_sync(lambda tx: tx.venue_orders(1))

    assert come_to.quantity_eth == sold <= Decimal(2)
    assert {name: size for name, size in expected.items() if size} == venue.positions
    assert venue.open_orders == []
    assert {order.label for order in venue.orders} <= {row.label for row in rows}
    assert len({order.label for order in venue.orders}) == len(venue.orders)
    assert not [row for row in rows if row.state.is_live]
    assert all(row.state is not OrderState.NOT_PLACED or row.label not in {order.label for order in venue.orders} for row in rows)
    assert most_uncovered_eth(venue) <= 0


async def test_a_killed_order_is_found_again_and_never_sent_twice(tmp_path: Path, nursery: Nursery) -> None:
    for place, (kind, number) in enumerate(SAMPLE):
        home = tmp_path / str(place)
        home.mkdir()

        assert await died_at(home, nursery, kind=kind, number=number) == KILLED


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_there_is_no_step_at_which_a_kill_breaks_a_law(tmp_path: Path, nursery: Nursery, kind: str) -> None:
    for number in count(1):
        home = tmp_path / str(number)
        home.mkdir()
        code = await died_at(home, nursery, kind=kind, number=number)
        if code == DONE:
            break

        assert code == KILLED
        assert number < STEPS_MAX
    assert number > 2
