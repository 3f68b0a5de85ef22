"""Orders at the fake venue: what is taken, what is refused, how they fill and end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import Told, VenueClient
from tests.fakes.venue.clock import START_AT, to_ms

PUT, LINEAR_PUT = "ETH-25SEP26-2200-P", "ETH_USDC-25SEP26-2200-P"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _book(venue: FakeVenue) -> None:
    venue.market.quote(PUT, bids=[("0.0040", 10), ("0.0038", 20)], asks=[("0.0045", 10), ("0.0050", 20)], mark="0.0042")


async def _buy(client: VenueClient, **asked: Any) -> dict[str, Any]:
    told: dict[str, Any] = await client.call("private/buy", **{"instrument_name": PUT, "amount": 5, "price": 0.0045} | asked)
    return told


async def _sell(client: VenueClient, **asked: Any) -> dict[str, Any]:
    told: dict[str, Any] = await client.call("private/sell", **{"instrument_name": PUT, "amount": 5, "price": 0.0040} | asked)
    return told


async def _refused(client: VenueClient, method: str, /, **asked: Any) -> int:
    with pytest.raises(Told) as refused:
        await client.call(method, **asked)
    code: int = refused.value.code
    return code


async def test_an_order_at_the_ask_is_filled_at_once_and_booked(client: VenueClient, venue: FakeVenue) -> None:
    told = await _buy(client, label="cb1-7-o1-1")

    assert (told["order"]["order_state"], told["order"]["filled_amount"], told["order"]["average_price"]) == ("filled", 5.0, 0.0045)
    assert [(trade["price"], trade["amount"], trade["liquidity"], trade["label"]) for trade in told["trades"]] == [(0.0045, 5.0, "T", "cb1-7-o1-1")]
    assert (venue.positions, venue.balances["ETH"]) == ({PUT: Decimal(5)}, Decimal(20) - 5 * Decimal("0.0045") - 5 * Decimal("0.0003"))


async def test_an_order_walks_through_the_levels_and_the_rest_rests(client: VenueClient) -> None:
    told = await _buy(client, amount=40, price=0.0050)

    assert [(trade["price"], trade["amount"]) for trade in told["trades"]] == [(0.0045, 10.0), (0.005, 20.0)]
    assert (told["order"]["order_state"], told["order"]["filled_amount"]) == ("open", 30.0)


async def test_what_was_taken_is_gone_until_the_market_moves(client: VenueClient, venue: FakeVenue) -> None:
    await _buy(client, amount=10)
    first = await client.call("public/ticker", instrument_name=PUT)
    venue.market.index_usd = 2501
    second = await client.call("public/ticker", instrument_name=PUT)

    assert (first["best_ask_price"], second["best_ask_price"], first["last_price"]) == (0.005, 0.0045, 0.0045)


async def test_a_resting_order_fills_when_the_market_comes_to_it(client: VenueClient, venue: FakeVenue) -> None:
    resting = await _sell(client, price=0.0044)
    venue.market.quote(PUT, bids=[("0.0045", 3)], asks=[("0.0050", 10)])
    state = await client.call("private/get_order_state", order_id=resting["order"]["order_id"])

    assert (resting["order"]["order_state"], state["order_state"], state["filled_amount"], state["average_price"]) == ("open", "open", 3.0, 0.0044)
    assert [fill.is_maker for fill in venue.trades] == [True]


async def test_a_test_fills_a_resting_order_in_parts(client: VenueClient, venue: FakeVenue) -> None:
    order_id = (await _sell(client, price=0.0044))["order"]["order_id"]
    venue.fill(order_id, "2")
    half = await client.call("private/get_order_state", order_id=order_id)
    venue.fill(order_id)
    whole = await client.call("private/get_order_state", order_id=order_id)

    assert (half["order_state"], half["filled_amount"]) == ("open", 2.0)
    assert (whole["order_state"], whole["filled_amount"]) == ("filled", 5.0)
    assert venue.positions == {PUT: Decimal(-5)}


async def test_an_order_inside_the_spread_is_met_after_a_while_when_asked(client: VenueClient, venue: FakeVenue) -> None:
    venue.exchange.desk.inside_fills_after = 2 * MINUTE
    fair = (await _sell(client, price=0.0042))["order"]["order_id"]
    dear = (await _sell(client, price=0.0044))["order"]["order_id"]
    venue.advance(2 * MINUTE)

    assert {order.order_id: order.state for order in venue.orders} == {fair: "filled", dear: "open"}


@pytest.mark.parametrize(
    ("time_in_force", "amount", "state", "filled"),
    [
        ("immediate_or_cancel", 15, "cancelled", 10.0),
        ("fill_or_kill", 15, "cancelled", 0.0),
        ("fill_or_kill", 10, "filled", 10.0),
        ("good_til_cancelled", 15, "open", 10.0),
    ],
)
async def test_time_in_force_is_kept(client: VenueClient, time_in_force: str, amount: int, state: str, filled: float) -> None:
    order = (await _buy(client, amount=amount, time_in_force=time_in_force))["order"]

    assert (order["order_state"], order["filled_amount"]) == (state, filled)


async def test_a_market_order_takes_what_is_there_and_ends(client: VenueClient) -> None:
    order = (await client.call("private/buy", instrument_name=PUT, amount=50, type="market"))["order"]

    assert (order["order_state"], order["filled_amount"], order["price"]) == ("cancelled", 30.0, "market_price")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"instrument_name": "ETH-25SEP26-1-P"}, 13020),
        ({"amount": 0.5}, 10002),
        ({"amount": 1.5}, 10021),
        ({"amount": 0}, 10021),
        ({"amount": 1, "contracts": 2}, -32602),
        ({"price": 0.00405}, 10043),
        ({"price": 0.0052}, 10043),
        ({"price": -0.0040}, 10023),
        ({"price": 0.9}, 10007),
        ({"label": "x" * 65}, -32602),
        ({"valid_until": to_ms(START_AT) - 1}, 13888),
        ({"post_only": True, "time_in_force": "immediate_or_cancel"}, 11055),
        ({"post_only": True, "reject_post_only": True}, 11054),
        ({"reduce_only": True}, 11030),
        ({"advanced": "usd"}, 10033),
        ({"type": "stop_market"}, 10033),
        ({"type": "weird"}, -32602),
        ({"clientOrderId": "7"}, -32602),
    ],
)
async def test_a_wrong_order_is_refused_and_nothing_is_taken(client: VenueClient, venue: FakeVenue, asked: dict[str, Any], code: int) -> None:
    assert await _refused(client, "private/buy", **{"instrument_name": PUT, "amount": 5, "price": 0.0045} | asked) == code
    assert venue.orders == []


@pytest.mark.parametrize(("late_ms", "is_taken"), [(-1, False), (0, True), (1, True)])
async def test_valid_until_is_the_last_moment(client: VenueClient, venue: FakeVenue, late_ms: int, is_taken: bool) -> None:
    asked = {"instrument_name": PUT, "amount": 1, "price": 0.0045, "valid_until": to_ms(START_AT) + late_ms}
    answer = await client.send("private/buy", **asked)

    assert ("result" in answer, len(venue.orders)) == (is_taken, int(is_taken))


async def test_a_limit_order_needs_a_price(client: VenueClient) -> None:
    assert await _refused(client, "private/buy", instrument_name=PUT, amount=1) == 10023


async def test_a_post_only_order_that_would_trade_rests_just_inside(client: VenueClient) -> None:
    bought = (await _buy(client, price=0.0050, post_only=True))["order"]
    sold = (await _sell(client, price=0.0030, post_only=True))["order"]

    assert [(order["price"], order["order_state"], order["post_only"]) for order in (bought, sold)] == [(0.0044, "open", True), (0.0041, "open", True)]


async def test_reduce_only_never_turns_the_position(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position(PUT, "-3")
    order = (await _buy(client, reduce_only=True))["order"]

    assert (order["amount"], order["filled_amount"], venue.positions) == (3.0, 3.0, {})
    assert await _refused(client, "private/sell", instrument_name=PUT, amount=1, price=0.0040, reduce_only=True) == 11030


async def test_selling_more_than_the_margin_allows_is_refused(client: VenueClient) -> None:
    assert await _refused(client, "private/sell", instrument_name=PUT, amount=300, price=0.0045) == 10009


async def test_an_order_never_trades_with_our_own(client: VenueClient, venue: FakeVenue) -> None:
    resting = (await _sell(client, price=0.0043))["order"]["order_id"]
    await _buy(client, price=0.0043)

    assert (venue.exchange.desk.orders[resting].state, venue.trades) == ("cancelled", [])

    venue.exchange.desk.cancels_maker = False

    assert await _refused(client, "private/sell", instrument_name=PUT, amount=1, price=0.0043) == 11030


async def test_an_edit_moves_the_order_and_may_trade(client: VenueClient, venue: FakeVenue) -> None:
    order_id = (await _sell(client, price=0.0050, label="leg"))["order"]["order_id"]
    moved = await client.call("private/edit", order_id=order_id, amount=6, price=0.0049)
    traded = await client.call("private/edit_by_label", label="leg", instrument_name=PUT, price=0.0040)

    assert (moved["order"]["price"], moved["order"]["amount"], moved["order"]["replaced"], moved["trades"]) == (0.0049, 6.0, True, [])
    assert (traded["order"]["order_state"], traded["order"]["order_id"], len(venue.orders)) == ("filled", order_id, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"price": 0.00445}, 10043), ({"price": 0.9}, 10007), ({"amount": 2, "price": 0.0044}, 10021), ({"valid_until": 1, "price": 0.0044}, 13888)],
)
async def test_a_wrong_edit_leaves_the_order_as_it_was(client: VenueClient, venue: FakeVenue, change: dict[str, Any], code: int) -> None:
    order = venue.plant_order(PUT, "sell", amount="5", price="0.0044")
    venue.fill(order, "2")

    assert await _refused(client, "private/edit", order_id=order.order_id, **change) == code
    assert (order.price, order.amount, order.is_replaced) == (Decimal("0.0044"), Decimal(5), False)


async def test_a_label_on_two_orders_names_neither(client: VenueClient) -> None:
    for price in (0.0048, 0.0049):
        await _sell(client, price=price, label="twice")
    told = await client.call("private/get_order_state_by_label", currency="ETH", label="twice")

    assert len(told) == 2
    assert await _refused(client, "private/edit_by_label", label="twice", instrument_name=PUT, price=0.0047) == 13032
    assert await _refused(client, "private/edit_by_label", label="once", instrument_name=PUT, price=0.0047) == 10004


async def test_a_cancelled_order_cannot_be_cancelled_again(client: VenueClient) -> None:
    order_id = (await _sell(client, price=0.0049))["order"]["order_id"]
    ended = await client.call("private/cancel", order_id=order_id)

    assert (ended["order_state"], ended["cancel_reason"]) == ("cancelled", "user_request")
    assert await _refused(client, "private/cancel", order_id=order_id) == 11044
    assert await _refused(client, "private/cancel", order_id="ETH-1") == 10004
    assert await _refused(client, "private/edit", order_id=order_id, price=0.0048) == 11044


async def test_cancelling_many_ends_those_that_are_meant(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_order(PUT, "sell", amount="1", price="0.0049", label="ours")
    venue.plant_order(PUT, "sell", amount="1", price="0.0048", label="theirs")
    venue.plant_order(LINEAR_PUT, "sell", amount="0.1", price="90", label="ours")
    by_label = await client.call("private/cancel_by_label", label="ours", currency="ETH")
    by_currency = await client.call("private/cancel_all_by_currency", currency="USDC")
    in_detail = await client.call("private/cancel_all", detailed=True)

    assert (by_label, by_currency, [row["type"] for row in in_detail], venue.open_orders) == (1, 1, ["option"], [])


async def test_open_orders_are_found_by_instrument_currency_label_and_kind(client: VenueClient, venue: FakeVenue) -> None:
    mine = venue.plant_order(PUT, "sell", amount="1", price="0.0049", label="mine").order_id
    linear = venue.plant_order(LINEAR_PUT, "sell", amount="0.1", price="90").order_id
    asked: list[tuple[str, dict[str, Any]]] = [
        ("private/get_open_orders", {"kind": "option"}),
        ("private/get_open_orders_by_instrument", {"instrument_name": PUT}),
        ("private/get_open_orders_by_currency", {"currency": "USDC"}),
        ("private/get_open_orders_by_label", {"currency": "ETH", "label": "mine"}),
        ("private/get_open_orders_by_label", {"currency": "ETH", "label": "nobody's"}),
    ]
    found = [[order["order_id"] for order in await client.call(method, **params)] for method, params in asked]

    assert found == [[mine, linear], [mine], [linear], [mine], []]


async def test_ended_orders_and_trades_move_to_the_historical_records(client: VenueClient, venue: FakeVenue) -> None:
    order_id = (await _buy(client))["order"]["order_id"]
    venue.advance(timedelta(minutes=31))
    await client.sign_in()
    late_state = await _refused(client, "private/get_order_state", order_id=order_id)
    recent = await client.call("private/get_order_history_by_currency", currency="ETH")
    old = await client.call("private/get_order_history_by_currency", currency="ETH", historical=True)
    trades = await client.call("private/get_user_trades_by_order", order_id=order_id)
    venue.advance(timedelta(hours=24))
    await client.sign_in()
    gone = await client.call("private/get_user_trades_by_order", order_id=order_id)
    kept = await client.call("private/get_user_trades_by_order", order_id=order_id, historical=True)

    assert (late_state, recent, [order["order_id"] for order in old]) == (10004, [], [order_id])
    assert (len(trades), gone, len(kept)) == (1, [], 1)


async def test_trades_come_in_pages(client: VenueClient, venue: FakeVenue) -> None:
    for _ in range(3):
        await _buy(client, amount=1)
    newest = await client.call("private/get_user_trades_by_currency", currency="ETH", count=2)
    oldest = await client.call("private/get_user_trades_by_instrument", instrument_name=PUT, count=2, sorting="asc")
    ids = [fill.trade_id for fill in venue.trades]

    assert ([trade["trade_id"] for trade in newest["trades"]], newest["has_more"]) == ([ids[2], ids[1]], True)
    assert [trade["trade_id"] for trade in oldest["trades"]] == ids[:2]


async def test_linear_options_trade_in_tenths_and_usdc(client: VenueClient, venue: FakeVenue) -> None:
    venue.market.quote(LINEAR_PUT, bids=[("10.2", 5)], asks=[("10.8", 5)])
    told = await client.call("private/buy", instrument_name=LINEAR_PUT, amount=0.3, price=10.8)

    assert (told["trades"][0]["fee_currency"], told["trades"][0]["contracts"]) == ("USDC", 3.0)
    assert venue.balances["USDC"] == Decimal(20_000) - Decimal("3.24") - Decimal("0.0003") * 2500 * Decimal("0.3")


async def test_a_position_is_closed_by_one_call(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position(PUT, "-4")
    told = await client.call("private/close_position", instrument_name=PUT, type="limit", price=0.0045)

    assert (told["order"]["direction"], told["order"]["reduce_only"], venue.positions) == ("buy", True, {})
    assert await _refused(client, "private/close_position", instrument_name=PUT, type="market") == 10010


async def test_orders_and_trades_are_told_on_their_channels(client: VenueClient, venue: FakeVenue) -> None:
    channels = ["user.orders.option.ETH.raw", "user.trades.any.any.100ms", f"user.changes.{PUT}.raw", "user.orders.option.USDC.raw"]
    await client.call("private/subscribe", channels=channels)
    await _buy(client, amount=12)
    venue.fill(venue.orders[0], "1")
    await client.call("public/test")
    orders, trades = client.told(channels[0]), client.told(channels[1])

    assert [(order["order_state"], order["filled_amount"]) for order in orders] == [("open", 10.0), ("open", 11.0)]
    assert [[trade["amount"] for trade in told] for told in trades] == [[10.0], [1.0]]
    assert (len(client.told(channels[2])), client.told(channels[3])) == (2, [])


@pytest.mark.parametrize(("state", "code"), [("locked", 10012), ("halted", 10012), ("closed", 10012), ("settlement", 10041)])
async def test_a_book_that_is_not_open_takes_cancels_only(client: VenueClient, venue: FakeVenue, state: str, code: int) -> None:
    order_id = (await _sell(client, price=0.0049))["order"]["order_id"]
    venue.market.states[PUT] = state

    assert await _refused(client, "private/buy", instrument_name=PUT, amount=1, price=0.0045) == code
    assert await _refused(client, "private/edit", order_id=order_id, price=0.0048) == code
    assert (await client.call("public/ticker", instrument_name=PUT))["state"] == state
    assert (await client.call("private/cancel", order_id=order_id))["order_state"] == "cancelled"


async def test_every_request_to_the_matching_engine_stands_in_sends(client: VenueClient, venue: FakeVenue) -> None:
    await _sell(client, price=0.0049)
    await _refused(client, "private/buy", instrument_name=PUT, amount=0.5, price=0.0045)
    await client.call("private/get_open_orders")

    assert [(call.method, call.code, call.is_answered) for call in venue.sends] == [("private/sell", None, True), ("private/buy", 10002, True)]
