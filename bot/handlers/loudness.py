"""What makes a sound, when, and for whom; and alarms that wait to be acknowledged."""

from __future__ import annotations

import re
from dataclasses import replace

from bot import keyboards
from bot.callbacks import Callback
from bot.chat import Reply, Request
from bot.format import cut, line, to_html
from bot.handlers.answer import NOT_UNDERSTOOD, answer, person, sentence, voice
from bot.views import loudness
from bot.views.results import result_text
from engine.api import ActionResult, Engine

TOAST_MAX_UNITS = 200
ALL, OFF = "all", "off"
HOUR = re.compile(r"([01]?\d|2[0-3])(?::?([0-5]\d))?", re.ASCII)


async def notify(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """How loud each kind of message is, and a button for each that can be changed."""
    if request.args:
        return NOT_UNDERSTOOD
    view, reader = await engine.people.loudness(request.user_id), voice(request)
    return answer(loudness.matrix(view, reader), buttons=keyboards.subjects(view, reader.texts), name="notify")


async def quiet(request: Request, engine: Engine) -> tuple[Reply, ...]:
    """The hours in which less makes a sound; without them, the present ones and buttons."""
    reader, args = voice(request), request.args
    if not args:
        now = (await engine.people.loudness(request.user_id)).quiet
        told = reader.say("quiet-are", quiet=now.replace("-", "–")) if now else reader.say("quiet-none")
        return sentence(told, buttons=keyboards.quiet(reader.texts))
    if [word.lower() for word in args] == [OFF]:
        return _said(request, await engine.people.choose_quiet(person(request), ""))
    hours = [hour for word in args if (hour := read_hour(word)) is not None]
    if len(args) != 2 or len(hours) != 2 or hours[0] == hours[1]:
        return NOT_UNDERSTOOD
    return _said(request, await engine.people.choose_quiet(person(request), "-".join(hours)))


def read_hour(word: str) -> str | None:
    """`22:00` of `22`, `2200` or `22:00`; None for anything else."""
    match = HOUR.fullmatch(word)
    return None if match is None else f"{int(match[1]):02d}:{match[2] if match[2] is not None else '00'}"


async def pick_quiet(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The hours on the button are quiet."""
    return await quiet(replace(request, args=tuple(button.ref.split("-"))), engine) or _unreadable(request)


async def subject(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """How loud the kind of message on the button is, in the place of the list; `all` leads back to it."""
    view, reader = await engine.people.loudness(request.user_id), voice(request)
    if button.ref == ALL:
        return _in_place(answer(loudness.matrix(view, reader), buttons=keyboards.subjects(view, reader.texts)))
    found = next((each for each in view.subjects if each.subject == button.ref and not each.is_fixed), None)
    if found is None:
        return _unreadable(request)
    return _in_place(answer(loudness.subject(found, view.quiet, reader), buttons=keyboards.loudness(found, reader.texts)))


async def choose(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The kind of message is as loud as the button says, and the buttons say so."""
    words = button.ref.rsplit(".", 2)
    if len(words) < 3:
        return _unreadable(request)
    kind, part, to = words
    result = await engine.people.choose_loudness(person(request), kind, part, to)
    return await subject(request, replace(button, ref=kind), engine) if result.ok else _told(request, result)


async def seen(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The alarm is acknowledged."""
    return _unreadable(request) if button.number is None else _told(request, await engine.people.acknowledge(person(request), button.number))


async def later(request: Request, button: Callback, engine: Engine) -> tuple[Reply, ...]:
    """The alarm comes again in a quarter of an hour."""
    return _unreadable(request) if button.number is None else _told(request, await engine.people.snooze(person(request), button.number))


def _in_place(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    return tuple(replace(reply, takes_place=True) for reply in replies)


def _said(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    return (Reply(html=to_html([line(result_text(result.code, result.facts, voice(request)))])),)


def _told(request: Request, result: ActionResult) -> tuple[Reply, ...]:
    return (Reply(toast=cut(result_text(result.code, result.facts, voice(request)), TOAST_MAX_UNITS), is_alert=not result.ok),)


def _unreadable(request: Request) -> tuple[Reply, ...]:
    return (Reply(toast=voice(request).say("button-unreadable"), is_alert=True),)
