"""The methods the fake serves and what their parameters must be; written from the venue's own description.

    python -m tests.fakes.venue.table path/to/deribit_openapi.json    # writes methods.json anew

`methods.json` says per method: its parameters with type, whether they are required, their enum
and bounds, and whether the method is private, goes to the matching engine or needs a WebSocket.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.fakes.venue.errors import bad_param, refusal

Json = dict[str, Any]
FILE = Path(__file__).with_name("methods.json")
METHODS: dict[str, Json] = json.loads(FILE.read_text(encoding="utf-8"))
# Which of its parameters `public/auth` needs depends on the grant; the description calls all of them required.
GRANT_DECIDES = ("public/auth",)
TYPES = {"string": str, "boolean": bool, "integer": int, "array": list}


def read_params(method: str, given: Json | None, *, as_text: bool) -> Json:
    """The parameters by their declared types. Raises Refusal for a method or a parameter that is not the venue's.

    `as_text`: they came in a URL, where everything is text. The access token of a private WebSocket call is left out.
    """
    declared = METHODS[method]["params"]
    if given is None and any(rule.get("required") for rule in declared.values()) and method not in GRANT_DECIDES:
        raise refusal(-32000)
    asked = {name: value for name, value in (given if given is not None else {}).items() if name != "access_token"}
    for name in asked:
        if name not in declared:
            raise bad_param(name, "unknown parameter")
    for name, rule in declared.items():
        if rule.get("required") and name not in asked and method not in GRANT_DECIDES:
            raise bad_param(name, "is required")
    return {name: _read(name, value, declared[name], as_text=as_text) for name, value in asked.items() if value is not None}


def _read(name: str, value: Any, rule: Json, *, as_text: bool) -> Any:
    parsed = _from_text(name, value, rule["type"]) if as_text else value
    if rule["type"] == "json":
        parsed = _from_json(name, parsed)
    elif rule["type"] == "number":
        _require(isinstance(parsed, int | float) and not isinstance(parsed, bool), name, "wrong format")
    else:
        _require(isinstance(parsed, TYPES[rule["type"]]), name, "wrong format")
        _require(rule["type"] == "boolean" or not isinstance(parsed, bool), name, "wrong format")
    _require("enum" not in rule or str(parsed) in rule["enum"], name, "wrong format")
    _require("minimum" not in rule or parsed >= rule["minimum"], name, f"must be at least {rule.get('minimum')}")
    _require("maximum" not in rule or parsed <= rule["maximum"], name, f"must be at most {rule.get('maximum')}")
    return parsed


def _from_text(name: str, value: Any, kind: str) -> Any:
    if kind in ("string", "json"):
        return value
    return _from_json(name, value)


def _from_json(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise bad_param(name, "wrong format") from None


def _require(holds: bool, name: str, reason: str) -> None:
    if not holds:
        raise bad_param(name, reason)


def describe(openapi: Json, method: str) -> Json:
    """The table's entry of one method, out of the venue's description."""
    entry = openapi["paths"][f"/{method}"]["get"]
    tags = entry.get("tags", [])
    params = {}
    for param in (resolve(openapi, one) for one in entry.get("parameters", [])):
        params[param["name"]] = _rule(openapi, param)
    told: Json = {"params": dict(sorted(params.items()))}
    return told | {flag: True for flag, tag in (("engine", "Matching Engine"), ("websocket", "WebSocket Only")) if tag in tags}


def resolve(openapi: Json, node: Json) -> Json:
    """The node a reference stands for; a reference into nowhere, of which the description has a few, is anything."""
    while "$ref" in node:
        found: Any = openapi
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found.get(step, {})
        node = found
    return node


def _rule(openapi: Json, param: Json) -> Json:
    schema = resolve(openapi, param.get("schema", {}))
    kind = "json" if schema.get("description", "").startswith("JSON string") else schema.get("type", "string")
    rule: Json = {"type": kind}
    if param.get("required"):
        rule["required"] = True
    if "enum" in schema:
        rule["enum"] = [str(choice) for choice in schema["enum"]]
    return rule | {bound: schema[bound] for bound in ("minimum", "maximum") if bound in schema}


def write_table(openapi: Json, methods: list[str]) -> str:
    """The table as text, one line per method, in the order given."""
    lines = (f" {json.dumps(method)}: {json.dumps(describe(openapi, method))}" for method in methods)
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(write_table(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), list(METHODS)), encoding="utf-8")
