"""A working order ended by a person: asked to end at the exchange at once, on record, and its card told by whoever works it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import TradeState
from engine.core.model import ExitReason
from engine.errors import ActionRefused
from engine.notices import CardOutcome
from engine.runtime import force_close
from engine.views import ActionResult, Tap
from tests.engine.core.builders import NOW
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.clock import StillClock
from tests.scenarios.house import ANNA, BRUNO, SECOND, SHORT, START_AT, house
from tests.scenarios.venue_house import VenueHouse, engine_at, venue_house

ONE = Decimal(1)
SECOND_OF_TIME = timedelta(seconds=1)


def nobody_buys(venue: VenueHouse) -> None:
    """The exchange's own book pays less than was approved, so the order waits on its ladder."""
    with venue.venue.market.moving():
        venue.venue.market.quote(SHORT, bids=[("0.0080", 60)], asks=[("0.0103", 60)])


def nobody_sells(venue: VenueHouse) -> None:
    with venue.venue.market.moving():
        venue.venue.market.quote(SHORT, bids=[("0.0100", 60)], asks=[])


def meanwhile(venue: VenueHouse, seconds: int, act: Callable[[], Awaitable[object]]) -> list[object]:
    """`act` is done once so much time has passed; what it came to is in the list then."""
    told: list[object] = []

    async def run() -> None:
        told.append(await act())

    venue.clock.after(seconds * SECOND_OF_TIME, lambda: venue.engine.desk.spawn(run()))
    return told


async def over(venue: VenueHouse) -> None:
    await venue.engine.desk.settled()
    await venue.engine.deliver()


async def test_a_working_entry_is_listed_and_its_button_ends_it_once_and_for_its_person_only(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        engine, hand = venue.engine, venue.engine.door.by_hand
        await engine.desk.store.write(lambda tx: tx.upsert_operator(SECOND))
        nobody_buys(venue)
        await engine.run_until(NOW)
        assert (await hand.cancel(ANNA, 1)).code == "cancel-nothing"

        async def cancelled() -> list[str]:
            with pytest.raises(ActionRefused, match="close-all-busy"):
                await hand.quote_all(ANNA)
            assert (await engine.door.status()).holds == ()
            (order,) = await hand.working_orders(ANNA)
            assert (order.is_opening, order.quantity_eth, order.filled_eth, order.limit_coin is None) == (True, Decimal(2), 0, False)
            tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="cancel", proposal_id=1, nonce=order.nonce)
            taps = (replace(tap, person=BRUNO, chat_id=8), replace(tap, proposal_id=2, nonce="A" * 16), tap, tap)
            return [(await hand.cancel_tapped(each)).code for each in taps]

        told = meanwhile(venue, 7, cancelled)
        await venue.press()
        await over(venue)

        assert told == [["nonce-used", "nonce-used", "cancel-started", "nonce-used"]]
        assert (venue.venue.open_orders, venue.venue.positions, len(venue.venue.orders)) == ([], {}, 1)
        assert [trade.state for trade in await engine.trades()] == [TradeState.NOT_OPENED]
        (ended,) = engine.notices(CardOutcome)
        assert (ended.outcome.result, ended.outcome.cause) == ("not_placed", "cancelled")
        rows = [(row.actor, row.ref) for row in await engine.audit() if row.type == "order.cancel_asked"]
        assert rows == [("chat:7", "order:cb0-1-o0-1")]
        assert [await engine.audited(f"order.{end}") for end in ("cancel_refused", "ended")] == [3, 1]
        assert "order-cancelled-by" in [sent.notice.code for sent in engine.sent if sent.chat_id == 8 and hasattr(sent.notice, "code")]
        assert (await hand.cancel(ANNA, 1)).code == "cancel-nothing"
        assert await engine.is_audit_whole()


@pytest.mark.slow
async def test_what_was_filled_before_the_cancel_is_the_trade(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        nobody_buys(venue)
        await venue.engine.run_until(NOW)
        venue.clock.after(20 * SECOND_OF_TIME, lambda: venue.venue.fill(venue.venue.open_orders[0], "1"))
        told = meanwhile(venue, 30, lambda: venue.engine.door.by_hand.cancel(ANNA, 1))
        await venue.press()
        await over(venue)

        assert [result.code for result in told if isinstance(result, ActionResult)] == ["cancel-started"]
        assert [(trade.state, trade.quantity_eth) for trade in await venue.engine.trades()] == [(TradeState.OPEN, ONE)]
        assert (venue.venue.open_orders, len(venue.venue.orders)) == ([], 1)


async def test_a_stop_in_the_midst_of_a_cancel_forgets_nobody_s_word(tmp_path: Path) -> None:
    async with FakeVenue(clock=StillClock(START_AT)) as exchange:
        async with engine_at(tmp_path, exchange) as venue:
            await venue.engine.run_until(NOW)
            nobody_buys(venue)

            async def ask_and_die() -> None:
                await venue.engine.door.by_hand.cancel(ANNA, 1)
                for task in tuple(venue.engine.desk.tasks):
                    task.cancel()

            meanwhile(venue, 12, ask_and_die)
            await venue.press()
            await venue.engine.desk.settled()
        async with engine_at(tmp_path, exchange) as venue:
            await venue.engine.deliver()

            assert (await venue.engine.states())[-1] == "not_placed"
            assert venue.engine.notices(CardOutcome)[-1].outcome.cause == "cancelled"
            assert exchange.open_orders == []


@pytest.mark.slow
async def test_a_close_a_person_ordered_and_cancelled_is_not_asked_for_again(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        engine = venue.engine
        await engine.run_until(NOW)
        await venue.approve()
        nobody_sells(venue)
        meanwhile(venue, 12, lambda: engine.door.by_hand.cancel(ANNA, 1))
        await force_close.close_now(engine.desk, 1, by=ANNA, under_kill=None)
        await over(venue)

        assert [trade.state for trade in await engine.trades()] == [TradeState.OPEN]
        assert ((await engine.states())[-1], await engine.pending(), engine.alerts()) == ("not_placed", [], [])
        assert engine.notices(CardOutcome)[-1].outcome.cause == "cancelled"


@pytest.mark.slow
async def test_a_hard_exit_a_person_cancelled_is_asked_for_again_because_its_rule_still_says_so(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        engine = venue.engine
        await engine.run_until(NOW)
        await venue.approve()
        engine.market.dvol = 75.0
        nobody_sells(venue)
        await engine.door.monitor(ANNA)
        await engine.deliver()
        meanwhile(venue, 12, lambda: engine.door.by_hand.cancel(ANNA, 1))
        await venue.press()
        await over(venue)

        (asked,) = await engine.pending()
        assert (asked.urgency, asked.reason != ExitReason.MANUAL, "exit-cancelled" in engine.alerts()) == ("hard", True, True)


async def test_where_no_order_goes_to_an_exchange_there_is_none_to_cancel(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for asked in (engine.door.by_hand.working_orders(ANNA), engine.door.by_hand.cancel(ANNA, 1)):
            with pytest.raises(ActionRefused, match="cancel-paper"):
                await asked
