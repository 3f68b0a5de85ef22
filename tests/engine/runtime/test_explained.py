"""The written rules carry the figures this engine runs with, in the shape a check would show them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.config import default_rules
from engine.core.decision import Unit, Value
from engine.core.rule_book import RULE_BOOK
from engine.runtime.explained import rule_views

RULES = default_rules()


def figure(rule: str, code: str, name: str, rules=RULES) -> tuple[Value, Unit]:
    found = [each for view in rule_views(rules) if (view.rule, view.code) == (rule, code) for each in view.figures if each.name == name]
    assert len(found) == 1
    return found[0].value, found[0].unit


def test_every_rule_is_told_in_the_order_of_the_book() -> None:
    assert [(view.rule, view.code, view.source) for view in rule_views(RULES)] == [(text.rule, text.code, text.source) for text in RULE_BOOK]


@pytest.mark.parametrize(
    ("rule", "code", "name", "value", "unit"),
    [
        ("E05", "dvol_min", "limit", 35.0, Unit.PTS),
        ("E13", "credit_over_width", "limit", Decimal("0.05"), Unit.FRAC),
        ("S02", "no_strike_in_band", "put", "0.06..0.2", Unit.FRAC),
        ("E03", "outside_settlement", "window", "07:25..08:10", Unit.NONE),
        ("E04", "macro_high", "events", "FOMC,CPI", Unit.NONE),
        ("E04", "macro_uncovered", "cpi", "10..15", Unit.NONE),
        ("E08", "volatility_premium", "limit", "off", Unit.PTS),
        ("B09", "calm", "soft", False, Unit.NONE),
        ("E03", "outside_maintenance", "guard", 900.0, Unit.SECONDS),
    ],
)
def test_a_figure_has_the_shape_a_check_would_show(rule: str, code: str, name: str, value: Value, unit: Unit) -> None:
    assert figure(rule, code, name) == (value, unit)


def test_an_operators_own_figure_is_told_in_every_rule_that_reads_it() -> None:
    own = replace(RULES, exit=replace(RULES.exit, margin_usage_close_frac=Decimal("0.6")))

    assert {figure("X04", "margin", "limit", own)[0], figure("E15", "maintenance_after_fall", "limit", own)[0]} == {Decimal("0.6")}


def test_a_minimum_that_is_set_takes_the_place_of_off() -> None:
    own = replace(RULES, entry=replace(RULES.entry, vrp_min_pts=5.0))

    assert figure("E08", "volatility_premium", "limit", own) == (5.0, Unit.PTS)
