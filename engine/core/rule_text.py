"""What a written rule is: an id, a code, the figures of its sentence, a unit and a source.

Rules of this file: the words stand in the catalogues and the defaults in `strategy.toml`;
here is only which belongs to which.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.decision import Unit, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A figure of a sentence: `name` is its placeholder, `key` where its default stands; without a key core fixes it to `value`."""

    name: str
    unit: Unit
    key: str = ""
    value: Value = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """One rule: what a check of this id and code asks, in which unit, and the section of the written strategy it stands in."""

    rule: str
    code: str
    source: str
    unit: Unit
    thresholds: tuple[Threshold, ...]


def threshold(name: str, key: str, unit: Unit = Unit.NONE) -> Threshold:
    """A figure whose default stands in `strategy.toml` under `key`."""
    return Threshold(name=name, key=key, unit=unit)


def fixed(name: str, value: Value, unit: Unit = Unit.NONE) -> Threshold:
    """A figure that core itself keeps and nobody configures."""
    return Threshold(name=name, value=value, unit=unit)


def rule_text(rule: str, code: str, source: str, *thresholds: Threshold, unit: Unit = Unit.NONE) -> RuleText:
    """A row of the rule book."""
    return RuleText(rule=rule, code=code, source=source, unit=unit, thresholds=thresholds)


def by_stage(key: str, unit: Unit = Unit.NONE) -> tuple[Threshold, ...]:
    """The same cap of each stage, named after it."""
    return tuple(threshold(stage, f"caps.{stage}.{key}", unit) for stage in ("paper", "soft", "full"))
