"""Deciding: running the cycles now, closing a trade now, and the answers to cards."""

from __future__ import annotations

from bot import keyboards
from bot.callbacks import Verb
from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, person, sentence, voice
from bot.handlers.picker import pick_trade
from bot.views import safety
from bot.views.results import result_text
from engine.api import Engine


async def scan(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The entry cycle ran once; a card follows by itself when it proposes."""
    if request.args:
        return NOT_UNDERSTOOD
    result = await engine.scan(person(request))
    return sentence(result_text(result.code, result.facts, voice(request)))


async def monitor(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The monitor looked at every open trade."""
    if request.args:
        return NOT_UNDERSTOOD
    result = await engine.monitor(person(request))
    return sentence(result_text(result.code, result.facts, voice(request)))


async def force_close(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What closing now costs and the one button that does it; without an id, buttons to choose a trade."""
    if not request.args:
        return await pick_trade(request, engine, Verb.ASK_CLOSE)
    trade_id = number(request.args[0])
    if trade_id is None or len(request.args) > 1:
        return NOT_UNDERSTOOD
    quote = await engine.force_close_quote(trade_id, person(request))
    reader = voice(request)
    return answer(safety.close_quote(quote, reader), buttons=keyboards.force_close(trade_id, quote.nonce, reader.texts))
