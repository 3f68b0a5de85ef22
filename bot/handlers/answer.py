"""From text blocks to replies: lengths, charts and buttons, the same for every command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.chat import Button, Reply, Request
from bot.format import CAPTION_MAX_UNITS, NODE_MAX_UNITS, TEXT_MAX_UNITS, Block, clean, cut, line, split, to_html, to_plain, units
from bot.messages.voice import Voice
from bot.messages.voice import voice as voice_of
from engine.api import Chart, Person

# Every message carries the stage and the audit footer; this much is left free for them.
FOOTER_RESERVE_UNITS = 96
PARTS_MAX = 3
REASON_MAX_UNITS = 200

# A handler that answers nothing did not understand its arguments: the dispatcher then says what is expected.
NOT_UNDERSTOOD: tuple[Reply, ...] = ()


def voice(request: Request) -> Voice:
    """The voice that speaks to who asked."""
    return voice_of(request.language, request.zone)


def person(request: Request) -> Person:
    """Who asked, as the engine knows people."""
    return Person(user_id=request.user_id, name=request.user_name, source="chat")


def reason(words: Iterable[str]) -> str:
    """The words of a reason as one clean line of bounded length; empty when none were given."""
    return cut(clean(" ".join(words)).strip(), REASON_MAX_UNITS)


def number(word: str) -> int | None:
    """The id a person wrote, with or without #; None when it is not one."""
    digits = word.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def answer(blocks: Sequence[Block], *, chart: Chart | None = None, buttons: Sequence[Sequence[Button]] = (), name: str = "answer") -> tuple[Reply, ...]:
    """The blocks as messages: picture first, buttons on the last part, a document when it would be over three parts."""
    keyboard = tuple(tuple(row) for row in buttons)
    caption = to_html(blocks)
    if chart is not None and units(caption) <= CAPTION_MAX_UNITS - FOOTER_RESERVE_UNITS:
        return (Reply(html=caption, chart=chart, buttons=keyboard),)
    parts = split(blocks, limit_units=TEXT_MAX_UNITS - FOOTER_RESERVE_UNITS)
    pictures = (Reply(html=to_html(blocks[:1]), chart=chart),) if chart is not None else ()
    if len(parts) > PARTS_MAX:
        whole = Reply(html=to_html(blocks[:1]), document=(f"{name}.txt", to_plain(blocks)), buttons=keyboard)
        return (*pictures, whole)
    return (*pictures, *(Reply(html=part) for part in parts[:-1]), Reply(html=parts[-1], buttons=keyboard))


def sentence(text: str, *, chart: Chart | None = None, buttons: Sequence[Sequence[Button]] = ()) -> tuple[Reply, ...]:
    """One sentence as one message, perhaps under a picture."""
    return (Reply(html=to_html([line(cut(text, NODE_MAX_UNITS))]), chart=chart, buttons=tuple(tuple(row) for row in buttons)),)
