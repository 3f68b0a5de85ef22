"""The bundled server in front of a fake venue, asked over a real MCP session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from engine.clients import DeribitClient, McpConnection
from engine.clients.mcp import in_memory
from engine.clients.trading import TradingClient
from engine.servers.deribit import DeribitServer, Key, Network, VenueSettings
from tests.fakes.venue import FakeVenue


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One connection with its typed clients."""

    connection: McpConnection
    public: DeribitClient
    trading: TradingClient


def settings_of(venue: FakeVenue, *, network: Network = Network.TESTNET, has_key: bool = False, is_trading_on: bool = False) -> VenueSettings:
    """The server's settings for the venue; the key is the venue's own."""
    key = Key(client_id=venue.key.client_id, client_secret=SecretStr(venue.key.client_secret)) if has_key else None
    return VenueSettings(network=network, url=venue.http_url, key=key, is_trading_on=is_trading_on)


@asynccontextmanager
async def seated(settings: VenueSettings, venue: FakeVenue) -> AsyncIterator[Seat]:
    """A server with these settings, and a client of it."""
    server = DeribitServer(settings, venue.now)
    connection = McpConnection("deribit", in_memory(server.mcp))
    try:
        yield Seat(connection=connection, public=DeribitClient(connection), trading=TradingClient(connection))
    finally:
        await connection.aclose()
        await server.aclose()
