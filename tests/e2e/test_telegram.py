"""The whole product over Telegram: a real process, real files, a strict platform, simulated days passing by."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.product import cerbero_beside
from tests.e2e.scene import ADA, CAPTION_MAX, STRANGER, Scene, decoded, demo_over_telegram
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import BotMessage
from tests.fakes.bot_rules import units

FOOTER = re.compile(r"⛓ \d+·[0-9a-f]{8}\Z")
SIGNAL_WAIT_S = 2.0


async def test_a_trade_lives_from_card_to_close_in_the_chat(tmp_path: Path) -> None:
    """Simulated time stands while a card waits, so the chat is read at leisure between the decisions."""
    async with FakeBotApi(people={ADA: "Ada"}) as api, demo_over_telegram(api, tmp_path / "home") as scene:
        await greets(scene)
        first = await scene.card("ENTRY #1", after=0)
        await card_can_be_read(scene, first)
        await nonsense_is_answered(scene)
        await strangers_learn_nothing(scene, first)
        approve = first.button("Approve").data
        await approving_opens(scene, first)

        second = await scene.card("ENTRY #2", after=first.message_id)
        await old_buttons_change_nothing(scene, first, approve)
        await open_trade_can_be_read(scene)
        await taken(scene, second, "OPENED trade #2")

        close = await scene.card("CLOSE", after=second.message_id)
        await kill_is_latched_and_lifted_by_phrase(scene)
        await approving_closes(scene, close)

        third = await scene.card("ENTRY", after=close.message_id)
        await closed_trade_can_be_read(scene)
        await evidence_holds(scene, first)
        await forced_close_happens_once(scene, 2)
        await pausing_settles_the_card(scene, third)

        assert await scene.child.stop() == 0
        await strangers_are_on_record(scene)


async def greets(scene: Scene) -> None:
    up = await scene.next("ENGINE UP", after=0)
    assert "first start" in up.text
    assert "Hello Ada" in (await scene.ask("/start", "Hello Ada")).text
    help_text = (await scene.ask("/help", "/positions")).text
    assert all(f"/{name}" in help_text for name in ("status", "why", "kill", "disarm", "force_close", "audit_verify"))
    status = await scene.ask("/status", "Engine active")
    assert "paper stage" in status.text
    assert FOOTER.search(status.text)
    menu = scene.api.commands[""]
    assert [name for name, _ in menu][:2] == ["status", "positions"]


async def card_can_be_read(scene: Scene, card: BotMessage) -> None:
    assert decoded(card).size[0] == 1080
    assert units(card.text) <= CAPTION_MAX
    assert card.labels == ["Approve", "Reject", "Details", "Chart", "Half size", "Wider", "Next expiry", "Snooze 15 min", "HD"]
    after = scene.newest()
    await scene.tap(card, "Details")
    assert "Greeks of the position" in (await scene.next("Greeks of the position", after=after)).text
    await scene.tap(card, "Chart")
    assert decoded(await scene.next("the picture of the card", after=after)).size[0] == 1080
    assert "#1" in (await scene.ask("/pending", "Waiting for your answer")).text


async def nonsense_is_answered(scene: Scene) -> None:
    await scene.ask("blah " * 1000, "is no command, and nothing was done")
    for nonsense, usage in (
        ("/position soon", "/position 7"),
        ("/audit 9999", "/audit 20"),
        ("/disarm now", "/disarm DISARM"),
    ):
        assert usage in (await scene.ask(nonsense, "Expected:")).text
    assert "Did you mean /status?" in (await scene.ask("/statuss", "is no command")).text
    before = scene.newest()
    scene.api.edit_own(ADA, "/kill")
    await scene.ask("/pending", "Waiting for your answer")
    assert not (scene.home / "KILL").exists()
    assert not [each for each in scene.api.messages(ADA) if each.message_id > before and "KILL" in each.text]


async def strangers_learn_nothing(scene: Scene, card: BotMessage) -> None:
    scene.api.say(STRANGER, "/status", name="Mallory")
    answer = await scene.tap_data(card, card.button("Approve").data, user_id=STRANGER)
    assert answer.text == "This button is not for you."
    await scene.ask("/pending", "Waiting for your answer")
    assert scene.api.messages(STRANGER) == []
    assert "Approve" in card.labels


async def approving_opens(scene: Scene, card: BotMessage) -> None:
    answer = await scene.tap(card, "Approve")
    assert "your approval counts" in answer.text
    assert not answer.is_alert
    await scene.reads(card, "✅ DONE")
    assert "Ada" in card.text
    assert card.labels == ["Details", "Chart", "HD"]
    fill = await scene.next("OPENED trade #1", after=card.message_id)
    assert fill.reply_to == card.message_id


async def taken(scene: Scene, card: BotMessage, fill: str) -> None:
    await scene.tap(card, "Approve")
    await scene.next(fill, after=card.message_id)


async def old_buttons_change_nothing(scene: Scene, card: BotMessage, data: str) -> None:
    before = json.loads((await cerbero_beside("state", "inspect", "--json", "--home", scene.home)).stdout)
    for _ in range(2):
        assert "was decided already" in (await scene.tap_data(card, data)).text
    after = json.loads((await cerbero_beside("state", "inspect", "--json", "--home", scene.home)).stdout)
    assert (after["trades"], after["cards"]) == (before["trades"], before["cards"])


async def open_trade_can_be_read(scene: Scene) -> None:
    assert "#1" in (await scene.ask("/positions", "Open trades")).text
    position = await scene.ask("/position 1", lambda message: message.photo is not None and "#1" in message.text)
    assert decoded(position).size[0] == 1080
    decoded(await scene.next("cost to close against the credit", after=position.message_id - 1))
    decoded(await scene.ask("/market", lambda message: message.photo is not None))
    why = await scene.ask("/why", "Decision #")
    assert "Passed" in why.text or why.document is not None
    assert "DIGEST" in (await scene.ask("/digest", "DIGEST")).text


async def approving_closes(scene: Scene, card: BotMessage) -> None:
    decoded(card)
    await scene.tap(card, "Close")
    await scene.reads(card, "✅ DONE")
    fill = await scene.next("CLOSED trade #1", after=card.message_id)
    assert fill.reply_to == card.message_id


async def closed_trade_can_be_read(scene: Scene) -> None:
    assert "#1" in (await scene.ask("/history all", "Closed trades")).text
    equity = await scene.ask("/equity all", "Equity, ")
    assert decoded(equity).size[0] == 1080
    assert "1 closed · 1 open" in equity.text


async def evidence_holds(scene: Scene, old: BotMessage) -> None:
    assert "The chain holds" in (await scene.ask("/audit_verify", "The chain holds")).text
    assert "is in the chain" in (await scene.ask("/audit_verify", "This message's footer", reply_to=old.message_id)).text
    verdict = await cerbero_beside("audit", "verify", "--home", scene.home)
    assert (verdict.returncode, verdict.stdout[:8]) == (0, "audit ok")


async def forced_close_happens_once(scene: Scene, trade_id: int) -> None:
    picker = await scene.ask("/force_close", "Which trade should be closed?")
    after = scene.newest()
    await scene.tap(picker, f"#{trade_id}")
    quote = await scene.next(f"Close #{trade_id}", after=after)
    button = quote.buttons[0][0]
    assert "closing now" in (await scene.tap(quote, button.data)).text
    fill = await scene.next(f"CLOSED trade #{trade_id}", after=after)
    told = [each.text for each in scene.api.messages(ADA) if after < each.message_id < fill.message_id and "🔴 CLOSE #" in each.text]
    assert ["✅ DONE" in text for text in told] == [True]
    assert "used already" in (await scene.tap_data(quote, button.data)).text
    assert "There are no open trades" in (await scene.ask("/positions", "no open trades")).text


async def pausing_settles_the_card(scene: Scene, card: BotMessage) -> None:
    approve = card.button("Approve").data
    assert "travelling" in (await scene.ask("/pause travelling", "Entries are paused")).text
    await scene.reads(card, "⛔")
    assert (await scene.tap_data(card, approve)).is_alert
    await scene.ask("/resume", "Lifted")


async def kill_is_latched_and_lifted_by_phrase(scene: Scene) -> None:
    scene.api.say(ADA, "/kill strange fills")
    await scene.api.wait_until((scene.home / "KILL").exists, timeout=SIGNAL_WAIT_S)
    await scene.next("KILL: no order goes out by itself", after=0)
    assert "2 open" in (await scene.ask("/status", "no order by itself")).text
    await scene.ask("/scan", "Scan done: no entry")
    asked = await scene.ask("/disarm", "To disarm, type")
    phrase = re.search(r"/disarm (DISARM \S+)", asked.text)
    assert phrase is not None
    assert "stays armed" in (await scene.ask("/disarm DISARM 1-0000 because", "not the phrase")).text
    assert (scene.home / "KILL").exists()
    await scene.ask(f"/disarm {phrase[1]} checked at the exchange", "kill switch is off")
    assert not (scene.home / "KILL").exists()
    await scene.ask("/resume", "Lifted")
    await scene.ask("/status", "Engine active")


async def strangers_are_on_record(scene: Scene) -> None:
    rows = json.loads((await cerbero_beside("audit", "tail", "1000", "--json", "--home", scene.home)).stdout)
    strangers = [row for row in rows if row["type"] == "access.refused"]
    assert strangers
    assert {row["actor"] for row in strangers} == {f"stranger:{STRANGER}"}
