"""The venue's envelope, its error codes, its addresses and the credits kept on this side."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.servers.deribit.credits import Credits, Limits
from engine.servers.deribit.errors import venue_codes, venue_failure
from engine.servers.deribit.network import Network, public_settings, venue_settings
from engine.servers.deribit.rpc import Answer, judge, question
from engine.servers.upstream import UpstreamError
from tests.conftest import SHARED

GOOD: dict[str, Any] = {"jsonrpc": "2.0", "id": 7, "result": 1, "testnet": True, "usIn": 1, "usOut": 1_788_789_600_000_150, "usDiff": 1}
KEY = {"CERBERO_DERIBIT_TESTNET_CLIENT_ID": "abc", "CERBERO_DERIBIT_TESTNET_CLIENT_SECRET": "s3cret"}


def failure(document: object, *, network: Network = Network.TESTNET) -> UpstreamError:
    with pytest.raises(UpstreamError) as caught:
        judge(document, request_id=7, network=network)
    return caught.value


def test_a_sound_answer_is_its_result_at_the_venue_s_own_time() -> None:
    answer = judge(GOOD, request_id=7, network=Network.TESTNET)

    assert answer == Answer(result=1, at=datetime(2026, 9, 7, 14, 0, 0, 150, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"jsonrpc": "1.0"}, "no JSON-RPC"),
        ({"testnet": False}, "says mainnet"),
        ({"testnet": None}, "says no network"),
        ({"testnet": 1}, "says no network"),
        ({"testnet": "true"}, "says no network"),
        ({"id": 8}, "another question"),
        ({"usOut": None}, "without a result or its time"),
        ({"error": {"code": 10009, "message": "x"}}, r"not_enough_funds (10009)"),
        ({"error": {"message": "x"}}, "without a code"),
        ({"error": "x"}, "without a code"),
        ({"error": {"code": 4242, "message": "x"}}, "unknown error (4242)"),
        ({"error": {"code": -32602, "message": "x", "data": {"param": "amount", "reason": "too small"}}}, "amount too small"),
    ],
)
def test_an_answer_that_is_wrong_in_any_way_is_a_failure(change: dict[str, object], said: str) -> None:
    assert said in failure(GOOD | change).message


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_what_is_no_object_is_no_answer(document: object) -> None:
    assert failure(document).retryable


def test_the_network_is_judged_before_the_error_is_read() -> None:
    """An error of the other network says nothing about an order on this one."""
    told = failure(GOOD | {"testnet": False, "error": {"code": 10009}})

    assert (told.is_refusal, told.code) == (False, None)


def test_every_code_of_the_venue_s_list_is_known_as_it_is_there() -> None:
    listed = SHARED / "upstream" / "deribit_errors.csv"
    if not listed.exists():
        pytest.skip("the venue's list of errors is not here (expected in ../shared/upstream)")
    rows = list(csv.DictReader(listed.read_text(encoding="utf-8").splitlines()))

    assert len(rows) > 100
    assert {int(row["code"]) for row in rows} == set(venue_codes())
    for row in rows:
        known = venue_codes()[int(row["code"])]
        assert (known.name, known.is_retryable, known.is_ambiguous) == (row["name"], row["retryable_read"] == "yes", row["ambiguous_for_orders"] == "yes")


@pytest.mark.parametrize("code", sorted(venue_codes()))
def test_a_refusal_is_proven_exactly_where_the_list_does_not_call_it_ambiguous(code: int) -> None:
    told = venue_failure({"code": code, "message": "whatever"})

    assert (told.code, told.retryable, told.is_refusal) == (code, venue_codes()[code].is_retryable, not venue_codes()[code].is_ambiguous)


def test_a_code_nobody_knows_proves_nothing() -> None:
    assert not venue_failure({"code": 99_999, "message": "new"}).is_refusal


@pytest.mark.parametrize(
    ("value", "written"), [(Decimal("0.0035"), 0.0035), (Decimal(5), 5), (Decimal("5.0"), 5), (Decimal("-0.0041"), -0.0041), (None, None), (True, True)]
)
def test_an_amount_travels_as_exactly_the_same_number(value: object, written: object) -> None:
    params = json.loads(question("private/buy", {"amount": value}, request_id=3))["params"]

    assert params == ({} if written is None else {"amount": written})


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-1000, max_value=1000, places=6))
def test_every_price_a_tick_can_make_arrives_with_all_its_digits(price: Decimal) -> None:
    text = question("private/buy", {"legs": [{"price": price}]}, request_id=1).decode()
    read = json.loads(text, parse_float=Decimal)["params"]["legs"][0]["price"]

    assert Decimal(read) == price


def test_a_number_the_venue_could_only_read_rounded_is_not_sent() -> None:
    with pytest.raises(UpstreamError, match="more digits") as caught:
        question("private/buy", {"price": Decimal("0.12345678901234567890")}, request_id=1)

    assert caught.value.is_refusal


def test_without_a_word_the_test_network_is_meant_and_nothing_trades() -> None:
    settings = venue_settings({})

    assert (settings.network, settings.url, settings.key, settings.is_trading_on) == (Network.TESTNET, "https://test.deribit.com/api/v2", None, False)
    assert settings.socket_url == "wss://test.deribit.com/ws/api/v2"


def test_a_paper_desk_reads_the_main_network_and_looks_at_no_key() -> None:
    settings = public_settings({**KEY, "CERBERO_DERIBIT_MAINNET_CLIENT_ID": "abc", "CERBERO_DERIBIT_MAINNET_CLIENT_SECRET": "s3cret"})

    assert (settings.network, settings.url, settings.key, settings.is_trading_on) == (Network.MAINNET, "https://www.deribit.com/api/v2", None, False)


def test_a_key_belongs_to_the_network_it_is_named_for() -> None:
    test, main = venue_settings(KEY), venue_settings({**KEY, "CERBERO_DERIBIT_NETWORK": "mainnet"})

    assert test.key is not None
    assert test.key.client_secret.get_secret_value() == "s3cret"
    assert main.key is None
    assert "s3cret" not in repr(test)
    assert "abc" not in repr(test)


def test_a_stand_in_on_this_machine_may_be_named() -> None:
    settings = venue_settings({"CERBERO_DERIBIT_URL": "http://127.0.0.1:9000/api/v2/"})

    assert (settings.url, settings.socket_url) == ("http://127.0.0.1:9000/api/v2", "ws://127.0.0.1:9000/ws/api/v2")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CERBERO_DERIBIT_NETWORK": "live"}, "testnet or mainnet"),
        ({"CERBERO_DERIBIT_URL": "https://example.org/api/v2"}, "only a stand-in on this machine"),
        ({"CERBERO_DERIBIT_URL": "https://www.deribit.com/api/v2"}, "is not the address of the testnet"),
        ({"CERBERO_DERIBIT_URL": "ftp://127.0.0.1/x"}, "is not the address"),
        ({"CERBERO_DERIBIT_TRADING": "yes"}, "neither on nor off"),
        ({"CERBERO_DERIBIT_TRADING": "on"}, "no key of the testnet"),
        ({"CERBERO_DERIBIT_TESTNET_CLIENT_ID": "abc"}, "half of the key is missing"),
        ({"CERBERO_DERIBIT_TESTNET_CLIENT_SECRET": "s3cret"}, "half of the key is missing"),
        ({**KEY, "CERBERO_DERIBIT_NETWORK": "mainnet", "CERBERO_DERIBIT_TRADING": "on"}, "no key of the mainnet"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_without_its_secret(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        venue_settings(environ)

    assert "s3cret" not in str(caught.value)


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


async def test_a_pool_empties_refills_and_never_holds_more_than_it_can() -> None:
    hand = Hand()
    pool = Credits(Limits(pool=10, refill_per_s=2, reserve=1), seconds=hand)
    for _ in range(9):
        pool.spend_now(1)

    assert (pool.left, pool.wait_s(1), pool.wait_s(1, is_cancel=True)) == (1, 0.5, 0)
    hand.s = 3.0
    assert pool.left == 7
    hand.s = 100.0
    assert pool.left == 10


async def test_the_last_credits_are_for_cancels_alone() -> None:
    pool = Credits(Limits(pool=3, refill_per_s=0.001, reserve=2), seconds=Hand())
    pool.spend_now(1)
    with pytest.raises(UpstreamError, match="held back here") as caught:
        pool.spend_now(1)
    await pool.spend(1, is_cancel=True)
    await pool.spend(1, is_cancel=True)

    assert (caught.value.is_refusal, caught.value.retryable, pool.left) == (True, True, 0)


async def test_a_cancel_does_not_queue_behind_reads_that_wait() -> None:
    pool = Credits(Limits(pool=2, refill_per_s=0.001, reserve=1), seconds=Hand())
    pool.spend_now(1)
    waiting = asyncio.create_task(pool.spend(1))
    await asyncio.sleep(0)
    await pool.spend(1, is_cancel=True)

    assert (pool.left, waiting.done()) == (0, False)
    with pytest.raises(UpstreamError):
        pool.spend_now(0)
    waiting.cancel()


async def test_a_pool_the_venue_calls_empty_is_empty() -> None:
    hand = Hand()
    pool = Credits(Limits(pool=10, refill_per_s=2, reserve=0), seconds=hand)
    pool.drain()

    assert (pool.left, pool.wait_s(4)) == (0, 2)
