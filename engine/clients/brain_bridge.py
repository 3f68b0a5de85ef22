"""The notes: reports for people, published and listed."""

from __future__ import annotations

from collections.abc import Sequence

from engine.clients.mcp import Caller
from engine.clients.wire import read_wire
from engine.clients.wire_notes import PublishedWire, ReportsWire


class BrainBridgeClient:
    """Publishes through the notes server."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def publish_report(self, title: str, markdown: str, tags: Sequence[str]) -> str:
        """The report is published under the name that is returned; the same report twice is one. Raises VenueError."""
        text = await self._caller.call("publish_report", {"title": title, "markdown": markdown, "tags": list(tags)})
        return read_wire(PublishedWire, text, server=self._caller.name, tool="publish_report").name

    async def list_reports(self) -> tuple[str, ...]:
        """The names of what was published, newest first. Raises VenueError."""
        text = await self._caller.call("list_reports", {})
        return tuple(report.name for report in read_wire(ReportsWire, text, server=self._caller.name, tool="list_reports").reports)
