"""Each trigger that kills, in a running engine: just below, at and just above its limit, and what a person ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.core.builders import NOW
from tests.engine.runtime.watching import order, orders, watched
from tests.scenarios.house import ANNA


@pytest.mark.parametrize(("count", "is_killed"), [(29, False), (30, False), (31, True)])
async def test_a_burst_of_order_actions_kills(tmp_path: Path, count: int, is_killed: bool) -> None:
    async with watched(tmp_path) as watch:
        await watch.engine.run_until(NOW)
        await orders(watch, count)
        status = await watch.look()

        assert (status.is_killed, status.kill_reason) == ((True, "order-actions: 31 > 30 n") if is_killed else (False, ""))
        assert watch.engine.outcomes() == (["killed"] if is_killed else [])
        assert watch.engine.alerts() == (["kill"] if is_killed else [])


async def test_order_actions_are_counted_over_ten_minutes(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 30)
        assert not (await watch.look(after=timedelta(minutes=10))).is_killed
        # The one that opened the trade was placed at NOW and counts for two minutes more.
        for number in range(30, 59):
            await order(watch, number)

        assert not (await watch.look()).is_killed


@pytest.mark.parametrize(("count", "is_killed"), [(2, False), (3, True), (4, True)])
async def test_orders_refused_in_a_row_kill(tmp_path: Path, count: int, is_killed: bool) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, count, "not_placed")
        status = await watch.look()

        assert (status.is_killed, status.kill_reason) == ((True, f"order-rejects: {count} >= 3 n") if is_killed else (False, ""))


async def test_an_order_that_filled_ends_the_row_of_refused_ones(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 2, "not_placed")
        await order(watch, 8)
        await order(watch, 9, "not_placed")

        assert not (await watch.look()).is_killed


@pytest.mark.parametrize(("count", "is_killed"), [(199, False), (200, False), (201, True)])
async def test_a_burst_of_strangers_kills(tmp_path: Path, count: int, is_killed: bool) -> None:
    async with watched(tmp_path) as watch:
        for _ in range(count):
            watch.engine.door.note_strange_tap()
        status = await watch.look()

        assert (status.is_killed, status.kill_reason) == ((True, "strangers: 201 > 200 n") if is_killed else (False, ""))


async def test_strangers_are_counted_over_ten_minutes_and_a_flood_takes_no_memory(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        for _ in range(150):
            watch.engine.door.note_strange_tap()
        assert not (await watch.look()).is_killed
        for _ in range(150):
            watch.engine.door.note_strange_tap()
        assert len(watch.engine.desk.pulse.strange_taps) == 201
        assert (await watch.look()).is_killed


async def test_strangers_of_ten_minutes_ago_do_not_count(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        for _ in range(150):
            watch.engine.door.note_strange_tap()
        await watch.look(after=timedelta(minutes=10))
        for _ in range(150):
            watch.engine.door.note_strange_tap()

        assert not (await watch.look()).is_killed


async def test_an_automatic_kill_is_on_record_once_and_stays_after_a_restart(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 31)
        for _ in range(3):
            await watch.look()
        ((actor, body),) = await watch.reasons()

        assert actor == "automatic"
        assert '"reason":"order-actions: 31 > 30 n","source":"automatic"' in body
        assert watch.engine.alerts() == ["kill"]

    async with watched(tmp_path, start_at=NOW + timedelta(hours=1)) as watch:
        assert (await watch.look()).is_killed


@pytest.mark.parametrize("cause", ["order-actions", "order-rejects", "strangers"])
async def test_whoever_lifts_the_kill_has_looked_and_the_same_counts_do_not_kill_again(tmp_path: Path, cause: str) -> None:
    async with watched(tmp_path) as watch:
        await orders(watch, 31 if cause == "order-actions" else 3, "filled" if cause != "order-rejects" else "not_placed")
        for _ in range(201 if cause == "strangers" else 0):
            watch.engine.door.note_strange_tap()
        assert (await watch.look()).kill_reason.startswith(cause)

        phrase = await watch.engine.door.disarm_phrase()
        assert phrase is not None
        assert (await watch.engine.door.disarm(ANNA, phrase, "looked")).ok
        status = await watch.look()

        assert (status.is_killed, [hold.code for hold in status.holds]) == (False, ["operator"])
