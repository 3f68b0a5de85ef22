"""Runs a due job once and writes it down: late, missed and repeated runs become visible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from engine.errors import EngineError, InvariantBroken
from engine.runtime import switches
from engine.runtime.desk import Desk
from engine.runtime.jobs import Job
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)


async def run_due(desk: Desk, job: Job, due_at: datetime) -> None:
    """The run of `job` that was due at `due_at` is made and recorded; a second call for it does nothing."""
    if not await desk.store.write(lambda tx: tx.start_run(job=job.name, due_at=due_at, now=desk.now())):
        return
    outcome, error = "ok", ""
    try:
        await job.run(desk)
    except InvariantBroken as broken:
        await switches.trip(desk, broken)
        outcome, error = "failed", str(broken)
        log.error("engine.invariant_broken", job=job.name, error=str(broken))
    except EngineError as failure:
        outcome, error = "failed", str(failure)
        log.error("job.failed", job=job.name, due_at=due_at.isoformat(), error=error)
    except Exception as unexpected:  # the edge of a run: one job's mistake ends that run, not the table
        outcome, error = "failed", f"{type(unexpected).__name__}: {unexpected}"
        log.exception("job.crashed", job=job.name, due_at=due_at.isoformat())
    await desk.store.write(lambda tx: tx.finish_run(job=job.name, due_at=due_at, outcome=outcome, error=error, now=desk.now()))
    if outcome == "ok":
        log.info("job.done", job=job.name, due_at=due_at.isoformat())


async def record_missed(desk: Desk, job: Job, dues: Sequence[datetime]) -> None:
    """The runs nobody could make stand in the ledger as missed."""

    def work_missed(tx: Transaction) -> None:
        for due_at in dues:
            if tx.start_run(job=job.name, due_at=due_at, now=desk.now()):
                tx.finish_run(job=job.name, due_at=due_at, outcome="missed", error="the engine was not running", now=desk.now())

    if dues:
        await desk.store.write(work_missed)
        log.warning("job.missed", job=job.name, runs=len(dues), first_due_at=dues[0].isoformat(), last_due_at=dues[-1].isoformat())


async def run_latest(desk: Desk, job: Job, due_at: datetime) -> datetime:
    """The latest run due by now is made, those from `due_at` on before it stand as missed; returns when the next one is due."""
    dues = dues_between(job, due_at - INSTANT, desk.now())
    await record_missed(desk, job, dues[:-1])
    latest_at = dues[-1] if dues else due_at
    await run_due(desk, job, latest_at)
    return job.next_due(latest_at)


async def sort_late(desk: Desk, jobs: tuple[Job, ...], *, since: datetime | None) -> tuple[tuple[str, ...], list[tuple[Job, datetime]]]:
    """Of the runs that fell due while the engine was down: the names of those that stand as missed now, and those still to be made, in the table's order.

    `since` is the last sign of life; without one there is nothing to catch up.
    """
    if since is None:
        return (), []
    now, missed, late = desk.now(), [], []
    for job in jobs:
        dues = dues_between(job, since, now) if job.catch_up_s else []
        is_recent = bool(dues) and (now - dues[-1]).total_seconds() <= job.catch_up_s
        too_late = dues[:-1] if is_recent else dues
        await record_missed(desk, job, too_late)
        missed += [job.name] * len(too_late)
        if is_recent:
            late.append((job, dues[-1]))
    return tuple(missed), late


INSTANT = timedelta(microseconds=1)
MISSED_RUNS_MAX = 400


def dues_between(job: Job, since: datetime, until: datetime) -> list[datetime]:
    """Due instants in (since, until]; of more than MISSED_RUNS_MAX of them the latest."""
    first_at = job.next_due(since)
    # A clock that was set years ahead must not have every run of those years counted.
    step = job.next_due(first_at) - first_at
    due_at = first_at if (until - first_at) / step <= MISSED_RUNS_MAX else job.next_due(until - step * MISSED_RUNS_MAX)
    dues: list[datetime] = []
    while due_at <= until:
        dues.append(due_at)
        due_at = job.next_due(due_at)
    return dues[-MISSED_RUNS_MAX:]
