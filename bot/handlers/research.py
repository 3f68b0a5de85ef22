"""Research: replaying the written rules, and the day in figures."""

from __future__ import annotations

from datetime import date

from bot import messages
from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, person, sentence, voice
from bot.views import research
from engine.api import Engine
from engine.notices import decode_notice
from engine.reporting.tearsheet import tearsheet


async def replay(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What the same rules would have done between two days, with its pictures: one sheet, trades, exits, equity."""
    days = read_days(request.args)
    if days is None:
        return NOT_UNDERSTOOD
    from_on, to_on = days
    view = await engine.replay(from_on=from_on, to_on=to_on, by=person(request))
    replies = answer(research.replay(view, voice(request)), name="replay")
    reasons = None if view.performance is None else view.performance.chart
    pictures = (("replay-sheet", tearsheet(view)), ("replay-trades", view.chart), ("replay-reasons", reasons), ("replay-equity", view.equity))
    for key, chart in pictures:
        replies += () if chart is None else sentence(voice(request).say(key), chart=chart)
    return replies


async def digest(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The day so far, as the daily digest tells it."""
    notice = decode_notice("digest", await engine.digest_json())
    return (messages.render(notice, language=request.language, nonce="", footer=""),)


def read_days(words: tuple[str, ...]) -> tuple[str | None, str | None] | None:
    """The first and last day as ISO dates, None where none was given; None alone when the words are no days in order."""
    try:
        days = [date.fromisoformat(word) for word in words]
    except ValueError:
        return None
    if len(days) > 2 or days != sorted(days):
        return None
    first = days[0].isoformat() if days else None
    return first, days[1].isoformat() if len(days) == 2 else None
