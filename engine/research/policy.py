"""How the cards of a replay are answered, and what becomes of a breaker that trips."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from engine.runtime.breakers import BREAKER_HOLDS
from engine.runtime.switches import DRAWDOWN_HOLD

PERSONS = (*BREAKER_HOLDS, DRAWDOWN_HOLD)
"""Holds that stand until a person resumes; the others end with their cause."""

RESUME_AFTER = timedelta(days=1)
"""After how long whoever says yes to every card resumes past a breaker, when nobody says otherwise."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """A breaker that tripped, and when a person resumed past it; None while nobody has."""

    code: str
    at: datetime
    resumed_at: datetime | None = None
