"""What an approval allows, written down beside its intent: the legs and the way each is traded, and the worst price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.core.model_venue import Direction
from engine.state.records import TradeSide
from engine.state.venue_records import IntentLeg


def legs_of(sides: Sequence[TradeSide], *, is_opening: bool) -> tuple[IntentLeg, ...]:
    """Every leg of the sides: on opening the short is sold and the long bought, on closing the other way round."""
    out, back = (Direction.SELL, Direction.BUY) if is_opening else (Direction.BUY, Direction.SELL)
    legs = []
    for number, side in enumerate(sides):
        legs.append(IntentLeg(instrument=side.short_instrument, direction=out, side=number, is_short=True))
        legs.append(IntentLeg(instrument=side.long_instrument, direction=back, side=number, is_short=False))
    return tuple(legs)


def worst_received_coin(worst_coin: Decimal, *, is_opening: bool) -> Decimal:
    """The floor of a credit, or the cap of a debit, as cash."""
    return worst_coin if is_opening else -worst_coin
