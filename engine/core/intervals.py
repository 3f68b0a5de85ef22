"""How sure a figure from few trades is: bootstrap quantiles and the interval of a rate.

Rules of this file: a level is the share of the two-sided interval (0.90 leaves 5 %
on each side), chance comes from a seed, and nothing is known of an empty sample.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist, median


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The two ends of a two-sided interval, `low` never above `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Lower end, middle and upper end of what was drawn: 5, 50 and 95 % at level 0.90."""

    low: float
    median: float
    high: float


def wilson_interval(wins: int, trades: int, *, level: float) -> Interval | None:
    """The interval of the win rate behind `wins` of `trades`; None without trades.

    Source: Wilson 1927, the score interval.
    """
    if trades == 0:
        return None
    deviate = NormalDist().inv_cdf((1.0 + level) / 2.0)
    rate, square = wins / trades, deviate**2
    centre = (rate + square / (2 * trades)) / (1 + square / trades)
    half = deviate * math.sqrt(rate * (1 - rate) / trades + square / (4 * trades**2)) / (1 + square / trades)
    # Nothing but losses or wins ends exactly at the edge, where the formula is off by a rounding.
    return Interval(low=centre - half if wins else 0.0, high=centre + half if wins < trades else 1.0)


def clustered_resamples(values: Sequence[float], clusters: Sequence[str], *, draws: int, seed: int) -> Iterator[list[float]]:
    """`draws` samples made of as many whole clusters, drawn with replacement; the same for any order of the pairs.

    What moves together is drawn together; samples may differ in size.
    Source: Cameron, Gelbach & Miller 2008, the cluster bootstrap.
    """
    members: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        members.setdefault(cluster, []).append(value)
    ordered = sorted(sorted(group) for group in members.values())
    generator = Random(seed)  # noqa: S311 - a reproducible draw, nothing secret
    for _ in range(draws):
        yield [value for group in generator.choices(ordered, k=len(ordered)) for value in group]


def quantiles(drawn: Sequence[float], *, level: float) -> Quantiles:
    """The middle of at least one drawn figure, and the ends left when the same number is cut off on both sides."""
    ordered = sorted(drawn)
    # Cutting a whole number on each side keeps both ends among the figures drawn and the interval symmetric.
    cut = min(round((1.0 - level) / 2.0 * len(ordered)), (len(ordered) - 1) // 2)
    return Quantiles(low=ordered[cut], median=median(ordered), high=ordered[-1 - cut])
