"""The perpetual venue, from its info API to the desk's own values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine.clients import HyperliquidClient, McpConnection
from engine.clients.mcp import in_memory
from engine.clients.wire import read_wire
from engine.clients.wire_surroundings import PredictedFundingsWire
from engine.errors import VenueError
from engine.servers.hyperliquid import HyperliquidServer
from tests.fakes.upstream import FakeSurroundings

NOW = datetime(2026, 9, 7, 14, 20, tzinfo=UTC)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeSurroundings]:
    async with FakeSurroundings(lambda: NOW) as fake:
        yield fake


@asynccontextmanager
async def connected(upstream: FakeSurroundings) -> AsyncIterator[McpConnection]:
    server = HyperliquidServer(upstream.url, lambda: NOW)
    connection = McpConnection("hyperliquid", in_memory(server.mcp))
    try:
        yield connection
    finally:
        await connection.aclose()
        await server.aclose()


async def test_funding_is_the_annualised_mean_of_the_hours_asked_for(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        reading = await HyperliquidClient(connection).get_funding(168)

    assert reading is not None
    assert reading.value == pytest.approx(0.0000125 * 8760)
    assert reading.observed_at == NOW.replace(minute=0)


async def test_more_hours_than_one_answer_holds_are_put_together_from_several(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        reading = await HyperliquidClient(connection).get_funding(1200)

    assert reading is not None
    assert len(upstream.asked) == 3


async def test_hours_the_venue_does_not_have_are_missing_and_too_many_make_the_figure_missing(upstream: FakeSurroundings) -> None:
    hour = int(NOW.timestamp()) // 3600
    async with connected(upstream) as connection:
        upstream.missing_hours = {hour - ago for ago in range(10)}
        whole_enough = await HyperliquidClient(connection).get_funding(168)
        upstream.missing_hours = {hour - ago for ago in range(20)}
        too_few = await HyperliquidClient(connection).get_funding(168)

    assert whole_enough is not None
    assert whole_enough.observed_at == NOW.replace(minute=0) - timedelta(hours=10)
    assert too_few is None


@pytest.mark.parametrize(("told", "expected"), [("2501.5", Decimal("2501.5")), (None, None)])
async def test_the_mark_belongs_to_the_coin_at_its_place(upstream: FakeSurroundings, told: str | None, expected: Decimal | None) -> None:
    upstream.mark_usd = told
    async with connected(upstream) as connection:
        reading = await HyperliquidClient(connection).get_mark()

    assert (None if reading is None else reading.value) == expected


async def test_every_venue_s_expected_funding_is_told_per_hour(upstream: FakeSurroundings) -> None:
    upstream.predicted = [
        ["BinPerp", {"fundingRate": "0.00008", "nextFundingTime": 1788796800000, "fundingIntervalHours": 4}],
        ["BybitPerp", {"fundingRate": "0.00008"}],
        ["HlPerp", {"fundingRate": "0.00001"}],
        ["NoPerp", None],
    ]
    async with connected(upstream) as connection:
        text = await connection.call("get_predicted_fundings", {"coin": "ETH"})
    told = read_wire(PredictedFundingsWire, text, server="x", tool="y")

    assert [(row.venue, pytest.approx(row.hourly_frac)) for row in told.fundings] == [("BinPerp", 0.00002), ("BybitPerp", 0.00001), ("HlPerp", 0.00001)]
    assert told.fundings[0].next_at == datetime(2026, 9, 7, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instead", "is_permanent"),
    [
        ((500, "oops"), False),
        ((429, "slow down"), False),
        ((422, "Failed to deserialize"), True),
        ((200, "<html>"), False),
        ((200, "[1]"), True),
        ((200, '[{"universe": [{"name": "ETH"}]}, []]'), True),
        ((200, '[{"universe": [{"name": "ETH"}]}, [{"markPx": "much"}]]'), True),
        ((200, '[{"universe": [{"name": "ETH"}]}, [{"markPx": "NaN"}]]'), True),
        (None, False),
    ],
)
async def test_an_answer_that_cannot_be_used_is_a_typed_failure(upstream: FakeSurroundings, instead: tuple[int, str] | None, is_permanent: bool) -> None:
    upstream.instead["/info"] = instead
    async with connected(upstream) as connection:
        with pytest.raises(VenueError) as caught:
            await HyperliquidClient(connection).get_mark()

    assert caught.value.permanent is is_permanent
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("tool", "arguments"), [("get_mark", {"coin": "DOGE"}), ("get_funding", {"coin": "ETH", "hours": 0}), ("get_predicted_fundings", {"coin": "X"})]
)
async def test_a_question_that_makes_no_sense_never_reaches_the_venue(upstream: FakeSurroundings, tool: str, arguments: dict[str, object]) -> None:
    async with connected(upstream) as connection:
        with pytest.raises(VenueError) as caught:
            await connection.call(tool, arguments)

    assert caught.value.permanent
    assert upstream.asked == []
