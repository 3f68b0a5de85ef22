"""The account and its orders, from the venue's two doors to the desk's own values, through a real MCP session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.model_venue import Combo, Direction, NewOrder, SettlementKind, TradedLeg, VenueOrderState
from engine.errors import VenueError
from engine.servers.deribit.errors import venue_codes
from tests.engine.servers.deribit.desk import Seat, seated, settings_of
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.faults import Answered, Cut, Drop, Garbled, Refuse, Status

SHORT, LONG = "ETH-25SEP26-2200-P", "ETH-25SEP26-2100-P"
DAY = timedelta(days=1)
ONE = Decimal(1)
LEGS = (
    TradedLeg(instrument_name=SHORT, direction=Direction.SELL, amount_eth=ONE),
    TradedLeg(instrument_name=LONG, direction=Direction.BUY, amount_eth=ONE),
)


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        yield opened


@pytest.fixture
async def seat(venue: FakeVenue) -> AsyncIterator[Seat]:
    async with seated(settings_of(venue, has_key=True, is_trading_on=True), venue) as taken:
        yield taken


def bid_for(venue: FakeVenue, label: str, *, price: str = "0.0005", amount: str = "2") -> NewOrder:
    """An order far below the market: it works and is not filled."""
    until = venue.now() + timedelta(seconds=3)
    return NewOrder(instrument_name=SHORT, direction=Direction.BUY, amount_eth=Decimal(amount), price_coin=Decimal(price), label=label, valid_until=until)


async def sold(seat: Seat, venue: FakeVenue, combo: Combo, label: str) -> str:
    """The spread is sold at the combo's bid; the order's number."""
    is_ours = next(leg for leg in combo.legs if leg.instrument_name == SHORT).ratio < 0
    book = await seat.trading.get_order_book(combo.combo_id, 5)
    side, price = (Direction.BUY, book.asks[0].price_coin) if is_ours else (Direction.SELL, book.bids[0].price_coin)
    order = NewOrder(instrument_name=combo.combo_id, direction=side, amount_eth=ONE, price_coin=price, label=label)
    placed = await seat.trading.place_order(order)
    assert placed.order.state is VenueOrderState.FILLED
    return placed.order.order_id


async def test_the_account_says_its_funds_its_network_and_what_the_key_may_do(seat: Seat) -> None:
    account = await seat.trading.get_account("ETH")

    assert (account.network, account.coin, account.equity_coin, account.is_trading_on) == ("testnet", "ETH", Decimal(20), True)
    assert {"trade:read_write", "wallet:none"} <= set(account.scope)


async def test_a_spread_is_sold_as_one_and_stands_as_two_positions_and_their_fills(seat: Seat, venue: FakeVenue) -> None:
    combo = await seat.trading.create_combo(LEGS)
    again = await seat.trading.create_combo(LEGS)
    order_id = await sold(seat, venue, combo, "cb0-1-o-1")
    sizes = {position.instrument_name: position.size_eth for position in await seat.trading.get_positions("ETH")}
    trades = await seat.trading.get_trades("ETH", venue.now() - DAY, venue.now() + DAY)
    of_order = await seat.trading.get_trades("ETH", venue.now() - DAY, venue.now() + DAY, order_id=order_id)
    (by_label,) = await seat.trading.get_orders_by_label("ETH", "cb0-1-o-1")

    assert combo == again
    assert combo.is_active
    assert sizes == {SHORT: -ONE, LONG: ONE}
    assert (trades.is_complete, by_label.order_id, by_label.filled_eth) == (True, order_id, ONE)
    assert {trade.instrument_name for trade in trades.trades} == {combo.combo_id, SHORT, LONG}
    assert [trade.order_id for trade in of_order.trades] == [order_id]
    assert sum(trade.fee_coin for trade in trades.trades if trade.instrument_name == combo.combo_id) == Decimal("0.0003")


async def test_an_order_works_is_moved_and_is_cancelled(seat: Seat, venue: FakeVenue) -> None:
    placed = await seat.trading.place_order(bid_for(venue, "cb0-2-o-1"))
    moved = await seat.trading.edit_order(placed.order.order_id, amount_eth=Decimal(3), price_coin=Decimal("0.0006"))
    (working,) = await seat.trading.get_open_orders("ETH")
    gone = await seat.trading.cancel_order(placed.order.order_id)

    assert (placed.order.state, placed.trades, placed.order.average_price_coin) == (VenueOrderState.OPEN, (), None)
    assert (moved.order.price_coin, moved.order.amount_eth) == (Decimal("0.0006"), Decimal(3))
    assert working == moved.order
    assert (gone.state, gone.state.is_final, working.state.is_final) == (VenueOrderState.CANCELLED, True, False)
    assert await seat.trading.get_open_orders("ETH") == ()
    assert (await seat.trading.get_order(placed.order.order_id)).state is VenueOrderState.CANCELLED


async def test_every_order_of_the_account_is_cancelled_at_once(seat: Seat, venue: FakeVenue) -> None:
    for number in range(3):
        await seat.trading.place_order(bid_for(venue, f"cb0-3-o-{number}"))

    assert await seat.trading.cancel_all() == 3
    assert await seat.trading.get_open_orders("ETH") == ()


async def test_margins_are_the_venue_s_own_count(seat: Seat) -> None:
    order = await seat.trading.get_margins(SHORT, amount_eth=ONE, price_coin=Decimal("0.012"))
    portfolio = await seat.trading.simulate_portfolio("ETH", {SHORT: -ONE, LONG: ONE})
    prices = await seat.trading.get_leg_prices(LEGS, Decimal("0.0045"))

    assert order.sell_coin > order.buy_coin > 0
    assert order.min_price_coin < order.max_price_coin
    assert portfolio.initial_margin_coin > portfolio.maintenance_margin_coin > 0
    assert {price.instrument_name: price.direction for price in prices} == {SHORT: Direction.SELL, LONG: Direction.BUY}


async def test_an_expiry_is_told_as_deliveries(seat: Seat, venue: FakeVenue) -> None:
    combo = await seat.trading.create_combo(LEGS)
    await sold(seat, venue, combo, "cb0-4-o-1")
    began_at = venue.now()
    venue.advance(timedelta(days=18))
    settled = await seat.trading.get_settlements("ETH", began_at)

    deliveries = {row.instrument_name for row in settled.settlements if row.kind is SettlementKind.DELIVERY}
    assert {SHORT, LONG} <= deliveries
    assert settled.is_complete
    assert all(row.settled_at >= began_at for row in settled.settlements)
    assert await seat.trading.get_positions("ETH") == ()


async def test_without_a_key_every_private_question_says_which_key_is_missing(venue: FakeVenue) -> None:
    async with seated(settings_of(venue), venue) as seat:
        for asked in (seat.trading.get_account("ETH"), seat.trading.place_order(bid_for(venue, "x")), seat.trading.cancel_all()):
            with pytest.raises(VenueError, match="CERBERO_DERIBIT_TESTNET_CLIENT_ID") as caught:
                await asked
            assert (caught.value.permanent, caught.value.is_refusal) == (True, True)

    assert venue.calls == []


async def test_where_orders_are_off_only_cancels_and_reads_reach_the_venue(venue: FakeVenue) -> None:
    async with seated(settings_of(venue, has_key=True, is_trading_on=True), venue) as trader:
        order_id = (await trader.trading.place_order(bid_for(venue, "cb0-5-o-1"))).order.order_id
        async with seated(settings_of(venue, has_key=True), venue) as seat:
            for asked in (
                seat.trading.place_order(bid_for(venue, "cb0-5-o-2")),
                seat.trading.edit_order(order_id, amount_eth=ONE, price_coin=Decimal("0.0006")),
                seat.trading.create_combo(LEGS),
            ):
                with pytest.raises(VenueError, match="orders are off") as caught:
                    await asked
                assert caught.value.is_refusal
            assert len(await seat.trading.get_open_orders("ETH")) == 1
            assert await seat.trading.cancel_all() == 1

    assert [call.method for call in venue.calls if call.method in ("private/buy", "private/edit", "private/create_combo")] == ["private/buy"]


async def test_a_key_that_could_move_money_is_not_used(venue: FakeVenue) -> None:
    venue.key.scope = "account:read trade:read_write wallet:read_write"
    async with seated(settings_of(venue, has_key=True, is_trading_on=True), venue) as seat:
        for asked in (seat.trading.get_account("ETH"), seat.trading.place_order(bid_for(venue, "cb0-6-o-1"))):
            with pytest.raises(VenueError, match="may move money") as caught:
                await asked
            assert (caught.value.is_refusal, venue.key.client_secret in str(caught.value)) == (True, False)

    assert not [call for call in venue.calls if call.method.startswith("private/")]


async def test_the_key_never_reaches_another_network(venue: FakeVenue) -> None:
    async with FakeVenue(is_testnet=False) as other:
        async with seated(settings_of(other, has_key=True, is_trading_on=True), other) as seat:
            for asked in (seat.trading.get_account("ETH"), seat.trading.place_order(bid_for(venue, "cb0-7-o-1"))):
                with pytest.raises(VenueError, match="meant to be the testnet"):
                    await asked

        assert {call.method for call in other.calls} == {"public/get_time"}


@pytest.mark.parametrize("code", [-32602, 10009, 10028, 10041, 10047, 11051, 11054, 11094, 13028, 13888])
async def test_an_order_is_sent_once_and_each_code_says_whether_it_may_stand(seat: Seat, venue: FakeVenue, code: int) -> None:
    venue.script("private/buy", Refuse(code))
    with pytest.raises(VenueError) as caught:
        await seat.trading.place_order(bid_for(venue, "cb0-8-o-1"))

    assert (caught.value.upstream_code, caught.value.is_refusal) == (code, not venue_codes()[code].is_ambiguous)
    assert len(venue.asked("private/buy")) == 1


@pytest.mark.parametrize("fault", [Drop(is_done=True), Drop(), Cut(), Garbled(), Status(502), Refuse(13888, is_done=True), Answered({"order": {}})], ids=str)
async def test_an_order_whose_answer_is_lost_is_neither_a_yes_nor_a_no_and_is_found_by_its_label(
    seat: Seat, venue: FakeVenue, fault: Drop | Cut | Garbled | Status | Refuse | Answered
) -> None:
    venue.script("private/buy", fault)
    with pytest.raises(VenueError) as caught:
        await seat.trading.place_order(bid_for(venue, "cb0-9-o-1"))
    found = await seat.trading.get_orders_by_label("ETH", "cb0-9-o-1")

    assert not caught.value.is_refusal
    assert len(venue.asked("private/buy")) == 1
    assert [order.label for order in found] == (["cb0-9-o-1"] if venue.exchange.desk.orders else [])


async def test_after_a_lost_session_the_next_order_opens_another(seat: Seat, venue: FakeVenue) -> None:
    venue.script("private/buy", Drop())
    with pytest.raises(VenueError):
        await seat.trading.place_order(bid_for(venue, "cb0-10-o-1"))
    placed = await seat.trading.place_order(bid_for(venue, "cb0-10-o-2"))

    assert placed.order.state is VenueOrderState.OPEN
    assert len(venue.asked("private/enable_cancel_on_disconnect")) == 2


async def test_an_order_that_answers_with_another_label_is_not_believed(seat: Seat, venue: FakeVenue) -> None:
    venue.script("private/sell", Answered(None))
    venue.script("private/buy", Drop(is_done=True), skip=1)
    first = await seat.trading.place_order(bid_for(venue, "cb0-11-o-1"))
    mixed = {"order": wire_of(venue, first.order.order_id), "trades": []}
    venue.heal()
    venue.script("private/buy", Answered(mixed))
    with pytest.raises(VenueError, match="another label") as caught:
        await seat.trading.place_order(bid_for(venue, "cb0-11-o-2"))

    assert not caught.value.is_refusal


def wire_of(venue: FakeVenue, order_id: str) -> dict[str, object]:
    """The order as the venue would tell it."""
    order = venue.exchange.desk.orders[order_id]
    at = int(venue.now().timestamp() * 1000)
    return {
        "order_id": order_id,
        "instrument_name": SHORT,
        "label": order.label,
        "order_state": "open",
        "direction": "buy",
        "price": 0.0005,
        "amount": 2.0,
        "filled_amount": 0.0,
        "average_price": 0.0,
        "creation_timestamp": at,
        "last_update_timestamp": at,
    }


@pytest.mark.parametrize("fault", [Drop(), Status(502), Refuse(10040), Refuse(11094)], ids=str)
async def test_a_cancel_that_fails_on_the_session_goes_the_other_way(seat: Seat, venue: FakeVenue, fault: Drop | Status | Refuse) -> None:
    await seat.trading.place_order(bid_for(venue, "cb0-12-o-1"))
    venue.script("private/cancel_all", fault)
    await seat.trading.cancel_all()

    assert [call.is_websocket for call in venue.asked("private/cancel_all")] == [True, False]
    assert await seat.trading.get_open_orders("ETH") == ()


async def test_a_cancel_the_venue_refuses_for_good_is_not_asked_twice(seat: Seat, venue: FakeVenue) -> None:
    placed = await seat.trading.place_order(bid_for(venue, "cb0-13-o-1"))
    await seat.trading.cancel_order(placed.order.order_id)
    with pytest.raises(VenueError) as caught:
        await seat.trading.cancel_order("ETH-999999")

    assert caught.value.is_refusal
    assert len(venue.asked("private/cancel")) == 2


async def test_orders_are_held_back_here_before_the_venue_has_to_and_cancels_are_not(seat: Seat, venue: FakeVenue) -> None:
    orders = [seat.trading.place_order(bid_for(venue, f"cb0-14-o-{number}")) for number in range(40)]
    held_back = [outcome for outcome in await asyncio.gather(*orders, return_exceptions=True) if isinstance(outcome, BaseException)]
    cancelled = await seat.trading.cancel_all()

    assert held_back
    assert all(isinstance(error, VenueError) and error.is_refusal and "held back here" in str(error) for error in held_back)
    assert cancelled == 40 - len(held_back)
    assert not [call for call in venue.calls if call.code == 10028]


async def test_a_token_ended_from_outside_is_made_anew_for_a_read(seat: Seat, venue: FakeVenue) -> None:
    await seat.trading.get_account("ETH")
    venue.exchange.sessions.revoke_all()

    assert (await seat.trading.get_account("ETH")).coin == "ETH"
    assert len(venue.asked("public/auth")) == 2


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_account", {"currency": "BTC"}),
        ("get_positions", {"currency": "EUR"}),
        ("create_combo", {"legs": [{"instrument_name": SHORT, "direction": "sell", "amount_eth": "1"}]}),
        (
            "create_combo",
            {
                "legs": [
                    {"instrument_name": SHORT, "direction": "sell", "amount_eth": "0"},
                    {"instrument_name": LONG, "direction": "buy", "amount_eth": "1"},
                ]
            },
        ),
        ("place_order", {"order": {"instrument_name": SHORT, "direction": "buy", "amount_eth": "1", "price_coin": "0.01", "label": ""}}),
        ("place_order", {"order": {"instrument_name": SHORT, "direction": "buy", "amount_eth": "-1", "price_coin": "0.01", "label": "x"}}),
        ("place_order", {"order": {"instrument_name": SHORT, "direction": "hold", "amount_eth": "1", "price_coin": "0.01", "label": "x"}}),
        ("place_order", {"order": {"instrument_name": SHORT, "direction": "buy", "amount_eth": "NaN", "price_coin": "0.01", "label": "x"}}),
        ("place_order", {"order": {"instrument_name": SHORT, "direction": "buy", "amount_eth": 1, "price_coin": 0.01, "label": "x"}}),
        (
            "place_order",
            {"order": {"instrument_name": SHORT, "direction": "buy", "amount_eth": "1", "price_coin": "0.01", "label": "x", "type": "market"}},
        ),
        ("edit_order", {"order_id": "ETH-1", "amount_eth": "0", "price_coin": "0.01"}),
        ("get_trades", {"currency": "ETH", "start_at": "2026-09-08T00:00:00Z", "end_at": "2026-09-07T00:00:00Z"}),
        ("get_settlements", {"currency": "ETH", "since_at": "2026-09-08T00:00:00"}),
        ("simulate_portfolio", {"currency": "ETH", "sizes_eth": {f"ETH-{number}": "1" for number in range(51)}}),
    ],
)
async def test_a_question_that_makes_no_sense_never_reaches_the_venue(seat: Seat, venue: FakeVenue, tool: str, arguments: dict[str, object]) -> None:
    with pytest.raises(VenueError) as caught:
        await seat.connection.call(tool, arguments)

    assert caught.value.permanent
    assert venue.calls == []
