"""The exchange's public side: prices, history, chains; what is missing is None or VenueError, never zero."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.clients.mcp import CHAIN_BYTES_MAX, Caller
from engine.clients.translate import read_candles, read_chain, read_instruments, read_quotes
from engine.clients.wire import CandlesWire, ChainReply, DeliveryWire, InstrumentListWire, LevelWire, PriceWire, StatusWire, TickerReply, TimeWire, read_wire
from engine.core.model import Candle, Chain, Family, Instrument, Quote, Reading, VenueStatus
from engine.errors import VenueError

CHAIN_DEADLINE_S = 20.0


class DeribitClient:
    """Reads the exchange through its MCP server."""

    def __init__(self, caller: Caller, *, currency: str = "ETH") -> None:
        self._caller, self._currency = caller, currency

    async def get_status(self) -> VenueStatus:
        wire = read_wire(StatusWire, await self._caller.call("get_status", {}), server=self._caller.name, tool="get_status")
        return VenueStatus(is_locked=wire.is_locked, maintenance_at=wire.maintenance_at)

    async def get_time(self) -> datetime:
        return read_wire(TimeWire, await self._caller.call("get_time", {}), server=self._caller.name, tool="get_time").now

    async def get_index_price(self) -> Reading[Decimal] | None:
        text = await self._caller.call("get_index_price", {"currency": self._currency})
        wire = read_wire(PriceWire, text, server=self._caller.name, tool="get_index_price")
        return None if wire.value is None or wire.observed_at is None else Reading(value=wire.value, observed_at=wire.observed_at)

    async def get_dvol(self) -> Reading[float] | None:
        """DVOL in points."""
        text = await self._caller.call("get_dvol", {"currency": self._currency})
        wire = read_wire(LevelWire, text, server=self._caller.name, tool="get_dvol")
        return None if wire.value is None or wire.observed_at is None else Reading(value=wire.value, observed_at=wire.observed_at)

    async def get_dvol_history(self, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
        """Closed hourly DVOL candles with start_at <= open_at < end_at, oldest first."""
        return await self._candles("get_dvol_history", start_at, end_at)

    async def get_candles(self, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
        """Closed hourly index candles with start_at <= open_at < end_at, oldest first."""
        return await self._candles("get_candles", start_at, end_at)

    async def get_instruments(self, family: Family) -> tuple[Instrument, ...]:
        """Every listed option of the family."""
        text = await self._caller.call("get_instruments", {"currency": self._currency, "family": family.value})
        wire = read_wire(InstrumentListWire, text, server=self._caller.name, tool="get_instruments")
        return tuple(instrument for expiry in wire.expiries for instrument in read_instruments(expiry))

    async def get_option_chain(self, family: Family, expiry_from: datetime, expiry_to: datetime) -> Chain:
        """Every listed option of the family and the expiries within the bounds. Raises VenueError when there is no such chain now."""
        arguments = {"currency": self._currency, "family": family.value, "expiry_from": expiry_from.isoformat(), "expiry_to": expiry_to.isoformat()}
        text = await self._caller.call("get_option_chain", arguments, deadline_s=CHAIN_DEADLINE_S, max_bytes=CHAIN_BYTES_MAX)
        wire = read_wire(ChainReply, text, server=self._caller.name, tool="get_option_chain")
        if wire.chain is None:
            raise VenueError("there is no option chain now", server=self._caller.name, tool="get_option_chain")
        if wire.chain.family is not family:
            raise VenueError(f"asked for {family} options, got {wire.chain.family}", server=self._caller.name, tool="get_option_chain", permanent=True)
        return read_chain(wire.chain)

    async def get_ticker(self, instrument_name: str) -> Quote:
        """The quote of one option. Raises VenueError when it is not listed."""
        text = await self._caller.call("get_ticker", {"instrument_name": instrument_name})
        wire = read_wire(TickerReply, text, server=self._caller.name, tool="get_ticker")
        quotes = read_quotes(wire.quotes) if wire.quotes is not None else []
        if len(quotes) != 1 or quotes[0].instrument.name != instrument_name:
            raise VenueError(f"{instrument_name} has no quote", server=self._caller.name, tool="get_ticker")
        return quotes[0]

    async def get_delivery_prices(self, expiry_at: datetime) -> Decimal | None:
        """The settlement price of an expiry; None while it is not known."""
        text = await self._caller.call("get_delivery_prices", {"currency": self._currency, "expiry_at": expiry_at.isoformat()})
        return read_wire(DeliveryWire, text, server=self._caller.name, tool="get_delivery_prices").price_usd

    async def _candles(self, tool: str, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
        arguments = {"currency": self._currency, "start_at": start_at.isoformat(), "end_at": end_at.isoformat()}
        return read_candles(read_wire(CandlesWire, await self._caller.call(tool, arguments), server=self._caller.name, tool=tool))
