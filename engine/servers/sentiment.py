"""The market's mood: the fear & greed index, and beside it what the perpetuals of other venues say.

Rules of this file: without the index there is no answer; what stands beside it may be
missing, because no decision reads it. No source at hand tells liquidation heat.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from mcp.server.mcpserver import MCPServer

from engine.clients.wire_surroundings import MoodWire, VenueFundingWire
from engine.servers.answers import refusal, told
from engine.servers.hyperliquid import COIN, PerpetualVenue
from engine.servers.shapes import Shape, TextNumber, shaped
from engine.servers.upstream import HttpUpstream, UpstreamError

log = structlog.get_logger(__name__)

INDEX = "the fear & greed index"


class _Row(Shape):
    value: TextNumber
    timestamp: TextNumber


class _Index(Shape):
    data: list[_Row]


async def fear_greed_days(http: HttpUpstream) -> dict[datetime, int]:
    """The index of every day the source remembers, by the midnight it was told at. Raises UpstreamError."""
    document = http.sound(await http.get("/fng/", {"limit": "0", "format": "json"}))
    rows = shaped(_Index, document, upstream=INDEX).data
    return {datetime.fromtimestamp(int(row.timestamp), UTC): int(row.value) for row in rows}


class SentimentServer:
    """A server over alternative.me and the perpetual venue."""

    def __init__(self, *, index_url: str, perpetual_url: str, now: Callable[[], datetime]) -> None:
        self._index = HttpUpstream(INDEX, index_url)
        self._perpetual = PerpetualVenue(perpetual_url, now)
        self.mcp = MCPServer("cerbero-sentiment", log_level="WARNING")
        self._add_tools(self.mcp)

    async def aclose(self) -> None:
        await self._index.aclose()
        await self._perpetual.aclose()

    def _add_tools(self, server: MCPServer) -> None:
        @server.tool(structured_output=False)
        async def get_sentiment(coin: str) -> str:
            """Fear & greed, other venues' funding and open interest."""
            if coin != COIN:
                raise refusal(f"{coin} is not traded here")
            return await told(self._mood())

    async def _mood(self) -> MoodWire:
        document = self._index.sound(await self._index.get("/fng/", {"limit": "1", "format": "json"}))
        rows = shaped(_Index, document, upstream=INDEX).data
        if not rows:
            return MoodWire()
        newest = max(rows, key=lambda row: row.timestamp)
        fundings, open_interest_eth = await self._beside()
        return MoodWire(
            observed_at=datetime.fromtimestamp(int(newest.timestamp), UTC),
            fear_greed=int(newest.value),
            fundings=fundings,
            open_interest_eth=open_interest_eth,
        )

    async def _beside(self) -> tuple[list[VenueFundingWire], float | None]:
        try:
            return await self._perpetual.predictions(), await self._perpetual.open_interest_eth()
        except UpstreamError as error:
            log.info("sentiment.part_missed", reason=error.message)
            return [], None
