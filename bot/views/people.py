"""The list of people as text."""

from __future__ import annotations

from bot.format import Block, Code, Line, clean, cut, line
from bot.messages.voice import Voice
from bot.views.results import title
from engine.views import PeopleView, PersonView

NAME_MAX_UNITS = 48


def operators(view: PeopleView, asked_by: int, voice: Voice) -> list[Block]:
    """Everybody on the list: name, number, role, where the role comes from."""
    blocks: list[Block] = [title(voice, "operators-title", count=len(view.people))]
    for each in view.people:
        own = f" · {voice.say('operators-you')}" if each.user_id == asked_by else ""
        blocks.append(line(f"{name_of(each, voice)} · ", Code(str(each.user_id)), f" · {voice.code('role', each.role)} · {_source(each, voice)}{own}"))
    if any(each.source == "environment" for each in view.people):
        blocks.append(line(voice.say("operators-fixed")))
    return [*blocks, line(voice.say("operators-waiting", count=view.waiting_codes))] if view.waiting_codes else blocks


def invited(code: str, role: str, voice: Voice) -> list[Block]:
    """The code to hand on, and how it is used."""
    return [line(voice.say("invited", role=voice.code("role", role))), line(Code(f"/pair {code}")), line(voice.say("invited-how"))]


def name_of(each: PersonView, voice: Voice) -> str:
    """The name they came with; who was named by a number has none."""
    name = cut(clean(each.name), NAME_MAX_UNITS)
    return name if name else voice.say("operators-unnamed")


def sentence_of(told: str) -> Line:
    """One sentence as a line."""
    return line(told)


def _source(each: PersonView, voice: Voice) -> str:
    if each.source == "environment" or each.added_at is None:
        return voice.say("operators-named")
    return voice.say("operators-paired", on=voice.figures.day(each.added_at, has_year=True))
