"""What the operator owns."""

from __future__ import annotations

from engine.clients.mcp import Caller
from engine.clients.wire import PortfolioWire, read_wire
from engine.core.model import Reading, Wealth


class PortfolioClient:
    """Reads the portfolio server."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get_portfolio(self) -> Reading[Wealth] | None:
        """The wealth outside this engine's own book; None while any part of it is unknown."""
        wire = read_wire(PortfolioWire, await self._caller.call("get_portfolio", {}), server=self._caller.name, tool="get_portfolio")
        return read_wealth(wire)


def read_wealth(wire: PortfolioWire) -> Reading[Wealth] | None:
    """The wealth as a value; None while any part of it is unknown."""
    if wire.observed_at is None or wire.wealth_eur is None or wire.eth_share_frac is None or wire.available_funds_eth is None:
        return None
    if wire.initial_margin_eth is None or wire.maintenance_margin_eth is None:
        return None
    wealth = Wealth(
        wealth_eur=wire.wealth_eur,
        eth_share_frac=wire.eth_share_frac,
        available_funds_eth=wire.available_funds_eth,
        initial_margin_eth=wire.initial_margin_eth,
        maintenance_margin_eth=wire.maintenance_margin_eth,
    )
    return Reading(value=wealth, observed_at=wire.observed_at)
