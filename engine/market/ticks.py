"""Prices on the venue's grid: rounded away from the mark as arrays, then exact as Decimals.

Rules of this file: arrays are float64 in the quote coin of the family; the steps are
those every instrument of the family carries. A rounded price is the float nearest to
its decimal, so a column and the quote made of it hold the same number.
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

MARK_PLACES = 6
CENTS = 100.0


def usd_per_coin(family: Family, forward_usd: Floats) -> Floats:
    """What one quote coin is worth where an option is valued: at the forward of its expiry."""
    return forward_usd if family is Family.INVERSE else np.ones_like(forward_usd)


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
    return np.maximum(_snapped(np.floor(price_coin / tick + 1e-9) * tick, family), 0.0)


def ceil_to_tick(price_coin: Floats, family: Family) -> Floats:
    """Rounded up on the grid, one tick at least."""
    tick = tick_of(price_coin, family)
    return np.maximum(_snapped(np.ceil(price_coin / tick - 1e-9) * tick, family), float(TICKS[family][0].tick_coin))


def round_mark(price_coin: Floats) -> Floats:
    """Marks as the venue publishes them: six places."""
    return np.rint(price_coin * 10.0**MARK_PLACES) / 10.0**MARK_PLACES


def round_usd(price_usd: Floats) -> Floats:
    """USD prices to the cent."""
    return np.rint(price_usd * CENTS) / CENTS


def on_tick(price_coin: float, family: Family) -> Decimal | None:
    """A price already on the grid as Decimal; None for zero, because nobody quotes there."""
    finest = TICKS[family][0].tick_coin
    ticks = round(price_coin / float(finest))
    return ticks * finest if ticks > 0 else None


def mark_of(price_coin: float) -> Decimal:
    """A rounded mark as Decimal."""
    return Decimal(round(price_coin * 10**MARK_PLACES)).scaleb(-MARK_PLACES)


def usd(price_usd: float) -> Decimal:
    """A USD price to the cent."""
    return Decimal(round(price_usd * CENTS)).scaleb(-2)


def _snapped(price_coin: Floats, family: Family) -> Floats:
    per_coin = float(1 / TICKS[family][0].tick_coin)
    snapped: Floats = np.rint(price_coin * per_coin) / per_coin
    return snapped
