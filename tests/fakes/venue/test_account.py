"""The fake venue's account: funds, margin without netting, positions, the log."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import Told, VenueClient
from tests.fakes.venue.clock import START_AT, to_ms

SHORT, LONG = "ETH-25SEP26-2200-P", "ETH-25SEP26-2100-P"
SPAN = {"start_timestamp": to_ms(START_AT) - 1, "end_timestamp": to_ms(START_AT) + 1}


@pytest.fixture(autouse=True)
def _books(venue: FakeVenue) -> None:
    venue.market.quote(SHORT, bids=[("0.0040", 10)], asks=[("0.0045", 10)], mark="0.0042", delta=-0.13)
    venue.market.quote(LONG, bids=[("0.0010", 6)], asks=[("0.0012", 6)], mark="0.0011", delta=-0.05)


async def test_a_short_leg_ties_up_its_own_margin_and_a_long_leg_frees_none(client: VenueClient) -> None:
    await client.call("private/sell", instrument_name=SHORT, amount=2, price=0.0040)
    naked = await client.call("private/get_account_summary", currency="ETH")
    await client.call("private/buy", instrument_name=LONG, amount=2, price=0.0012)
    covered = await client.call("private/get_account_summary", currency="ETH")

    # 12 % out of the money: 0.1 is the floor of 0.15 - 0.12, and the mark comes on top.
    assert naked["initial_margin"] == pytest.approx(2 * (0.1 + 0.0042))
    assert naked["maintenance_margin"] == pytest.approx(2 * (0.075 + 0.0042))
    assert covered["initial_margin"] == naked["initial_margin"]
    assert covered["available_funds"] == pytest.approx(covered["balance"] - covered["initial_margin"])


async def test_equity_is_the_balance_and_the_options_at_mark(client: VenueClient) -> None:
    await client.call("private/sell", instrument_name=SHORT, amount=2, price=0.0040)
    told = await client.call("private/get_account_summary", currency="ETH", extended=True)

    assert (told["balance"], told["equity"]) == (pytest.approx(20 + 0.008 - 0.0006), pytest.approx(20 + 0.008 - 0.0006 - 0.0084))
    assert (told["options_delta"], told["delta_total"]) == (pytest.approx(0.26), pytest.approx(0.26 + 0.0084))
    assert [fee["value"]["default"]["taker"] for fee in told["fees"]] == [0.0003]


async def test_a_portfolio_is_simulated_on_top_of_the_positions_or_alone(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position(SHORT, "-1")
    added = await client.call("private/simulate_portfolio", currency="ETH", simulated_positions={SHORT: -1, LONG: 1})
    alone = await client.call("private/simulate_portfolio", currency="ETH", simulated_positions={SHORT: -1}, add_positions=False)

    assert (added["initial_margin"], alone["initial_margin"]) == (pytest.approx(2 * 0.1042), pytest.approx(0.1042))


async def test_margins_are_told_per_order_with_the_limits_of_its_price(client: VenueClient) -> None:
    told = await client.call("private/get_margins", instrument_name=SHORT, amount=3, price=0.004)

    assert (told["buy"], told["sell"]) == (pytest.approx(0.012), pytest.approx(3 * 0.1042))
    assert told["min_price"] < 0.004 < told["max_price"]


async def test_positions_are_signed_and_averaged(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/sell", instrument_name=SHORT, amount=2, price=0.0040)
    venue.market.quote(SHORT, bids=[("0.0050", 10)], asks=[("0.0055", 10)], mark="0.0052", delta=-0.2)
    await client.call("private/sell", instrument_name=SHORT, amount=2, price=0.0050)
    await client.call("private/buy", instrument_name=SHORT, amount=1, price=0.0055)
    [told] = await client.call("private/get_positions", currency="ETH")
    flat = await client.call("private/get_position", instrument_name=LONG)

    assert (told["size"], told["direction"], told["average_price"]) == (-3.0, "sell", 0.0045)
    assert (told["realized_profit_loss"], told["floating_profit_loss"]) == (pytest.approx(-0.001), pytest.approx(-3 * 0.0007))
    assert (told["delta"], flat["size"], flat["direction"]) == (pytest.approx(0.6), 0.0, "zero")


async def test_the_log_tells_every_leg_and_adds_up_to_the_balance(client: VenueClient, venue: FakeVenue) -> None:
    trades = [{"instrument_name": SHORT, "direction": "sell", "amount": 1}, {"instrument_name": LONG, "direction": "buy", "amount": 1}]
    combo = await client.call("private/create_combo", trades=trades)
    await client.call("private/sell", instrument_name=combo["id"], amount=1, price=0.0028)
    first = await client.call("private/get_transaction_log", currency="ETH", count=1, **SPAN)
    rest = await client.call("private/get_transaction_log", currency="ETH", count=1, continuation=first["continuation"], **SPAN)
    rows = [*first["logs"], *rest["logs"]]

    assert ([row["side"] for row in rows], rest["continuation"]) == (["open buy", "open sell"], None)
    assert 20 + sum(row["change"] for row in rows) == pytest.approx(float(venue.balances["ETH"]))
    assert rows[0]["balance"] == float(venue.balances["ETH"])


async def test_an_order_the_funds_cannot_carry_is_refused_and_one_that_frees_them_is_not(client: VenueClient, venue: FakeVenue) -> None:
    venue.balances["ETH"] = Decimal("0.15")
    await client.call("private/sell", instrument_name=SHORT, amount=1, price=0.0040)
    with pytest.raises(Told) as refused:
        await client.call("private/sell", instrument_name=SHORT, amount=1, price=0.0040)
    closing = await client.call("private/buy", instrument_name=SHORT, amount=1, price=0.0045)

    assert (refused.value.code, closing["order"]["order_state"]) == (10009, "filled")


async def test_a_planted_position_is_there_without_a_trade(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position(SHORT, "-3", average="0.0041")

    assert [(row["instrument_name"], row["size"], row["average_price"]) for row in await client.call("private/get_positions")] == [(SHORT, -3.0, 0.0041)]
    assert venue.trades == []
