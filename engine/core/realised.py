"""Returns and realised volatility from hourly closes.

Rules of this file: a series is ascending (instant, value) pairs, where the instant
is when the value was known; a hole wider than `GAP_MAX` at a place that is needed
makes the answer None, never a guess.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter, mul, sub, truediv

from engine.core.model import OptionType

GAP_MAX = timedelta(hours=2)
HOURS_PER_YEAR = 24 * 365

Close = tuple[datetime, float]

_instant = itemgetter(0)


def value_at(closes: Sequence[Close], at: datetime) -> float | None:
    """The last value known at `at`, or None when the newest one is older than two hours or worthless."""
    index = bisect_right(closes, at, key=_instant) - 1
    if index < 0:
        return None
    known_at, value = closes[index]
    return value if at - known_at <= GAP_MAX and math.isfinite(value) and value > 0.0 else None


def return_frac(closes: Sequence[Close], *, hours: float, now: datetime) -> float | None:
    """The simple return of the last `hours` as a fraction; None when the series does not reach back."""
    last, first = value_at(closes, now), value_at(closes, now - timedelta(hours=hours))
    return None if last is None or first is None else last / first - 1.0


def realised_vol_pts(closes: Sequence[Close], *, days: float, now: datetime) -> float | None:
    """Realised volatility of the last `days` in points per year: root of squared log returns over the time they took.

    Zero mean and 24·365 hours a year: this market never closes.
    """
    start_at = now - timedelta(days=days)
    if value_at(closes, start_at) is None or value_at(closes, now) is None:
        return None
    window = closes[bisect_right(closes, start_at, key=_instant) - 1 : bisect_right(closes, now, key=_instant)]
    if len(window) < 2:
        return None
    instants, values = [known_at for known_at, _ in window], [value for _, value in window]
    # Written without a loop of its own: thirty days are 720 closes, and a replay asks at every scan.
    if max(map(sub, instants[1:], instants)) > GAP_MAX or not all(map(math.isfinite, values)) or min(values) <= 0.0:
        return None
    returns = list(map(math.log, map(truediv, values[1:], values)))
    hours = (instants[-1] - instants[0]).total_seconds() / 3600.0
    return 100.0 * math.sqrt(sum(map(mul, returns, returns)) / hours * HOURS_PER_YEAR) if hours > 0.0 else None


def worst_move_against(closes: Sequence[Close], sides: Sequence[OptionType], *, window_h: float, since_at: datetime, now: datetime) -> float | None:
    """The worst rolling return over `window_h` that ended after `since_at`, signed so that negative is against the trade.

    Sold puts fear falls, sold calls fear rises, a condor both. None when no such window
    can be measured; windows that begin in a hole are left out.
    """
    signs = [1.0 if side is OptionType.PUT else -1.0 for side in sides]
    window = timedelta(hours=window_h)
    worst: float | None = None
    for ended_at, _ in closes[bisect_right(closes, since_at, key=_instant) : bisect_right(closes, now, key=_instant)]:
        last, first = value_at(closes, ended_at), value_at(closes, ended_at - window)
        if last is None or first is None:
            continue
        move = min(sign * (last / first - 1.0) for sign in signs)
        worst = move if worst is None else min(worst, move)
    return worst
