"""A trade's whole life at an exchange, at speed: approved by a tap, sold as a combo in parts, cut off, bought back or delivered, and booked to the cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import TradeState
from engine.core.model import Stage
from engine.errors import ConfigError
from engine.notices import FillNotice, SettlementNotice
from engine.runtime import force_close
from engine.runtime.order_work import reconcile_with_venue
from engine.runtime.stage_record import stage_record
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.fakes.scripted_market import Book
from tests.fakes.venue import Drop, FakeVenue
from tests.fakes.venue.clock import StillClock
from tests.scenarios.house import ANNA, LONG, SHORT, START_AT, at
from tests.scenarios.venue_house import VenueHouse, engine_at, venue_house

TWO, ONE = Decimal(2), Decimal(1)
SECOND = timedelta(seconds=1)
CENT_IN_ETH = Decimal("0.000005")
CHEAP = {
    SHORT: Book(bid="0.0020", ask="0.0022", mark="0.0021", delta=-0.05),
    LONG: Book(bid="0.0008", ask="0.0010", mark="0.0009", delta=-0.02),
}


async def approved(house: VenueHouse) -> None:
    """The Monday card was approved, and its order worked until it was over."""
    await house.engine.run_until(NOW)
    await house.approve()


def cash(house: VenueHouse) -> Decimal:
    return house.venue.balances["ETH"]


async def test_an_approved_card_is_sold_at_the_exchange_and_told_with_where_its_fill_comes_from(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        before = cash(house)
        await approved(house)
        (trade,) = await house.engine.trades()
        (notice,) = house.engine.notices(FillNotice)

        assert (trade.state, trade.quantity_eth, trade.credit_coin) == (TradeState.OPEN, TWO, Decimal("0.0060"))
        assert house.venue.positions == {SHORT: -TWO, LONG: TWO}
        assert (notice.report.source, notice.report.env, notice.report.slippage_frac) == ("testnet", "TESTNET", Decimal("0.04"))
        assert cash(house) - before == (trade.credit_coin - trade.open_fee_coin) * TWO
        assert house.engine.outcomes() == ["executed"]
        assert await house.engine.audited("trade.opened") == 1


async def test_a_whole_life_through_partial_fills_a_lost_session_and_a_close_is_booked_to_the_cent(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        before = cash(house)
        await house.engine.run_until(NOW)
        house.clock.after(90 * SECOND, lambda: _half_then_gone(house))
        await house.approve()
        (trade,) = await house.engine.trades()
        assert (trade.state, trade.quantity_eth, house.venue.positions[SHORT]) == (TradeState.OPEN, TWO, -TWO)

        await house.engine.run_until(at("03-03 12:00"))
        house.quote(CHEAP)
        house.venue.script("private/edit", Drop(is_done=True))
        result = await force_close.close_now(house.engine.desk, 1, by=ANNA, under_kill=None)
        await house.engine.desk.settled()
        (closed,) = await house.engine.trades()

        assert result.code == "close-started"
        assert (closed.state, house.venue.positions) == (TradeState.CLOSED, {})
        assert closed.pnl_coin is not None
        assert abs(cash(house) - before - closed.pnl_coin) < CENT_IN_ETH
        found = await reconcile_with_venue(house.engine.desk)
        assert found is not None
        assert found.findings == ()
        assert await house.engine.is_audit_whole()


async def test_a_day_of_parts_a_cut_a_settlement_and_in_the_end_a_delivery_is_booked_as_the_exchange_pays_it(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        before, engine = cash(house), house.engine
        await engine.run_until(NOW)
        house.clock.after(90 * SECOND, lambda: _half_then_gone(house))
        await house.approve()
        assert house.venue.positions == {SHORT: -TWO, LONG: TWO}

        for instant in ("03-03 08:00", "03-03 08:01", "03-03 08:12"):
            house.clock.advance_to(at(instant) + 5 * SECOND)
            await engine.run_job("reconcile")
        assert await engine.desk.store.read(lambda tx: tx.holds()) == ()

        delivery = Decimal("1700")
        engine.market.deliveries = {EXPIRY_AT: delivery}
        house.venue.deliver_at(EXPIRY_AT, str(delivery))
        house.clock.advance_to(EXPIRY_AT + 20 * SECOND)
        for _ in range(2):
            house.clock.advance_to(house.clock.now() + 45 * SECOND)
            await engine.run_job("reconcile")
        await engine.run_until(EXPIRY_AT + timedelta(minutes=20))
        (trade,) = await engine.trades()

        assert (trade.state, house.venue.positions) == (TradeState.SETTLED, {})
        assert len(engine.notices(SettlementNotice)) == 1
        assert trade.pnl_coin is not None
        assert abs(cash(house) - before - trade.pnl_coin) < CENT_IN_ETH
        found = await reconcile_with_venue(engine.desk)
        assert found is not None
        assert found.findings == ()
        assert await engine.is_audit_whole()


async def test_a_part_that_was_filled_in_time_is_the_trade(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        house.quote(
            {SHORT: Book(bid="0.0098", ask="0.0105", mark="0.010118", delta=-0.14), LONG: Book(bid="0.0036", ask="0.0042", mark="0.003903", delta=-0.064)}
        )
        await house.engine.run_until(NOW)
        house.clock.after(200 * SECOND, lambda: house.venue.fill(house.venue.open_orders[0], "1"))
        await house.approve()
        trades = await house.engine.trades()

        assert [(trade.state, trade.quantity_eth) for trade in trades] == [(TradeState.OPEN, ONE)]
        assert house.venue.positions == {SHORT: -ONE, LONG: ONE}


async def test_an_entry_nobody_meets_ends_in_words_and_opens_nothing(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        house.venue.market.quote(SHORT, bids=[("0.0080", 60)], asks=[("0.0103", 60)])
        await approved(house)

        assert [trade.state for trade in await house.engine.trades()] == [TradeState.NOT_OPENED]
        assert (house.venue.positions, house.venue.open_orders, house.engine.outcomes()) == ({}, [], ["not_placed"])


async def test_a_hard_exit_that_finds_nobody_alarms_and_asks_again_at_once(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        await approved(house)
        await house.engine.run_until(at("03-03 12:00"))
        with house.venue.market.moving():
            house.venue.market.quote(SHORT, bids=[("0.0100", 60)], asks=[])
        await force_close.close_now(house.engine.desk, 1, by=ANNA, under_kill=None)
        await house.engine.desk.settled()
        await house.engine.deliver()

        assert "exit-not-filled" in house.engine.alerts()
        assert [trade.state for trade in await house.engine.trades()] == [TradeState.OPEN]
        assert (await house.engine.states())[-2:] == ["not_placed", "pending"]


async def test_how_long_a_hard_exit_took_at_the_exchange_is_measured_for_the_next_stage(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        await approved(house)
        house.engine.market.dvol = 75.0
        await house.engine.run_until(at("03-02 19:20"))
        await house.engine.desk.settled()
        (trade,) = await house.engine.trades()
        (asked,) = await house.engine.desk.store.read(lambda tx: tx.exit_proposals(trade.trade_id))
        record = await house.engine.desk.store.read(lambda tx: stage_record(tx, house.engine.desk.stage, now=house.engine.clock.now()))

        assert (trade.state, trade.close_reason, asked.urgency) == (TradeState.CLOSED, "vol_stop", "hard")
        assert trade.closed_at is not None
        assert record.hard_exits_s == [(trade.closed_at - asked.created_at).total_seconds()]
        assert record.hard_exits_s[0] >= 15 * 60


async def test_a_kill_cancels_what_works_at_the_exchange_at_once(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        house.venue.market.quote(SHORT, bids=[("0.0080", 60)], asks=[("0.0103", 60)])
        await house.engine.run_until(NOW)
        await house.press()
        house.clock.after(7 * SECOND, lambda: house.engine.desk.spawn(house.engine.door.kill(ANNA, "test")))
        await house.engine.desk.settled()

        assert (house.venue.open_orders, len(house.venue.asked("private/cancel_all"))) == ([], 1)
        assert [trade.state for trade in await house.engine.trades()] == [TradeState.NOT_OPENED]
        assert await house.engine.audited("orders.cancelled") == 1


async def test_a_stranger_s_position_is_told_and_held_for_and_never_touched(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        house.venue.plant_position(LONG, "3")
        await house.engine.run_job("reconcile")
        assert not (await house.engine.door.status()).holds
        house.clock.advance_to(house.clock.now() + 45 * SECOND)
        await house.engine.run_job("reconcile")

        assert [hold.code for hold in await house.engine.desk.store.read(lambda tx: tx.holds())] == ["venue-differs"]
        assert house.venue.sends == []


async def test_an_order_under_our_name_that_we_did_not_send_kills(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as house:
        house.venue.plant_order(SHORT, "buy", amount="1", price="0.0005", label="cb0-9-o0-9.1")
        await house.engine.run_job("reconcile")

        status = await house.engine.door.status()
        assert status.is_killed
        assert "cb0-9-o0-9.1" in status.kill_reason


@pytest.mark.parametrize(("stage", "is_dry_run"), [(Stage.PAPER, False), (Stage.FULL, True)])
async def test_a_stage_without_permission_never_asks_the_exchange_for_anything_private(tmp_path: Path, stage: Stage, is_dry_run: bool) -> None:
    async with venue_house(tmp_path, stage=stage, is_dry_run=is_dry_run) as house:
        await approved(house)
        await house.engine.run_job("reconcile")

        assert house.engine.outcomes() == (["executed"] if stage is Stage.PAPER else ["refused"])
        assert house.venue.calls == []


async def test_a_stage_for_orders_does_not_start_where_the_exchange_has_them_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.scenarios.venue_house.TRADING_ON", False)
    with pytest.raises(ConfigError, match="orders are off"):
        async with venue_house(tmp_path):
            pass


async def test_an_engine_that_comes_back_cancels_adopts_and_books_what_it_left(tmp_path: Path) -> None:
    async with FakeVenue(clock=StillClock(START_AT)) as venue:
        async with engine_at(tmp_path, venue) as house:
            house.venue.market.quote(SHORT, bids=[("0.0080", 60)], asks=[("0.0103", 60)])
            await house.engine.run_until(NOW)
            house.clock.after(20 * SECOND, lambda: venue.fill(venue.open_orders[0], "1"))
            house.clock.after(30 * SECOND, _stop)
            await house.press()
            await house.engine.desk.settled()
        async with engine_at(tmp_path, venue) as house:
            trades = await house.engine.trades()

            assert [(trade.state, trade.quantity_eth) for trade in trades] == [(TradeState.OPEN, ONE)]
            assert (venue.open_orders, venue.positions) == ([], {SHORT: -ONE, LONG: ONE})
            assert not (await house.engine.door.status()).holds


def _half_then_gone(house: VenueHouse) -> None:
    """Somebody takes half of the order, and the connection breaks."""
    house.venue.fill(house.venue.open_orders[0], "1")
    house.venue.hang_up()


class Gone(BaseException):
    """The process is no more, as far as what it was doing is concerned."""


def _stop() -> None:
    raise Gone
