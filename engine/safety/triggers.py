"""The trigger table: what stops the engine by itself, and when a stop of its own making may end.

Rules of this file: pure; a reading that is not there reaches nothing and ends nothing.
A HOLD ends once its cause has been gone for a while without a break, a KILL never by itself.
Source: safety document, section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from engine.core.rules import TriggerRules


class Weight(StrEnum):
    """What a trigger sets: HOLD stops new entries, KILL everything."""

    HOLD = "hold"
    KILL = "kill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was measured at one instant; None = not measured, or nothing there to measure.

    Losses are positive and in EUR; `trade_cap_eur` is the stage's. Ages and silences are in seconds.
    """

    trade_cap_eur: Decimal
    order_actions: int | None = None
    rejects_in_row: int | None = None
    strangers: int | None = None
    day_loss_eur: Decimal | None = None
    drawdown_eur: Decimal | None = None
    margin_usage_frac: float | None = None
    uncovered_short_s: float | None = None
    unknown_order_s: float | None = None
    clock_skew_s: float | None = None
    telegram_silent_s: float | None = None
    breaker_open_s: float | None = None
    disk_free_mb: float | None = None
    backup_age_h: float | None = None
    loop_lag_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One row of the table as it stands now; `is_reached` is None while nothing is known."""

    code: str
    weight: Weight
    observed: Decimal | float | int | None
    limit: Decimal | float | int
    is_reached: bool | None


def judge(readings: Readings, rules: TriggerRules) -> tuple[Trigger, ...]:
    """Every row of the table, the ones that kill first."""
    kill, hold, cap = rules.kill, rules.hold, readings.trade_cap_eur
    return (
        _above("order-actions", Weight.KILL, readings.order_actions, kill.order_actions_per_10min_max),
        _at_least("order-rejects", Weight.KILL, readings.rejects_in_row, kill.rejects_in_row_max),
        _above("strangers", Weight.KILL, readings.strangers, kill.strangers_per_10min_max),
        _at_least("day-loss", Weight.HOLD, readings.day_loss_eur, Decimal(repr(hold.day_loss_x_trade_cap)) * cap),
        _at_least("drawdown", Weight.HOLD, readings.drawdown_eur, Decimal(repr(hold.drawdown_x_trade_cap)) * cap),
        _at_least("margin-usage", Weight.HOLD, readings.margin_usage_frac, hold.margin_usage_frac),
        _above("uncovered-short", Weight.HOLD, readings.uncovered_short_s, float(hold.uncovered_short_s)),
        _above("unknown-order", Weight.HOLD, readings.unknown_order_s, float(hold.unknown_order_s)),
        _above("clock-skew", Weight.HOLD, readings.clock_skew_s, hold.clock_skew_s),
        _above("telegram-silent", Weight.HOLD, readings.telegram_silent_s, float(hold.telegram_silent_s)),
        _above("breaker-open", Weight.HOLD, readings.breaker_open_s, float(hold.breaker_open_s)),
        _below("disk-free", Weight.HOLD, readings.disk_free_mb, float(hold.disk_free_min_mb)),
        _above("backup-age", Weight.HOLD, readings.backup_age_h, float(hold.backup_age_max_h)),
        _above("loop-lag", Weight.HOLD, readings.loop_lag_s, hold.loop_lag_s),
    )


@dataclass(slots=True, kw_only=True)
class Hysteresis:
    """Since when the cause of each hold has been gone; a restart begins to count anew."""

    clear_after: timedelta
    gone_since: dict[str, datetime] = field(default_factory=dict)

    def may_lift(self, triggers: Iterable[Trigger], held: Iterable[str], now: datetime) -> tuple[str, ...]:
        """The holds whose cause has been gone for `clear_after` without a break, in the order given."""
        by_code = {trigger.code: trigger for trigger in triggers if trigger.weight is Weight.HOLD}
        lifted: list[str] = []
        for code in held:
            trigger = by_code.get(code)
            if trigger is None or trigger.is_reached is not False:
                self.gone_since.pop(code, None)
            elif now - self.gone_since.setdefault(code, now) >= self.clear_after:
                del self.gone_since[code]
                lifted.append(code)
        return tuple(lifted)


def _at_least(code: str, weight: Weight, observed: Decimal | float | int | None, limit: Decimal | float | int) -> Trigger:
    return Trigger(code=code, weight=weight, observed=observed, limit=limit, is_reached=None if observed is None else observed >= limit)


def _above(code: str, weight: Weight, observed: Decimal | float | int | None, limit: Decimal | float | int) -> Trigger:
    return Trigger(code=code, weight=weight, observed=observed, limit=limit, is_reached=None if observed is None else observed > limit)


def _below(code: str, weight: Weight, observed: Decimal | float | int | None, limit: Decimal | float | int) -> Trigger:
    return Trigger(code=code, weight=weight, observed=observed, limit=limit, is_reached=None if observed is None else observed < limit)
