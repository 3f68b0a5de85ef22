"""08:00 UTC at the fake venue: the pause, the delivery price, what expires and how the log tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.fakes.venue import FakeVenue, RunningClock, StillClock
from tests.fakes.venue.client import Told, VenueClient
from tests.fakes.venue.clock import to_ms

EXPIRY = datetime(2026, 9, 11, 8, tzinfo=UTC)
IN, OUT, LATER = "ETH-11SEP26-2600-P", "ETH-11SEP26-2400-P", "ETH-25SEP26-2200-P"
DAILY = "ETH-9SEP26-2600-P"
SECOND = timedelta(seconds=1)


async def _at(venue: FakeVenue, client: VenueClient, at: datetime) -> None:
    venue.advance_to(at)
    await client.sign_in()


async def test_nothing_trades_in_the_moment_after_eight(client: VenueClient, venue: FakeVenue) -> None:
    resting = venue.plant_order(LATER, "sell", amount="1", price="0.02")
    codes = []
    for at in (EXPIRY - SECOND, EXPIRY, EXPIRY + 9 * SECOND, EXPIRY + 10 * SECOND):
        await _at(venue, client, at)
        answer = await client.send("private/edit", order_id=resting.order_id, amount=1, price=0.0195)
        codes.append(answer.get("error", {}).get("code"))

    assert codes == [None, 10041, 10041, None]


async def test_cancels_wait_too(client: VenueClient, venue: FakeVenue) -> None:
    await _at(venue, client, EXPIRY)
    with pytest.raises(Told) as refused:
        await client.call("private/cancel_all")

    assert refused.value.code == 10041


async def test_the_delivery_price_is_the_mean_of_the_last_half_hour(client: VenueClient, venue: FakeVenue) -> None:
    await _at(venue, client, EXPIRY - timedelta(minutes=15))
    venue.market.index_usd = 2460
    await _at(venue, client, EXPIRY + 5 * SECOND)
    early = await client.call("public/get_delivery_prices", index_name="eth_usd", count=1)
    await _at(venue, client, EXPIRY + 10 * SECOND)
    told = await client.call("public/get_delivery_prices", index_name="eth_usd", count=1)

    assert early["data"][0]["date"] == "2026-09-10"
    assert told["data"] == [{"date": "2026-09-11", "delivery_price": 2480.0}]


async def test_a_test_may_name_the_delivery_price(client: VenueClient, venue: FakeVenue) -> None:
    venue.deliver_at(EXPIRY, "2222.5")
    await _at(venue, client, EXPIRY + timedelta(hours=1))

    assert (await client.call("public/get_delivery_prices", index_name="eth_usd", count=1))["data"][0]["delivery_price"] == 2222.5


async def test_an_inverse_option_in_the_money_is_settled_in_two_rows(client: VenueClient, venue: FakeVenue) -> None:
    venue.deliver_at(EXPIRY, "2500")
    venue.plant_position(IN, "-2", average="0.030")
    before = venue.balances["ETH"]
    await _at(venue, client, EXPIRY + timedelta(minutes=5))
    log = (await client.call("private/get_transaction_log", currency="ETH", start_timestamp=0, end_timestamp=to_ms(venue.now()), query="delivery"))["logs"]
    [row] = (await client.call("private/get_settlement_history_by_currency", currency="ETH", type="delivery"))["settlements"]
    fee = 2 * Decimal("0.00015")

    assert ({entry["instrument_name"] for entry in log}, venue.positions) == ({IN, "ETH-11SEP26"}, {})
    assert sum(entry["change"] for entry in log) == pytest.approx(-2 * 0.04 - float(fee))
    assert venue.balances["ETH"] == before - 2 * Decimal("0.04") - fee
    assert (row["instrument_name"], row["position"], row["mark_price"], row["index_price"]) == (IN, -2.0, 0.04, 2500.0)
    assert (row["profit_loss"], row["session_profit_loss"]) == (pytest.approx(-0.02), pytest.approx(-0.08))


async def test_an_option_out_of_the_money_is_gone_in_one_row_and_free_of_charge(client: VenueClient, venue: FakeVenue) -> None:
    venue.deliver_at(EXPIRY, "2500")
    venue.plant_position(OUT, "-2")
    before = venue.balances["ETH"]
    await _at(venue, client, EXPIRY + timedelta(minutes=5))
    log = (await client.call("private/get_transaction_log", currency="ETH", start_timestamp=0, end_timestamp=to_ms(venue.now())))["logs"]

    assert ([(entry["type"], entry["change"], entry["commission"]) for entry in log], venue.positions) == ([("delivery", 0.0, 0.0)], {})
    assert venue.balances["ETH"] == before


async def test_a_daily_option_pays_no_delivery_fee_and_a_linear_one_pays_in_usdc(client: VenueClient, venue: FakeVenue) -> None:
    venue.deliver_at(EXPIRY - timedelta(days=2), "2500")
    venue.deliver_at(EXPIRY, "2500")
    venue.plant_position(DAILY, "1")
    venue.plant_position("ETH_USDC-11SEP26-2600-P", "-0.5")
    await _at(venue, client, EXPIRY + timedelta(minutes=5))

    assert venue.balances["ETH"] == Decimal(20) + Decimal("0.04")
    assert venue.balances["USDC"] == Decimal(20_000) - Decimal(50) - Decimal("0.5") * Decimal("0.00015") * 2500


async def test_what_expires_leaves_the_listing_with_its_orders_and_combos(client: VenueClient, venue: FakeVenue) -> None:
    order = venue.plant_order(IN, "sell", amount="1", price="0.0600")
    kept = venue.plant_order(LATER, "sell", amount="1", price="0.02")
    legs = [{"instrument_name": IN, "direction": "buy", "amount": 1}, {"instrument_name": OUT, "direction": "sell", "amount": 1}]
    combo = await client.call("private/create_combo", trades=legs)
    await _at(venue, client, EXPIRY + timedelta(minutes=5))
    with pytest.raises(Told) as refused:
        await client.call("private/buy", instrument_name=OUT, amount=1, price=0.0001)

    assert (order.state, order.cancel_reason, kept.state) == ("cancelled", "settlement", "open")
    assert (await client.call("public/get_combo_details", combo_id=combo["id"]))["state"] == "inactive"
    assert ((await client.call("public/ticker", instrument_name=IN))["state"], refused.value.code) == ("closed", 10012)


async def test_days_that_were_leapt_over_are_all_settled(client: VenueClient, venue: FakeVenue) -> None:
    venue.plant_position(DAILY, "-1")
    venue.plant_position(IN, "-1")
    await _at(venue, client, EXPIRY + timedelta(days=3, minutes=1))
    rows = (await client.call("private/get_settlement_history_by_currency", currency="ETH"))["settlements"]

    assert [row["instrument_name"] for row in rows] == [IN, DAILY]
    assert len(venue.exchange.settlement.deliveries) == 7


async def test_a_venue_at_sixty_times_the_speed_settles_by_itself() -> None:
    venue = FakeVenue(clock=StillClock(EXPIRY - 5 * SECOND))
    venue.plant_position(IN, "-1")
    venue.clock = RunningClock(EXPIRY - 5 * SECOND, speed=60)
    async with venue, VenueClient(venue) as client:
        while venue.positions:
            await client.call("public/get_time")

        assert venue.now() >= EXPIRY + 10 * SECOND
