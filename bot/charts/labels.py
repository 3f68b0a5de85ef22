"""Where labels and ticks may stand: nothing overlaps, nothing leaves the sheet.

Rules of this file: pure geometry in pixels, no drawing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.figures import Figures

FLAG_GAP_PX, LABEL_GAP_PX = 10, 16
STEPS: tuple[timedelta, ...] = (
    *(timedelta(minutes=minutes) for minutes in (5, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 3, 7, 10, 14, 21, 28)),
)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
"""Beyond four weeks a person counts in months: ticks stand on the first of one."""

MONTHS = 12
NUMBER_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels from the top left."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box, *, gap: float = 0) -> bool:
        """True when the two are nearer than `gap`."""
        return self.left < other.right + gap and other.left < self.right + gap and self.top < other.bottom + gap and other.top < self.bottom + gap

    def holds(self, other: Box) -> bool:
        """True when `other` lies inside."""
        return self.left <= other.left and self.top <= other.top and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A label of `width` on a pole at `x`, in `lane` (0 = lowest), its text to the right of the pole or to the left."""

    x: float
    width: float
    lane: int
    is_right: bool

    @property
    def left(self) -> float:
        return self.x + FLAG_GAP_PX if self.is_right else self.x - FLAG_GAP_PX - self.width

    @property
    def right(self) -> float:
        return self.left + self.width


def flags(poles: Sequence[tuple[float, float]], *, left: float, right: float, lanes: int) -> tuple[Flag, ...]:
    """One flag per (x, width) pole, in the given order, as low as they go without text over text or pole through text.

    With as many lanes as poles there is always a way while each text fits beside its pole.
    """
    placed = _place(sorted(range(len(poles)), key=lambda index: poles[index][0]), poles, {}, (left, right, lanes))
    if placed is None:
        return tuple(_clamped(x, width, lane, left, right) for lane, (x, width) in enumerate(poles))
    return tuple(placed[index] for index in range(len(poles)))


def _place(order: Sequence[int], poles: Sequence[tuple[float, float]], placed: dict[int, Flag], room: tuple[float, float, int]) -> dict[int, Flag] | None:
    if len(placed) == len(order):
        return placed
    left, right, lanes = room
    index = order[len(placed)]
    x, width = poles[index]
    for lane in range(lanes):
        for is_right in (True, False):
            flag = Flag(x=x, width=width, lane=lane, is_right=is_right)
            if flag.left >= left and flag.right <= right and not any(_clash(flag, other) for other in placed.values()):
                found = _place(order, poles, {**placed, index: flag}, room)
                if found is not None:
                    return found
    return None


def _clash(one: Flag, other: Flag) -> bool:
    if one.lane == other.lane:
        return one.left < other.right + 18 and other.left < one.right + 18
    lower, higher = (one, other) if one.lane < other.lane else (other, one)
    return lower.left - 6 < higher.x < lower.right + 6


def _clamped(x: float, width: float, lane: int, left: float, right: float) -> Flag:
    return Flag(x=min(max(x, left), right - width - FLAG_GAP_PX), width=width, lane=lane, is_right=True)


def free_spot(candidates: Iterable[Box], *, inside: Box, points: Sequence[tuple[float, float]], taken: Sequence[Box]) -> Box | None:
    """The first candidate inside `inside` that covers none of `points` and touches none of `taken`; None when all do."""
    for box in candidates:
        if not inside.holds(box) or any(box.touches(other, gap=LABEL_GAP_PX) for other in taken):
            continue
        if not any(box.left - 6 <= x <= box.right + 6 and box.top - 4 <= y <= box.bottom + 4 for x, y in points):
            return box
    return None


def spread(wanted: Sequence[float], *, height: float, top: float, bottom: float) -> tuple[float, ...]:
    """Middles for labels of `height`, as near to `wanted` as they can be without overlap, in the same order."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    middles = [0.0] * len(wanted)
    floor = top + height / 2
    for index in order:
        middles[index] = floor = max(wanted[index], floor)
        floor += height
    ceiling = bottom - height / 2
    for index in reversed(order):
        middles[index] = ceiling = min(middles[index], ceiling)
        ceiling -= height
    return tuple(middles)


def number_ticks(low: float, high: float, count_max: int) -> tuple[float, ...]:
    """At most `count_max` round values from `low` to `high`, ascending."""
    span = high - low
    if span <= 0:
        return (low,)
    magnitude = 10.0 ** math.floor(math.log10(span / count_max))
    for step in (multiple * magnitude * scale for scale in (1, 10) for multiple in NUMBER_STEPS):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= count_max:
            return tuple(round(index * step, 12) for index in range(first, last + 1))
    return (low,)


def places_of(ticks: Sequence[float]) -> int:
    """The decimals these round values need."""
    return next((places for places in range(8) if all(abs(tick - round(tick, places)) < 1e-9 for tick in ticks)), 8)


def time_ticks(low: datetime, high: datetime, figures: Figures, count_max: int) -> tuple[tuple[datetime, str], ...]:
    """At most `count_max` round UTC instants from `low` to `high` with what to write under them."""
    epoch = datetime(2001, 1, 1, tzinfo=UTC)  # a Monday, so that steps of weeks fall on Mondays
    for step in STEPS:
        first = -((epoch - low) // step)
        ticks = [epoch + step * index for index in range(first, (high - epoch) // step + 1)] if (high - low) / step <= count_max + 1 else None
        if ticks is not None and len(ticks) <= count_max:
            return tuple((at, _tick(at, step, figures)) for at in ticks)
    for months in MONTH_STEPS:
        firsts = [at for at in _firsts(low, high, months) if low <= at <= high]
        if len(firsts) <= count_max:
            return tuple((at, figures.month(at)) for at in firsts)
    return ()


def _firsts(low: datetime, high: datetime, months: int) -> Iterator[datetime]:
    """The first instant of every so many months, counted from a January."""
    for number in range(low.year * MONTHS // months, (high.year + 1) * MONTHS // months + 1):
        yield datetime(number * months // MONTHS, number * months % MONTHS + 1, 1, tzinfo=UTC)


def _tick(at: datetime, step: timedelta, figures: Figures) -> str:
    if step < timedelta(days=1) and (at.hour, at.minute) != (0, 0):
        return f"{at:%H:%M}"
    return figures.day(at)
