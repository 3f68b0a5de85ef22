"""What the next stage asks for, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """One condition; `measured` None is not measured yet, and that is not met. Codes that end in `_frac` are fractions.

    `n` is how many trades, fills or exits the measure is drawn from, None for what is a count itself.
    """

    code: str
    measured: float | None
    limit: float
    is_least: bool
    n: int | None = None

    @property
    def is_met(self) -> bool:
        """True when the condition was measured and holds."""
        if self.measured is None:
            return False
        return self.measured >= self.limit if self.is_least else self.measured <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """The stage that runs, the highest one signed off, and the gate table of the one after it (`following`, None after the last).

    `phrase` is what an admin types to sign it off.
    """

    running: str
    signed_off: str
    following: str | None
    gates: tuple[GateView, ...]
    phrase: str
