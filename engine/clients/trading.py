"""The exchange's private side: account, orders, fills; what trades is asked once and never again.

Rules of this file: a VenueError with `is_refusal` proves that nothing was done; any
other failure of a call that trades leaves open whether it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from engine.clients.mcp import Caller
from engine.clients.translate_venue import (
    read_account,
    read_book,
    read_combo,
    read_order,
    read_placed,
    read_position,
    read_settlements,
    read_trades,
    write_new_order,
)
from engine.clients.wire import Wire, read_wire
from engine.clients.wire_venue import (
    AccountWire,
    CancelledWire,
    ComboWire,
    LegPricesWire,
    MarginsWire,
    OrderBookWire,
    OrdersWire,
    PlacedWire,
    PositionsWire,
    SettlementsWire,
    SimulatedMarginWire,
    TradesWire,
)
from engine.core.model_venue import (
    Combo,
    Direction,
    LegPrice,
    NewOrder,
    OrderBook,
    OrderMargins,
    Placed,
    PortfolioMargin,
    TradedLeg,
    VenueAccount,
    VenueOrder,
    VenuePosition,
    VenueSettlements,
    VenueTrades,
)
from engine.errors import VenueError

W = TypeVar("W", bound=Wire)


class TradingClient:
    """Speaks for the account through the exchange's MCP server."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get_account(self, coin: str) -> VenueAccount:
        return read_account(self._read(AccountWire, "get_account", await self._caller.call("get_account", {"currency": coin})))

    async def get_positions(self, coin: str) -> tuple[VenuePosition, ...]:
        """Every position of the coin that is not flat."""
        wire = self._read(PositionsWire, "get_positions", await self._caller.call("get_positions", {"currency": coin}))
        return tuple(read_position(position) for position in wire.positions)

    async def get_order_book(self, instrument_name: str, depth: int) -> OrderBook:
        text = await self._caller.call("get_order_book", {"instrument_name": instrument_name, "depth": depth})
        return read_book(self._read(OrderBookWire, "get_order_book", text))

    async def get_margins(self, instrument_name: str, *, amount_eth: Decimal, price_coin: Decimal) -> OrderMargins:
        arguments = {"instrument_name": instrument_name, "amount_eth": str(amount_eth), "price_coin": str(price_coin)}
        wire = self._read(MarginsWire, "get_margins", await self._caller.call("get_margins", arguments))
        return OrderMargins(buy_coin=wire.buy_coin, sell_coin=wire.sell_coin, min_price_coin=wire.min_price_coin, max_price_coin=wire.max_price_coin)

    async def simulate_portfolio(self, coin: str, sizes_eth: dict[str, Decimal], *, is_added: bool = True) -> PortfolioMargin:
        """The account's margin with these positions by instrument, added to its own or alone."""
        arguments = {"currency": coin, "sizes_eth": {name: str(size) for name, size in sizes_eth.items()}, "is_added": is_added}
        wire = self._read(SimulatedMarginWire, "simulate_portfolio", await self._caller.call("simulate_portfolio", arguments))
        return PortfolioMargin(
            initial_margin_coin=wire.initial_margin_coin,
            maintenance_margin_coin=wire.maintenance_margin_coin,
            available_funds_coin=wire.available_funds_coin,
            equity_coin=wire.equity_coin,
        )

    async def create_combo(self, legs: Sequence[TradedLeg]) -> Combo:
        """The combo of these legs, made or found: the same legs give the same combo."""
        return read_combo(self._read(ComboWire, "create_combo", await self._caller.call("create_combo", {"legs": _legs(legs)})))

    async def get_leg_prices(self, legs: Sequence[TradedLeg], price_coin: Decimal) -> tuple[LegPrice, ...]:
        text = await self._caller.call("get_leg_prices", {"legs": _legs(legs), "price_coin": str(price_coin)})
        wire = self._read(LegPricesWire, "get_leg_prices", text)
        return tuple(
            LegPrice(instrument_name=leg.instrument_name, direction=Direction(leg.direction), ratio=leg.ratio, price_coin=leg.price_coin) for leg in wire.legs
        )

    async def place_order(self, order: NewOrder) -> Placed:
        """The venue has taken the order. Raises VenueError; only a refusal proves that there is none."""
        text = await self._caller.call("place_order", {"order": write_new_order(order).model_dump(mode="json")})
        return read_placed(self._read(PlacedWire, "place_order", text))

    async def edit_order(self, order_id: str, *, amount_eth: Decimal, price_coin: Decimal, valid_until: datetime | None = None) -> Placed:
        """The order works at this price and amount. Raises VenueError; only a refusal proves that it does not."""
        until = None if valid_until is None else valid_until.isoformat()
        arguments = {"order_id": order_id, "amount_eth": str(amount_eth), "price_coin": str(price_coin), "valid_until": until}
        return read_placed(self._read(PlacedWire, "edit_order", await self._caller.call("edit_order", arguments)))

    async def get_order(self, order_id: str) -> VenueOrder:
        return self._one("get_order", await self._caller.call("get_order", {"order_id": order_id}))

    async def get_orders_by_label(self, coin: str, label: str) -> tuple[VenueOrder, ...]:
        """What the venue still knows under the label; an empty answer proves nothing."""
        return self._orders("get_orders_by_label", await self._caller.call("get_orders_by_label", {"currency": coin, "label": label}))

    async def get_open_orders(self, coin: str) -> tuple[VenueOrder, ...]:
        return self._orders("get_open_orders", await self._caller.call("get_open_orders", {"currency": coin}))

    async def get_trades(self, coin: str, start_at: datetime, end_at: datetime, *, order_id: str | None = None) -> VenueTrades:
        """The fills within the bounds, or those of one order."""
        arguments = {"currency": coin, "start_at": start_at.isoformat(), "end_at": end_at.isoformat(), "order_id": order_id}
        return read_trades(self._read(TradesWire, "get_trades", await self._caller.call("get_trades", arguments)))

    async def get_settlements(self, coin: str, since_at: datetime) -> VenueSettlements:
        text = await self._caller.call("get_settlements", {"currency": coin, "since_at": since_at.isoformat()})
        return read_settlements(self._read(SettlementsWire, "get_settlements", text))

    async def cancel_order(self, order_id: str) -> VenueOrder:
        """The order as it ended. Raises VenueError; a refusal says why there was nothing to cancel."""
        return self._one("cancel_order", await self._caller.call("cancel_order", {"order_id": order_id}))

    async def cancel_all(self) -> int:
        """How many orders were cancelled; none of the account works any more."""
        return self._read(CancelledWire, "cancel_all", await self._caller.call("cancel_all", {})).cancelled

    def _read(self, model: type[W], tool: str, text: str) -> W:
        return read_wire(model, text, server=self._caller.name, tool=tool)

    def _orders(self, tool: str, text: str) -> tuple[VenueOrder, ...]:
        return tuple(read_order(order) for order in self._read(OrdersWire, tool, text).orders)

    def _one(self, tool: str, text: str) -> VenueOrder:
        orders = self._orders(tool, text)
        if len(orders) != 1:
            raise VenueError(f"{len(orders)} orders came for one number", server=self._caller.name, tool=tool, permanent=True)
        return orders[0]


def _legs(legs: Sequence[TradedLeg]) -> list[dict[str, str]]:
    return [{"instrument_name": leg.instrument_name, "direction": leg.direction.value, "amount_eth": str(leg.amount_eth)} for leg in legs]
