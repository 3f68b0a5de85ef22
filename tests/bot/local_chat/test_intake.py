"""What a person types or taps is an update like any other chat's, stored before it counts."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat import Button, Reply
from bot.local_chat.intake import UNANSWERED_TAPS_MAX
from bot.local_chat.updates import LOCAL_CHAT_ID, LOCAL_USER_ID, Ids, kill_reason, message_json, typed_update
from bot.updates import Incoming, parse
from engine.clock import ManualClock
from engine.errors import DeliveryError, StateError
from engine.views import Person
from tests.bot.local_chat.door import Running, running_chat

OPERATOR = Person(user_id=LOCAL_USER_ID, name="Operator", source="chat")
CARD = Reply(html="<b>ENTRY #142</b>\n⛓ 12·a1b2c3d4", buttons=((Button(label="Approve", action="v1:approve:142:nonce"),),))


def read(running: Running) -> Incoming:
    parsed = parse(running.door.updates[-1], bot_username=running.chat.username, received_at=datetime.now(UTC))
    assert isinstance(parsed, Incoming)
    return parsed


async def test_a_typed_command_reaches_the_inbox_as_a_command_of_the_local_operator() -> None:
    async with running_chat() as running, running.client() as client:
        answer = await client.post("/send", json={"text": "  /history 30d losers "})

        assert answer.status_code == 200
        said = read(running)
        assert (said.command, said.args, said.text) == ("history", ("30d", "losers"), None)
        assert (said.user_id, said.chat_id, said.user_name) == (LOCAL_USER_ID, LOCAL_CHAT_ID, "Operator")
        assert said.message_id == answer.json()["message_id"]
        assert abs(said.sent_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert running.pokes == [None]


async def test_plain_words_are_text_and_no_command() -> None:
    async with running_chat() as running, running.client() as client:
        await client.post("/send", json={"text": "DISARM 142-7F3A"})

        said = read(running)
        assert (said.command, said.text) == (None, "DISARM 142-7F3A")


async def test_an_answer_to_a_message_carries_its_words_and_footer() -> None:
    async with running_chat() as running, running.client() as client:
        sent = await running.chat.send(LOCAL_CHAT_ID, CARD)
        await client.post("/send", json={"text": "/audit_verify", "reply_to": sent.message_id})

        assert read(running).replied_text == "ENTRY #142\n⛓ 12·a1b2c3d4"


async def test_an_answer_to_a_message_that_is_gone_is_an_ordinary_message() -> None:
    async with running_chat() as running, running.client() as client:
        assert (await client.post("/send", json={"text": "/audit_verify", "reply_to": 5})).status_code == 200

        assert read(running).replied_text is None


async def test_a_tap_reaches_the_inbox_with_its_message_and_is_answered_once() -> None:
    async with running_chat() as running, running.client() as client:
        sent = await running.chat.send(LOCAL_CHAT_ID, CARD)
        answer = await client.post("/tap", json={"message_id": sent.message_id, "action": "v1:approve:142:nonce"})

        assert answer.status_code == 200
        tapped = read(running)
        assert (tapped.callback, tapped.message_id, tapped.chat_id) == ("v1:approve:142:nonce", sent.message_id, LOCAL_CHAT_ID)
        assert [tapped.callback_id] == running.door.callback_ids
        await running.chat.answer_callback(str(tapped.callback_id), "Approved")
        with pytest.raises(DeliveryError, match="waits for no answer") as refused:
            await running.chat.answer_callback(str(tapped.callback_id), "Approved")
        assert refused.value.permanent


async def test_a_tap_on_a_message_that_is_gone_is_not_stored() -> None:
    async with running_chat() as running, running.client() as client:
        assert (await client.post("/tap", json={"message_id": 5, "action": "x"})).status_code == 404

        assert running.door.updates == []


async def test_a_kill_is_latched_while_the_store_hangs() -> None:
    async with running_chat() as running, running.client() as client:
        running.door.is_open.clear()
        sending = asyncio.create_task(client.post("/send", json={"text": "/kill strange fills"}))
        await running.door.killed.wait()
        is_still_storing = not sending.done()
        running.door.is_open.set()

        assert (await sending).status_code == 200
        assert running.door.kills == [(OPERATOR, "strange fills")]
        assert is_still_storing
        assert read(running).command == "kill"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/kill", ""),
        ("/KILL", ""),
        ("/kill  now\nplease ", "now\nplease"),
        ("/kills", None),
        ("/kill_switch", None),
        ("kill", None),
        ("please /kill", None),
        ("/kill@other now", None),
    ],
)
def test_only_the_kill_command_takes_the_kill_lane(text: str, expected: str | None) -> None:
    assert expected == kill_reason(text)


@pytest.mark.parametrize("failure", [StateError("disk"), OSError(5, "EIO")])
async def test_what_the_store_does_not_take_is_not_shown_as_sent(failure: Exception) -> None:
    async with running_chat() as running, running.client() as client:
        running.door.failure = failure
        sent = await running.chat.send(LOCAL_CHAT_ID, CARD)

        assert (await client.post("/send", json={"text": "/status"})).status_code == 503
        assert (await client.post("/tap", json={"message_id": sent.message_id, "action": "x"})).status_code == 503
        assert running.pokes == []


async def test_an_update_the_store_already_has_is_refused() -> None:
    async with running_chat() as running, running.client() as client:
        running.door.is_new = False

        assert (await client.post("/send", json={"text": "/status"})).status_code == 503


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("/send", b""),
        ("/send", b"[]"),
        ("/send", b'{"text":""}'),
        ("/send", b'{"text":"   "}'),
        ("/send", b'{"text":5}'),
        ("/send", b'{"text":"a","admin":true}'),
        ("/send", b'{"text":"\\ud800"}'),
        ("/send", json.dumps({"text": "x" * 4097}).encode()),
        ("/send", b'{"text":"' + b"x" * 40_000 + b'"}'),
        ("/send", b"[" * 20_000),
        ("/tap", b'{"message_id":"1","action":"x"}'),
        ("/tap", b'{"message_id":1,"action":""}'),
        ("/tap", json.dumps({"message_id": 1, "action": "é" * 33}).encode()),
    ],
)
async def test_a_malformed_body_is_refused_in_words(route: str, body: bytes) -> None:
    async with running_chat() as running, running.client() as client:
        answer = await client.post(route, content=body, headers={"content-type": "application/json"})

        assert answer.status_code == 400
        assert answer.json()["error"]
        assert running.door.updates == []


async def test_a_form_of_another_page_cannot_speak() -> None:
    async with running_chat() as running, running.client() as client:
        answer = await client.post("/send", content=b'{"text":"/kill"}', headers={"content-type": "text/plain"})

        assert answer.status_code == 400
        assert running.door.kills == []


async def test_forgotten_taps_do_not_pile_up() -> None:
    async with running_chat() as running, running.client() as client:
        sent = await running.chat.send(LOCAL_CHAT_ID, CARD)
        for _ in range(UNANSWERED_TAPS_MAX + 1):
            await client.post("/tap", json={"message_id": sent.message_id, "action": "x"})
        oldest, *later = running.door.callback_ids

        with pytest.raises(DeliveryError):
            await running.chat.answer_callback(oldest, "")
        for callback_id in later:
            await running.chat.answer_callback(callback_id, "")


def test_ids_only_rise_and_the_next_run_starts_above() -> None:
    clock = ManualClock(datetime(2026, 11, 18, tzinfo=UTC))
    first = Ids(clock)
    updates = [first.next_update_id() for _ in range(1000)]
    messages = [first.next_message_id() for _ in range(1000)]

    assert updates == sorted(set(updates))
    assert messages == sorted(set(messages))
    assert updates[-1] < 0 < messages[0] < 2**53


def test_a_local_update_never_moves_the_poll_offset_of_a_real_bot() -> None:
    assert Ids(ManualClock(datetime(2026, 11, 18, tzinfo=UTC))).next_update_id() < 0


def test_words_of_any_script_survive_the_way() -> None:
    head = message_json(1, datetime(2026, 11, 18, tzinfo=UTC), language="en", is_mine=True)
    raw = typed_update("/note 142 però 🦴 <b>", update_id=-1, message=head, answered=None)

    assert raw.isascii()
    assert json.loads(raw)["message"]["text"] == "/note 142 però 🦴 <b>"
    assert json.loads(raw)["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
