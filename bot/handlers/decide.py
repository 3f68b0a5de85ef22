"""Deciding: running the cycles now, closing a trade now, and the answers to cards."""

from __future__ import annotations

from bot import keyboards
from bot.callbacks import TradeRef, Verb
from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, person, reason, sentence, voice
from bot.handlers.picker import pick_trade
from bot.views import closing, safety
from bot.views.results import result_text
from engine.api import Engine
from engine.core.model import OptionType


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


async def note(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Words that stand with a trade."""
    trade_id, words = number(request.args[0]) if request.args else None, reason(request.args[1:])
    if trade_id is None or not words:
        return NOT_UNDERSTOOD
    result = await engine.card_room.note(person(request), trade_id, words)
    return sentence(result_text(result.code, result.facts, voice(request)))


async def force_close(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What closing now costs, of every trade, of one or of one side of a condor, and the one button that does it; without an id, buttons to choose a trade."""
    if not request.args:
        return await pick_trade(request, engine, Verb.ASK_CLOSE)
    if [word.lower() for word in request.args] == [keyboards.ALL]:
        return await _force_close_all(request, engine)
    asked = _asked(request.args)
    if asked is None:
        return NOT_UNDERSTOOD
    quote, reader = await engine.force_close_quote(asked.trade_id, person(request), side=asked.side), voice(request)
    buttons = keyboards.force_close(asked, quote.nonce, reader.texts, can_split=len(quote.sides) > 1)
    return answer(safety.close_quote(quote, asked.side, reader), buttons=buttons)


async def cancel(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The trade's order at the exchange is being cancelled; without an id, every working order with a button that does it."""
    if not request.args:
        return await _working_orders(request, engine)
    trade_id = number(request.args[0]) if len(request.args) == 1 else None
    if trade_id is None:
        return NOT_UNDERSTOOD
    result = await engine.by_hand.cancel(person(request), trade_id)
    return sentence(result_text(result.code, result.facts, voice(request)))


async def _working_orders(request: Request, engine: Engine) -> tuple[Reply, ...]:
    orders, reader = await engine.by_hand.working_orders(person(request)), voice(request)
    if not orders:
        return sentence(reader.say("no-working-order"))
    return answer(closing.working_orders(orders, reader), buttons=keyboards.working_orders(orders, reader.texts))


async def _force_close_all(request: Request, engine: Engine) -> tuple[Reply, ...]:
    quote, reader = await engine.by_hand.quote_all(person(request)), voice(request)
    buttons = () if quote.nonce is None else keyboards.close_all(len(quote.prices), quote.nonce, reader.texts)
    return answer(closing.close_all_quote(quote, reader), buttons=buttons)


def _asked(args: tuple[str, ...]) -> TradeRef | None:
    """The trade, and the side where one was named; None when it is neither."""
    trade_id, sides = number(args[0]), [word.lower() for word in args[1:]]
    if trade_id is None or len(sides) > 1 or any(side not in OptionType.__members__.values() for side in sides):
        return None
    return TradeRef(trade_id=trade_id, side=OptionType(sides[0]) if sides else None)
