"""Who drives the job table: live, accelerated, and what is due next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from structlog.testing import capture_logs

from engine.clock import AcceleratedClock, ManualClock, SteadyWall, SystemClock
from engine.config import default_rules
from engine.core.model import Stage
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job, job_table
from engine.runtime.ledger import MISSED_RUNS_MAX, run_latest
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
    assert names[-14:] == [
        "monthly_report",
        "digest",
        "approval_expiry",
        "manual_actions",
        "backup",
        "verify",
        "kelly",
        "memory",
        "restore_drill",
        "watch",
        "step_down",
        "alarms",
        "reconcile",
        "heartbeat",
    ]


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


async def test_runs_skipped_over_a_pause_of_the_machine_stand_as_missed_and_the_latest_is_made_once(tmp_path: Path) -> None:
    """A suspended laptop, a stopped process, a loop that hung: the line finds itself an hour late."""
    clock, made = ManualClock(at("03-02 00:00")), []

    async def note(desk: Desk) -> None:
        made.append(desk.now())

    async with house(tmp_path, clock=clock) as engine:
        job = every("note", 600, note)
        clock.advance_to(at("03-02 01:05"))
        following = await run_latest(engine.desk, job, at("03-02 00:10"))
        runs = await engine.desk.store.read(lambda tx: tx.runs(at("03-02 00:00"), "note"))

        assert following == at("03-02 01:10")
        assert made == [at("03-02 01:05")]
        assert [(run.due_at, run.outcome) for run in runs] == [(at(f"03-02 00:{minute}0"), "missed") for minute in range(1, 6)] + [(at("03-02 01:00"), "ok")]


async def test_a_clock_that_leaps_ten_years_costs_no_more_than_the_latest_runs(tmp_path: Path) -> None:
    clock = ManualClock(at("03-02 00:00"))

    async def nothing(_: Desk) -> None:
        return

    async with house(tmp_path, clock=clock) as engine:
        job = every("beat", 20, nothing)
        clock.advance_to(at("03-02 00:00").replace(year=2036))
        await run_latest(engine.desk, job, at("03-02 00:00"))
        runs = await engine.desk.store.read(lambda tx: tx.runs(at("03-02 00:00"), "beat"))

        assert len(runs) == MISSED_RUNS_MAX
        assert [(run.due_at, run.outcome) for run in runs[-2:]] == [
            (at("03-01 23:59:40").replace(year=2036), "missed"),
            (at("03-02 00:00").replace(year=2036), "ok"),
        ]


class Machine:
    """A machine whose clock is set back while its seconds since boot go on."""

    def __init__(self) -> None:
        self.set_back = timedelta()
        self.began_at = datetime.now(UTC)

    def wall(self) -> SteadyWall:
        return SteadyWall(lambda: datetime.now(UTC) - self.set_back)


async def test_a_clock_set_back_keeps_no_job_waiting(tmp_path: Path) -> None:
    machine, beats = Machine(), 0

    async def beat(_: Desk) -> None:
        nonlocal beats
        beats += 1
        machine.set_back = timedelta(hours=2)

    async with house(tmp_path, clock=SystemClock(machine.wall())) as engine:
        await live(engine, (every("beat", 0.02, beat, Beat.HOST),), lambda: beats >= 3)

    assert beats >= 3


async def test_a_ledger_that_cannot_be_written_does_not_end_a_jobs_line(tmp_path: Path) -> None:
    async def never(_: Desk) -> None:
        raise LookupError("a run that cannot be recorded is not made")

    async with house(tmp_path, clock=SystemClock()) as engine:
        engine.desk.store.close()
        with capture_logs() as lines:
            await live(engine, (every("work", 0.02, never, Beat.HOST),), lambda: len(lines) >= 2)

    assert {(line["event"], line["error"]) for line in lines} == {("job.unrecorded", "StateError: the store is closed")}


DAYS = ["2026-03-29", "2026-10-25", "2028-02-29", "2026-12-31", "2026-04-30"]
"""Both clock changes of Europe, a leap day, the ends of a year and of a month."""


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("day", DAYS)
def test_every_job_is_due_once_per_slot_of_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch, day: str, zone: str) -> None:
    """A clock change of the machine's zone neither repeats a run nor swallows one."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        began_at = datetime.fromisoformat(day).replace(tzinfo=UTC)
        counts = {}
        for job in job_table(default_rules().schedule, Stage.PAPER):
            due_at, dues = job.next_due(began_at - timedelta(microseconds=1)), []
            while due_at < began_at + timedelta(days=1):
                dues.append(due_at)
                due_at = job.next_due(due_at)
            assert len(set(dues)) == len(dues)
            counts[job.name] = len(dues)
    finally:
        monkeypatch.undo()
        time.tzset()

    assert (counts["monitor"], counts["digest"], counts["hourly_guard"], counts["settlement"]) == (2, 1, 24, 7)
    assert (counts["approval_expiry"], counts["manual_actions"], counts["backup"]) == (1440, 1440, 24)
    assert (counts["heartbeat"], counts["reconcile"]) == (4320, 1920)
