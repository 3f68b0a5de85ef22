"""The fake venue's public side: what it lists, quotes and remembers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import Told, VenueClient, get, http, post
from tests.fakes.venue.clock import START_AT, to_ms

HOUR = timedelta(hours=1)
PUT = "ETH-25SEP26-2200-P"


async def test_the_same_call_is_answered_over_get_post_and_websocket(venue: FakeVenue, client: VenueClient) -> None:
    expected = {"index_price": 2500.0, "estimated_delivery_price": 2500.0}

    assert (await get(venue, "public/get_index_price", {"index_name": "eth_usd"}))["result"] == expected
    assert (await post(venue, "public/get_index_price", {"index_name": "eth_usd"}))["result"] == expected
    assert await client.call("public/get_index_price", index_name="eth_usd") == expected


async def test_every_answer_says_whether_it_is_the_test_network(venue: FakeVenue) -> None:
    envelope = await post(venue, "public/get_time")

    assert (envelope["testnet"], envelope["result"], envelope["usIn"]) == (True, to_ms(START_AT), to_ms(START_AT) * 1000)


async def test_a_live_venue_says_so_too() -> None:
    async with FakeVenue(is_testnet=False) as venue:
        envelope = await get(venue, "public/test")

    assert envelope["testnet"] is False


@pytest.mark.parametrize(
    ("method", "params", "code", "param"),
    [
        ("public/get_weather", {}, -32601, None),
        ("public/ticker", None, -32000, None),
        ("public/ticker", {}, -32602, "instrument_name"),
        ("public/ticker", {"instrument_name": PUT, "depth": 3}, -32602, "depth"),
        ("public/get_instruments", {"currency": "DOGE"}, -32602, "currency"),
        ("public/get_order_book", {"instrument_name": PUT, "depth": "5"}, -32602, "depth"),
        ("public/get_delivery_prices", {"index_name": "eth_usd", "count": 0}, -32602, "count"),
        ("public/ticker", {"instrument_name": "nonsense"}, -32602, "instrument_name"),
        ("public/ticker", {"instrument_name": "ETH-25SEP26-1-P"}, 13020, None),
        ("public/set_heartbeat", {"interval": 30}, 10030, None),
        ("private/get_positions", {}, 13009, None),
    ],
)
async def test_what_the_venue_would_refuse_is_refused(venue: FakeVenue, method: str, params: dict[str, Any] | None, code: int, param: str | None) -> None:
    error = (await post(venue, method, params))["error"]

    assert (error["code"], error.get("data", {}).get("param")) == (code, param)


async def test_an_error_is_http_400_and_what_is_no_json_is_a_parse_error(venue: FakeVenue) -> None:
    status, text = await http(venue.http_url, b"{nonsense")

    assert (status, '"code": -32700' in text) == (400, True)


async def test_parameters_in_a_url_are_read_by_their_types(venue: FakeVenue) -> None:
    book = (await get(venue, "public/get_order_book", {"instrument_name": PUT, "depth": 1}))["result"]

    assert (len(book["bids"]), len(book["asks"])) == (1, 1)


async def test_listed_options_have_lots_ticks_and_strikes_of_their_family(client: VenueClient) -> None:
    inverse = {row["instrument_name"]: row for row in await client.call("public/get_instruments", currency="ETH", kind="option")}
    linear = {row["instrument_name"]: row for row in await client.call("public/get_instruments", currency="USDC", kind="option")}

    assert (inverse[PUT]["min_trade_amount"], inverse[PUT]["tick_size"], inverse[PUT]["strike"]) == (1.0, 0.0001, 2200.0)
    assert inverse[PUT]["tick_size_steps"] == [{"above_price": 0.005, "tick_size": 0.0005}]
    assert (linear["ETH_USDC-25SEP26-2200-P"]["min_trade_amount"], linear["ETH_USDC-25SEP26-2200-P"]["contract_size"]) == (0.1, 0.1)


async def test_every_quote_of_the_chain_is_on_its_tick_and_uncrossed(client: VenueClient, venue: FakeVenue) -> None:
    rows = await client.call("public/get_book_summary_by_currency", currency="ETH", kind="option")
    wrong = []
    for row in rows:
        grid = venue.market.contract(row["instrument_name"]).grid
        prices = [Decimal(str(price)) for price in (row["bid_price"], row["ask_price"]) if price is not None]
        if not all(grid.holds(price) for price in prices) or prices != sorted(set(prices)):
            wrong.append(row["instrument_name"])

    assert (len(rows) > 400, wrong) == (True, [])


async def test_the_same_seed_gives_the_same_chain_and_another_another() -> None:
    chains = []
    for seed in (1, 1, 2):
        async with FakeVenue(seed=seed) as venue:
            chains.append((await get(venue, "public/get_book_summary_by_currency", {"currency": "ETH", "kind": "option"}))["result"])

    assert (chains[0] == chains[1], chains[0] == chains[2]) == (True, False)


async def test_a_quoted_book_is_told_as_quoted_until_it_is_unpinned(client: VenueClient, venue: FakeVenue) -> None:
    venue.market.quote(PUT, bids=[("0.0040", 12)], mark="0.0044", delta=-0.13)
    told = await client.call("public/ticker", instrument_name=PUT)
    venue.market.unpin(PUT)
    modelled = await client.call("public/ticker", instrument_name=PUT)

    assert (told["best_bid_price"], told["best_bid_amount"], told["best_ask_price"], told["best_ask_amount"]) == (0.004, 12.0, None, 0.0)
    assert (told["mark_price"], told["greeks"]["delta"]) == (0.0044, -0.13)
    assert modelled["best_ask_price"] is not None


async def test_a_falling_index_makes_puts_dearer(client: VenueClient, venue: FakeVenue) -> None:
    before = await client.call("public/ticker", instrument_name=PUT)
    venue.market.index_usd = 2300
    after = await client.call("public/ticker", instrument_name=PUT)

    assert after["mark_price"] > 2 * before["mark_price"]
    assert after["greeks"]["delta"] < before["greeks"]["delta"] < 0


async def test_candles_show_the_past_and_what_the_test_moved(client: VenueClient, venue: FakeVenue) -> None:
    venue.advance(timedelta(minutes=30))
    venue.market.index_usd = 2450
    venue.advance(HOUR)
    asked = {"start_timestamp": to_ms(START_AT - timedelta(days=30)), "end_timestamp": to_ms(venue.now())}
    chart = await client.call("public/get_tradingview_chart_data", instrument_name="ETH-PERPETUAL", resolution="60", **asked)

    assert chart["status"] == "ok"
    assert (chart["ticks"][0], len(chart["ticks"])) == (to_ms(START_AT - timedelta(days=30)), 30 * 24 + 2)
    assert (chart["open"][-2], chart["low"][-2], chart["close"][-2], chart["close"][-1]) == (2500.0, 2450.0, 2450.0, 2450.0)
    assert chart["close"][0] == pytest.approx(2500 / 1.09, rel=0.01)


async def test_dvol_candles_come_in_pages_of_a_thousand(client: VenueClient) -> None:
    asked: dict[str, Any] = {"currency": "ETH", "start_timestamp": to_ms(START_AT - timedelta(days=60)), "resolution": "3600"}
    newest = await client.call("public/get_volatility_index_data", end_timestamp=to_ms(START_AT), **asked)
    older = await client.call("public/get_volatility_index_data", end_timestamp=newest["continuation"], **asked)

    assert (len(newest["data"]), older["continuation"]) == (1000, None)
    assert len(newest["data"]) + len(older["data"]) == 60 * 24 + 1
    assert older["data"][-1][0] < newest["data"][0][0]


async def test_funding_is_told_per_hour(client: VenueClient, venue: FakeVenue) -> None:
    venue.market.hourly_funding = 0.00002
    asked = {"instrument_name": "ETH-PERPETUAL", "start_timestamp": to_ms(START_AT - 168 * HOUR), "end_timestamp": to_ms(START_AT)}
    rows = await client.call("public/get_funding_rate_history", **asked)
    total = await client.call("public/get_funding_rate_value", **asked)

    assert ({row["interest_1h"] for row in rows}, len(rows)) == ({0.00002}, 169)
    assert total == pytest.approx(168 * 0.00002)


async def test_past_delivery_prices_are_told_newest_first(client: VenueClient) -> None:
    told = await client.call("public/get_delivery_prices", index_name="eth_usd", offset=1, count=2)

    assert ([row["date"] for row in told["data"]], told["records_total"] > 30) == (["2026-09-06", "2026-09-05"], True)


async def test_a_lock_shows_in_the_status(client: VenueClient, venue: FakeVenue) -> None:
    calm = await client.call("public/status")
    venue.lock("eth_usd")
    partly = await client.call("public/status")
    venue.lock(*("eth_usd", "eth_usdc"))
    wholly = await client.call("public/status")

    assert (calm, partly["locked"], partly["locked_indices"], wholly["locked"]) == ({"locked": "false"}, "partial", ["eth_usd"], "true")


async def test_an_announcement_is_told(client: VenueClient, venue: FakeVenue) -> None:
    venue.announce("Scheduled maintenance", "On 8 September at 09:00 UTC")
    told = await client.call("public/get_announcements", count=1)

    assert [one["title"] for one in told] == ["Scheduled maintenance"]


async def test_a_skewed_venue_tells_its_own_time(venue: FakeVenue) -> None:
    venue.skew = timedelta(seconds=-3)

    assert (await get(venue, "public/get_time"))["result"] == to_ms(START_AT) - 3000


async def test_a_new_day_lists_new_options_and_no_longer_those_that_expired(client: VenueClient, venue: FakeVenue) -> None:
    before = {row["expiration_timestamp"] for row in await client.call("public/get_instruments", currency="ETH", kind="option")}
    venue.advance(timedelta(days=1))
    after = {row["expiration_timestamp"] for row in await client.call("public/get_instruments", currency="ETH", kind="option")}
    gone = {row["expiration_timestamp"] for row in await client.call("public/get_instruments", currency="ETH", kind="option", expired=True)}

    assert (before - after, gone) == ({min(before)}, {min(before)})


async def test_a_private_channel_is_not_subscribed_in_public(client: VenueClient) -> None:
    channels = ["platform_state", "user.lock", "weather.rain", "ticker.ETH-PERPETUAL.100ms"]

    assert await client.call("public/subscribe", channels=channels) == ["platform_state", "ticker.ETH-PERPETUAL.100ms"]


async def test_a_wrong_secret_is_refused(venue: FakeVenue) -> None:
    async with VenueClient(venue) as client:
        with pytest.raises(Told) as refused:
            await client.call("public/auth", grant_type="client_credentials", client_id=venue.key.client_id, client_secret="guess")

    assert refused.value.code == 13004
