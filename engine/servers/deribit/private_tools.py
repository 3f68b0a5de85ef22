"""The tools of the account's owner: funds, positions, orders, trades. Without a key each says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from engine.clients.wire import Money, Wire
from engine.clients.wire_venue import ComboLegWire, NewOrderWire
from engine.servers.answers import aware, refusal, told
from engine.servers.deribit import account, orders
from engine.servers.deribit.network import VenueSettings
from engine.servers.deribit.private import PrivateVenue
from engine.servers.deribit.public_tools import within

ANSWER_S = 9.0
"""A question may cost a new login and a new session on the way."""
LEGS_MIN, LEGS_MAX = 2, 4
HISTORY_DAYS_MAX = 400
POSITIONS_MAX = 50
Label = Annotated[str, Field(min_length=1, max_length=64)]
OrderId = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=3, max_length=64)]


class Owner:
    """The account, or the refusal that says why there is none."""

    def __init__(self, settings: VenueSettings, venue: PrivateVenue | None, *, currency: str) -> None:
        self._settings, self._venue = settings, venue
        # Linear options are settled and their orders are listed under USDC.
        self._currencies = (currency, "USDC")

    async def tell(self, ask: Callable[[PrivateVenue], Awaitable[Wire]]) -> str:
        """What the account answers. Raises MCPError."""
        venue = self._venue
        if venue is None:
            names = " and ".join(self._settings.network.key_variables)
            raise refusal(f"there is no key of the {self._settings.network}: set {names}")

        async def answered() -> Wire:
            return await within(ANSWER_S, ask(venue))

        return await told(answered())

    def require(self, currency: str) -> None:
        """Nothing happens for a currency the options are settled in. Raises MCPError for another."""
        if currency not in self._currencies:
            raise refusal(f"{currency} is not traded here, only {' and '.join(self._currencies)}")


def add_private_tools(server: MCPServer, settings: VenueSettings, venue: PrivateVenue | None, *, currency: str) -> None:
    """Every private tool; they are listed with and without a key, so that the list never changes."""
    owner = Owner(settings, venue, currency=currency)
    _add_account(server, owner)
    _add_margins(server, owner)
    _add_trading(server, owner)
    _add_orders(server, owner)
    _add_history(server, owner)


def _add_account(server: MCPServer, owner: Owner) -> None:
    @server.tool(structured_output=False)
    async def get_account(currency: str) -> str:
        """Funds and margins in one coin, and what the key may do."""
        owner.require(currency)
        return await owner.tell(lambda venue: account.account(venue, currency))

    @server.tool(structured_output=False)
    async def get_positions(currency: str) -> str:
        """Every position of the coin, short below zero."""
        owner.require(currency)
        return await owner.tell(lambda venue: account.positions(venue, currency))


def _add_margins(server: MCPServer, owner: Owner) -> None:
    @server.tool(structured_output=False)
    async def get_margins(instrument_name: Name, amount_eth: Money, price_coin: Money) -> str:
        """What one order would tie up; a spread's margin is not the sum of its legs'."""
        return await owner.tell(lambda venue: account.margins(venue, instrument_name, amount_eth=amount_eth, price_coin=price_coin))

    @server.tool(structured_output=False)
    async def simulate_portfolio(currency: str, sizes_eth: dict[str, Money], is_added: bool = True) -> str:
        """The account's margin with these positions by instrument name, added to its own or alone."""
        owner.require(currency)
        if len(sizes_eth) > POSITIONS_MAX:
            raise refusal(f"at most {POSITIONS_MAX} positions at once")
        return await owner.tell(lambda venue: account.simulated_margin(venue, currency, sizes_eth=sizes_eth, is_added=is_added))

    @server.tool(structured_output=False)
    async def get_leg_prices(legs: list[ComboLegWire], price_coin: Money) -> str:
        """What each leg of a combo would trade at when the combo trades at this price."""
        rows = _legs(legs)
        return await owner.tell(lambda venue: account.leg_prices(venue, rows, price_coin=price_coin))


def _add_trading(server: MCPServer, owner: Owner) -> None:
    @server.tool(structured_output=False)
    async def create_combo(legs: list[ComboLegWire]) -> str:
        """The combo of these legs, made or found; its own legs say which way round it is."""
        rows = _legs(legs)
        return await owner.tell(lambda venue: orders.create_combo(venue, rows))

    @server.tool(structured_output=False)
    async def place_order(order: NewOrderWire) -> str:
        """A limit order is at the venue; it ends with the session that sent it."""
        return await owner.tell(lambda venue: orders.place_order(venue, order))

    @server.tool(structured_output=False)
    async def edit_order(order_id: OrderId, amount_eth: Money, price_coin: Money, valid_until: datetime | None = None) -> str:
        """The order works at another price or amount."""
        if amount_eth <= 0:
            raise refusal("an amount is above zero")
        until = None if valid_until is None else aware(valid_until)
        return await owner.tell(lambda venue: orders.edit_order(venue, order_id, amount_eth=amount_eth, price_coin=price_coin, valid_until=until))

    @server.tool(structured_output=False)
    async def cancel_order(order_id: OrderId) -> str:
        """The order works no more; allowed where orders are off."""
        return await owner.tell(lambda venue: orders.cancel_order(venue, order_id))

    @server.tool(structured_output=False)
    async def cancel_all() -> str:
        """No order of the account works, in any coin; allowed where orders are off."""
        return await owner.tell(orders.cancel_all)


def _add_orders(server: MCPServer, owner: Owner) -> None:
    @server.tool(structured_output=False)
    async def get_order(order_id: OrderId) -> str:
        """One order by the venue's number."""
        return await owner.tell(lambda venue: orders.order(venue, order_id))

    @server.tool(structured_output=False)
    async def get_orders_by_label(currency: str, label: Label) -> str:
        """Every order the venue still knows under a label; a label proves nothing by being absent."""
        owner.require(currency)
        return await owner.tell(lambda venue: orders.orders_by_label(venue, currency, label))

    @server.tool(structured_output=False)
    async def get_open_orders(currency: str) -> str:
        """Every order of the coin that works."""
        owner.require(currency)
        return await owner.tell(lambda venue: orders.open_orders(venue, currency))


def _add_history(server: MCPServer, owner: Owner) -> None:
    @server.tool(structured_output=False)
    async def get_trades(currency: str, start_at: datetime, end_at: datetime, order_id: OrderId | None = None) -> str:
        """The account's fills within the bounds, or those of one order."""
        owner.require(currency)
        _require_span(aware(start_at), aware(end_at))
        if order_id is not None:
            return await owner.tell(lambda venue: orders.trades_of_order(venue, order_id))
        return await owner.tell(lambda venue: orders.trades_between(venue, currency, start_at=start_at, end_at=end_at))

    @server.tool(structured_output=False)
    async def get_settlements(currency: str, since_at: datetime) -> str:
        """The account's settlements and deliveries since an instant, newest first."""
        owner.require(currency)
        return await owner.tell(lambda venue: account.settlements(venue, currency, since_at=aware(since_at)))


def _legs(legs: list[ComboLegWire]) -> list[dict[str, object]]:
    if not LEGS_MIN <= len(legs) <= LEGS_MAX:
        raise refusal(f"a combo has {LEGS_MIN} to {LEGS_MAX} legs")
    if any(leg.amount_eth <= Decimal(0) for leg in legs):
        raise refusal("an amount is above zero")
    return [{"instrument_name": leg.instrument_name, "direction": leg.direction, "amount": leg.amount_eth} for leg in legs]


def _require_span(start_at: datetime, end_at: datetime) -> None:
    if not timedelta(0) <= end_at - start_at <= timedelta(days=HISTORY_DAYS_MAX):
        raise refusal(f"ask for at most {HISTORY_DAYS_MAX} days, start before end")
