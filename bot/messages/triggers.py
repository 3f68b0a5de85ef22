"""What stopped the engine, in words: the reading that was beyond its limit, and what set the switch.

Rules of this file: a stop is stored in one line for people and machines, `31 > 30 n` or `order-actions: 31 > 30 n`;
a line of another shape came from a person or from outside and stays as it is.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bot.messages.voice import Voice

EVIDENCE = re.compile(r"(-?\d{1,15}(?:\.\d{1,4})?) (?:>=|>|<) (-?\d{1,15}(?:\.\d{1,4})?) (n|eur|frac|s|h|mb)", re.ASCII)
REASON = re.compile(r"([a-z][a-z -]{1,30}): (.+)", re.DOTALL)
PLACES = {"n": 0, "eur": 2, "frac": 1, "s": 1, "h": 1, "mb": 0}
SUFFIXES = {"n": "", "s": "s", "h": "h", "mb": "MB"}
SPARE_PLACES = (0, 1, 4)
LONG_S = 120


def evidence_words(detail: str, said: Voice) -> str | None:
    """`61.2 s, limit 60 s`; None for a detail that is no reading."""
    match = EVIDENCE.fullmatch(detail)
    if match is None:
        return None
    seen, limit, measure = Decimal(match[1]), Decimal(match[2]), match[3]
    ways = ((_told(seen, measure, said, spare), _told(limit, measure, said, spare)) for spare in SPARE_PLACES)
    # Two different figures must not read the same.
    told_seen, told_limit = next(way for way in ways if way[0] != way[1] or seen == limit)
    return said.say("trigger-evidence", seen=told_seen, limit=told_limit)


def reason_words(reason: str, said: Voice) -> str:
    """Why KILL is armed, in the reader's words where the engine armed it itself."""
    match = REASON.fullmatch(reason)
    key = "" if match is None else f"trigger-{match[1].replace(' ', '-')}"
    if match is None or not said.texts.has(key):
        return reason
    seen = evidence_words(match[2], said)
    return f"{said.say(key)}: {match[2] if seen is None else seen}"


def _told(value: Decimal, measure: str, said: Voice, spare_places: int) -> str:
    """The value with its unit; no more decimals than it has, money always with cents."""
    figures = said.figures
    if measure == "eur":
        return figures.eur(value, PLACES[measure] + spare_places)
    if measure == "s" and value >= LONG_S and not spare_places:
        return figures.age(float(value))
    places = _decimals(_rounded(value, measure, spare_places))
    return figures.pct(value, places) if measure == "frac" else figures.plain(value, places, unit=SUFFIXES[measure])


def _rounded(value: Decimal, measure: str, spare_places: int) -> Decimal:
    """The number as it would be shown, per cent for a fraction."""
    shown = value * 100 if measure == "frac" else value
    return round(shown, PLACES[measure] + spare_places)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
