"""The economic calendar and reference rates."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.clients.mcp import Caller
from engine.clients.wire import EventsWire, PriceWire, read_wire
from engine.core.model import MacroCalendar, MacroEvent, Reading


class MacroClient:
    """Reads the macro server."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get_events(self, from_at: datetime, to_at: datetime) -> Reading[MacroCalendar] | None:
        """The events within the bounds; None when the server has no calendar: an empty answer without coverage is missing, not quiet."""
        arguments = {"from_at": from_at.isoformat(), "to_at": to_at.isoformat()}
        wire = read_wire(EventsWire, await self._caller.call("get_events", arguments), server=self._caller.name, tool="get_events")
        if wire.observed_at is None or not wire.covered_until:
            return None
        events = tuple(MacroEvent(name=event.name, severity=event.severity, at=event.at, source=event.source) for event in wire.events)
        return Reading(value=MacroCalendar(events=events, covered_until=wire.covered_until), observed_at=wire.observed_at)

    async def get_fx(self) -> Reading[Decimal] | None:
        """USD per EUR."""
        wire = read_wire(PriceWire, await self._caller.call("get_fx", {"pair": "EURUSD"}), server=self._caller.name, tool="get_fx")
        return None if wire.value is None or wire.observed_at is None else Reading(value=wire.value, observed_at=wire.observed_at)
