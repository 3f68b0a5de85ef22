"""The plain replay: the job table on a clock that jumps, cards answered by a written policy.

The engine is the real one, through MCP, store and orchestrator; only the clock and
the person are replaced.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.clock import ManualClock
from engine.reporting.equity import equity_chart
from engine.reporting.stats import trade_stats
from engine.runtime import approvals
from engine.runtime.desk import Desk
from engine.runtime.jobs import job_table
from engine.runtime.scheduler import drive_replay
from engine.runtime.trade_views import closed_view
from engine.state.repository import Transaction
from engine.views import ReplaySummary

Progress = Callable[[datetime, float], None]


class Policy(StrEnum):
    """Who answers the cards: everyone says yes, everyone says no, everyone sleeps."""

    APPROVE = "approve"
    REJECT = "reject"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What to replay: an engine built on `clock`, until when, answered how."""

    desk: Callable[[ManualClock], AbstractAsyncContextManager[Desk]]
    from_at: datetime
    to_at: datetime
    history: str
    policy: Policy


async def run_replay(plan: ReplayPlan, *, progress: Progress | None = None) -> ReplaySummary:
    """The period has been lived through once; every figure of it is in the summary."""
    # A moment earlier, so that a job due exactly at the start is part of the period.
    clock = ManualClock(plan.from_at - timedelta(microseconds=1))
    async with plan.desk(clock) as desk:
        answer = answer_by_policy(desk, plan.policy)

        async def after_job() -> None:
            await answer()
            if progress is not None:
                progress(clock.now(), (clock.now() - plan.from_at) / (plan.to_at - plan.from_at))

        await drive_replay(desk, clock, job_table(desk.rules.schedule, desk.stage), until=plan.to_at, after_job=after_job)
        return await desk.store.read(lambda tx: _summary(tx, desk, plan))


def answer_by_policy(desk: Desk, policy: Policy) -> Callable[[], Awaitable[None]]:
    """A function that answers every waiting card as `policy` says."""

    async def answer() -> None:
        if policy is Policy.IGNORE:
            return
        for record in await desk.store.read(lambda tx: tx.pending_proposals()):
            await approvals.decide_by_policy(desk, record.proposal_id, approve_it=policy is Policy.APPROVE, policy=f"policy:{policy.value}")

    return answer
