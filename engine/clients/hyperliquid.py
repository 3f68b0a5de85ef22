"""Funding and the perpetual's mark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from engine.clients.mcp import Caller
from engine.clients.wire import FundingWire, PriceWire, read_wire
from engine.core.model import Reading

HOURS_PER_YEAR = 8760
COVERAGE_MIN_FRAC = 0.9


class HyperliquidClient:
    """Reads the perpetual venue through its MCP server."""

    def __init__(self, caller: Caller, *, coin: str = "ETH") -> None:
        self._caller, self._coin = caller, coin

    async def get_funding(self, hours: int) -> Reading[float] | None:
        """Mean hourly funding of the last `hours`, annualised as a fraction; None when a tenth of the hours is missing."""
        wire = read_wire(
            FundingWire, await self._caller.call("get_funding", {"coin": self._coin, "hours": hours}), server=self._caller.name, tool="get_funding"
        )
        return annual_funding(wire.at_s, wire.hourly_frac, hours=hours)

    async def get_mark(self) -> Reading[Decimal] | None:
        wire = read_wire(PriceWire, await self._caller.call("get_mark", {"coin": self._coin}), server=self._caller.name, tool="get_mark")
        return None if wire.value is None or wire.observed_at is None else Reading(value=wire.value, observed_at=wire.observed_at)


def annual_funding(at_s: Sequence[int], hourly_frac: Sequence[float], *, hours: int) -> Reading[float] | None:
    """The mean of the hourly rates a year; None when a tenth of the `hours` asked for is missing."""
    if not at_s or len(at_s) < COVERAGE_MIN_FRAC * hours:
        return None
    mean_hourly = sum(hourly_frac) / len(hourly_frac)
    return Reading(value=mean_hourly * HOURS_PER_YEAR, observed_at=datetime.fromtimestamp(max(at_s), UTC))
