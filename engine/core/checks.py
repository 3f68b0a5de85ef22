"""How a number is held against a limit, and how old an input may be before it counts as missing.

Rules of this file: an instant in the future is as wrong as one too far in the past,
and a number that is absent or not finite passes nothing.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from engine.core.decision import ABOVE, AT_LEAST, AT_MOST, BELOW, FAILED, NOT_EVALUATED, PASSED, Check, Relation, Unit, Value, Verdict
from engine.core.model import Family, Reading

T = TypeVar("T")

CHANGE_PLACES = 9


def coin_unit(family: Family) -> Unit:
    """What amounts in the quote coin of these contracts are measured in."""
    return Unit.COIN if family is Family.INVERSE else Unit.USDC


def age_s(at: datetime, now: datetime) -> float:
    """Seconds from `at` to `now`; negative when `at` lies ahead."""
    return (now - at).total_seconds()


def is_fresh(at: datetime, now: datetime, limit_s: float) -> bool:
    """True when `at` is within `limit_s` of `now`."""
    return abs(age_s(at, now)) <= limit_s


def fresh_value(reading: Reading[T] | None, now: datetime, limit_s: float) -> T | None:
    """The reading's value, or None when there is no reading or it is too old."""
    return reading.value if reading is not None and is_fresh(reading.observed_at, now, limit_s) else None


def finite_or_none(value: float | None) -> float | None:
    """The value, or None when it is absent or not a number one can compare."""
    return value if value is not None and math.isfinite(value) else None


def change_pts(now_pts: float, before_pts: float) -> float:
    """A change in points without the noise of the subtraction: 70.1 less 60.1 is 10."""
    return round(now_pts - before_pts, CHANGE_PLACES)


def verdict_of(passes: bool) -> Verdict:
    """PASSED or FAILED."""
    return PASSED if passes else FAILED


def at_least(rule: str, code: str, *, observed: Decimal | float | None, limit: Decimal | float, unit: Unit = Unit.NONE, subject: str = "") -> Check:
    """The check that a number is not below its limit; NOT_EVALUATED when it is absent or not finite.

    Like its three neighbours it compares a float with a float and a Decimal with a Decimal or an int, never across.
    The four are written out because a decision makes some forty of these, and choosing the comparison cost as much as making it.
    """
    if observed is None or not math.isfinite(observed):
        return Check(rule, code, NOT_EVALUATED, None, limit, AT_LEAST, unit, subject, "missing")
    return Check(rule, code, PASSED if observed >= limit else FAILED, observed, limit, AT_LEAST, unit, subject)


def at_most(rule: str, code: str, *, observed: Decimal | float | None, limit: Decimal | float, unit: Unit = Unit.NONE, subject: str = "") -> Check:
    """The check that a number is not above its limit."""
    if observed is None or not math.isfinite(observed):
        return Check(rule, code, NOT_EVALUATED, None, limit, AT_MOST, unit, subject, "missing")
    return Check(rule, code, PASSED if observed <= limit else FAILED, observed, limit, AT_MOST, unit, subject)


def above(rule: str, code: str, *, observed: Decimal | float | None, limit: Decimal | float, unit: Unit = Unit.NONE, subject: str = "") -> Check:
    """The check that a number lies above its limit."""
    if observed is None or not math.isfinite(observed):
        return Check(rule, code, NOT_EVALUATED, None, limit, ABOVE, unit, subject, "missing")
    return Check(rule, code, PASSED if observed > limit else FAILED, observed, limit, ABOVE, unit, subject)


def below(rule: str, code: str, *, observed: Decimal | float | None, limit: Decimal | float, unit: Unit = Unit.NONE, subject: str = "") -> Check:
    """The check that a number lies below its limit."""
    if observed is None or not math.isfinite(observed):
        return Check(rule, code, NOT_EVALUATED, None, limit, BELOW, unit, subject, "missing")
    return Check(rule, code, PASSED if observed < limit else FAILED, observed, limit, BELOW, unit, subject)


def not_evaluated(rule: str, code: str, *, cause: str, limit: Value = None, relation: Relation = Relation.NONE, unit: Unit = Unit.NONE) -> Check:
    """A check whose input is missing: it blocks and says why."""
    return Check(rule=rule, code=code, verdict=Verdict.NOT_EVALUATED, limit=limit, relation=relation, unit=unit, cause=cause)
