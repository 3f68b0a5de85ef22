"""What the models of the surface and of the book can be told, each figure with its unit and its source.

Rules of this file: the figures that two months of recorded chains identify have no
default and stand in `fitted.py`; the others are those of references C.1 and C.2, a
fit of January to June 2026 that a refit on two months did not improve.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceParameters:
    """The surface: levels and pulls are pure numbers, decays are in weekday-equivalent days.

    No parameters within `problems` being empty can produce a butterfly or calendar
    arbitrage; docs/surface.md has the argument.
    """

    realised_pull: float
    """Power of (realised / DVOL) in the level at the shortest end."""
    trailing_pull: float
    """Power of (DVOL / its trailing mean) in the level at the shortest end: a DVOL that has just jumped is ahead of its own 30 days."""
    weekend_weight: float
    """Variance of a Saturday or Sunday hour beside a weekday hour."""
    level_far: float = 0.957
    """ATM / DVOL far out: DVOL contains the wings."""
    level_drop: float = 0.025
    """How much lower it is at the shortest end."""
    level_decay_days: float = 15.4
    pull_decay_days: float = 8.65
    pull_max: float = 1.3
    """Both pulls together as a logarithm; below e/2 a longer expiry can never hold less variance."""
    skew: float = -0.184
    """SSVI's rho of a flat week."""
    skew_per_return: float = 0.316
    """What the week's return adds to rho."""
    skew_max: float = 0.9
    wing: float = 0.860
    """SSVI's eta = phi·√theta for one week at the level of DVOL."""
    wing_decay: float = 0.066
    """How fast eta falls with the variance of the expiry, as a power."""
    wing_max: float = 1.3
    basis_per_year: float = 0.01
    """The forward over spot, median of the recorded chains."""

    def problems(self) -> tuple[str, ...]:
        """Which conditions for a surface free of arbitrage the figures break, in words; empty when none."""
        held = {
            "pull_max must stay below e/2": 0.0 <= self.pull_max < 1.359,
            "the level must rise with the expiry": 0.0 <= self.level_drop < self.level_far,
            "decays must be positive": min(self.level_decay_days, self.pull_decay_days) > 0.0,
            "a weekend hour must hold some variance, and no more than a weekday hour": 0.0 < self.weekend_weight <= 1.0,
            "rho must stay inside -1 and 1": 0.0 <= self.skew_max < 1.0,
            "the wing must fall more slowly than the square root of variance": 0.0 <= self.wing_decay < 0.5,
            "the wing is too steep for the skew": 0.0 < self.wing <= self.wing_max and self.wing_max * (1.0 + self.skew_max) <= 4.0,
        }
        return tuple(words for words, is_held in held.items() if not is_held)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookParameters:
    """Half the distance of bid and ask before rounding to the grid: base + per_vega · vega in 1e-4 ETH, ticks_min ticks at least."""

    base_1e4: float
    per_vega: float
    ticks_min: float
