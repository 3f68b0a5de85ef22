"""What the shorthands of the rule book stand for."""

from __future__ import annotations

from engine.core.decision import Unit
from engine.core.rule_text import RuleText, Threshold, by_stage, fixed, rule_text, threshold


def test_a_threshold_is_a_name_and_the_key_of_its_default() -> None:
    assert threshold("limit", "entry.dvol_min_pts", Unit.PTS) == Threshold(name="limit", unit=Unit.PTS, key="entry.dvol_min_pts", value=None)
    assert threshold("limit", "sentiment.block").unit is Unit.NONE


def test_a_fixed_figure_is_a_name_and_its_value() -> None:
    assert fixed("bucket", 0.01, Unit.FRAC) == Threshold(name="bucket", unit=Unit.FRAC, key="", value=0.01)
    assert fixed("bucket", 0.01).unit is Unit.NONE


def test_a_rule_keeps_its_figures_in_their_order() -> None:
    low, high = threshold("low", "a.low"), fixed("high", 2)
    expected = RuleText(rule="E05", code="dvol_min", source="1.2", unit=Unit.PTS, thresholds=(low, high))

    assert rule_text("E05", "dvol_min", "1.2", low, high, unit=Unit.PTS) == expected
    assert rule_text("E09", "bias", "1.3") == RuleText(rule="E09", code="bias", source="1.3", unit=Unit.NONE, thresholds=())


def test_a_cap_of_each_stage_is_named_after_it() -> None:
    stages = ("paper", "soft", "full")

    assert by_stage("trade_eur", Unit.EUR) == tuple(Threshold(name=stage, unit=Unit.EUR, key=f"caps.{stage}.trade_eur") for stage in stages)
    assert [cap.unit for cap in by_stage("strategies")] == [Unit.NONE] * 3
