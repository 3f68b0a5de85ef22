"""Where and when the paths run: the market as it stands, the calendar of looks and entries, how spot and DVOL move.

Rules of this file: nothing is compiled here. The looks keep the hour of the written
monitor, `montecarlo.step_h` apart; an entry is looked for at the first look after each
opening of the stage's schedule.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from apscheduler.triggers.cron import CronTrigger

from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.errors import ConfigError
from engine.market.fitted import SURFACE
from engine.market.grid import listed_expiries
from engine.market.inputs import DVOL_MEAN_HALF_LIFE_H, REALISED_HALF_LIFE_H, HourlyPast
from engine.market.surface import WEEK_DAYS, weekend_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

HOUR_S, DAY_S, DAY_H = 3600, 86_400, 24
TREND_D = 30
LN_SPOT, VARIANCE, LN_DVOL = 0, 1, 2
AT_S, BUSINESS_D = 0, 1
PAST = timedelta(days=TREND_D + 2)
"""How much of the past a start is measured from."""
NU_MAX = 200
"""A step has so many draws for its variance and no more."""

Closes = Sequence[tuple[datetime, float]]


CALENDAR = np.dtype(
    [
        ("at_s", np.int64),
        ("business_d", np.float64),
        ("is_entry", np.bool_),
        ("week", np.int64),
        ("expiry_s", np.int64),
        ("expiry_business_d", np.float64),
        ("is_blackout", np.bool_),
    ]
)
"""A look: its instant, business days on their own clock, whether an entry is looked for, its ISO week, the expiry it would take (0 = none) on both clocks,
and whether the exchange is about to deliver."""


class Model(NamedTuple):
    """How spot and DVOL move in one step; `*_keep` is what a step leaves of the past, `parts` how many windows of an adverse move it holds."""

    seed: int
    nu: int
    rv_over_dvol: float
    ln_dvol_centre: float
    ln_dvol_keep: float
    ln_dvol_sd: float
    correlation: float
    realised_keep: float
    dvol_mean_keep: float
    step_d: float
    parts: int
    history: int
    per_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The market at every look up to the first, oldest first, as rows LN_SPOT, VARIANCE (so far) and LN_DVOL; and what the surface reads of it."""

    series: Floats
    ln_dvol_mean: float
    realised_variance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Hourly closes as (known at, close), ascending, without a hole: spot in USD, DVOL in points."""

    spot: Closes
    dvol: Closes


def calendar_of(rules: StrategyRules, stage: Stage, *, now: datetime, days: int) -> NDArray[np.void]:
    """The looks of `days` days from the last one before `now`, and before them those of the trend window: rows of CALENDAR.

    Raises ConfigError for a step that does not divide a day.
    """
    step_h = rules.montecarlo.step_h
    if DAY_H % step_h != 0:
        raise ConfigError(f"{step_h} hours do not divide a day", fix="Take 1, 2, 3, 4, 6, 8, 12 or 24.", key="montecarlo.step_h")
    per_day = DAY_H // step_h
    at_s = _first_look_s(rules, now, step_h) + step_h * HOUR_S * np.arange(-TREND_D * per_day, days * per_day + 1, dtype=np.int64)
    calendar = np.zeros(len(at_s), dtype=CALENDAR)
    calendar["at_s"], calendar["business_d"], calendar["week"] = at_s, business_clock(at_s), (at_s // DAY_S + 3) // 7
    calendar["is_entry"], calendar["is_blackout"] = _entries(at_s, rules, stage), _blackouts(at_s, rules)
    calendar["expiry_s"] = _expiries_s(at_s, rules)
    calendar["expiry_business_d"] = business_clock(calendar["expiry_s"])
    return calendar


def model_of(rules: StrategyRules, past: Past, *, seed: int) -> Model:
    """How the paths move: DVOL returns to the mean of its past. Raises ConfigError for degrees of freedom that chance cannot be drawn with."""
    written, step_h = rules.montecarlo, rules.montecarlo.step_h
    if not (written.student_t_nu.is_integer() and 3 <= written.student_t_nu <= NU_MAX):
        fix = f"Take a whole number from 3 to {NU_MAX}."
        raise ConfigError(f"{written.student_t_nu:g} degrees of freedom cannot be drawn", fix=fix, key="montecarlo.student_t_nu")
    step_d, reversion = step_h / DAY_H, math.log(2.0) / written.dvol_half_life_d
    keep = math.exp(-reversion * step_d)
    return Model(
        seed=seed,
        nu=int(written.student_t_nu),
        rv_over_dvol=written.rv_over_dvol,
        ln_dvol_centre=math.fsum(math.log(pts / 100.0) for _, pts in past.dvol) / len(past.dvol),
        ln_dvol_keep=keep,
        ln_dvol_sd=written.ln_dvol_sd_per_sqrt_d * math.sqrt((1.0 - keep * keep) / (2.0 * reversion)),
        correlation=written.spot_vol_corr,
        realised_keep=0.5 ** (step_h / REALISED_HALF_LIFE_H),
        dvol_mean_keep=0.5 ** (step_h / DVOL_MEAN_HALF_LIFE_H),
        step_d=step_d,
        parts=max(1, round(step_h / rules.exit.adverse_move.window_h)),
        history=TREND_D * (DAY_H // step_h),
        per_day=DAY_H // step_h,
    )


def start_of(past: Past, calendar: NDArray[np.void], model: Model) -> Start:
    """The market at the looks up to the first. Raises ConfigError where the past has a hole or does not reach back."""
    at_s = calendar["at_s"][: model.history + 1]
    spot, dvol = _hourly(past.spot, "spot", at_s), _hourly(past.dvol, "DVOL", at_s)
    hours = (at_s - at_s[0]) // HOUR_S
    squares = np.concatenate(([0.0], np.diff(np.log(spot)) ** 2))
    known = np.array([len(spot)])
    measured = HourlyPast(spot, dvol).measure(at_s[-1:], spot_known=known, dvol_known=known, spot_usd=spot[-1:], dvol_frac=dvol[-1:] / 100.0)
    return Start(
        series=np.array([np.log(spot[hours]), np.cumsum(squares)[hours], np.log(dvol[hours] / 100.0)]),
        ln_dvol_mean=float(np.log(measured.dvol_mean_frac[0])),
        realised_variance=float(measured.realised_frac[0] ** 2),
    )


def business_clock(at_s: Ints) -> Floats:
    """Business days since long ago: differences are those of `engine.market.surface.business_days`."""
    weight = SURFACE.weekend_weight
    clock: Floats = (at_s - weekend_seconds(at_s) * (1.0 - weight)) / DAY_S * (WEEK_DAYS / (5.0 + 2.0 * weight))
    return clock


def _first_look_s(rules: StrategyRules, now: datetime, step_h: int) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    anchor = _following(rules.schedule.monitor_cron, midnight).timestamp()
    steps = math.floor((now.timestamp() - anchor) / (step_h * HOUR_S))
    return int(anchor) + steps * step_h * HOUR_S


def _entries(at_s: Ints, rules: StrategyRules, stage: Stage) -> Bools:
    """The first look at or after each opening."""
    schedule = rules.schedule
    crons = (schedule.open_paper_cron,) if stage is Stage.PAPER else (schedule.open_cron, schedule.open_retry_cron)
    is_entry = np.zeros(len(at_s), dtype=np.bool_)
    last = datetime.fromtimestamp(int(at_s[-1]), UTC)
    for cron in crons:
        at = _following(cron, datetime.fromtimestamp(int(at_s[0]), UTC))
        while at <= last:
            is_entry[int(np.searchsorted(at_s, int(at.timestamp())))] = True
            at = _following(cron, at + timedelta(seconds=1))
    return is_entry


def _following(cron: str, after: datetime) -> datetime:
    due = CronTrigger.from_crontab(cron, timezone=UTC).get_next_fire_time(None, after)
    return datetime.fromtimestamp(due.timestamp(), UTC)


def _expiries_s(at_s: Ints, rules: StrategyRules) -> Ints:
    """The listed expiry an entry would take at each look, the soonest of equals; 0 where none lies in the window."""
    strikes, chosen = rules.strikes, np.zeros(len(at_s), dtype=np.int64)
    look, expiry_s = listed_expiries(at_s)
    dte_d = (expiry_s - at_s[look]) / DAY_S
    is_in = (dte_d >= strikes.dte_min_d) & (dte_d <= strikes.dte_max_d)
    look, expiry_s, off = look[is_in], expiry_s[is_in], np.abs(dte_d[is_in] - strikes.dte_target_d)
    order = np.lexsort((expiry_s, off, look))
    first = order[np.concatenate(([True], look[order][1:] != look[order][:-1]))] if len(order) > 0 else order
    chosen[look[first]] = expiry_s[first]
    return chosen


def _blackouts(at_s: Ints, rules: StrategyRules) -> Bools:
    begins, ends = (_second_of_day(text) for text in rules.schedule.settlement_blackout_utc)
    second = at_s % DAY_S
    is_in: Bools = (second >= begins) & (second <= ends)
    return is_in


def _second_of_day(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * HOUR_S + int(minutes) * 60


def _hourly(closes: Closes, name: str, at_s: Ints) -> Floats:
    """One close for every hour from the first look of the past to its last."""
    known = {int(at.timestamp()): value for at, value in closes}
    hours = range(int(at_s[0]), int(at_s[-1]) + 1, HOUR_S)
    missing = [hour for hour in hours if hour not in known]
    if missing:
        at = datetime.fromtimestamp(missing[0], UTC)
        raise ConfigError(
            f"the past of {name} has a gap at {at:%Y-%m-%d %H:%M} UTC ({len(missing)} of {len(hours)} hours are not there)",
            fix=f"Monte Carlo needs the last {TREND_D} days by the hour; fetch them with `cerbero-bite history fetch`.",
        )
    return np.array([known[hour] for hour in hours])
