"""Held against the venue's own description: the table of methods, and the shape of every answer."""

from __future__ import annotations

from typing import Any

from tests.fakes.venue.client import VenueClient
from tests.fakes.venue.clock import START_AT, to_ms
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


def test_the_table_of_methods_is_the_venues(openapi: dict[str, Any]) -> None:
    assert {method: describe(openapi, method) for method in METHODS} == METHODS


async def test_public_answers_have_the_described_shape(openapi: dict[str, Any], client: VenueClient) -> None:
    found = [f"{method}: {problem}" for method, params in PUBLIC.items() for problem in problems(openapi, method, await client.call(method, **params))]

    assert found == []
