"""The job table: what runs when, in UTC. The live scheduler, the demo and the replay run this one tuple.

Rules of this file: weekdays by name, a job is a row, and what it does stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from engine.core.model import Stage
from engine.core.rules import ScheduleRules
from engine.runtime import (
    alarms,
    approvals,
    backups,
    housekeeping,
    kelly,
    manual_actions,
    monitoring,
    monthly,
    orchestrator,
    remembering,
    stages,
    watch,
    watch_evidence,
)
from engine.runtime.desk import Desk

Run = Callable[[Desk], Awaitable[None]]

SETTLEMENT_CRON = "10-40/5 8 * * *"
"""Deliveries happen at 08:00; the blackout ends at 08:10 and then they are booked, again every five minutes while a price is missing."""
HOURLY_GUARD_CRON = "30 * * * *"
EXPIRY_CRON = "* * * * *"
BACKUP_CRON = "20 * * * *"
"""How often the age of the newest backup is looked at; one is taken once a day."""
WATCH_S = 30
"""How often the trigger table is judged."""

ALARMS_S = 10
"""How often it is looked for alarms that come again."""

STEP_DOWN_CRON = "15 * * * *"
"""How often the triggers of the way down from the full stage are judged."""

VERIFY_CRON = "40 5 * * *"
MEMORY_CRON = "35 * * * *"
"""Trades that ended are put into the memory a while later: nothing waits for it."""
KELLY_CRON = "15 8 * * *"
"""Looked at daily: a strategy is read once a month, and for the first time as soon as its sample is large enough."""
DRILL_CRON = "50 5 * * sun"


class Beat(StrEnum):
    """What moves a job's clock.

    MARKET jobs follow engine time. WAITING jobs do too, but only matter once a
    waiting card may end, so simulated time jumps over them until then. HOST jobs
    follow the wall: they serve the process, not the market.
    """

    MARKET = "market"
    WAITING = "waiting"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`catch_up_s`: a run this late is still made after a pause of the engine; a later one is recorded as missed."""

    name: str
    trigger: BaseTrigger
    run: Run
    beat: Beat
    catch_up_s: int

    def next_due(self, after: datetime) -> datetime:
        """The first due instant strictly after `after`."""
        due = self.trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
        return datetime.fromtimestamp(due.timestamp(), UTC)


def job_table(schedule: ScheduleRules, stage: Stage) -> tuple[Job, ...]:
    """Every job of `stage`, those that guard open trades before those that open new ones."""
    rows = [
        _cron("settlement", SETTLEMENT_CRON, monitoring.settle_expired, catch_up_s=86_400),
        _cron("monitor", schedule.monitor_cron, monitoring.run_monitor, catch_up_s=43_200),
    ]
    if schedule.hourly_guard.of(stage.value):
        rows.append(_cron("hourly_guard", HOURLY_GUARD_CRON, monitoring.run_guard, catch_up_s=3_600))
    rows += _opens(schedule, stage)
    rows += [
        _cron("monthly_report", schedule.monthly_report_cron, monthly.send_monthly, catch_up_s=259_200),
        _cron("digest", schedule.digest_cron, housekeeping.send_digest, catch_up_s=21_600),
        _cron("approval_expiry", EXPIRY_CRON, approvals.expire_due, catch_up_s=0, beat=Beat.WAITING),
        _cron("manual_actions", schedule.manual_actions_cron, manual_actions.run_open, catch_up_s=0, beat=Beat.HOST),
        _cron("backup", BACKUP_CRON, backups.back_up, catch_up_s=0, beat=Beat.HOST),
        _cron("verify", VERIFY_CRON, watch_evidence.verify_daily, catch_up_s=0, beat=Beat.HOST),
        _cron("kelly", KELLY_CRON, kelly.recalibrate_due, catch_up_s=86_400, beat=Beat.HOST),
        _cron("memory", MEMORY_CRON, remembering.remember_closed, catch_up_s=0, beat=Beat.HOST),
        _cron("restore_drill", DRILL_CRON, backups.practise_restore, catch_up_s=0, beat=Beat.HOST),
        _every("watch", WATCH_S, watch.run_watch),
        _cron("step_down", STEP_DOWN_CRON, stages.step_down, catch_up_s=0, beat=Beat.HOST),
        _every("alarms", ALARMS_S, alarms.ring),
        _every("reconcile", schedule.reconcile_s, housekeeping.reconcile),
        _every("heartbeat", schedule.heartbeat_s, housekeeping.beat),
    ]
    return tuple(rows)


def _opens(schedule: ScheduleRules, stage: Stage) -> list[Job]:
    if stage is Stage.PAPER:
        return [_cron("open", schedule.open_paper_cron, orchestrator.weekly_open, catch_up_s=3_600)]
    return [
        _cron("open", schedule.open_cron, orchestrator.weekly_open, catch_up_s=3_600),
        _cron("open_retry", schedule.open_retry_cron, orchestrator.retry_open, catch_up_s=3_600),
    ]


def _cron(name: str, line: str, run: Run, *, catch_up_s: int, beat: Beat = Beat.MARKET) -> Job:
    return Job(name=name, trigger=CronTrigger.from_crontab(line, timezone=UTC), run=run, beat=beat, catch_up_s=catch_up_s)


def _every(name: str, every_s: int, run: Run) -> Job:
    # Anchored at a fixed instant, so that due times do not depend on when the engine started.
    anchor = datetime(2020, 1, 1, tzinfo=UTC)
    return Job(name=name, trigger=IntervalTrigger(seconds=every_s, start_date=anchor, timezone=UTC), run=run, beat=Beat.HOST, catch_up_s=0)
