"""A decision's checks as short lines: what was seen against what was allowed."""

from __future__ import annotations

from bot.figures import ABSENT
from bot.format import Block, Bold, Line, line, quote
from bot.messages.checks import check_line, is_consequence, unasked_lines
from bot.messages.voice import Voice
from bot.views.results import title
from engine.core.decision import Verdict
from engine.views import WhyView

GROUPS = (Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED, Verdict.PASSED)


def why(view: WhyView, voice: Voice) -> list[Block]:
    """Every check of one decision, the failed ones first."""
    blocks: list[Block] = [
        title(voice, "why-title", id=str(view.decision_id), kind=voice.code("decision", view.kind), outcome=voice.code("ruling", view.outcome)),
        line(voice.figures.instant(view.at)),
        _side(view, voice),
        _market_source(view, voice),
    ]
    for verdict in GROUPS:
        group = [check for check in view.checks if check.verdict is verdict]
        if group:
            rows = [*(check_line(check, voice) for check in group if not is_consequence(check)), *unasked_lines(group, voice, with_names=True)]
            blocks += [line(Bold(voice.say(f"why-{verdict.replace('_', '-')}", count=len(group)))), quote(rows, is_expandable=verdict is Verdict.PASSED)]
    return blocks


def _side(view: WhyView, voice: Voice) -> Line:
    strategy = voice.code("strategy", view.strategy) if view.strategy is not None else voice.say("no-trade")
    row = f" ({voice.say('bias-row', row=str(view.bias_row))})" if view.bias_row is not None else ""
    trade = f" · #{view.trade_id}" if view.trade_id is not None else ""
    told = voice.code("bias", view.bias) if view.bias else ABSENT
    return voice.row("bias", f"{told}{row} → {strategy}{trade}")


def _market_source(view: WhyView, voice: Voice) -> Line:
    recorded = f" · {voice.say('recorded-at', at=voice.figures.instant(view.recorded_at))}" if view.recorded_at is not None else ""
    return voice.row("market-data", f"{voice.code('source', view.source)}{recorded}")
