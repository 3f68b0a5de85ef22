"""When the jobs of the table fall due over a period, as columns.

Rules of this file: the triggers of the table say when; a line that repeats weekly is
walked for one week and laid over the others, every other one is walked from end to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from apscheduler.triggers.cron import CronTrigger

from engine.runtime.jobs import Beat, Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Numbers = NDArray[np.int8]

WEEK_S = 7 * 86_400
A_MONDAY_S = 4 * 86_400
EVERY = "*"
FIELDS_BEYOND_A_WEEK = ("year", "month", "day", "week")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dues:
    """Every due run of the market's jobs, in the order they are made: instants in Unix seconds, and the row of the job in `jobs`."""

    jobs: tuple[Job, ...]
    at_s: Ints
    row: Numbers

    def __len__(self) -> int:
        return len(self.at_s)


def market_dues(table: tuple[Job, ...], from_at: datetime, to_at: datetime) -> Dues:
    """The runs due from `from_at` to `to_at`, both included; of one instant in the order of the table."""
    jobs = tuple(job for job in table if job.beat is Beat.MARKET)
    columns = [due_instants(job, from_at, to_at) for job in jobs]
    at_s = np.concatenate(columns)
    row = np.repeat(np.arange(len(jobs), dtype=np.int8), [len(column) for column in columns])
    order = np.lexsort((row, at_s))
    return Dues(jobs=jobs, at_s=at_s[order], row=row[order])


def due_instants(job: Job, from_at: datetime, to_at: datetime) -> Ints:
    """When one job is due, ascending."""
    if not _is_weekly(job):
        return _walked(job, from_at, to_at)
    first_s, last_s = -int(-from_at.timestamp() // 1), int(to_at.timestamp() // 1)
    monday_s = first_s - (first_s - A_MONDAY_S) % WEEK_S
    monday = datetime.fromtimestamp(monday_s, UTC)
    week = _walked(job, monday, monday + timedelta(seconds=WEEK_S - 1)) - monday_s
    dues: Ints = (np.arange(monday_s, last_s + 1, WEEK_S)[:, None] + week).ravel()
    return dues[(dues >= first_s) & (dues <= last_s)]


def _is_weekly(job: Job) -> bool:
    if not isinstance(job.trigger, CronTrigger):
        return False
    return all(str(field) == EVERY for field in job.trigger.fields if field.name in FIELDS_BEYOND_A_WEEK)


def _walked(job: Job, from_at: datetime, to_at: datetime) -> Ints:
    dues, due_at = [], job.next_due(from_at - timedelta(microseconds=1))
    while due_at <= to_at:
        dues.append(int(due_at.timestamp()))
        due_at = job.next_due(due_at)
    return np.array(dues, dtype=np.int64)
