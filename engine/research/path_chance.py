"""The chance of the paths, compiled: whole numbers that look like chance, normal numbers, the parts of a step.

Rules of this file: chance is a function of (seed, path, step, draw), so a figure does
not depend on which thread asked for it, in which order, or whether another one was
asked for at all. Sources: Steele, Lea & Flood 2014 (splitmix64), Box & Muller 1958.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research.compiled import inlined, lent
from engine.research.path_numbers import ln_of, waves_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS_PER_STEP = 256
DRAW_RETURN, DRAW_SCALE, DRAW_BRIDGE, DRAW_DELIVERY = 0, 2, 128, 254
GAMMA = np.uint64(0x9E3779B97F4A7C15)
MIX_1, MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
BITS_30, BITS_27, BITS_31, BITS_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
TO_UNIT = 1.0 / 9007199254740992.0


@inlined
def mixed(number: np.uint64) -> np.uint64:
    """Sixty-four bits that look like chance."""
    number = (number ^ (number >> BITS_30)) * MIX_1
    number = (number ^ (number >> BITS_27)) * MIX_2
    return number ^ (number >> BITS_31)


@lent
def path_key(seed: int, path: int) -> np.uint64:
    """Where the chance of one path begins."""
    return mixed(np.uint64(seed) * GAMMA + mixed(np.uint64(path) + GAMMA))


@inlined
def uniform(key: np.uint64, draw: int) -> float:
    """A number inside 0..1, never an end of it."""
    bits = mixed(key + np.uint64(draw) * GAMMA) >> BITS_11
    return (np.float64(bits) + 0.5) * TO_UNIT


@inlined
def normals(key: np.uint64, draw: int) -> tuple[float, float]:
    """Two independent standard normal numbers from the two draws at `draw`."""
    radius = math.sqrt(-2.0 * ln_of(uniform(key, draw)))
    cosine, sine = waves_of(uniform(key, draw + 1))
    return radius * cosine, radius * sine


@lent
def normals_into(first: Floats, second: Floats, key: np.uint64, draw: int) -> None:
    """Two independent standard normal numbers for every step stand in the rows; `draw` is that of their first step."""
    for step in range(len(first)):
        first[step], second[step] = normals(key, draw + step * DRAWS_PER_STEP)


@lent
def variance_scales_into(scales: Floats, key: np.uint64, draw: int, nu: int) -> None:
    """What each step's variance is multiplied by so that its return is Student-t(nu) of unit variance: (nu - 2) over a chi-squared(nu).

    The product of nu/2 uniform numbers is as small as e^-690 once in 10^170 steps at the highest nu.
    """
    scales[:] = 1.0
    for number in range(nu // 2):
        for step in range(len(scales)):
            scales[step] *= uniform(key, draw + number + step * DRAWS_PER_STEP)
    for step in range(len(scales)):
        scales[step] = -2.0 * ln_of(scales[step])
    if nu % 2 == 1:
        for step in range(len(scales)):
            scales[step] += normals(key, draw + nu // 2 + step * DRAWS_PER_STEP)[0] ** 2
    for step in range(len(scales)):
        scales[step] = (nu - 2.0) / scales[step]


@lent
def parts_of(key: np.uint64, draw: int, step: tuple[float, float], parts: int) -> tuple[float, float, float]:
    """(lowest, highest, last) log return of the equal parts of a step, given the step's own return and the variance it was drawn with: a bridge."""
    total, variance = step
    lowest, highest, last, mean = math.inf, -math.inf, 0.0, 0.0
    for first in range(0, parts, 2):
        last, other = normals(key, draw + first)
        lowest, highest, mean = min(lowest, last), max(highest, last), mean + last / parts
        if first + 1 < parts:
            last = other
            lowest, highest, mean = min(lowest, last), max(highest, last), mean + last / parts
    evenly, deviation = total / parts, math.sqrt(variance / parts)
    return evenly + deviation * (lowest - mean), evenly + deviation * (highest - mean), evenly + deviation * (last - mean)
