"""The server put together: what it asks the venue with, and the tools on top."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mcp.server.mcpserver import MCPServer

from engine.servers.deribit.network import VenueSettings
from engine.servers.deribit.private import PrivateVenue
from engine.servers.deribit.private_tools import add_private_tools
from engine.servers.deribit.public_tools import add_public_tools
from engine.servers.deribit.rest import VenueRest

CURRENCY = "ETH"


class DeribitServer:
    """A server over one network; `aclose` ends what it holds open towards the venue."""

    def __init__(self, settings: VenueSettings, now: Callable[[], datetime]) -> None:
        self._rest = VenueRest(settings)
        self._private = None if settings.key is None else PrivateVenue(settings, settings.key, self._rest)
        self.mcp = MCPServer("cerbero-deribit", log_level="WARNING")
        add_public_tools(self.mcp, self._rest, now, currency=CURRENCY)
        add_private_tools(self.mcp, settings, self._private, currency=CURRENCY)

    async def aclose(self) -> None:
        """No connection to the venue is open; what a session had working is cancelled by the venue."""
        if self._private is not None:
            await self._private.aclose()
        await self._rest.aclose()
