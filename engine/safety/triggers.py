"""The trigger table: what stops the engine by itself, and when a stop of its own making may end.

Rules of this file: pure; a reading that is not there reaches nothing and ends nothing.
A HOLD ends once its cause has been gone for a while without a break, a KILL never by itself.
Source: safety document, section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from engine.core.decision import Relation
from engine.core.rules import TriggerRules

EVIDENCE_PLACES = 4
VENUE_LOCKED, TOOLS_CHANGED = "venue-locked", "tools-changed"

Figure = Decimal | float | int


class Weight(StrEnum):
    """What a trigger sets: HOLD stops new entries, KILL everything."""

    HOLD = "hold"
    KILL = "kill"


class Measure(StrEnum):
    """What a reading is counted in."""

    COUNT = "n"
    EUR = "eur"
    FRAC = "frac"
    SECONDS = "s"
    HOURS = "h"
    MEGABYTES = "mb"


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
    is_venue_locked: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One row of the table as it stands now; `is_reached` is None while nothing is known.

    `is_of_market`: its time is the market's, which is simulated where the market is; otherwise the wall's.
    `evidence` is what was seen and what it was held against, empty for a yes or no.
    """

    code: str
    weight: Weight
    is_reached: bool | None
    is_of_market: bool = False
    observed: Figure | None = None
    limit: Figure | None = None
    evidence: str = ""


class _Row(NamedTuple):
    """One trigger as it is written: it is reached while `seen` stands in `relation` to `limit` (of the rules and the trade cap)."""

    code: str
    weight: Weight
    is_of_market: bool
    measure: Measure
    relation: Relation
    seen: Callable[[Readings], Figure | None]
    limit: Callable[[TriggerRules, Decimal], Figure]


KILL, HOLD = Weight.KILL, Weight.HOLD
ABOVE, AT_LEAST, BELOW = Relation.ABOVE, Relation.AT_LEAST, Relation.BELOW
OF_MARKET, OF_HOST = True, False

TABLE = (
    _Row("order-actions", KILL, OF_MARKET, Measure.COUNT, ABOVE, lambda seen: seen.order_actions, lambda rules, _: rules.kill.order_actions_per_10min_max),
    _Row("order-rejects", KILL, OF_MARKET, Measure.COUNT, AT_LEAST, lambda seen: seen.rejects_in_row, lambda rules, _: rules.kill.rejects_in_row_max),
    _Row("strangers", KILL, OF_HOST, Measure.COUNT, ABOVE, lambda seen: seen.strangers, lambda rules, _: rules.kill.strangers_per_10min_max),
    _Row("day-loss", HOLD, OF_MARKET, Measure.EUR, AT_LEAST, lambda seen: seen.day_loss_eur, lambda rules, cap: _times(rules.hold.day_loss_x_trade_cap, cap)),
    _Row("drawdown", HOLD, OF_MARKET, Measure.EUR, AT_LEAST, lambda seen: seen.drawdown_eur, lambda rules, cap: _times(rules.hold.drawdown_x_trade_cap, cap)),
    _Row("margin-usage", HOLD, OF_MARKET, Measure.FRAC, AT_LEAST, lambda seen: seen.margin_usage_frac, lambda rules, _: rules.hold.margin_usage_frac),
    _Row("uncovered-short", HOLD, OF_MARKET, Measure.SECONDS, ABOVE, lambda seen: seen.uncovered_short_s, lambda rules, _: rules.hold.uncovered_short_s),
    _Row("unknown-order", HOLD, OF_MARKET, Measure.SECONDS, ABOVE, lambda seen: seen.unknown_order_s, lambda rules, _: rules.hold.unknown_order_s),
    _Row("clock-skew", HOLD, OF_HOST, Measure.SECONDS, ABOVE, lambda seen: seen.clock_skew_s, lambda rules, _: rules.hold.clock_skew_s),
    _Row("telegram-silent", HOLD, OF_HOST, Measure.SECONDS, ABOVE, lambda seen: seen.telegram_silent_s, lambda rules, _: rules.hold.telegram_silent_s),
    _Row("breaker-open", HOLD, OF_HOST, Measure.SECONDS, ABOVE, lambda seen: seen.breaker_open_s, lambda rules, _: rules.hold.breaker_open_s),
    _Row("disk-free", HOLD, OF_HOST, Measure.MEGABYTES, BELOW, lambda seen: seen.disk_free_mb, lambda rules, _: rules.hold.disk_free_min_mb),
    _Row("backup-age", HOLD, OF_HOST, Measure.HOURS, ABOVE, lambda seen: seen.backup_age_h, lambda rules, _: rules.hold.backup_age_max_h),
    _Row("loop-lag", HOLD, OF_HOST, Measure.SECONDS, ABOVE, lambda seen: seen.loop_lag_s, lambda rules, _: rules.hold.loop_lag_s),
)


def judge(readings: Readings, rules: TriggerRules) -> tuple[Trigger, ...]:
    """Every row of the table, the ones that kill first."""
    rows = tuple(_judged(row, row.seen(readings), row.limit(rules, readings.trade_cap_eur)) for row in TABLE)
    return (*rows, stated(VENUE_LOCKED, readings.is_venue_locked, is_of_market=True))


def stated(code: str, is_there: bool | None, *, is_of_market: bool = False, evidence: str = "") -> Trigger:
    """A cause of a hold that is there or is not, and has no figure."""
    return Trigger(code=code, weight=Weight.HOLD, is_reached=is_there, is_of_market=is_of_market, evidence=evidence)


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


def _judged(row: _Row, observed: Figure | None, limit: Figure) -> Trigger:
    return Trigger(
        code=row.code,
        weight=row.weight,
        is_reached=None if observed is None else _is_reached(observed, row.relation, limit),
        is_of_market=row.is_of_market,
        observed=observed,
        limit=limit,
        evidence="" if observed is None else f"{_plain(observed)} {row.relation} {_plain(limit)} {row.measure}",
    )


def _is_reached(observed: Figure, relation: Relation, limit: Figure) -> bool:
    if relation is Relation.BELOW:
        return observed < limit
    return observed > limit or (relation is Relation.AT_LEAST and observed == limit)


def _times(multiple: float, trade_cap_eur: Decimal) -> Decimal:
    return Decimal(repr(multiple)) * trade_cap_eur


def _plain(value: Figure) -> str:
    """`value` in plain digits, as many as tell something."""
    return format(round(Decimal(str(value)), EVIDENCE_PLACES).normalize(), "f")
