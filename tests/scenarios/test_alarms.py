"""A critical message nobody acknowledges comes again, counting up in one message, and in the end by the second path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from engine.clock import ManualClock
from engine.notices import AlertNotice
from engine.runtime import alarms, cards, switches
from engine.runtime.desk import Desk
from engine.runtime.people import PeopleRoom
from engine.state.repository import Store
from tests.scenarios.house import ANNA, BRUNO, OPERATOR, SECOND, House, house
from tests.scenarios.test_second_path import with_second_path


class MovedWall(ManualClock):
    """The wall goes on when it is told to."""

    ahead = timedelta()

    def wall(self) -> datetime:
        return super().wall() + self.ahead


async def raise_alarm(desk: Desk, *, code: str = "anchors-lost") -> None:
    await desk.store.write(lambda tx: cards.alert(tx, desk, code=code, level="critical", key=code, facts={}, detail="row 7"))


async def ring_through(engine: House, desk: Desk, wall: MovedWall, seconds: Iterable[int]) -> list[int]:
    """At each of these seconds after the alarm its job ran; those at which somebody heard of it again."""
    heard = []
    for second in seconds:
        wall.ahead = timedelta(seconds=second)
        before = len(engine.sent)
        await alarms.ring(desk)
        await engine.deliver()
        if len(engine.sent) > before:
            heard.append(second)
    return heard


def wall_of(engine: House) -> tuple[Desk, MovedWall]:
    wall = MovedWall(engine.clock.now())
    return replace(engine.desk, clock=wall), wall


async def test_it_comes_again_after_one_five_and_fifteen_minutes_and_then_by_the_second_path(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, with_second_path(engine, tmp_path) as told:
        wall = MovedWall(engine.clock.now())
        desk = replace(told, clock=wall)
        await raise_alarm(desk)
        await engine.deliver()
        heard = await ring_through(engine, desk, wall, range(0, 1800, 10))
        repeats = [notice.repeats for notice in engine.notices_of_alerts()]
        written = await engine.audited("alarm.repeated")
    elsewhere = (tmp_path / "told").read_text(encoding="utf-8")

    assert [round(second / 60) for second in heard] == [1, 5, 15]
    assert (repeats, written) == ([0, 1, 2, 3], 3)
    assert elsewhere.count("Said 4 times") == 1


async def test_each_saying_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk, wall = wall_of(engine)
        await raise_alarm(desk)
        numbers, replaced = [], []
        for second in (0, 70, 400):
            wall.ahead = timedelta(seconds=second)
            await alarms.ring(desk)
            item = await engine.door.claim_outgoing()
            assert item is not None
            await engine.door.settle_sent(item.outbox_id, 500 + second)
            numbers.append(500 + second)
            replaced.append(item.replaced_message_ids)

    assert replaced == [(), tuple(numbers[:1]), tuple(numbers[:2])]


async def test_one_acknowledgement_ends_it_for_everybody_and_says_who(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        desk, wall = wall_of(engine)
        await raise_alarm(desk)
        await engine.deliver()
        first, second = await alarms.acknowledge(desk, BRUNO, 1), await alarms.acknowledge(desk, ANNA, 1)
        await engine.deliver()
        heard = await ring_through(engine, desk, wall, range(0, 1800, 30))
        endings = [(sent.chat_id, sent.edited, sent.notice.seen_by) for sent in engine.sent if isinstance(sent.notice, AlertNotice) and sent.edited]
        acknowledged = await engine.audited("alarm.acknowledged")

    assert (first.code, second.code, second.facts) == ("alarm-seen", "alarm-seen-before", {"who": "bruno"})
    assert [(chat, who) for chat, _, who in endings] == [(7, "bruno"), (8, "bruno")]
    assert (heard, acknowledged) == ([], 1)


async def test_put_off_it_comes_again_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk, wall = wall_of(engine)
        await raise_alarm(desk)
        await engine.deliver()
        assert (await alarms.snooze(desk, ANNA, 1)).code == "alarm-snoozed"
        heard = await ring_through(engine, desk, wall, range(0, 1000, 10))

    assert [round(second / 60) for second in heard] == [15]


async def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await raise_alarm(engine.desk)
        await engine.deliver()
    async with house(tmp_path) as engine:
        desk, wall = wall_of(engine)
        engine.sent.clear()
        await engine.deliver()
        engine.sent.clear()
        heard = await ring_through(engine, desk, wall, [70])

        assert (heard, [notice.repeats for notice in engine.notices_of_alerts()]) == ([70], [1])


async def test_a_program_that_ends_while_it_says_it_says_it_again(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await raise_alarm(engine.desk)
        assert await engine.door.claim_outgoing() is not None
    async with house(tmp_path) as engine:
        await engine.deliver()

        assert "anchors-lost" in engine.alerts()


async def test_a_hold_that_ends_by_itself_takes_its_alarm_with_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk, wall = wall_of(engine)
        await switches.hold(desk, "venue-silent", "no answer")
        await engine.deliver()
        await switches.release(desk, "venue-silent")
        await engine.deliver()
        engine.sent.clear()
        heard = await ring_through(engine, desk, wall, range(0, 1800, 30))

        assert heard == []
        assert (await alarms.acknowledge(desk, ANNA, 1)).code == "alarm-over"


async def test_a_kill_that_is_lifted_takes_its_alarm_with_it(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        desk, wall = wall_of(engine)
        await switches.kill(desk, ANNA, "strange fills")
        phrase = await engine.door.disarm_phrase()
        assert phrase is not None
        assert (await switches.disarm(desk, ANNA, phrase, "looked")).ok
        await engine.deliver()
        engine.sent.clear()

        assert await ring_through(engine, desk, wall, range(0, 1800, 30)) == []


async def test_what_is_no_alarm_waits_for_nobody(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.desk.store.write(lambda tx: cards.alert(tx, engine.desk, code="backup-failed", level="warning", key="b", facts={}))

        assert await engine.desk.store.read(lambda tx: tx.open_alarms()) == ()


async def test_the_same_alert_begins_one_alarm(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for _ in range(3):
            await raise_alarm(engine.desk)

        assert len(await engine.desk.store.read(lambda tx: tx.open_alarms())) == 1


async def set_off(store: Store, changes: str, quiet: str = "") -> None:
    await store.write(lambda tx: tx.prefer(OPERATOR.user_id, loudness=changes, quiet=quiet))


async def test_who_switched_entries_off_gets_none_and_hears_all_the_rest(tmp_path: Path) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        room = PeopleRoom(engine.desk)
        assert (await room.choose_loudness(ANNA, "entry.card", "day", "off")).ok
        await engine.run_until(engine.clock.now() + timedelta(minutes=3))
        await engine.tap("reject", engine.card(chat_id=8), by=BRUNO)
        kinds = {chat: [sent.notice.kind for sent in engine.sent if sent.chat_id == chat] for chat in (7, 8)}

    assert kinds == {7: ["start_up"], 8: ["entry_card", "start_up", "card_outcome"]}


async def test_a_card_that_stands_gets_its_ending_though_such_cards_are_off_by_now(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(engine.clock.now() + timedelta(minutes=3))
        await set_off(engine.desk.store, '{"entry.card.day": "off"}')
        await engine.tap("reject", engine.card())

        assert engine.outcomes() == ["rejected"]


async def test_what_makes_no_sound_is_sent_so(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.deliver()
        quiet = []
        for code, level in (("backup-failed", "warning"), ("agent-said", "info"), ("kill", "critical")):
            await engine.desk.store.write(lambda tx, code=code, level=level: cards.alert(tx, engine.desk, code=code, level=level, key=code, facts={}))
            item = await engine.door.claim_outgoing()
            assert item is not None
            await engine.door.settle_sent(item.outbox_id, 1)
            quiet.append(item.is_silent)

    assert quiet == [False, True, False]


async def test_what_must_wake_somebody_cannot_be_changed(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        room = engine.door.people
        wrong = [("alert.kill", "day", "off"), ("nonsense", "day", "off"), ("digest", "noon", "off"), ("digest", "day", "shouting")]

        assert [(await room.choose_loudness(ANNA, *each)).code for each in wrong] == ["loudness-fixed"] * 4
        assert (await room.choose_quiet(ANNA, "25:00-26:00")).code == "quiet-unknown"
        assert (await room.choose_quiet(ANNA, "22:00-07:00")).facts == {"quiet": "22:00-07:00"}
        assert (await room.loudness(7)).quiet == "22:00-07:00"
        assert (await room.choose_quiet(ANNA, "")).code == "quiet-off"
