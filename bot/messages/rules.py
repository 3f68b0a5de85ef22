"""The written rules as sentences, with the thresholds in force."""

from __future__ import annotations

from bot.messages.checks import threshold_text
from bot.messages.voice import Voice
from engine.reporting.written_rules import RuleView


def rule_key(rule: str, code: str) -> str:
    """Under which the catalogues keep the sentence of a rule."""
    return f"rule-{rule}-{code}".lower().replace("_", "-")


def rule_sentence(rule: RuleView, said: Voice) -> str:
    """The rule in one sentence with its thresholds in it."""
    facts = {figure.name: threshold_text(figure.value, figure.unit, said) for figure in rule.figures}
    return said.say(rule_key(rule.rule, rule.code), **facts)
