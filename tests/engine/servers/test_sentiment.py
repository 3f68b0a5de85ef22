"""The mood, from its two upstreams to the desk's own value."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from engine.clients import McpConnection, SentimentClient
from engine.clients.mcp import in_memory
from engine.errors import VenueError
from engine.servers.sentiment import SentimentServer
from tests.fakes.upstream import FakeSurroundings

NOW = datetime(2026, 9, 7, 14, 20, tzinfo=UTC)


@pytest.fixture
async def upstream() -> AsyncIterator[FakeSurroundings]:
    async with FakeSurroundings(lambda: NOW) as fake:
        yield fake


@asynccontextmanager
async def connected(upstream: FakeSurroundings) -> AsyncIterator[McpConnection]:
    server = SentimentServer(index_url=upstream.url, perpetual_url=upstream.url, now=lambda: NOW)
    connection = McpConnection("sentiment", in_memory(server.mcp))
    try:
        yield connection
    finally:
        await connection.aclose()
        await server.aclose()


async def test_the_index_is_true_since_the_day_it_was_made(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        reading = await SentimentClient(connection).get_sentiment()

    assert reading is not None
    assert (reading.value.fear_greed, reading.value.liquidation_heat_pctile) == (47, None)
    assert reading.observed_at == datetime(2026, 9, 7, tzinfo=UTC)


async def test_what_other_venues_say_stands_beside_it(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        told = json.loads(await connection.call("get_sentiment", {"coin": "ETH"}))

    assert told["open_interest_eth"] == 412345.6
    assert [row["venue"] for row in told["fundings"]] == ["BinPerp"]


async def test_the_index_alone_is_an_answer_too(upstream: FakeSurroundings) -> None:
    upstream.instead["/info"] = (500, "oops")
    async with connected(upstream) as connection:
        told = json.loads(await connection.call("get_sentiment", {"coin": "ETH"}))

    assert (told["fear_greed"], told["fundings"], told["open_interest_eth"]) == (47, [], None)


@pytest.mark.parametrize("instead", [(503, ""), (200, '{"data": [{"value": "x", "timestamp": "1"}]}'), (200, '{"metadata": {}}'), None])
async def test_without_the_index_there_is_no_mood(upstream: FakeSurroundings, instead: tuple[int, str] | None) -> None:
    upstream.instead["/fng/"] = instead
    async with connected(upstream) as connection:
        with pytest.raises(VenueError):
            await SentimentClient(connection).get_sentiment()


async def test_an_index_without_rows_is_missing(upstream: FakeSurroundings) -> None:
    upstream.instead["/fng/"] = (200, '{"data": []}')
    async with connected(upstream) as connection:
        assert await SentimentClient(connection).get_sentiment() is None


async def test_another_coin_has_no_mood_here(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        with pytest.raises(VenueError) as caught:
            await connection.call("get_sentiment", {"coin": "DOGE"})

    assert caught.value.permanent
