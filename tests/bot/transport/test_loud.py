"""Loudness and alarms as Telegram sees them: edits in place, messages without a sound, one alarm that stands and is acknowledged."""

from __future__ import annotations

from pathlib import Path

from engine.runtime import alarms, cards
from tests.bot.transport.test_pairing import ADA, phones
from tests.fakes.bot_api import FakeBotApi
from tests.scenarios.house import House, house


async def warn(engine: House, code: str, level: str) -> None:
    await engine.desk.store.write(lambda tx: cards.alert(tx, engine.desk, code=code, level=level, key=code, facts={}))  # type: ignore[arg-type]


def sounds(api: FakeBotApi) -> list[bool]:
    """Whether each message made a sound, oldest first."""
    return [call.params.get("disable_notification", "false").lower() != "true" for call in api.calls_of("sendMessage")]


async def test_the_matrix_is_changed_in_the_place_of_the_list(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada"}) as api, phones(engine, api):
        api.say(ADA, "/notify")
        shown = await api.wait_for(lambda message: "What makes a sound" in message.text, chat_id=ADA)
        api.tap(shown, "entry cards")
        await api.wait_until(lambda: len(shown.labels) == 7)
        api.tap(shown, "v1:loud:entry.card.day.off:-")
        await api.wait_until(lambda: "day ✖ ✓" in shown.labels)
        api.tap(shown, "Back")
        await api.wait_until(lambda: "✖ 🔕 entry cards" in shown.text)
        chosen = (await engine.door.people.loudness(ADA)).subjects

    assert [(each.day, each.night) for each in chosen if each.subject == "entry.card"] == [("off", "silent")]
    assert len([message for message in api.messages(ADA) if "sound for you" in message.text]) == 1


async def test_an_alarm_rings_stands_once_and_ends_with_a_tap(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada"}) as api, phones(engine, api):
        await warn(engine, "agent-said", "info")
        await api.wait_for(lambda message: "agent-said" in message.text, chat_id=ADA)
        await warn(engine, "anchors-lost", "critical")
        first = await api.wait_for(lambda message: "Anchors of the audit chain" in message.text, chat_id=ADA)
        await engine.desk.store.write(lambda tx: tx.set_alarm(1, repeats=0, next_at=engine.clock.wall()))
        await alarms.ring(engine.desk)
        again = await api.wait_for(lambda message: "Said 2 times" in message.text, chat_id=ADA)
        await api.wait_until(lambda: first not in api.messages(ADA))
        api.tap(again, "Seen")
        await api.wait_until(lambda: "Acknowledged by Ada" in again.text)
        told = sounds(api)

    assert told == [False, False, True, True]
    assert again.labels == []
