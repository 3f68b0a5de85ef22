"""What people are told without asking, what the audit chain keeps of it, and who is told when somebody turns a switch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from engine.core.lifecycle import TradeState
from engine.core.model import BookState
from engine.notices import AlertNotice, DigestNotice
from engine.state.records import AuditRecord
from engine.views import Tap
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import Book
from tests.scenarios.house import ANNA, BRUNO, CHEAP, LONG, OPERATOR, SECOND, SHORT, House, at, house, open_trade, unguarded

FALLEN = {SHORT: Book(bid="0.0290", ask="0.0310", mark="0.0300", delta=-0.80), LONG: Book(bid="0.0010", ask="0.0020", mark="0.0015", delta=-0.05)}
RIPE = {SHORT: Book(bid="0.0006", ask="0.0008", mark="0.0007", delta=-0.06), LONG: Book(bid="0.0001", ask="0.0003", mark="0.0002", delta=-0.01)}


async def rows(engine: House, type_: str) -> list[AuditRecord]:
    return [row for row in await engine.audit() if row.type == type_]


async def test_a_loss_in_the_settlement_pause_is_told_once_with_the_rule_that_would_have_closed(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.clock.advance_to(at("03-20 07:26"))
        engine.market.books = FALLEN

        await engine.run_until(at("03-20 07:59"))

        (alert,) = [notice for notice in engine.notices_of_alerts() if notice.code == "pause-held"]
        assert (alert.level, alert.facts["trade"]) == ("warning", "1")
        assert "stop_loss" in alert.facts["rules"].split(",")
        assert [row.ref for row in await rows(engine, "alert.sent")] == ["trade:1"]


async def test_the_pause_is_silent_for_a_trade_no_hard_rule_would_close(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.clock.advance_to(at("03-20 07:26"))
        engine.market.books = RIPE

        await engine.run_until(at("03-20 07:59"))

        assert engine.alerts() == []


async def test_a_trade_left_to_expire_stands_once_in_the_audit_chain(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.clock.advance_to(at("03-19 18:59"))
        engine.market.books = RIPE

        await engine.run_until(at("03-20 07:24"))

        (row,) = await rows(engine, "alert.sent")
        assert ('"code":"let-expire"' in row.body_json, row.ref) == (True, "trade:1")


async def test_a_shut_book_outside_settlement_hours_holds_the_trade_and_is_told_once_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.quotes[SHORT] = replace(engine.market.quotes[SHORT], state=BookState.INACTIVE)
        engine.market.dvol = 75.0

        await engine.run_until(at("03-02 17:00"))

        assert sorted(engine.alerts()) == ["book-shut", "pause-held"]
        assert (await engine.trades())[0].state is TradeState.OPEN


async def test_a_mark_far_from_the_mid_is_told_at_a_monitor_and_once_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = {SHORT: Book(bid="0.0040", ask="0.0044", mark="0.0056", delta=-0.12), LONG: Book(bid="0.0010", ask="0.0012", mark="0.0011")}

        await engine.run_until(at("03-02 18:59"))
        assert engine.alerts() == []
        await engine.run_until(at("03-02 19:00"))
        await engine.door.monitor(ANNA)
        await engine.deliver()

        (alert,) = engine.notices_of_alerts()
        assert (alert.code, alert.facts["legs"]) == ("mark-mid", SHORT)


async def test_between_monitors_a_soft_rule_is_stored_as_held_because_only_hard_rules_act(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP

        await engine.run_until(at("03-02 19:00"))

        decisions = await engine.desk.store.read(lambda tx: tx.decisions("exit"))
        assert {(one.outcome, one.reason) for one in decisions[:-1]} == {("hold", "hard_rules_only")}
        assert (decisions[-1].outcome, decisions[-1].reason) == ("close", "profit_take")


async def test_a_close_by_hand_has_its_decision_in_the_store(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        quote = await engine.door.force_close_quote(1, ANNA)

        await close_by_hand(engine, quote.nonce)

        (decision,) = await engine.desk.store.read(lambda tx: tx.decisions("exit"))
        assert (decision.outcome, decision.reason, decision.proposal_id) == ("close", "manual", 2)


async def close_by_hand(engine: House, nonce: str) -> None:
    tap = Tap(person=ANNA, chat_id=ANNA.user_id, message_id=1, verb="force_close", proposal_id=1, nonce=nonce)
    await engine.door.force_close(tap)
    await engine.desk.settled()
    await engine.deliver()


async def test_the_audit_row_of_an_approval_names_the_lowest_limit_and_its_ending_names_the_trade(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        (approved,), (executed,) = await rows(engine, "entry.approved"), await rows(engine, "card.executed")

        assert '"floor_coin":"0.0059"' in approved.body_json
        assert '"trade_id":1' in executed.body_json


async def test_a_tap_the_kill_switch_refuses_is_on_record(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        card = engine.card()
        engine.door.latch_kill(ANNA, "pressed")

        await engine.tap("approve", card)

        (row,) = await rows(engine, "tap.refused")
        assert ('"outcome":"killed"' in row.body_json, row.actor) == (True, "chat:7")


async def test_lifting_the_kill_writes_down_the_hold_it_leaves(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.kill(ANNA, "enough")
        phrase = await engine.door.disarm_phrase()

        await engine.door.disarm(ANNA, str(phrase), "looked at it")

        assert [row.ref for row in await rows(engine, "hold.set")] == ["operator"]


async def test_everybody_but_who_turned_it_is_told_once_of_every_switch(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await engine.door.kill(ANNA, "enough")
        await engine.door.kill(BRUNO, "enough for me too")
        await engine.door.disarm(ANNA, str(await engine.door.disarm_phrase()), "looked at it")
        await engine.door.resume(ANNA)
        await engine.door.pause(ANNA, "holiday")
        await engine.deliver()

        told = engine.notices(AlertNotice, chat_id=SECOND.chat_id)

        assert sorted(notice.code for notice in told) == ["disarmed-by", "killed-by", "paused-by", "resumed-by"]
        assert {notice.facts["who"] for notice in told} == {"anna"}
        assert [notice.facts["reason"] for notice in told if notice.code == "killed-by"] == ["enough"]
        assert engine.alerts() == []


async def test_the_digest_says_that_the_engine_is_killed_and_held(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.pause(ANNA, "holiday")
        await engine.door.kill(ANNA, "enough")

        await engine.run_until(at("03-03 07:30"))

        (notice,) = engine.notices(DigestNotice)
        ledger = notice.digest.ledger
        assert (ledger.holds, ledger.is_killed, ledger.kill_reason) == (("operator",), True, "enough")


async def test_the_head_in_a_digest_is_a_row_of_the_chain_with_every_digit(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(at("03-03 07:30"))
        (notice,) = engine.notices(DigestNotice)
        head = notice.digest.ledger.audit_head
        seen = await engine.door.audit_verify(head)
        forged = await engine.door.audit_verify(head[:-1] + ("0" if head[-1] != "0" else "1"))

        assert [row.hash for row in await engine.audit() if f"{row.seq}·{row.hash}" == head] == [head.partition("·")[2]]
        assert (seen.footer_ok, forged.footer_ok) == (True, False)


async def test_positions_on_the_last_morning_show_no_deltas_that_fade_with_the_venue(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        quote = engine.market.quotes[SHORT]
        engine.market.quotes[SHORT] = replace(quote, iv_frac=0.6, forward_usd=Decimal(1740))
        engine.market.spot_usd = Decimal(1740)
        engine.market.books = {SHORT: Book(bid="0.0050", ask="0.0060", mark="0.0055", delta=-0.0001)}
        engine.clock.advance_to(at("03-20 07:45"))

        (position,) = await engine.door.positions()

        assert position.greeks is not None
        assert position.greeks.delta_eth > 0.5
        assert position.dte_days < timedelta(minutes=30) / timedelta(days=1)


async def test_hard_rules_without_their_figures_are_told_once_a_day(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.muted = {"dvol_pts"}

        await engine.run_until(at("03-03 07:00"))

        told = [notice for notice in engine.notices_of_alerts() if notice.code == "rules-blind"]
        assert [notice.facts["rules"] for notice in told] == ["vol_stop", "vol_stop"]
        assert [notice.at.day for notice in told] == [2, 3]
