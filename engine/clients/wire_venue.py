"""What travels of the venue beyond prices: order books, accounts, orders, trades, settlements.

Rules of this file: those of `wire.py`; amounts of options are ETH, prices and cash
are in the coin the contract is quoted in, a size is signed (short < 0).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, Strict, model_validator

from engine.clients.wire import Instant, Money, OptionalMoney, Wire
from engine.core.model import BookState

LEVELS_MAX = 1_000
ROWS_MAX = 5_000


class LevelsWire(Wire):
    """One side of a book by column, best first."""

    price_coin: list[Money]
    amount_eth: list[Money]


class OrderBookWire(Wire):
    instrument_name: str
    quoted_at: Instant
    state: BookState
    bids: LevelsWire
    asks: LevelsWire


Direction = Literal["buy", "sell"]
OrderState = Literal["open", "filled", "rejected", "cancelled", "untriggered", "triggered"]
TimeInForce = Literal["good_til_cancelled", "good_til_day", "fill_or_kill", "immediate_or_cancel"]


class AccountWire(Wire):
    """One currency of the account; `scope` is what the venue granted to the key."""

    network: Literal["testnet", "mainnet"]
    currency: str
    observed_at: Instant
    equity_coin: Money
    balance_coin: Money
    available_funds_coin: Money
    initial_margin_coin: Money
    maintenance_margin_coin: Money
    delta_total: OptionalMoney = None
    margin_model: str | None = None
    is_trading_on: bool
    scope: list[str]


class PositionWire(Wire):
    instrument_name: str
    kind: str
    size_eth: Money
    average_price_coin: Money
    mark_price_coin: OptionalMoney = None
    floating_pnl_coin: OptionalMoney = None
    initial_margin_coin: OptionalMoney = None
    maintenance_margin_coin: OptionalMoney = None
    delta: float | None = None
    gamma: float | None = None
    vega: float | None = None
    theta: float | None = None


class PositionsWire(Wire):
    observed_at: Instant
    positions: list[PositionWire]


class MarginsWire(Wire):
    """The margin of one order each way, and the prices the venue would take it at."""

    buy_coin: Money
    sell_coin: Money
    min_price_coin: Money
    max_price_coin: Money


class SimulatedMarginWire(Wire):
    """The margin of a portfolio as the venue's own model counts it."""

    initial_margin_coin: Money
    maintenance_margin_coin: Money
    available_funds_coin: OptionalMoney = None
    equity_coin: OptionalMoney = None


class LegWire(Wire):
    """`ratio` below zero: this leg goes the other way than the combo."""

    instrument_name: str
    ratio: int


class ComboWire(Wire):
    combo_id: str
    state: Literal["active", "inactive", "rfq"]
    legs: list[LegWire]


class LegPriceWire(Wire):
    instrument_name: str
    direction: Direction
    ratio: int
    price_coin: Money


class LegPricesWire(Wire):
    legs: list[LegPriceWire]


class OrderWire(Wire):
    """An order as the venue has it; `price_coin` is null for an order without a limit."""

    order_id: str
    instrument_name: str
    label: str
    state: OrderState
    direction: Direction
    price_coin: OptionalMoney
    amount_eth: Money
    filled_eth: Money
    average_price_coin: OptionalMoney
    created_at: Instant
    updated_at: Instant
    is_reduce_only: bool
    is_post_only: bool


class TradeWire(Wire):
    """One fill. A combo's trade names its legs' trades, a leg's trade names its combo."""

    trade_id: str
    order_id: str
    instrument_name: str
    label: str
    direction: Direction
    price_coin: Money
    amount_eth: Money
    fee_coin: Money
    fee_currency: str
    traded_at: Instant
    index_usd: OptionalMoney = None
    mark_price_coin: OptionalMoney = None
    iv_frac: float | None = None
    combo_id: str | None = None
    is_maker: bool | None = None
    legs: list[TradeWire] = Field(default_factory=list)


# A tool's arguments are read from parsed JSON, where an instant is still a text.
_ArgumentInstant = Annotated[AwareDatetime, Strict(strict=False)]


class NewOrderWire(Wire):
    """A limit order as it is asked for; after `valid_until` the venue no longer takes it."""

    model_config = ConfigDict(extra="forbid")

    instrument_name: str = Field(min_length=3, max_length=64)
    direction: Direction
    amount_eth: Money
    price_coin: Money
    label: str = Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")
    time_in_force: TimeInForce = "good_til_cancelled"
    is_post_only: bool = False
    is_reduce_only: bool = False
    valid_until: _ArgumentInstant | None = None

    @model_validator(mode="after")
    def _amount_is_positive(self) -> Self:
        if self.amount_eth <= 0:
            raise ValueError("an amount is above zero")
        return self


class ComboLegWire(Wire):
    """A leg of a combo to be made, in the direction it is traded in."""

    model_config = ConfigDict(extra="forbid")

    instrument_name: str = Field(min_length=3, max_length=64)
    direction: Direction
    amount_eth: Money


class PlacedWire(Wire):
    """What the venue did at once: the order, and what it filled on the way in."""

    order: OrderWire
    trades: list[TradeWire]


class OrdersWire(Wire):
    observed_at: Instant
    orders: list[OrderWire]


class TradesWire(Wire):
    """Oldest first; `is_complete` false: there are more than were told."""

    observed_at: Instant
    trades: list[TradeWire]
    is_complete: bool


class SettlementWire(Wire):
    kind: Literal["settlement", "delivery", "bankruptcy"]
    instrument_name: str | None
    settled_at: Instant
    size_eth: OptionalMoney = None
    pnl_coin: OptionalMoney = None
    session_pnl_coin: OptionalMoney = None
    index_usd: OptionalMoney = None
    mark_price_coin: OptionalMoney = None


class SettlementsWire(Wire):
    observed_at: Instant
    settlements: list[SettlementWire]
    is_complete: bool


class CancelledWire(Wire):
    """How many orders were cancelled."""

    cancelled: int
