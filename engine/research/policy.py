"""How the cards of a replay are answered, and what becomes of a breaker that trips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from engine.config import Loaded, fingerprint
from engine.errors import GridError
from engine.research.grid import Changed, change_of
from engine.runtime.breakers import BREAKER_HOLDS
from engine.runtime.switches import DRAWDOWN_HOLD

PERSONS = (*BREAKER_HOLDS, DRAWDOWN_HOLD)
"""Holds that stand until a person resumes; the others end with their cause."""

RESUME_AFTER = timedelta(days=1)
"""After how long whoever says yes to every card resumes past a breaker, when nobody says otherwise."""


NEVER, RESUME_DAYS_MAX = "never", 3650.0
MANNERS = (
    f"Write KEY=VALUE with a key of the strategy, policy=approve, reject or ignore, or resume_after={NEVER} or a number of days up to {RESUME_DAYS_MAX:g}."
)


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
    `words`: KEY=VALUE, a value in the place of the one in force, or `policy=` and `resume_after=`, which say the same as the fields.
    """

    policy: Policy = Policy.APPROVE
    resume_after: timedelta | None = RESUME_AFTER
    is_full: bool = False
    words: tuple[str, ...] = ()


def read_resume_after(told: str) -> timedelta | None:
    """A number of days, fractions allowed; None for the word never. Raises ValueError for anything else."""
    if told == NEVER:
        return None
    days = float(told)
    if not 0.0 <= days <= RESUME_DAYS_MAX:
        raise ValueError(told)
    return timedelta(days=days)


def replayed_with(loaded: Loaded, manner: Manner) -> tuple[Loaded, tuple[Changed, ...], Manner]:
    """The rules and the manner with what its words put in their place, and which values that changes. Raises GridError in one sentence."""
    rest = []
    for word in manner.words:
        key, equals, told = word.partition("=")
        if not equals:
            raise GridError("grid-word", f"{word!r} is no KEY=VALUE", fix=MANNERS, key="KEY=VALUE", word=word)
        try:
            if key == "policy":
                manner = replace(manner, policy=Policy(told))
            elif key == "resume_after":
                manner = replace(manner, resume_after=read_resume_after(told))
            else:
                rest.append(word)
        except ValueError as error:
            raise GridError("grid-manner", f"{word!r} is no manner of a replay", fix=MANNERS, key="KEY=VALUE", word=word) from error
    if not rest:
        return loaded, (), manner
    rules, changes = change_of(rest, loaded.rules)
    return replace(loaded, rules=rules, fingerprint=fingerprint(rules)), changes, manner


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """A breaker that tripped, and when a person resumed past it; None while nobody has."""

    code: str
    at: datetime
    resumed_at: datetime | None = None
