"""The weekly open, driven by the job table: a card that waits, or every reason why there is none."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.lifecycle import TradeState
from engine.core.model import Stage
from engine.notices import CardOutcome, EntryCard, FillNotice, RefusalNotice
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import LISTED, Book, ScriptedMarket
from tests.scenarios.house import BRUNO, LONG, OPERATOR, SECOND, SHORT, at, house, open_trade, unguarded

EMPTY = Book(bid=None, ask=None, mark=None)


async def test_a_monday_scan_leaves_one_card_waiting_on_every_operators_phone(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await engine.run_until(NOW)

        (record,) = await engine.pending()
        assert (record.kind, record.expires_at) == ("entry", at("03-02 14:30"))
        for operator in (OPERATOR, SECOND):
            (card,) = engine.notices(EntryCard, chat_id=operator.chat_id)
            assert (card.proposal_id, card.revision, card.report.env) == (record.proposal_id, 1, "PAPER")
        assert len({sent.nonce for sent in engine.sent if isinstance(sent.notice, EntryCard)}) == 2
        assert await engine.audited("entry.proposed") == 1
        assert await engine.is_audit_whole()


async def test_the_audit_says_where_the_prices_of_a_decision_come_from(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        (row,) = [row for row in await engine.audit() if row.type == "entry.proposed"]
        card = engine.notices(EntryCard)[0].report
        body = json.loads(row.body_json)

        assert (card.source, card.recorded_at) == (body["source"], body["recorded_at"])
        assert datetime.fromisoformat(body["quoted_at"]) == NOW


async def test_an_approved_card_opens_the_trade_at_the_paper_price_and_tells_the_fill(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        (trade,) = await engine.trades()
        assert (trade.state, trade.quantity_eth) == (TradeState.OPEN, Decimal(2))
        assert [(side.short_instrument, side.long_instrument) for side in trade.sides] == [(SHORT, LONG)]
        assert (trade.credit_coin, trade.open_fee_coin) == (Decimal("0.0061"), Decimal("0.0003"))
        (order,) = await engine.orders()
        assert (order.state, order.side, order.quantity_eth) == ("filled", "open", Decimal(2))
        (fill,) = engine.notices(FillNotice)
        assert fill.report.source == "modelled"
        (record,) = await engine.desk.store.read(lambda tx: tx.fills(1))
        assert record.fill.slippage_frac == Decimal("0.024")
        assert engine.outcomes() == ["executed"]
        types = [row.type for row in await engine.audit()]
        wanted = ["entry.proposed", "tap.accepted", "entry.approved", "card.executed", "trade.opened"]
        assert [type_ for type_ in types if type_ in wanted] == wanted


async def test_a_refused_week_tells_every_reason_in_the_chat(tmp_path: Path) -> None:
    market = ScriptedMarket(dvol=95.0, fx=Decimal("2.0"), muted={"macro"})
    async with house(tmp_path, market=market) as engine:
        await engine.run_until(NOW)

        assert await engine.proposals() == ()
        (notice,) = engine.notices(RefusalNotice)
        failed = {check.code for check in notice.why.checks if check.blocks}
        assert {"dvol_max", "dvol_jump_24h", "fx_max", "macro_coverage", "macro_high", "bias"} <= failed
        assert await engine.audited("entry.refused") == 1


async def test_an_unanswered_card_expires_after_half_an_hour_and_its_buttons_are_dead(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        card = engine.card()

        await engine.run_until(at("03-02 14:30"))

        assert engine.outcomes() == ["expired"]
        late = await engine.tap("approve", card)
        assert (late.ok, late.code) == (False, "card-expired")
        assert await engine.trades() == []


async def test_a_tap_past_its_time_is_refused_before_the_expiry_job_has_run(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        engine.clock.advance_to(at("03-02 14:30"))

        late = await engine.tap("approve", engine.card())

        assert (late.ok, late.code) == (False, "card-expired")
        assert await engine.audited("tap.refused") == 1
        await engine.run_until(at("03-02 14:31"))
        assert await engine.states() == ["expired"]


async def test_two_taps_at_once_make_one_trade(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await engine.run_until(NOW)
        mine, theirs = engine.card(), engine.card(chat_id=SECOND.chat_id)

        first = await engine.press("approve", mine)
        second = await engine.press("approve", theirs, by=BRUNO)
        again = await engine.press("approve", mine)
        await engine.desk.settled()

        assert [result.ok for result in (first, second, again)] == [True, False, False]
        assert {second.code, again.code} == {"already-decided"}
        assert second.facts["who"] == "chat:7"
        assert len(await engine.trades()) == 1
        assert len(await engine.orders()) == 1


async def test_a_rejected_card_opens_nothing_and_names_who_said_no(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        result = await engine.tap("reject", engine.card())

        assert result.code == "rejected"
        (outcome,) = engine.notices(CardOutcome)
        assert (outcome.outcome.result, outcome.outcome.by) == ("rejected", "anna")
        assert await engine.trades() == []


async def test_a_moved_market_asks_again_with_old_and_new_and_the_second_tap_opens(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        first = engine.card()
        engine.market.spot_usd = Decimal(2040)

        await engine.tap("approve", first)

        second = engine.card()
        assert isinstance(second.notice, EntryCard)
        assert (second.notice.revision, second.edited) == (2, (first.message_id,))
        assert second.notice.drift is not None
        assert second.notice.drift.spot_usd == (Decimal(2000), Decimal(2040))
        assert await engine.trades() == []
        stale = await engine.tap("approve", first)
        assert (stale.ok, stale.code) == (False, "card-stale")

        await engine.tap("approve", second)

        (trade,) = await engine.trades()
        assert (trade.state, trade.spot_open_usd) == (TradeState.OPEN, Decimal(2040))
        assert await engine.audited("card.asked_again") == 1


async def test_a_gate_that_closed_since_the_card_refuses_the_tap_with_its_reason(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        engine.market.is_locked = True

        await engine.tap("approve", engine.card())

        (outcome,) = engine.notices(CardOutcome)
        assert outcome.outcome.result == "refused"
        assert [check.code for check in outcome.outcome.reasons] == ["venue_open"]
        assert await engine.trades() == []


async def test_a_week_takes_at_most_three_paper_trades(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        for day in ("03-02", "03-03", "03-04", "03-05"):
            await engine.run_until(at(f"{day} 14:00"))
            if await engine.pending():
                await engine.tap("approve", engine.card())

        assert len(await engine.trades()) == 3
        (refusal,) = engine.notices(RefusalNotice)
        assert "new_this_week" in {check.code for check in refusal.why.checks if check.blocks}


async def test_the_live_table_retries_on_tuesday_only_while_the_week_has_no_trade(tmp_path: Path) -> None:
    async with house(tmp_path, stage=Stage.SOFT, market=ScriptedMarket(dvol=95.0)) as engine:
        await engine.run_until(NOW)
        assert await engine.proposals() == ()
        engine.market.dvol = 60.0
        await engine.run_until(at("03-03 14:00"))
        await engine.approve_twice(engine.card())

        await engine.run_until(at("03-05 14:00"))

        assert len(await engine.proposals()) == 1
        assert len(await engine.trades()) == 1


async def test_a_dry_run_proposes_and_never_orders(tmp_path: Path) -> None:
    async with house(tmp_path, is_dry_run=True) as engine:
        await engine.run_until(NOW)
        assert isinstance(engine.card().notice, EntryCard)

        await engine.tap("approve", engine.card())

        (outcome,) = engine.notices(CardOutcome)
        assert [check.code for check in outcome.outcome.reasons] == ["dry_run"]
        assert await engine.trades() == []


@pytest.mark.parametrize(("listed", "reason"), [(dict.fromkeys(LISTED, EMPTY), "spread_priced"), (None, "no_expiry")], ids=["no quotes", "no options"])
async def test_a_chain_without_quotes_is_refused_with_its_reasons_in_the_chat(tmp_path: Path, listed: dict[str, Book] | None, reason: str) -> None:
    market = ScriptedMarket(books=listed) if listed is not None else ScriptedMarket(quotes={})
    async with house(tmp_path, market=market) as engine:
        await engine.run_until(NOW)

        assert await engine.pending() == []
        (refusal,) = engine.notices(RefusalNotice)
        blocking = {check.code for check in refusal.why.checks if check.blocks}
        assert {"strikes_found", reason} <= blocking
        assert [run.outcome for run in await engine.desk.store.read(lambda tx: tx.runs(NOW, "open"))] == ["ok"]
