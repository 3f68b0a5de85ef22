"""What can be made to go wrong at the fake venue, and that it went wrong as written."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import SHARED
from tests.fakes.venue import Answered, Cut, Drop, FakeVenue, Garbled, Hang, Hold, Refuse, Stale, Status
from tests.fakes.venue.client import Told, VenueClient, get, http, post
from tests.fakes.venue.clock import START_AT, to_ms
from tests.fakes.venue.errors import NAMES
from tests.fakes.venue.table import METHODS

PUT = "ETH-25SEP26-2200-P"
ORDER: dict[str, Any] = {"instrument_name": PUT, "amount": 1, "price": 0.001, "label": "cb1-3-o1-1"}


def test_the_list_of_errors_is_the_venues() -> None:
    file = SHARED / "upstream" / "deribit_errors.csv"
    if not file.exists():
        pytest.skip("the venue's list of errors is not here (expected in ../shared/upstream)")
    with file.open(encoding="utf-8", newline="") as rows:
        listed = {int(row["code"]): row["name"] for row in csv.DictReader(rows)}

    assert listed == NAMES


@pytest.mark.parametrize("method", ["private/buy", "private/cancel", "private/edit", "private/get_open_orders"])
async def test_every_error_can_be_answered_to_a_method(client: VenueClient, venue: FakeVenue, method: str) -> None:
    told = []
    for code in NAMES:
        venue.script(method, Refuse(code))
        envelope = await post(venue, method, {})
        told.append((envelope["error"]["code"], envelope["error"]["message"]))

    assert told == [(code, name.partition(" <")[0]) for code, name in NAMES.items()]
    assert venue.orders == []


async def test_every_method_can_be_refused(client: VenueClient, venue: FakeVenue) -> None:
    for method in METHODS:
        venue.script(method, Refuse(13503))
    codes = {(await client.send(method))["error"]["code"] for method in METHODS}

    assert codes == {13503}


async def test_an_error_may_carry_data_and_come_after_the_work_was_done(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("private/buy", Refuse(13888, {"reason": "late"}, is_done=True))
    with pytest.raises(Told) as refused:
        await client.call("private/buy", **ORDER)

    assert (refused.value.code, refused.value.data, [order.label for order in venue.open_orders]) == (13888, {"reason": "late"}, ["cb1-3-o1-1"])


async def test_a_script_hits_only_what_it_names_and_as_often_as_it_says(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("private/buy", Refuse(10040), times=2, skip=1, having={"label": "b"})
    codes = [(await client.send("private/buy", **ORDER | {"label": label})).get("error", {}).get("code") for label in "abbabb"]

    assert codes == [None, None, 10040, None, 10040, None]


async def test_a_healed_venue_answers_again(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("*", Refuse(13028), times=None)
    sick = (await client.send("public/get_time"))["error"]["code"]
    venue.heal()

    assert (sick, await client.call("public/get_time")) == (13028, to_ms(START_AT))


async def test_a_slip_of_the_fake_itself_is_no_fault_of_the_venue() -> None:
    venue = FakeVenue()
    await venue.start()
    venue.market.index.moves.clear()
    told = await get(venue, "public/get_index_price", {"index_name": "eth_usd"})
    with pytest.raises(ExceptionGroup, match="broke down"):
        await venue.stop()

    assert told["error"]["code"] == 11094


@pytest.mark.parametrize(("fault", "taken"), [(Drop(), 0), (Drop(is_done=True), 1)])
async def test_a_lost_answer_leaves_the_order_taken_or_not(client: VenueClient, venue: FakeVenue, fault: Drop, taken: int) -> None:
    venue.script("private/buy", fault)
    with pytest.raises(ConnectionError):
        await client.call("private/buy", **ORDER)

    assert (len(venue.orders), [(call.code, call.is_answered) for call in venue.sends]) == (taken, [(None, False)])


@pytest.mark.parametrize(("fault", "taken"), [(Hang(), 0), (Hang(is_done=True), 1)])
async def test_an_answer_that_never_comes_leaves_the_connection_working(client: VenueClient, venue: FakeVenue, fault: Hang, taken: int) -> None:
    venue.script("private/buy", fault)
    waiting = client.send("private/buy", **ORDER)
    await client.call("public/get_time")

    assert (waiting.done(), len(venue.orders)) == (False, taken)


async def test_a_held_answer_comes_when_it_is_released(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("private/buy", Hold())
    waiting = client.send("private/buy", **ORDER)
    await client.call("public/get_time")
    held = (waiting.done(), len(venue.orders))
    venue.release()

    assert (held, (await waiting)["result"]["order"]["order_state"]) == ((False, 1), "open")


async def test_a_held_request_is_read_by_the_clock_of_its_release(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("private/buy", Hold(is_done=False))
    waiting = client.send("private/buy", **ORDER, valid_until=to_ms(START_AT) + 3000)
    await client.call("public/get_time")
    held = len(venue.orders)
    venue.advance(timedelta(seconds=4))
    venue.release()

    assert (held, (await waiting)["error"]["code"], len(venue.orders)) == (0, 13888, 0)


async def test_answers_overtake_each_other(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("public/get_index_price", Hold())
    slow = client.send("public/get_index_price", index_name="eth_usd")
    quick = await client.call("public/get_time")
    venue.release()
    await slow

    assert (quick, [envelope["id"] for envelope in client.envelopes][-1] > (await slow)["id"]) == (to_ms(START_AT), True)


async def test_an_answer_breaks_off_on_either_wire(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("public/get_time", Cut(20), times=2)
    with pytest.raises(ConnectionError):
        await get(venue, "public/get_time")
    with pytest.raises(ConnectionError):
        await client.call("public/get_time")


@pytest.mark.parametrize("body", ["", "null", "[]", '{"jsonrpc": "2.0"', '{"result": NaN}', "[" * 5000])
async def test_garbage_comes_as_it_was_written(venue: FakeVenue, body: str) -> None:
    venue.script("public/get_time", Garbled(body))

    assert await http(f"{venue.http_url}/public/get_time") == (200, body)


async def test_a_proxy_answers_in_html(venue: FakeVenue) -> None:
    venue.script("public/get_time", Status(503, "<html>busy</html>"))

    assert await http(f"{venue.http_url}/public/get_time") == (503, "<html>busy</html>")


async def test_a_false_answer_hides_what_is_true(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/buy", **ORDER)
    venue.script("private/get_open_orders", Answered([]))
    venue.script("private/get_order_state_by_label", Answered([]))

    assert await client.call("private/get_open_orders") == []
    assert await client.call("private/get_order_state_by_label", currency="ETH", label="cb1-3-o1-1") == []
    assert len(await client.call("private/get_open_orders")) == 1


async def test_a_stale_answer_is_the_one_before(client: VenueClient, venue: FakeVenue) -> None:
    before = await client.call("private/get_open_orders")
    await client.call("private/buy", **ORDER)
    venue.script("private/get_open_orders", Stale())
    stale = await client.call("private/get_open_orders")
    true = await client.call("private/get_open_orders")

    assert (stale, len(true)) == (before, 1)


async def test_a_scripted_too_many_requests_ends_the_session_as_a_real_one(client: VenueClient, venue: FakeVenue) -> None:
    venue.script("private/get_open_orders", Refuse(10028))
    with pytest.raises(Told) as refused:
        await client.call("private/get_open_orders")
    await asyncio.wait_for(client.is_closed.wait(), 5)

    assert (refused.value.code, venue.exchange.sessions.open) == (10028, [])


async def test_the_flag_of_the_network_can_turn(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("public/get_time")
    venue.gateway.is_testnet = False
    await client.call("public/get_time")

    assert [envelope["testnet"] for envelope in client.envelopes[-2:]] == [True, False]


@pytest.mark.parametrize(
    ("text", "code"), [("{", -32700), ("[" * 100_000, -32700), ("7", 11050), ('{"method": 5}', 11050), ('{"method": "public/test", "params": 5}', -32602)]
)
async def test_what_is_no_request_is_refused_and_the_connection_stays(client: VenueClient, text: str, code: int) -> None:
    client.write(text)
    await client.call("public/get_time")

    assert [message["error"]["code"] for message in client.heard] == [code]


async def test_a_request_too_large_is_refused(venue: FakeVenue) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "public/test", "params": {"expected_result": "x" * 1_000_000}}
    status, text = await http(venue.http_url, json.dumps(request).encode("utf-8"))

    assert (status, json.loads(text)["error"]["code"]) == (400, -32600)


async def test_an_order_is_taken_as_it_came_however_the_clock_is_skewed(client: VenueClient, venue: FakeVenue) -> None:
    venue.skew = timedelta(seconds=5)
    late = await client.send("private/buy", **ORDER, valid_until=to_ms(START_AT) + 3000)
    venue.skew = timedelta(seconds=-5)
    early = await client.send("private/buy", **ORDER, valid_until=to_ms(START_AT) + 3000)

    assert (late["error"]["code"], early["result"]["order"]["creation_timestamp"]) == (13888, to_ms(START_AT) - 5000)
