"""E01 to E19: each rule at its edges, all of them always looked at, and what is left when a step before said no."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.entry_context import EntryContext
from engine.core.entry_validator import validate_entry
from engine.core.model import (
    Bias,
    BiasDecision,
    BookState,
    MacroCalendar,
    MacroEvent,
    MarketSnapshot,
    OptionType,
    Proposal,
    Reading,
    Sentiment,
    Severity,
    Stage,
    Strategy,
    VenueStatus,
)
from engine.core.rules import StrategyRules

from .builders import COVERED_UNTIL, EXPIRY_AT, NOW, RULES, WEALTH, book, chain, context, dec, leg_changed, open_trade, read, snapshot

PASSED, FAILED, UNSEEN, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED
CALM = context()
RULE_IDS = {f"E{number:02d}" for number in range(1, 20)}


def market(**changes) -> EntryContext:
    """The calm decision with another market around the same candidate."""
    return replace(CALM, snapshot=snapshot(**changes))


def own(**changes) -> EntryContext:
    return replace(CALM, book=book(**changes))


def checks(asked: EntryContext, rules: StrategyRules = RULES) -> tuple[Check, ...]:
    return validate_entry(asked, rules).checks


def one(asked: EntryContext, rule: str, code: str, rules: StrategyRules = RULES) -> Check:
    found = [check for check in checks(asked, rules) if (check.rule, check.code) == (rule, code)]
    assert len(found) == 1
    return found[0]


def verdict(asked: EntryContext, rule: str, code: str, rules: StrategyRules = RULES) -> Verdict:
    return one(asked, rule, code, rules).verdict


def test_a_calm_rising_market_gives_a_proposal() -> None:
    outcome = validate_entry(CALM, RULES)

    assert isinstance(outcome, Approved)
    assert isinstance(outcome.value, Proposal)
    assert outcome.value.strategy is Strategy.BULL_PUT
    assert outcome.value.sizing.quantity_eth == 2
    assert outcome.value.combo.limit_coin == dec("0.0063")
    assert outcome.value.greeks.delta_eth > 0
    assert not outcome.warnings


def test_a_falling_market_gives_a_bear_call() -> None:
    outcome = validate_entry(context(snapshot(trend_30d_frac=-0.10)), RULES)

    assert isinstance(outcome, Approved)
    assert outcome.value.strategy is Strategy.BEAR_CALL
    assert outcome.value.greeks.delta_eth < 0


def test_every_rule_is_looked_at_in_its_order() -> None:
    ids = [check.rule for check in checks(CALM)]

    assert set(ids) >= RULE_IDS
    assert ids == sorted(ids)


@pytest.mark.parametrize("asked", [market(), context(snapshot(dvol_pts=None)), context(snapshot(chain=None)), context(snapshot(fx_usd_per_eur=None))])
def test_no_refusal_hides_a_rule(asked: EntryContext) -> None:
    assert set({check.rule for check in checks(asked)}) >= RULE_IDS


def test_several_reasons_are_all_told() -> None:
    outcome = validate_entry(replace(CALM, snapshot=snapshot(return_24h_frac=0.2, clock_skew_s=9.0), book=book(is_killed=True)), RULES)

    assert isinstance(outcome, Refused)
    assert [(check.rule, check.code) for check in outcome.reasons] == [("E01", "kill_switch_off"), ("E02", "clock_skew"), ("E07", "return_24h")]


# E01


@pytest.mark.parametrize(("changes", "code"), [({"is_killed": True}, "kill_switch_off"), ({"is_on_hold": True}, "not_on_hold")])
def test_a_switch_that_is_thrown_refuses(changes, code: str) -> None:
    assert verdict(own(**changes), "E01", code) is FAILED


@pytest.mark.parametrize(
    ("stage", "trend", "allowed"), [(Stage.SOFT, 0.1, PASSED), (Stage.SOFT, -0.1, FAILED), (Stage.FULL, -0.1, PASSED), (Stage.PAPER, -0.1, PASSED)]
)
def test_the_first_live_stage_sells_puts_only(stage: Stage, trend: float, allowed: Verdict) -> None:
    assert verdict(context(snapshot(trend_30d_frac=trend), stage=stage), "E01", "stage_allows_strategy") is allowed


# E02


@pytest.mark.parametrize(
    ("field", "code", "limit_s"),
    [
        ("index_usd", "index_age", 60),
        ("dvol_pts", "dvol_age", 900),
        ("fx_usd_per_eur", "fx_age", 345600),
        ("macro", "macro_age", 604800),
        ("wealth", "portfolio_age", 93600),
    ],
)
def test_each_input_has_its_age(field: str, code: str, limit_s: int) -> None:
    value = getattr(CALM.snapshot, field).value

    assert verdict(market(**{field: read(value, age_s=limit_s / 2)}), "E02", code) is PASSED
    assert verdict(market(**{field: read(value, age_s=limit_s)}), "E02", code) is (WARNED if code == "fx_age" else PASSED)
    assert verdict(market(**{field: read(value, age_s=limit_s + 1)}), "E02", code) is FAILED
    assert verdict(market(**{field: read(value, age_s=-limit_s - 1)}), "E02", code) is FAILED
    assert verdict(market(**{field: None}), "E02", code) is UNSEEN


@pytest.mark.parametrize(("age_s", "expected"), [(119, PASSED), (120, PASSED), (121, FAILED)])
def test_the_chain_has_its_age(age_s: int, expected: Verdict) -> None:
    assert verdict(market(chain=chain(taken_at=NOW - timedelta(seconds=age_s))), "E02", "chain_age") is expected
    assert verdict(market(chain=None), "E02", "chain_age") is UNSEEN


@pytest.mark.parametrize(("age_h", "expected"), [(9.9, PASSED), (10, PASSED), (10.1, FAILED)])
def test_a_recorded_chain_is_carried_for_ten_hours(age_h: float, expected: Verdict) -> None:
    assert verdict(market(chain=chain(recorded_at=NOW - timedelta(hours=age_h))), "E02", "recorded_chain_age") is expected


@pytest.mark.parametrize(
    ("fx", "low", "high"), [("0.79", FAILED, PASSED), ("0.8", PASSED, PASSED), ("1.6", PASSED, PASSED), ("1.61", PASSED, FAILED), ("NaN", UNSEEN, UNSEEN)]
)
def test_an_impossible_exchange_rate_is_bad_data(fx: str, low: Verdict, high: Verdict) -> None:
    asked = market(fx_usd_per_eur=read(dec(fx))) if fx != "NaN" else market(fx_usd_per_eur=None)

    assert (verdict(asked, "E02", "fx_min"), verdict(asked, "E02", "fx_max")) == (low, high)


@pytest.mark.parametrize(("perp", "expected"), [("1979.9", FAILED), ("1980", PASSED), ("2020", PASSED), ("2020.1", FAILED)])
def test_index_and_perpetual_must_agree_within_one_percent(perp: str, expected: Verdict) -> None:
    assert verdict(market(perp_mark_usd=read(dec(perp))), "E02", "index_perp_divergence") is expected


@pytest.mark.parametrize("changes", [{"perp_mark_usd": None}, {"index_usd": None}, {"index_usd": read(dec(0))}, {"perp_mark_usd": read(dec(2000), age_s=61)}])
def test_divergence_is_not_evaluated_without_both_prices(changes) -> None:
    assert verdict(market(**changes), "E02", "index_perp_divergence") is UNSEEN


@pytest.mark.parametrize(("skew", "expected"), [(1.9, PASSED), (2.0, PASSED), (2.1, FAILED), (-2.1, FAILED), (None, UNSEEN), (math.nan, UNSEEN)])
def test_clocks_must_agree_within_two_seconds(skew: float | None, expected: Verdict) -> None:
    assert verdict(market(clock_skew_s=skew), "E02", "clock_skew") is expected


NO_FUNDING, NO_SENTIMENT = {"funding_apr_frac": None}, {"sentiment": None}


@pytest.mark.parametrize(
    ("stage", "changes", "expected", "cause"),
    [
        (Stage.PAPER, {}, PASSED, ""),
        (Stage.PAPER, NO_FUNDING, WARNED, "funding"),
        (Stage.PAPER, NO_FUNDING | NO_SENTIMENT, WARNED, "funding,sentiment"),
        (Stage.SOFT, NO_FUNDING, WARNED, "funding"),
        (Stage.SOFT, NO_FUNDING | NO_SENTIMENT, FAILED, "funding,sentiment"),
        (Stage.FULL, NO_FUNDING | NO_SENTIMENT, WARNED, "funding,sentiment"),
        (Stage.SOFT, {"funding_apr_frac": read(0.1, age_s=5401), "sentiment": read(Sentiment(fear_greed=101))}, FAILED, "funding,sentiment"),
    ],
)
def test_two_missing_optional_inputs_stop_the_first_live_stage(stage: Stage, changes, expected: Verdict, cause: str) -> None:
    check = one(replace(market(**changes), stage=stage), "E02", "optional_inputs_missing")

    assert (check.verdict, check.cause) == (expected, cause)


def test_a_missing_skew_is_warned_about() -> None:
    outcome = validate_entry(replace(CALM, rr25_pts=None), RULES)

    assert isinstance(outcome, Approved)
    assert [check.cause for check in outcome.warnings] == ["skew"]


# E03


@pytest.mark.parametrize(("status", "expected"), [(VenueStatus(is_locked=False), PASSED), (VenueStatus(is_locked=True), FAILED), (None, UNSEEN)])
def test_a_locked_venue_refuses(status: VenueStatus | None, expected: Verdict) -> None:
    assert verdict(market(venue=None if status is None else read(status)), "E03", "venue_open") is expected


@pytest.mark.parametrize("leg", ["short", "long"])
def test_both_books_must_be_open(leg: str) -> None:
    closed = replace(CALM.chosen, spread=leg_changed(CALM.chosen.spread, leg, state=BookState.HALTED))
    check = one(replace(CALM, candidate=Approved(value=closed)), "E03", "books_open")

    assert (check.verdict, check.observed, check.subject) == (FAILED, "halted", getattr(closed.spread.verticals[0], leg).instrument.name)


@pytest.mark.parametrize(("clock", "expected"), [("07:24", PASSED), ("07:25", FAILED), ("08:09", FAILED), ("08:10", PASSED)])
def test_nothing_is_opened_around_the_daily_settlement(clock: str, expected: Verdict) -> None:
    hour, minute = (int(part) for part in clock.split(":"))

    assert verdict(replace(CALM, now=NOW.replace(hour=hour, minute=minute)), "E03", "outside_settlement") is expected


@pytest.mark.parametrize(
    ("clock", "maintenance", "expected"),
    [
        ("09:00", None, PASSED),
        ("08:54", (2, 9, 15), PASSED),
        ("08:55", (2, 9, 15), FAILED),
        ("09:44", (2, 9, 15), FAILED),
        ("09:45", (2, 9, 15), PASSED),
        ("09:00", (3, 9, 15), PASSED),
        ("13:44", (2, 14, 0), PASSED),
        ("13:45", (2, 14, 0), FAILED),
        ("14:15", (2, 14, 0), FAILED),
        ("14:16", (2, 14, 0), PASSED),
    ],
)
def test_nothing_is_opened_around_an_announced_maintenance(clock: str, maintenance, expected: Verdict) -> None:
    hour, minute = (int(part) for part in clock.split(":"))
    at = None if maintenance is None else datetime(2026, 3, maintenance[0], maintenance[1], maintenance[2], tzinfo=UTC)
    now = NOW.replace(hour=hour, minute=minute)
    status = Reading(value=VenueStatus(is_locked=False, maintenance_at=at), observed_at=now)
    asked = replace(market(venue=status), now=now)

    assert verdict(asked, "E03", "outside_maintenance") is expected
    assert verdict(market(venue=None), "E03", "outside_maintenance") is UNSEEN


# E04


def event(name: str, hours: float, severity: Severity = Severity.LOW) -> MacroEvent:
    return MacroEvent(name=name, severity=severity, at=NOW + timedelta(hours=hours), source="official")


def calendar(*events: MacroEvent, covered=COVERED_UNTIL) -> MarketSnapshot:
    return snapshot(macro=read(MacroCalendar(events=events, covered_until=covered)))


def macro(mode: str) -> StrategyRules:
    return replace(RULES, entry=replace(RULES.entry, macro=replace(RULES.entry.macro, mode=mode)))


@pytest.mark.parametrize(
    ("name", "hours", "severity", "code", "expected"),
    [
        ("FOMC", 71.9, Severity.LOW, "macro_high", FAILED),
        ("FOMC", 72, Severity.LOW, "macro_high", FAILED),
        ("CPI", 72.1, Severity.LOW, "macro_high", PASSED),
        ("CPI", 0, Severity.LOW, "macro_high", FAILED),
        ("CPI", -0.1, Severity.LOW, "macro_high", PASSED),
        ("EMERGENCY_CUT", 10, Severity.HIGH, "macro_high", FAILED),
        ("ECB", 23.9, Severity.LOW, "macro_medium", FAILED),
        ("ECB", 24, Severity.HIGH, "macro_medium", FAILED),
        ("NFP", 24.1, Severity.LOW, "macro_medium", PASSED),
        ("PPI", 1, Severity.HIGH, "macro_high", PASSED),
        ("PPI", 1, Severity.HIGH, "macro_medium", PASSED),
    ],
)
def test_no_release_may_be_too_close(*, name: str, hours: float, severity: Severity, code: str, expected: Verdict) -> None:
    assert verdict(replace(CALM, snapshot=calendar(event(name, hours, severity))), "E04", code) is expected


def test_the_nearest_release_is_named() -> None:
    check = one(replace(CALM, snapshot=calendar(event("FOMC", 60), event("CPI", 40), event("CPI", -5))), "E04", "macro_high")

    assert (check.subject, check.observed, check.limit, check.cause) == ("CPI", 40.0, 72.0, "official")


@pytest.mark.parametrize(("hours", "expected"), [(-1, PASSED), (0, FAILED), (200, FAILED), (426, FAILED), (426.1, PASSED)])
def test_strict_mode_forbids_every_release_before_the_expiry(hours: float, expected: Verdict) -> None:
    """The expiry lies 426 hours ahead."""
    for name in ("ECB", "FOMC"):
        assert (
            verdict(replace(CALM, snapshot=calendar(event(name, hours), event("PPI", 5))), "E04", "macro_before_expiry", macro("strict_before_expiry"))
            is expected
        )


def test_strict_mode_needs_a_candidate() -> None:
    check = one(replace(CALM, candidate=None, snapshot=calendar()), "E04", "macro_before_expiry", macro("strict_before_expiry"))

    assert (check.verdict, check.cause) == (UNSEEN, "no_candidate")


def test_with_the_filter_off_nothing_is_asked() -> None:
    assert [check.code for check in checks(replace(CALM, snapshot=calendar(event("FOMC", 1))), macro("off")) if check.rule == "E04"] == ["macro_off"]


@pytest.mark.parametrize(("mode", "codes"), [("window", ["macro_high", "macro_medium"]), ("strict_before_expiry", ["macro_before_expiry"])])
@pytest.mark.parametrize("changes", [{"macro": None}, {"macro": read(MacroCalendar(events=(), covered_until={}))}])
def test_an_empty_calendar_is_missing_not_quiet(mode: str, codes: list[str], changes) -> None:
    asked = market(**changes)

    assert [(check.code, check.verdict) for check in checks(asked, macro(mode)) if check.rule == "E04"] == [(code, UNSEEN) for code in codes]
    assert verdict(asked, "E02", "macro_coverage") is UNSEEN


def at_day(day: int, *, hour: int = 14) -> EntryContext:
    """The calm decision moved to a day of March, its snapshot with it; the expiry stays on the 20th."""
    now = datetime(2026, 3, day, hour, tzinfo=UTC)
    return replace(CALM, now=now)


def uncovered(name: str, until: date | None, *, asked: EntryContext) -> EntryContext:
    covered = {key: value for key, value in COVERED_UNTIL.items() if key != name} | ({} if until is None else {name: until})
    return replace(asked, snapshot=replace(asked.snapshot, macro=replace(read(MacroCalendar(events=(), covered_until=covered)), observed_at=asked.now)))


@pytest.mark.parametrize(
    ("day", "hour", "until", "expected"),
    [
        (6, 23, None, PASSED),
        (7, 0, None, FAILED),
        (10, 14, None, FAILED),
        (15, 14, None, FAILED),
        (16, 0, None, PASSED),
        (10, 14, date(2026, 3, 11), FAILED),
        (10, 14, date(2026, 3, 14), PASSED),
        (12, 14, date(2026, 3, 14), FAILED),
        (10, 14, date(2026, 3, 19), PASSED),
        (10, 14, date(2026, 3, 20), PASSED),
    ],
)
def test_an_unannounced_cpi_blocks_on_each_day_it_may_fall(day: int, hour: int, until: date | None, expected: Verdict) -> None:
    """Its usual days are the 10th to the 15th, and the look-ahead is three days."""
    asked = uncovered("CPI", until, asked=at_day(day, hour=hour))
    warned = [check.subject for check in checks(asked) if check.code == "macro_uncovered"]

    assert verdict(asked, "E04", "macro_high") is expected
    assert warned == ([] if until == date(2026, 3, 20) else ["CPI"])


@pytest.mark.parametrize(("day", "hour", "expected"), [(4, 23, PASSED), (5, 0, FAILED), (6, 14, FAILED), (7, 0, PASSED)])
def test_an_unannounced_payroll_blocks_around_the_first_friday(day: int, hour: int, expected: Verdict) -> None:
    assert verdict(uncovered("NFP", None, asked=at_day(day, hour=hour)), "E04", "macro_medium") is expected


@pytest.mark.parametrize("name", ["ECB", "FOMC"])
def test_a_type_without_usual_days_is_only_warned_about(name: str) -> None:
    asked = uncovered(name, NOW.date(), asked=CALM)
    outcome = validate_entry(asked, RULES)

    assert isinstance(outcome, Approved)
    assert [(check.code, check.subject, check.observed) for check in outcome.warnings] == [("macro_uncovered", name, datetime(2026, 3, 2, tzinfo=UTC))]


def test_strict_mode_counts_the_usual_days_too() -> None:
    check = one(uncovered("CPI", None, asked=CALM), "E04", "macro_before_expiry", macro("strict_before_expiry"))

    assert (check.verdict, check.subject, check.observed, check.cause) == (FAILED, "CPI", datetime(2026, 3, 10, tzinfo=UTC), "usual_day")


# E05 to E08


@pytest.mark.parametrize(
    ("changes", "rule", "code", "expected"),
    [
        ({"dvol_pts": read(34.9)}, "E05", "dvol_min", FAILED),
        ({"dvol_pts": read(35.0)}, "E05", "dvol_min", PASSED),
        ({"dvol_pts": read(90.0)}, "E05", "dvol_max", PASSED),
        ({"dvol_pts": read(90.1)}, "E05", "dvol_max", FAILED),
        ({"dvol_pts": None}, "E05", "dvol_min", UNSEEN),
        ({"dvol_pts": read(math.nan)}, "E05", "dvol_max", UNSEEN),
        ({"dvol_24h_ago_pts": 54.0}, "E06", "dvol_jump_24h", PASSED),
        ({"dvol_24h_ago_pts": 53.9}, "E06", "dvol_jump_24h", FAILED),
        ({"dvol_24h_ago_pts": 99.0}, "E06", "dvol_jump_24h", PASSED),
        ({"dvol_24h_ago_pts": None}, "E06", "dvol_jump_24h", UNSEEN),
        ({"return_24h_frac": 0.08}, "E07", "return_24h", PASSED),
        ({"return_24h_frac": -0.0801}, "E07", "return_24h", FAILED),
        ({"return_24h_frac": None}, "E07", "return_24h", UNSEEN),
        ({"return_4h_frac": -0.04}, "E07", "return_4h", PASSED),
        ({"return_4h_frac": 0.0401}, "E07", "return_4h", FAILED),
        ({"return_4h_frac": None}, "E07", "return_4h", UNSEEN),
        ({"rv30_pts": 200.0}, "E08", "volatility_premium", PASSED),
        ({"rv30_pts": None}, "E08", "volatility_premium", PASSED),
    ],
)
def test_volatility_and_moves_are_held_against_their_limits(changes, rule: str, code: str, expected: Verdict) -> None:
    assert verdict(market(**changes), rule, code) is expected


@pytest.mark.parametrize(("rv30", "expected"), [(57.0, PASSED), (57.1, FAILED), (None, UNSEEN)])
def test_the_volatility_premium_gates_only_where_it_has_a_minimum(rv30: float | None, expected: Verdict) -> None:
    gating = replace(RULES, entry=replace(RULES.entry, vrp_min_pts=5.0))

    assert verdict(market(rv30_pts=rv30), "E08", "volatility_premium", gating) is expected


# E09


@pytest.mark.parametrize(
    ("bias", "expected"),
    [
        (BiasDecision(bias=Bias.BULL, row=5, strategy=Strategy.BULL_PUT), PASSED),
        (BiasDecision(bias=Bias.BEAR, row=7, strategy=Strategy.BEAR_CALL), FAILED),
        (BiasDecision(bias=Bias.NEUTRAL, row=9, strategy=None), FAILED),
        (BiasDecision(bias=Bias.NO_ENTRY, row=10, strategy=None), FAILED),
    ],
)
def test_the_bias_must_name_this_trade(bias: BiasDecision, expected: Verdict) -> None:
    check = one(replace(CALM, bias=bias), "E09", "bias")

    assert (check.verdict, check.observed, check.cause) == (expected, bias.bias.value, f"row_{bias.row}")


# E10, E11


def bear(**changes) -> EntryContext:
    falling = context(snapshot(trend_30d_frac=-0.10))
    return replace(falling, snapshot=snapshot(**changes))


@pytest.mark.parametrize(
    ("asked", "rule", "code", "expected"),
    [
        (market(funding_apr_frac=read(0.40)), "E10", "funding", PASSED),
        (market(funding_apr_frac=read(0.401)), "E10", "funding", FAILED),
        (market(funding_apr_frac=read(-0.9)), "E10", "funding", PASSED),
        (market(funding_apr_frac=None), "E10", "funding", WARNED),
        (bear(funding_apr_frac=read(-0.15)), "E10", "funding", PASSED),
        (bear(funding_apr_frac=read(-0.151)), "E10", "funding", FAILED),
        (bear(funding_apr_frac=read(0.9)), "E10", "funding", PASSED),
        (market(sentiment=read(Sentiment(fear_greed=90))), "E11", "fear_greed", PASSED),
        (market(sentiment=read(Sentiment(fear_greed=91))), "E11", "fear_greed", FAILED),
        (market(sentiment=read(Sentiment(fear_greed=0))), "E11", "fear_greed", PASSED),
        (market(sentiment=read(Sentiment(fear_greed=101))), "E11", "fear_greed", WARNED),
        (market(sentiment=read(Sentiment(fear_greed=-1))), "E11", "fear_greed", WARNED),
        (market(sentiment=read(Sentiment(fear_greed=None))), "E11", "fear_greed", WARNED),
        (market(sentiment=read(Sentiment(fear_greed=95), age_s=93601)), "E11", "fear_greed", WARNED),
        (bear(sentiment=read(Sentiment(fear_greed=10))), "E11", "fear_greed", PASSED),
        (bear(sentiment=read(Sentiment(fear_greed=9))), "E11", "fear_greed", FAILED),
        (market(sentiment=read(Sentiment(fear_greed=50, liquidation_heat_pctile=94.9))), "E11", "liquidation_heat", PASSED),
        (market(sentiment=read(Sentiment(fear_greed=50, liquidation_heat_pctile=95.0))), "E11", "liquidation_heat", FAILED),
        (market(sentiment=read(Sentiment(fear_greed=50))), "E11", "liquidation_heat", PASSED),
    ],
)
def test_crowding_and_extremes_veto_their_side(asked: EntryContext, rule: str, code: str, expected: Verdict) -> None:
    assert verdict(asked, rule, code) is expected


# E12 to E14 and what depends on them

DEPENDENT = {
    ("E03", "books_open"),
    ("E13", "credit_min"),
    ("E13", "credit_over_width"),
    ("E13", "fees_over_credit"),
    ("E13", "credit_below_width"),
    ("E14", "liquidity"),
    ("E15", "maintenance_usage"),
    ("E15", "initial_margin"),
    ("E15", "maintenance_after_fall"),
    ("E16", "sized"),
    ("E16", "trade_cap"),
    ("E16", "total_cap"),
    ("E17", "same_expiry_and_side"),
    ("E18", "eth_share"),
    ("E18", "net_delta"),
    ("E18", "short_vega"),
    ("E18", "short_gamma"),
}


def test_without_strikes_the_dependent_rules_say_so() -> None:
    empty = context(snapshot(chain=chain(quotes=())))
    outcome = validate_entry(empty, RULES)

    assert isinstance(outcome, Refused)
    assert verdict(empty, "E12", "strikes_found") is FAILED
    assert one(empty, "S01", "no_expiry").verdict is FAILED
    assert {(check.rule, check.code) for check in outcome.reasons if check.cause == "no_candidate"} == DEPENDENT


def test_without_a_side_the_rules_of_a_side_say_so() -> None:
    calm = context(snapshot(trend_30d_frac=0.0, funding_apr_frac=read(0.30)))
    silent = {(check.rule, check.code) for check in checks(calm) if check.cause == "no_strategy"}

    assert calm.bias.strategy is None
    assert silent == {("E01", "stage_allows_strategy"), ("E10", "funding"), ("E11", "fear_greed"), ("E12", "strikes_found"), ("E17", "cooldown_after_stop")}


def test_without_a_size_the_rules_of_a_size_say_so() -> None:
    tiny = context(snapshot(wealth=read(replace(WEALTH, available_funds_eth=dec("0.1")))))
    outcome = validate_entry(tiny, RULES)

    assert [(check.rule, check.code) for check in outcome.reasons if check.verdict is FAILED] == [("E16", "size_zero")]
    assert {check.rule for check in outcome.reasons if check.cause == "no_size"} == {"E14", "E15", "E16", "E18"}


def test_a_candidate_never_sized_is_refused() -> None:
    outcome = validate_entry(replace(CALM, sizing=None), RULES)

    assert {(check.rule, check.code) for check in outcome.reasons if check.rule == "E16"} == {("E16", "sized"), ("E16", "trade_cap"), ("E16", "total_cap")}


def test_one_blocking_liquidity_check_blocks_the_rule() -> None:
    thin = replace(CALM, liquidity=(*CALM.liquidity[:-1], CALM.liquidity[-1]._replace(verdict=FAILED)))

    assert (one(thin, "E14", "liquidity").verdict, one(thin, "E14", "liquidity").observed) == (FAILED, 1)
    assert verdict(thin, "L09", "expected_slippage") is FAILED


def test_a_credit_below_its_gates_is_refused() -> None:
    figures = CALM.chosen.economics
    side = replace(figures.sides[0], credit_mid_coin=dec("0.0029"), credit_over_width_frac=dec("0.049"))
    poor = replace(CALM.chosen, economics=replace(figures, sides=(side,)))
    outcome = validate_entry(replace(CALM, candidate=Approved(value=poor)), RULES)

    assert [check.code for check in outcome.reasons] == ["credit_min", "credit_over_width", "fees_over_credit"]


# E15


def wealthy(**changes) -> EntryContext:
    return market(wealth=read(replace(WEALTH, **changes)))


@pytest.mark.parametrize(
    ("asked", "code", "expected"),
    [
        # Two ETH need 0.170236 of maintenance and 0.220236 of initial margin.
        (wealthy(available_funds_eth=dec("0.340472")), "maintenance_usage", FAILED),
        (wealthy(available_funds_eth=dec("0.340473")), "maintenance_usage", PASSED),
        (wealthy(maintenance_margin_eth=dec("1.83")), "maintenance_usage", FAILED),
        (wealthy(maintenance_margin_eth=dec("1.82")), "maintenance_usage", PASSED),
        (wealthy(available_funds_eth=dec("0.440471")), "initial_margin", FAILED),
        (wealthy(available_funds_eth=dec("0.440472")), "initial_margin", PASSED),
        # After a fall of 30 % the short puts are worth 350/1400 each: 2 * 0.325 of maintenance.
        (wealthy(available_funds_eth=dec("0.9285")), "maintenance_after_fall", FAILED),
        (wealthy(available_funds_eth=dec("0.9286")), "maintenance_after_fall", PASSED),
        (wealthy(available_funds_eth=dec(0)), "maintenance_usage", UNSEEN),
        (market(wealth=None), "initial_margin", UNSEEN),
        (market(index_usd=None), "initial_margin", UNSEEN),
    ],
)
def test_margin_after_the_trade_stays_within_half(asked: EntryContext, code: str, expected: Verdict) -> None:
    assert verdict(asked, "E15", code) is expected


def test_open_trades_use_their_margin_first() -> None:
    busy = own(open_trades=(open_trade(initial_margin_eth=dec("3.6"), maintenance_margin_eth=dec("1.83")),))

    assert verdict(busy, "E15", "maintenance_usage") is FAILED
    assert one(busy, "E15", "initial_margin").limit == dec("0.2")


# E16


@pytest.mark.parametrize(("engaged", "expected"), [("823.4", PASSED), ("823.5", FAILED)])
def test_engagement_stays_below_the_total_cap(engaged: str, expected: Verdict) -> None:
    """The two ETH may lose 176.55 EUR."""
    assert verdict(own(open_trades=(open_trade(max_loss_eur=dec(engaged), is_pending=True),)), "E16", "total_cap") is expected


@pytest.mark.parametrize(("loss", "expected"), [("200", PASSED), ("200.01", FAILED)])
def test_one_trade_stays_below_its_cap(loss: str, expected: Verdict) -> None:
    asked = replace(CALM, sizing=Approved(value=replace(CALM.sized, max_loss_eur=dec(loss))))

    assert verdict(asked, "E16", "trade_cap") is expected


# E17


@pytest.mark.parametrize(("stage", "twins", "expected"), [(Stage.PAPER, 2, PASSED), (Stage.PAPER, 3, FAILED), (Stage.SOFT, 0, PASSED), (Stage.SOFT, 1, FAILED)])
def test_trades_of_the_same_expiry_and_side_are_counted(stage: Stage, twins: int, expected: Verdict) -> None:
    others = (open_trade(), open_trade(expiry_at=EXPIRY_AT, sides=(OptionType.CALL,)))
    asked = replace(own(open_trades=(*others, *(open_trade(expiry_at=EXPIRY_AT, is_pending=True) for _ in range(twins)))), stage=stage)

    assert verdict(asked, "E17", "same_expiry_and_side") is expected


@pytest.mark.parametrize(
    ("stage", "opened", "pending", "expected"),
    [
        (Stage.PAPER, 2, 0, PASSED),
        (Stage.PAPER, 3, 0, FAILED),
        (Stage.PAPER, 2, 1, FAILED),
        (Stage.SOFT, 0, 0, PASSED),
        (Stage.SOFT, 1, 0, FAILED),
        (Stage.FULL, 0, 1, FAILED),
    ],
)
def test_new_trades_of_the_week_are_counted_with_those_waiting(stage: Stage, opened: int, pending: int, expected: Verdict) -> None:
    asked = replace(own(opened_this_week=opened, open_trades=(open_trade(),) + (open_trade(is_pending=True),) * pending), stage=stage)

    assert verdict(asked, "E17", "new_this_week") is expected


@pytest.mark.parametrize(("count", "expected"), [(4, PASSED), (5, FAILED)])
def test_at_most_five_trades_are_open(count: int, expected: Verdict) -> None:
    assert verdict(own(open_trades=(open_trade(),) * count), "E17", "open_positions") is expected


@pytest.mark.parametrize(
    ("side", "days", "expected"),
    [(OptionType.PUT, 6.9, FAILED), (OptionType.PUT, 7.0, PASSED), (OptionType.PUT, 7.1, PASSED), (OptionType.CALL, 1.0, PASSED)],
)
def test_a_stopped_side_rests_for_a_week(side: OptionType, days: float, expected: Verdict) -> None:
    stops = ((OptionType.PUT, NOW - timedelta(days=30)), (side, NOW - timedelta(days=days)))

    assert verdict(own(last_stop_at=stops), "E17", "cooldown_after_stop") is expected


# E18


def test_the_credit_counts_towards_the_share_of_eth() -> None:
    """Two ETH bring 0.0125 ETH, 21.55 EUR."""
    check = one(CALM, "E18", "eth_share")
    credit_eur = dec("0.0125") * 2000 / dec("1.16")

    assert check.observed == (dec(4000) + credit_eur) / (dec(20000) + credit_eur)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (wealthy(eth_share_frac=dec("0.299")), PASSED),
        (wealthy(eth_share_frac=dec("0.2999")), FAILED),
        (wealthy(wealth_eur=dec(0)), UNSEEN),
        (market(wealth=None), UNSEEN),
        (market(fx_usd_per_eur=None), UNSEEN),
        (market(fx_usd_per_eur=read(dec(0))), UNSEEN),
        (market(index_usd=None), UNSEEN),
    ],
)
def test_the_share_of_eth_stays_below_thirty_percent(asked: EntryContext, expected: Verdict) -> None:
    assert verdict(asked, "E18", "eth_share") is expected


NEW = validate_entry(CALM, RULES).value.greeks


@pytest.mark.parametrize(
    ("field", "code", "others", "expected"),
    [
        ("net_delta_eth", "net_delta", 0.999 - NEW.delta_eth, PASSED),
        ("net_delta_eth", "net_delta", 1.001 - NEW.delta_eth, FAILED),
        ("net_delta_eth", "net_delta", -1.001 - NEW.delta_eth, FAILED),
        ("vega_usd_per_pt", "short_vega", -9.99 - NEW.vega_usd_per_pt, PASSED),
        ("vega_usd_per_pt", "short_vega", -10.01 - NEW.vega_usd_per_pt, FAILED),
        ("vega_usd_per_pt", "short_vega", 50.0, PASSED),
        ("gamma_usd_per_1pct", "short_gamma", -299.9 - NEW.gamma_usd_per_1pct, PASSED),
        ("gamma_usd_per_1pct", "short_gamma", -300.1 - NEW.gamma_usd_per_1pct, FAILED),
    ],
)
def test_net_greeks_after_the_trade_stay_within_limits(field: str, code: str, others: float, expected: Verdict) -> None:
    flat = open_trade(net_delta_eth=0.0, vega_usd_per_pt=0.0, gamma_usd_per_1pct=0.0)

    assert verdict(own(open_trades=(replace(flat, **{field: others}),)), "E18", code) is expected


def test_partial_greeks_fail_their_gates() -> None:
    blind = replace(CALM.chosen, spread=leg_changed(CALM.chosen.spread, "long", greeks=None))
    check = one(replace(CALM, candidate=Approved(value=blind)), "E18", "net_delta")

    assert (check.verdict, check.cause) == (UNSEEN, "greeks_missing")


# E19


@pytest.mark.parametrize(
    ("changes", "code", "expected"),
    [
        ({"consecutive_losses": 3}, "consecutive_losses", PASSED),
        ({"consecutive_losses": 4}, "consecutive_losses", FAILED),
        ({"month_pnl_eur": dec("-399.99")}, "month_loss", PASSED),
        ({"month_pnl_eur": dec(-400)}, "month_loss", FAILED),
        ({"month_pnl_eur": dec(900)}, "month_loss", PASSED),
        ({"drawdown_eur": dec("599.99")}, "drawdown", PASSED),
        ({"drawdown_eur": dec(600)}, "drawdown", FAILED),
        ({"drawdown_eur": dec(-600)}, "drawdown", FAILED),
    ],
)
def test_bad_runs_pause_new_trades(changes, code: str, expected: Verdict) -> None:
    assert verdict(own(**changes), "E19", code) is expected


# Properties

FIELDS = (
    "index_usd",
    "dvol_pts",
    "dvol_24h_ago_pts",
    "return_24h_frac",
    "return_4h_frac",
    "perp_mark_usd",
    "fx_usd_per_eur",
    "macro",
    "wealth",
    "venue",
    "clock_skew_s",
    "chain",
)


@pytest.mark.parametrize("field", FIELDS)
def test_no_mandatory_input_can_be_missing(field: str) -> None:
    outcome = validate_entry(market(**{field: None}), RULES)

    assert isinstance(outcome, Refused)
    assert any(check.verdict is UNSEEN for check in outcome.reasons)


@given(st.sets(st.sampled_from([*FIELDS, "funding_apr_frac", "sentiment", "trend_30d_frac", "rv10_pts", "rv30_pts", "return_7d_frac"])))
def test_any_set_of_missing_inputs_gives_a_whole_answer(missing: set[str]) -> None:
    outcome = validate_entry(context(snapshot(**dict.fromkeys(missing))), RULES)

    assert {check.rule for check in outcome.checks} >= RULE_IDS
    assert isinstance(outcome, Refused) or not missing & set(FIELDS)


@given(
    dvol=st.floats(20, 110),
    day=st.floats(-0.12, 0.12),
    mood=st.integers(0, 100),
    losses=st.integers(0, 6),
    stage=st.sampled_from(Stage),
    factor=st.floats(0.3, 1.0),
)
def test_tighter_rules_never_admit_a_refused_trade(*, dvol: float, day: float, mood: int, losses: int, stage: Stage, factor: float) -> None:
    asked = replace(
        CALM,
        snapshot=snapshot(dvol_pts=read(dvol), dvol_24h_ago_pts=dvol, return_24h_frac=day, sentiment=read(Sentiment(fear_greed=mood))),
        book=book(consecutive_losses=losses),
        stage=stage,
    )
    entry = RULES.entry
    tight = replace(
        RULES,
        entry=replace(
            entry,
            dvol_min_pts=entry.dvol_min_pts / factor,
            dvol_max_pts=entry.dvol_max_pts * factor,
            abs_return_24h_max_frac=entry.abs_return_24h_max_frac * factor,
            pause_after_consecutive_losses=2,
            sentiment=replace(entry.sentiment, bull_put_block_above=60),
        ),
    )
    if isinstance(validate_entry(asked, RULES), Refused):
        assert isinstance(validate_entry(asked, tight), Refused)
