"""The tools anybody may ask: prices, history, chains."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, TypeVar

from mcp.server.mcpserver import MCPServer
from pydantic import Strict

from engine.clients.translate import write_candles, write_chain, write_instruments, write_quotes
from engine.clients.wire import ChainReply, DeliveryWire, InstrumentListWire, LevelWire, PriceWire, StatusWire, TickerReply, TimeWire, Wire
from engine.clients.wire_venue import LevelsWire, OrderBookWire
from engine.core.model import BookState, Family
from engine.servers.answers import aware, refusal, told
from engine.servers.deribit import chain, market
from engine.servers.deribit.listing import Listing, family_of
from engine.servers.deribit.market import VENUE
from engine.servers.deribit.rpc import Reader, instant_of_ms
from engine.servers.shapes import Number, Shape, shaped, tidy
from engine.servers.upstream import UpstreamError

Now = Callable[[], datetime]
T = TypeVar("T")
CANDLE_DAYS_MAX = 400
CHAIN_DEADLINE_S = 18.0
DEPTHS = (1, 5, 10, 20, 50, 100, 1000)


_Level = Annotated[tuple[Number, Number], Strict(strict=False)]


class _Book(Shape):
    instrument_name: str
    timestamp: int
    state: str
    bids: list[_Level]
    asks: list[_Level]


def add_public_tools(server: MCPServer, reader: Reader, now: Now, *, currency: str) -> None:
    """Every public tool of the venue, asked through `reader`."""
    listing = Listing(reader, currency, now)
    _add_state(server, reader, now, currency)
    _add_history(server, reader, currency)
    _add_options(server, reader, listing, currency)
    _add_single(server, reader, listing, currency)


def _add_state(server: MCPServer, reader: Reader, now: Now, traded: str) -> None:
    async def status() -> Wire:
        seen = await market.status(reader, traded)
        return StatusWire(is_locked=seen.is_locked, maintenance_at=seen.maintenance_at)

    async def index() -> Wire:
        reading = await market.index_usd(reader, traded)
        return PriceWire.model_construct(value=reading.value, observed_at=reading.observed_at)

    async def dvol() -> Wire:
        reading = await market.dvol_pts(reader, traded, now=now())
        return LevelWire() if reading is None else LevelWire(value=reading.value, observed_at=reading.observed_at)

    async def clock() -> Wire:
        return TimeWire(now=await market.time(reader))

    @server.tool(structured_output=False)
    async def get_status() -> str:
        """Whether the exchange is locked and when maintenance is announced."""
        return await told(status())

    @server.tool(structured_output=False)
    async def get_time() -> str:
        """The exchange's clock."""
        return await told(clock())

    @server.tool(structured_output=False)
    async def get_index_price(currency: str) -> str:
        """The index in USD."""
        require_currency(currency, traded)
        return await told(index())

    @server.tool(structured_output=False)
    async def get_dvol(currency: str) -> str:
        """The 30-day volatility index in points."""
        require_currency(currency, traded)
        return await told(dvol())


def _add_history(server: MCPServer, reader: Reader, traded: str) -> None:
    async def dvols(start_at: datetime, end_at: datetime) -> Wire:
        return write_candles(await market.dvol_history(reader, traded, start_at=start_at, end_at=end_at))

    async def prices(start_at: datetime, end_at: datetime) -> Wire:
        return write_candles(await market.candles(reader, traded, start_at=start_at, end_at=end_at))

    async def delivery(expiry_at: datetime) -> Wire:
        return DeliveryWire.model_construct(price_usd=await market.delivery_price_usd(reader, traded, expiry_at=expiry_at))

    @server.tool(structured_output=False)
    async def get_dvol_history(currency: str, start_at: datetime, end_at: datetime) -> str:
        """Closed hourly candles of the volatility index."""
        _require_span(currency, traded, start_at, end_at)
        return await told(within(CHAIN_DEADLINE_S, dvols(start_at, end_at)))

    @server.tool(structured_output=False)
    async def get_candles(currency: str, start_at: datetime, end_at: datetime) -> str:
        """Closed hourly candles of the perpetual, which the exchange keeps at its index."""
        _require_span(currency, traded, start_at, end_at)
        return await told(within(CHAIN_DEADLINE_S, prices(start_at, end_at)))

    @server.tool(structured_output=False)
    async def get_delivery_prices(currency: str, expiry_at: datetime) -> str:
        """The settlement price of an expiry, null before it is known."""
        require_currency(currency, traded)
        return await told(within(CHAIN_DEADLINE_S, delivery(aware(expiry_at))))


def _add_options(server: MCPServer, reader: Reader, listing: Listing, traded: str) -> None:
    async def instruments(family: Family) -> Wire:
        options = sorted((await listing.options(family)).values(), key=lambda option: (option.expiry_at, option.strike_usd, option.option_type))
        return InstrumentListWire.model_construct(
            expiries=[write_instruments(list(group)) for _, group in groupby(options, key=lambda option: (option.expiry_at, option.lot_eth, option.ticks))]
        )

    async def whole_chain(family: Family, window: tuple[datetime, datetime]) -> Wire:
        found = await chain.option_chain(reader, listing, traded, family=family, window=window)
        return ChainReply.model_construct(chain=write_chain(found))

    @server.tool(structured_output=False)
    async def get_instruments(currency: str, family: str) -> str:
        """Every listed option of a family."""
        require_currency(currency, traded)
        return await told(instruments(_family(family)))

    @server.tool(structured_output=False)
    async def get_option_chain(currency: str, family: str, expiry_from: datetime, expiry_to: datetime) -> str:
        """The options of the expiries within the bounds with prices; those a spread could be made of with sizes and Greeks."""
        require_currency(currency, traded)
        window = (aware(expiry_from), aware(expiry_to))
        return await told(within(CHAIN_DEADLINE_S, whole_chain(_family(family), window)))


def _add_single(server: MCPServer, reader: Reader, listing: Listing, traded: str) -> None:
    async def quote(instrument_name: str) -> Wire:
        option = await listing.option(instrument_name)
        return TickerReply.model_construct(quotes=None if option is None else write_quotes([await chain.ticker(reader, option)]))

    async def book(instrument_name: str, depth: int) -> Wire:
        wire: _Book = shaped(_Book, (await reader.ask("public/get_order_book", {"instrument_name": instrument_name, "depth": depth})).result, upstream=VENUE)
        if wire.instrument_name != instrument_name or wire.state not in list(BookState):
            raise UpstreamError(f"the venue's book is not of {instrument_name} or of no known state", retryable=False)
        return OrderBookWire.model_construct(
            instrument_name=instrument_name,
            quoted_at=instant_of_ms(wire.timestamp),
            state=BookState(wire.state),
            bids=_levels(wire.bids),
            asks=_levels(wire.asks),
        )

    @server.tool(structured_output=False)
    async def get_ticker(instrument_name: str) -> str:
        """One option's market, null when it is not listed."""
        return await told(quote(instrument_name))

    @server.tool(structured_output=False)
    async def get_order_book(instrument_name: str, depth: int = 5) -> str:
        """One instrument's book, best prices first."""
        if depth not in DEPTHS:
            raise refusal(f"depth must be one of {', '.join(str(each) for each in DEPTHS)}")
        if family_of(traded, instrument_name) is None:
            raise refusal(f"{instrument_name} is not of {traded}")
        return await told(book(instrument_name, depth))


async def within(deadline_s: float, work: Awaitable[T]) -> T:
    """What `work` brings, in time altogether. Raises UpstreamError when it takes longer."""
    try:
        async with asyncio.timeout(deadline_s):
            return await work
    except TimeoutError:
        raise UpstreamError(f"{VENUE} did not answer within {deadline_s:g} s", retryable=True) from None


def require_currency(currency: str, traded: str) -> None:
    """Nothing happens for the currency that is traded. Raises MCPError for another."""
    if currency != traded:
        raise refusal(f"{currency} is not traded here")


def _levels(rows: list[tuple[Number, Number]]) -> LevelsWire:
    return LevelsWire.model_construct(price_coin=[tidy(price) for price, _ in rows], amount_eth=[tidy(amount) for _, amount in rows])


def _family(name: str) -> Family:
    if name not in list(Family):
        raise refusal(f"contract family {name} is not traded here, only {' and '.join(Family)}")
    return Family(name)


def _require_span(currency: str, traded: str, start_at: datetime, end_at: datetime) -> None:
    require_currency(currency, traded)
    if not timedelta(0) <= aware(end_at) - aware(start_at) <= timedelta(days=CANDLE_DAYS_MAX):
        raise refusal(f"ask for at most {CANDLE_DAYS_MAX} days of candles, start before end")
