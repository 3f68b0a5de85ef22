"""A written rule as it is told: its thresholds with their values in force.

Rules of this file: no sentence stands here; the catalogues keep it under the rule's
id and code, with the names of the figures as its facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.decision import Unit, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigure:
    """A threshold of a rule: the placeholder of its sentence, its dotted key (empty where nobody configures it), its value in force."""

    name: str
    key: str
    value: Value
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A written rule with its thresholds in force; `unit` is what its checks are measured in."""

    rule: str
    code: str
    unit: Unit
    source: str
    figures: tuple[RuleFigure, ...]
