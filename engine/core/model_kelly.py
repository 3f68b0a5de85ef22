"""Frozen values of the Kelly recalibration: what the closed trades say and how much of the bankroll that allows.

Rules of this file: r is a result in multiples of max loss, win_r and loss_r are the
mean win and the mean loss and both positive; an `f` is a fraction of the bankroll,
staked as max loss. Absent is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from engine.core.intervals import Interval, Quantiles


class KellyState(StrEnum):
    """How far the closed trades carry a size."""

    INSUFFICIENT_SAMPLE = "insufficient_sample"
    NEGATIVE_EDGE = "negative_edge"
    UNPROVEN = "unproven"
    UNCERTAIN = "uncertain"
    OK = "ok"


class KellyCut(StrEnum):
    """What made f_used smaller than the fraction of f_full, in the order they are applied."""

    NEGATIVE_EDGE = "negative_edge"
    NO_EDGE = "no_edge"
    CAP = "cap"
    UNCERTAINTY = "uncertainty"
    MONTHLY_INCREASE = "monthly_increase"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedEdge:
    """What the trades show by themselves; None where no trade of the kind was closed."""

    p: float | None
    win_r: float | None
    loss_r: float | None
    mean_r: float | None

    @property
    def break_even_p(self) -> float | None:
        """The win rate at which such wins pay such losses; None until there is one of each."""
        return None if self.win_r is None or self.loss_r is None else break_even_p(self.win_r, self.loss_r)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrunkEdge:
    """What the trades show, pulled toward the prior."""

    p: float
    win_r: float
    loss_r: float

    @property
    def f_full(self) -> float:
        """Kelly's fraction for +win_r with p and -loss_r otherwise per unit staked; negative without an edge."""
        return self.p / self.loss_r - (1.0 - self.p) / self.win_r

    @property
    def break_even_p(self) -> float:
        """The win rate at which f_full is zero."""
        return break_even_p(self.win_r, self.loss_r)


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyIntervals:
    """Bootstrap quantiles over resampled trades."""

    f_full: Quantiles
    mean_r: Quantiles
    p: Quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyReading:
    """One recalibration of one strategy.

    `shrunk` counts the tail pseudo-loss, `shrunk_without_tail` does not. `intervals`
    and `p_wilson` are None when no trade is closed, `intervals` also of a single week. `cuts` are in the order applied.
    """

    state: KellyState
    trades: int
    wins: int
    losses: int
    observed: ObservedEdge
    shrunk: ShrunkEdge
    shrunk_without_tail: ShrunkEdge
    intervals: KellyIntervals | None
    p_wilson: Interval | None
    f_prev_frac: float
    f_used_frac: float
    cuts: tuple[KellyCut, ...]

    @property
    def f_carried_frac(self) -> float:
        """What next month's rise is measured from: zero while the sample is too small for f_used to be in force."""
        return 0.0 if self.state is KellyState.INSUFFICIENT_SAMPLE else self.f_used_frac


class KellyStake(StrEnum):
    """What a reading means for the next entry."""

    HARD_CAPS = "hard_caps"
    FRACTION = "fraction"
    ONE_LOT = "one_lot"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyLimit:
    """The bound Kelly puts on one entry; `f_used_frac` is there for FRACTION only."""

    stake: KellyStake
    f_used_frac: Decimal | None = None


def break_even_p(win_r: float, loss_r: float) -> float:
    """p* = mean loss / (mean win + mean loss), losses positive.

    Source: strategy section 0, F1.
    """
    return loss_r / (win_r + loss_r)
