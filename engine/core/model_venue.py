"""Frozen values of the account at the venue: funds, positions, orders, fills, settlements.

Rules of this file: those of `model.py`; amounts are ETH, cash and prices are in the
coin the contract is quoted in, a size is signed (short < 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Direction(StrEnum):
    """Which side of a trade is ours."""

    BUY = "buy"
    SELL = "sell"


class VenueOrderState(StrEnum):
    """What the venue says of an order, in its words."""

    OPEN = "open"
    FILLED = "filled"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    UNTRIGGERED = "untriggered"
    TRIGGERED = "triggered"

    @property
    def is_final(self) -> bool:
        """Nothing more can be filled."""
        return self in (VenueOrderState.FILLED, VenueOrderState.REJECTED, VenueOrderState.CANCELLED)


class SettlementKind(StrEnum):
    """Why the venue moved cash without a trade."""

    SETTLEMENT = "settlement"
    DELIVERY = "delivery"
    BANKRUPTCY = "bankruptcy"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueAccount:
    """The funds of one coin. `scope` is what the venue granted to the key, such as trade:read_write."""

    network: str
    coin: str
    observed_at: datetime
    equity_coin: Decimal
    balance_coin: Decimal
    available_funds_coin: Decimal
    initial_margin_coin: Decimal
    maintenance_margin_coin: Decimal
    delta_total: Decimal | None
    margin_model: str | None
    is_trading_on: bool
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """One position that is not flat."""

    instrument_name: str
    size_eth: Decimal
    average_price_coin: Decimal
    mark_price_coin: Decimal | None
    initial_margin_coin: Decimal | None
    maintenance_margin_coin: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMargins:
    """What one order would tie up each way, and the prices the venue takes it at."""

    buy_coin: Decimal
    sell_coin: Decimal
    min_price_coin: Decimal
    max_price_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioMargin:
    """What a whole portfolio would tie up, by the venue's own count."""

    initial_margin_coin: Decimal
    maintenance_margin_coin: Decimal
    available_funds_coin: Decimal | None
    equity_coin: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedLeg:
    """A leg in the direction it is to be traded in."""

    instrument_name: str
    direction: Direction
    amount_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboLeg:
    """`ratio` below zero: this leg goes the other way than the combo."""

    instrument_name: str
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Combo:
    """A book in which legs trade together. Which way round it is, its legs say and its name does not."""

    combo_id: str
    is_active: bool
    legs: tuple[ComboLeg, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPrice:
    """What one leg trades at when its combo trades at the price asked about."""

    instrument_name: str
    direction: Direction
    ratio: int
    price_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A limit order to be sent once. After `valid_until` the venue does not take it any more."""

    instrument_name: str
    direction: Direction
    amount_eth: Decimal
    price_coin: Decimal
    label: str
    is_post_only: bool = False
    is_reduce_only: bool = False
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order as the venue has it; `price_coin` is None for one without a limit, which is not ours."""

    order_id: str
    instrument_name: str
    label: str
    state: VenueOrderState
    direction: Direction
    price_coin: Decimal | None
    amount_eth: Decimal
    filled_eth: Decimal
    average_price_coin: Decimal | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTrade:
    """One fill. A combo's fill has the fills of its legs in `legs`; a leg's fill names its combo."""

    trade_id: str
    order_id: str
    instrument_name: str
    label: str
    direction: Direction
    price_coin: Decimal
    amount_eth: Decimal
    fee_coin: Decimal
    fee_coin_name: str
    traded_at: datetime
    index_usd: Decimal | None
    mark_price_coin: Decimal | None
    combo_id: str | None
    legs: tuple[VenueTrade, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What the venue did at once: the order, and what was filled on its way in."""

    order: VenueOrder
    trades: tuple[VenueTrade, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTrades:
    """Fills, oldest first; not complete when there are more than were told."""

    observed_at: datetime
    trades: tuple[VenueTrade, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSettlement:
    """One settlement, delivery or bankruptcy of the account."""

    kind: SettlementKind
    instrument_name: str | None
    settled_at: datetime
    size_eth: Decimal | None
    pnl_coin: Decimal | None
    session_pnl_coin: Decimal | None
    index_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSettlements:
    """Settlements, newest first; not complete when there are more than were told."""

    observed_at: datetime
    settlements: tuple[VenueSettlement, ...]
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLevel:
    """One price of a book."""

    price_coin: Decimal
    amount_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBook:
    """A book at one instant, best prices first."""

    instrument_name: str
    quoted_at: datetime
    is_open: bool
    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]
