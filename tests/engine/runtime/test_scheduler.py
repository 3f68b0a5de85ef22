"""Who drives the job table: live, accelerated, and what is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from engine.clock import AcceleratedClock, ManualClock, SystemClock
from engine.config import default_rules
from engine.core.model import Stage
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job, job_table
from engine.runtime.scheduler import LiveScheduler, drive_accelerated
from tests.scenarios.house import House, at, house

FAST = 40_000.0
ANCHOR = datetime(2020, 1, 1, tzinfo=UTC)


def every(name: str, seconds: float, run: Callable[[Desk], Awaitable[None]], beat: Beat = Beat.MARKET) -> Job:
    trigger = IntervalTrigger(seconds=0, start_date=ANCHOR, timezone=UTC)
    trigger.interval = timedelta(seconds=seconds)
    trigger.interval_length = seconds
    return Job(name=name, trigger=trigger, run=run, beat=beat, catch_up_s=0)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the engine under test has no event for this
            await asyncio.sleep(0.002)


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("stage", "has_guard", "opens"), [(Stage.PAPER, True, ["open"]), (Stage.SOFT, False, ["open", "open_retry"])])
def test_the_table_guards_open_trades_before_it_opens_new_ones(stage: Stage, has_guard: bool, opens: list[str]) -> None:
    names = [job.name for job in job_table(default_rules().schedule, stage)]

    assert names[:2] == ["settlement", "monitor"]
    assert ("hourly_guard" in names, [name for name in names if name.startswith("open")]) == (has_guard, opens)
    assert names[-7:] == ["digest", "approval_expiry", "manual_actions", "backup", "restore_drill", "reconcile", "heartbeat"]


def test_the_next_due_instant_is_strictly_later_and_in_utc() -> None:
    monitor = next(job for job in job_table(default_rules().schedule, Stage.PAPER) if job.name == "monitor")

    assert monitor.next_due(at("03-02 07:00")) == at("03-02 19:00")
    assert monitor.next_due(at("03-02 06:59")) == at("03-02 07:00")
    # Both clock changes of Europe leave the hours of UTC alone.
    assert monitor.next_due(at("03-29 00:00")) == at("03-29 07:00")
    assert monitor.next_due(at("10-25 00:00")) == at("10-25 07:00")


async def test_accelerated_time_never_passes_a_due_job_however_long_the_job_takes(tmp_path: Path) -> None:
    clock = AcceleratedClock(at("03-02 00:00"), speed=0.001)
    seen: list[tuple[str, datetime]] = []

    async def slow(desk: Desk) -> None:
        seen.append(("began", desk.now()))
        await asyncio.sleep(0.01)
        seen.append(("ended", desk.now()))

    async with house(tmp_path, clock=clock) as engine:
        began_at = clock.now()
        driver = asyncio.create_task(drive_accelerated(engine.desk, clock, (every("slow", 3600, slow),), fast=FAST))
        await until(lambda: len(seen) >= 6)
        await stopped(driver)

        first = every("slow", 3600, slow).next_due(began_at)
        dues = [first + timedelta(hours=hour) for hour in range(3)]
        assert seen[:6] == [(word, due) for due in dues for word in ("began", "ended")]


async def test_time_slows_to_the_walls_while_a_card_waits_and_is_fast_again_after_the_answer(tmp_path: Path) -> None:
    clock = AcceleratedClock(at("03-02 13:59"), speed=0.001)
    async with house(tmp_path, clock=clock) as engine:
        driver = asyncio.create_task(drive_accelerated(engine.desk, clock, engine.jobs, fast=FAST))
        await until(lambda: engine.desk.attention.waiting == 1)

        assert clock.speed == 1.0
        await engine.deliver()
        assert clock.now() - at("03-02 14:00") < timedelta(minutes=1)
        await engine.tap("reject", engine.card())

        assert (engine.desk.attention.waiting, clock.speed) == (0, FAST)
        await until(lambda: clock.now() > at("03-02 19:00"))
        await stopped(driver)
        runs = await engine.desk.store.read(lambda tx: tx.runs(at("03-02 13:00")))
        market = [run.job for run in runs if run.job in ("open", "monitor")]
        assert market[:2] == ["open", "monitor"]


async def test_a_policy_that_answers_keeps_time_fast(tmp_path: Path) -> None:
    clock = AcceleratedClock(at("03-02 13:59"), speed=0.001)
    async with house(tmp_path, clock=clock) as engine:
        answered: list[int] = []

        async def answer() -> None:
            answered.append(engine.desk.attention.waiting)

        driver = asyncio.create_task(drive_accelerated(engine.desk, clock, engine.jobs, fast=FAST, after_job=answer))
        await until(lambda: 1 in answered)
        assert clock.speed == FAST
        await stopped(driver)


async def test_host_jobs_follow_the_wall_while_simulated_time_stands(tmp_path: Path) -> None:
    clock = AcceleratedClock(at("03-02 00:00"), speed=0.001)
    beats: list[datetime] = []

    async def beat(desk: Desk) -> None:
        beats.append(desk.clock.wall())

    async def never(_desk: Desk) -> None:
        raise LookupError("simulated time stands")

    async with house(tmp_path, clock=clock) as engine:
        jobs = (every("beat", 0.02, beat, Beat.HOST), every("monitor", 3600, never))
        driver = asyncio.create_task(drive_accelerated(engine.desk, clock, jobs, fast=0.001))
        await until(lambda: len(beats) >= 2)
        await stopped(driver)

        assert beats == sorted(beats)


async def live(engine: House, jobs: tuple[Job, ...], enough: Callable[[], bool]) -> None:
    scheduler = LiveScheduler(engine.desk, jobs)
    scheduler.start()
    await until(enough)
    await scheduler.stop()
    await scheduler.stop()


async def test_the_live_scheduler_runs_the_table_and_ends_its_runs_before_it_stops(tmp_path: Path) -> None:
    began: list[datetime] = []
    ended: list[datetime] = []

    async def slow(desk: Desk) -> None:
        began.append(desk.clock.wall())
        await asyncio.sleep(0.03)
        ended.append(desk.clock.wall())

    async with house(tmp_path, clock=SystemClock()) as engine:
        await live(engine, (every("slow", 0.02, slow),), lambda: len(began) >= 2)

        assert len(ended) == len(began)
        runs = await engine.desk.store.read(lambda tx: tx.runs(datetime(2020, 1, 1, tzinfo=UTC), "slow"))
        assert {run.outcome for run in runs} <= {"ok", "missed"}


async def test_a_run_that_was_skipped_while_the_last_one_was_busy_stands_as_missed(tmp_path: Path) -> None:
    clock, done = ManualClock(at("03-02 00:00")), []

    async def jump(desk: Desk) -> None:
        # The engine's clock was stopped for a while, as on a suspended machine.
        if not done:
            clock.advance_to(desk.now() + timedelta(hours=1))
        done.append(desk.now())

    async with house(tmp_path, clock=clock) as engine:
        job = every("jump", 600, jump)
        fast = Job(name=job.name, trigger=every("jump", 0.02, jump).trigger, run=jump, beat=Beat.HOST, catch_up_s=0)
        scheduler = LiveScheduler(engine.desk, (fast,))
        scheduler.start()
        await until(lambda: len(done) >= 1)
        await scheduler.stop()

        assert done[0] == at("03-02 01:00")
