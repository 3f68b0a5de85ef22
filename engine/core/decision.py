"""How a decision is told: every check with its value and its limit, then yes or no.

Rules of this file: a "no" carries all its reasons, never the first only, and a
filter without its input is a "no" that says which input was missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

Value = Decimal | float | int | bool | str | datetime | None


class Unit(StrEnum):
    """What a checked number is measured in."""

    NONE = ""
    USD = "usd"
    EUR = "eur"
    COIN = "coin"
    USDC = "usdc"
    ETH = "eth"
    FRAC = "frac"
    PTS = "pts"
    DAYS = "d"
    HOURS = "h"
    SECONDS = "s"
    COUNT = "n"
    MULTIPLE = "x"
    USD_PER_PT = "usd/pt"
    USD_PER_1PCT = "usd/1%"


class Relation(StrEnum):
    """How the observed value must stand to the limit for a check to pass."""

    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    EQUAL = "="
    ONE_OF = "in"
    NONE = ""


class Verdict(StrEnum):
    """The outcome of one check; WARNED passes and is shown on the card."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_EVALUATED = "not_evaluated"
    WARNED = "warned"


# Bound once: a decision names these some hundred times, and a member is looked up on its class as slowly as a check is made.
PASSED, FAILED, NOT_EVALUATED, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED
AT_LEAST, AT_MOST, ABOVE, BELOW, EQUAL = Relation.AT_LEAST, Relation.AT_MOST, Relation.ABOVE, Relation.BELOW, Relation.EQUAL
COUNT, DAYS, HOURS, SECONDS, MULTIPLE = Unit.COUNT, Unit.DAYS, Unit.HOURS, Unit.SECONDS, Unit.MULTIPLE
ETH, EUR, FRAC, PTS = Unit.ETH, Unit.EUR, Unit.FRAC, Unit.PTS

BLOCKING = frozenset({FAILED, NOT_EVALUATED})
"""The verdicts that forbid a trade."""


# A named tuple and no dataclass: one decision makes some sixty of these, and they are made three times as fast.
class Check(NamedTuple):
    """One rule looked at: what was seen, what was allowed, what came of it.

    `rule` is the number in the strategy document (E05, L02, S01, ...), `code` the
    stable name the message catalogues know, `subject` what it was measured on
    (an instrument, say) and `cause` why it could not be evaluated or what to know.
    """

    rule: str
    code: str
    verdict: Verdict
    observed: Value = None
    limit: Value = None
    relation: Relation = Relation.NONE
    unit: Unit = Unit.NONE
    subject: str = ""
    cause: str = ""

    @property
    def blocks(self) -> bool:
        """True when this check alone forbids the trade."""
        return self.verdict in BLOCKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Generic[T]):
    """A value every check let through; only this type can be proposed."""

    value: T
    checks: tuple[Check, ...] = ()

    @property
    def warnings(self) -> tuple[Check, ...]:
        """The checks a person should see although they stop nothing."""
        return tuple(check for check in self.checks if check.verdict is Verdict.WARNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No, with every reason."""

    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[Check, ...]:
        """The checks that said no, not evaluated ones included."""
        return tuple(check for check in self.checks if check.blocks)
