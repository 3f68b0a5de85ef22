"""E04: no scheduled release too close ahead, counting the days on which one may still be announced.

Rules of this file: an event type whose official dates end before the expiry blocks
on each of its usual days, and is warned about. Source: strategy §1.2 E04 and §3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from engine.core.checks import fresh_value, not_evaluated, verdict_of
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.entry_context import EntryContext
from engine.core.model import MacroCalendar, MacroEvent, Severity
from engine.core.rules import FreshnessRules, MacroRules, UncoveredDays

LOOKAHEAD_WITHOUT_EXPIRY = timedelta(days=21)

FIRST_FRIDAY = "first_friday"


def macro_checks(context: EntryContext, rules: MacroRules, freshness: FreshnessRules) -> tuple[Check, ...]:
    """E04 in the configured mode, then one warning per event type whose dates end before the expiry."""
    if rules.mode == "off":
        return (Check(rule="E04", code="macro_off", verdict=Verdict.PASSED),)
    calendar = fresh_value(context.snapshot.macro, context.now, freshness.macro)
    if calendar is None or not calendar.covered_until:
        codes = ("macro_high", "macro_medium") if rules.mode == "window" else ("macro_before_expiry",)
        return tuple(not_evaluated("E04", code, cause="no_macro_calendar") for code in codes)
    horizon_at = _horizon_at(context)
    events = (*calendar.events, *_possible_events(calendar, rules, now=context.now, horizon_at=horizon_at))
    if rules.mode == "strict_before_expiry":
        return (_before_expiry(events, rules, context), *_coverage_warnings(calendar, rules, horizon_at))
    return (
        _window("macro_high", _of(events, Severity.HIGH, rules), limit_h=rules.high_lookahead_h, now=context.now),
        _window("macro_medium", _of(events, Severity.MEDIUM, rules), limit_h=rules.medium_lookahead_h, now=context.now),
        *_coverage_warnings(calendar, rules, horizon_at),
    )


def severity_of(event: MacroEvent, rules: MacroRules) -> Severity:
    """How much the rules care about this event: their own list first, the feed's word for names they do not know."""
    if event.name in rules.high:
        return Severity.HIGH
    if event.name in rules.medium:
        return Severity.MEDIUM
    return Severity.LOW if event.name in rules.low else event.severity


def _horizon_at(context: EntryContext) -> datetime:
    return context.chosen.spread.expiry_at if context.chosen is not None else context.now + LOOKAHEAD_WITHOUT_EXPIRY


def _of(events: Iterable[MacroEvent], severity: Severity, rules: MacroRules) -> list[MacroEvent]:
    return [event for event in events if severity_of(event, rules) is severity]


def _window(code: str, events: list[MacroEvent], *, limit_h: int, now: datetime) -> Check:
    ahead = sorted((event for event in events if event.at >= now), key=lambda event: (event.at, event.name))
    limit = float(limit_h)
    if not ahead:
        return Check(rule="E04", code=code, verdict=Verdict.PASSED, limit=limit, relation=Relation.ABOVE, unit=Unit.HOURS, cause="none_ahead")
    observed = (ahead[0].at - now).total_seconds() / 3600.0
    verdict = verdict_of(observed > limit)
    return Check(
        rule="E04",
        code=code,
        verdict=verdict,
        observed=observed,
        limit=limit,
        relation=Relation.ABOVE,
        unit=Unit.HOURS,
        subject=ahead[0].name,
        cause=ahead[0].source,
    )


def _before_expiry(events: Iterable[MacroEvent], rules: MacroRules, context: EntryContext) -> Check:
    if context.chosen is None:
        return not_evaluated("E04", "macro_before_expiry", cause="no_candidate")
    expiry_at = context.chosen.spread.expiry_at
    serious = (*_of(events, Severity.HIGH, rules), *_of(events, Severity.MEDIUM, rules))
    ahead = sorted((event for event in serious if context.now <= event.at <= expiry_at), key=lambda event: (event.at, event.name))
    if not ahead:
        return Check(rule="E04", code="macro_before_expiry", verdict=Verdict.PASSED, limit=expiry_at, relation=Relation.ABOVE, cause="none_ahead")
    first = ahead[0]
    return Check(
        rule="E04",
        code="macro_before_expiry",
        verdict=Verdict.FAILED,
        observed=first.at,
        limit=expiry_at,
        relation=Relation.ABOVE,
        subject=first.name,
        cause=first.source,
    )


def _coverage_warnings(calendar: MacroCalendar, rules: MacroRules, horizon_at: datetime) -> tuple[Check, ...]:
    return tuple(
        Check(
            rule="E04", code="macro_uncovered", verdict=Verdict.WARNED, observed=_as_instant(calendar.covered_until.get(name)), limit=horizon_at, subject=name
        )
        for name in (*rules.high, *rules.medium)
        if not _is_covered(calendar, name, horizon_at)
    )


def _is_covered(calendar: MacroCalendar, name: str, horizon_at: datetime) -> bool:
    covered_until = calendar.covered_until.get(name)
    return covered_until is not None and covered_until >= horizon_at.date()


def _as_instant(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=UTC)


def _possible_events(calendar: MacroCalendar, rules: MacroRules, *, now: datetime, horizon_at: datetime) -> list[MacroEvent]:
    """An event on each usual day of each uncovered type, at the first instant of that day still ahead."""
    possible: list[MacroEvent] = []
    for name, usual in _usual_days(rules.uncovered_days).items():
        if usual is None or _is_covered(calendar, name, horizon_at):
            continue
        covered_until = calendar.covered_until.get(name)
        for day in _days(now.date(), horizon_at.date()):
            if _is_usual(day, usual) and (covered_until is None or day > covered_until):
                starts_at = datetime.combine(day, time(), tzinfo=UTC)
                possible.append(MacroEvent(name=name, severity=Severity.LOW, at=max(starts_at, now), source="usual_day"))
    return possible


def _usual_days(days: UncoveredDays) -> Mapping[str, tuple[int, int] | str | None]:
    return {"CPI": days.CPI, "NFP": days.NFP, "ECB": days.ECB, "FOMC": days.FOMC}


def _is_usual(day: date, usual: tuple[int, int] | str) -> bool:
    if isinstance(usual, str):
        return usual == FIRST_FRIDAY and day.isoweekday() == 5 and day.day <= 7
    return usual[0] <= day.day <= usual[1]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
