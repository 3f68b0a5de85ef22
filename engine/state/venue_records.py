"""What leaves the store of orders at the venue: frozen records, as in `records.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import OrderState
from engine.core.model_venue import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentLeg:
    """One leg of what was approved, in the direction it is traded in; `side` counts the verticals from 0, `is_short` is the leg that was sold on opening."""

    instrument: str
    direction: Direction
    side: int
    is_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentTerms:
    """What an approval allows at the venue, kept beside its intent: nothing may be sent that it does not cover.

    `worst_received_coin` is cash per 1 ETH: the floor of a credit, or the cap of a debit below zero. `urgency` is entry, soft or hard.
    `under_kill` is the kill on record when a person ordered the close; None when there was none.
    """

    order_id: int
    proposal_id: int
    urgency: str
    worst_received_coin: Decimal
    tick_coin: Decimal
    lot_eth: Decimal
    legs: tuple[IntentLeg, ...]
    under_kill: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVenueOrder:
    """An order as it is written down before it is sent. `part` is the whole (0) or one leg, `limit_coin` the venue's own price, signed as it is asked."""

    order_id: int
    part: int
    label: str
    instrument: str
    direction: Direction
    amount_eth: Decimal
    limit_coin: Decimal
    valid_until_at: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrderRecord:
    """An order of ours: `number` is ours, `venue_order_id` the venue's, None until it is known. `cause` says why it ended."""

    number: int
    order_id: int
    part: int
    label: str
    instrument: str
    direction: Direction
    amount_eth: Decimal
    limit_coin: Decimal
    valid_until_at: datetime
    state: OrderState
    venue_order_id: str | None
    filled_eth: Decimal
    cause: str
    sent_at: datetime
    ended_at: datetime | None

    @property
    def left_eth(self) -> Decimal:
        """What may still be filled."""
        return self.amount_eth - self.filled_eth


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFillRecord:
    """One fill as the venue told it, once; `price_coin` is the venue's, `source` testnet, venue or reported."""

    trade_key: str
    number: int
    instrument: str
    direction: Direction
    amount_eth: Decimal
    price_coin: Decimal
    fee_coin: Decimal
    fee_coin_name: str
    index_usd: Decimal | None
    at: datetime
    source: str
