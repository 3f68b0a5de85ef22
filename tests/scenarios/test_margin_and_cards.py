"""What trades tie up and cards count for, driven through a whole engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from engine.config import default_rules
from engine.core.decision import Check
from engine.core.lifecycle import TradeState
from engine.core.model import Book as OwnBook
from engine.core.model import OptionType, Stage
from engine.core.rules import StrategyRules
from engine.notices import ExitCard
from engine.runtime.book import read_book
from engine.runtime.orchestrator import retry_open, run_entry_cycle
from engine.state.codec import decode_checks
from engine.state.records import NewTrade
from tests.engine.core.builders import NOW
from tests.engine.state.builders import side
from tests.fakes.scripted_market import Book, ScriptedMarket
from tests.scenarios.house import LONG, SHORT, House, at, house, open_trade, unguarded
from tests.scenarios.test_settlement import EXAMPLE, book_open

# A 1700 put ties up 0.0814 ETH and a 1750 put 0.0851; of 1 280 EUR 30 % stand on the exchange, 0.2227 ETH.
FARTHER = EXAMPLE
NEARER = replace(EXAMPLE, sides=(side(OptionType.PUT, 1750, 1650, mid_coin="0.0062"),), mid_at_approval_coin=Decimal("0.0062"))


def poor() -> StrategyRules:
    """The default rules over an account both trades tie up to three quarters."""
    rules = default_rules()
    return replace(rules, paper_account=replace(rules.paper_account, wealth_eur=Decimal(1280)))


async def judged_last(engine: House, kind: str = "entry") -> Mapping[str, Check]:
    """The checks of the newest decision."""
    *_, record = await engine.desk.store.read(lambda tx: tx.decisions(kind))
    return {check.code: check for check in decode_checks(record.checks_json)}


async def book_now(engine: House) -> OwnBook:
    desk = engine.desk
    return await desk.store.read(lambda tx: read_book(tx, desk.rules.sizing, stage=desk.stage, now=desk.now(), is_killed=False))


@pytest.mark.parametrize("order", [(FARTHER, NEARER), (NEARER, FARTHER)], ids=["nearer last", "nearer first"])
async def test_at_three_quarters_of_the_margin_the_nearer_trade_alone_is_closed(tmp_path: Path, order: tuple[NewTrade, NewTrade]) -> None:
    async with house(tmp_path, rules=poor()) as engine:
        engine.clock.advance_to(at("03-02 14:05"))
        for trade in order:
            await engine.desk.store.write(lambda tx, trade=trade: book_open(tx, trade))

        await engine.run_until(at("03-02 14:30"))

        (card,) = engine.notices(ExitCard)
        assert (card.report.reason.value, card.report.urgency.value) == ("margin", "hard")
        usage = (await judged_last(engine, "exit"))["margin"].observed
        assert 0.70 < usage < 0.80

        await engine.run_until(at("03-02 18:30"))

        ended = {trade.sides[0].short_instrument: (trade.state, trade.close_reason) for trade in await engine.trades()}
        assert ended == {SHORT: (TradeState.CLOSED, "margin"), "ETH-20MAR26-1700-P": (TradeState.OPEN, None)}
        assert (await judged_last(engine, "exit"))["margin"].observed < 0.40


async def test_a_trade_without_quotes_does_not_keep_the_other_from_freeing_margin(tmp_path: Path) -> None:
    """Nobody marks the nearer one: it counts with what it was last seen at, and the other is closed."""
    blind = Book(bid=None, ask=None, mark=None, delta=-0.14)
    seen = replace(NEARER, maintenance_margin_eth=Decimal("0.0851"))
    async with house(tmp_path, rules=poor(), market=ScriptedMarket(books={SHORT: blind})) as engine:
        engine.clock.advance_to(at("03-02 14:05"))
        for trade in (seen, FARTHER):
            await engine.desk.store.write(lambda tx, trade=trade: book_open(tx, trade))

        await engine.run_until(at("03-02 14:30"))

        (card,) = engine.notices(ExitCard)
        assert (card.report.reason.value, card.report.trade_id) == ("margin", 2)


async def test_a_dead_feed_of_volatility_stops_no_trade(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol, engine.market.muted = 90.0, {"dvol_pts"}

        await engine.run_until(at("03-02 14:30"))

        assert engine.notices(ExitCard) == []
        assert (await judged_last(engine, "exit"))["vol_stop"].cause == "missing"
        engine.market.muted = set()
        await engine.run_until(at("03-02 15:30"))
        assert [card.report.reason.value for card in engine.notices(ExitCard)] == ["vol_stop"]


async def test_an_impossible_mark_alarms_and_the_second_one_escalates(tmp_path: Path) -> None:
    """A mark of 0.0900 is 180 USD for a spread 100 wide."""
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = {SHORT: Book(bid="0.0100", ask="0.0103", mark="0.0939"), LONG: Book(bid="0.0038", ask="0.0040", mark="0.0039")}

        await engine.run_until(at("03-02 15:30"))

        assert [(notice.code, notice.level) for notice in engine.notices_of_alerts() if notice.code == "exit-data"] == [
            ("exit-data", "warning"),
            ("exit-data", "critical"),
        ]
        assert engine.notices(ExitCard) == []
        assert (await engine.trades())[0].state is TradeState.OPEN


# A card that waits.


async def test_a_waiting_card_counts_once_against_the_week(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        await engine.run_until(at("03-03 14:00"))
        book = await book_now(engine)

        assert (len(await engine.pending()), book.opened_this_week) == (1, 1)
        assert [trade.is_pending for trade in book.open_trades] == [False, True]

        result = await run_entry_cycle(engine.desk, actor="chat:7")

        checks = await judged_last(engine)
        assert (checks["new_this_week"].observed, checks["same_expiry_and_side"].observed, checks["open_positions"].observed) == (2, 2, 2)
        assert result.code == "scan-proposed"
        await run_entry_cycle(engine.desk, actor="chat:7")
        third = (await judged_last(engine))["new_this_week"]
        assert (third.observed, third.limit, third.blocks) == (3, 3, True)


async def test_a_retry_waits_for_the_answer_to_the_card(tmp_path: Path) -> None:
    async with house(tmp_path, stage=Stage.SOFT) as engine:
        await engine.run_until(NOW)
        before = await engine.desk.store.read(lambda tx: tx.decisions("entry"))

        await retry_open(engine.desk)

        assert await engine.desk.store.read(lambda tx: tx.decisions("entry")) == before
        assert await engine.states() == ["pending"]
        await engine.tap("reject", engine.card())
        await retry_open(engine.desk)
        assert await engine.states() == ["rejected", "pending"]
        await engine.deliver()
        await engine.approve_twice(engine.card())
        await retry_open(engine.desk)
        assert await engine.states() == ["rejected", "executed"]


# What a trade ties up is what the monitor saw last.

NEAR_BOOKS = {
    SHORT: Book(bid="0.0145", ask="0.0147", mark="0.0146", delta=-0.29),
    LONG: Book(bid="0.0038", ask="0.0040", mark="0.0039", delta=-0.05),
}


async def test_the_next_entry_is_held_against_margins_and_greeks_as_the_monitor_saw_them_last(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        (opened,) = (await book_now(engine)).open_trades
        await run_entry_cycle(engine.desk, actor="chat:7")
        early = await judged_last(engine)
        engine.market.books = NEAR_BOOKS

        await engine.run_until(at("03-02 14:30"))

        (seen,) = (trade for trade in (await book_now(engine)).open_trades if not trade.is_pending)
        # Of two ETH: 0.075 and the mark, 0.1 and the mark, and two deltas that no longer cancel.
        assert seen.maintenance_margin_eth == 2 * (Decimal("0.075") + Decimal("0.0146"))
        assert seen.initial_margin_eth == 2 * (Decimal("0.1") + Decimal("0.0146"))
        assert seen.net_delta_eth == pytest.approx(2 * (0.29 - 0.05))
        assert seen.vega_usd_per_pt == pytest.approx(0.0)
        assert seen.gamma_usd_per_1pct == pytest.approx(0.0)
        engine.market.books = {}
        await engine.run_until(at("03-02 14:31"))
        await run_entry_cycle(engine.desk, actor="chat:7")
        late = await judged_last(engine)
        assert late["net_delta"].observed - early["net_delta"].observed == pytest.approx(seen.net_delta_eth - opened.net_delta_eth, abs=1e-3)
        grown = (seen.maintenance_margin_eth - opened.maintenance_margin_eth) / Decimal("3.48")
        assert float(late["maintenance_usage"].observed - early["maintenance_usage"].observed) == pytest.approx(float(grown), abs=1e-4)


@pytest.mark.parametrize("lost", ["mark", "quote"])
async def test_a_look_that_sees_nothing_keeps_what_was_seen_before(tmp_path: Path, lost: str) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        (opened,) = (await book_now(engine)).open_trades
        if lost == "quote":
            engine.market.muted = {"ticker"}
        else:
            engine.market.books = {SHORT: Book(bid="0.0145", ask="0.0147", mark=None, delta=-0.29)}

        await engine.run_until(at("03-02 14:30"))

        (kept,) = (trade for trade in (await book_now(engine)).open_trades if not trade.is_pending)
        assert kept == opened
