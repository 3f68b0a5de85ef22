"""Everything closed by one order: entries stop, the price comes first, one button counts for the very set that was priced, and each trade is answered for."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.dispatch import dispatch
from engine.core.lifecycle import TradeState
from engine.core.model import OptionType
from engine.errors import ActionRefused
from engine.notices import ClosedAllNotice, FillNotice
from engine.runtime import close_all, force_close
from engine.state.records import NewTrade
from engine.views import CloseAllQuote, Person, Tap
from tests.bot.commands.requests import order, tap, words
from tests.engine.core.builders import NOW
from tests.engine.state.builders import side
from tests.fakes.scripted_market import Book
from tests.scenarios.house import ANNA, BRUNO, CHEAP, OPERATOR, SECOND, SHORT, House, at, house
from tests.scenarios.test_alarms import MovedWall
from tests.scenarios.test_settlement import CALLS, EXAMPLE, book_open
from tests.scenarios.venue_house import venue_house

NOBODY = Book(bid=None, ask=None, mark=None)
MONDAY = replace(EXAMPLE, sides=(side(OptionType.PUT, 1750, 1650, mid_coin="0.0060"),), mid_at_approval_coin=Decimal("0.0060"))
LATER = NOW + timedelta(minutes=1)


async def opened(engine: House, *trades: NewTrade) -> None:
    """These trades of 1 ETH are open and the market has fallen asleep."""
    for trade in trades:
        await engine.desk.store.write(lambda tx, trade=trade: book_open(tx, trade))
    engine.market.books = dict(CHEAP)


async def three_open(engine: House) -> None:
    """Two put spreads and a call spread."""
    await opened(engine, MONDAY, EXAMPLE, CALLS)


def button(quote: CloseAllQuote, *, by: Person = ANNA) -> Tap:
    """The one button of the question, tapped."""
    assert quote.nonce is not None
    return Tap(person=by, chat_id=by.user_id, message_id=5, verb="close_all", proposal_id=0, nonce=quote.nonce)


async def confirmed(engine: House, quote: CloseAllQuote) -> str:
    """The button was tapped and what it started has ended."""
    result = await engine.door.by_hand.close_all(button(quote))
    await engine.desk.settled()
    await engine.deliver()
    return result.code


def ends(engine: House) -> list[tuple[int, str]]:
    notice = engine.notices(ClosedAllNotice)[-1]
    return [(end.trade_id, end.code) for end in notice.ends]


async def states(engine: House) -> list[TradeState]:
    return [trade.state for trade in await engine.trades()]


async def test_the_price_of_each_and_of_all_comes_first_and_entries_are_paused_before_it(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        single = await engine.door.force_close_quote(1, ANNA)
        quote = await engine.door.by_hand.quote_all(ANNA)
        first = quote.prices[0]

        assert [price.trade_id for price in quote.prices] == [1, 2, 3]
        assert (first.quantity_eth, first.cost_mid_coin, first.cost_natural_coin) == (Decimal(1), Decimal("0.0012"), Decimal("0.0014"))
        assert (first.pnl_mid_eur, first.pnl_natural_eur) == (single.pnl_mid_eur, single.pnl_natural_eur)
        assert [each.coin for each in quote.sums] == ["ETH"]
        assert quote.sums[0].mid_coin == sum(price.cost_mid_coin for price in quote.prices if price.cost_mid_coin is not None)
        assert quote.pnl_natural_eur == sum(price.pnl_natural_eur for price in quote.prices if price.pnl_natural_eur is not None)
        assert (quote.unpriced_ids, quote.busy_ids, quote.paused.code) == ((), (), "paused")
        assert [hold.code for hold in (await engine.door.status()).holds] == ["operator"]
        assert [row.actor for row in await engine.audit() if row.type == "hold.set"] == ["chat:7"]
        assert await states(engine) == [TradeState.OPEN] * 3


async def test_confirmed_every_trade_is_closed_and_answered_for_and_everybody_hears_it(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER, operators=(OPERATOR, SECOND)) as engine:
        await three_open(engine)
        quote = await engine.door.by_hand.quote_all(ANNA)

        assert await confirmed(engine, quote) == "close-all-started"
        trades = await engine.trades()
        assert [(trade.state, trade.close_reason) for trade in trades] == [(TradeState.CLOSED, "manual")] * 3
        notice = engine.notices(ClosedAllNotice, chat_id=SECOND.chat_id)[-1]
        assert (notice.by, [(end.code, end.pnl_eur) for end in notice.ends]) == ("anna", [("closed", trade.pnl_eur) for trade in trades])
        assert [fill.report.trade_id for fill in engine.notices(FillNotice) if fill.report.side == "close"] == [1, 2, 3]
        assert [await engine.audited(f"force_close_all.{end}") for end in ("confirmed", "ended", "refused")] == [1, 1, 0]
        assert await engine.is_audit_whole()


async def test_the_button_counts_once_for_its_person_and_for_a_minute_of_the_wall(tmp_path: Path) -> None:
    clock = MovedWall(LATER)
    async with house(tmp_path, operators=(OPERATOR, SECOND), clock=clock) as engine:
        await opened(engine, EXAMPLE)
        hand = engine.door.by_hand
        late, quote = await hand.quote_all(ANNA), await hand.quote_all(ANNA)
        stranger = await hand.close_all(button(quote, by=BRUNO))
        forged = await hand.close_all(replace(button(quote), nonce="A" * 16))
        codes = [(await hand.close_all(button(quote))).code for _ in range(2)]
        await engine.desk.settled()
        clock.ahead = timedelta(seconds=61)
        expired = await hand.close_all(button(late))

        assert [stranger.code, forged.code, *codes, expired.code] == ["nonce-used", "nonce-used", "close-all-started", "nonce-used", "close-all-expired"]
        assert [json.loads(row.body_json)["outcome"] for row in await engine.audit() if row.type == "force_close_all.refused"] == [
            "wrong_person",
            "unknown",
            "used",
            "expired",
        ]


async def test_the_button_of_one_trade_does_not_close_all_of_them_nor_the_other_way_round(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await opened(engine, MONDAY)
        single, quote = await engine.door.force_close_quote(1, ANNA), await engine.door.by_hand.quote_all(ANNA)
        crossed = await engine.door.by_hand.close_all(replace(button(quote), nonce=single.nonce))
        other = await engine.door.force_close(replace(button(quote), proposal_id=1))
        await engine.desk.settled()

        assert (crossed.ok, other.ok, await states(engine)) == (False, False, [TradeState.OPEN])


async def test_what_closed_changed_or_came_meanwhile_is_told_and_left_alone(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        quote = await engine.door.by_hand.quote_all(ANNA)
        await force_close.close_now(engine.desk, 1, by=ANNA, under_kill=None)
        ref = "1:put:1 2:put:0.5 3:call:1"
        changed = await engine.desk.store.write(
            lambda tx: tx.add_action_nonce(kind=close_all.NONCE_KIND, ref=ref, user_id=7, chat_id=7, valid_until=quote.valid_until_at)
        )
        await engine.desk.store.write(lambda tx: book_open(tx, EXAMPLE))

        await confirmed(engine, replace(quote, nonce=changed))
        assert ends(engine) == [(1, "closed-before"), (2, "changed"), (3, "closed"), (4, "opened-since")]
        assert await states(engine) == [TradeState.CLOSED, TradeState.OPEN, TradeState.CLOSED, TradeState.OPEN]


async def test_with_nothing_open_it_says_so_and_pauses_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        with pytest.raises(ActionRefused, match="close-all-nothing"):
            await engine.door.by_hand.quote_all(ANNA)

        assert (await engine.door.status()).holds == ()


async def test_without_quotes_there_is_no_button_and_a_missing_price_is_never_summed_up(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        engine.market.muted = {"ticker"}
        blind = await engine.door.by_hand.quote_all(ANNA)
        engine.market.muted = set()
        engine.market.books["ETH-20MAR26-1700-P"] = Book(bid="0.0010", ask=None, mark="0.0011", delta=-0.04)
        quote = await engine.door.by_hand.quote_all(ANNA)

        assert (blind.prices, blind.unpriced_ids, blind.nonce, blind.paused.code) == ((), (1, 2, 3), None, "paused")
        assert [price.cost_natural_coin is None for price in quote.prices] == [False, True, False]
        assert (quote.sums[0].natural_coin, quote.pnl_natural_eur, quote.unpriced_ids) == (None, None, ())
        assert quote.paused.code == "already-paused"


async def test_a_trade_that_cannot_be_closed_stays_open_and_the_next_one_is_closed_all_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        quote = await engine.door.by_hand.quote_all(ANNA)
        engine.market.books["ETH-20MAR26-1700-P"] = NOBODY

        await confirmed(engine, quote)
        assert ends(engine) == [(1, "closed"), (2, "stays-open"), (3, "closed")]


async def test_a_question_from_before_a_kill_closes_nothing_and_one_asked_under_it_does(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        before = await engine.door.by_hand.quote_all(ANNA)
        await engine.door.kill(ANNA, "enough")

        assert await confirmed(engine, before) == "nonce-used"
        assert await states(engine) == [TradeState.OPEN] * 3
        assert await confirmed(engine, await engine.door.by_hand.quote_all(ANNA)) == "close-all-started"
        assert await states(engine) == [TradeState.CLOSED] * 3


async def test_a_kill_that_overtakes_a_confirmed_order_leaves_the_trades_to_a_new_word(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        quote = await engine.door.by_hand.quote_all(ANNA)
        async with engine.desk.cycle():
            # The first close waits for its turn meanwhile.
            await engine.door.by_hand.close_all(button(quote))
            await engine.door.kill(ANNA, "overtaken")
        await engine.desk.settled()
        await engine.deliver()

        assert [code for _, code in ends(engine)[1:]] == ["killed", "killed"]
        assert await states(engine) == [TradeState.OPEN] * 3


async def test_what_a_stop_interrupts_is_told_at_the_next_start_and_not_taken_up_again(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)
        quote = await engine.door.by_hand.quote_all(ANNA)
        async with engine.desk.cycle():
            await engine.door.by_hand.close_all(button(quote))
            for task in tuple(engine.desk.tasks):
                task.cancel()
            await engine.desk.settled()

    for told in ("#1, #2, #3", None):
        async with house(tmp_path, start_at=at("03-02 14:05")) as engine:
            await engine.deliver()
            alerts = [alert.facts["ids"] for alert in engine.notices_of_alerts() if alert.code == "close-interrupted"]

            assert alerts == ([] if told is None else [told])
            assert await states(engine) == [TradeState.OPEN] * 3


async def test_the_command_line_closes_what_is_open_and_what_it_asked_before_a_kill_is_refused(tmp_path: Path) -> None:
    async def asked(engine: House, kill_first: bool = False) -> str:
        now = engine.clock.now() + timedelta(minutes=1)
        engine.clock.advance_to(now)
        number = await engine.desk.store.write(
            lambda tx: tx.add_manual_action(action="force_close_all", args={}, source="cli:root", now=engine.desk.clock.wall())
        )
        if kill_first:
            await engine.door.kill(ANNA, "enough")
        await engine.run_job("manual_actions")
        await engine.desk.settled()
        await engine.deliver()
        done = await engine.desk.store.read(lambda tx: tx.manual_action(number))
        assert done is not None
        return done.result

    async with house(tmp_path, start_at=LATER) as engine:
        assert await asked(engine) == "refused: close-all-nothing"
        assert (await engine.door.status()).holds == ()
        await three_open(engine)
        assert await asked(engine, kill_first=True) == "refused: the kill switch was set first, ask again"
        assert await states(engine) == [TradeState.OPEN] * 3
        assert await asked(engine) == "close-all-started"
        assert await states(engine) == [TradeState.CLOSED] * 3
        assert engine.notices(ClosedAllNotice)[-1].by == "root"


async def test_in_a_dry_run_nothing_is_ordered_and_the_answer_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await opened(engine, MONDAY)

    async with house(tmp_path, start_at=at("03-02 14:05"), is_dry_run=True) as engine:
        await confirmed(engine, await engine.door.by_hand.quote_all(ANNA))

        assert ends(engine) == [(1, "dry-run")]


async def test_a_kill_in_the_chat_leads_to_the_price_of_all_and_to_their_close(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=LATER) as engine:
        await three_open(engine)

        async def sent(line: str) -> list[str]:
            request = order(line, user_id=7) if line.startswith("/") else tap(line, user_id=7)
            replies = await dispatch(replace(request, sent_at=engine.clock.wall()), engine.door, clock=engine.clock)
            await engine.desk.settled()
            return [words(replies), *(button.action for row in replies[-1].buttons for button in row)]

        killed, *offered = await sent("/kill strange prices")
        asked, *decide = await sent(offered[-1])
        begun = (await sent(decide[0]))[0]
        await engine.deliver()

        assert ("KILL" in killed, offered[-1], "Close all 3 open trades now?" in asked) == (True, "v1:ask_close:all:-", True)
        assert "Closing #1, #2, #3 now" in begun
        assert await states(engine) == [TradeState.CLOSED] * 3


async def test_at_the_exchange_the_answer_waits_for_the_order_to_be_over(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        engine = venue.engine
        await engine.run_until(NOW)
        await venue.approve()
        venue.quote(CHEAP)
        quote = await engine.door.by_hand.quote_all(ANNA)
        busy = await force_close.close_now(engine.desk, 1, by=ANNA, under_kill=None)
        with pytest.raises(ActionRefused, match="close-all-busy"):
            await engine.door.by_hand.quote_all(ANNA)
        await confirmed(engine, quote)

        assert (busy.code, ends(engine)) == ("close-started", [(1, "closing-before")])
        assert (await states(engine), venue.venue.positions) == ([TradeState.CLOSED], {})


@pytest.mark.slow
async def test_at_the_exchange_a_trade_is_answered_for_by_what_its_order_came_to(tmp_path: Path) -> None:
    async with venue_house(tmp_path) as venue:
        engine = venue.engine
        await engine.run_until(NOW)
        await venue.approve()
        with venue.venue.market.moving():
            venue.venue.market.quote(SHORT, bids=[("0.0100", 60)], asks=[])
        await confirmed(engine, await engine.door.by_hand.quote_all(ANNA))
        nobody_sells = ends(engine)
        venue.quote(CHEAP)
        await confirmed(engine, await engine.door.by_hand.quote_all(ANNA))

        assert (nobody_sells, ends(engine)) == ([(1, "stays-open")], [(1, "closed")])
