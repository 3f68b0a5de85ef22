"""One question to history, answered by either replay in the same words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from engine.clock import ManualClock
from engine.core.rules import StrategyRules
from engine.market.model import Market
from engine.research.fast_replay import FastPlan
from engine.research.fast_summary import compared, fast_summary
from engine.research.policy import Manner
from engine.research.replay import Progress, ReplayPlan, run_replay
from engine.runtime.desk import Desk
from engine.views import ReplaySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period of a market, the rules, and the manner; `history` is what the market is called."""

    market: Market
    rules: StrategyRules
    from_at: datetime
    to_at: datetime
    history: str
    manner: Manner


async def live_through(asked: Asked, *, desk: Callable[[ManualClock], AbstractAsyncContextManager[Desk]], progress: Progress | None = None) -> ReplaySummary:
    """The period has been lived through once; `desk` is the whole engine on a clock, built only where it is asked for."""
    manner = asked.manner
    plan = FastPlan(
        market=asked.market,
        rules=asked.rules,
        from_at=asked.from_at,
        to_at=asked.to_at,
        policy=manner.policy,
        resume_after=manner.resume_after,
    )
    if not manner.is_full:
        return fast_summary(plan, history=asked.history, progress=progress)
    full = ReplayPlan(
        desk=desk,
        from_at=asked.from_at,
        to_at=asked.to_at,
        history=asked.history,
        policy=manner.policy,
        resume_after=manner.resume_after,
    )
    return compared(await run_replay(full, progress=progress), plan)
