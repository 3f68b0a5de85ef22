"""The door: what the chat asks of a running engine, and what it gets."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.api import NewMessage
from engine.core.decision import Verdict
from engine.door import Door
from engine.notices import CardOutcome, DigestNotice, EntryCard, decode_notice
from engine.research.past_room import PastAsk
from engine.views import Person, ReplaySummary, Tap
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.scenarios.house import ANNA, CHEAP, OPERATOR, SHORT, at, house, open_trade, unguarded


async def test_the_status_tells_what_runs_what_waits_and_how_old_every_input_is(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await engine.door.note_poll()

        status = await engine.door.status()

        assert (status.stage, status.origin, status.pending, status.open_trades) == ("paper", "demo", 1, 0)
        assert status.next_jobs[0] == ("hourly_guard", at("03-02 14:30"))
        assert dict(status.input_ages_s) == dict.fromkeys(("index", "dvol", "sentiment", "fx", "macro", "portfolio", "funding"), 0.0)
        assert (status.outbox_depth, status.outbox_oldest_s) == (0, None)
        assert status.last_poll_s is not None
        assert status.last_poll_s >= 0.0
        assert status.anchored_seq <= status.audit_seq


async def test_an_engine_that_has_looked_at_nothing_knows_no_ages(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        status = await engine.door.status()

        assert (status.input_ages_s, status.last_poll_s) == ((), None)


async def test_positions_show_live_figures_the_money_and_every_decision(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        assert await engine.door.positions() == ()
        await open_trade(engine)
        await engine.run_until(at("03-02 15:30"))
        engine.market.books = CHEAP

        (view,) = await engine.door.positions()

        assert (view.trade_id, view.state, view.quantity_eth, view.credit_coin) == (1, "open", Decimal(2), Decimal("0.0061"))
        assert view.mark_coin == Decimal("0.0012")
        assert view.pnl_coin == (Decimal("0.0061") - Decimal("0.0012") - Decimal("0.0003") - Decimal("0.0002625")) * 2
        assert (view.legs[0].quantity_eth, view.legs[0].instrument) == (Decimal(-2), SHORT)
        assert [line.action for line in view.decisions] == ["hold", "hold"]
        assert view.payoff is not None
        assert len(view.timeline.marks) == 2
        assert await engine.door.position(1) == view
        assert await engine.door.position(9) is None


async def test_a_position_without_a_market_says_so_and_invents_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.muted = {"ticker", "fx_usd_per_eur", "index_usd"}

        (view,) = await engine.door.positions()

        assert (view.mark_coin, view.pnl_eur, view.payoff, view.greeks, view.marked_at, view.spot_usd) == (None, None, None, None, None, None)


async def test_the_market_view_carries_the_bias_row_and_the_chart(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)

        market = await engine.door.market()

        assert (market.spot_usd, market.dvol_pts, market.bias.row, market.source) == (Decimal(2000), 60.0, 5, "synthetic")
        assert market.chart.dvol_band_pts == (35.0, 90.0)
        assert market.chart.data_age_s == 0.0


async def test_pending_cards_stand_in_the_list_with_their_strikes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        (entry,) = await engine.door.pending()
        assert (entry.kind, entry.headline, entry.expires_at) == ("entry", "1750/1650", at("03-02 14:30"))
        await engine.tap("approve", engine.card())
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))

        (exit_,) = await engine.door.pending()

        assert (exit_.kind, exit_.reason, exit_.urgency, exit_.headline) == ("exit", "profit_take", "soft", "1750/1650")


async def test_why_names_the_last_or_a_chosen_decision(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        assert await engine.door.why() is None
        await engine.run_until(NOW)

        why = await engine.door.why()

        assert why is not None
        assert (why.outcome, why.bias_row, why.kind) == ("approved", 5, "entry")
        assert await engine.door.why(why.decision_id) == why
        assert await engine.door.why(99) is None


async def test_history_and_equity_add_up_to_the_same_money(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        await engine.tap("approve", engine.card())

        history = await engine.door.history("30d")
        curve = await engine.door.equity("all")

        (trade,) = history.trades
        assert (trade.reason, trade.slippage_frac) == ("profit_take", 0.024)
        assert trade.r == pytest.approx(float(trade.pnl_eur) / 176.5517, rel=1e-4)
        assert trade.fees_eur == (Decimal("0.0003") + Decimal("0.0002625")) * 2 * 2000 / Decimal("1.16")
        assert curve.realised_eur == pytest.approx(float(trade.pnl_eur))
        assert (curve.closed_trades, curve.open_trades) == (1, 0)
        assert (await engine.door.history("all", outcome="losers")).trades == ()
        assert (await engine.door.history("all", outcome="winners", reason="profit_take")).trades == history.trades
        none_such = await engine.door.history("all", reason="vol_stop")
        assert (none_such.trades, none_such.closed_ever) == ((), 1)


async def test_an_ended_trade_is_told_with_its_notes_and_an_open_one_is_not(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        assert await engine.door.ended_trade(1) is None

        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        await engine.tap("approve", engine.card())
        await engine.door.card_room.note(ANNA, 1, "closed for the holidays")
        ended = await engine.door.ended_trade(1)

        assert ended is not None
        assert ended.trade == (await engine.door.history("all")).trades[0]
        assert (ended.state, ended.quantity_eth, [note.words for note in ended.notes]) == ("closed", Decimal(2), ["closed for the holidays"])
        assert await engine.door.position(1) is None
        assert await engine.door.ended_trade(9) is None


async def test_history_lists_the_trade_that_ended_last_first(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        usual = engine.market.books
        for day in ("03-02", "03-03"):
            engine.market.books = CHEAP
            await engine.run_until(at(f"{day} 19:00"))
            await engine.tap("approve", engine.card())
            if day == "03-02":
                engine.market.books = usual
                await engine.run_until(at("03-03 14:00"))
                await engine.tap("approve", engine.card())

        history = await engine.door.history("all")

        assert [trade.trade_id for trade in history.trades] == [2, 1]


async def test_a_delivered_trade_shows_its_delivery_fee(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.deliveries[EXPIRY_AT] = Decimal(1700)
        engine.clock.advance_to(EXPIRY_AT)
        await engine.run_until(at("03-20 08:10"))

        (trade,) = (await engine.door.history("all")).trades

        opened = Decimal("0.0003") * 2 * 2000 / Decimal("1.16")
        delivered = Decimal("0.00015") * 2 * 1700 / Decimal("1.16")
        assert trade.fees_eur == pytest.approx(opened + delivered)


async def test_the_audit_is_listed_filtered_and_verified_against_a_messages_footer(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        lines = await engine.door.audit_tail(2)
        assert len(lines) == 2
        (line,) = await engine.door.audit_tail(5, type_filter="entry.proposed")
        assert (line.actor, line.ref) == ("schedule", "proposal:1")
        head = await engine.desk.store.read(lambda tx: tx.head())
        verdict = await engine.door.audit_verify(head.footer)
        assert (verdict.ok, verdict.footer_ok, verdict.footer_seq) == (True, True, head.seq)
        forged = await engine.door.audit_verify(f"{head.seq}·00000000")
        assert (forged.ok, forged.footer_ok) == (False, False)
        assert (await engine.door.audit_verify()).footer_ok is None


async def test_the_digest_and_a_card_can_be_asked_for_at_any_time(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)

        assert isinstance(decode_notice("digest", await engine.door.digest_json()), DigestNotice)
        stored = await engine.door.card_json(1)
        assert stored is not None
        assert isinstance(decode_notice(*stored), EntryCard)
        assert await engine.door.card_json(9) is None


async def test_a_decided_card_asked_for_later_carries_its_ending(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        stored = await engine.door.card_json(1)
        assert stored is not None
        notice = decode_notice(*stored)
        assert isinstance(notice, CardOutcome)
        assert (notice.card.proposal_id, notice.outcome.result) == (1, "executed")


async def test_a_scan_and_a_monitor_are_answered_and_audited_by_who_asked(tmp_path: Path) -> None:
    shell = Person(user_id=0, name="root", source="cli")
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        engine.market.dvol = 95.0

        refused = await engine.door.scan(ANNA)
        engine.market.dvol = 60.0
        proposed = await engine.door.scan(shell)
        looked = await engine.door.monitor(ANNA)

        assert (refused.code, proposed.code, looked.code) == ("scan-refused", "scan-proposed", "monitor-done")
        why, told = await engine.door.why(int(refused.facts["id"])), refused.facts
        assert why is not None
        counts = [sum(check.verdict is verdict for check in why.checks) for verdict in (Verdict.FAILED, Verdict.NOT_EVALUATED)]
        assert [told["failed"], told["unchecked"]] == [str(count) for count in counts]
        rows = [(row.actor, row.type) for row in await engine.audit()]
        assert {("chat:7", "entry.refused"), ("cli:root", "entry.proposed"), ("chat:7", "monitor.asked")} <= set(rows)


async def test_the_newest_card_for_a_chat_replaces_its_buttons_and_replies_go_below_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        card, outcome, fill = (sent for sent in engine.sent if sent.notice.kind in ("entry_card", "card_outcome", "fill"))

        assert outcome.edited == (card.message_id,)
        assert fill.reply_to == card.message_id
        assert (outcome.nonce, fill.nonce) == (None, None)


async def test_updates_are_kept_handled_once_and_buried_after_three_failures(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        door = engine.door
        assert await door.next_poll_offset() == 0
        assert [await door.store_update(41, "{}", "c1"), await door.store_update(41, "{}", "c1")] == [True, False]
        assert await door.next_poll_offset() == 42
        item = await door.next_update()
        assert item is not None
        assert (item.update_id, item.attempts) == (41, 1)
        assert await door.next_update(frozenset({41})) is None
        reply = NewMessage(chat_id=7, kind="reply", payload_json="{}", dedupe_key="r41", priority=4)
        await door.finish_update(41, (reply,), outcome="answered")
        assert await door.next_update() is None
        owed = [await door.claim_outgoing() for _ in range(2)]
        assert {item.kind for item in owed if item is not None} == {"reply", "start_up"}
        await door.store_update(42, "{}")
        for _ in range(3):
            assert await door.next_update() is not None
            await door.fail_update(42, "poison")
        assert await door.next_update() is None
        await door.store_update(-1, "{}")
        assert await door.next_poll_offset() == 0


async def test_a_message_is_retried_or_given_up_as_its_transport_says(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        first = await engine.door.claim_outgoing()
        assert first is not None
        await engine.door.settle_retry(first.outbox_id, delay_s=60.0, error="busy")
        assert await engine.door.claim_outgoing() is None
        message = NewMessage(chat_id=7, kind="reply", payload_json="{}", dedupe_key="x", priority=1)
        await engine.door.finish_update(0, (message,), outcome="none")
        second = await engine.door.claim_outgoing()
        assert second is not None
        await engine.door.settle_dead(second.outbox_id, error="blocked", ambiguous=True)
        depth, _ = await engine.desk.store.read(lambda tx: tx.outbox_depth())
        assert depth == 1


async def test_people_are_known_and_strangers_are_written_down_within_limits(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        operator = await engine.door.operator(OPERATOR.user_id)
        assert operator is not None
        assert (operator.role, operator.language) == ("admin", "en")
        assert await engine.door.operator(99) is None
        assert len(await engine.door.operators()) == 1

        for number in range(30):
            await engine.door.record_stranger(1000 + number, "/kill")

        assert await engine.audited("access.refused") == 20


async def test_a_replay_is_asked_for_by_day_in_utc(tmp_path: Path) -> None:
    asked: list[PastAsk] = []

    async def remember(ask: PastAsk) -> ReplaySummary:
        asked.append(ask)
        raise LookupError("nothing to replay")

    async with house(tmp_path) as engine:
        door = Door(engine.desk, engine.jobs, version="0", replayer=remember, is_config_changed=lambda: True)
        with pytest.raises(LookupError):
            await door.replay(from_on="2026-01-05", to_on="2026-02-01T12:00:00+00:00", by=ANNA, words=("policy=ignore",))
        with pytest.raises(LookupError):
            await door.replay(from_on=None, to_on=None, by=ANNA)

        assert asked[0] == PastAsk(from_at=datetime(2026, 1, 5, tzinfo=UTC), to_at=datetime(2026, 2, 1, 12, tzinfo=UTC), words=("policy=ignore",))
        assert asked[1] == PastAsk()
        assert (await door.status()).is_config_changed


async def test_the_heartbeat_file_says_when_the_engine_was_last_alive(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW + timedelta(seconds=20))
        await engine.run_job("heartbeat")

        written = (tmp_path / "heartbeat").read_text().splitlines()
        assert f"pid={os.getpid()}" in written
        assert written[-1] == "end=1"
        assert await engine.desk.store.read(lambda tx: tx.get_meta("last_seen_at")) == (NOW + timedelta(seconds=20)).isoformat()


async def test_a_tap_with_a_forged_or_foreign_nonce_changes_nothing_and_is_recorded(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        card = engine.card()

        answers = [
            await engine.tap("approve", replace(card, nonce="x" * 16)),
            await engine.tap("approve", replace(card, chat_id=99)),
            await engine.tap("approve", replace(card, message_id=1)),
            await engine.tap("reject", replace(card, nonce="x" * 16)),
            await engine.tap("postpone", replace(card, nonce="x" * 16)),
            await engine.tap("postpone", card),
        ]

        assert [answer.code for answer in answers] == ["card-unknown"] * 5 + ["postpone-used"]
        assert (await engine.states(), await engine.audited("tap.refused")) == (["pending"], 6)


async def test_an_answer_the_card_does_not_offer_changes_nothing_and_is_recorded(tmp_path: Path) -> None:
    """Nobody is asked whether a hard exit may stay, and an entry is approved, not closed: a forged verb is no answer."""
    async with house(tmp_path, rules=unguarded()) as engine:
        await engine.run_until(NOW)
        entry = engine.card()
        assert isinstance(entry.notice, EntryCard)
        assert entry.nonce is not None
        close = Tap(person=ANNA, chat_id=entry.chat_id, message_id=entry.message_id, verb="close", proposal_id=1, nonce=entry.nonce)
        assert (await engine.door.approve(close)).code == "card-unknown"
        await engine.tap("approve", entry)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))

        kept = await engine.tap("reject", engine.card())

        assert (kept.code, await engine.states()) == ("card-unknown", ["executed", "pending"])
        assert await engine.audited("tap.refused") == 2
