"""Exponential, logarithm, sine and normal distribution in plain arithmetic, so that the processor does eight at a time.

Rules of this file: nothing but sums, products, quotients and bits of doubles, in one
fixed order and without a branch. Calls into the mathematics library cannot be worked on
in lanes, and these are the same to the last bit on every machine. Sources: fdlibm (Sun
1993) for the polynomials; West, Better approximations to cumulative normal functions,
Wilmott 2005 (Hart 1968, function 5666) for the tail of the normal distribution. Errors,
which a test holds: 2 units in the last place for the logarithm, the exponential and the
waves, 1e-15 for the distribution.
"""

from __future__ import annotations

import math

import numpy as np

from engine.research.compiled import inlined

ROUNDING = 6755399441055744.0
"""Three times 2^51: what is added to it loses its fraction, and its last bits are the whole number."""
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
MANTISSA_BITS = 52
HALF_ROOT_BITS = 0x3FE6A09E667F3BCD
"""The bits of the square root of one half."""
EXPONENT_MIN = -300.0
QUARTER_TURN = 0.5 * math.pi


@inlined
def exp_of(exponent: float) -> float:
    """The exponential; what lies below -300 counts as that, which keeps products of two inside what a double holds in full."""
    exponent = max(exponent, EXPONENT_MIN)
    shifted = exponent * LOG2_E + ROUNDING
    powers = shifted - ROUNDING
    rest = (exponent - powers * LN2_HIGH) - powers * LN2_LOW
    series = 1.0 / 479001600.0
    series = series * rest + 1.0 / 39916800.0
    series = series * rest + 1.0 / 3628800.0
    series = series * rest + 1.0 / 362880.0
    series = series * rest + 1.0 / 40320.0
    series = series * rest + 1.0 / 5040.0
    series = series * rest + 1.0 / 720.0
    series = series * rest + 1.0 / 120.0
    series = series * rest + 1.0 / 24.0
    series = series * rest + 1.0 / 6.0
    series = series * rest + 0.5
    series = series * rest + 1.0
    series = series * rest + 1.0
    bits = np.float64(series).view(np.int64) + (np.float64(shifted).view(np.int64) << MANTISSA_BITS)
    return np.int64(bits).view(np.float64)


@inlined
def ln_of(number: float) -> float:
    """The natural logarithm of a positive number."""
    bits = np.float64(number).view(np.int64)
    exponent = (bits - HALF_ROOT_BITS) >> MANTISSA_BITS
    over_one = np.int64(bits - (exponent << MANTISSA_BITS)).view(np.float64) - 1.0
    ratio = over_one / (2.0 + over_one)
    square = ratio * ratio
    fourth = square * square
    even = fourth * (3.999999999940941908e-01 + fourth * (2.222219843214978396e-01 + fourth * 1.531383769920937332e-01))
    odd = 1.818357216161805012e-01 + fourth * 1.479819860511658591e-01
    odd = square * (6.666666666666735130e-01 + fourth * (2.857142874366239149e-01 + fourth * odd))
    half_square, powers = 0.5 * over_one * over_one, np.float64(exponent)
    return powers * LN2_HIGH - ((half_square - (ratio * (half_square + even + odd) + powers * LN2_LOW)) - over_one)


@inlined
def waves_of(turn: float) -> tuple[float, float]:
    """(cosine, sine) of a part of a whole turn between zero and one."""
    shifted = 4.0 * turn + ROUNDING
    quarters = shifted - ROUNDING
    angle = (4.0 * turn - quarters) * QUARTER_TURN
    square = angle * angle
    sine = 2.75573137070700676789e-06 + square * (-2.50507602534068634195e-08 + square * 1.58969099521155010221e-10)
    sine = 8.33333333332248946124e-03 + square * (-1.98412698298579493134e-04 + square * sine)
    sine = angle + angle * square * (-1.66666666666666324348e-01 + square * sine)
    cosine = -2.75573143513906633035e-07 + square * (2.08757232129817482790e-09 - square * 1.13596475577881948265e-11)
    cosine = -1.38888888888741095749e-03 + square * (2.48015872894767294178e-05 + square * cosine)
    cosine = 1.0 - 0.5 * square + square * square * (4.16666666666666019037e-02 + square * cosine)
    quarter = np.float64(shifted).view(np.int64) & 3
    is_odd = (quarter & 1) == 1
    first, second = sine if is_odd else cosine, cosine if is_odd else sine
    return -first if quarter in (1, 2) else first, -second if quarter >= 2 else second


@inlined
def tail_over_bell(distance: float) -> float:
    """The normal probability beyond `distance` (not negative) over exp(-distance^2/2)."""
    above = (3.52624965998911e-02 * distance + 0.700383064443688) * distance + 6.37396220353165
    above = ((above * distance + 33.912866078383) * distance + 112.079291497871) * distance + 221.213596169931
    above = above * distance + 220.206867912376
    below = (8.83883476483184e-02 * distance + 1.75566716318264) * distance + 16.064177579207
    below = ((below * distance + 86.7807322029461) * distance + 296.564248779674) * distance + 637.333633378831
    below = (below * distance + 793.826512519948) * distance + 440.413735824752
    return above / below
