"""A check tells everything it compared, and its verdict turns exactly at the limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.checks import above, at_least, at_most, below, change_pts, is_fresh, not_evaluated
from engine.core.decision import Check, Relation, Unit, Verdict
from tests.engine.core.builders import NOW

RELATIONS: dict[Relation, Callable[..., Check]] = {Relation.AT_LEAST: at_least, Relation.AT_MOST: at_most, Relation.ABOVE: above, Relation.BELOW: below}


@pytest.mark.parametrize(
    ("relation", "low", "at", "high"),
    [
        (Relation.AT_LEAST, Verdict.FAILED, Verdict.PASSED, Verdict.PASSED),
        (Relation.AT_MOST, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED),
        (Relation.ABOVE, Verdict.FAILED, Verdict.FAILED, Verdict.PASSED),
        (Relation.BELOW, Verdict.PASSED, Verdict.FAILED, Verdict.FAILED),
    ],
)
def test_each_relation_turns_exactly_at_its_limit(relation: Relation, low: Verdict, at: Verdict, high: Verdict) -> None:
    verdicts = [RELATIONS[relation]("E05", "dvol", observed=Decimal(observed), limit=Decimal(10)).verdict for observed in ("9.99", "10", "10.01")]

    assert verdicts == [low, at, high]


@pytest.mark.parametrize(("relation", "verdict"), [(each, Verdict.PASSED if each.value[0] == ">" else Verdict.FAILED) for each in RELATIONS])
def test_a_compared_number_stands_in_its_check_with_limit_relation_unit_and_subject(relation: Relation, verdict: Verdict) -> None:
    check = RELATIONS[relation]("E05", "dvol", observed=50.0, limit=35.0, unit=Unit.PTS, subject="put")

    assert check == Check(rule="E05", code="dvol", verdict=verdict, observed=50.0, limit=35.0, relation=relation, unit=Unit.PTS, subject="put")


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("observed", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_a_number_that_is_absent_or_not_finite_leaves_its_limit_in_the_check(relation: Relation, observed: Decimal | float | None) -> None:
    missing = Check(rule="E05", code="dvol", verdict=Verdict.NOT_EVALUATED, limit=35.0, relation=relation, unit=Unit.PTS, subject="put", cause="missing")
    check = RELATIONS[relation]("E05", "dvol", observed=observed, limit=35.0, unit=Unit.PTS, subject="put")

    assert check == missing


def test_a_check_that_was_not_evaluated_keeps_what_it_would_have_compared() -> None:
    check = not_evaluated("E07", "macro", cause="stale", limit=3, relation=Relation.AT_MOST, unit=Unit.DAYS)

    assert check == Check(rule="E07", code="macro", verdict=Verdict.NOT_EVALUATED, limit=3, relation=Relation.AT_MOST, unit=Unit.DAYS, cause="stale")


@pytest.mark.parametrize(("age_s", "fresh"), [(-60.1, False), (-60, True), (60, True), (60.1, False)])
def test_an_instant_is_fresh_up_to_its_limit_on_either_side_of_now(age_s: float, fresh: bool) -> None:
    assert is_fresh(NOW - timedelta(seconds=age_s), NOW, 60.0) is fresh


@pytest.mark.parametrize(("now_pts", "before_pts", "change"), [(70.1, 60.1, 10.0), (60.1, 70.1, -10.0), (60.000000001, 60.0, 1e-9), (60.0000000004, 60.0, 0.0)])
def test_a_change_in_points_is_told_to_nine_decimals(now_pts: float, before_pts: float, change: float) -> None:
    assert change_pts(now_pts, before_pts) == change
