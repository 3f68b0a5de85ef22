"""The perpetual venue: hourly funding, the mark, and what the venues expect of the next funding.

Source: the venue's info API. Its numbers are texts, its times milliseconds, its rows
positional: a context belongs to the coin at the same place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field, Strict

from engine.clients.wire import FundingWire, PriceWire, Wire
from engine.clients.wire_surroundings import PredictedFundingsWire, VenueFundingWire
from engine.servers.answers import refusal, told
from engine.servers.shapes import Shape, TextNumber, shaped, tidy
from engine.servers.upstream import HttpUpstream, UpstreamError

Now = Callable[[], datetime]
COIN = "ETH"
FUNDING_HOURS_MAX = 2_000
ROWS_PER_ANSWER, PAGES_MAX = 500, 6
HOUR = timedelta(hours=1)
HOURS_PER_INTERVAL = {"HlPerp": 1}
"""How many hours a venue's funding is for where it does not say; the others pay every eight."""
USUAL_INTERVAL_H = 8
VENUE = "the perpetual venue"


class _Funding(Shape):
    coin: str
    fundingRate: TextNumber  # noqa: N815 - the venue's own name
    time: int


class _Coin(Shape):
    name: str


class _Meta(Shape):
    universe: list[_Coin]


class _Context(Shape):
    markPx: TextNumber | None = None  # noqa: N815 - the venue's own name
    openInterest: TextNumber | None = None  # noqa: N815 - the venue's own name


class _Predicted(Shape):
    fundingRate: TextNumber  # noqa: N815 - the venue's own name
    nextFundingTime: int | None = None  # noqa: N815 - the venue's own name
    fundingIntervalHours: int | None = Field(default=None, ge=1, le=24)  # noqa: N815 - the venue's own name


_Venue = Annotated[tuple[str, _Predicted | None], Strict(strict=False)]
_Predictions = list[Annotated[tuple[str, list[_Venue]], Strict(strict=False)]]


class PerpetualVenue:
    """Asks the info API."""

    def __init__(self, base_url: str, now: Now) -> None:
        self._http, self._now = HttpUpstream(VENUE, base_url), now

    async def funding(self, hours: int) -> FundingWire:
        """The hourly rates of the last `hours`, oldest first; an hour the venue does not have is absent."""
        now = self._now()
        rates: dict[int, float] = {}
        start_at = now - timedelta(hours=hours)
        for _ in range(PAGES_MAX):
            asked = {"type": "fundingHistory", "coin": COIN, "startTime": _ms(start_at), "endTime": _ms(now)}
            rows = shaped(list[_Funding], await self._ask(asked), upstream=VENUE)
            for row in rows:
                if row.coin == COIN:
                    rates[row.time // 3_600_000 * 3_600] = float(row.fundingRate)
            if len(rows) < ROWS_PER_ANSWER:
                break
            start_at = _instant(rows[-1].time) + timedelta(milliseconds=1)
        known = sorted(rates)
        return FundingWire(at_s=known, hourly_frac=[rates[at_s] for at_s in known])

    async def mark(self) -> PriceWire:
        """The perpetual's mark in USD; null when the venue has none."""
        context = await self._context()
        if context is None or context.markPx is None:
            return PriceWire()
        return PriceWire.model_construct(value=tidy(context.markPx), observed_at=self._now())

    async def open_interest_eth(self) -> float | None:
        """How much is open in the perpetual; None when the venue does not say."""
        context = await self._context()
        return None if context is None or context.openInterest is None else float(context.openInterest)

    async def predictions(self) -> list[VenueFundingWire]:
        """The next funding of every venue that lists the coin."""
        rows = shaped(_Predictions, await self._ask({"type": "predictedFundings"}), upstream=VENUE)
        venues = next((venues for coin, venues in rows if coin == COIN), [])
        return [_predicted(name, row) for name, row in venues if row is not None]

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _context(self) -> _Context | None:
        halves = shaped(list[object], await self._ask({"type": "metaAndAssetCtxs"}), upstream=VENUE)
        if len(halves) != 2:
            raise UpstreamError(f"{VENUE} answered {len(halves)} parts where coins and contexts are two", retryable=False)
        meta, contexts = shaped(_Meta, halves[0], upstream=VENUE), shaped(list[_Context], halves[1], upstream=VENUE)
        if len(meta.universe) != len(contexts):
            raise UpstreamError(f"{VENUE} answered {len(contexts)} contexts for {len(meta.universe)} coins", retryable=False)
        return next((context for coin, context in zip(meta.universe, contexts, strict=True) if coin.name == COIN), None)

    async def _ask(self, question: dict[str, object]) -> object:
        return self._http.sound(await self._http.post("/info", json.dumps(question).encode()))


class HyperliquidServer:
    """A server over the info API."""

    def __init__(self, base_url: str, now: Now) -> None:
        self._venue = PerpetualVenue(base_url, now)
        self.mcp = MCPServer("cerbero-hyperliquid", log_level="WARNING")
        self._add_tools(self.mcp, now)

    async def aclose(self) -> None:
        await self._venue.aclose()

    def _add_tools(self, server: MCPServer, now: Now) -> None:
        venue = self._venue

        async def predicted() -> Wire:
            return PredictedFundingsWire(observed_at=now(), fundings=await venue.predictions())

        @server.tool(structured_output=False)
        async def get_funding(coin: str, hours: int) -> str:
            """Hourly funding rates of the last hours."""
            _require(coin)
            if not 1 <= hours <= FUNDING_HOURS_MAX:
                raise refusal(f"hours must be 1 to {FUNDING_HOURS_MAX}")
            return await told(venue.funding(hours))

        @server.tool(structured_output=False)
        async def get_mark(coin: str) -> str:
            """The perpetual's mark price in USD."""
            _require(coin)
            return await told(venue.mark())

        @server.tool(structured_output=False)
        async def get_predicted_fundings(coin: str) -> str:
            """What each venue expects its next funding to be, per hour."""
            _require(coin)
            return await told(predicted())


def _predicted(name: str, row: _Predicted) -> VenueFundingWire:
    hours = row.fundingIntervalHours if row.fundingIntervalHours is not None else HOURS_PER_INTERVAL.get(name, USUAL_INTERVAL_H)
    next_at = None if row.nextFundingTime is None else _instant(row.nextFundingTime)
    return VenueFundingWire(venue=name, hourly_frac=float(row.fundingRate) / hours, next_at=next_at)


def _require(coin: str) -> None:
    if coin != COIN:
        raise refusal(f"{coin} is not traded here")


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
