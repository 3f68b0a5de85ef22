"""What the surface needs to know of an instant, measured from the hours before it.

Rules of this file: one row per instant; every instant is measured by the same
arithmetic, alone or among thousands, so both ways give the same figures to the last
bit. A window that reaches behind the first hour is weighed by what there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

HOURS_PER_YEAR = 8760.0
WEEK_H = 168
REALISED_HALF_LIFE_H, REALISED_WINDOW_H = 36.0, 336
DVOL_MEAN_HALF_LIFE_H, DVOL_MEAN_WINDOW_H = 72.0, 480
HOURS_AT_ONCE = 168
"""So many hours are measured together: whoever asks for one asks for its neighbours next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfaceInputs:
    """One row per instant; fractions, volatility per √year. `dvol_mean_frac` is DVOL's own trailing geometric mean."""

    at_s: Ints
    spot_usd: Floats
    dvol_frac: Floats
    dvol_mean_frac: Floats
    realised_frac: Floats
    return_7d_frac: Floats


class HourlyPast:
    """Hourly closes of spot and DVOL, prepared for measuring; `hour` numbers count closes known, so hour 1 knows one close."""

    def __init__(self, spot_usd: Floats, dvol_pts: Floats) -> None:
        ln_spot = np.log(spot_usd)
        self._ln_spot = ln_spot
        squares = np.concatenate(([0.0], np.diff(ln_spot) ** 2))
        # The first hour has no return.
        self._variance = _Weighed(squares, absent=1, half_life_h=REALISED_HALF_LIFE_H, window_h=REALISED_WINDOW_H)
        self._ln_dvol_mean = _Weighed(np.log(dvol_pts / 100.0), absent=0, half_life_h=DVOL_MEAN_HALF_LIFE_H, window_h=DVOL_MEAN_WINDOW_H)

    def measure(self, at_s: Ints, *, spot_known: Ints, dvol_known: Ints, spot_usd: Floats, dvol_frac: Floats) -> SurfaceInputs:
        """The inputs at instants that know `spot_known` and `dvol_known` closes.

        Every instant needs a week of spot and one close of DVOL. Raises ValueError.
        """
        if len(at_s) > 0 and (int(spot_known.min()) <= WEEK_H or int(dvol_known.min()) < 1):
            raise ValueError(f"the surface needs {WEEK_H + 1} hourly closes of spot and one of DVOL")
        variance, ln_dvol_mean = self._variance.at(spot_known), self._ln_dvol_mean.at(dvol_known)
        return SurfaceInputs(
            at_s=at_s,
            spot_usd=spot_usd,
            dvol_frac=dvol_frac,
            dvol_mean_frac=np.exp(ln_dvol_mean),
            realised_frac=np.sqrt(variance * HOURS_PER_YEAR),
            return_7d_frac=self._ln_spot[spot_known - 1] - self._ln_spot[spot_known - 1 - WEEK_H],
        )


def joined(parts: Sequence[SurfaceInputs]) -> SurfaceInputs:
    """The rows of several inputs in their order."""
    names = ("at_s", "spot_usd", "dvol_frac", "dvol_mean_frac", "realised_frac", "return_7d_frac")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return SurfaceInputs(**columns)


class _Weighed:
    """The exponentially weighted mean of the last `window_h` values known, by hour; measured for a block of hours when one of them is first asked for.

    The first `absent` values count as none.
    """

    def __init__(self, values: Floats, *, absent: int, half_life_h: float, window_h: int) -> None:
        self._values, self._first = np.concatenate((np.zeros(window_h), values)), window_h + absent
        self._weights = 0.5 ** (np.arange(window_h - 1, -1, -1) / half_life_h)
        self._means = np.empty(len(values) + 1)
        self._is_measured = np.zeros(len(values) // HOURS_AT_ONCE + 1, dtype=bool)

    def at(self, known: Ints) -> Floats:
        """The mean where so many values are known, at least one."""
        block = known // HOURS_AT_ONCE
        for number in np.unique(block[~self._is_measured[block]]).tolist():
            self._measure(number)
        return self._means[known]

    def _measure(self, block: int) -> None:
        known = np.arange(max(block * HOURS_AT_ONCE, 1), min((block + 1) * HOURS_AT_ONCE, len(self._means)))
        hours = known[:, None] + np.arange(len(self._weights))
        self._means[known] = (self._values[hours] * self._weights).sum(axis=1) / ((hours >= self._first) * self._weights).sum(axis=1)
        self._is_measured[block] = True
