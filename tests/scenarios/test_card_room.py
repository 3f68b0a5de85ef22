"""An entry card asked for otherwise, put off, refused with a reason, and in a live stage confirmed by a second tap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.model import Stage
from engine.notices import EntryCard
from engine.runtime import alarms
from engine.runtime.approvals import REVISIONS_MAX
from engine.runtime.card_room import CardRoom
from engine.runtime.payloads import entry_of
from engine.views import ActionResult, Tap
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, BRUNO, OPERATOR, SECOND, House, Sent, house, open_trade
from tests.scenarios.test_alarms import MovedWall


def tap_on(card: Sent, verb: str, *, nonce: str | None = None) -> Tap:
    assert isinstance(card.notice, EntryCard)
    assert card.nonce is not None
    good = card.nonce if nonce is None else nonce
    return Tap(person=ANNA, chat_id=card.chat_id, message_id=card.message_id, verb=verb, proposal_id=card.notice.proposal_id, nonce=good)


async def ask(engine: House, verb: str, card: Sent | None = None) -> ActionResult:
    """The variant was asked for, and the card it led to is on the phones."""
    result = await engine.door.card_room.vary(tap_on(engine.card() if card is None else card, verb))
    await engine.desk.settled()
    await engine.deliver()
    return result


def shown(engine: House) -> EntryCard:
    notice = engine.card().notice
    assert isinstance(notice, EntryCard)
    return notice


async def test_half_the_size_is_a_new_revision_that_kills_the_old_buttons(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        before, old = shown(engine), engine.card()
        result = await ask(engine, "half")
        after, late = shown(engine), await engine.press("approve", old)
        held = entry_of((await engine.proposals())[0]).proposal

        assert (result.code, late.code) == ("variant-asked", "card-stale")
        assert (before.report.quantity_eth, after.report.quantity_eth, after.revision, after.asked) == (Decimal(2), Decimal(1), 2, "half")
        assert after.report.money.max_loss_eur == pytest.approx(before.report.money.max_loss_eur / 2)
        assert held.combo.legs[0].quantity_eth == Decimal(-1)
        assert engine.card().edited == (old.message_id,)


async def test_what_was_halved_is_entered_halved(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await ask(engine, "half")
        await engine.tap("approve", engine.card())

        assert [trade.quantity_eth for trade in await engine.trades()] == [Decimal(1)]


async def test_what_was_halved_stays_so_when_the_market_moves_and_the_card_asks_again(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await ask(engine, "half")
        engine.market.spot_usd = Decimal(2040)
        await engine.tap("approve", engine.card())

        assert (shown(engine).drift is not None, shown(engine).report.quantity_eth) == (True, Decimal(1))


async def test_one_lot_is_not_halved_and_the_question_stays_as_it_was(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        await ask(engine, "half")
        deadline = (await engine.proposals())[0].expires_at
        await ask(engine, "half")
        record = (await engine.proposals())[0]

        assert (shown(engine).asked, shown(engine).report.quantity_eth, record.expires_at) == ("no-half", Decimal(1), deadline)
        assert (await engine.tap("approve", engine.card())).ok


@pytest.mark.parametrize("verb", ["wider", "next"])
async def test_a_variant_no_rule_allows_leaves_the_question_and_says_so(tmp_path: Path, verb: str) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        before = shown(engine)
        await ask(engine, verb)
        after = shown(engine)

        assert (after.asked, after.report.sides, after.report.expiry_at) in [
            (f"no-{verb}", before.report.sides, before.report.expiry_at),
            (verb, after.report.sides, after.report.expiry_at),
        ]
        assert after.revision == 2
        assert (after.asked == verb) == ((before.report.sides, before.report.expiry_at) != (after.report.sides, after.report.expiry_at))


async def test_a_kill_ends_the_card_that_was_asked_for_otherwise(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        pressed = await engine.door.card_room.vary(tap_on(engine.card(), "half"))
        await engine.door.kill(ANNA, "now")
        await engine.desk.settled()
        await engine.deliver()

        assert pressed.ok
        assert (await engine.states(), engine.outcomes()) == (["refused"], ["killed"])


async def test_a_card_is_asked_for_otherwise_a_dozen_times_and_no_more(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        told = [(await ask(engine, "half")).code for _ in range(REVISIONS_MAX)]

        assert told == ["variant-asked"] * (REVISIONS_MAX - 1) + ["variants-enough"]
        assert await engine.audited("tap.refused") == 1


@pytest.mark.parametrize("verb", ["half", "wider", "next"])
async def test_a_button_of_another_card_or_nonce_asks_for_nothing(tmp_path: Path, verb: str) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        wrong = await engine.door.card_room.vary(tap_on(engine.card(), verb, nonce="A" * 16))

        assert (wrong.code, shown(engine).revision) == ("card-unknown", 1)


async def test_a_card_that_was_put_off_comes_again_as_a_message_of_its_own(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await engine.run_until(NOW)
        wall = MovedWall(engine.clock.now())
        desk = replace(engine.desk, clock=wall)
        card = engine.card()
        told = await CardRoom(desk).snooze(tap_on(card, "snooze"))
        heard = []
        for minutes in (0, 14, 15, 16, 30):
            wall.ahead = timedelta(minutes=minutes)
            await alarms.ring(desk)
            before = len(engine.sent)
            await engine.deliver()
            heard.append([sent.chat_id for sent in engine.sent[before:]])
        again = engine.card()

        assert (told.code, heard) == ("snoozed", [[], [], [7], [], []])
        assert again.message_id != card.message_id
        assert (await engine.tap("approve", again)).ok
        assert engine.outcomes()[-1] == "executed"


async def test_a_card_that_lapses_soon_is_not_put_off(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        engine.clock.advance_to(engine.clock.now() + timedelta(minutes=16))

        assert (await engine.door.card_room.snooze(tap_on(engine.card(), "snooze"))).code == "snooze-too-late"
        assert await engine.audited("tap.refused") == 1


async def test_why_an_entry_was_rejected_stands_with_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        room = engine.door.card_room
        early = await room.because(ANNA, 1, "price")
        await engine.tap("reject", engine.card())
        wrong, told = await room.because(ANNA, 1, "mood"), await room.because(BRUNO, 1, "event")
        record = (await engine.proposals())[0]

        assert (early.code, wrong.code, told.code) == ("because-nothing", "because-nothing", "because-noted")
        assert (record.refused_because, await engine.audited("card.refused_because")) == ("event", 1)


async def test_in_a_live_stage_a_second_tap_confirms_once_and_within_a_minute(tmp_path: Path) -> None:
    async with house(tmp_path, stage=Stage.SOFT) as engine:
        await engine.run_until(NOW)
        card = engine.card()
        first = await engine.press("approve", card)
        room = engine.door.card_room
        wrong = await room.confirm(tap_on(card, "confirm", nonce="A" * 16))
        done = await room.confirm(tap_on(card, "confirm", nonce=first.facts["nonce"]))
        again = await room.confirm(tap_on(card, "confirm", nonce=first.facts["nonce"]))
        await engine.desk.settled()

        assert (first.code, wrong.code, done.code, again.code) == ("confirm-asked", "confirm-again", "approve-claimed", "confirm-again")
        assert await engine.audited("tap.refused") == 2


async def test_a_note_stands_with_its_trade_and_in_the_chain(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        told = await engine.door.card_room.note(ANNA, 1, "closed for the holidays"), await engine.door.card_room.note(ANNA, 9, "nothing")
        view = await engine.door.position(1)

        assert [each.code for each in told] == ["noted", "trade-unknown"]
        assert view is not None
        assert [(note.by, note.words) for note in view.notes] == [("anna", "closed for the holidays")]
        assert await engine.audited("trade.noted") == 1
