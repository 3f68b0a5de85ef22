"""A number over time: a made-up past that is the same for a seed, then what the test moves it to."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

HOUR_S = 3600
Row = tuple[float, float, float, float]


@dataclass(slots=True, kw_only=True)
class Series:
    """`rise_30d` is how much of itself it gained in the 30 days before `since`; `wiggle` how far an hour strays."""

    since: datetime
    start: float
    seed: str
    rise_30d: float
    wiggle: float
    moves: list[tuple[datetime, float]] = field(default_factory=list)
    _past: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.moves.append((self.since, self.start))

    @property
    def level(self) -> float:
        """What it is now."""
        return self.moves[-1][1]

    def move(self, at: datetime, level: float) -> None:
        """From `at` on it is `level`."""
        self.moves.append((at, level))

    def at(self, t: datetime) -> float:
        """What it was at `t`."""
        place = bisect_right(self.moves, t, key=lambda move: move[0])
        return self.moves[place - 1][1] if place else self._before(t)

    def mean(self, start: datetime, end: datetime) -> float:
        """Its time-weighted mean over a window."""
        steps = [start, *(at for at, _ in self.moves if start < at < end), end]
        return sum(self.at(left) * (right - left).total_seconds() for left, right in pairwise(steps)) / (end - start).total_seconds()

    def candle(self, start: datetime, end: datetime) -> Row:
        """Open, high, low, close of [start, end)."""
        inside = [level for at, level in self.moves if start < at < end]
        levels = [self.at(start), *inside, self.at(end - timedelta(milliseconds=1))]
        return levels[0], max(levels), min(levels), levels[-1]

    def _before(self, t: datetime) -> float:
        hour = int(t.timestamp()) // HOUR_S
        if hour not in self._past:
            days = (self.since - datetime.fromtimestamp(hour * HOUR_S, UTC)).total_seconds() / 86_400
            trend = (1 + self.rise_30d) ** (-days / 30)
            self._past[hour] = round(self.start * trend * (1 + Random(f"{self.seed}:{hour}").uniform(-self.wiggle, self.wiggle)), 4)
        return self._past[hour]
