"""Buttons to choose an open trade by, for commands that came without its number."""

from __future__ import annotations

from collections.abc import Iterable

from bot.callbacks import Verb, encode
from bot.chat import Button, Reply, Request
from bot.handlers.answer import sentence, voice
from bot.keyboards import ALL
from bot.messages.voice import Voice
from bot.views.see import trade_name
from engine.api import Engine, PositionView

CHOICES_MAX = 20


async def pick_trade(request: Request, engine: Engine, verb: Verb) -> tuple[Reply, ...]:
    """One button for each open trade that leads on with `verb`."""
    views = await engine.positions()
    if not views:
        return sentence(voice(request).say("no-positions"))
    return sentence(voice(request).say(f"choose-{verb.replace('_', '-')}"), buttons=choices(views, verb, voice(request)))


def choices(views: Iterable[PositionView], verb: Verb, reader: Voice) -> tuple[tuple[Button, ...], ...]:
    """A row for each trade, at most as many as a thumb can scroll; where several may be closed, last of all the question for every one of them."""
    listed = tuple(views)
    rows = tuple((Button(label=_label(view, reader), action=encode(verb, view.trade_id)),) for view in listed[:CHOICES_MAX])
    return (*rows, *(ask_all(reader) if verb is Verb.ASK_CLOSE and len(listed) > 1 else ()))


def ask_all(reader: Voice) -> tuple[tuple[Button, ...], ...]:
    """The button that asks what closing every open trade costs."""
    return ((Button(label=reader.say("button-ask-close-all"), action=encode(Verb.ASK_CLOSE, ALL)),),)


def _label(view: PositionView, reader: Voice) -> str:
    return f"#{view.trade_id} {trade_name(view, reader)}"
