"""The exchange's public data, from a venue over HTTP to the desk's own values."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.model import BookState, Family, OptionType, TickStep, VenueStatus
from engine.errors import VenueError
from engine.servers.deribit import Network
from engine.servers.deribit.chain import TICKER_DELTA_MAX, TICKER_DELTA_MIN
from tests.engine.servers.deribit.desk import Seat, seated, settings_of
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.faults import Answered, Cut, Drop, Garbled, Refuse, Status

DAY = timedelta(days=1)
PUT = "ETH-25SEP26-2200-P"


@pytest.fixture
async def venue() -> AsyncIterator[FakeVenue]:
    async with FakeVenue() as opened:
        yield opened


@pytest.fixture
async def seat(venue: FakeVenue) -> AsyncIterator[Seat]:
    async with seated(settings_of(venue), venue) as taken:
        yield taken


async def test_clock_index_and_volatility_carry_the_instant_they_were_true(venue: FakeVenue, seat: Seat) -> None:
    index, dvol = await seat.public.get_index_price(), await seat.public.get_dvol()

    assert await seat.public.get_time() == venue.now()
    assert index is not None
    assert dvol is not None
    assert (index.value, dvol.value) == (venue.market.index_usd, venue.market.dvol_pts)
    assert abs(index.observed_at - venue.now()) < timedelta(seconds=1)
    assert abs(dvol.observed_at - venue.now()) < timedelta(seconds=1)


async def test_a_month_of_hours_comes_closed_in_order_and_within_its_bounds(venue: FakeVenue, seat: Seat) -> None:
    start_at = venue.now() - 32 * DAY + timedelta(minutes=7)
    candles = await seat.public.get_candles(start_at, venue.now())
    dvols = await seat.public.get_dvol_history(start_at, venue.now())

    for rows in (candles, dvols):
        assert len(rows) == 32 * 24 - 1
        assert rows[0].open_at >= start_at
        assert rows[-1].open_at + timedelta(hours=1) <= venue.now()
    assert candles[-1].close == pytest.approx(float(venue.market.index_usd), rel=0.05)


async def test_a_history_longer_than_one_answer_of_the_venue_is_put_together_from_several(venue: FakeVenue, seat: Seat) -> None:
    start_at = venue.now() - 120 * DAY
    candles = await seat.public.get_candles(start_at, venue.now())
    dvols = await seat.public.get_dvol_history(start_at, venue.now())

    assert (len(candles), len(dvols)) == (2880, 2880)
    assert len(venue.asked("public/get_volatility_index_data")) == 3


@pytest.mark.parametrize(("family", "lot"), [(Family.INVERSE, "1"), (Family.LINEAR_USDC, "0.1")])
async def test_the_chain_has_every_option_of_its_window_and_sizes_and_greeks_where_a_spread_could_be(
    venue: FakeVenue, seat: Seat, family: Family, lot: str
) -> None:
    window = (venue.now() + 13 * DAY, venue.now() + 22 * DAY)
    chain = await seat.public.get_option_chain(family, *window)
    listed = [option for option in await seat.public.get_instruments(family) if window[0] <= option.expiry_at <= window[1]]

    assert (chain.family, chain.source, chain.index_usd) == (family, "live", venue.market.index_usd)
    assert [quote.instrument for quote in chain.quotes] == listed
    assert {option.lot_eth for option in listed} == {Decimal(lot)}
    asked = {call.params["instrument_name"] for call in venue.asked("public/ticker")}
    assert {quote.instrument.name for quote in chain.quotes if quote.greeks is not None} == asked
    for quote in chain.quotes:
        if quote.greeks is None:
            assert (quote.bid_size_eth, quote.ask_size_eth) == (None, None)
        else:
            assert TICKER_DELTA_MIN * 0.9 <= abs(quote.greeks.delta) <= TICKER_DELTA_MAX * 1.1
            assert quote.greeks.delta > 0 if quote.instrument.option_type is OptionType.CALL else quote.greeks.delta < 0
    assert all(quote.forward_usd is not None and quote.iv_frac is not None and 0.1 < quote.iv_frac < 3 for quote in chain.quotes)


async def test_the_chain_asks_for_a_hundred_things_at_most(venue: FakeVenue, seat: Seat) -> None:
    """The venue's pool answers a hundred at once; the rest of a look needs some of it."""
    await seat.public.get_option_chain(Family.INVERSE, venue.now(), venue.now() + 400 * DAY)

    assert 50 < len(venue.calls) < 90


async def test_the_list_of_instruments_is_asked_for_once_in_ten_minutes(venue: FakeVenue, seat: Seat) -> None:
    for _ in range(3):
        await seat.public.get_option_chain(Family.INVERSE, venue.now() + 13 * DAY, venue.now() + 22 * DAY)
        await seat.public.get_ticker(PUT)
    once = len(venue.asked("public/get_instruments"))
    venue.advance(timedelta(minutes=10))
    await seat.public.get_ticker(PUT)

    assert (once, len(venue.asked("public/get_instruments"))) == (1, 2)


async def test_a_ticker_is_the_venue_s_own_figures(venue: FakeVenue, seat: Seat) -> None:
    venue.market.quote(PUT, bids=[("0.0105", 12)], asks=[("0.0115", 7)], mark="0.0109")
    quote = await seat.public.get_ticker(PUT)

    assert (quote.bid_coin, quote.ask_coin, quote.mark_coin) == (Decimal("0.0105"), Decimal("0.0115"), Decimal("0.0109"))
    assert (quote.bid_size_eth, quote.ask_size_eth, quote.state) == (Decimal(12), Decimal(7), BookState.OPEN)
    assert quote.instrument.ticks == (
        TickStep(above_coin=Decimal(0), tick_coin=Decimal("0.0001")),
        TickStep(above_coin=Decimal("0.005"), tick_coin=Decimal("0.0005")),
    )
    assert abs(quote.quoted_at - venue.now()) < timedelta(seconds=1)


async def test_an_empty_side_is_missing_and_not_zero(venue: FakeVenue, seat: Seat) -> None:
    venue.market.quote(PUT, asks=[("0.0115", 7)])
    quote = await seat.public.get_ticker(PUT)

    assert (quote.bid_coin, quote.bid_size_eth) == (None, None)


async def test_an_option_nobody_lists_is_a_failure_and_the_list_is_not_asked_for_again_each_time(venue: FakeVenue, seat: Seat) -> None:
    for name in ("ETH-25SEP26-1-P", "ETH-25SEP26-2-P", "BTC-25SEP26-90000-P"):
        with pytest.raises(VenueError, match="no quote"):
            await seat.public.get_ticker(name)

    assert len(venue.asked("public/get_instruments")) == 1


async def test_a_delivery_price_is_told_once_it_is_known(venue: FakeVenue, seat: Seat) -> None:
    today = venue.now().replace(hour=8)

    assert await seat.public.get_delivery_prices(today) is not None
    assert await seat.public.get_delivery_prices(today - 30 * DAY) is not None
    assert await seat.public.get_delivery_prices(today + DAY) is None


@pytest.mark.parametrize(
    ("told", "is_locked"),
    [
        ({"locked": "false", "locked_indices": []}, False),
        ({"locked": "true", "locked_indices": []}, True),
        ({"locked": "partial", "locked_indices": ["btc_usd"]}, False),
        ({"locked": "partial", "locked_indices": ["btc_usd", "eth_usd"]}, True),
        ({"locked": "perhaps"}, True),
    ],
)
async def test_the_exchange_is_locked_when_it_says_so_or_says_what_nobody_knows(venue: FakeVenue, seat: Seat, told: object, is_locked: bool) -> None:
    venue.script("public/status", Answered(told))

    assert await seat.public.get_status() == VenueStatus(is_locked=is_locked)


async def test_an_announced_maintenance_is_part_of_the_state(venue: FakeVenue, seat: Seat) -> None:
    notice = {"title": "Scheduled maintenance", "body": "On 8 September 2026 at 09:00 UTC.", "important": True, "id": 1, "publication_timestamp": 1}
    venue.script("public/get_announcements", Answered([notice]))

    assert (await seat.public.get_status()).maintenance_at == datetime(2026, 9, 8, 9, 0, tzinfo=UTC)


async def test_an_order_book_has_its_best_prices_first(venue: FakeVenue, seat: Seat) -> None:
    venue.market.quote(PUT, bids=[("0.0105", 12), ("0.01", 30)], asks=[("0.0115", 7)])
    book = await seat.trading.get_order_book(PUT, 5)

    assert book.is_open
    assert [(level.price_coin, level.amount_eth) for level in book.bids] == [(Decimal("0.0105"), Decimal(12)), (Decimal("0.01"), Decimal(30))]
    assert [level.price_coin for level in book.asks] == [Decimal("0.0115")]


@pytest.mark.parametrize("network", Network)
async def test_an_answer_of_the_other_network_is_never_used(network: Network) -> None:
    async with FakeVenue(is_testnet=network is Network.MAINNET) as venue, seated(settings_of(venue, network=network), venue) as seat:
        with pytest.raises(VenueError, match=f"meant to be the {network}") as caught:
            await seat.public.get_index_price()

    assert caught.value.permanent


@pytest.mark.parametrize(
    ("fault", "times", "is_permanent", "asked"),
    [
        (Drop(), 2, None, 3),
        (Status(502), 2, None, 3),
        (Garbled(), 2, None, 3),
        (Cut(), 2, None, 3),
        (Refuse(10040), 2, None, 3),
        (Refuse(10028), 1, None, 2),
        (Refuse(10041), 9, False, 1),
        (Refuse(11056), 9, True, 1),
        (Answered({"index_price": "2500"}), 9, True, 1),
        (Answered({"index_price": None}), 9, True, 1),
        (Answered([]), 9, True, 1),
    ],
    ids=str,
)
async def test_a_read_is_asked_again_where_that_can_help_and_is_a_typed_failure_where_not(
    venue: FakeVenue, seat: Seat, *, fault: Drop | Status | Garbled | Cut | Refuse | Answered, times: int, is_permanent: bool | None, asked: int
) -> None:
    venue.script("public/get_index_price", fault, times=times)
    if is_permanent is None:
        assert await seat.public.get_index_price() is not None
    else:
        with pytest.raises(VenueError) as caught:
            await seat.public.get_index_price()
        assert caught.value.permanent is is_permanent

    assert len(venue.asked("public/get_index_price")) == asked


async def test_the_venue_s_number_of_a_refusal_arrives(venue: FakeVenue, seat: Seat) -> None:
    venue.script("public/get_time", Refuse(11051), times=9)
    with pytest.raises(VenueError, match=r"system_maintenance \(11051\)") as caught:
        await seat.public.get_time()

    assert (caught.value.upstream_code, caught.value.retry_after_s) == (11051, 60.0)


async def test_a_ticker_that_fails_leaves_the_summary_s_prices_without_sizes(venue: FakeVenue, seat: Seat) -> None:
    venue.script("public/ticker", Refuse(13020), having={"instrument_name": PUT})
    chain = await seat.public.get_option_chain(Family.INVERSE, venue.now() + 13 * DAY, venue.now() + 22 * DAY)
    quote = next(quote for quote in chain.quotes if quote.instrument.name == PUT)

    assert quote.mark_coin is not None
    assert (quote.greeks, quote.bid_size_eth) == (None, None)
    assert sum(quote.greeks is not None for quote in chain.quotes) > 20


async def test_a_chain_without_a_single_ticker_is_a_failure(venue: FakeVenue, seat: Seat) -> None:
    venue.script("public/ticker", Refuse(11056), times=None)
    with pytest.raises(VenueError, match="unauthenticated_public_requests_temporarily_disabled"):
        await seat.public.get_option_chain(Family.INVERSE, venue.now() + 13 * DAY, venue.now() + 22 * DAY)


async def test_a_venue_that_is_gone_is_a_failure_that_may_pass_and_names_no_address(venue: FakeVenue, seat: Seat) -> None:
    await venue.stop()
    with pytest.raises(VenueError, match="cannot be reached") as caught:
        await seat.public.get_index_price()

    assert not caught.value.permanent
    assert "127.0.0.1" not in str(caught.value)
    await venue.start()
    assert await seat.public.get_index_price() is not None


async def test_the_libraries_print_no_address(venue: FakeVenue, seat: Seat, caplog: pytest.LogCaptureFixture) -> None:
    """An address may carry a key; from WARNING on they print none."""
    with caplog.at_level(logging.INFO):
        await seat.public.get_index_price()

    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_index_price", {"currency": "DOGE"}),
        ("get_candles", {"currency": "ETH", "start_at": "2020-01-01T00:00:00Z", "end_at": "2026-01-01T00:00:00Z"}),
        ("get_candles", {"currency": "ETH", "start_at": "2026-01-01T00:00:00", "end_at": "2026-01-02T00:00:00Z"}),
        ("get_option_chain", {"currency": "ETH", "family": "quanto", "expiry_from": "2026-01-01T00:00:00Z", "expiry_to": "2026-01-02T00:00:00Z"}),
        ("get_order_book", {"instrument_name": PUT, "depth": 3}),
        ("get_order_book", {"instrument_name": "BTC-PERPETUAL"}),
        ("get_ticker", {}),
    ],
)
async def test_a_question_that_makes_no_sense_never_reaches_the_venue(venue: FakeVenue, seat: Seat, tool: str, arguments: dict[str, object]) -> None:
    with pytest.raises(VenueError) as caught:
        await seat.connection.call(tool, arguments)

    assert caught.value.permanent
    assert venue.calls == []
