"""How the cards of a replay are answered, and what becomes of a breaker that trips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from engine.runtime.breakers import BREAKER_HOLDS
from engine.runtime.switches import DRAWDOWN_HOLD

PERSONS = (*BREAKER_HOLDS, DRAWDOWN_HOLD)
"""Holds that stand until a person resumes; the others end with their cause."""

RESUME_AFTER = timedelta(days=1)
"""After how long whoever says yes to every card resumes past a breaker, when nobody says otherwise."""


NEVER, RESUME_DAYS_MAX = "never", 3650.0


class Policy(StrEnum):
    """Who answers the cards: everyone says yes, everyone says no, everyone sleeps."""

    APPROVE = "approve"
    REJECT = "reject"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a period is lived through: by whom cards are answered, and by how much of the engine.

    `resume_after`: a person resumes that long after a breaker tripped; None = never. `is_full`: through servers,
    store and cards, instead of the rules alone, which make the same trades in seconds.
    """

    policy: Policy = Policy.APPROVE
    resume_after: timedelta | None = RESUME_AFTER
    is_full: bool = False


def read_resume_after(told: str) -> timedelta | None:
    """A number of days, fractions allowed; None for the word never. Raises ValueError for anything else."""
    if told == NEVER:
        return None
    days = float(told)
    if not 0.0 <= days <= RESUME_DAYS_MAX:
        raise ValueError(told)
    return timedelta(days=days)


def manner_of(words: Sequence[str]) -> tuple[Manner, tuple[str, ...]]:
    """What `policy=` and `resume_after=` say of the manner, and the other words. Raises ValueError with the word that cannot be."""
    manner, rest = Manner(), []
    for word in words:
        key, _, told = word.partition("=")
        try:
            if key == "policy":
                manner = replace(manner, policy=Policy(told))
            elif key == "resume_after":
                manner = replace(manner, resume_after=read_resume_after(told))
            else:
                rest.append(word)
        except ValueError as error:
            raise ValueError(word) from error
    return manner, tuple(rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """A breaker that tripped, and when a person resumed past it; None while nobody has."""

    code: str
    at: datetime
    resumed_at: datetime | None = None
