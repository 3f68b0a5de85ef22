"""The calendar and the reference rate, from their upstreams to the desk's own values."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from engine.clients import MacroClient, McpConnection
from engine.clients.mcp import in_memory
from engine.core.model import MacroCalendar, Severity
from engine.errors import VenueError
from engine.servers.macro import MacroServer
from engine.servers.macro.server import shipped_calendar
from tests.fakes.upstream import FakeSurroundings
from tests.fakes.upstream.surroundings import ECB_PATH, FRED_KEY

NOW = datetime(2026, 9, 7, 14, 20, tzinfo=UTC)
MONTH = timedelta(days=40)
FRED_PATH = "/fred/release/dates"


@pytest.fixture
async def upstream() -> AsyncIterator[FakeSurroundings]:
    async with FakeSurroundings(lambda: NOW) as fake:
        yield fake


@asynccontextmanager
async def connected(upstream: FakeSurroundings, *, key: str | None = None, now: datetime = NOW) -> AsyncIterator[McpConnection]:
    secret = None if key is None else SecretStr(key)
    server = MacroServer(fred_url=upstream.url, fred_key=secret, ecb_url=upstream.url, now=lambda: now)
    connection = McpConnection("macro", in_memory(server.mcp))
    try:
        yield connection
    finally:
        await connection.aclose()
        await server.aclose()


async def events(connection: McpConnection) -> MacroCalendar:
    reading = await MacroClient(connection).get_events(NOW, NOW + MONTH)
    assert reading is not None
    assert reading.observed_at == NOW
    return reading.value


def days(calendar: MacroCalendar, name: str) -> list[date]:
    return [event.at.date() for event in calendar.events if event.name == name]


async def test_without_a_key_the_shipped_table_answers_with_local_hours_as_instants(upstream: FakeSurroundings) -> None:
    async with connected(upstream) as connection:
        calendar = await events(connection)

    told = {(event.name, event.at, event.severity) for event in calendar.events}
    assert ("CPI", datetime(2026, 9, 11, 12, 30, tzinfo=UTC), Severity.HIGH) in told
    assert ("FOMC", datetime(2026, 9, 16, 18, 0, tzinfo=UTC), Severity.HIGH) in told
    assert ("ECB", datetime(2026, 9, 10, 12, 15, tzinfo=UTC), Severity.MEDIUM) in told
    assert calendar.covered_until["FOMC"] == date(2027, 12, 8)
    assert upstream.asked == []


async def test_a_release_that_was_moved_stands_on_its_new_day_only(upstream: FakeSurroundings) -> None:
    upstream.releases = {10: [date(2026, 9, 15), date(2026, 10, 14), date(2027, 1, 13)]}
    async with connected(upstream, key=FRED_KEY) as connection:
        calendar = await events(connection)
        told = json.loads(await connection.call("get_events", {"from_at": NOW.isoformat(), "to_at": (NOW + MONTH).isoformat()}))

    assert days(calendar, "CPI") == [date(2026, 9, 15), date(2026, 10, 14)]
    assert calendar.covered_until["CPI"] == date(2027, 1, 13)
    assert days(calendar, "NFP") == [date(2026, 10, 2)]
    assert {row["precision"] for row in told["events"] if row["name"] == "CPI"} == {"day"}
    assert {row["precision"] for row in told["events"] if row["name"] == "FOMC"} == {"minute"}


async def test_what_is_no_event_of_the_table_is_low(upstream: FakeSurroundings) -> None:
    upstream.releases = {53: [date(2026, 9, 24)]}
    async with connected(upstream, key=FRED_KEY) as connection:
        calendar = await events(connection)

    assert [(event.severity, event.source) for event in calendar.events if event.name == "GDP"] == [(Severity.LOW, "fred")]


async def test_a_series_that_is_updated_every_day_is_no_calendar(upstream: FakeSurroundings) -> None:
    upstream.releases = {10: [date(2026, 9, 8) + timedelta(days=ahead) for ahead in range(30)]}
    async with connected(upstream, key=FRED_KEY) as connection:
        calendar = await events(connection)

    assert days(calendar, "CPI") == [date(2026, 9, 11), date(2026, 10, 14)]


@pytest.mark.parametrize("instead", [(500, ""), (429, ""), (200, "<html>"), (200, '{"release_dates": [{"release_id": 10, "date": "soon"}]}'), None])
async def test_a_feed_that_fails_leaves_the_table(upstream: FakeSurroundings, instead: tuple[int, str] | None) -> None:
    upstream.instead[FRED_PATH] = instead
    async with connected(upstream, key=FRED_KEY) as connection:
        calendar = await events(connection)

    assert days(calendar, "CPI") == [date(2026, 9, 11), date(2026, 10, 14)]


async def test_a_key_the_feed_does_not_know_leaves_the_table_and_is_not_printed(upstream: FakeSurroundings, caplog: pytest.LogCaptureFixture) -> None:
    async with connected(upstream, key="not-the-key-of-anybody") as connection:
        with caplog.at_level(logging.DEBUG):
            calendar = await events(connection)

    assert days(calendar, "CPI") == [date(2026, 9, 11), date(2026, 10, 14)]
    assert "not-the-key-of-anybody" not in caplog.text


async def test_the_rate_is_the_latest_that_was_published(upstream: FakeSurroundings) -> None:
    """The rate of a day is known at 16:00 in Frankfurt, which is 14:00 UTC in summer."""
    upstream.rates = {date(2026, 9, 4): "1.1652", date(2026, 9, 7): "1.1701"}
    async with connected(upstream) as connection:
        after = await MacroClient(connection).get_fx()
    async with connected(upstream, now=NOW - timedelta(hours=1)) as connection:
        before = await MacroClient(connection).get_fx()

    assert after is not None
    assert before is not None
    assert (after.value, after.observed_at) == (Decimal("1.1701"), datetime(2026, 9, 7, 14, 0, tzinfo=UTC))
    assert (before.value, before.observed_at) == (Decimal("1.1652"), datetime(2026, 9, 4, 14, 0, tzinfo=UTC))


async def test_a_day_without_a_rate_is_skipped(upstream: FakeSurroundings) -> None:
    upstream.rates = {date(2026, 9, 3): "1.1", date(2026, 9, 4): "", date(2026, 9, 5): "NaN"}
    async with connected(upstream) as connection:
        reading = await MacroClient(connection).get_fx()

    assert reading is not None
    assert reading.value == Decimal("1.1")


@pytest.mark.parametrize(("instead", "is_permanent"), [((404, ""), True), ((504, ""), False), ((200, "<html>busy</html>"), True), (None, False)])
async def test_a_rate_that_cannot_be_read_is_a_typed_failure(upstream: FakeSurroundings, instead: tuple[int, str] | None, is_permanent: bool) -> None:
    upstream.instead[ECB_PATH] = instead
    async with connected(upstream) as connection:
        with pytest.raises(VenueError) as caught:
            await MacroClient(connection).get_fx()

    assert caught.value.permanent is is_permanent


async def test_no_rate_at_all_is_missing(upstream: FakeSurroundings) -> None:
    upstream.instead[ECB_PATH] = (200, "")
    async with connected(upstream) as connection:
        assert await MacroClient(connection).get_fx() is None


@pytest.mark.parametrize(
    ("tool", "arguments"), [("get_fx", {"pair": "USDJPY"}), ("get_events", {"from_at": "2026-09-07T14:00:00", "to_at": "2026-10-07T14:00:00Z"})]
)
async def test_a_question_that_makes_no_sense_is_refused_for_good(upstream: FakeSurroundings, tool: str, arguments: dict[str, object]) -> None:
    async with connected(upstream) as connection:
        with pytest.raises(VenueError) as caught:
            await connection.call(tool, arguments)

    assert caught.value.permanent


def test_the_shipped_table_knows_every_type_the_rules_ask_for() -> None:
    covered = dict(shipped_calendar().covered_until)

    assert {"FOMC", "CPI", "NFP", "ECB"} <= set(covered)
    assert min(covered[name] for name in ("FOMC", "CPI", "NFP", "ECB")) >= date(2026, 12, 1)
