"""Equity along a fast replay, and the triggers on money judged from it.

Rules of this file: one point a look and one a close; where a column says that a limit
is near, the trigger table itself judges that look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from engine.core.rules import StageCaps, StrategyRules
from engine.runtime.watch import MONEY
from engine.safety.triggers import Hysteresis, Readings, Trigger, judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

DAY_S = 86_400
LATEST = 96
"""Points of more than a day, however dense they lie."""

NEAR_EUR = 0.01
NEAR_FRAC = 1e-6
FIRST_ROOM = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the trigger table says of the money at one look."""

    reached: tuple[Trigger, ...]
    lifted: tuple[str, ...]


class Money:
    """The equity curve and what it has lost."""

    def __init__(self, rules: StrategyRules, caps: StageCaps) -> None:
        self._rules, self._cap_eur = rules, caps.trade_eur
        self._hysteresis = Hysteresis(clear_after=timedelta(seconds=rules.triggers.hold.clear_after_s))
        self._at_s, self._eur = np.empty(FIRST_ROOM, dtype=np.int64), np.empty(FIRST_ROOM)
        self._points = 0
        self._peak_eur = 0.0

    def add(self, at_s: Ints, eur: Floats) -> None:
        """The curve has these points, which come after all others."""
        needed = self._points + len(at_s)
        while needed > len(self._eur):
            self._at_s, self._eur = np.concatenate((self._at_s, np.empty_like(self._at_s))), np.concatenate((self._eur, np.empty_like(self._eur)))
        self._at_s[self._points : needed], self._eur[self._points : needed] = at_s, eur
        self._points = needed
        if len(eur) > 0:
            self._peak_eur = max(self._peak_eur, float(eur.max()))

    def curve(self) -> tuple[Ints, Floats]:
        """Every point, ascending."""
        return self._at_s[: self._points].copy(), self._eur[: self._points].copy()

    def reset(self, at_s: int) -> None:
        """A person has looked: the drawdown is counted from the equity of that instant on."""
        self._peak_eur = self._at(at_s)

    def is_near_limit(self, at_s: Ints, eur: Floats, margin_usage_max_frac: Floats) -> Bools:
        """Where the money of these further points may reach a limit of the trigger table or of the margin rule."""
        hold, cap = self._rules.triggers.hold, float(self._cap_eur)
        latest = slice(max(self._points - LATEST, 0), self._points)
        known_s, known_eur = np.concatenate((self._at_s[latest], at_s)), np.concatenate((self._eur[latest], eur))
        day_loss = self._before(at_s - at_s % DAY_S, known_s, known_eur) - eur
        drawdown = np.maximum(np.maximum.accumulate(eur), self._peak_eur) - eur if len(eur) > 0 else eur
        near: Bools = day_loss >= hold.day_loss_x_trade_cap * cap - NEAR_EUR
        near |= drawdown >= hold.drawdown_x_trade_cap * cap - NEAR_EUR
        near |= margin_usage_max_frac >= min(hold.margin_usage_frac, float(self._rules.exit.margin_usage_close_frac)) - NEAR_FRAC
        return near

    def is_holding(self, held: Iterable[str]) -> bool:
        """True while a hold for money stands: then each look may end it."""
        return not MONEY.isdisjoint(held)

    def judge(self, now: datetime, *, margin_usage_frac: float | None, held: dict[str, datetime]) -> Judged:
        """The triggers on money as of the last point; `held` are the holds that stand before."""
        at_s, eur = int(now.timestamp()), float(self._eur[self._points - 1])
        began = self._at(at_s - at_s % DAY_S)
        readings = Readings(
            trade_cap_eur=self._cap_eur,
            day_loss_eur=Decimal(repr(began - eur)),
            drawdown_eur=Decimal(repr(self._peak_eur - eur)),
            margin_usage_frac=margin_usage_frac,
        )
        triggers = tuple(trigger for trigger in judge(readings, self._rules.triggers) if trigger.code in MONEY)
        reached = tuple(trigger for trigger in triggers if trigger.is_reached)
        standing = [code for code in (*held, *(trigger.code for trigger in reached if trigger.code not in held)) if code in MONEY]
        return Judged(reached=reached, lifted=self._hysteresis.may_lift(triggers, standing, now))

    def _at(self, at_s: int) -> float:
        return float(self._before(np.array([at_s]), self._at_s[: self._points], self._eur[: self._points])[0])

    def _before(self, at_s: Ints, known_s: Ints, known_eur: Floats) -> Floats:
        """The equity at each instant: the last point up to it, nothing before the first."""
        place = np.searchsorted(known_s, at_s, side="right") - 1
        return np.where(place >= 0, known_eur[np.maximum(place, 0)], 0.0) if len(known_s) > 0 else np.zeros(len(at_s))
