"""A check tells everything it compared, and its verdict turns exactly at the limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.checks import change_pts, compared, is_fresh, not_evaluated
from engine.core.decision import Check, Relation, Unit, Verdict
from tests.engine.core.builders import NOW


@pytest.mark.parametrize(
    ("relation", "below", "at", "above"),
    [
        (Relation.AT_LEAST, Verdict.FAILED, Verdict.PASSED, Verdict.PASSED),
        (Relation.AT_MOST, Verdict.PASSED, Verdict.PASSED, Verdict.FAILED),
        (Relation.ABOVE, Verdict.FAILED, Verdict.FAILED, Verdict.PASSED),
        (Relation.BELOW, Verdict.PASSED, Verdict.FAILED, Verdict.FAILED),
    ],
)
def test_each_relation_turns_exactly_at_its_limit(relation: Relation, below: Verdict, at: Verdict, above: Verdict) -> None:
    verdicts = [compared("E05", "dvol", observed=Decimal(observed), relation=relation, limit=Decimal(10)).verdict for observed in ("9.99", "10", "10.01")]

    assert verdicts == [below, at, above]


def test_a_compared_number_stands_in_its_check_with_limit_relation_and_unit() -> None:
    check = compared("E05", "dvol", observed=50.0, relation=Relation.AT_LEAST, limit=35.0, unit=Unit.PTS)

    assert check == Check(rule="E05", code="dvol", verdict=Verdict.PASSED, observed=50.0, limit=35.0, relation=Relation.AT_LEAST, unit=Unit.PTS)


@pytest.mark.parametrize("observed", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_a_number_that_is_absent_or_not_finite_leaves_its_limit_in_the_check(observed: Decimal | float | None) -> None:
    check = compared("E05", "dvol", observed=observed, relation=Relation.AT_LEAST, limit=35.0, unit=Unit.PTS)

    assert check == Check(rule="E05", code="dvol", verdict=Verdict.NOT_EVALUATED, limit=35.0, relation=Relation.AT_LEAST, unit=Unit.PTS, cause="missing")


def test_a_check_that_was_not_evaluated_keeps_what_it_would_have_compared() -> None:
    check = not_evaluated("E07", "macro", cause="stale", limit=3, relation=Relation.AT_MOST, unit=Unit.DAYS)

    assert check == Check(rule="E07", code="macro", verdict=Verdict.NOT_EVALUATED, limit=3, relation=Relation.AT_MOST, unit=Unit.DAYS, cause="stale")


@pytest.mark.parametrize(("age_s", "fresh"), [(-60.1, False), (-60, True), (60, True), (60.1, False)])
def test_an_instant_is_fresh_up_to_its_limit_on_either_side_of_now(age_s: float, fresh: bool) -> None:
    assert is_fresh(NOW - timedelta(seconds=age_s), NOW, 60.0) is fresh


@pytest.mark.parametrize(("now_pts", "before_pts", "change"), [(70.1, 60.1, 10.0), (60.1, 70.1, -10.0), (60.000000001, 60.0, 1e-9), (60.0000000004, 60.0, 0.0)])
def test_a_change_in_points_is_told_to_nine_decimals(now_pts: float, before_pts: float, change: float) -> None:
    assert change_pts(now_pts, before_pts) == change
