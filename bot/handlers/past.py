"""What commands about history are asked with: a period, then KEY=VALUE words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

WORDS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPast:
    """The first and last day as ISO dates, None where none was given, and the words after them."""

    from_on: str | None
    to_on: str | None
    words: tuple[str, ...]


def read_past(args: tuple[str, ...]) -> AskedPast | None:
    """At most two days in order, then words with =; None when that is not what was written."""
    count = next((place for place, word in enumerate(args) if "=" in word), len(args))
    words = args[count:]
    try:
        days = [date.fromisoformat(word) for word in args[:count]]
    except ValueError:
        return None
    if len(days) > 2 or days != sorted(days) or len(words) > WORDS_MAX or not all("=" in word for word in words):
        return None
    told = [day.isoformat() for day in days]
    return AskedPast(from_on=told[0] if told else None, to_on=told[1] if len(told) > 1 else None, words=words)
