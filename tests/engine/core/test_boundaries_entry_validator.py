"""Everything the validator itself tells: bias, strikes, credit, liquidity, and the proposal they add up to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.combo_builder import build
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import credit_checks
from engine.core.entry_checks_book import entry_greeks
from engine.core.entry_context import EntryContext
from engine.core.entry_validator import validate_entry
from engine.core.model import Bias, BiasDecision, OptionType, Proposal, Strategy
from tests.engine.core.builders import RULES, calm_snapshot, context, dec, read, snapshot

PASSED, FAILED, UNSEEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED
CALM = context()


def told(asked: EntryContext, rule: str) -> tuple[Check, ...]:
    return tuple(check for check in validate_entry(asked, RULES).checks if check.rule == rule)


def biased(bias: Bias, row: int, strategy: Strategy | None) -> BiasDecision:
    return BiasDecision(bias=bias, row=row, strategy=strategy)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (CALM, Check("E09", "bias", PASSED, "bull", "bull_put", Relation.ONE_OF, subject="bull_put", cause="row_5")),
        (
            replace(CALM, bias=biased(Bias.BEAR, 7, Strategy.BEAR_CALL)),
            Check("E09", "bias", FAILED, "bear", "bear_call", Relation.ONE_OF, subject="bull_put", cause="row_7"),
        ),
        (
            replace(CALM, bias=biased(Bias.NEUTRAL, 10, None)),
            Check("E09", "bias", FAILED, "neutral", None, Relation.ONE_OF, subject="bull_put", cause="row_10"),
        ),
        (
            replace(CALM, bias=biased(Bias.NEUTRAL, 10, None), candidate=None),
            Check("E09", "bias", FAILED, "neutral", None, Relation.ONE_OF, cause="row_10"),
        ),
    ],
)
def test_the_bias_tells_what_it_names_and_what_is_asked(asked: EntryContext, expected: Check) -> None:
    assert told(asked, "E09") == (expected,)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (CALM, Check("E12", "strikes_found", PASSED, True, True, Relation.EQUAL)),
        (replace(CALM, candidate=Refused(checks=())), Check("E12", "strikes_found", FAILED, False, True, Relation.EQUAL)),
        (replace(CALM, candidate=None), Check("E12", "strikes_found", UNSEEN, cause="no_strategy")),
    ],
)
def test_the_strikes_are_found_refused_or_never_searched(asked: EntryContext, expected: Check) -> None:
    assert told(asked, "E12") == (expected,)


def test_the_search_speaks_with_its_own_checks() -> None:
    assert {check for check in validate_entry(CALM, RULES).checks if check.rule in ("S01", "S02", "S03")} == set(CALM.candidate.checks)


CREDIT_CODES = ("credit_min", "credit_over_width", "fees_over_credit", "credit_below_width")


def test_a_credit_is_told_by_its_gates_by_the_search_or_as_missing() -> None:
    spoken = Check("E13", "credit_min", FAILED, dec("0.001"), dec("0.003"), Relation.AT_LEAST, Unit.COIN)

    assert told(CALM, "E13") == credit_checks(CALM.chosen.economics, CALM.chosen.spread.family, RULES.strikes)
    assert told(replace(CALM, candidate=Refused(checks=(spoken,))), "E13") == (spoken,)
    for silent in (None, Refused(checks=()), Refused(checks=(spoken._replace(rule="S05"),))):
        assert told(replace(CALM, candidate=silent), "E13") == tuple(Check("E13", code, UNSEEN, cause="no_candidate") for code in CREDIT_CODES)


def test_liquidity_is_counted_before_its_own_checks() -> None:
    failing = tuple(check._replace(verdict=UNSEEN if check.rule == "L01" else check.verdict) for check in CALM.liquidity)

    assert told(CALM, "E14") == (Check("E14", "liquidity", PASSED, 0, 0, Relation.EQUAL, Unit.COUNT),)
    assert told(replace(CALM, liquidity=failing), "E14") == (Check("E14", "liquidity", FAILED, 2, 0, Relation.EQUAL, Unit.COUNT),)


@pytest.mark.parametrize(("missing", "cause"), [({"candidate": None}, "no_candidate"), ({"sizing": None}, "no_size")])
def test_liquidity_that_did_not_run_says_why(missing: dict[str, None], cause: str) -> None:
    asked = replace(CALM, liquidity=None, **missing)

    assert told(asked, "E14") == (Check("E14", "liquidity", UNSEEN, None, 0, unit=Unit.COUNT, cause=cause),)


@pytest.mark.parametrize("asked", [CALM, context(calm_snapshot())], ids=["vertical", "condor"])
def test_a_proposal_is_made_of_what_the_steps_before_said(asked: EntryContext) -> None:
    outcome = validate_entry(asked, RULES)
    expected = Proposal(
        strategy=asked.strategy,
        bias=asked.bias,
        candidate=asked.chosen,
        sizing=asked.sized,
        combo=build(asked.chosen, asked.sized.quantity_eth, RULES),
        greeks=entry_greeks(asked),
    )

    assert outcome == Approved(value=expected, checks=outcome.checks)


@pytest.mark.parametrize("missing", ["candidate", "sizing"])
def test_a_step_that_never_ran_gives_no_proposal(missing: str) -> None:
    assert isinstance(validate_entry(replace(CALM, **{missing: None}), RULES), Refused)


def test_an_impossible_figure_of_the_market_counts_as_missing() -> None:
    broken = replace(CALM, snapshot=snapshot(index_usd=read(dec("NaN"))))
    check = next(check for check in told(broken, "E02") if check.code == "index_age")

    assert (check.verdict, check.cause) == (UNSEEN, "missing")


# What the steps before said, as the context hands it on


def test_the_context_hands_on_what_was_chosen_and_sized() -> None:
    assert (CALM.chosen, CALM.sized) == (CALM.candidate.value, CALM.sizing.value)
    assert (CALM.strategy, CALM.sides) == (Strategy.BULL_PUT, (OptionType.PUT,))


def test_the_context_of_a_refusal_has_nothing_chosen_and_keeps_the_trade_of_the_bias() -> None:
    refused = replace(CALM, candidate=Refused(checks=()), sizing=Refused(checks=()), bias=biased(Bias.BEAR, 7, Strategy.BEAR_CALL))

    assert (refused.chosen, refused.sized) == (None, None)
    assert (refused.strategy, refused.sides) == (Strategy.BEAR_CALL, (OptionType.CALL,))


def test_the_trade_in_question_is_the_candidates_before_the_bias_tables() -> None:
    turned = replace(CALM, bias=biased(Bias.BEAR, 7, Strategy.BEAR_CALL))
    idle = replace(CALM, candidate=None, bias=biased(Bias.NEUTRAL, 10, None))

    assert turned.strategy is Strategy.BULL_PUT
    assert (idle.strategy, idle.sides) == (None, ())
