"""The plain replay: the job table on a clock that jumps, cards answered by a written policy.

The engine is the real one, through MCP, store and orchestrator; only the clock and
the person are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.clock import ManualClock
from engine.core.decision import Verdict
from engine.core.lifecycle import ProposalState
from engine.core.model import Family
from engine.research.policy import Policy
from engine.research.rows import MODELLED_SOURCES
from engine.runtime import approvals
from engine.runtime.breakers import BREAKER_HOLDS
from engine.runtime.desk import Desk
from engine.runtime.jobs import job_table
from engine.runtime.queries import equity_chart
from engine.runtime.scheduler import drive_replay
from engine.runtime.switches import DRAWDOWN_HOLD
from engine.runtime.views_of import history_view
from engine.state.codec import decode_checks
from engine.state.records import DecisionRecord
from engine.state.repository import Transaction
from engine.views import ReplaySummary

__all__ = ["Policy", "Progress", "ReplayPlan", "answer_by_policy", "run_replay"]

NEEDS_A_PERSON = frozenset({*BREAKER_HOLDS, DRAWDOWN_HOLD})
"""Holds that stand until somebody resumes, and in a replay nobody does; the others end with their cause."""

Progress = Callable[[datetime, float], None]


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


def _summary(tx: Transaction, desk: Desk, plan: ReplayPlan) -> ReplaySummary:
    proposals = tx.proposals()
    proposed = [record for record in proposals if record.kind == "entry"]
    decisions = tx.decisions("entry")
    refusals = [decision for decision in decisions if decision.outcome == "refused" and decision.proposal_id is None]
    # A proposal is judged again when it is answered; the look that made it is the first of its decisions.
    first_looks = {decision.proposal_id: decision for decision in reversed(decisions) if decision.proposal_id is not None}
    looks = [*refusals, *first_looks.values()]
    modelled_sources = MODELLED_SOURCES[Family(desk.rules.meta.contract_family)]
    history = history_view(tx, period="all", now=plan.to_at, reason=None, outcome=None)
    curve = equity_chart(tx, desk, "all")
    runs = Counter(run.outcome for run in tx.run_counts(plan.from_at) for _ in range(run.count))
    return ReplaySummary(
        from_at=plan.from_at,
        to_at=plan.to_at,
        history=plan.history,
        policy=plan.policy.value,
        scans=len(looks),
        proposed=len(proposed),
        opened=len([record for record in proposed if record.state is ProposalState.EXECUTED]),
        refused=len(refusals),
        refusals_by_rule=_refusals_by_rule(refusals),
        exits_by_reason=tuple(sorted(Counter(trade.reason for trade in history.trades).items(), key=lambda row: (-row[1], row[0]))),
        stats=history.stats,
        still_open=curve.open_trades,
        max_drawdown_eur=Decimal(str(round(curve.max_drawdown_eur, 2))),
        modelled_scans=len([decision for decision in looks if decision.source in modelled_sources]),
        jobs_run=runs["ok"] + runs["failed"],
        jobs_failed=runs["failed"],
        equity=curve,
        breakers=tuple((hold.code, hold.since_at) for hold in tx.holds() if hold.code in NEEDS_A_PERSON),
    )


def _refusals_by_rule(refusals: list[DecisionRecord]) -> tuple[tuple[str, str, int], ...]:
    """(rule, code, decisions it failed), most frequent first; what could not be evaluated for want of a candidate is no cause of its own."""
    counted: Counter[tuple[str, str]] = Counter()
    for decision in refusals:
        counted.update({(check.rule, check.code) for check in decode_checks(decision.checks_json) if check.verdict is Verdict.FAILED})
    return tuple((rule, code, count) for (rule, code), count in sorted(counted.items(), key=lambda row: (-row[1], row[0])))
