"""`/audit follow` as Telegram sees it: one message, edited, under the limits, ended in words."""

from __future__ import annotations

from pathlib import Path

from engine.runtime.follows import EDIT_EVERY, LASTS
from engine.state.repository import Transaction
from tests.bot.transport.test_pairing import ADA, phones
from tests.fakes.bot_api import FakeBotApi
from tests.scenarios.test_follows import write_rows
from tests.scenarios.test_late import late_house


def is_put_off(tx: Transaction) -> bool:
    """The edit waits as long as Telegram told it to."""
    return bool(tx._sql("SELECT 1 FROM outbox WHERE state = 'retry'"))


async def test_one_message_is_edited_as_rows_come_survives_a_flood_wait_and_ends(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock), FakeBotApi(people={ADA: "Ada"}) as api, phones(engine, api):
        api.say(ADA, "/audit follow")
        shown = await api.wait_for(lambda message: "No new row so far" in message.text, chat_id=ADA)
        await write_rows(engine, 3)
        clock.advance_to(clock.now() + EDIT_EVERY)
        await api.wait_until(lambda: "3 new rows so far" in shown.text)
        head = await engine.desk.store.read(lambda tx: tx.head())
        footer_then = f"⛓ {head.seq}·{head.hash[:8]}" in shown.text
        api.fault("editMessageText", code=429, retry_after=1)
        await write_rows(engine)
        clock.advance_to(clock.now() + EDIT_EVERY)
        await api.wait_until(lambda: engine.desk.store.read_sync(is_put_off))
        clock.advance_to(clock.now() + EDIT_EVERY)
        await api.wait_until(lambda: "4 new rows so far" in shown.text)
        clock.advance_to(clock.now() + LASTS)
        await api.wait_until(lambda: "Ended by itself" in shown.text)

    assert footer_then
    assert api.messages(ADA) == [shown]


async def test_a_second_one_ends_the_first_in_words(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock), FakeBotApi(people={ADA: "Ada"}) as api, phones(engine, api):
        api.say(ADA, "/audit follow")
        first = await api.wait_for(lambda message: "New rows appear here" in message.text, chat_id=ADA)
        api.say(ADA, "/audit follow")
        second = await api.wait_for(lambda message: message is not first and "New rows appear here" in message.text, chat_id=ADA)
        clock.advance_to(clock.now() + EDIT_EVERY)
        await api.wait_until(lambda: "took its place" in first.text)

    assert "New rows appear here" in second.text
