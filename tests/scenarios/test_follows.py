"""A message that follows the audit chain: what it shows, how often it is edited, and that it always ends in words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from engine.api import OutboxItem
from engine.notices import FollowNotice, decode_notice
from engine.runtime.follows import EDIT_EVERY, ENDINGS_MAX, LASTS, ROWS_SHOWN, SUMMARY_MAX_CHARS
from engine.state.repository import Transaction
from tests.scenarios.house import OPERATOR, SECOND, House, house
from tests.scenarios.house import START_AT as OPERATOR_START
from tests.scenarios.test_late import WallClock, claimed, late_house, words

CHAT = OPERATOR.chat_id


async def write_rows(engine: House, count: int = 1, body: str = "x") -> None:
    def work(tx: Transaction) -> None:
        for _ in range(count):
            tx.audit(actor="engine", type="test.written", ref="test", body={"said": body})

    await engine.desk.store.write(work)


async def later(engine: House, clock: WallClock, step: timedelta = EDIT_EVERY) -> list[OutboxItem]:
    """What goes out once so much time has passed."""
    clock.advance_to(clock.now() + step)
    return await claimed(engine)


def read(item: OutboxItem) -> FollowNotice:
    notice = decode_notice(item.kind, item.payload_json)
    assert isinstance(notice, FollowNotice)
    return notice


async def test_rows_that_come_are_edited_into_the_same_message_under_the_chains_head(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        (first,) = await claimed(engine)
        await write_rows(engine)
        (edit,) = await later(engine, clock)
        head = await engine.desk.store.read(lambda tx: tx.head())

    assert (first.edit_message_ids, first.is_silent) == ((), False)
    assert edit.edit_message_ids == (900 + first.outbox_id,)
    assert (read(first).new_rows, read(edit).new_rows) == (0, 1)
    assert read(edit).lines[0].seq == head.seq == edit.audit_seq
    assert edit.audit_hash8 == head.hash[:8]
    assert len(read(edit).lines) <= ROWS_SHOWN


async def test_a_burst_of_rows_is_one_edit_and_no_row_is_no_edit(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        await claimed(engine)
        await write_rows(engine, 30, body="y" * 4_000)
        too_soon = await later(engine, clock, EDIT_EVERY - timedelta(milliseconds=1))
        (edit,) = await later(engine, clock, timedelta(milliseconds=1))
        nothing_came = await later(engine, clock, timedelta(minutes=1))

    assert (too_soon, nothing_came) == ([], [])
    assert (read(edit).new_rows, len(read(edit).lines)) == (30, ROWS_SHOWN)
    assert {len(line.summary) for line in read(edit).lines} == {SUMMARY_MAX_CHARS}


async def test_while_an_edit_waits_no_other_is_owed_and_the_next_shows_what_came_meanwhile(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        await claimed(engine)
        await write_rows(engine)
        clock.advance_to(clock.now() + EDIT_EVERY)
        held = await engine.door.claim_outgoing()
        assert held is not None
        await engine.door.settle_retry(held.outbox_id, delay_s=30.0, error="flood")
        await write_rows(engine, 5)
        while_waiting = await later(engine, clock, timedelta(seconds=29))
        first, second = await later(engine, clock, timedelta(seconds=1))

    assert while_waiting == []
    assert (read(first).new_rows, read(second).new_rows) == (1, 6)


async def test_after_ten_minutes_a_last_edit_says_that_it_ended_and_no_other_follows(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        (first,) = await claimed(engine)
        just_before = await later(engine, clock, LASTS - timedelta(milliseconds=1))
        (last,) = await later(engine, clock, timedelta(milliseconds=1))
        await write_rows(engine)
        afterwards = await later(engine, clock, timedelta(hours=1))

    assert (just_before, afterwards) == ([], [])
    assert (read(last).ended, last.edit_message_ids) == ("over", (900 + first.outbox_id,))
    assert "Ended by itself" in words(last)
    assert "New rows appear here" not in words(last)


async def test_a_second_one_in_the_same_chat_takes_the_place_of_the_first(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        (first,) = await claimed(engine)
        await engine.door.follows.begin(CHAT, "2")
        (second,) = await claimed(engine)
        (ended,) = await later(engine, clock)
        await write_rows(engine)
        (edit,) = await later(engine, clock)

    assert (read(ended).ended, ended.edit_message_ids) == ("replaced", (900 + first.outbox_id,))
    assert edit.edit_message_ids == (900 + second.outbox_id,)


async def test_the_same_command_handled_twice_begins_once(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        await engine.door.follows.begin(CHAT, "1")
        begun = await claimed(engine)
        nothing_ended = await later(engine, clock)

    assert (len(begun), nothing_ended) == (1, [])


async def test_each_chat_follows_for_itself(tmp_path: Path) -> None:
    clock = WallClock(OPERATOR_START)
    async with house(tmp_path, operators=(OPERATOR, SECOND), clock=clock) as engine:
        await claimed(engine)
        await engine.door.follows.begin(CHAT, "1")
        await engine.door.follows.begin(SECOND.chat_id, "2")
        await claimed(engine)
        await write_rows(engine)
        edits = await later(engine, clock)

    assert {CHAT, SECOND.chat_id} == {edit.chat_id for edit in edits}


@pytest.mark.parametrize(("away", "ended"), [(timedelta(minutes=2), ""), (timedelta(hours=3), "over")])
async def test_after_a_restart_it_goes_on_or_ends_in_words(tmp_path: Path, away: timedelta, ended: str) -> None:
    clock = WallClock(OPERATOR_START)
    async with house(tmp_path, clock=clock) as engine:
        await claimed(engine)
        await engine.door.follows.begin(CHAT, "1")
        first = (await claimed(engine))[-1]
    clock.advance_to(clock.now() + away)
    async with house(tmp_path, clock=clock) as engine:
        edits = [item for item in await claimed(engine) if item.kind == "follow"]

    assert [(ended, (900 + first.outbox_id,))] == [(read(edit).ended, edit.edit_message_ids) for edit in edits]


@pytest.mark.parametrize("ending", ["", "over"])
async def test_an_edit_nobody_knows_of_is_said_again(tmp_path: Path, ending: str) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        (first,) = await claimed(engine)
        await write_rows(engine)
        clock.advance_to(clock.now() + (LASTS if ending else EDIT_EVERY))
        lost = await engine.door.claim_outgoing()
        assert lost is not None
        await engine.door.settle_dead(lost.outbox_id, error="no answer in time", ambiguous=True)
        (again,) = await later(engine, clock)
        silence = await later(engine, clock)

    assert (read(again).ended, again.edit_message_ids, silence) == (ending, (900 + first.outbox_id,), [])


async def test_a_message_that_was_deleted_goes_on_where_its_edit_landed(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        await claimed(engine)
        await write_rows(engine)
        clock.advance_to(clock.now() + EDIT_EVERY)
        moved = await engine.door.claim_outgoing()
        assert moved is not None
        await engine.door.settle_sent(moved.outbox_id, 7_777)
        await write_rows(engine)
        (edit,) = await later(engine, clock)

    assert edit.edit_message_ids == (7_777,)


async def test_an_end_nobody_can_take_is_said_so_often_and_then_no_more(tmp_path: Path) -> None:
    said = 0
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        await claimed(engine)
        clock.advance_to(clock.now() + LASTS)
        while (lost := await engine.door.claim_outgoing()) is not None:
            await engine.door.settle_dead(lost.outbox_id, error="no answer in time", ambiguous=True)
            clock.advance_to(clock.now() + EDIT_EVERY)
            said += 1

    assert said == ENDINGS_MAX


@pytest.mark.parametrize("ambiguous", [False, True])
async def test_one_that_never_arrived_is_forgotten(tmp_path: Path, *, ambiguous: bool) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        first = await engine.door.claim_outgoing()
        assert first is not None
        await engine.door.settle_dead(first.outbox_id, error="gone", ambiguous=ambiguous)
        await write_rows(engine)

        assert await later(engine, clock) == []
        assert await later(engine, clock, LASTS) == []


async def test_one_that_could_not_be_sent_in_its_time_is_named_among_the_late(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await engine.door.follows.begin(CHAT, "1")
        (away,) = await later(engine, clock, LASTS)

    assert (away.kind, "row by row" in words(away)) == ("away", True)
