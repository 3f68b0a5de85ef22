"""Three ways to drive the one job table: the wall clock, accelerated time, a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from engine.clock import AcceleratedClock, ManualClock
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job
from engine.runtime.ledger import record_missed, run_due

log = structlog.get_logger(__name__)

AfterJob = Callable[[], Awaitable[None]]

STOP_WAIT_S = 20.0
"""How long a stop waits for the runs under way; one that takes longer is recorded as failed by the next start."""


class LiveScheduler:
    """APScheduler on UTC wall time. Late runs are made once; skipped ones are recorded as missed."""

    def __init__(self, desk: Desk, jobs: tuple[Job, ...]) -> None:
        self._desk, self._jobs = desk, jobs
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1})
        self._next_due: dict[str, datetime] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Every job of the table is scheduled from now on."""
        now = self._desk.now()
        for job in self._jobs:
            self._next_due[job.name] = job.next_due(now)
            self._scheduler.add_job(self._fire, job.trigger, args=(job,), id=job.name, name=job.name)
        self._scheduler.start()

    async def stop(self) -> None:
        """No further run begins, and those under way have ended, at most after STOP_WAIT_S."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_WAIT_S)
        self._scheduler.shutdown(wait=False)

    async def _fire(self, job: Job) -> None:
        # Shutting APScheduler down cancels its runs in their midst, so `stop` must know them.
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        due_at, now = self._next_due[job.name], self._desk.now()
        while (following := job.next_due(due_at)) <= now:
            await record_missed(self._desk, job, due_at)
            due_at = following
        self._next_due[job.name] = following
        await run_due(self._desk, job, due_at)


async def drive_accelerated(desk: Desk, clock: AcceleratedClock, jobs: tuple[Job, ...], *, fast: float, after_job: AfterJob | None = None) -> None:
    """Market jobs run on simulated time at speed `fast`, at the wall's speed while a card waits; host jobs on the wall.

    Runs until cancelled. Time waits for the work: it stands at a job's due instant
    until that job is done.
    """

    def pace(waiting: int) -> None:
        clock.set_speed(1.0 if waiting and after_job is None else fast)

    desk.attention.listener = pace
    await desk.refresh_attention()
    host = [job for job in jobs if job.beat is Beat.HOST]
    market = tuple(job for job in jobs if job.beat is not Beat.HOST)
    async with asyncio.TaskGroup() as group:
        for job in host:
            group.create_task(_drive_on_wall(desk, job))
        group.create_task(_drive_market(desk, clock, market, after_job=after_job))


async def _drive_on_wall(desk: Desk, job: Job) -> None:
    due_at = job.next_due(desk.clock.wall())
    while True:
        await asyncio.sleep(max(0.0, (due_at - desk.clock.wall()).total_seconds()))
        await run_due(desk, job, due_at)
        due_at = job.next_due(desk.clock.wall())


async def _drive_market(desk: Desk, clock: AcceleratedClock, jobs: tuple[Job, ...], *, after_job: AfterJob | None) -> None:
    done_until = clock.now()
    while True:
        due_at, due_jobs = _next_due(jobs, done_until, is_waiting=desk.attention.waiting > 0)
        clock.set_barrier(due_at)
        if not await _sleep_until_due_or_attention(desk, clock, due_at):
            # Time runs on beside this line: an instant that became due meanwhile must not count as done.
            done_until = max(done_until, min(clock.now(), due_at - INSTANT))
            continue
        for job in due_jobs:
            await run_due(desk, job, due_at)
        if after_job is not None:
            await after_job()
        done_until = due_at


INSTANT = timedelta(microseconds=1)

ATTENTION_CHECK_S = 0.5
"""How often, in real time, a waiting driver looks whether cards came or went (they change what is due next)."""


async def _sleep_until_due_or_attention(desk: Desk, clock: AcceleratedClock, due_at: datetime) -> bool:
    """True once `due_at` is reached; False as soon as cards began or ceased to wait, which changes what is due next."""
    was_waiting = desk.attention.waiting > 0
    while clock.now() < due_at:
        if (desk.attention.waiting > 0) is not was_waiting:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(ATTENTION_CHECK_S):
                await clock.sleep_until(due_at)
    return True


async def drive_replay(desk: Desk, clock: ManualClock, jobs: tuple[Job, ...], *, until: datetime, after_job: AfterJob) -> None:
    """The market jobs of the table run one after the other on the jumping clock until `until`."""
    market = tuple(job for job in jobs if job.beat is not Beat.HOST)
    done_until = clock.now()
    while True:
        due_at, due_jobs = _next_due(market, done_until, is_waiting=desk.attention.waiting > 0)
        if due_at > until:
            return
        clock.advance_to(due_at)
        for job in due_jobs:
            await run_due(desk, job, due_at)
        await after_job()
        done_until = due_at


def _next_due(jobs: tuple[Job, ...], after: datetime, *, is_waiting: bool) -> tuple[datetime, tuple[Job, ...]]:
    """The earliest due instant after `after` and the jobs due then, in the order of the table."""
    dues = [(job.next_due(after), job) for job in jobs if is_waiting or job.beat is Beat.MARKET]
    due_at = min(due for due, _ in dues)
    return due_at, tuple(job for due, job in dues if due == due_at)
