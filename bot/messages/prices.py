"""Where the prices on a card come from, when they were recorded and quoted, and which parts a model supplied."""

from __future__ import annotations

from bot.format import Line
from bot.messages.voice import Voice
from engine.reporting.exit_proposal import ExitReport
from engine.reporting.pre_trade import PreTradeReport


def prices_text(report: PreTradeReport | ExitReport, said: Voice) -> str:
    """One sentence; of recorded prices it tells both instants, for their quote is as young as the simulated clock."""
    figures, source = said.figures, said.source(report.source)
    parts = ", ".join(said.code("part", part) for part in report.modelled)
    if report.recorded_at is None:
        age = figures.age(report.snapshot_age_s)
        return said.say("source-line-modelled", source=source, age=age, parts=parts) if parts else said.say("source-line", source=source, age=age)
    span = figures.span(report.recorded_at, report.quoted_at)
    if parts:
        return said.say("source-recorded-line-modelled", source=source, span=span, parts=parts)
    return said.say("source-recorded-line", source=source, span=span)


def recorded_lines(report: PreTradeReport | ExitReport, said: Voice) -> list[Line]:
    """When the prices were recorded and how old the recording is; nothing for prices that were not."""
    if report.recorded_at is None:
        return []
    age = said.figures.between(report.recorded_at, report.created_at)
    return [said.row("recorded", said.say("recorded-age", at=said.figures.instant(report.recorded_at), age=age))]
