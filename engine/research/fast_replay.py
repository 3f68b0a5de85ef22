"""The fast replay: the job table over prepared columns, with core's own decisions and nothing in between.

No servers, no store, no messages; the same entries, fills, exits and settlements as the
full replay, trade for trade, which tests hold it to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

from engine.core.rules import StrategyRules
from engine.market.model import Market
from engine.research.fast_run import FastRun
from engine.research.past import Past
from engine.research.policy import Policy, Tripped
from engine.views.replays import ReplayedTrade

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Progress = Callable[[datetime, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FastPlan:
    """What to live through: a market, the rules, from when to when (both included), and how cards are answered.

    `resume_after`: a person resumes this long after a breaker tripped; None = nobody ever does. With `is_counting` False
    the trades are the same and sooner there: refusals are not reasoned, and `refused`, `refusals` and `modelled_scans` stay empty.
    """

    market: Market
    rules: StrategyRules
    from_at: datetime
    to_at: datetime
    policy: Policy = Policy.APPROVE
    resume_after: timedelta | None = None
    is_counting: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FastResult:
    """A period lived through.

    `trades` are those that ended, in the order they ended: each has r, pnl_eur, reason, week, opened_at and closed_at
    beside its strikes, prices and fees; `open_trades` is how many had not ended. `equity_s` and `equity_eur` are the
    marked equity since the start, one point a look and one a close, ascending (Unix seconds, EUR). `refusals` counts
    decisions per failed rule as (rule, code, decisions), the most frequent first. `modelled_scans` are decisions
    on chains that nobody recorded.
    """

    trades: tuple[ReplayedTrade, ...]
    open_trades: int
    equity_s: Ints
    equity_eur: Floats
    realised_eur: Decimal
    scans: int
    proposed: int
    opened: int
    refused: int
    modelled_scans: int
    refusals: tuple[tuple[str, str, int], ...]
    breakers: tuple[Tripped, ...]
    runs: int


def fast_replay(plan: FastPlan, *, past: Past | None = None, progress: Progress | None = None) -> FastResult:
    """The period has been lived through once; the same plan gives the same result, bit for bit.

    `past` is the same market and period prepared before, for asking many rules about it:
    `Past(market, rules, from_at, to_at, stretches_max=...)` serves all rules for which `past.serves(rules)`.
    Raises ValueError for a past that does not.
    """
    return fast_replays((plan,), past=past, progress=progress)[0]


def fast_replays(plans: Sequence[FastPlan], *, past: Past | None = None, progress: Progress | None = None) -> tuple[FastResult, ...]:
    """The same for several plans of one market and period, side by side: each few weeks are prepared once for all of them."""
    first = plans[0]
    prepared = Past(first.market, first.rules, first.from_at, first.to_at) if past is None else past
    if not all(prepared.serves(plan.rules) for plan in plans):
        raise ValueError("this past was prepared for another schedule, window of expiries or contract family")
    runs = [FastRun(plan.rules, prepared, policy=plan.policy, resume_after=plan.resume_after, is_counting=plan.is_counting) for plan in plans]
    for row, *_ in zip_longest(*(run.live() for run in runs)):
        if progress is not None:
            progress(prepared.instant(row), row / len(prepared.dues))
    return tuple(_result(run, prepared) for run in runs)


def _result(run: FastRun, past: Past) -> FastResult:
    book, tally, (equity_s, equity_eur) = run.book, run.tally, run.money.curve()
    return FastResult(
        trades=run.trades(),
        open_trades=len(book.holdings),
        equity_s=equity_s,
        equity_eur=equity_eur,
        realised_eur=book.realised_eur,
        scans=tally.scans,
        proposed=tally.proposed,
        opened=book.opened,
        refused=tally.refused,
        modelled_scans=tally.modelled,
        refusals=tuple((rule, code, count) for (rule, code), count in sorted(tally.failed.items(), key=lambda row: (-row[1], row[0]))),
        breakers=tuple(book.tripped),
        runs=len(past.dues),
    )
