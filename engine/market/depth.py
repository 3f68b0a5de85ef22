"""The stated model of what stands in and behind a book: open interest, volume and top sizes by tenor, delta and option.

Rules of this file: a fixed function of the option and of how long it still lives, so
the same question always gets the same answer; arrays, one row per option, in ETH.
Source: open interest of the recorded chains of January and February 2026
(docs/surface.md); no recording has sizes, theirs are invented within a plausible range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.market.grid import DAY_S, EXPIRY_S, FRIDAY, is_month_end, weekday

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

LEVEL_DAILY_ETH, LEVEL_WEEKLY_ETH, LEVEL_MONTHLY_ETH, LEVEL_QUARTERLY_ETH = 300.0, 3300.0, 6500.0, 9500.0
WEEKLY_LIFE_DAYS, WEEKLY_SHARE_MIN = 23.0, 0.02
"""A weekly starts nearly empty and fills as it ages."""
DELTA_OF_MOST_INTEREST, DELTA_WIDTH = 0.2, 0.35
INTEREST_SCATTER = 0.6
"""Scale of the logistic scatter of the logarithm between options alike in tenor and delta."""
VOLUME_OVER_OPEN_INTEREST = 0.06
TOP_SIZE_MIN_ETH, TOP_SIZE_SPAN_ETH = 20.0, 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """Whole numbers of ETH by row."""

    open_interest_eth: Floats
    volume_24h_eth: Floats
    bid_size_eth: Floats
    ask_size_eth: Floats


def modelled_depth(expiry_s: Ints, strike_usd: Floats, is_call: Bools, *, level_eth: Floats, delta: Floats) -> Depth:
    """Open interest, volume and top sizes typical of the tenor's level and the delta, varied by option."""
    chance = chance_of(expiry_s, strike_usd, is_call)
    shape = np.exp(-(((np.abs(delta) - DELTA_OF_MOST_INTEREST) / DELTA_WIDTH) ** 2))
    scatter = (chance / (1.0 - chance)) ** INTEREST_SCATTER
    interest = np.floor(level_eth * shape * scatter)
    size = np.floor(TOP_SIZE_MIN_ETH + TOP_SIZE_SPAN_ETH * chance)
    return Depth(
        open_interest_eth=interest,
        volume_24h_eth=np.floor(interest * VOLUME_OVER_OPEN_INTEREST),
        bid_size_eth=size,
        ask_size_eth=2.0 * TOP_SIZE_MIN_ETH + TOP_SIZE_SPAN_ETH - size,
    )


def chance_of(expiry_s: Ints, strike_usd: Floats, is_call: Bools) -> Floats:
    """A number inside 0..1 that belongs to the option: splitmix64 of expiry, strike and type (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        mixed = (expiry_s * 1_000_003 + np.rint(strike_usd * 100.0).astype(np.int64) * 2 + is_call).astype(np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    chance: Floats = ((mixed >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52
    return chance


def level_of_tenor_eth(expiry_s: Ints, dte_days: Floats) -> Floats:
    """The open interest typical of an expiry's most held options: dailies thin, weeklies filling with age, month ends deep."""
    is_month, is_quarter = is_month_end(expiry_s)
    is_friday = weekday((expiry_s - EXPIRY_S) // DAY_S) == FRIDAY
    weekly = LEVEL_WEEKLY_ETH * np.maximum(1.0 - dte_days / WEEKLY_LIFE_DAYS, WEEKLY_SHARE_MIN)
    level: Floats = np.select([is_quarter, is_month, is_friday], [LEVEL_QUARTERLY_ETH, LEVEL_MONTHLY_ETH, weekly], LEVEL_DAILY_ETH)
    return level
