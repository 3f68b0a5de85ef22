"""E04: no scheduled release too close ahead, counting the days on which one may still be announced.

Rules of this file: an event type whose official dates end before the expiry blocks
on each of its usual days, and is warned about. Source: strategy §1.2 E04 and §3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from engine.core.checks import fresh_value, not_evaluated, verdict_of
from engine.core.decision import ABOVE, FAILED, HOURS, PASSED, WARNED, Check
from engine.core.entry_context import EntryContext
from engine.core.model import MacroCalendar, MacroEvent, Severity
from engine.core.rules import FreshnessRules, MacroRules, UncoveredDays

LOOKAHEAD_WITHOUT_EXPIRY = timedelta(days=21)

FIRST_FRIDAY = "first_friday"

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW

Weighed = list[tuple[MacroEvent, Severity]]


def macro_checks(context: EntryContext, rules: MacroRules, freshness: FreshnessRules) -> tuple[Check, ...]:
    """E04 in the configured mode, then one warning per event type whose dates end before the expiry."""
    if rules.mode == "off":
        return (Check(rule="E04", code="macro_off", verdict=PASSED),)
    calendar = fresh_value(context.snapshot.macro, context.now, freshness.macro)
    if calendar is None or not calendar.covered_until:
        codes = ("macro_high", "macro_medium") if rules.mode == "window" else ("macro_before_expiry",)
        return tuple(not_evaluated("E04", code, cause="no_macro_calendar") for code in codes)
    now, horizon_at = context.now, _horizon_at(context)
    announced = [event for event in calendar.events if event.at >= now]
    ahead = _weighed([*announced, *_possible_events(calendar, rules, now=now, horizon_at=horizon_at)], rules)
    if rules.mode == "strict_before_expiry":
        return (_before_expiry(ahead, context), *_coverage_warnings(calendar, rules, horizon_at))
    return (
        _window("macro_high", [event for event, severity in ahead if severity is HIGH], limit_h=rules.high_lookahead_h, now=now),
        _window("macro_medium", [event for event, severity in ahead if severity is MEDIUM], limit_h=rules.medium_lookahead_h, now=now),
        *_coverage_warnings(calendar, rules, horizon_at),
    )


def severity_of(event: MacroEvent, rules: MacroRules) -> Severity:
    """How much the rules care about this event: their own list first, the feed's word for names they do not know."""
    if event.name in rules.high:
        return HIGH
    if event.name in rules.medium:
        return MEDIUM
    return LOW if event.name in rules.low else event.severity


def _horizon_at(context: EntryContext) -> datetime:
    return context.chosen.spread.expiry_at if context.chosen is not None else context.now + LOOKAHEAD_WITHOUT_EXPIRY


def _weighed(events: Iterable[MacroEvent], rules: MacroRules) -> Weighed:
    return [(event, severity_of(event, rules)) for event in events]


def _window(code: str, events: list[MacroEvent], *, limit_h: int, now: datetime) -> Check:
    first, limit = _first(events), float(limit_h)
    if first is None:
        return Check(rule="E04", code=code, verdict=PASSED, limit=limit, relation=ABOVE, unit=HOURS, cause="none_ahead")
    observed = (first.at - now).total_seconds() / 3600.0
    return Check("E04", code, verdict_of(observed > limit), observed, limit, ABOVE, HOURS, subject=first.name, cause=first.source)


def _first(events: list[MacroEvent]) -> MacroEvent | None:
    """The earliest; of those at one instant the first by name."""
    return min(events, key=lambda event: (event.at, event.name), default=None)


def _before_expiry(ahead: Weighed, context: EntryContext) -> Check:
    if context.chosen is None:
        return not_evaluated("E04", "macro_before_expiry", cause="no_candidate")
    expiry_at = context.chosen.spread.expiry_at
    first = _first([event for event, severity in ahead if severity in (HIGH, MEDIUM) and event.at <= expiry_at])
    if first is None:
        return Check(rule="E04", code="macro_before_expiry", verdict=PASSED, limit=expiry_at, relation=ABOVE, cause="none_ahead")
    return Check(
        rule="E04",
        code="macro_before_expiry",
        verdict=FAILED,
        observed=first.at,
        limit=expiry_at,
        relation=ABOVE,
        subject=first.name,
        cause=first.source,
    )


def _coverage_warnings(calendar: MacroCalendar, rules: MacroRules, horizon_at: datetime) -> tuple[Check, ...]:
    horizon = horizon_at.date()
    return tuple(
        Check(rule="E04", code="macro_uncovered", verdict=WARNED, observed=_as_instant(calendar.covered_until.get(name)), limit=horizon_at, subject=name)
        for name in (*rules.high, *rules.medium)
        if not _is_covered(calendar, name, horizon)
    )


def _is_covered(calendar: MacroCalendar, name: str, horizon: date) -> bool:
    covered_until = calendar.covered_until.get(name)
    return covered_until is not None and covered_until >= horizon


def _as_instant(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=UTC)


def _possible_events(calendar: MacroCalendar, rules: MacroRules, *, now: datetime, horizon_at: datetime) -> list[MacroEvent]:
    """An event on each usual day of each uncovered type, at the first instant of that day still ahead."""
    possible: list[MacroEvent] = []
    horizon = horizon_at.date()
    for name, usual in _usual_days(rules.uncovered_days).items():
        if usual is None or _is_covered(calendar, name, horizon):
            continue
        covered_until = calendar.covered_until.get(name)
        for day in _days(now.date(), horizon):
            if _is_usual(day, usual) and (covered_until is None or day > covered_until):
                starts_at = datetime.combine(day, time(), tzinfo=UTC)
                possible.append(MacroEvent(name=name, severity=LOW, at=max(starts_at, now), source="usual_day"))
    return possible


def _usual_days(days: UncoveredDays) -> Mapping[str, tuple[int, int] | str | None]:
    return {"CPI": days.CPI, "NFP": days.NFP, "ECB": days.ECB, "FOMC": days.FOMC}


def _is_usual(day: date, usual: tuple[int, int] | str) -> bool:
    if isinstance(usual, str):
        return usual == FIRST_FRIDAY and day.isoweekday() == 5 and day.day <= 7
    return usual[0] <= day.day <= usual[1]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
