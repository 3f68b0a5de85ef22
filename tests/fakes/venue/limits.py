"""The credit bucket: what a call costs, what comes back per second, and when the venue has had enough.

Source: 4-safety section 5 and the venue's rate-limit page; the lowest tier of the matching engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.venue.table import METHODS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A call costs `cost` credits out of a pool that fills at `refill_per_s`."""

    pool: int
    refill_per_s: int
    cost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The rules by kind of call; the defaults are the venue's own."""

    plain: Rule = Rule(pool=50_000, refill_per_s=10_000, cost=500)
    instruments: Rule = Rule(pool=500_000, refill_per_s=10_000, cost=10_000)
    subscribing: Rule = Rule(pool=30_000, refill_per_s=10_000, cost=3_000)
    log: Rule = Rule(pool=80_000, refill_per_s=10_000, cost=10_000)
    engine: Rule = Rule(pool=20, refill_per_s=5, cost=1)

    def rule(self, method: str) -> tuple[str, Rule]:
        """Which pool a call draws on, by name."""
        if METHODS[method].get("engine"):
            return "engine", self.engine
        if method == "public/get_instruments":
            return "instruments", self.instruments
        if method.endswith("/subscribe"):
            return "subscribing", self.subscribing
        if method == "private/get_transaction_log":
            return "log", self.log
        return "plain", self.plain


@dataclass(slots=True)
class Credits:
    """What is left in each pool of one account, or of one address while nobody is authenticated."""

    limits: Limits
    left: dict[str, float] = field(default_factory=dict)
    _at: dict[str, datetime] = field(default_factory=dict)

    def spend(self, method: str, now: datetime) -> bool:
        """False when the pool does not hold what the call costs: then nothing is spent."""
        name, rule = self.limits.rule(method)
        since = self._at.get(name, now)
        level = min(self.left.get(name, rule.pool) + (now - since).total_seconds() * rule.refill_per_s, rule.pool)
        self._at[name] = now
        if level < rule.cost:
            self.left[name] = level
            return False
        self.left[name] = level - rule.cost
        return True
