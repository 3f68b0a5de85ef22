"""Held against the venue's own description: the table of methods, and the shape of every answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import VenueClient
from tests.fakes.venue.clock import START_AT, to_ms
from tests.fakes.venue.methods import SERVED
from tests.fakes.venue.shapes import problems
from tests.fakes.venue.table import METHODS, describe

PUT = "ETH-25SEP26-2200-P"
WEEK = {"start_timestamp": to_ms(START_AT) - 7 * 86_400_000, "end_timestamp": to_ms(START_AT)}
PUBLIC: dict[str, dict[str, Any]] = {
    "public/get_time": {},
    "public/status": {},
    "public/test": {},
    "public/hello": {"client_name": "desk", "client_version": "1"},
    "public/set_heartbeat": {"interval": 30},
    "public/disable_heartbeat": {},
    "public/subscribe": {"channels": ["platform_state"]},
    "public/unsubscribe": {"channels": ["platform_state"]},
    "public/unsubscribe_all": {},
    "public/get_announcements": {},
    "public/get_currencies": {},
    "public/get_instruments": {"currency": "any"},
    "public/get_instrument": {"instrument_name": PUT},
    "public/get_contract_size": {"instrument_name": PUT},
    "public/get_expirations": {"currency": "ETH", "kind": "any"},
    "public/get_index_price": {"index_name": "eth_usd"},
    "public/get_index_price_names": {},
    "public/ticker": {"instrument_name": PUT},
    "public/get_order_book": {"instrument_name": PUT},
    "public/get_book_summary_by_currency": {"currency": "ETH"},
    "public/get_book_summary_by_instrument": {"instrument_name": "ETH-PERPETUAL"},
    "public/get_last_trades_by_instrument": {"instrument_name": PUT},
    "public/get_volatility_index_data": {"currency": "ETH", "resolution": "3600", **WEEK},
    "public/get_historical_volatility": {"currency": "ETH"},
    "public/get_tradingview_chart_data": {"instrument_name": "ETH-PERPETUAL", "resolution": "60", **WEEK},
    "public/get_funding_rate_history": {"instrument_name": "ETH-PERPETUAL", **WEEK},
    "public/get_funding_rate_value": {"instrument_name": "ETH-PERPETUAL", **WEEK},
    "public/get_delivery_prices": {"index_name": "eth_usd"},
    "public/get_last_settlements_by_currency": {"currency": "ETH"},
    "public/get_last_settlements_by_instrument": {"instrument_name": PUT},
    "public/get_combos": {"currency": "ETH"},
    "public/get_combo_ids": {"currency": "ETH"},
}

LONG_PUT, COMBO = "ETH-25SEP26-2100-P", "ETH-PS-25SEP26-2100_2200"
TODAY = {"start_timestamp": to_ms(START_AT) - 1000, "end_timestamp": to_ms(START_AT) + 1000}
# After a combo was made, traded and has an order resting, a leg was bought and its expiry has passed for another.
PRIVATE: dict[str, dict[str, Any]] = {
    "private/create_combo": {
        "trades": [{"instrument_name": PUT, "direction": "sell", "amount": 1}, {"instrument_name": LONG_PUT, "direction": "buy", "amount": 1}]
    },
    "public/get_combo_details": {"combo_id": COMBO},
    "private/list_api_keys": {},
    "private/get_user_locks": {},
    "private/get_cancel_on_disconnect": {},
    "private/enable_cancel_on_disconnect": {},
    "private/disable_cancel_on_disconnect": {},
    "private/subscribe": {"channels": ["user.orders.any.any.raw"]},
    "private/unsubscribe": {"channels": ["user.orders.any.any.raw"]},
    "private/unsubscribe_all": {},
    "private/get_account_summary": {"currency": "ETH", "extended": True},
    "private/get_account_summaries": {"extended": True},
    "private/get_positions": {"currency": "any"},
    "private/get_position": {"instrument_name": PUT},
    "private/get_margins": {"instrument_name": PUT, "amount": 1, "price": 0.004},
    "private/simulate_portfolio": {"currency": "ETH", "simulated_positions": {PUT: -1}},
    "private/get_transaction_log": {"currency": "ETH", **TODAY},
    "private/get_settlement_history_by_currency": {"currency": "ETH"},
    "private/get_settlement_history_by_instrument": {"instrument_name": PUT},
    "private/get_leg_prices": {
        "price": 0.004,
        "legs": [{"instrument_name": PUT, "direction": "buy", "amount": 1}, {"instrument_name": LONG_PUT, "direction": "sell", "amount": 1}],
    },
    "private/buy": {"instrument_name": COMBO, "amount": 1, "price": 0.0001, "label": "resting"},
    "private/edit_by_label": {"label": "resting", "instrument_name": COMBO, "price": 0.0002},
    "private/sell": {"instrument_name": COMBO, "amount": 1, "price": 0.0002},
    "private/get_open_orders": {},
    "private/get_open_orders_by_instrument": {"instrument_name": COMBO},
    "private/get_open_orders_by_currency": {"currency": "ETH"},
    "private/get_open_orders_by_label": {"currency": "ETH", "label": "resting"},
    "private/get_order_state_by_label": {"currency": "ETH", "label": "resting"},
    "private/get_order_history_by_instrument": {"instrument_name": COMBO},
    "private/get_order_history_by_currency": {"currency": "ETH"},
    "private/get_user_trades_by_instrument": {"instrument_name": COMBO},
    "private/get_user_trades_by_instrument_and_time": {"instrument_name": PUT, **TODAY},
    "private/get_user_trades_by_currency": {"currency": "ETH", "kind": "combo"},
    "private/get_user_trades_by_currency_and_time": {"currency": "ETH", **TODAY},
    "private/cancel_by_label": {"label": "resting"},
    "private/close_position": {"instrument_name": PUT, "type": "market"},
    "private/cancel_all_by_instrument": {"instrument_name": COMBO},
    "private/cancel_all_by_currency": {"currency": "ETH"},
    "private/cancel_all_by_kind_or_type": {"currency": "any"},
    "private/cancel_all": {},
}
# Asked for with the id of an order, in a test of their own; and those whose answer is no result.
WITH_ORDER = ("private/edit", "private/cancel", "private/get_order_state", "private/get_user_trades_by_order", "private/get_order_margin_by_ids")
WITHOUT_RESULT = ("public/auth", "private/logout")


def test_the_table_of_methods_is_the_venues(openapi: dict[str, Any]) -> None:
    assert {method: describe(openapi, method) for method in METHODS} == METHODS


async def test_public_answers_have_the_described_shape(openapi: dict[str, Any], client: VenueClient) -> None:
    found = [f"{method}: {problem}" for method, params in PUBLIC.items() for problem in problems(openapi, method, await client.call(method, **params))]

    assert found == []


async def test_private_answers_have_the_described_shape(openapi: dict[str, Any], client: VenueClient) -> None:
    found = [f"{method}: {problem}" for method, params in PRIVATE.items() for problem in problems(openapi, method, await client.call(method, **params))]

    assert found == []


async def test_answers_about_one_order_have_the_described_shape(openapi: dict[str, Any], client: VenueClient) -> None:
    resting = (await client.call("private/buy", instrument_name=PUT, amount=2, price=0.0001))["order"]["order_id"]
    filled = (await client.call("private/buy", instrument_name=PUT, amount=1, type="market"))["order"]["order_id"]
    asked: list[tuple[str, dict[str, Any]]] = [
        ("private/get_order_margin_by_ids", {"ids": [resting]}),
        ("private/edit", {"order_id": resting, "amount": 1, "price": 0.0002}),
        ("private/get_order_state", {"order_id": filled}),
        ("private/get_user_trades_by_order", {"order_id": filled}),
        ("private/cancel", {"order_id": resting}),
    ]
    found = [f"{method}: {problem}" for method, params in asked for problem in problems(openapi, method, await client.call(method, **params))]

    assert (found, {method for method, _ in asked}) == ([], set(WITH_ORDER))


async def test_signing_in_has_the_described_shape(openapi: dict[str, Any], venue: FakeVenue) -> None:
    async with VenueClient(venue) as client:
        told = await client.sign_in()

    assert problems(openapi, "public/auth", told) == []


async def test_what_a_settlement_leaves_has_the_described_shape(openapi: dict[str, Any], client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position("ETH-11SEP26-2600-P", "-1")
    venue.advance(timedelta(days=4))
    await client.sign_in()
    span = {"start_timestamp": to_ms(START_AT), "end_timestamp": to_ms(venue.now())}
    asked: dict[str, dict[str, Any]] = {
        "private/get_transaction_log": {"currency": "ETH", **span},
        "private/get_settlement_history_by_currency": {"currency": "ETH"},
        "public/get_last_settlements_by_currency": {"currency": "ETH"},
        "public/get_delivery_prices": {"index_name": "eth_usd"},
        "public/get_instruments": {"currency": "ETH", "expired": True},
    }
    answers = {method: await client.call(method, **params) for method, params in asked.items()}
    found = [f"{method}: {problem}" for method, answer in answers.items() for problem in problems(openapi, method, answer)]

    assert (found, len(answers["private/get_transaction_log"]["logs"])) == ([], 2)


def test_every_method_of_the_table_is_served_and_its_shape_looked_at() -> None:
    assert set(PUBLIC) | set(PRIVATE) | set(WITH_ORDER) | set(WITHOUT_RESULT) == set(METHODS) == set(SERVED)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"order_id": 5}, "result[0].order_id is a int, not a string"),
        ({"order_state": "lost"}, "result[0].order_state is 'lost', none of"),
        ({"weather": "fine"}, "result[0].weather is not known"),
        ({"label": None}, "result[0].label is null"),
    ],
)
async def test_a_wrong_shape_is_noticed(openapi: dict[str, Any], client: VenueClient, change: dict[str, Any], expected: str) -> None:
    await client.call("private/buy", instrument_name=PUT, amount=1, price=0.0001)
    told = await client.call("private/get_open_orders")
    found = problems(openapi, "private/get_open_orders", [told[0] | change])

    assert [problem.startswith(expected) for problem in found] == [True]


async def test_a_missing_field_is_noticed(openapi: dict[str, Any], client: VenueClient) -> None:
    told = await client.call("public/get_index_price", index_name="eth_usd")
    del told["index_price"]

    assert problems(openapi, "public/get_index_price", told) == ["result.index_price is missing"]
