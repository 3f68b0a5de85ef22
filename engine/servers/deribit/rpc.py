"""The venue's envelope: a question as JSON-RPC 2.0, an answer judged before anything in it is believed.

Rules of this file: the answer's own `testnet` flag must be the network that was
meant, before anything else of it counts; a number is exact; a secret stands in no
message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from engine.servers.deribit.errors import venue_failure
from engine.servers.deribit.network import Network
from engine.servers.upstream import UpstreamError

Params = Mapping[str, object]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A result, and when the venue gave it by its own clock."""

    result: object
    at: datetime


class Reader(Protocol):
    """Whoever can ask the venue; reading needs nothing else of it."""

    async def ask(self, method: str, params: Params) -> Answer: ...


def question(method: str, params: Params, *, request_id: int) -> bytes:
    """The question as it travels. Raises UpstreamError for an amount or a price the venue could not read exactly."""
    body = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": {name: _plain(value) for name, value in params.items() if value is not None}}
    return json.dumps(body).encode()


def judge(document: object, *, request_id: int | None, network: Network) -> Answer:
    """The answer to the question of this number. Raises UpstreamError for an error, for another network and for what is no answer."""
    if not isinstance(document, dict) or document.get("jsonrpc") != "2.0":
        raise UpstreamError("the venue answered something that is no JSON-RPC", retryable=True)
    is_testnet = document.get("testnet")
    if is_testnet is not (network is Network.TESTNET):
        said = (Network.TESTNET if is_testnet else Network.MAINNET) if isinstance(is_testnet, bool) else "no network"
        raise UpstreamError(f"this is meant to be the {network} and the answer says {said}: nothing of it is used", retryable=False)
    if document.get("error") is not None:
        raise venue_failure(document["error"])
    if request_id is not None and document.get("id") != request_id:
        raise UpstreamError("the venue answered another question", retryable=True)
    if "result" not in document or not isinstance(document.get("usOut"), int):
        raise UpstreamError("the venue answered without a result or its time", retryable=True)
    return Answer(result=document["result"], at=EPOCH + timedelta(microseconds=document["usOut"]))


def instant_of_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def ms_of(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def _plain(value: object) -> object:
    """Decimals as the JSON numbers the venue wants, if those say exactly the same."""
    if isinstance(value, Decimal):
        number = float(value)
        if Decimal(repr(number)) != value:
            raise UpstreamError(f"{value} has more digits than the venue can read", retryable=False, is_refusal=True)
        return int(value) if value == value.to_integral_value() else number
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
