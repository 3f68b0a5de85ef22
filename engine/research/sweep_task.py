"""What one worker does with some settings of a sweep: the history is read once, each setting lived through once.

Rules of this file: a task is small and plain, because it may travel to another machine;
what is prepared of the market stays with the worker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from engine.core.rules import StrategyRules
from engine.market.model import Market
from engine.research.fast_replay import FastPlan, fast_replay
from engine.research.grid import rules_with
from engine.research.past import Past
from engine.research.policy import RESUME_AFTER
from engine.servers.market_plan import MarketPlan, build_market

STRETCHES_MAX = 512
PASTS_MAX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepTask:
    """Settings by number, to be lived through in one market and period; `keys` say what their values are."""

    market: MarketPlan
    rules: StrategyRules
    from_at: datetime
    to_at: datetime
    keys: tuple[str, ...]
    settings: tuple[tuple[int, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekResult:
    """The trades opened in one week (Mondays since 1970 count): how many, how many won and the sum of r."""

    week: int
    trades: int
    wins: int
    sum_r: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingResult:
    """One setting lived through; `weeks` is None for a combination the strategy cannot run with."""

    number: int
    weeks: tuple[WeekResult, ...] | None


def run_task(task: SweepTask) -> tuple[SettingResult, ...]:
    """Every setting of the task lived through, in its order. Raises ConfigError where the history cannot answer."""
    return tuple(_lived(task, number, values) for number, values in task.settings)


def _lived(task: SweepTask, number: int, values: tuple[object, ...]) -> SettingResult:
    rules = rules_with(task.rules, dict(zip(task.keys, values, strict=True)))
    if rules is None:
        return SettingResult(number=number, weeks=None)
    market = _market(task.market, task.rules)
    # Only the trades are read, and those are the same when nobody asks why a scan was refused.
    plan = FastPlan(market=market, rules=rules, from_at=task.from_at, to_at=task.to_at, resume_after=RESUME_AFTER, is_counting=False)
    by_week: dict[int, list[float]] = {}
    for trade in fast_replay(plan, past=_past(market, rules, task)).trades:
        by_week.setdefault(week_of(trade.opened_at), []).append(trade.r)
    weeks = tuple(
        WeekResult(week=week, trades=len(results), wins=sum(r > 0.0 for r in results), sum_r=math.fsum(results)) for week, results in sorted(by_week.items())
    )
    return SettingResult(number=number, weeks=weeks)


def week_of(at: datetime) -> int:
    """The number of the week, Monday to Sunday UTC."""
    return (at.toordinal() - 1) // 7


@lru_cache(maxsize=1)
def _market(plan: MarketPlan, rules: StrategyRules) -> Market:
    return build_market(plan, rules)


_PASTS: list[Past] = []


def _past(market: Market, rules: StrategyRules, task: SweepTask) -> Past:
    """A past that serves these rules: kept from the setting before, or prepared now."""
    for past in _PASTS:
        if past.market is market and (past.from_at, past.to_at) == (task.from_at, task.to_at) and past.serves(rules):
            return past
    prepared = Past(market, rules, task.from_at, task.to_at, stretches_max=STRETCHES_MAX)
    _PASTS.insert(0, prepared)
    del _PASTS[PASTS_MAX:]
    return prepared
