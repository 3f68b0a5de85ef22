"""The trigger table: each row just below, at and just above its limit, and when a hold may end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine.config import default_rules
from engine.safety.triggers import Hysteresis, Readings, Trigger, Weight, judge

RULES = default_rules().triggers
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
CAP = Decimal(200)
CLEAR = timedelta(minutes=5)


def reached(**measured: object) -> dict[str, bool | None]:
    return {trigger.code: trigger.is_reached for trigger in judge(Readings(trade_cap_eur=CAP, **measured), RULES)}


@pytest.mark.parametrize(
    ("field", "code", "values", "at_limit"),
    [
        ("order_actions", "order-actions", (29, 30, 31), False),
        ("rejects_in_row", "order-rejects", (2, 3, 4), True),
        ("strangers", "strangers", (199, 200, 201), False),
        ("day_loss_eur", "day-loss", (Decimal("399.99"), Decimal(400), Decimal("400.01")), True),
        ("drawdown_eur", "drawdown", (Decimal("799.99"), Decimal(800), Decimal("800.01")), True),
        ("margin_usage_frac", "margin-usage", (0.799, 0.80, 0.801), True),
        ("uncovered_short_s", "uncovered-short", (4.9, 5.0, 5.1), False),
        ("unknown_order_s", "unknown-order", (29.0, 30.0, 31.0), False),
        ("clock_skew_s", "clock-skew", (1.9, 2.0, 2.1), False),
        ("telegram_silent_s", "telegram-silent", (299.0, 300.0, 301.0), False),
        ("breaker_open_s", "breaker-open", (59.0, 60.0, 61.0), False),
        ("backup_age_h", "backup-age", (25.9, 26.0, 26.1), False),
        ("loop_lag_s", "loop-lag", (1.9, 2.0, 2.1), False),
    ],
)
def test_each_trigger_below_at_and_above_its_limit(field: str, code: str, values: tuple[object, object, object], at_limit: bool) -> None:
    assert [reached(**{field: value})[code] for value in values] == [False, at_limit, True]


def test_a_full_disk_is_reached_from_above() -> None:
    assert [reached(disk_free_mb=free)["disk-free"] for free in (501.0, 500.0, 499.9)] == [False, False, True]


def test_what_was_not_measured_reaches_nothing() -> None:
    assert set(reached().values()) == {None}


def test_only_the_written_three_kill() -> None:
    triggers = judge(Readings(trade_cap_eur=CAP), RULES)

    assert [trigger.code for trigger in triggers if trigger.weight is Weight.KILL] == ["order-actions", "order-rejects", "strangers"]


def row(is_reached: bool | None, *, code: str = "disk-free", weight: Weight = Weight.HOLD) -> Trigger:
    return Trigger(code=code, weight=weight, observed=1.0, limit=1.0, is_reached=is_reached)


@pytest.mark.parametrize(("minutes", "lifted"), [(4.99, ()), (5.0, ("disk-free",)), (6.0, ("disk-free",))])
def test_a_hold_ends_when_its_cause_has_been_gone_for_five_minutes(minutes: float, lifted: tuple[str, ...]) -> None:
    hysteresis = Hysteresis(clear_after=CLEAR)
    hysteresis.may_lift([row(False)], ["disk-free"], NOW)

    assert hysteresis.may_lift([row(False)], ["disk-free"], NOW + timedelta(minutes=minutes)) == lifted


@pytest.mark.parametrize("between", [True, None])
def test_a_cause_that_comes_back_or_is_not_known_counts_from_the_start(between: bool | None) -> None:
    hysteresis = Hysteresis(clear_after=CLEAR)
    for minutes, is_reached in ((0, False), (4, between), (5, False)):
        hysteresis.may_lift([row(is_reached)], ["disk-free"], NOW + timedelta(minutes=minutes))

    assert hysteresis.may_lift([row(False)], ["disk-free"], NOW + timedelta(minutes=9)) == ()
    assert hysteresis.may_lift([row(False)], ["disk-free"], NOW + timedelta(minutes=10)) == ("disk-free",)


@pytest.mark.parametrize("held", ["operator", "breaker-losses", "order-rejects"])
def test_a_hold_of_a_person_a_breaker_or_a_kill_is_never_lifted_here(held: str) -> None:
    hysteresis = Hysteresis(clear_after=CLEAR)
    triggers = [row(False), row(False, code="order-rejects", weight=Weight.KILL)]
    hysteresis.may_lift(triggers, [held], NOW)

    assert hysteresis.may_lift(triggers, [held], NOW + timedelta(days=1)) == ()
