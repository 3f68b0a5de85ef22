"""Research: replaying the written rules, and the day in figures."""

from __future__ import annotations

from bot import messages
from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, person, sentence, voice
from bot.handlers.past import read_past
from bot.views import research
from engine.api import Engine
from engine.notices import decode_notice
from engine.reporting.tearsheet import tearsheet


async def replay(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What the same rules would have done between two days, with its pictures: one sheet, trades, exits, equity."""
    if len(request.args) == 1 and request.args[0].startswith("#"):
        return await card_again(request, engine)
    asked = read_past(request.args)
    if asked is None:
        return NOT_UNDERSTOOD
    view = await engine.replay(from_on=asked.from_on, to_on=asked.to_on, by=person(request), words=asked.words)
    replies = answer(research.replay(view, voice(request)), name="replay")
    reasons = None if view.performance is None else view.performance.chart
    pictures = (("replay-sheet", tearsheet(view)), ("replay-trades", view.chart), ("replay-reasons", reasons), ("replay-equity", view.equity))
    changed = [research.changed(change, voice(request)) for change in view.changes]
    for key, chart in pictures:
        replies += () if chart is None else sentence(". ".join((voice(request).say(key), *changed)), chart=chart)
    return replies


async def card_again(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The card of that number exactly as it was shown last, from its frozen figures; nothing on it decides any more."""
    card_id = number(request.args[0])
    if card_id is None:
        return NOT_UNDERSTOOD
    stored = await engine.card_json(card_id)
    if stored is None:
        return sentence(voice(request).say("no-card", id=str(card_id)))
    return (messages.render(decode_notice(*stored), language=request.language, nonce="", footer=""),)


async def digest(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The day so far, as the daily digest tells it."""
    notice = decode_notice("digest", await engine.digest_json())
    return (messages.render(notice, language=request.language, nonce="", footer=""),)
