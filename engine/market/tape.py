"""A seeded hourly path of spot and DVOL, written once from its first hour on and never rewritten.

Rules of this file: hours are generated strictly in order from one generator, so what
an instant shows depends on the seed only, never on who asked first. Parameters are
the measured ones of references C.1 (half-life, correlation, weekend variance, tails).
"""

from __future__ import annotations

import math
from array import array
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from engine.market.inputs import HOURS_PER_YEAR
from engine.market.surface import unix_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

HOUR_S = 3600
BLOCK_HOURS = 720
HOURS_MAX = 20 * 8760
DVOL_MEAN_PTS = 58.0
DVOL_HALF_LIFE_H = 10.6 * 24
DVOL_SD_PER_HOUR = 0.039 / math.sqrt(24.0)
SPOT_VOL_CORRELATION = -0.2
STUDENT_NU = 5.0
WEEKEND_WEIGHT = 0.484
CLUSTER_PERSISTENCE, CLUSTER_SHOCK, CLUSTER_MIN, CLUSTER_MAX = 0.985, 0.04, 0.35, 3.0
JUMPS_PER_YEAR, JUMP_MEAN, JUMP_SD = 5.0, -0.02, 0.04
WEEKDAY_VARIANCE = 7.0 / (5.0 + 2.0 * WEEKEND_WEIGHT)
SATURDAY = 5


class Tape:
    """Spot and DVOL at every full hour from `first_at` on."""

    def __init__(self, seed: int, first_at: datetime, *, spot_usd: float) -> None:
        self._first_at = first_at
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._ln_spot = array("d", [math.log(spot_usd)])
        self._ln_dvol = array("d", [math.log(DVOL_MEAN_PTS)])
        self._cluster = 1.0

    @property
    def first_at(self) -> datetime:
        return self._first_at

    def spot(self, t: datetime) -> float:
        """Spot in USD; between two hours a straight line in logs."""
        return float(self.spots_at(unix_s(t))[0])

    def dvol(self, t: datetime) -> float:
        """DVOL in points; between two hours a straight line in logs."""
        return float(self.dvols_at(unix_s(t))[0])

    def spots_at(self, at_s: Ints) -> Floats:
        """Spot at each instant."""
        return self._between(self._ln_spot, at_s)

    def dvols_at(self, at_s: Ints) -> Floats:
        """DVOL at each instant."""
        return self._between(self._ln_dvol, at_s)

    def spots(self, last: int, *, count: int) -> Floats:
        """Spot at `count` full hours ending with hour number `last`, oldest first; fewer when the tape starts later."""
        self._write_to(last)
        spots: Floats = np.exp(np.array(self._ln_spot[max(last + 1 - count, 0) : last + 1]))
        return spots

    def dvols(self, last: int, *, count: int) -> Floats:
        """DVOL at the same hours."""
        self._write_to(last)
        dvols: Floats = np.exp(np.array(self._ln_dvol[max(last + 1 - count, 0) : last + 1]))
        return dvols

    def hour(self, t: datetime) -> int:
        """The number of the last full hour at `t`, counted from `first_at`; negative before it."""
        return (t - self._first_at) // timedelta(hours=1)

    def _between(self, nodes: array[float], at_s: Ints) -> Floats:
        hour, into_s = np.divmod(at_s - int(self._first_at.timestamp()), HOUR_S)
        if len(hour) > 0 and int(hour.min()) < 0:
            raise ValueError(f"the tape starts at {self._first_at:%Y-%m-%d %H:%M}, asked for an earlier instant")
        first, last = (int(hour.min()), int(hour.max())) if len(hour) > 0 else (0, 0)
        self._write_to(last + 1)
        written = np.array(nodes[first : last + 2])
        share = into_s / HOUR_S
        between: Floats = np.exp(written[hour - first] * (1.0 - share) + written[hour - first + 1] * share)
        return between

    def _write_to(self, hour: int) -> None:
        if hour > HOURS_MAX:
            raise ValueError(f"a synthetic market lives {HOURS_MAX} hours, asked for hour {hour}")
        while len(self._ln_spot) <= hour:
            self._write_block()

    def _write_block(self) -> None:
        tails = self._random.standard_t(STUDENT_NU, BLOCK_HOURS) * math.sqrt((STUDENT_NU - 2.0) / STUDENT_NU)
        normals = self._random.standard_normal(BLOCK_HOURS)
        jumps = np.where(self._random.random(BLOCK_HOURS) < JUMPS_PER_YEAR / HOURS_PER_YEAR, self._random.normal(JUMP_MEAN, JUMP_SD, BLOCK_HOURS), 0.0)
        for shock, normal, jump in zip(tails.tolist(), normals.tolist(), jumps.tolist(), strict=True):
            self._write_hour(shock, normal, jump)

    def _write_hour(self, shock: float, normal: float, jump: float) -> None:
        ln_dvol = self._ln_dvol[-1]
        starts_at = self._first_at + timedelta(hours=len(self._ln_spot) - 1)
        weekday_variance = WEEKDAY_VARIANCE * (WEEKEND_WEIGHT if starts_at.weekday() >= SATURDAY else 1.0)
        sd = math.exp(ln_dvol) / 100.0 * math.sqrt(weekday_variance * self._cluster / HOURS_PER_YEAR)
        self._ln_spot.append(self._ln_spot[-1] + sd * shock + jump - 0.5 * sd * sd)
        grown = 1.0 + CLUSTER_PERSISTENCE * (self._cluster - 1.0) + CLUSTER_SHOCK * self._cluster * (shock * shock - 1.0)
        self._cluster = min(max(grown, CLUSTER_MIN), CLUSTER_MAX)
        pull = math.log(2.0) / DVOL_HALF_LIFE_H * (math.log(DVOL_MEAN_PTS) - ln_dvol)
        own = SPOT_VOL_CORRELATION * shock + math.sqrt(1.0 - SPOT_VOL_CORRELATION**2) * normal
        # A crash lifts implied volatility at once, about one point of DVOL per percent.
        self._ln_dvol.append(ln_dvol + pull + DVOL_SD_PER_HOUR * own + max(-jump, 0.0))
