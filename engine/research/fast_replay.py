"""The fast replay: the job table over prepared columns, with core's own decisions and nothing in between.

No servers, no store, no messages; the same entries, fills, exits and settlements as the
full replay, trade for trade, which tests hold it to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
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
    prepared = Past(plan.market, plan.rules, plan.from_at, plan.to_at) if past is None else past
    if not prepared.serves(plan.rules):
        raise ValueError("this past was prepared for another schedule, window of expiries or contract family")
    run = FastRun(plan.rules, prepared, policy=plan.policy, resume_after=plan.resume_after, is_counting=plan.is_counting)
    for row in run.live():
        if progress is not None:
            progress(prepared.instant(row), row / len(prepared.dues))
    book, (equity_s, equity_eur) = run.book, run.money.curve()
    return FastResult(
        trades=run.trades(),
        open_trades=len(book.holdings),
        equity_s=equity_s,
        equity_eur=equity_eur,
        realised_eur=book.realised_eur,
        scans=run.tally.scans,
        proposed=run.tally.proposed,
        opened=book.opened,
        refused=run.tally.refused,
        modelled_scans=run.tally.modelled,
        refusals=tuple((rule, code, count) for (rule, code), count in sorted(run.tally.failed.items(), key=lambda row: (-row[1], row[0]))),
        breakers=tuple(book.tripped),
        runs=len(prepared.dues),
    )
