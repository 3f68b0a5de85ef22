"""The plain replay: the job table on a clock that jumps, cards answered by a written policy.

The engine is the real one, through MCP, store and orchestrator; only the clock and
the person are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from engine.clock import ManualClock
from engine.core.decision import Verdict
from engine.core.lifecycle import ProposalState, TradeState
from engine.core.model import Family
from engine.research.policy import PERSONS, Manner, Policy, Tripped
from engine.research.rows import MODELLED_SOURCES, replayed_trade
from engine.research.summary import Lived, summary_of
from engine.runtime import approvals, switches
from engine.runtime.desk import Desk
from engine.runtime.jobs import job_table
from engine.runtime.scheduler import drive_replay
from engine.state.codec import decode_checks
from engine.state.records import DecisionRecord
from engine.state.repository import Transaction
from engine.views import Person, ReplaySummary

__all__ = ["Manner", "Policy", "Progress", "ReplayPlan", "answer_by_policy", "run_replay"]

RESUMED_BY = "policy:resume"

Progress = Callable[[datetime, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What to replay: an engine built on `clock`, until when, answered how, and how long after a breaker tripped a person resumes."""

    desk: Callable[[ManualClock], AbstractAsyncContextManager[Desk]]
    from_at: datetime
    to_at: datetime
    history: str
    policy: Policy
    resume_after: timedelta | None = None


async def run_replay(plan: ReplayPlan, *, progress: Progress | None = None) -> ReplaySummary:
    """The period has been lived through once by the whole engine; every figure of it is in the summary."""
    # A moment earlier, so that a job due exactly at the start is part of the period.
    clock = ManualClock(plan.from_at - timedelta(microseconds=1))
    async with plan.desk(clock) as desk:
        answer, breakers = answer_by_policy(desk, plan.policy), BreakerWatch(desk, plan.resume_after)

        async def after_job() -> None:
            await answer()
            await breakers.look()
            if progress is not None:
                progress(clock.now(), (clock.now() - plan.from_at) / (plan.to_at - plan.from_at))

        await drive_replay(desk, clock, job_table(desk.rules.schedule, desk.stage), until=plan.to_at, after_job=after_job)
        return summary_of(await desk.store.read(lambda tx: _lived(tx, desk, plan, tuple(breakers.tripped))))


class BreakerWatch:
    """Notes every hold that a person must lift, and resumes `resume_after` it was set as a person would; never when that is None."""

    def __init__(self, desk: Desk, resume_after: timedelta | None) -> None:
        self._desk, self._resume_after = desk, resume_after
        self._resumed_at: datetime | None = None
        self.tripped: list[Tripped] = []

    async def look(self) -> None:
        """What stands now is noted, and lifted when it is time."""
        holds = [hold for hold in await self._desk.store.read(lambda tx: tx.holds()) if hold.code in PERSONS]
        fresh = [hold for hold in holds if self._resumed_at is None or hold.since_at > self._resumed_at]
        known = {(each.code, each.at) for each in self.tripped}
        self.tripped += [Tripped(code=hold.code, at=hold.since_at) for hold in fresh if (hold.code, hold.since_at) not in known]
        now = self._desk.now()
        if self._resume_after is None or not fresh or now < min(hold.since_at for hold in fresh) + self._resume_after:
            return
        await switches.resume(self._desk, Person(user_id=0, name=RESUMED_BY, source="policy"))
        self._resumed_at = now
        self.tripped = [each if each.resumed_at is not None else replace(each, resumed_at=now) for each in self.tripped]


def answer_by_policy(desk: Desk, policy: Policy) -> Callable[[], Awaitable[None]]:
    """A function that answers every waiting card as `policy` says."""

    async def answer() -> None:
        if policy is Policy.IGNORE:
            return
        for record in await desk.store.read(lambda tx: tx.pending_proposals()):
            await approvals.decide_by_policy(desk, record.proposal_id, approve_it=policy is Policy.APPROVE, policy=f"policy:{policy.value}")

    return answer


def _lived(tx: Transaction, desk: Desk, plan: ReplayPlan, tripped: tuple[Tripped, ...]) -> Lived:
    proposals = tx.proposals()
    proposed = [record for record in proposals if record.kind == "entry"]
    decisions = tx.decisions("entry")
    refusals = [decision for decision in decisions if decision.outcome == "refused" and decision.proposal_id is None]
    # A proposal is judged again when it is answered; the look that made it is the first of its decisions.
    first_looks = {decision.proposal_id: decision for decision in reversed(decisions) if decision.proposal_id is not None}
    looks = [*refusals, *first_looks.values()]
    modelled_sources = MODELLED_SOURCES[Family(desk.rules.meta.contract_family)]
    closed, equity = tx.closed_trades(), tx.equity()
    runs = Counter(run.outcome for run in tx.run_counts(plan.from_at) for _ in range(run.count))
    return Lived(
        from_at=plan.from_at,
        to_at=plan.to_at,
        history=plan.history,
        policy=plan.policy,
        scans=len(looks),
        proposed=len(proposed),
        opened=len([record for record in proposed if record.state is ProposalState.EXECUTED]),
        refused=len(refusals),
        modelled_scans=len([decision for decision in looks if decision.source in modelled_sources]),
        refusals=_refusals_by_rule(refusals),
        trades=tuple(replayed_trade(trade, tx.fills(trade.trade_id)) for trade in closed),
        open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
        equity_s=np.array([int(record.at.timestamp()) for record in equity], dtype=np.int64),
        equity_eur=np.array([float(record.realised_eur + record.unrealised_eur) for record in equity], dtype=np.float64),
        realised_eur=float(sum((trade.pnl_eur for trade in closed if trade.pnl_eur is not None), Decimal(0))),
        breakers=tripped,
        runs=runs["ok"] + runs["failed"],
        runs_failed=runs["failed"],
    )


def _refusals_by_rule(refusals: list[DecisionRecord]) -> tuple[tuple[str, str, int], ...]:
    """(rule, code, decisions it failed), most frequent first; what could not be evaluated for want of a candidate is no cause of its own."""
    counted: Counter[tuple[str, str]] = Counter()
    for decision in refusals:
        counted.update({(check.rule, check.code) for check in decode_checks(decision.checks_json) if check.verdict is Verdict.FAILED})
    return tuple((rule, code, count) for (rule, code), count in sorted(counted.items(), key=lambda row: (-row[1], row[0])))
