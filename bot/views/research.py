"""A replay's summary as text, saying where its history is a model."""

from __future__ import annotations

from bot.format import Block, line, quote
from bot.messages.voice import Voice
from bot.views.money import stats_line
from bot.views.results import title
from engine.views import ReplaySummary

RULES_SHOWN_MAX = 8


def replay(view: ReplaySummary, voice: Voice) -> list[Block]:
    """What the same rules would have done between two days."""
    say, figures = voice.say, voice.figures
    span = f"{figures.day(view.from_at, has_year=True)} – {figures.day(view.to_at, has_year=True)}"
    blocks: list[Block] = [
        title(voice, "replay-title", span=span),
        stats_line(view.stats, voice),
        voice.row("history-used", view.history),
        voice.row("answers", voice.code("policy", view.policy)),
        voice.row("scans", say("scans-told", scans=view.scans, proposed=view.proposed, refused=view.refused)),
        voice.row("trades", say("opened-and-open", opened=view.opened, open=view.still_open)),
        voice.row("max-drawdown", figures.eur(view.max_drawdown_eur, signed=True)),
        voice.row("jobs", say("jobs-told", run=view.jobs_run, failed=view.jobs_failed)),
    ]
    blocks += [line(say("replay-breaker", hold=voice.code("hold", code), at=figures.day(at, has_year=True))) for code, at in view.breakers]
    if view.modelled_scans > 0:
        blocks.append(line(say("replay-modelled", modelled=view.modelled_scans, scans=view.scans)))
    if view.refusals_by_rule:
        rows = [f"{rule} {voice.code('check', code)}: {figures.number(count)}" for rule, code, count in view.refusals_by_rule[:RULES_SHOWN_MAX]]
        blocks += [line(say("refusals")), quote(rows)]
    if view.exits_by_reason:
        blocks += [line(say("exits")), quote(f"{voice.code('exit-reason', reason)}: {figures.number(count)}" for reason, count in view.exits_by_reason)]
    return blocks
