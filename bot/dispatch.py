"""From a request to its replies: access once, then the one handler that answers; never silence for an operator.

Rules of this file: a refusal becomes one clear sentence and stands on record; any exception
that is no refusal leaves here, the inbox retries it and in the end buries it.
"""

from __future__ import annotations

import difflib
import re

from bot import access
from bot.callbacks import LOOKING, decode
from bot.chat import Command, Reply, Request
from bot.format import Block, cut, line, to_html, upstream
from bot.handlers import COMMANDS
from bot.handlers.answer import person, sentence, voice
from bot.handlers.setup import usage
from bot.handlers.taps import VERBS
from bot.messages.voice import voice as voice_of
from bot.views.results import result_text
from engine.api import Engine
from engine.clock import Clock, SystemClock
from engine.errors import ActionRefused, StateError, VenueError

NAME_MAX_UNITS = 32
LONG_TEXT_CHARS = 1000
STOP_WORDS = frozenset({"kill", "stop", "ferma"})


async def dispatch(request: Request, engine: Engine, *, clock: Clock | None = None) -> tuple[Reply, ...]:
    """What the request's sender hears; nothing for a stranger's message. Ages are judged by the wall of `clock`."""
    known = await access.admit(request, engine)
    if known is None:
        return access.turn_away(request)
    try:
        if known.callback is not None:
            return await _press(known, known.callback, engine)
        if known.command is not None:
            return await _order(known, known.command, engine, clock if clock is not None else SystemClock())
        return _chat(known)
    except ActionRefused as refusal:
        return _refused(known, [line(result_text(refusal.code, refusal.facts, voice(known)))])
    except VenueError as failure:
        told = voice(known).say("venue-failed" if failure.permanent else "venue-failed-for-now", server=failure.server)
        return _refused(known, [line(told), upstream(str(failure))])
    except StateError as failure:
        return _refused(known, [line(voice(known).say("store-failed")), upstream(str(failure))])


def apologise(language: str) -> Reply:
    """The words for a request that was tried as often as it may be and never ended."""
    return Reply(html=to_html([line(voice_of(language).say("given-up"))]))


def please_wait(language: str) -> Reply:
    """The words for a request that has begun and takes its time."""
    return Reply(html=to_html([line(voice_of(language).say("please-wait"))]))


def how_far(request: Request, engine: Engine) -> Reply | None:
    """The words for how far a request under way is; None where nobody knows."""
    done = engine.lab.progress() if request.command == "sweep" else None
    if done is None or done[0] == 0:
        return None
    return Reply(html=to_html([line(voice(request).say("working-settings", done=done[0], all=done[1]))]))


def it_is_done(language: str) -> Reply:
    """The words in the place of how far a request was, once it is answered."""
    return Reply(html=to_html([line(voice_of(language).say("work-done"))]))


def only_looks(request: Request) -> bool:
    """True for a tap that shows something and decides nothing, by somebody who may see it."""
    button = None if request.callback is None else decode(request.callback)
    return button is not None and button.verb in LOOKING and access.may(request.role, access.VERB_ROLES[button.verb])


async def _order(request: Request, name: str, engine: Engine, clock: Clock) -> tuple[Reply, ...]:
    command = next((each for each in COMMANDS if each.name == name), None)
    if command is None:
        return _unknown(request, name)
    if not access.may(request.role, command.role):
        await engine.record_refusal(person(request), access.what_of(request), "role")
        return _not_trusted(request, command)
    now = clock.wall()
    if access.is_stale(request, command, now):
        await engine.record_refusal(person(request), access.what_of(request), "too old")
        age = voice(request).figures.between(request.sent_at, now)
        return sentence(voice(request).say("too-old", age=age))
    return await command.handler(request, engine) or _expected(request, command)


async def _press(request: Request, data: str, engine: Engine) -> tuple[Reply, ...]:
    button = decode(data)
    if button is None:
        await engine.record_refusal(person(request), access.what_of(request), "unreadable")
        return _toast(request, "button-unreadable")
    if not access.may(request.role, access.VERB_ROLES[button.verb]):
        await engine.record_refusal(person(request), f"{button.verb} {button.ref}", "role")
        return _toast(request, "button-needs-role", role=voice(request).code("role", access.VERB_ROLES[button.verb]))
    return await VERBS[button.verb](request, button, engine)


def _chat(request: Request) -> tuple[Reply, ...]:
    length = len(request.text) if request.text is not None else 0
    if length > LONG_TEXT_CHARS:
        return sentence(voice(request).say("text-too-long", length=voice(request).figures.number(length)))
    if _means_stop(request.text):
        return sentence(voice(request).say("text-stops-nothing"))
    return sentence(voice(request).say("text-is-no-command"))


def _means_stop(text: str | None) -> bool:
    """True for words that begin as somebody writes who wants everything to stop."""
    first = re.match(r"\W*(\w+)", text) if text is not None else None
    return first is not None and first[1].casefold() in STOP_WORDS


def _unknown(request: Request, name: str) -> tuple[Reply, ...]:
    nearest = difflib.get_close_matches(name, [command.name for command in COMMANDS], n=1)
    shown = cut(name, NAME_MAX_UNITS)
    if not nearest:
        return sentence(voice(request).say("unknown-command", name=shown))
    return sentence(voice(request).say("unknown-command-nearest", name=shown, nearest=nearest[0]))


def _not_trusted(request: Request, command: Command) -> tuple[Reply, ...]:
    reader = voice(request)
    return sentence(reader.say("needs-role", name=command.name, role=reader.code("role", command.role), yours=reader.code("role", request.role)))


def _expected(request: Request, command: Command) -> tuple[Reply, ...]:
    if not command.args:
        return sentence(voice(request).say("expects-nothing", name=command.name))
    return sentence(voice(request).say("expected", usage=usage(command), example=command.example))


def _toast(request: Request, key: str, **facts: str) -> tuple[Reply, ...]:
    return (Reply(toast=voice(request).say(key, **facts), is_alert=True),)


def _refused(request: Request, blocks: list[Block]) -> tuple[Reply, ...]:
    toast = voice(request).say("not-done") if request.callback is not None else ""
    return (Reply(html=to_html(blocks), toast=toast, is_alert=False),)
