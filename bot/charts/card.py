"""The words and headline figures of a chart as one value, and what the words of every kind share.

Rules of this file: no drawing library here, so a caption costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.figures import Figures
from bot.text import Texts


class Tone(StrEnum):
    """How a figure reads; drawn as colour and as shape."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A large figure with its name."""

    label: str
    value: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything a chart says in words. `absent` replaces the picture when there is nothing to draw yet.

    `changed` says that the figures are of other values than those in force, and of which.
    """

    title: str
    env: str
    headlines: tuple[Headline, ...]
    notes: tuple[str, ...]
    as_of: str
    warning: str
    absent: str
    alt: str
    changed: str = ""


def eur(figures: Figures, value: float, *, signed: bool = True) -> str:
    """Euros with cents below a thousand, without above, in thousands from a hundred thousand on: a headline must fit and is never cut."""
    scale, suffix = _scale(value)
    return _suffixed(figures.eur(value / scale, 2 if abs(value) < 1000 else 0, signed=signed), suffix)


def short_eur(figures: Figures, value: float) -> str:
    """Whole euros, from ten thousand on in thousands, from a million on in millions: for a narrow field."""
    if abs(value) < 10_000:
        return figures.eur(value, 0, signed=True)
    scale, suffix, places = (1e3, "k", 0) if abs(value) < 1e6 else (1e6, "M", 1)
    return _suffixed(figures.eur(value / scale, places, signed=True), suffix)


def risk_eur(figures: Figures, value: float) -> str:
    """What may be lost, rounded up, as short as `eur`."""
    scale, suffix = _scale(value)
    return _suffixed(figures.risk_eur(value / scale), suffix)


def _scale(value: float) -> tuple[float, str]:
    if abs(value) < 100_000:
        return 1.0, ""
    return (1e3, "k") if abs(value) < 1e8 else (1e6, "M")


def _suffixed(text: str, suffix: str) -> str:
    return f"{text[:-1]}{suffix}€" if text.endswith("€") else text + suffix


def as_of(at: datetime, texts: Texts, figures: Figures, *, age_s: float | None = None) -> str:
    """When the figures were true and, where it is known, how old the data behind them was."""
    told = texts.say("chart-as-of", at=figures.instant(at, has_year=True))
    return told if age_s is None else f"{told} · {texts.say('chart-age', age=figures.age(age_s))}"


def tone_of(value: float | None) -> Tone:
    """Above zero is good; nothing and zero are neither."""
    if value is None or value == 0:
        return Tone.PLAIN
    return Tone.GOOD if value > 0 else Tone.BAD


def finite(points: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The points whose both figures are numbers."""
    return tuple((x, y) for x, y in points if math.isfinite(x) and math.isfinite(y))


def finite_at(points: Iterable[tuple[datetime, float]]) -> tuple[tuple[datetime, float], ...]:
    """The points whose figure is a number."""
    return tuple((at, y) for at, y in points if math.isfinite(y))
