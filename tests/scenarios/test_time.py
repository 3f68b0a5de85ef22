"""Clocks that are set back and machines that sleep: what was due comes when its time has passed, once, and nothing is silent."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import LOOK_S, SteadyWall, SystemClock
from engine.runtime import approvals
from engine.runtime.scheduler import LiveScheduler
from tests.engine.core.builders import NOW
from tests.scenarios.house import START_AT, House, at, house, unguarded


class Machine:
    """A machine whose clock can be set and which can sleep; time passes only when it is told to."""

    def __init__(self) -> None:
        self.at: datetime = START_AT
        self.boot_s = 1000.0

    def passes(self, by: timedelta) -> None:
        self.at += by
        self.boot_s += by.total_seconds()

    def is_set(self, by: timedelta) -> None:
        self.at += by

    def clock(self) -> SystemClock:
        return SystemClock(SteadyWall(lambda: self.at, lambda: self.boot_s))


async def with_a_card(engine: House, machine: Machine) -> None:
    """It is Monday, 14:00, and the card of the scan waits."""
    machine.passes(NOW - START_AT)
    await engine.run_job("open")
    await engine.deliver()
    assert len(await engine.pending()) == 1


async def test_a_card_lapses_after_its_time_although_the_clock_was_set_back(tmp_path: Path) -> None:
    machine = Machine()
    async with house(tmp_path, clock=machine.clock()) as engine:
        await with_a_card(engine, machine)
        ttl = timedelta(seconds=engine.desk.rules.approval.entry_ttl_s)
        machine.is_set(timedelta(hours=-2))
        machine.passes(ttl * 0.9)
        await approvals.expire_due(engine.desk)
        assert len(await engine.pending()) == 1

        machine.passes(ttl * 0.3)
        await approvals.expire_due(engine.desk)
        await engine.deliver()
        assert engine.outcomes() == ["expired"]


@pytest.mark.parametrize("leap", [timedelta(hours=2), timedelta(days=3650)])
async def test_a_card_lapses_in_words_when_the_clock_leaps_ahead(tmp_path: Path, leap: timedelta) -> None:
    machine = Machine()
    async with house(tmp_path, clock=machine.clock()) as engine:
        await with_a_card(engine, machine)
        card = engine.card()
        machine.is_set(leap)

        assert (await engine.tap("approve", card)).code == "card-expired"
        await approvals.expire_due(engine.desk)
        await engine.deliver()
        assert (engine.outcomes(), await engine.trades()) == (["expired"], [])


@pytest.mark.parametrize(("set_back", "holds"), [(timedelta(seconds=1), []), (timedelta(hours=2), ["clock-skew"])])
async def test_a_clock_that_was_set_back_holds_new_entries(tmp_path: Path, set_back: timedelta, holds: list[str]) -> None:
    """A leap second is none."""
    machine = Machine()
    async with house(tmp_path, clock=machine.clock()) as engine:
        await with_a_card(engine, machine)
        machine.is_set(-set_back)
        await engine.run_job("watch")

        assert [hold.code for hold in (await engine.door.status()).holds] == holds
        assert engine.outcomes() == ["refused"] * len(holds)


@pytest.mark.slow
async def test_over_eight_hours_of_sleep_each_late_job_runs_once_or_stands_as_missed_and_the_card_has_lapsed(tmp_path: Path) -> None:
    machine = Machine()
    async with house(tmp_path, clock=machine.clock(), rules=unguarded()) as engine:
        await with_a_card(engine, machine)
        names = ("approval_expiry", "monitor", "manual_actions")
        scheduler = LiveScheduler(engine.desk, tuple(job for job in engine.jobs if job.name in names))
        scheduler.start()
        await asyncio.sleep(0)
        machine.passes(timedelta(hours=8))
        async with asyncio.timeout(4 * LOOK_S):
            while await engine.pending():  # noqa: ASYNC110 - the engine under test has no event for this
                await asyncio.sleep(0.05)
        await scheduler.stop()
        runs = await engine.desk.store.read(lambda tx: tx.runs(NOW))
        by_job = {name: [(run.due_at, run.outcome) for run in runs if run.job == name] for name in names}

    assert by_job["monitor"] == [(at("03-02 19:00"), "ok")]
    for name in ("approval_expiry", "manual_actions"):
        assert by_job[name][-1] == (at("03-02 22:00"), "ok")
        assert {outcome for _, outcome in by_job[name][:-1]} == {"missed"}
