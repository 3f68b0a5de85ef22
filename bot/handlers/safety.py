"""Safety: stopping, starting again, and the evidence."""

from __future__ import annotations

import asyncio
import re

from bot.callbacks import Verb
from bot.chat import Reply, Request
from bot.format import line
from bot.handlers.answer import NOT_UNDERSTOOD, answer, number, person, reason, sentence, voice
from bot.handlers.picker import ask_all, choices
from bot.views import safety
from bot.views.results import result_text
from engine.api import Engine, PositionView
from engine.errors import StateError, VenueError

POSITIONS_WITHIN_S = 0.5
"""How long the answer to a kill waits for prices."""

AUDIT_LINES, AUDIT_LINES_MAX = 10, 50
FOOTER = re.compile(r"⛓\s*(\d{1,12}·[0-9a-f]{8})(?![0-9a-f])", re.ASCII)
WHOLE_HEAD = re.compile(r"(?<!\d)(\d{1,12}·[0-9a-f]{64})(?![0-9a-f])", re.ASCII)
FOLLOW = "follow"
IN_ITS_OWN_MESSAGE = (Reply(),)
FILTER = re.compile(r"[a-z_.]{1,40}", re.ASCII)


async def pause(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """No new entries until somebody resumes."""
    result = await engine.pause(person(request), reason(request.args))
    return sentence(result_text(result.code, result.facts, voice(request)))


async def resume(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Entries again, naming the breaker that was reset."""
    if request.args:
        return NOT_UNDERSTOOD
    result = await engine.resume(person(request))
    return sentence(result_text(result.code, result.facts, voice(request)))


async def kill(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """Armed: what was cancelled, what stays open, and the question whether to close it."""
    result = await engine.kill(person(request), reason(request.args))
    reader, views = voice(request), () if result.facts.get("open") == "0" else await _open_trades(engine)
    told = [line(result_text(result.code, result.facts, reader))]
    if views is None:
        return answer([*told, line(reader.say("positions-unreadable")), line(reader.say("close-all-instead"))], buttons=ask_all(reader))
    if not views:
        return answer([*told, line(reader.say("nothing-open"))])
    asked = [line(reader.say("stays-open")), *safety.still_open(views, reader), line(reader.say("close-them"))]
    return answer([*told, *asked], buttons=choices(views, Verb.ASK_CLOSE, reader))


async def _open_trades(engine: Engine) -> tuple[PositionView, ...] | None:
    try:
        async with asyncio.timeout(POSITIONS_WITHIN_S):
            return await engine.positions()
    except (StateError, VenueError, TimeoutError):
        # The switch is thrown already and that must be told, whatever else fails or hangs.
        return None


async def disarm(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The kill switch is off and the engine on hold; without the phrase, the phrase to type."""
    reader = voice(request)
    if not request.args:
        phrase = await engine.disarm_phrase()
        return sentence(reader.say("disarm-type", phrase=phrase) if phrase is not None else result_text("disarm-not-armed", {}, reader))
    why = reason(request.args[2:])
    if request.args[0] != "DISARM" or not why:
        return NOT_UNDERSTOOD
    result = await engine.disarm(person(request), " ".join(request.args[:2]), why)
    return sentence(result_text(result.code, result.facts, reader))


async def audit(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The last rows of the chain, as many or of the type that was asked for; `follow` shows rows as they come, in one message."""
    if request.args == (FOLLOW,):
        await engine.follows.begin(request.chat_id, str(request.update_id))
        return IN_ITS_OWN_MESSAGE
    word = request.args[0] if request.args else str(AUDIT_LINES)
    count = number(word)
    is_wrong = (count is None and FILTER.fullmatch(word) is None) or (count is not None and not 1 <= count <= AUDIT_LINES_MAX)
    if is_wrong or len(request.args) > 1:
        return NOT_UNDERSTOOD
    lines = await engine.audit_tail(count) if count is not None else await engine.audit_tail(AUDIT_LINES, type_filter=word)
    return answer(safety.audit(lines, voice(request)), name="audit") if lines else sentence(voice(request).say("no-audit"))


async def audit_verify(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The chain walked from its first row; as a reply, that message's footer, or the whole head of a digest, checked against it."""
    if request.args:
        return NOT_UNDERSTOOD
    replied = request.replied_text
    # A digest shows all digits of the head above its footer, and those prove more.
    shown = [] if replied is None else [*FOOTER.findall(replied), *WHOLE_HEAD.findall(replied)]
    if replied is not None and not shown:
        return sentence(voice(request).say("no-footer"))
    return answer(safety.verified(await engine.audit_verify(shown[-1] if shown else None), voice(request)))
