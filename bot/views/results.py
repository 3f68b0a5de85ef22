"""What came of an order, and first lines, as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.figures import ABSENT
from bot.format import Bold, Line, line
from bot.messages.voice import Voice
from bot.text import Fact

INSTANT_FACTS = ("at", "until")
CODE_FACTS = {
    "state": "state",
    "lifted": "hold",
    "holds": "hold",
    "side": "option-side",
    "role": "role",
    "language": "language",
    "drill": "drill",
    "because": "because",
    "stage": "stage",
    "missing": "gate",
}
RESULT_FACTS = (
    "id",
    "at",
    "until",
    "who",
    "state",
    "reason",
    "settled",
    "open",
    "ids",
    "exits",
    "failed",
    "unchecked",
    "lifted",
    "holds",
    "phrase",
    "detail",
    "side",
    "role",
    "code",
    "person",
    "language",
    "zone",
    "quiet",
    "took",
    "delivery",
    "tap",
    "drill",
    "because",
    "stage",
    "missing",
    "name",
    "near",
    "word",
    "count",
    "most",
)


def title(said: Voice, key: str, /, **facts: Fact) -> Line:
    """The sentence of `key` as the bold first line of an answer."""
    return line(Bold(said.say(key, **facts)))


def result_text(code: str, facts: Mapping[str, str], said: Voice) -> str:
    """The sentence of a result; instants and codes in the reader's words, an absent fact is a dash."""
    told: dict[str, Fact] = dict.fromkeys(RESULT_FACTS, ABSENT)
    told.update({name: _fact(name, value, said) for name, value in facts.items()})
    return said.texts.say_code("result", code, **told)


def _fact(name: str, value: str, said: Voice) -> str:
    if value in ("", "-"):
        return ABSENT
    if name in CODE_FACTS:
        return ", ".join(said.code(CODE_FACTS[name], code) for code in value.split(", "))
    if name not in INSTANT_FACTS:
        return value
    try:
        return said.figures.instant(datetime.fromisoformat(value))
    except ValueError:
        # The engine already wrote it for people.
        return value
