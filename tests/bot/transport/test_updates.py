"""Raw updates to what they mean; hostile ones to nothing."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.updates import Ignored, IgnoreReason, Incoming, callback_id_of, parse, to_request, what_of
from engine.api import Operator

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PERSON = {"id": 1001, "is_bot": False, "first_name": "Ada", "last_name": "L\u202eovelace"}
CHAT = {"id": 1001, "type": "private"}


def message(text: str | None = "/status", **extra: Any) -> dict[str, Any]:
    length = len((text if text is not None else "").split(" ")[0])
    body = {"message_id": 5, "from": PERSON, "chat": CHAT, "date": 1_795_000_000, "entities": [{"type": "bot_command", "offset": 0, "length": length}]}
    return {"update_id": 9, "message": body | ({} if text is None else {"text": text}) | extra}


def tap(**extra: Any) -> dict[str, Any]:
    query = {"id": "q1", "from": PERSON, "chat_instance": "1", "message": {"message_id": 5, "chat": CHAT, "date": 0}, "data": "v1:page:2:-"}
    return {"update_id": 9, "callback_query": query | extra}


def read(update: object) -> Incoming | Ignored:
    return parse(update, bot_username="Cerbero_Bot", received_at=NOW)


@pytest.mark.parametrize(
    ("text", "command", "args"),
    [
        ("/status", "status", ()),
        ("/Status", "status", ()),
        ("/status@cerbero_bot", "status", ()),
        ("/kill strange  fills\nnow", "kill", ("strange", "fills", "now")),
        ("/start payload-42", "start", ("payload-42",)),
        ("/kill \x00re\u202eason\u200b", "kill", ("reason",)),
    ],
)
def test_a_command_is_read_with_its_arguments(text: str, command: str, args: tuple[str, ...]) -> None:
    incoming = read(message(text))

    assert isinstance(incoming, Incoming)
    assert (incoming.command, incoming.args, incoming.text, incoming.callback) == (command, args, None, None)
    assert incoming.sent_at == datetime.fromtimestamp(1_795_000_000, UTC)
    assert incoming.user_name == "Ada Lovelace"


@pytest.mark.parametrize("text", ["status", " /status", "/ki\x00ll", "/k\u200bill", "/", "//kill", "/kill-all", "/kill@", "\u202e/kill", "／kill"])
def test_what_is_not_exactly_a_command_is_text(text: str) -> None:
    incoming = read(message(text))

    assert isinstance(incoming, Incoming)
    assert incoming.command is None
    assert incoming.text is not None


def test_a_command_without_its_entity_is_text() -> None:
    incoming = read(message("/kill", entities=[]))

    assert isinstance(incoming, Incoming)
    assert (incoming.command, incoming.text) == (None, "/kill")


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (message("/kill@other_bot"), IgnoreReason.OTHER_BOT),
        (message("/kill@cerbero_bot2"), IgnoreReason.OTHER_BOT),
        (message(forward_origin={"type": "user"}), IgnoreReason.FORWARDED),
        (message(forward_date=1), IgnoreReason.FORWARDED),
        (message(via_bot={"id": 3}), IgnoreReason.VIA_BOT),
        (message(sender_chat={"id": -100}), IgnoreReason.SENDER_CHAT),
        (message(edit_date=1), IgnoreReason.EDITED),
        (message(chat={"id": -5, "type": "group"}), IgnoreReason.NOT_PRIVATE),
        (message(chat={"id": -5, "type": "supergroup"}), IgnoreReason.NOT_PRIVATE),
        (message(None, caption="/kill", photo=[]), IgnoreReason.CAPTION),
        (message(None, sticker={}), IgnoreReason.UNSUPPORTED),
        (message(**{"from": PERSON | {"is_bot": True}}), IgnoreReason.FROM_BOT),
        (message(**{"from": {"id": 1}}), IgnoreReason.FROM_BOT),
        (message(**{"from": None}), IgnoreReason.MALFORMED),
        (message(date="now"), IgnoreReason.MALFORMED),
        (message(date=10**18), IgnoreReason.MALFORMED),
        (message(message_id=True), IgnoreReason.MALFORMED),
        ({"update_id": 9, "edited_message": message()["message"]}, IgnoreReason.EDITED),
        ({"update_id": 9, "channel_post": message()["message"]}, IgnoreReason.NOT_PRIVATE),
        ({"update_id": 9, "edited_channel_post": message()["message"]}, IgnoreReason.EDITED),
        ({"update_id": 9, "inline_query": {}}, IgnoreReason.UNSUPPORTED),
        ({"update_id": "9", "message": {}}, IgnoreReason.MALFORMED),
        (None, IgnoreReason.MALFORMED),
        ([], IgnoreReason.MALFORMED),
        (tap(message=None), IgnoreReason.UNSUPPORTED),
        (tap(data=None), IgnoreReason.UNSUPPORTED),
        (tap(data="x" * 65), IgnoreReason.MALFORMED),
        (tap(message={"message_id": 5, "chat": {"id": -1, "type": "group"}}), IgnoreReason.NOT_PRIVATE),
        (tap(**{"from": PERSON | {"is_bot": True}}), IgnoreReason.FROM_BOT),
    ],
)
def test_everything_else_does_nothing_and_says_why(update: object, reason: IgnoreReason) -> None:
    ignored = read(update)

    assert isinstance(ignored, Ignored)
    assert ignored.reason is reason


def test_a_tap_is_as_old_as_its_arrival() -> None:
    incoming = read(tap())

    assert isinstance(incoming, Incoming)
    assert (incoming.callback, incoming.callback_id, incoming.sent_at, incoming.message_id) == ("v1:page:2:-", "q1", NOW, 5)
    assert callback_id_of(tap()) == "q1"
    assert callback_id_of(message()) is None


def test_the_text_of_the_message_answered_comes_along() -> None:
    photo = {"message_id": 3, "caption": "ENTRY #142\n⛓ 12·0a1b2c3d"}
    incoming = read(message("/audit_verify", reply_to_message=photo))

    assert isinstance(incoming, Incoming)
    assert incoming.replied_text == "ENTRY #142\n⛓ 12·0a1b2c3d"


def test_a_request_carries_the_role_the_engine_gave() -> None:
    incoming = read(message("/kill now"))
    assert isinstance(incoming, Incoming)
    request = to_request(incoming, Operator(user_id=1001, chat_id=1001, role="approver", language="it"))

    assert (request.role, request.language, request.command, request.args) == ("approver", "it", "kill", ("now",))
    assert what_of(incoming) == "/kill"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "from", "chat", "type", "text", "date", "message_id", "entities", "data", "message", "is_bot"]), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from(["message", "callback_query", "edited_message", "poll"]), body=JSON)
def test_no_update_of_any_shape_raises_or_becomes_a_kill(kind: str, body: object) -> None:
    outcome = read({"update_id": 1, kind: body})

    assert isinstance(outcome, Ignored) or outcome.command != "kill"


@given(prefix=st.text(alphabet=string.printable + "\u202e\u200b\x00", min_size=1, max_size=3))
def test_anything_before_the_slash_makes_it_no_command(prefix: str) -> None:
    outcome = read(message(prefix + "/kill", entities=[{"type": "bot_command", "offset": 0, "length": 5}]))

    assert isinstance(outcome, Ignored) or outcome.command is None
