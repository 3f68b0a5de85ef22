"""Prices on the venue's grid: rounded away from the mark as arrays, then exact as Decimals.

Rules of this file: arrays are float64 in the quote coin of the family; the steps are
those every instrument of the family carries.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family
from engine.market.listing import TICKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ONE = Decimal(1)


def usd_per_coin(family: Family, *, forward_usd: float) -> float:
    """What one quote coin is worth where an option is valued: at the forward of its expiry."""
    return float(family.usd_of_coin(ONE, index_usd=Decimal(forward_usd)))


def tick_of(price_coin: Floats, family: Family) -> Floats:
    """The venue's tick at a price; a step begins just above its level."""
    finest, *coarser = TICKS[family]
    tick = np.full_like(price_coin, float(finest.tick_coin))
    for step in coarser:
        tick = np.where(price_coin > float(step.above_coin) + 1e-9, float(step.tick_coin), tick)
    return tick


def floor_to_tick(price_coin: Floats, family: Family) -> Floats:
    """Rounded down on the grid, never below zero."""
    tick = tick_of(price_coin, family)
    return np.maximum(np.floor(price_coin / tick + 1e-9) * tick, 0.0)


def ceil_to_tick(price_coin: Floats, family: Family) -> Floats:
    """Rounded up on the grid, one tick at least."""
    tick = tick_of(price_coin, family)
    return np.maximum(np.ceil(price_coin / tick - 1e-9) * tick, float(TICKS[family][0].tick_coin))


def on_tick(price_coin: float, family: Family) -> Decimal | None:
    """A price already on the grid as Decimal; None for zero, because nobody quotes there."""
    finest = TICKS[family][0].tick_coin
    ticks = round(float(price_coin) / float(finest))
    return ticks * finest if ticks > 0 else None
