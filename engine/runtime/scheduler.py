"""Three ways to drive the one job table: the wall clock, accelerated time, a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import structlog

from engine.clock import LOOK_S, AcceleratedClock, ManualClock
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job
from engine.runtime.ledger import INSTANT, run_due, run_latest

log = structlog.get_logger(__name__)

AfterJob = Callable[[], Awaitable[None]]

STOP_WAIT_S = 20.0
"""How long a stop waits for the runs under way; one that takes longer is recorded as failed by the next start."""


class LiveScheduler:
    """Each job in its own line on the engine's time. A late run is made once; those skipped before it are recorded as missed."""

    def __init__(self, desk: Desk, jobs: tuple[Job, ...]) -> None:
        self._desk, self._jobs = desk, jobs
        self._lines: list[asyncio.Task[None]] = []
        self._under_way: set[asyncio.Task[datetime]] = set()
        self._is_stopping = False

    def start(self) -> None:
        """Every job of the table runs as due from now on."""
        now = self._desk.now()
        self._lines = [asyncio.get_running_loop().create_task(self._drive(job, job.next_due(now)), name=job.name) for job in self._jobs]

    async def stop(self) -> None:
        """No further run begins, and those under way have ended, at most after STOP_WAIT_S."""
        self._is_stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_WAIT_S)
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        self._lines.clear()

    async def _drive(self, job: Job, due_at: datetime) -> None:
        while not self._is_stopping:
            await self._desk.clock.sleep_until(due_at)
            if self._is_stopping:
                return
            due_at = await self._run(job, due_at)

    async def _run(self, job: Job, due_at: datetime) -> datetime:
        """The run that is due now is made, those it is too late for are recorded; returns when the next one is due."""
        # The lines must not be cancelled in the midst of a run, so `stop` must know it.
        run = asyncio.get_running_loop().create_task(run_latest(self._desk, job, due_at))
        self._under_way.add(run)
        run.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(run)
        except Exception as error:  # whatever kept the ledger from being written, the job's next turn comes
            log.error("job.unrecorded", job=job.name, due_at=due_at.isoformat(), error=f"{type(error).__name__}: {error}")
            return job.next_due(self._desk.now())


async def drive_accelerated(desk: Desk, clock: AcceleratedClock, jobs: tuple[Job, ...], *, fast: float, after_job: AfterJob | None = None) -> None:
    """Market jobs run on simulated time at speed `fast`, at the wall's speed while a card waits; host jobs on the wall.

    Runs until cancelled. Time waits for the work: it stands at a job's due instant
    until that job is done.
    """

    def pace(waiting: int) -> None:
        clock.set_speed(1.0 if waiting and after_job is None else fast)

    # Time stands until the market's driver knows what is due first: on a busy machine it would run past it.
    clock.set_barrier(clock.now())
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
        while (left_s := (due_at - desk.clock.wall()).total_seconds()) > 0:  # noqa: ASYNC110 - time passing has no event to wait for
            await asyncio.sleep(min(left_s, LOOK_S))
        await run_due(desk, job, due_at)
        due_at = job.next_due(desk.clock.wall())


async def _drive_market(desk: Desk, clock: AcceleratedClock, jobs: tuple[Job, ...], *, after_job: AfterJob | None) -> None:
    done_until = clock.now()
    while True:
        due_at, due_jobs = _next_due(jobs, done_until, deadline=desk.attention.deadline)
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


ATTENTION_CHECK_S = 0.5
"""How often, in real time, a waiting driver looks whether another card ends first now (that changes what is due next)."""


async def _sleep_until_due_or_attention(desk: Desk, clock: AcceleratedClock, due_at: datetime) -> bool:
    """True once `due_at` is reached; False as soon as the first deadline of a card is another one, which changes what is due next."""
    deadline = desk.attention.deadline
    while clock.now() < due_at:
        if desk.attention.deadline != deadline:
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
        due_at, due_jobs = _next_due(market, done_until, deadline=desk.attention.deadline)
        if due_at > until:
            return
        clock.advance_to(due_at)
        for job in due_jobs:
            await run_due(desk, job, due_at)
        await after_job()
        done_until = due_at


def _next_due(jobs: tuple[Job, ...], after: datetime, *, deadline: datetime | None) -> tuple[datetime, tuple[Job, ...]]:
    """The earliest due instant after `after` and the jobs due then, in the order of the table; those for waiting cards from `deadline` on."""
    dues = [(job.next_due(after), job) for job in jobs if job.beat is Beat.MARKET]
    if deadline is not None:
        dues = [(job.next_due(after if job.beat is Beat.MARKET else max(after, deadline - INSTANT)), job) for job in jobs]
    due_at = min(due for due, _ in dues)
    return due_at, tuple(job for due, job in dues if due == due_at)
