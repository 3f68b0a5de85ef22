"""Holds, breakers, the command line's requests, the ledger and the daily news, all through the job table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger

from engine.core.lifecycle import TradeEvent, TradeState
from engine.errors import ActionRefused, VenueError
from engine.notices import AlertNotice, DigestNotice, ExitCard
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job
from engine.runtime.ledger import run_due
from engine.runtime.scheduler import drive_replay
from engine.state.repository import Transaction
from engine.views import Tap
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.engine.state.builders import fill_of
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import ANNA, BRUNO, CHEAP, OPERATOR, SECOND, House, at, house, open_trade, unguarded
from tests.scenarios.test_settlement import EXAMPLE, book_open


async def test_a_pause_settles_the_waiting_card_and_a_resume_names_what_it_lifted(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        paused = await engine.door.pause(ANNA, "lunch")
        again = await engine.door.pause(ANNA, "lunch")
        await engine.deliver()

        assert (paused.code, paused.facts["settled"], again.code) == ("paused", "1", "already-paused")
        assert engine.outcomes() == ["refused"]
        await engine.run_until(at("03-03 14:00"))
        assert len(await engine.proposals()) == 1
        assert (await engine.door.resume(ANNA)).facts == {"lifted": "operator", "holds": ""}
        await engine.run_until(at("03-04 14:00"))
        assert len(await engine.pending()) == 1


async def test_soft_exits_ask_and_hard_ones_run_while_on_hold(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.door.pause(ANNA, "lunch")
        engine.market.dvol = 70.0

        await engine.run_until(at("03-02 14:45"))

        assert (await engine.trades())[0].state is TradeState.CLOSED


async def test_a_silent_chat_holds_entries_and_the_hold_goes_with_its_cause(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await engine.door.hold("telegram", "silent for 5 min")
        await engine.door.hold("telegram", "silent for 6 min")
        await engine.deliver()

        assert (engine.alerts(), engine.outcomes()) == (["hold"], ["refused"])
        assert [hold.detail for hold in (await engine.door.status()).holds] == ["silent for 6 min"]
        assert (await engine.door.resume(ANNA)).code == "resume-nothing"
        await engine.door.release("telegram")
        await engine.door.release("telegram")
        assert (await engine.door.status()).holds == ()
        assert await engine.audited("hold.lifted") == 1


async def test_a_hold_that_comes_between_tap_and_approval_refuses_the_entry(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await engine.press("approve", engine.card())
        await engine.door.hold("telegram", "silent")
        await engine.desk.settled()

        assert (await engine.states(), await engine.trades()) == (["refused"], [])


async def test_four_losses_in_a_row_trip_the_breaker_and_resume_names_it(tmp_path: Path) -> None:
    market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(1680)})
    async with house(tmp_path, market=market, start_at=EXPIRY_AT - timedelta(minutes=1), rules=unguarded()) as engine:
        for _ in range(4):
            await engine.desk.store.write(lambda tx: book_open(tx, EXAMPLE))

        await engine.run_until(at("03-20 08:10"))

        assert [hold.code for hold in (await engine.door.status()).holds] == ["breaker-losses"]
        assert engine.alerts() == ["breaker-losses"]
        resumed = await engine.door.resume(ANNA)
        assert resumed.facts["lifted"] == "breaker-losses"
        await engine.run_until(at("03-20 14:00"))
        why = await engine.door.why()
        assert why is not None
        assert not {"consecutive_losses", "not_on_hold"} & {check.code for check in why.checks if check.blocks}


async def test_a_month_of_losses_and_a_deep_drawdown_trip_their_own_breakers(tmp_path: Path) -> None:
    market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(1000)})
    loud = replace(EXAMPLE, quantity_eth=Decimal(1))
    rules = unguarded()
    tight = replace(rules.entry, pause_month_loss_x_trade_cap=Decimal("0.4"), pause_drawdown_x_trade_cap=Decimal("0.4"))
    async with house(tmp_path, market=market, start_at=EXPIRY_AT - timedelta(minutes=1), rules=replace(rules, entry=tight)) as engine:
        await engine.desk.store.write(lambda tx: book_open(tx, loud))

        await engine.run_until(at("03-20 08:10"))

        assert engine.alerts() == ["breaker-month", "breaker-drawdown"]
        assert set((await engine.door.resume(ANNA)).facts["lifted"].split(", ")) == {"breaker-month", "breaker-drawdown"}


async def test_a_forced_close_shows_its_cost_and_its_button_works_once(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP

        quote = await engine.door.force_close_quote(1, ANNA)
        assert (quote.cost_mid_coin, quote.cost_natural_coin) == (Decimal("0.0012"), Decimal("0.0014"))
        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)
        stranger = await engine.door.force_close(replace(tap, person=BRUNO, chat_id=8))
        first = await engine.door.force_close(tap)
        second = await engine.door.force_close(tap)
        await engine.desk.settled()

        assert [stranger.ok, first.code, second.code] == [False, "close-started", "nonce-used"]
        (trade,) = await engine.trades()
        assert (trade.state, trade.close_reason) == (TradeState.CLOSED, "manual")
        assert [order.state for order in await engine.orders()] == ["filled", "filled"]
        assert (await engine.audited("force_close.confirmed"), await engine.audited("force_close.refused")) == (1, 2)


async def test_the_price_of_a_close_is_that_of_what_is_left(tmp_path: Path) -> None:
    def one_of_two(tx: Transaction) -> None:
        tx.move_trade(1, TradeEvent.CLOSE_STARTED)
        tx.book_part_close(fill_of(1, side="close", quantity_eth="1"))

    async with house(tmp_path) as engine:
        await open_trade(engine)
        whole = await engine.door.force_close_quote(1, ANNA)
        await engine.desk.store.write(one_of_two)
        left = await engine.door.force_close_quote(1, ANNA)

    assert whole.pnl_mid_eur is not None
    assert left.pnl_mid_eur is not None
    assert (left.cost_mid_coin, round(left.pnl_mid_eur, 9)) == (whole.cost_mid_coin, round(whole.pnl_mid_eur / 2, 9))


async def test_a_confirmed_close_that_a_stop_interrupts_before_its_card_is_told_at_the_next_start(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        quote = await engine.door.force_close_quote(1, ANNA)
        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)
        async with engine.desk.cycle():
            assert (await engine.door.force_close(tap)).ok
            for task in tuple(engine.desk.tasks):
                task.cancel()
            await engine.desk.settled()
        stopped_at = engine.clock.now()

    for told in (["#1"], []):
        async with house(tmp_path, start_at=stopped_at) as engine:
            await engine.deliver()

            assert [alert.facts["ids"] for alert in engine.notices_of_alerts() if alert.code == "close-interrupted"] == told
            assert [trade.state for trade in await engine.trades()] == [TradeState.OPEN]


async def test_a_close_that_could_not_be_asked_for_is_told_once_and_not_again_after_a_stop(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        quote = await engine.door.force_close_quote(1, ANNA)
        engine.market.muted = {"index_usd", "ticker", "chain"}
        tap = Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce)
        assert (await engine.door.force_close(tap)).ok
        await engine.desk.settled()
        await engine.deliver()

        assert engine.alerts().count("approval-failed") == 1
        stopped_at = engine.clock.now()

    async with house(tmp_path, start_at=stopped_at) as engine:
        await engine.deliver()

        assert "close-interrupted" not in engine.alerts()


async def test_what_was_asked_at_the_machine_counts_for_the_run_that_was_asked(tmp_path: Path) -> None:
    async def ask(engine: House, action: str, args: dict[str, str], *, ago: timedelta = timedelta(0)) -> int:
        at = engine.desk.clock.wall() - ago
        return await engine.desk.store.write(lambda tx: tx.add_manual_action(action=action, args=args, source="cli:root", now=at))

    async with house(tmp_path) as engine:
        await open_trade(engine)
        late = await ask(engine, "force_close", {"trade_id": "1"}, ago=timedelta(minutes=4))
        await engine.run_job("manual_actions")
        assert await result_of(engine, late) == "refused: it waited too long, ask again"
        left = [await ask(engine, *each) for each in (("force_close", {"trade_id": "1"}), ("scan", {}), ("stage_demote", {"reason": "strange fills"}))]
        stopped_at = engine.clock.now()

    async with house(tmp_path, start_at=stopped_at) as engine:
        await engine.deliver()
        engine.clock.advance_to(stopped_at + timedelta(minutes=1))
        await engine.run_job("manual_actions")

        assert [await result_of(engine, number) for number in left] == [
            *["refused: the engine stopped before it was carried out, ask again"] * 2,
            "stage-first",
        ]
        assert [alert.facts["ids"] for alert in engine.notices_of_alerts() if alert.code == "close-interrupted"] == ["#1"]
        assert [trade.state for trade in await engine.trades()] == [TradeState.OPEN]


async def result_of(engine: House, number: int) -> str:
    done = await engine.desk.store.read(lambda tx: tx.manual_action(number))
    assert done is not None
    return done.result


async def test_a_forced_close_button_is_dead_after_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        past = engine.desk.clock.wall() - timedelta(seconds=1)
        nonce = await engine.desk.store.write(lambda tx: tx.add_action_nonce(kind="force_close", ref="1", user_id=7, chat_id=7, valid_until=past))

        late = await engine.door.force_close(Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=nonce))

        assert late.code == "nonce-expired"
        with pytest.raises(ActionRefused, match="trade-unknown"):
            await engine.door.force_close_quote(9, ANNA)


async def test_a_forced_close_takes_the_place_of_a_waiting_card(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        quote = await engine.door.force_close_quote(1, ANNA)

        await engine.door.force_close(Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce))
        await engine.desk.settled()

        assert await engine.states() == ["executed", "superseded", "executed"]


async def test_a_forced_close_that_came_too_late_is_told(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        quotes = [await engine.door.force_close_quote(1, ANNA) for _ in range(2)]

        for quote in quotes:
            await engine.door.force_close(Tap(person=ANNA, chat_id=7, message_id=5, verb="force_close", proposal_id=1, nonce=quote.nonce))
            await engine.desk.settled()
        await engine.deliver()

        (alert,) = engine.notices(AlertNotice)
        assert (alert.code, alert.detail) == ("approval-failed", "trade-not-open: id=1, state=closed")


async def test_requests_of_the_command_line_are_carried_out_within_the_minute_and_audited(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        async def ask(action: str, **args: str) -> str:
            now = engine.clock.now() + timedelta(minutes=1)
            engine.clock.advance_to(now)
            number = await engine.desk.store.write(lambda tx: tx.add_manual_action(action=action, args=args, source="cli:root", now=engine.desk.clock.wall()))
            await engine.run_job("manual_actions")
            done = await engine.desk.store.read(lambda tx: tx.manual_action(number))
            assert done is not None
            assert done.done_at is not None
            return done.result

        assert await ask("reject", proposal_id="1") == "rejected"
        assert await ask("reject", proposal_id="1") == "proposal 1 does not wait for an answer"
        await engine.run_until(at("03-03 14:00"))
        engine.market.is_locked = True
        assert await ask("approve", proposal_id="2") == "approved, not carried out: the card says why"
        engine.market.is_locked = False
        await engine.run_until(at("03-04 14:00"))
        assert await ask("approve", proposal_id="3") == "approved"
        engine.market.books = CHEAP
        assert await ask("force_close", trade_id="1") == "closed"
        assert await ask("force_close", trade_id="1") == "refused: trade-not-open: id=1, state=closed"
        assert await ask("force_close", trade_id="one") == "refused: invalid literal for int() with base 10: 'one'"
        assert await ask("arm", reason="from the shell") == "killed"
        phrase = await engine.door.disarm_phrase()
        assert phrase is not None
        assert await ask("disarm", phrase=phrase, reason="all clear") == "disarmed"
        assert await ask("dance") == "unknown action dance"
        assert (await engine.audited("manual.arm"), await engine.audited("manual.force_close")) == (1, 3)


async def test_an_overdue_card_cannot_be_approved_from_the_command_line(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        engine.clock.advance_to(at("03-02 14:30"))
        await engine.desk.store.write(
            lambda tx: tx.add_manual_action(action="approve", args={"proposal_id": "1"}, source="cli:root", now=engine.desk.clock.wall())
        )

        await engine.run_job("manual_actions")

        assert await engine.trades() == []


async def test_the_digest_is_owed_once_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_until(at("03-03 07:30"))
        engine.clock.advance_to(at("03-03 07:31"))
        await engine.run_job("digest")

        (notice,) = engine.notices(DigestNotice)
        assert (notice.digest.ledger.monitor_ok, notice.digest.ledger.monitor_expected) == (2, 2)
        assert len(notice.digest.trades) == 1


async def test_a_failed_run_is_recorded_and_the_table_goes_on(tmp_path: Path) -> None:
    async def no_venue(desk: Desk) -> None:
        raise VenueError(f"nobody answers at {desk.now():%H:%M}", server="deribit")

    async def crash(desk: Desk) -> None:
        raise ZeroDivisionError(str(desk.market))

    def every_minute(name: str, run: object) -> Job:
        return Job(name=name, trigger=CronTrigger.from_crontab("* * * * *", timezone="UTC"), run=run, beat=Beat.MARKET, catch_up_s=0)  # type: ignore[arg-type]

    async with house(tmp_path) as engine:
        table = (every_minute("venue", no_venue), every_minute("crash", crash), *engine.jobs)
        await drive_replay(engine.desk, engine.clock, table, until=NOW, after_job=engine.deliver)

        runs = await engine.desk.store.read(lambda tx: tx.runs(NOW - timedelta(minutes=1)))
        ends = [(run.job, run.outcome, run.error) for run in runs if run.due_at == NOW]
        assert ends == [
            ("venue", "failed", "deribit: nobody answers at 14:00"),
            ("crash", "failed", "ZeroDivisionError: scripted"),
            ("open", "ok", ""),
        ]
        assert len(await engine.pending()) == 1


async def test_a_due_run_is_made_once(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for _ in range(2):
            await run_due(engine.desk, engine.job("open"), NOW)

        assert len(await engine.proposals()) == 1


async def test_an_order_without_an_approval_kills_the_engine(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_job("reconcile")
        assert not (await engine.door.status()).is_killed
        await engine.run_until(at("03-03 14:00"))
        order = {"side": "close", "label": "cb0-1-c0-9", "quantity_eth": Decimal(2), "limit_coin": Decimal("0.001")}
        await engine.desk.store.write(lambda tx: tx.add_order(proposal_id=2, trade_id=1, now=engine.clock.now(), **order))

        await engine.run_job("reconcile")

        status = await engine.door.status()
        assert (status.is_killed, status.kill_reason) == (True, "invariant broken: order cb0-1-c0-9 stands without an approval")
        alert = engine.notices(AlertNotice)[-1]
        assert (alert.code, alert.level) == ("kill", "critical")
        assert engine.outcomes()[-1] == "killed"
        (run,) = [run for run in await engine.desk.store.read(lambda tx: tx.runs(NOW, "reconcile")) if run.outcome == "failed"]
        assert run.error == "order cb0-1-c0-9 stands without an approval"


async def test_a_chain_that_cannot_be_anchored_holds_entries_until_it_can(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        anchors = tmp_path / "anchors.jsonl"
        anchors.unlink(missing_ok=True)
        anchors.mkdir()
        await engine.desk.store.write(lambda tx: tx.audit(actor="test", type="test", ref="", body={}, anchor=True))
        await engine.run_job("reconcile")
        held = (await engine.door.status()).holds

        anchors.rmdir()
        engine.clock.advance_to(engine.clock.now() + timedelta(minutes=1))
        await engine.run_job("reconcile")

        assert [hold.code for hold in held] == ["anchors"]
        # Since when the cause is gone is the watch's to count: tests/engine/runtime/test_watch.py.
        assert engine.desk.pulse.causes == {"anchors": False}


async def test_an_exit_tapped_in_a_dry_run_closes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_job("heartbeat")

    async with house(tmp_path, start_at=at("03-02 18:59"), is_dry_run=True) as engine:
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        card = engine.card()
        assert isinstance(card.notice, ExitCard)
        await engine.tap("approve", card)

        assert ((await engine.trades())[0].state, engine.outcomes()[-1]) == (TradeState.OPEN, "refused")
