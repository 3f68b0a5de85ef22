"""Connections to the fake venue: tokens, scopes, credits, heartbeats, cancel-on-disconnect, locks and maintenance."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.venue import ApiKey, FakeVenue, Limits, Rule
from tests.fakes.venue.client import Told, VenueClient, get, post

PUT = "ETH-25SEP26-2200-P"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


async def _token(venue: FakeVenue) -> dict[str, Any]:
    asked = {"grant_type": "client_credentials", "client_id": venue.key.client_id, "client_secret": venue.key.client_secret}
    told: dict[str, Any] = (await post(venue, "public/auth", asked))["result"]
    return told


async def _code(venue: FakeVenue, method: str, params: dict[str, Any] | None = None, *, token: str | None) -> int | None:
    envelope = await post(venue, method, params if params is not None else {}, token=token)
    code: int | None = envelope.get("error", {}).get("code")
    return code


async def _until_closed(client: VenueClient) -> bool:
    await asyncio.wait_for(client.is_closed.wait(), 5)
    return True


async def _resting(client: VenueClient) -> str:
    order = (await client.call("private/sell", instrument_name=PUT, amount=1, price=0.03))["order"]
    assert order["order_state"] == "open"
    order_id: str = order["order_id"]
    return order_id


# ---- tokens and scopes


async def test_a_bearer_token_opens_the_private_side_of_http(venue: FakeVenue) -> None:
    token = (await _token(venue))["access_token"]

    assert (await get(venue, "private/get_positions", token=token))["result"] == []
    assert [await _code(venue, "private/get_positions", token=one) for one in (token, "forged", None)] == [None, 13009, 13009]


async def test_a_token_ends_after_its_time_and_is_renewed_once(venue: FakeVenue) -> None:
    first = await _token(venue)
    venue.advance(timedelta(seconds=first["expires_in"]))
    late = await post(venue, "private/get_positions", {}, token=first["access_token"])
    renewed = await post(venue, "public/auth", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    again = await _code(venue, "public/auth", {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}, token=None)

    assert (late["error"]["code"], late["error"]["data"]) == (13009, {"reason": "token_expired"})
    assert (await _code(venue, "private/get_positions", token=renewed["result"]["access_token"]), again) == (None, 13009)


async def test_revoked_tokens_and_a_disabled_key_open_nothing(venue: FakeVenue) -> None:
    token = (await _token(venue))["access_token"]
    venue.revoke_tokens()
    revoked = await _code(venue, "private/get_positions", token=token)
    fresh = (await _token(venue))["access_token"]
    venue.key.is_enabled = False

    assert (revoked, await _code(venue, "private/get_positions", token=fresh)) == (13009, 13009)


async def test_the_scope_told_is_the_keys_and_a_widened_one_shows(venue: FakeVenue) -> None:
    narrow = (await _token(venue))["scope"]
    venue.key.scope = narrow.replace("wallet:none", "wallet:read_write")

    assert ("wallet:none" in narrow, "wallet:read_write" in (await _token(venue))["scope"]) == (True, True)


@pytest.mark.parametrize(
    ("scope", "method", "params", "code"),
    [
        ("trade:read account:read", "private/buy", {"instrument_name": PUT, "amount": 1, "price": 0.001}, 13021),
        ("trade:read account:read", "private/cancel_all", {}, 13021),
        ("trade:read account:read", "private/get_open_orders", {}, None),
        ("trade:read_write", "private/get_account_summary", {"currency": "ETH"}, 13021),
        ("account:read", "private/get_positions", {}, 13021),
    ],
)
async def test_a_method_beyond_the_scope_is_forbidden(scope: str, method: str, params: dict[str, Any], code: int | None) -> None:
    async with FakeVenue(key=ApiKey(scope=scope)) as venue:
        token = (await _token(venue))["access_token"]

        assert await _code(venue, method, params, token=token) == code


async def test_a_connection_signs_in_once_for_all_its_calls(client: VenueClient, venue: FakeVenue) -> None:
    assert await client.call("private/get_open_orders") == []
    assert {call.session for call in venue.calls} == {1}


async def test_what_needs_a_connection_is_refused_over_http(venue: FakeVenue) -> None:
    token = (await _token(venue))["access_token"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("private/subscribe", {"channels": ["user.lock"]}),
        ("private/enable_cancel_on_disconnect", {}),
        ("public/set_heartbeat", {"interval": 10}),
        ("private/logout", {}),
    ]

    assert [await _code(venue, method, params, token=token) for method, params in asked] == [10030] * 4
    assert await _code(venue, "private/enable_cancel_on_disconnect", {"scope": "account"}, token=token) is None


# ---- heartbeats


async def test_a_heartbeat_asks_and_an_answer_keeps_the_connection(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("public/set_heartbeat", interval=10)
    for _ in range(3):
        venue.advance(10 * SECOND)
        await client.call("public/test")

    assert [message["params"]["type"] for message in client.heard] == ["heartbeat", "test_request"] * 3
    assert not client.is_closed.is_set()


async def test_who_does_not_answer_a_heartbeat_is_hung_up_on(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/enable_cancel_on_disconnect")
    await client.call("public/set_heartbeat", interval=10)
    order_id = await _resting(client)
    venue.advance(10 * SECOND)
    venue.advance(10 * SECOND)

    assert await _until_closed(client)
    assert venue.exchange.desk.orders[order_id].cancel_reason == "cancel_on_disconnect"


@pytest.mark.parametrize(("interval", "code"), [(9, -32602), (10, None)])
async def test_a_heartbeat_is_no_faster_than_ten_seconds(client: VenueClient, interval: int, code: int | None) -> None:
    answer = await client.send("public/set_heartbeat", interval=interval)

    assert answer.get("error", {}).get("code") == code


async def test_a_silent_connection_is_ended_after_ten_minutes_when_asked(client: VenueClient, venue: FakeVenue) -> None:
    venue.hang_up_on_silence()
    venue.advance(10 * MINUTE - SECOND)
    still_there = not client.is_closed.is_set() and len(venue.exchange.sessions.open) == 1
    venue.advance(SECOND)

    assert (still_there, await _until_closed(client)) == (True, True)


# ---- cancel-on-disconnect


async def test_a_lost_connection_takes_its_own_orders_with_it(venue: FakeVenue) -> None:
    async with VenueClient(venue) as other:
        await other.sign_in()
        kept = await _resting(other)
        async with VenueClient(venue) as client:
            await client.sign_in()
            await client.call("private/enable_cancel_on_disconnect")
            gone = await _resting(client)
        await other.call("public/test")
        states = {order["order_id"]: order["order_state"] for order in await other.call("private/get_open_orders")}

    assert (states, venue.exchange.desk.orders[gone].cancel_reason) == ({kept: "open"}, "cancel_on_disconnect")


async def test_a_logout_leaves_the_orders_alone(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/enable_cancel_on_disconnect")
    order_id = await _resting(client)
    client.send("private/logout")

    assert await _until_closed(client)
    assert venue.exchange.desk.orders[order_id].state == "open"


async def test_without_it_a_lost_connection_leaves_the_orders(venue: FakeVenue) -> None:
    async with VenueClient(venue) as client:
        await client.sign_in()
        order_id = await _resting(client)

    assert venue.exchange.desk.orders[order_id].state == "open"


async def test_the_account_wide_setting_holds_for_connections_to_come(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/enable_cancel_on_disconnect", scope="account")
    async with VenueClient(venue) as later:
        await later.sign_in()
        told = await later.call("private/get_cancel_on_disconnect")

    assert (told, await client.call("private/get_cancel_on_disconnect")) == (
        {"scope": "connection", "enabled": True},
        {"scope": "connection", "enabled": False},
    )


async def test_a_venue_that_restarts_ends_every_connection(client: VenueClient, venue: FakeVenue) -> None:
    venue.hang_up()

    assert await _until_closed(client)


async def test_a_stopped_venue_comes_back_on_its_port_with_its_orders(client: VenueClient, venue: FakeVenue) -> None:
    order_id = await _resting(client)
    address = venue.http_url
    await venue.stop()
    with pytest.raises(OSError, match="Connect call failed"):
        await get(venue, "public/get_time")
    await venue.start()

    assert (venue.http_url, [order.order_id for order in venue.open_orders], await _until_closed(client)) == (address, [order_id], True)


# ---- credits


async def test_an_empty_pool_ends_the_session_and_with_it_the_orders() -> None:
    async with FakeVenue(limits=Limits(plain=Rule(pool=1500, refill_per_s=500, cost=500))) as venue, VenueClient(venue) as client:
        await client.sign_in()
        await client.call("private/enable_cancel_on_disconnect")
        order_id = await _resting(client)
        for _ in range(2):
            await client.call("private/get_open_orders")
        with pytest.raises(Told) as refused:
            await client.call("private/get_open_orders")
        closed = await _until_closed(client)

    assert (refused.value.code, closed, venue.exchange.desk.orders[order_id].state) == (10028, True, "cancelled")


async def test_credits_come_back_with_time_and_a_token_does_not() -> None:
    async with FakeVenue(limits=Limits(plain=Rule(pool=1000, refill_per_s=500, cost=500))) as venue:
        token = (await _token(venue))["access_token"]
        codes = [await _code(venue, "private/get_positions", token=token) for _ in range(4)]
        venue.advance(2 * SECOND)
        fresh = (await _token(venue))["access_token"]

        assert (codes, await _code(venue, "private/get_positions", token=fresh)) == ([None, None, 10028, 13009], None)


async def test_orders_draw_on_a_pool_of_their_own() -> None:
    async with FakeVenue(limits=Limits(engine=Rule(pool=2, refill_per_s=5, cost=1))) as venue:
        token = (await _token(venue))["access_token"]
        for _ in range(20):
            await _code(venue, "private/get_positions", token=token)
        codes = [await _code(venue, "private/cancel_all", token=token) for _ in range(3)]

    assert codes == [None, None, 10028]


async def test_the_real_limits_are_a_burst_of_a_hundred_and_twenty_a_second() -> None:
    async with FakeVenue(limits=Limits()) as venue:
        burst = [(await get(venue, "public/get_time")).get("error") for _ in range(101)]
        venue.advance(SECOND)
        steady = [(await get(venue, "public/get_time")).get("error") for _ in range(21)]

    assert ([error is None for error in burst].count(True), [error is None for error in steady].count(True)) == (100, 20)


# ---- locks and maintenance


async def test_a_lock_is_told_and_takes_cancels_only(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/subscribe", channels=["platform_state"])
    order_id = await _resting(client)
    venue.lock("eth_usd")
    with pytest.raises(Told) as refused:
        await _resting(client)
    ended = await client.call("private/cancel", order_id=order_id)
    venue.lock()

    assert (refused.value.code, ended["order_state"], bool(await _resting(client))) == (10019, "cancelled", True)
    assert client.told("platform_state") == [{"price_index": "eth_usd", "locked": True}, {"price_index": "eth_usd", "locked": False}]


async def test_a_locked_account_is_told_and_takes_no_order(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/subscribe", channels=["user.lock"])
    venue.lock_account()
    with pytest.raises(Told) as refused:
        await _resting(client)

    assert (refused.value.code, client.told("user.lock")) == (11098, [{"locked": True, "currency": "ALL"}])
    assert {row["enabled"] for row in await client.call("private/get_user_locks")} == {True}


async def test_maintenance_stops_orders_and_cancels_and_shows_in_the_status(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/subscribe", channels=["platform_state"])
    order_id = await _resting(client)
    venue.maintain()
    codes = []
    for method, params in (
        ("private/cancel", {"order_id": order_id}),
        ("private/cancel_all", {}),
        ("private/buy", {"instrument_name": PUT, "amount": 1, "price": 0.001}),
    ):
        codes.append((await client.send(method, **params))["error"]["code"])
    status = await client.call("public/status")
    venue.maintain(False)

    assert (codes, status["locked"], await client.call("private/cancel_all")) == ([11051] * 3, "true", 1)
    assert client.told("platform_state") == [{"maintenance": True}, {"maintenance": False}]
