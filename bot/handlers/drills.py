"""Drills: what must work when it is needed, tried from the chat."""

from __future__ import annotations

from bot.callbacks import Callback
from bot.chat import Reply, Request
from bot.format import line, to_html
from bot.handlers.answer import NOT_UNDERSTOOD, person, sentence, voice
from bot.views.results import result_text
from engine.api import Engine, Tap

PROPOSAL = "proposal"
DRILLS = ("kill", "restore", "second-path", "dead-man")


async def drill(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The drill that was named was held, or a practice card is on its way."""
    name = request.args[0].lower() if len(request.args) == 1 else ""
    if name not in (PROPOSAL, *DRILLS):
        return NOT_UNDERSTOOD
    asked = engine.drills.practise(person(request)) if name == PROPOSAL else engine.drills.run(name, person(request))
    result = await asked
    return sentence(result_text(result.code, result.facts, voice(request)))


async def practise(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """A practice card's button: how long card and tap took, in the card's place."""
    number, _, choice = button.ref.partition(".")
    if not number.isdecimal():
        return (Reply(toast=voice(request).say("button-unreadable"), is_alert=True),)
    tap = Tap(
        person=person(request),
        chat_id=request.chat_id,
        message_id=request.message_id,
        verb=button.verb.value,
        proposal_id=int(number),
        nonce=button.nonce,
    )
    result = await engine.drills.answer(tap, choice=choice, received_at=request.sent_at)
    told = result_text(result.code, result.facts, voice(request))
    return (Reply(html=to_html([line(told)]), takes_place=True),) if result.ok else (Reply(toast=told, is_alert=True),)
