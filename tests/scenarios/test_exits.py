"""Exits, driven by the job table: what is asked, what runs as written, what is left to expire, and the money to the digit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from engine.core.lifecycle import TradeState
from engine.notices import CardOutcome, ExitCard, FillNotice
from tests.engine.core.builders import EXPIRY_AT
from tests.fakes.scripted_market import Book
from tests.scenarios.house import CHEAP, LONG, SHORT, at, house, open_trade, unguarded


async def test_a_profit_is_proposed_at_the_monitor_and_taken_when_approved(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP

        await engine.run_until(at("03-02 18:59"))
        assert engine.notices(ExitCard) == []
        await engine.run_until(at("03-02 19:00"))

        card = engine.card()
        assert isinstance(card.notice, ExitCard)
        assert (card.notice.report.reason.value, card.notice.report.urgency.value) == ("profit_take", "soft")
        *_, decided = await engine.desk.store.read(lambda tx: tx.decisions("exit"))
        assert decided.source == card.notice.report.source
        await engine.tap("approve", card)
        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason, trade.debit_coin, trade.close_fee_coin) == (
            TradeState.CLOSED,
            "profit_take",
            Decimal("0.0013"),
            Decimal("0.0002625"),
        )
        assert (trade.pnl_coin, trade.pnl_usd) == (Decimal("0.0084750"), Decimal("16.9500000"))
        assert trade.pnl_eur == Decimal("16.95") / Decimal("1.16")
        assert [report.report.reason for report in engine.notices(FillNotice)] == ["", "profit_take"]
        assert [order.state for order in await engine.orders()] == ["filled", "filled"]
        (point,) = (await engine.desk.store.read(lambda tx: tx.equity()))[-1:]
        assert (point.realised_eur, point.unrealised_eur) == (trade.pnl_eur, Decimal(0))


async def test_a_soft_exit_nobody_answers_lapses_and_is_proposed_again_at_the_next_monitor(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP

        await engine.run_until(at("03-03 07:00"))

        assert await engine.states() == ["executed", "expired", "pending"]
        assert engine.outcomes() == ["executed", "expired"]
        (trade,) = await engine.trades()
        assert trade.state is TradeState.OPEN


async def test_a_vol_stop_nobody_answers_runs_as_written_after_its_deadline(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0

        await engine.run_until(at("03-02 14:44"))

        card = engine.card()
        assert isinstance(card.notice, ExitCard)
        assert (card.notice.report.reason.value, card.notice.report.urgency.value) == ("vol_stop", "hard")
        assert (await engine.trades())[0].state is TradeState.OPEN

        await engine.run_until(at("03-02 14:45"))

        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason) == (TradeState.CLOSED, "vol_stop")
        assert engine.notices(CardOutcome)[-1].outcome.by == "written-policy"
        approvals = [row for row in await engine.audit() if row.type == "exit.approved"]
        assert [row.actor for row in approvals] == ["written-policy"]
        assert await engine.is_audit_whole()


async def test_a_hard_exit_can_be_put_off_once_by_half_an_hour(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:30"))
        asked = engine.card()

        first = await engine.tap("postpone", asked)
        second = await engine.tap("postpone", engine.card())

        assert (first.code, first.facts["at"], second.code) == ("postponed", "15:15 UTC", "postpone-used")
        card = engine.card()
        assert (card.edited, card.notice.report.can_postpone) == ((card.message_id,), False)
        assert card.notice.report.deadline_at - asked.notice.report.deadline_at == timedelta(minutes=30)
        await engine.run_until(at("03-02 15:14"))
        assert (await engine.trades())[0].state is TradeState.OPEN
        await engine.run_until(at("03-02 15:15"))
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_soft_exit_can_be_put_off_once_by_half_an_hour_and_then_lapses(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))

        first = await engine.tap("postpone", engine.card())
        second = await engine.tap("postpone", engine.card())

        assert (first.code, first.facts["at"], second.code) == ("postponed", "01:30 UTC", "postpone-used")
        await engine.run_until(at("03-03 01:29"))
        assert await engine.states() == ["executed", "pending"]
        await engine.run_until(at("03-03 01:30"))
        assert await engine.states() == ["executed", "expired"]


async def test_a_put_off_exit_is_closed_by_the_buttons_of_its_new_face(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))

        await engine.tap("postpone", engine.card())
        await engine.tap("approve", engine.card())

        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason) == (TradeState.CLOSED, "profit_take")


async def test_a_question_on_the_expiry_day_ends_with_trading_and_says_that_settlement_follows(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-19 19:00"))
        evening = engine.card().notice.report
        await engine.run_until(at("03-20 07:00"))

        card = engine.card()

        assert (evening.if_unanswered, evening.can_postpone) == ("repropose_next_monitor", True)
        assert (card.notice.report.if_unanswered, card.notice.report.can_postpone) == ("settles", False)
        assert [record.expires_at for record in await engine.pending()] == [at("03-20 07:25")]
        assert (await engine.tap("postpone", card)).code == "postpone-too-late"
        await engine.run_until(at("03-20 07:25"))
        assert engine.outcomes()[-1] == "expired"


async def test_a_hard_exit_on_the_expiry_day_runs_by_itself_before_trading_ends(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-20 06:59"))
        engine.market.dvol = 71.0
        await engine.run_until(at("03-20 07:00"))
        await engine.tap("postpone", engine.card())
        await engine.run_until(at("03-20 07:25"))

        (trade,) = await engine.trades()

        assert (trade.state, trade.close_reason) == (TradeState.CLOSED, "vol_stop")


async def test_a_hard_exit_takes_the_place_of_the_soft_one_that_waits(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        soft = engine.card()
        engine.market.dvol = 71.0

        await engine.run_until(at("03-02 19:30"))

        outcome = engine.notices(CardOutcome)[-1].outcome
        assert (outcome.result, outcome.next_id) == ("superseded", 3)
        assert await engine.states() == ["executed", "superseded", "pending"]
        assert (await engine.tap("approve", soft)).code == "card-superseded"
        await engine.tap("approve", engine.card())
        (trade,) = await engine.trades()
        assert trade.close_reason == "vol_stop"


async def test_a_soft_exit_whose_cost_moved_asks_again_and_the_second_tap_closes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        engine.market.books = {**CHEAP, SHORT: Book(bid="0.0023", ask="0.0025", mark="0.0024", delta=-0.06)}

        await engine.tap("approve", engine.card())

        card = engine.card()
        assert (card.notice.revision, (await engine.trades())[0].state) == (2, TradeState.OPEN)
        await engine.tap("approve", card)
        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_stale_quotes_alarm_and_the_second_miss_escalates(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.quotes_age = timedelta(minutes=5)

        await engine.run_until(at("03-02 15:30"))

        levels = [(notice.code, notice.level) for notice in engine.notices_of_alerts()]
        assert levels == [("exit-data", "warning"), ("exit-data", "critical")]
        engine.market.quotes_age = timedelta(0)
        await engine.run_until(at("03-02 16:30"))
        assert (await engine.trades())[0].stale_misses == 0


async def test_two_unanswered_time_stops_make_the_third_one_hard(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.muted = {"macro"}
        engine.clock.advance_to(at("03-13 08:00"))

        await engine.run_until(at("03-14 19:00"))

        exits = [(record.reason, record.urgency) for record in await engine.proposals() if record.kind == "exit"]
        assert exits == [("time_stop", "soft"), ("time_stop", "soft"), ("time_stop", "hard")]
        await engine.run_until(at("03-14 19:15"))
        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason) == (TradeState.CLOSED, "time_stop")


async def test_a_worthless_spread_is_left_to_expire_and_settles_without_a_fee(tmp_path: Path) -> None:
    rules = unguarded()
    async with house(tmp_path, rules=replace(rules, exit=replace(rules.exit, profit_take_net_frac=10.0, time_stop_dte_d=0.0))) as engine:
        await open_trade(engine)
        dead = {SHORT: Book(bid="0.0001", ask="0.0002", mark="0.00015", delta=-0.01), LONG: Book(bid=None, ask="0.0001", mark="0.00005", delta=-0.005)}
        engine.market.books, engine.market.muted = dead, {"macro"}
        engine.clock.advance_to(at("03-19 12:00"))

        await engine.run_until(at("03-19 19:00"))

        assert engine.alerts() == ["let-expire"]
        engine.market.deliveries[EXPIRY_AT] = Decimal(2100)
        await engine.run_until(at("03-20 08:10"))
        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason, trade.debit_coin, trade.close_fee_coin) == (TradeState.SETTLED, "settled", Decimal(0), Decimal(0))
        assert trade.pnl_coin == Decimal("0.0116")
        assert trade.pnl_eur == Decimal("0.0116") * 2100 / Decimal("1.16")


async def test_a_trade_no_rule_has_closed_pays_at_delivery_between_the_strikes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.deliveries[EXPIRY_AT] = Decimal(1700)
        engine.clock.advance_to(EXPIRY_AT)

        await engine.run_until(at("03-20 08:10"))

        (trade,) = await engine.trades()
        assert trade.debit_coin == Decimal(50) / Decimal(1700)
        assert trade.close_fee_coin == Decimal("0.00015")
        assert trade.pnl_coin == (Decimal("0.0061") - Decimal(50) / 1700 - Decimal("0.0003") - Decimal("0.00015")) * 2
