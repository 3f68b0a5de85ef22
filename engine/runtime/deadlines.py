"""Until when an exit card waits: never into the settlement pause of its own expiry day."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from apscheduler.triggers.cron import CronTrigger

from engine.core.model import ExitUrgency
from engine.runtime.desk import Desk

POSTPONE = timedelta(minutes=30)
"""What one tap puts an exit off by."""

TIME_TO_CLOSE = timedelta(minutes=1)
"""How long before the pause a hard exit runs by itself: in the pause nothing can be bought back."""


def exit_deadline(desk: Desk, urgency: ExitUrgency, *, expiry_at: datetime) -> datetime:
    """Until when a card asked now waits for an answer."""
    approval, now = desk.rules.approval, desk.now()
    wait_s = approval.hard_exit_ttl_s if urgency is ExitUrgency.HARD else approval.soft_exit_ttl_s
    return before_settlement(desk, now + timedelta(seconds=wait_s), urgency, expiry_at=expiry_at)


def before_settlement(desk: Desk, until: datetime, urgency: ExitUrgency, *, expiry_at: datetime) -> datetime:
    """`until`, or the last instant before the settlement pause at which the card can still lead to a close; `until` once the pause has begun."""
    now, pause_at = desk.now(), settlement_pause_at(desk, expiry_at)
    if now >= pause_at:
        return until
    runs_by_itself = urgency is ExitUrgency.HARD and desk.rules.approval.hard_exit_on_timeout == "auto_execute"
    return min(until, max(now, pause_at - TIME_TO_CLOSE if runs_by_itself else pause_at))


def is_last_question(desk: Desk, expires_at: datetime, *, expiry_at: datetime) -> bool:
    """True when no monitor comes between the deadline and the settlement pause: unanswered, the trade is settled."""
    trigger = CronTrigger.from_crontab(desk.rules.schedule.monitor_cron, timezone="UTC")
    following = trigger.get_next_fire_time(None, expires_at + timedelta(microseconds=1))
    return datetime.fromtimestamp(following.timestamp(), expiry_at.tzinfo) >= settlement_pause_at(desk, expiry_at)


def settlement_pause_at(desk: Desk, expiry_at: datetime) -> datetime:
    """When trading of this expiry ends on its last day."""
    begins = time.fromisoformat(desk.rules.schedule.settlement_blackout_utc[0])
    return datetime.combine(expiry_at.date(), begins, tzinfo=expiry_at.tzinfo)
