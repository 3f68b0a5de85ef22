"""Everything E02 to E11 tell of a calm market and of one that is not there."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.entry_checks_inputs import input_checks, sound_fear_greed, sound_heat_pctile
from engine.core.entry_checks_market import is_within, market_checks
from engine.core.entry_context import EntryContext
from engine.core.model import BookState, Sentiment, Stage, VenueStatus
from engine.core.rules import StrategyRules
from tests.engine.core.builders import NOW, RULES, calm_snapshot, context, dec, leg_changed, read, snapshot

PASSED, FAILED, UNSEEN, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED
AT_LEAST, AT_MOST, BELOW, EQUAL = Relation.AT_LEAST, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL
CALM = context()
BARE = snapshot(
    index_usd=None,
    dvol_pts=None,
    dvol_24h_ago_pts=None,
    return_24h_frac=None,
    return_4h_frac=None,
    funding_apr_frac=None,
    perp_mark_usd=None,
    sentiment=None,
    fx_usd_per_eur=None,
    macro=None,
    wealth=None,
    venue=None,
    clock_skew_s=None,
    chain=None,
)
BLIND = replace(CALM, snapshot=BARE, candidate=None, rr25_pts=None)
LIMITS = (
    Check(rule="E02", code="index_age", verdict=PASSED, observed=0.0, limit=60.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="chain_age", verdict=PASSED, observed=0.0, limit=120.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="dvol_age", verdict=PASSED, observed=0.0, limit=900.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="fx_age", verdict=PASSED, observed=0.0, limit=345600.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="macro_age", verdict=PASSED, observed=0.0, limit=604800.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="portfolio_age", verdict=PASSED, observed=0.0, limit=93600.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E02", code="fx_min", verdict=PASSED, observed=dec("1.16"), limit=dec("0.8"), relation=AT_LEAST),
    Check(rule="E02", code="fx_max", verdict=PASSED, observed=dec("1.16"), limit=dec("1.6"), relation=AT_MOST),
    Check(rule="E02", code="index_perp_divergence", verdict=PASSED, observed=dec("0.0005"), limit=dec("0.01"), relation=AT_MOST, unit=Unit.FRAC),
    Check(rule="E02", code="clock_skew", verdict=PASSED, observed=0.1, limit=2.0, relation=AT_MOST, unit=Unit.SECONDS),
    Check(rule="E05", code="dvol_min", verdict=PASSED, observed=62.0, limit=35.0, relation=AT_LEAST, unit=Unit.PTS),
    Check(rule="E05", code="dvol_max", verdict=PASSED, observed=62.0, limit=90.0, relation=AT_MOST, unit=Unit.PTS),
    Check(rule="E06", code="dvol_jump_24h", verdict=PASSED, observed=2.0, limit=8.0, relation=AT_MOST, unit=Unit.PTS),
    Check(rule="E07", code="return_24h", verdict=PASSED, observed=0.01, limit=0.08, relation=AT_MOST, unit=Unit.FRAC),
    Check(rule="E07", code="return_4h", verdict=PASSED, observed=0.005, limit=0.04, relation=AT_MOST, unit=Unit.FRAC),
)
"""What each number with a limit tells in the calm market."""


def told(asked: EntryContext, rules: StrategyRules = RULES) -> dict[str, Check]:
    return {check.code: check for check in (*input_checks(asked, rules), *market_checks(asked, rules))}


def market(**changes: Any) -> EntryContext:
    return replace(CALM, snapshot=snapshot(**changes))


def with_vrp_min(limit: float) -> StrategyRules:
    return replace(RULES, entry=replace(RULES.entry, vrp_min_pts=limit))


@pytest.mark.parametrize("expected", LIMITS, ids=lambda check: check.code)
def test_a_limit_is_told_with_what_was_seen_or_without_it(expected: Check) -> None:
    assert told(CALM)[expected.code] == expected
    assert told(BLIND)[expected.code] == expected._replace(verdict=UNSEEN, observed=None, cause="missing")


@pytest.mark.parametrize(
    "expected",
    [
        Check(rule="E02", code="macro_coverage", verdict=PASSED, observed=4, limit=1, relation=AT_LEAST, unit=Unit.COUNT),
        Check(rule="E02", code="optional_inputs_missing", verdict=PASSED, observed=0, limit=3, relation=AT_MOST, unit=Unit.COUNT),
        Check(rule="E03", code="venue_open", verdict=PASSED, observed=True, limit=True, relation=EQUAL),
        Check(rule="E03", code="books_open", verdict=PASSED, observed="open", limit="open", relation=EQUAL),
        Check(rule="E03", code="outside_settlement", verdict=PASSED, observed=True, limit=True, relation=EQUAL),
        Check(rule="E03", code="outside_maintenance", verdict=PASSED, observed=True, limit=True, relation=EQUAL),
        Check(rule="E08", code="volatility_premium", verdict=PASSED, observed=4.0, unit=Unit.PTS, cause="reported_only"),
        Check(rule="E10", code="funding", verdict=PASSED, observed=0.11, limit=0.4, relation=AT_MOST, unit=Unit.FRAC),
        Check(rule="E11", code="fear_greed", verdict=PASSED, observed=50, limit=90, relation=AT_MOST),
        Check(rule="E11", code="liquidation_heat", verdict=PASSED, observed=40.0, limit=95.0, relation=BELOW),
    ],
    ids=lambda check: check.code,
)
def test_a_calm_market_tells_the_rest_of_its_checks(expected: Check) -> None:
    assert told(CALM)[expected.code] == expected


@pytest.mark.parametrize(
    "expected",
    [
        Check(rule="E02", code="macro_coverage", verdict=UNSEEN, cause="no_macro_calendar"),
        Check(
            rule="E02",
            code="optional_inputs_missing",
            verdict=WARNED,
            observed=3,
            limit=3,
            relation=AT_MOST,
            unit=Unit.COUNT,
            cause="funding,sentiment,skew",
        ),
        Check(rule="E03", code="venue_open", verdict=UNSEEN, limit=True, relation=EQUAL, cause="no_venue_status"),
        Check(rule="E03", code="books_open", verdict=UNSEEN, limit="open", relation=EQUAL, cause="no_candidate"),
        Check(rule="E03", code="outside_maintenance", verdict=UNSEEN, limit=True, relation=EQUAL, cause="no_venue_status"),
        Check(rule="E08", code="volatility_premium", verdict=PASSED, unit=Unit.PTS, cause="reported_only"),
        Check(rule="E10", code="funding", verdict=WARNED, limit=0.4, relation=AT_MOST, unit=Unit.FRAC, cause="missing"),
        Check(rule="E11", code="fear_greed", verdict=WARNED, limit=90, relation=AT_MOST, cause="missing"),
        Check(rule="E11", code="liquidation_heat", verdict=PASSED, limit=95, relation=BELOW, cause="not_given"),
    ],
    ids=lambda check: check.code,
)
def test_a_market_that_is_not_there_tells_what_is_missing(expected: Check) -> None:
    assert told(BLIND)[expected.code] == expected


@pytest.mark.parametrize(("stage", "limit", "verdict"), [(Stage.SOFT, 1, FAILED), (Stage.FULL, 3, WARNED), (Stage.PAPER, 3, WARNED)])
def test_the_first_live_stage_misses_one_optional_input_only(stage: Stage, limit: int, verdict: Verdict) -> None:
    check = told(replace(market(funding_apr_frac=None), rr25_pts=None, stage=stage))["optional_inputs_missing"]

    assert (check.observed, check.limit, check.verdict, check.cause) == (2, limit, verdict, "funding,skew")


def test_a_bear_call_is_held_against_the_other_side_of_funding_and_fear() -> None:
    checks = told(context(snapshot(trend_30d_frac=-0.10)))

    assert checks["funding"] == Check(rule="E10", code="funding", verdict=PASSED, observed=0.11, limit=-0.15, relation=AT_LEAST, unit=Unit.FRAC)
    assert checks["fear_greed"] == Check(rule="E11", code="fear_greed", verdict=PASSED, observed=50, limit=10, relation=AT_LEAST)


def test_without_a_strategy_the_vetoes_say_so() -> None:
    checks = told(replace(CALM, candidate=None, bias=replace(CALM.bias, strategy=None)))

    assert checks["funding"] == Check(rule="E10", code="funding", verdict=UNSEEN, unit=Unit.FRAC, cause="no_strategy")
    assert checks["fear_greed"] == Check(rule="E11", code="fear_greed", verdict=UNSEEN, cause="no_strategy")


def test_a_closed_book_is_named() -> None:
    chosen = CALM.candidate
    halted = replace(chosen, value=replace(chosen.value, spread=leg_changed(chosen.value.spread, "long", state=BookState.HALTED)))
    expected = Check(rule="E03", code="books_open", verdict=FAILED, observed="halted", limit="open", relation=EQUAL, subject="ETH-20MAR26-1650-P")

    assert told(replace(CALM, candidate=halted))["books_open"] == expected


@pytest.mark.parametrize(("minutes", "verdict"), [(-15.01, PASSED), (-15, FAILED), (15, FAILED), (15.01, PASSED)])
def test_a_maintenance_is_guarded_a_quarter_of_an_hour_to_each_side(minutes: float, verdict: Verdict) -> None:
    status = VenueStatus(is_locked=False, maintenance_at=NOW + timedelta(minutes=minutes))

    assert told(market(venue=read(status)))["outside_maintenance"].verdict is verdict


@pytest.mark.parametrize(("limit", "verdict"), [(4.01, FAILED), (4.0, PASSED)])
def test_a_volatility_premium_blocks_only_below_a_minimum_that_is_set(limit: float, verdict: Verdict) -> None:
    check = told(CALM, with_vrp_min(limit))["volatility_premium"]

    assert check == Check(rule="E08", code="volatility_premium", verdict=verdict, observed=4.0, limit=limit, relation=AT_LEAST, unit=Unit.PTS)


@pytest.mark.parametrize(("age_h", "verdict"), [(0.0, PASSED), (RULES.recorded_chain_age_max_h, PASSED), (RULES.recorded_chain_age_max_h + 0.01, FAILED)])
def test_a_recorded_chain_is_told_with_its_age_in_hours(age_h: float, verdict: Verdict) -> None:
    chain = snapshot().chain
    recorded = market(chain=replace(chain, recorded_at=NOW - timedelta(hours=age_h)))
    expected = Check(
        rule="E02",
        code="recorded_chain_age",
        verdict=verdict,
        observed=pytest.approx(age_h),
        limit=RULES.recorded_chain_age_max_h,
        relation=AT_MOST,
        unit=Unit.HOURS,
    )

    assert told(recorded)["recorded_chain_age"] == expected


@pytest.mark.parametrize(("index", "verdict"), [("0", UNSEEN), ("-1", UNSEEN), ("2000", PASSED)])
def test_an_index_of_zero_cannot_be_compared_with_the_perpetual(index: str, verdict: Verdict) -> None:
    assert told(market(index_usd=read(dec(index))))["index_perp_divergence"].verdict is verdict


@pytest.mark.parametrize(("given", "sound"), [(None, None), (-1, None), (0, 0), (1, 1), (100, 100), (101, None)])
def test_fear_and_greed_lie_between_nothing_and_a_hundred(given: int | None, sound: int | None) -> None:
    assert sound_fear_greed(Sentiment(fear_greed=given)) == sound
    assert sound_fear_greed(None) is None


@pytest.mark.parametrize(
    ("given", "sound"), [(None, None), (math.nan, None), (-0.1, None), (0.0, 0.0), (0.5, 0.5), (100.0, 100.0), (100.1, None), (101.0, None)]
)
def test_heat_lies_between_nothing_and_a_hundred(given: float | None, sound: float | None) -> None:
    assert sound_heat_pctile(Sentiment(fear_greed=50, liquidation_heat_pctile=given)) == sound
    assert sound_heat_pctile(None) is None


@pytest.mark.parametrize(("day", "minute", "passes"), [(2, 54, True), (2, 55, False), (3, 55, True)])
def test_the_guard_of_a_maintenance_holds_on_its_day_only(day: int, minute: int, passes: bool) -> None:
    status = VenueStatus(is_locked=False, maintenance_at=datetime(2026, 3, day, 9, 30, tzinfo=UTC))
    now = NOW.replace(hour=8, minute=minute)
    asked = replace(market(venue=replace(read(status), observed_at=now)), now=now)

    assert told(asked)["outside_maintenance"].observed is passes


@pytest.mark.parametrize(("field", "code"), [("fx_usd_per_eur", "fx_age"), ("macro", "macro_age")])
@pytest.mark.parametrize(("age_s", "is_old"), [(74 * 3600.0, False), (74 * 3600.0 + 1, True)])
def test_only_an_exchange_rate_older_than_a_weekend_is_warned_about(field: str, code: str, age_s: float, is_old: bool) -> None:
    check = told(market(**{field: read(getattr(CALM.snapshot, field).value, age_s=age_s)}))[code]

    assert (check.observed, check.verdict) == (age_s, WARNED if is_old and code == "fx_age" else PASSED)


FX_JUMP = Check(rule="E02", code="fx_jump", verdict=PASSED, limit=dec("0.03"), relation=AT_MOST, unit=Unit.FRAC)


@pytest.mark.parametrize(
    ("now_rate", "before", "expected"),
    [
        ("1.16", None, FX_JUMP._replace(cause="no_earlier_rate")),
        ("1.16", "0", FX_JUMP._replace(cause="no_earlier_rate")),
        (None, "1.16", FX_JUMP._replace(verdict=UNSEEN, cause="missing")),
        ("1.03", "1", FX_JUMP._replace(observed=dec("0.03"))),
        ("0.97", "1", FX_JUMP._replace(observed=dec("0.03"))),
        ("1.031", "1", FX_JUMP._replace(verdict=FAILED, observed=dec("0.031"))),
        ("0.90", "0.80", FX_JUMP._replace(verdict=FAILED, observed=dec("0.125"))),
    ],
)
def test_a_rate_is_held_against_the_one_before(now_rate: str | None, before: str | None, expected: Check) -> None:
    rates = {"fx_usd_per_eur": now_rate, "fx_before_usd_per_eur": before}
    asked = market(**{field: None if rate is None else read(dec(rate)) for field, rate in rates.items()})

    assert told(asked)["fx_jump"] == expected


def test_a_condor_may_miss_no_optional_input() -> None:
    expected = Check(rule="E02", code="optional_inputs_missing", verdict=PASSED, observed=0, limit=0, relation=AT_MOST, unit=Unit.COUNT)

    assert told(context(calm_snapshot()))["optional_inputs_missing"] == expected


@pytest.mark.parametrize(("perp", "verdict"), [("0.505", PASSED), ("0.506", FAILED)])
def test_any_positive_index_can_be_compared_with_the_perpetual(perp: str, verdict: Verdict) -> None:
    assert told(market(index_usd=read(dec("0.5")), perp_mark_usd=read(dec(perp))))["index_perp_divergence"].verdict is verdict


@pytest.mark.parametrize(("heat", "cause", "verdict"), [(None, "not_given", PASSED), (100.1, "out_of_range", WARNED), (math.nan, "out_of_range", WARNED)])
def test_a_heat_that_cannot_be_true_is_warned_about(heat: float | None, cause: str, verdict: Verdict) -> None:
    asked = market(sentiment=read(Sentiment(fear_greed=50, liquidation_heat_pctile=heat)))

    assert told(asked)["liquidation_heat"] == Check(rule="E11", code="liquidation_heat", verdict=verdict, limit=95.0, relation=BELOW, cause=cause)


@pytest.mark.parametrize("changes", [{"dvol_pts": None}, {"dvol_24h_ago_pts": None}])
def test_a_jump_needs_both_volatilities(changes: dict[str, Any]) -> None:
    assert told(market(**changes))["dvol_jump_24h"].verdict is UNSEEN


@pytest.mark.parametrize(("clock", "inside"), [((7, 24), False), ((7, 25), True), ((8, 9), True), ((8, 10), False)])
def test_a_window_holds_its_first_minute_and_not_its_last(clock: tuple[int, int], inside: bool) -> None:
    assert is_within(NOW.replace(hour=clock[0], minute=clock[1]), ("07:25", "08:10")) is inside
