"""The stage: what the next one asks for, signing it off, and going back."""

from __future__ import annotations

from bot.chat import Reply, Request
from bot.handlers.answer import NOT_UNDERSTOOD, answer, person, reason, sentence, voice
from bot.views import stage as view_of
from bot.views.results import result_text
from engine.api import Engine

PHRASE_WORDS = 3
PROMOTE, DEMOTE = "PROMOTE", "demote"


async def stage(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The gate table; with the typed phrase and a reason the sign-off, with `demote` and a reason one stage down."""
    reader, args = voice(request), request.args
    if not args:
        return answer(view_of.table(await engine.stages.view(), reader), name="stage")
    if args[0] == PROMOTE and len(args) > PHRASE_WORDS:
        result = await engine.stages.promote(person(request), " ".join(args[:PHRASE_WORDS]), reason(args[PHRASE_WORDS:]))
    elif args[0].lower() == DEMOTE and len(args) > 1:
        result = await engine.stages.demote(person(request), reason(args[1:]))
    else:
        return NOT_UNDERSTOOD
    return sentence(result_text(result.code, result.facts, reader))
