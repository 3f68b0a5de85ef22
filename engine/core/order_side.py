"""Which way round a combo is traded, and how much of a leg may be traded without leaving a short uncovered.

Rules of this file: a combo's legs say which way round it is, its name never does; cash is signed, received > 0.
Source: strategy §1.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.model_venue import Combo, Direction, TradedLeg


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboSide:
    """How the combo is traded so that its legs go the way they are meant to."""

    combo_id: str
    direction: Direction

    def price_coin(self, received_coin: Decimal) -> Decimal:
        """The price to ask so that `received_coin` comes in per 1 ETH; who buys at a negative price is paid."""
        return -received_coin if self.direction is Direction.BUY else received_coin

    def received_coin(self, price_coin: Decimal) -> Decimal:
        """What comes in per 1 ETH at that price; below zero it is paid."""
        return -price_coin if self.direction is Direction.BUY else price_coin


def combo_side(combo: Combo, wanted: Sequence[TradedLeg]) -> ComboSide | None:
    """The side of the combo that trades every leg as wanted; None for a combo of other legs, of other ratios or of mixed signs."""
    ratios = {leg.instrument_name: leg.ratio for leg in combo.legs}
    signs = {leg.instrument_name: 1 if leg.direction is Direction.BUY else -1 for leg in wanted}
    if len(ratios) != len(combo.legs) or len(signs) != len(wanted) or ratios.keys() != signs.keys():
        return None
    products = {ratios[name] * sign for name, sign in signs.items()}
    if products == {1}:
        return ComboSide(combo_id=combo.combo_id, direction=Direction.BUY)
    return ComboSide(combo_id=combo.combo_id, direction=Direction.SELL) if products == {-1} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsDone:
    """What the legs of one vertical have traded for one intent, unsigned; `sold_*` and `bought_*` as the words say."""

    bought_short_eth: Decimal = Decimal(0)
    sold_short_eth: Decimal = Decimal(0)
    bought_long_eth: Decimal = Decimal(0)
    sold_long_eth: Decimal = Decimal(0)


def sellable_short_eth(done: LegsDone, quantity_eth: Decimal) -> Decimal:
    """On opening: how much of the short leg may be sold now, never beyond the long that is bought and still held."""
    held = done.bought_long_eth - done.sold_long_eth
    return max(min(quantity_eth - done.sold_short_eth, held - done.sold_short_eth), Decimal(0))


def sellable_long_eth(done: LegsDone, quantity_eth: Decimal, *, is_opening: bool) -> Decimal:
    """How much of the long leg may be sold now: on closing what the short was bought back for, on opening what covers nothing."""
    if is_opening:
        return max(done.bought_long_eth - done.sold_long_eth - done.sold_short_eth, Decimal(0))
    return max(min(quantity_eth, done.bought_short_eth) - done.sold_long_eth, Decimal(0))
