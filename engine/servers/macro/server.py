"""The macro server: FRED's dates where a key is given, the shipped table for the rest, the ECB's rate.

Rules of this file: an official date from FRED replaces the table's of the same type;
a type is covered up to the last date anybody announced for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Literal

import structlog
from mcp.server.mcpserver import MCPServer
from pydantic import SecretStr

from engine.clients.wire import PriceWire, Wire
from engine.clients.wire_surroundings import CalendarWire, DatedEventWire
from engine.core.model import MacroEvent, Severity
from engine.market.calendar import SEVERITY, Calendar, read_calendar
from engine.servers.answers import aware, refusal, told
from engine.servers.macro.ecb import ECB, usd_per_eur
from engine.servers.macro.fred import FRED, Announced, announced
from engine.servers.upstream import HttpUpstream, UpstreamError

log = structlog.get_logger(__name__)

PAIR = "EURUSD"
FRED_SOURCE = "fred"


class MacroServer:
    """A server over the calendar and the rate; without a key of FRED the table alone."""

    def __init__(self, *, fred_url: str, fred_key: SecretStr | None, ecb_url: str, now: Callable[[], datetime]) -> None:
        self._fred, self._fred_key = HttpUpstream(FRED, fred_url), fred_key
        self._ecb, self._now = HttpUpstream(ECB, ecb_url), now
        self._table = shipped_calendar()
        self.mcp = MCPServer("cerbero-macro", log_level="WARNING")
        self._add_tools(self.mcp)

    async def aclose(self) -> None:
        await self._fred.aclose()
        await self._ecb.aclose()

    def _add_tools(self, server: MCPServer) -> None:
        @server.tool(structured_output=False)
        async def get_events(from_at: datetime, to_at: datetime) -> str:
            """Macro events within the bounds, and how far each type's official dates reach."""
            return await told(self._events(aware(from_at), aware(to_at)))

        @server.tool(structured_output=False)
        async def get_fx(pair: str) -> str:
            """USD per EUR by the ECB's reference rate."""
            if pair != PAIR:
                raise refusal(f"pair {pair} is not quoted here")
            return await told(self._rate())

    async def _events(self, from_at: datetime, to_at: datetime) -> Wire:
        official = await self._official(from_at)
        replaced = {each.name: each for each in official}
        kept = [event for event in self._table.events if not _is_replaced(event, replaced, from_at=from_at)]
        news = [_event(each.name, at) for each in official for at in each.at]
        within = sorted((event for event in (*kept, *news) if from_at <= event.at <= to_at), key=lambda event: (event.at, event.name))
        rows = [DatedEventWire(name=event.name, severity=event.severity, at=event.at, source=event.source, precision=_precision(event)) for event in within]
        return CalendarWire(observed_at=self._now(), events=rows, covered_until=_coverage(self._table, official))

    async def _official(self, from_at: datetime) -> tuple[Announced, ...]:
        if self._fred_key is None:
            return ()
        try:
            return await announced(self._fred, self._fred_key, from_on=from_at.date())
        except UpstreamError as error:
            # The table is official too, only older.
            log.warning("macro.fred_missed", reason=error.message)
            return ()

    async def _rate(self) -> Wire:
        reading = await usd_per_eur(self._ecb, now=self._now())
        return PriceWire() if reading is None else PriceWire.model_construct(value=reading.value, observed_at=reading.observed_at)


def shipped_calendar() -> Calendar:
    """The table that comes with the product."""
    with resources.as_file(resources.files("engine.servers.macro").joinpath("calendar.csv")) as path:
        return read_calendar(Path(path))


def _is_replaced(event: MacroEvent, official: dict[str, Announced], *, from_at: datetime) -> bool:
    """From the day that was asked about to the last day FRED names, its dates stand alone: a release that was moved leaves its old day free."""
    known = official.get(event.name)
    return known is not None and from_at.date() <= event.at.date() <= known.at[-1].date()


def _event(name: str, at: datetime) -> MacroEvent:
    return MacroEvent(name=name, severity=SEVERITY.get(name, Severity.LOW), at=at, source=FRED_SOURCE)


def _precision(event: MacroEvent) -> Literal["minute", "day"]:
    return "day" if event.source == FRED_SOURCE else "minute"


def _coverage(table: Calendar, official: Sequence[Announced]) -> dict[str, date]:
    covered = dict(table.covered_until)
    for each in official:
        last = each.at[-1].date()
        covered[each.name] = max(last, covered.get(each.name, last))
    return covered
