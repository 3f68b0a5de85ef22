"""The whole book: its risk, the account under it, the smile it is quoted on."""

from __future__ import annotations

from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, sentence, voice
from bot.views import book
from engine.api import Engine


async def risk(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """What every open trade together makes when the market jumps, with Greeks and margin."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.risk(), voice(request)
    grid = answer(book.risk(view, reader), chart=view.grid, name="risk")
    return (*grid, *sentence(reader.say("risk-greeks-caption"), chart=view.greeks)) if view.rows else grid
