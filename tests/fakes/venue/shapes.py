"""Whether an answer has the shape the venue's description gives it; the description's own slips are listed here.

Rules of this file: what the description requires must be there, nothing may be there that
neither schema nor example knows, and types agree with the schema, or with the example where the
schema is wrong.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.venue.table import resolve

Json = dict[str, Any]
NUMBER: tuple[type, ...] = (int, float)
KINDS: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "number": NUMBER, "array": list, "object": dict}
# What a ticker of an option carries, from the venue's current pages; the description's schema of it leads nowhere.
OPTION_TICKER = """
timestamp state stats underlying_price underlying_index interest_rate mark_iv bid_iv ask_iv greeks settlement_price delivery_price bids asks change_id
best_bid_price best_bid_amount best_ask_price best_ask_amount mark_price last_price min_price max_price open_interest index_price estimated_delivery_price
instrument_name current_funding funding_8h interest_value
"""
TICKER_FIELDS = frozenset(OPTION_TICKER.split())
# Where the description contradicts its own examples or the venue itself.
LOOSE: dict[str, type | tuple[type, ...]] = {
    "tick_size_steps": list,  # said to be one object, shown as a list
    "contract_size": NUMBER,  # said to be whole; a linear option's is 0.1
    "combo_trade_id": (str, *NUMBER),
    "reduce_only": bool,  # said to be text in trades
    "post_only": bool,
    "label": str,
    "info": (dict, str),
    "self_trading_extended_to_subaccounts": (bool, str),
    "price": (str, *NUMBER),  # a market order's price is the word market_price
}
# Enums that lag behind what is listed (linear options, daily options, the quote coin of options).
LATE_ENUMS = {"settlement_currency", "counter_currency", "base_currency", "quote_currency", "settlement_period"}
# Always null, or null while there is nothing to tell.
MAYBE_NULL = """
matching_id bid_price ask_price mid_price last high low price_change continuation mark_iv trade_id order_id price position instrument_name amount
commission interest_pl last_price best_bid_price best_ask_price user_role estimated_liquidation_price
"""
NULLS = frozenset(MAYBE_NULL.split())
# Said to be required, and absent from the description's own examples.
NOT_ALWAYS = {"funding", "in_cross_collateral_pool", "options_theta_map", "options_vega_map", "options_gamma_map"}
# Told by the venue, and missing from the description.
UNLISTED = {"type", "combo_trades", "max_show", "interest_value", "settlements", "locked_currencies", "is_in_maintenance"}
WRONG_RESULTS = ("public/ticker", "public/get_order_book", "public/get_historical_volatility", "public/get_expirations", "public/get_index_price_names")


def problems(openapi: Json, method: str, result: Any) -> list[str]:
    """What is wrong with a result, in words; empty when nothing is."""
    entry = openapi["paths"][f"/{method}"]["get"]
    if method in ("public/ticker", "public/get_order_book"):
        return [f"{name} is no field of a ticker" for name in result if name not in TICKER_FIELDS]
    if method in WRONG_RESULTS:
        return []
    answer = entry["responses"]["200"]
    schema = resolve(openapi, resolve(openapi, answer).get("content", {}).get("application/json", {}).get("schema", {}))
    examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
    shown = [example["value"]["result"] for example in examples.values() if isinstance(example.get("value"), dict) and "result" in example["value"]]
    wanted = resolve(openapi, schema.get("properties", {}).get("result", {}))
    return list(_check(openapi, wanted, result, shown[0] if shown else None, "result"))


def _check(openapi: Json, schema: Json, value: Any, shown: Any, where: str) -> list[str]:
    flat = _flat(openapi, schema)
    if "properties" in flat and isinstance(value, dict):
        return _object(openapi, flat, value, shown if isinstance(shown, dict) else {}, where)
    if isinstance(value, list):
        if flat.get("type") not in ("array", None):
            return [f"{where} is a list"]
        first = shown[0] if isinstance(shown, list) and shown else None
        rows = [_check(openapi, flat.get("items", {}), one, first, f"{where}[{place}]") for place, one in enumerate(value)]
        return [problem for row in rows for problem in row]
    return _scalar(flat, value, where)


def _flat(openapi: Json, schema: Json) -> Json:
    """The schema with what it is all of put together."""
    found = resolve(openapi, schema)
    parts = [_flat(openapi, part) for part in found.get("allOf", [])]
    if not parts:
        return found
    properties = {name: rule for part in parts for name, rule in part.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": [name for part in parts for name in part.get("required", [])]}


def _object(openapi: Json, schema: Json, value: Json, shown: Json, where: str) -> list[str]:
    found = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value and name not in NOT_ALWAYS]
    for name, told in value.items():
        path = f"{where}.{name}"
        if name not in schema["properties"] and name not in shown and name not in UNLISTED:
            found.append(f"{path} is not known")
        elif told is None:
            found += [] if name in NULLS or shown.get(name, 0) is None else [f"{path} is null"]
        elif name in LOOSE:
            found += [] if isinstance(told, LOOSE[name]) else [f"{path} is a {type(told).__name__}"]
        elif name in schema["properties"] and name not in LATE_ENUMS:
            found += _check(openapi, schema["properties"][name], told, shown.get(name), path)
    return found


def _scalar(schema: Json, value: Any, where: str) -> list[str]:
    kind = schema.get("type")
    if kind in KINDS and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{where} is a {type(value).__name__}, not a {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}, none of {schema['enum']}"]
    return []
