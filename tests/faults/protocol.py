"""A server small enough to go wrong in every way: it needs nothing but the standard library and starts at once."""

from __future__ import annotations

import json
from typing import Any

AT = "2026-02-16T14:00:00Z"
SOUND: dict[str, str] = {
    "get_index_price": f'{{"value": "2512.10", "observed_at": "{AT}"}}',
    "get_mark": f'{{"value": "2511.90", "observed_at": "{AT}"}}',
    "get_fx": f'{{"value": "1.08", "observed_at": "{AT}"}}',
    "get_sentiment": f'{{"fear_greed": 50, "observed_at": "{AT}"}}',
    "get_portfolio": f'{{"wealth_eur": "20000", "eth_share_frac": "0.2", "available_funds_eth": "3", "initial_margin_eth": "0", '
    f'"maintenance_margin_eth": "0", "observed_at": "{AT}"}}',
    "remember": '{"remembered": 1}',
    "recall": '{"memories": []}',
    "list_reports": '{"reports": []}',
    "publish_report": '{"name": "a", "is_new": true}',
    "send_message": "sent",
}
"""A sound answer per tool."""
NESTED = 5_000

Json = dict[str, Any]


def reply(message: Json, fault: str) -> Json | None:
    """What a server answers to a message; None for what needs no answer."""
    number, method = message.get("id"), message.get("method")
    if number is None:
        return None
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        return _result(number, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "faulty", "version": "1"}})
    if method == "tools/list":
        return _result(number, {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in SOUND]})
    if method == "tools/call":
        return _called(number, message["params"]["name"], fault)
    return {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no such method"}}


def is_call(message: Json) -> bool:
    return message.get("method") == "tools/call"


def text_of(tool: str, fault: str) -> str:
    """The text a tool answers with under a fault of its content; the sound one otherwise."""
    sound = SOUND[tool]
    if fault == "nan":
        return '{"value": NaN, "observed_at": NaN}'
    if fault == "a key twice":
        return '{"value": "1", "value": "2"}'
    if fault == "nested text":
        return "[" * NESTED + "]" * NESTED
    if fault == "polite error":
        return '{"error": "rate limited"}'
    if fault == "wrong types":
        return json.dumps({key: {"wrong": 1} for key in json.loads(sound)}) if sound.startswith("{") else sound
    return sound


def _called(number: int, tool: str, fault: str) -> Json:
    if fault == "rpc error":
        return {"jsonrpc": "2.0", "id": number, "error": {"code": -32603, "message": "out of order"}}
    result = _result(
        number if fault != "another id" else 10**9, {"content": [{"type": "text", "text": text_of(tool, fault)}], "isError": fault == "tool error"}
    )
    if fault == "wrong envelope":
        return {**result, "result": [1, 2]}
    return result


def _result(number: int, result: Json) -> Json:
    return {"jsonrpc": "2.0", "id": number, "result": result}
