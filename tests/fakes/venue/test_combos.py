"""Combos at the fake venue: made once, traded as one instrument, their legs' signs the venue's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.fakes.venue import FakeVenue
from tests.fakes.venue.client import Told, VenueClient

SHORT, LONG, COMBO = "ETH-25SEP26-2200-P", "ETH-25SEP26-2100-P", "ETH-PS-25SEP26-2100_2200"
CALLS = ("ETH-25SEP26-2800-C", "ETH-25SEP26-2900-C")


def _trades(*legs: tuple[str, str, Any]) -> list[dict[str, Any]]:
    return [{"instrument_name": name, "direction": direction, "amount": amount} for direction, name, amount in legs]


SPREAD = _trades(("sell", SHORT, 2), ("buy", LONG, 2))


@pytest.fixture(autouse=True)
def _books(venue: FakeVenue) -> None:
    venue.market.quote(SHORT, bids=[("0.0040", 10)], asks=[("0.0045", 10)], mark="0.0042")
    venue.market.quote(LONG, bids=[("0.0010", 6)], asks=[("0.0012", 6)], mark="0.0011")


async def test_a_put_spread_is_listed_long_the_dear_leg_whatever_was_asked(client: VenueClient) -> None:
    sold = await client.call("private/create_combo", trades=SPREAD)
    bought = await client.call("private/create_combo", trades=_trades(("buy", SHORT, 1), ("sell", LONG, 1)))

    assert (sold["id"], {leg["instrument_name"]: leg["amount"] for leg in sold["legs"]}) == (COMBO, {SHORT: 1, LONG: -1})
    assert bought == sold


async def test_a_venue_may_list_it_as_asked(client: VenueClient, venue: FakeVenue) -> None:
    venue.combos.is_as_asked = True
    told = await client.call("private/create_combo", trades=SPREAD)

    assert {leg["instrument_name"]: leg["amount"] for leg in told["legs"]} == {SHORT: -1, LONG: 1}


async def test_a_call_spread_is_long_the_lower_strike(client: VenueClient) -> None:
    told = await client.call("private/create_combo", trades=_trades(("sell", CALLS[0], 1), ("buy", CALLS[1], 1)))

    assert (told["id"], told["legs"][0]) == ("ETH-CS-25SEP26-2800_2900", {"instrument_name": CALLS[0], "amount": 1})


async def test_a_condor_is_one_combo_of_four_legs(client: VenueClient) -> None:
    legs = _trades(("sell", SHORT, 1), ("buy", LONG, 1), ("sell", CALLS[0], 1), ("buy", CALLS[1], 1))
    told = await client.call("private/create_combo", trades=legs)

    assert (told["id"], len(told["legs"])) == ("ETH-ICOND-25SEP26-2100_2200_2800_2900", 4)


@pytest.mark.parametrize(
    ("trades", "code"),
    [
        (_trades(("sell", SHORT, 1)), -32602),
        (_trades(("sell", SHORT, 1), ("buy", SHORT, 1)), 10031),
        (_trades(("sell", SHORT, 1), ("buy", "ETH_USDC-25SEP26-2100-P", 1)), 10031),
        (_trades(("sell", SHORT, 1), ("buy", "ETH-25SEP26-1-P", 1)), 13020),
        (_trades(("sell", SHORT, 0), ("buy", LONG, 1)), 10021),
        ("not a list", -32602),
    ],
)
async def test_what_is_no_combo_is_refused(client: VenueClient, trades: Any, code: int) -> None:
    with pytest.raises(Told) as refused:
        await client.call("private/create_combo", trades=trades)

    assert refused.value.code == code


async def test_a_full_list_of_combos_takes_no_new_one(client: VenueClient, venue: FakeVenue) -> None:
    venue.combos.active_max = 1
    await client.call("private/create_combo", trades=SPREAD)
    with pytest.raises(Told) as refused:
        await client.call("private/create_combo", trades=_trades(("sell", CALLS[0], 1), ("buy", CALLS[1], 1)))

    assert (refused.value.code, (await client.call("private/create_combo", trades=SPREAD))["id"]) == (13035, COMBO)


async def test_its_book_is_what_the_legs_allow(client: VenueClient) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    book = await client.call("public/get_order_book", instrument_name=COMBO)

    assert (book["bids"], book["asks"], book["mark_price"]) == ([[0.0028, 6.0]], [[0.0035, 6.0]], 0.0031)


async def test_a_leg_without_a_side_leaves_the_combo_without_it(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    venue.market.quote(LONG, asks=[("0.0012", 6)])
    book = await client.call("public/get_order_book", instrument_name=COMBO)

    assert (book["bids"], book["asks"]) == ([[0.0028, 6.0]], [])


async def test_a_combo_trade_carries_its_legs_at_prices_that_add_up(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    told = await client.call("private/sell", instrument_name=COMBO, amount=2, price=0.0028, label="cb1-9-o1-1")
    trade = told["trades"][0]
    prices = {leg["instrument_name"]: Decimal(str(leg["price"])) for leg in trade["legs"]}

    assert (told["order"]["order_state"], trade["price"], prices[SHORT] - prices[LONG]) == ("filled", 0.0028, Decimal("0.0028"))
    assert {leg["direction"] + leg["instrument_name"]: (leg["combo_id"], leg["combo_trade_id"]) for leg in trade["legs"]} == {
        f"sell{SHORT}": (COMBO, trade["trade_id"]),
        f"buy{LONG}": (COMBO, trade["trade_id"]),
    }
    assert venue.positions == {SHORT: Decimal(-2), LONG: Decimal(2)}


async def test_a_combo_pays_the_fee_of_its_dearer_side_only(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    before = venue.balances["ETH"]
    trade = (await client.call("private/sell", instrument_name=COMBO, amount=1, price=0.0028))["trades"][0]

    assert (trade["fee"], {leg["fee"] for leg in trade["legs"]}) == (0.0003, {0.0003, 0.0})
    assert venue.balances["ETH"] == before + Decimal("0.0028") - Decimal("0.0003")


async def test_a_combo_the_other_way_round_is_bought_at_a_negative_price(client: VenueClient, venue: FakeVenue) -> None:
    venue.combos.is_as_asked = True
    await client.call("private/create_combo", trades=SPREAD)
    told = await client.call("private/buy", instrument_name=COMBO, amount=1, price=-0.0028)

    assert (told["order"]["average_price"], venue.positions) == (-0.0028, {SHORT: Decimal(-1), LONG: Decimal(1)})


async def test_a_combo_rests_and_fills_in_parts_and_its_legs_keep_step(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    order_id = (await client.call("private/sell", instrument_name=COMBO, amount=3, price=0.0031))["order"]["order_id"]
    venue.fill(order_id, "1")
    half = await client.call("private/get_order_state", order_id=order_id)

    assert (half["order_state"], half["filled_amount"], venue.positions) == ("open", 1.0, {SHORT: Decimal(-1), LONG: Decimal(1)})


async def test_legs_that_move_together_leave_no_moment_in_between(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    await client.call("private/sell", instrument_name=COMBO, amount=1, price=0.0031)
    with venue.market.moving():
        venue.market.quote(SHORT, bids=[("0.0045", 10)], asks=[("0.0049", 10)])
        venue.market.quote(LONG, bids=[("0.0016", 6)], asks=[("0.0018", 6)])

    assert venue.trades == []


async def test_an_inactive_combo_has_no_book_until_it_is_made_again(client: VenueClient, venue: FakeVenue) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    venue.combos.deactivate(COMBO)
    with pytest.raises(Told) as refused:
        await client.call("private/sell", instrument_name=COMBO, amount=1, price=0.0028)
    listed = await client.call("public/get_combo_ids", currency="ETH", state="active")
    again = await client.call("private/create_combo", trades=SPREAD)

    assert (refused.value.code, listed, again["state"]) == (13036, [], "active")


async def test_trades_of_a_combo_are_told_whole_and_by_leg(client: VenueClient) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    await client.call("private/subscribe", channels=["user.trades.any.any.raw", "user.trades.option.ETH.raw", "user.trades.combo.ETH.raw"])
    order_id = (await client.call("private/sell", instrument_name=COMBO, amount=1, price=0.0028))["order"]["order_id"]
    of_order = await client.call("private/get_user_trades_by_order", order_id=order_id)
    combos = (await client.call("private/get_user_trades_by_currency", currency="ETH", kind="combo"))["trades"]
    options = (await client.call("private/get_user_trades_by_currency", currency="ETH", kind="option"))["trades"]
    both = (await client.call("private/get_user_trades_by_currency", currency="ETH"))["trades"]

    assert [[trade["instrument_name"] for trade in told] for told in (of_order, combos)] == [[COMBO], [COMBO]]
    assert (len(of_order[0]["legs"]), len(combos[0]["legs"]), len(both)) == (2, 2, 3)
    assert ({trade["instrument_name"] for trade in options}, ["legs" in trade for trade in both]) == ({SHORT, LONG}, [False] * 3)
    assert [len(client.told(f"user.trades.{kind}.raw")) for kind in ("any.any", "option.ETH", "combo.ETH")] == [1, 2, 1]


async def test_leg_prices_add_up_to_the_price_asked(client: VenueClient) -> None:
    legs = [{"instrument_name": SHORT, "direction": "sell", "amount": 2}, {"instrument_name": LONG, "direction": "buy", "amount": 2}]
    told = await client.call("private/get_leg_prices", legs=legs, price=-0.0030)
    signed = [leg["price"] * (1 if leg["direction"] == "buy" else -1) for leg in told["legs"]]

    assert (told["amount"], sum(signed)) == (2.0, pytest.approx(-0.0030))


async def test_a_combo_is_listed_among_the_instruments_and_summaries(client: VenueClient) -> None:
    await client.call("private/create_combo", trades=SPREAD)
    instruments = await client.call("public/get_instruments", currency="ETH", kind="option_combo")
    rows = await client.call("public/get_book_summary_by_currency", currency="ETH", kind="option_combo")

    assert ([row["instrument_name"] for row in instruments], [row["bid_price"] for row in rows]) == ([COMBO], [0.0028])
    assert (instruments[0]["tick_size"], instruments[0]["tick_size_steps"]) == (0.0001, [])
