"""Everything E04 tells: the event that blocks, the limit it was held against, and what no calendar covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.entry_checks_macro import macro_checks, severity_of
from engine.core.entry_context import EntryContext
from engine.core.model import MacroCalendar, MacroEvent, Severity
from engine.core.rules import MacroRules
from tests.engine.core.builders import COVERED_UNTIL, EXPIRY_AT, NOW, RULES, context, read, snapshot

PASSED, FAILED, UNSEEN, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED
CALM = context()
WINDOW = RULES.entry.macro
STRICT = replace(WINDOW, mode="strict_before_expiry")


def event(name: str, hours: float, *, severity: Severity = Severity.LOW, source: str = "feed") -> MacroEvent:
    return MacroEvent(name=name, severity=severity, at=NOW + timedelta(hours=hours), source=source)


def told(*events: MacroEvent, rules: MacroRules = WINDOW, covered: dict[str, date] = COVERED_UNTIL, asked: EntryContext = CALM) -> tuple[Check, ...]:
    calendar = MacroCalendar(events=events, covered_until=covered)
    return macro_checks(replace(asked, snapshot=snapshot(macro=read(calendar))), rules, RULES.freshness_s)


def window(code: str, verdict: Verdict, *, observed: float | None = None, limit: float, subject: str = "", cause: str) -> Check:
    return Check(rule="E04", code=code, verdict=verdict, observed=observed, limit=limit, relation=Relation.ABOVE, unit=Unit.HOURS, subject=subject, cause=cause)


def test_an_empty_week_tells_both_windows() -> None:
    assert told() == (window("macro_high", PASSED, limit=72.0, cause="none_ahead"), window("macro_medium", PASSED, limit=24.0, cause="none_ahead"))


def test_the_nearest_event_of_each_severity_is_told_with_its_source() -> None:
    checks = told(event("FOMC", 80), event("CPI", 73, source="bls"), event("NFP", 30), event("ECB", 24, source="ecb"), event("CPI", -1))

    assert checks == (
        window("macro_high", PASSED, observed=73.0, limit=72.0, subject="CPI", cause="bls"),
        window("macro_medium", FAILED, observed=24.0, limit=24.0, subject="ECB", cause="ecb"),
    )


def test_two_events_at_one_instant_are_told_by_the_first_name() -> None:
    high, _ = told(event("FOMC", 10), event("CPI", 10))
    strict, *_ = told(event("FOMC", 10), event("CPI", 10), rules=STRICT)

    assert (high.subject, strict.subject) == ("CPI", "CPI")


def test_macro_that_is_off_says_so_and_nothing_else() -> None:
    assert told(event("FOMC", 1), rules=replace(WINDOW, mode="off")) == (Check(rule="E04", code="macro_off", verdict=PASSED),)


@pytest.mark.parametrize(("rules", "codes"), [(WINDOW, ("macro_high", "macro_medium")), (STRICT, ("macro_before_expiry",))])
def test_without_a_calendar_each_check_of_the_mode_says_so(rules: MacroRules, codes: tuple[str, ...]) -> None:
    checks = macro_checks(replace(CALM, snapshot=snapshot(macro=None)), rules, RULES.freshness_s)

    assert checks == tuple(Check(rule="E04", code=code, verdict=UNSEEN, cause="no_macro_calendar") for code in codes)


def strict(verdict: Verdict, *, observed: datetime | None = None, subject: str = "", cause: str) -> Check:
    return Check(
        rule="E04",
        code="macro_before_expiry",
        verdict=verdict,
        observed=observed,
        limit=EXPIRY_AT,
        relation=Relation.ABOVE,
        subject=subject,
        cause=cause,
    )


def test_the_strict_mode_tells_the_first_serious_event_before_the_expiry() -> None:
    checks = told(event("NFP", 40, source="bls"), event("FOMC", 90), event("CPI", -1), event("PPI", 2), rules=STRICT)

    assert checks == (strict(FAILED, observed=NOW + timedelta(hours=40), subject="NFP", cause="bls"),)


@pytest.mark.parametrize(
    ("at", "verdict"), [(NOW, FAILED), (EXPIRY_AT, FAILED), (EXPIRY_AT + timedelta(seconds=1), PASSED), (NOW - timedelta(seconds=1), PASSED)]
)
def test_the_strict_mode_counts_from_now_to_the_expiry_both_included(at: datetime, verdict: Verdict) -> None:
    (check,) = told(MacroEvent(name="FOMC", severity=Severity.LOW, at=at, source="feed"), rules=STRICT)

    assert check == (strict(PASSED, cause="none_ahead") if verdict is PASSED else strict(FAILED, observed=at, subject="FOMC", cause="feed"))


def test_the_strict_mode_without_a_candidate_was_not_evaluated() -> None:
    (check,) = told(rules=STRICT, asked=replace(CALM, candidate=None))

    assert check == Check(rule="E04", code="macro_before_expiry", verdict=UNSEEN, cause="no_candidate")


def test_dates_that_end_before_the_expiry_are_warned_about_by_name() -> None:
    covered = {"FOMC": date(2026, 3, 20), "CPI": date(2026, 3, 19), "ECB": date(2026, 3, 21)}
    *_, cpi, nfp = told(covered=covered)
    ends_at = datetime(2026, 3, 19, tzinfo=UTC)

    assert cpi == Check(rule="E04", code="macro_uncovered", verdict=WARNED, observed=ends_at, limit=EXPIRY_AT, subject="CPI")
    assert nfp == Check(rule="E04", code="macro_uncovered", verdict=WARNED, limit=EXPIRY_AT, subject="NFP")


def test_without_a_candidate_three_weeks_ahead_must_be_covered() -> None:
    horizon_at = NOW + timedelta(days=21)
    asked = replace(CALM, candidate=None)

    assert len(told(covered=dict.fromkeys(COVERED_UNTIL, horizon_at.date()), asked=asked)) == 2
    assert [check.limit for check in told(covered=dict.fromkeys(COVERED_UNTIL, horizon_at.date() - timedelta(days=1)), asked=asked)[2:]] == [horizon_at] * 4


def test_a_usual_day_after_the_last_official_one_is_told_as_such() -> None:
    covered = {**COVERED_UNTIL, "NFP": date(2026, 3, 5), "CPI": date(2026, 3, 10)}
    high, medium, *_ = told(covered=covered)
    first_friday_at, after_official_at = datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC)

    assert medium == window("macro_medium", PASSED, observed=(first_friday_at - NOW) / timedelta(hours=1), limit=24.0, subject="NFP", cause="usual_day")
    assert high == window("macro_high", PASSED, observed=(after_official_at - NOW) / timedelta(hours=1), limit=72.0, subject="CPI", cause="usual_day")


def test_the_severity_is_our_own_list_first_and_the_feed_for_the_rest() -> None:
    feed = {name: severity_of(event(name, 1, severity=Severity.HIGH), WINDOW) for name in ("FOMC", "ECB", "PPI", "EMERGENCY_CUT")}

    assert feed == {"FOMC": Severity.HIGH, "ECB": Severity.MEDIUM, "PPI": Severity.LOW, "EMERGENCY_CUT": Severity.HIGH}


def nfp_at(now: datetime) -> Check:
    """The window of the middle severity when no official NFP date is known and nothing is chosen yet."""
    covered = {name: day for name, day in COVERED_UNTIL.items() if name != "NFP"}
    calendar = replace(read(MacroCalendar(events=(), covered_until=covered)), observed_at=now)
    _, medium, *_ = macro_checks(replace(CALM, candidate=None, snapshot=snapshot(macro=calendar), now=now), WINDOW, RULES.freshness_s)
    return medium


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 8, 6, tzinfo=UTC), 24.0),  # Friday the seventh is a first Friday
        (datetime(2026, 5, 7, tzinfo=UTC), None),  # Friday the eighth is not
        (datetime(2026, 7, 17, tzinfo=UTC), 21 * 24.0),  # on the last day looked at
        (datetime(2026, 7, 16, tzinfo=UTC), None),  # a day beyond it
    ],
)
def test_a_first_friday_is_one_of_the_first_seven_days_up_to_the_horizon(now: datetime, hours: float | None) -> None:
    check = nfp_at(now)

    assert (check.observed, check.cause) == (hours, "none_ahead" if hours is None else "usual_day")


@pytest.mark.parametrize(("name", "place"), [("CPI", 0), ("FOMC", 0), ("ECB", 1), ("NFP", 1)])
def test_any_type_may_be_given_usual_days(name: str, place: int) -> None:
    """From the twelfth on nothing is official, and the usual days are the eleventh to the thirteenth."""
    usual = replace(WINDOW, uncovered_days=replace(WINDOW.uncovered_days, **{name: (11, 13)}))
    check = told(rules=usual, covered={**COVERED_UNTIL, name: date(2026, 3, 11)})[place]

    assert (check.subject, check.cause, check.observed) == (name, "usual_day", (datetime(2026, 3, 12, tzinfo=UTC) - NOW) / timedelta(hours=1))
