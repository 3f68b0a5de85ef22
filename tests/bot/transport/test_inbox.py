"""From a person's thumb to a stored answer, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.chat import Reply, Request
from engine.api import Engine
from tests.bot.transport.desk import Desk, card_buttons, echo
from tests.bot.transport.door import ADA, BEA, NONCE, STRANGER, VIC, StoreDoor
from tests.fakes.bot_api import TOKEN, FakeBotApi


async def test_a_command_is_answered_with_the_audit_footer(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        api.say(ADA, "/scan now please")
        answer = await api.wait_for(lambda m: "did /scan" in m.text)

    assert answer.text == "did /scan now please\nPAPER · ⛓ 12·0a1b2c3d"


async def test_the_menu_is_set_and_waiting_updates_are_kept_at_the_start(api: FakeBotApi, door: StoreDoor) -> None:
    api.say(ADA, "/status")
    async with Desk(api, door):
        await api.wait_for(lambda m: "did /status" in m.text)

    assert api.commands == {"": (("status", "How things stand"),)}
    assert api.webhook_deletions == [False]


async def test_no_update_is_confirmed_before_it_is_stored(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: door.polls > 0 or bool(api.calls_of("getMe")))
        door.is_free.clear()
        api.say(ADA, "/status")
        await api.wait_until(lambda: len(api.calls_of("getUpdates")) >= 4)

        assert len(api.pending_updates()) == 1
        door.is_free.set()
        await api.wait_until(lambda: not api.pending_updates())

        assert door.inbox_states() == ["queued"] or door.inbox_states() == ["done"]


async def test_forty_taps_survive_a_crash_after_any_of_them(api: FakeBotApi, tmp_path: Path) -> None:
    """Stock python-telegram-bot confirms before it handles and loses most of them."""
    effects: list[str] = []

    async def act(request: Request, _: Engine) -> tuple[Reply, ...]:
        await asyncio.sleep(0.005)
        effects.append(str(request.callback))
        return (Reply(toast="done"),)

    door = StoreDoor(tmp_path / "taps.db")
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door):
        card = await api.wait_for(lambda m: m.labels == ["Approve", "Reject"])
    wanted = [f"v1:approve:{number}:{NONCE}" for number in range(40)]
    for data in wanted:
        api.tap_data(card, data)
    for crash_after in (3, 11, 24, 40):
        async with Desk(api, door, handler=act):
            await api.wait_until(lambda least=crash_after: len(set(effects)) >= least, timeout=10)
        door.close()
        door = StoreDoor(tmp_path / "taps.db")
    async with Desk(api, door, handler=act):
        await api.wait_until(lambda: set(door.inbox_states()) == {"done"})
    door.close()

    assert sorted(set(effects)) == sorted(wanted)
    assert len(effects) <= 40 + 4


async def test_a_kill_is_latched_while_a_handler_hangs_and_is_answered(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "scan":
            await asyncio.Event().wait()
        return await echo(request, engine)

    async with Desk(api, door, handler=act) as desk:
        api.say(BEA, "/scan")
        await api.wait_until(lambda: bool(desk.requests))
        api.say(BEA, "/kill strange fills")
        await api.wait_until(lambda: bool(door.kills))
        await api.wait_for(lambda m: "did /kill strange fills" in m.text)

    assert [(person.user_id, person.source, reason) for person, reason in door.kills] == [(BEA, "chat", "strange fills")]


async def test_a_kill_is_answered_before_thirty_handlers_that_hang_were_waited_for(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "scan":
            await asyncio.Event().wait()
        return await echo(request, engine)

    for _ in range(30):
        api.say(BEA, "/scan")
    api.say(BEA, "/kill")
    async with Desk(api, door, handler=act):
        await api.wait_for(lambda m: "did /kill" in m.text, timeout=8)


async def test_a_kill_is_latched_while_the_store_hangs(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        door.is_free.clear()
        api.say(ADA, "/positions")
        await api.wait_until(lambda: len(api.pending_updates()) == 1)
        api.say(ADA, "/kill")
        await api.wait_until(lambda: bool(door.kills), timeout=4)

        assert [person.user_id for person, _ in door.kills] == [ADA]
        door.is_free.set()
        await api.wait_for(lambda m: "did /kill" in m.text)


async def test_a_kill_is_latched_in_a_store_that_hangs_since_the_first_poll(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: bool(api.calls_of("setMyCommands")))
        door.is_free.clear()
        api.say(ADA, "/kill")
        await api.wait_until(lambda: bool(door.kills), timeout=4)
        door.is_free.set()


async def test_strangers_who_write_kill_keep_nobody_waiting_while_the_store_hangs(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        door.is_free.clear()
        for number in range(50):
            api.say(STRANGER + number, "/kill")
        api.say(ADA, "/kill")
        await api.wait_until(lambda: bool(door.kills), timeout=8)
        door.is_free.set()


@pytest.mark.parametrize("sender", [VIC, STRANGER])
async def test_a_kill_of_a_viewer_or_a_stranger_latches_nothing(api: FakeBotApi, door: StoreDoor, sender: int) -> None:
    async with Desk(api, door):
        api.say(sender, "/kill")
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert door.kills == []


async def test_a_long_replay_holds_nothing_up(api: FakeBotApi, door: StoreDoor) -> None:
    is_done = asyncio.Event()

    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "replay":
            await is_done.wait()
        return await echo(request, engine)

    async with Desk(api, door, handler=act):
        api.say(ADA, "/replay")
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        await api.wait_for(lambda m: "working on it (en)" in m.text)
        is_done.set()
        await api.wait_for(lambda m: "did /replay" in m.text)

    assert door.inbox_states() == ["done", "done"]


async def test_commands_of_one_chat_keep_their_order(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        await asyncio.sleep(0.05 if request.command == "a0" else 0)
        return await echo(request, engine)

    async with Desk(api, door, handler=act):
        for number in range(5):
            api.say(ADA, f"/a{number}")
        await api.wait_for(lambda m: "did /a4" in m.text)

    assert [m.text.split("\n")[0] for m in api.messages(ADA)] == [f"did /a{number}" for number in range(5)]


async def test_what_is_not_plainly_a_command_to_this_bot_runs_nothing(api: FakeBotApi, door: StoreDoor) -> None:
    origin = {"type": "user", "date": 1, "sender_user": {"id": ADA, "is_bot": False, "first_name": "Ada"}}
    async with Desk(api, door) as desk:
        api.edit_own(ADA, "/kill edited")
        api.say(ADA, "/kill forwarded", forward_origin=origin)
        api.say(ADA, "/kill inline", via_bot={"id": 7, "is_bot": True, "first_name": "x"})
        api.say(ADA, "/kill channel", sender_chat={"id": -100, "type": "channel", "title": "x"})
        api.say(ADA, "/kill@other_bot")
        api.say(ADA, "/kill group", chat={"id": ADA, "type": "group", "title": "x"})
        api.push({"message": {"message_id": 1}})
        api.push({"callback_query": {"id": "t", "from": {"id": ADA, "is_bot": False, "first_name": "A"}, "inline_message_id": "x", "data": "d"}})
        api.say(ADA, "/status@Cerbero_Test_Bot")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert [request.command for request in desk.requests] == ["status"]
    assert door.kills == []


async def test_a_tap_is_answered_by_its_toast(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        card = await api.wait_for(lambda m: bool(m.buttons))
        answer = await api.wait_for_answer(api.tap(card, "Approve"))

    assert answer.text == f"heard v1:approve:142:{NONCE}"
    assert desk.requests[-1].message_id == card.message_id
    assert len(api.messages(ADA)) == 1


async def test_a_tap_too_old_to_answer_still_counts_and_its_words_come_as_a_message(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        card = await api.wait_for(lambda m: bool(m.buttons))
        api.expire_tap(api.tap(card, "Reject"))
        told = await api.wait_for(lambda m: "heard v1:reject" in m.text)

    assert [request.callback for request in desk.requests] == [f"v1:reject:142:{NONCE}"]
    assert told.chat_id == ADA
    assert door.inbox_states() == ["done"]


async def test_the_spinner_stops_before_a_slow_handler_ends(api: FakeBotApi, door: StoreDoor) -> None:
    is_done = asyncio.Event()

    async def act(_: Request, __: Engine) -> tuple[Reply, ...]:
        await is_done.wait()
        return (Reply(toast="filled at last"),)

    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door, handler=act):
        card = await api.wait_for(lambda m: bool(m.buttons))
        answer = await api.wait_for_answer(api.tap(card, "Approve"))
        is_done.set()
        await api.wait_for(lambda m: "filled at last" in m.text)

    assert answer.text == ""


async def test_a_tap_that_only_looks_is_answered_at_once_and_its_words_come_as_a_message(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(_: Request, __: Engine) -> tuple[Reply, ...]:
        return (Reply(toast="that card is gone"),)

    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door, handler=act, only_looks=lambda _: True):
        card = await api.wait_for(lambda m: bool(m.buttons))
        answer = await api.wait_for_answer(api.tap(card, "Approve"))
        told = await api.wait_for(lambda m: "that card is gone" in m.text)

    assert (answer.text, told.chat_id) == ("", ADA)


async def test_a_tap_of_a_stranger_reaches_neither_store_nor_handler(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        card = await api.wait_for(lambda m: bool(m.buttons))
        for _ in range(20):
            api.tap(card, "Approve", user_id=STRANGER)
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert door.strangers == [(STRANGER, "callback_query")]
    assert len(door.inbox_states()) == 1
    assert [request.user_id for request in desk.requests] == [ADA]


async def test_a_listed_person_tapping_in_another_chat_is_recorded_and_refused(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        card = await api.wait_for(lambda m: bool(m.buttons))
        answer = await api.wait_for_answer(api.tap(card, "Approve", user_id=VIC))

    assert answer.text == "This button is not for you."
    assert door.strangers == [(VIC, "button")]
    assert desk.requests == []


@pytest.mark.parametrize("mistake", [ValueError("bad"), RecursionError("deep"), asyncio.CancelledError()])
async def test_a_failing_handler_is_tried_three_times_and_its_sender_told_once(api: FakeBotApi, door: StoreDoor, mistake: BaseException) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "scan":
            raise mistake
        return await echo(request, engine)

    async with Desk(api, door, handler=act) as desk:
        api.say(BEA, "/scan")
        api.say(BEA, "/status")
        await api.wait_for(lambda m: "given up" in m.text)
        await api.wait_for(lambda m: "did /status" in m.text)

    assert [request.command for request in desk.requests if request.command == "scan"] == ["scan"] * 3
    assert [m.text for m in api.messages(BEA) if "given up" in m.text] == ["given up (it)\nPAPER · ⛓ 12·0a1b2c3d"]
    assert door.inbox_states() == ["dead", "done"]


async def test_an_update_that_crashes_the_program_each_time_is_buried_and_the_next_one_handled(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "poison":
            await asyncio.Event().wait()
        return await echo(request, engine)

    api.say(ADA, "/poison")
    for _ in range(3):
        async with Desk(api, door, handler=act) as desk:
            await api.wait_until(lambda here=desk: bool(here.requests))
    api.say(ADA, "/status")
    async with Desk(api, door, handler=act):
        await api.wait_for(lambda m: "did /status" in m.text)
        await api.wait_until(lambda: door.inbox_states() == ["dead", "done"])


@pytest.mark.parametrize("call", ["operators", "store_update", "next_update", "claim_outgoing"])
async def test_a_store_that_fails_for_a_moment_loses_nothing(api: FakeBotApi, door: StoreDoor, call: str) -> None:
    door.failures[call] = 1
    async with Desk(api, door):
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert len(api.messages(ADA)) == 1


async def test_an_apology_that_cannot_be_sent_stops_nothing(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "scan":
            raise ValueError("bad")
        return await echo(request, engine)

    api.fault("sendMessage", code=502, contains="given up")
    async with Desk(api, door, handler=act):
        api.say(BEA, "/scan")
        api.say(BEA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert door.inbox_states() == ["dead", "done"]


async def test_the_token_stands_in_no_log(api: FakeBotApi, door: StoreDoor, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    api.fault("sendMessage", code=502)
    async with Desk(api, door) as desk:
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        api.fault("getUpdates", code=401)
        api.say(ADA, "/positions")
        await api.wait_for(lambda m: "did /positions" in m.text)
        shown = repr(desk.telegram)

    seen = caplog.text + "".join(str(record.__dict__) for record in caplog.records) + "".join(capfd.readouterr()) + shown
    assert TOKEN not in seen
    assert TOKEN.split(":")[1] not in seen


def test_cards_need_no_more_than_the_bytes_a_button_may_carry() -> None:
    assert all(len(button.action.encode()) <= 64 for row in card_buttons(NONCE) for button in row)
