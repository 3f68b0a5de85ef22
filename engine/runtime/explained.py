"""The written rules with the thresholds this engine runs with, as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.config_checks import flatten
from engine.core.decision import Value
from engine.core.rule_book import RULE_BOOK
from engine.core.rule_text import Threshold
from engine.core.rules import StrategyRules
from engine.errors import InvariantBroken
from engine.reporting.written_rules import RuleFigure, RuleView

CLOCK_KEYS_END = "_utc"
NOT_SET = "off"


def rule_views(rules: StrategyRules) -> tuple[RuleView, ...]:
    """Every rule of the book, in its order, with the figures `rules` give it."""
    values = flatten(rules)
    return tuple(
        RuleView(
            rule=text.rule,
            code=text.code,
            unit=text.unit,
            source=text.source,
            figures=tuple(_figure(threshold, values) for threshold in text.thresholds),
        )
        for text in RULE_BOOK
    )


def _figure(threshold: Threshold, values: Mapping[str, object]) -> RuleFigure:
    value = _as_value(values[threshold.key], threshold.key) if threshold.key else threshold.value
    return RuleFigure(name=threshold.name, key=threshold.key, value=value, unit=threshold.unit)


def _as_value(value: object, key: str) -> Value:
    """A pair of bounds as a band `low..high`, a list with commas, an optional figure that is not set as the file writes it."""
    if value is None:
        return NOT_SET
    if isinstance(value, tuple):
        is_band = key.endswith(CLOCK_KEYS_END) or all(isinstance(each, int | float | Decimal) for each in value)
        return ("..".join if is_band else ",".join)(str(each) for each in value)
    if isinstance(value, bool | int | float | Decimal | str):
        return value
    raise InvariantBroken(f"{key} is a {type(value).__name__}, which no check can show")
