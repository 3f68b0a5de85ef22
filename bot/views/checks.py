"""A decision's checks as short lines: what was seen against what was allowed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.figures import ABSENT
from bot.format import Block, Bold, Code, Line, line, quote
from bot.messages.checks import check_line, is_consequence, threshold_text, unasked_lines
from bot.messages.rules import rule_sentence
from bot.messages.voice import Voice
from bot.views.results import title
from engine.core.decision import Check, Unit, Verdict
from engine.reporting.written_rules import RuleView
from engine.views import WhyView

BIAS_RULE, BIAS_ROWS = "E09", "B"
GROUPS = (Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED, Verdict.PASSED)


def why(view: WhyView, voice: Voice, rules: Sequence[RuleView] = ()) -> list[Block]:
    """Every check of one decision, the failed ones first; with `rules`, what each that said no asks for."""
    blocks: list[Block] = [
        title(voice, "why-title", id=str(view.decision_id), kind=voice.code("decision", view.kind), outcome=voice.code("ruling", view.outcome)),
        line(voice.figures.instant(view.at)),
        _side(view, voice),
        _market_source(view, voice),
    ]
    for verdict in GROUPS:
        group = [check for check in view.checks if check.verdict is verdict]
        if group:
            rows = [*_rows([check for check in group if not is_consequence(check)], rules, voice), *unasked_lines(group, voice, with_names=True)]
            blocks += [line(Bold(voice.say(f"why-{verdict.replace('_', '-')}", count=len(group)))), quote(rows, is_expandable=verdict is Verdict.PASSED)]
    told = next((rule.rule for check in view.checks if check.blocks and not is_consequence(check) for rule in _behind(check, rules)), None)
    return blocks if told is None else [*blocks, line(f"{voice.say('rule-more')} ", Code(f"/why {view.decision_id} {told}"))]


def rule_in_full(view: WhyView, rules: Sequence[RuleView], voice: Voice) -> list[Block]:
    """The rules of one id: each as a sentence, what the decision saw of it, its thresholds with their keys, its unit and source.

    Of an id with several rules only those the decision asked are shown, unless it asked none.
    """
    blocks: list[Block] = [title(voice, "rule-title", rule=rules[0].rule, id=str(view.decision_id))]
    asked = {(check.rule, check.code) for check in view.checks}
    for rule in [each for each in rules if (each.rule, each.code) in asked] or rules:
        settings = [line(f"{threshold_text(figure.value, figure.unit, voice)} · ", Code(figure.key)) for figure in rule.figures if figure.key]
        where = voice.say("rule-where-plain", source=rule.source)
        if rule.unit is not Unit.NONE:
            where = voice.say("rule-where", unit=voice.code("unit", rule.unit.replace("/", "-").replace("%", "pct")), source=rule.source)
        blocks += [line(), line(rule_sentence(rule, voice)), *_seen(view, rule, voice)]
        blocks += [quote(settings, is_expandable=False)] if settings else []
        blocks.append(line(where))
    return blocks


def no_such_rule(rule: str, rules: Sequence[RuleView], voice: Voice) -> str:
    """The sentence for a rule nobody wrote, with the ones there are."""
    families = [[each.rule for each in rules if each.rule[0] == letter] for letter in dict.fromkeys(each.rule[0] for each in rules)]
    return voice.say("rule-unknown", rule=rule, rules=", ".join(f"{min(family)}–{max(family)}" for family in families))


def _rows(checks: Sequence[Check], rules: Sequence[RuleView], voice: Voice) -> list[Line]:
    """A line per check; the first of a rule that said no is followed by what the rule asks."""
    rows: list[Line] = []
    told: set[tuple[str, str]] = set()
    for check in checks:
        rows.append(check_line(check, voice))
        if check.blocks and (check.rule, check.code) not in told:
            told.add((check.rule, check.code))
            rows += [line(voice.say("rule-line", rule=rule.rule, sentence=rule_sentence(rule, voice))) for rule in _behind(check, rules)]
    return rows


def _behind(check: Check, rules: Sequence[RuleView]) -> list[RuleView]:
    """The rule a check comes from; for the bias, the row of its table that spoke."""
    row = check.cause.removeprefix("row_")
    if check.rule == BIAS_RULE and row.isdecimal():
        return [rule for rule in rules if rule.rule == f"B{int(row):02d}"]
    return [rule for rule in rules if (rule.rule, rule.code) == (check.rule, check.code)]


def _seen(view: WhyView, rule: RuleView, voice: Voice) -> list[Line]:
    if rule.rule.startswith(BIAS_ROWS):
        return [line(voice.say("rule-row-decided" if view.bias_row == int(rule.rule.removeprefix(BIAS_ROWS)) else "rule-row-silent"))]
    seen = [check_line(check, voice) for check in view.checks if (check.rule, check.code) == (rule.rule, rule.code)]
    return seen if seen else [line(voice.say("rule-not-asked"))]


def _side(view: WhyView, voice: Voice) -> Line:
    strategy = voice.code("strategy", view.strategy) if view.strategy is not None else voice.say("no-trade")
    row = f" ({voice.say('bias-row', row=str(view.bias_row))})" if view.bias_row is not None else ""
    trade = f" · #{view.trade_id}" if view.trade_id is not None else ""
    told = voice.code("bias", view.bias) if view.bias else ABSENT
    return voice.row("bias", f"{told}{row} → {strategy}{trade}")


def _market_source(view: WhyView, voice: Voice) -> Line:
    recorded = f" · {voice.say('recorded-at', at=voice.figures.instant(view.recorded_at))}" if view.recorded_at is not None else ""
    return voice.row("market-data", f"{voice.source(view.source)}{recorded}")
