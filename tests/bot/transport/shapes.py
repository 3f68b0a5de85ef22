"""Every shape an update can have around one command or one button: what a person plainly sent, and forty ways in which it is not that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.bot_rules import command_entities

Raw = dict[str, Any]
Shape = Callable[[str, int], Raw]

BOT = "cerbero_test_bot"
DATE = 1_795_000_000


def person(user_id: int, **extra: Any) -> Raw:
    return {"id": user_id, "is_bot": False, "first_name": "Ada"} | extra


def message(line: str, user_id: int, **extra: Any) -> Raw:
    """A private message with the entities a client puts on it; a field given as None is left out."""
    text = extra.get("text", line)
    whole = {
        "message_id": 5,
        "from": person(user_id),
        "chat": {"id": user_id, "type": "private"},
        "date": DATE,
        "text": text,
        "entities": command_entities(text) if isinstance(text, str) else None,
    }
    return {name: value for name, value in (whole | extra).items() if value is not None}


def _plain(**extra: Any) -> Shape:
    return lambda line, user_id: {"message": message(line, user_id, **extra)}


def _as(kind: str, **extra: Any) -> Shape:
    return lambda line, user_id: {kind: message(line, user_id, **extra)}


def _with_text(write: Callable[[str], str]) -> Shape:
    return lambda line, user_id: {"message": message(line, user_id, text=write(line))}


def _in_chat(kind: str, chat_id: int = -100200) -> Shape:
    return lambda line, user_id: {"message": message(line, user_id, chat={"id": chat_id, "type": kind, "title": "desk"})}


def _name(line: str) -> str:
    return line.split(" ", maxsplit=1)[0]


def _rest(line: str) -> str:
    return line[len(_name(line)) :]


COMMANDS_MEANT: Mapping[str, Shape] = {
    "plain": _plain(),
    "to this bot": _with_text(lambda line: f"{_name(line)}@{BOT}{_rest(line)}"),
    "to this bot, its name in capitals": _with_text(lambda line: f"{_name(line)}@{BOT.upper()}{_rest(line)}"),
    "in capitals": _with_text(lambda line: f"{_name(line).upper()}{_rest(line)}"),
    "as an answer": _plain(reply_to_message={"message_id": 3, "text": "ENTRY #142"}),
    "with a link preview": _plain(link_preview_options={"is_disabled": True}),
    "from a premium account": lambda line, user_id: {"message": message(line, user_id, **{"from": person(user_id, is_premium=True, language_code="it")})},
}
"""What a person plainly sent to this bot."""

NOT_COMMANDS: Mapping[str, Shape] = {
    "edited": _as("edited_message", edit_date=DATE + 9),
    "edited, as a message": _plain(edit_date=DATE + 9),
    "forwarded of a person": _plain(forward_origin={"type": "user", "date": DATE, "sender_user": person(9)}),
    "forwarded of a hidden person": _plain(forward_origin={"type": "hidden_user", "date": DATE, "sender_user_name": "Ada"}),
    "forwarded of a channel": _plain(forward_origin={"type": "channel", "date": DATE, "chat": {"id": -1, "type": "channel"}, "message_id": 1}),
    "forwarded, the old way": _plain(forward_date=DATE, forward_from=person(9)),
    "forwarded by itself": _plain(is_automatic_forward=True),
    "by way of a bot": _plain(via_bot=person(3, is_bot=True, username="other_bot")),
    "from a bot": lambda line, user_id: {"message": message(line, user_id, **{"from": person(user_id, is_bot=True)})},
    "from nobody": lambda line, user_id: {"message": message(line, user_id, **{"from": None})},
    "from no number": lambda line, user_id: {"message": message(line, user_id, **{"from": person(user_id) | {"id": str(user_id)}})},
    "on behalf of a chat": _plain(sender_chat={"id": -1001, "type": "channel"}),
    "by an anonymous admin": lambda line, user_id: {
        "message": message(line, 1087968824, chat={"id": -100200, "type": "supergroup"}, sender_chat={"id": -100200, "type": "supergroup"}) | {"x": user_id}
    },
    "by a business bot": _plain(sender_business_bot=person(3, is_bot=True)),
    "in a group": _in_chat("group", -5),
    "in a supergroup": _in_chat("supergroup"),
    "in a channel": _in_chat("channel"),
    "in a chat without a kind": lambda line, user_id: {"message": message(line, user_id, chat={"id": user_id})},
    "channel post": _as("channel_post"),
    "edited channel post": _as("edited_channel_post", edit_date=DATE),
    "business message": _as("business_message", business_connection_id="b"),
    "edited business message": _as("edited_business_message", business_connection_id="b"),
    "guest message": _as("guest_message"),
    "caption of a photo": lambda line, user_id: {
        "message": message(line, user_id, text=None, caption=line, caption_entities=command_entities(line), photo=[{"file_id": "f"}])
    },
    "caption of a document": lambda line, user_id: {"message": message(line, user_id, text=None, caption=line, document={"file_id": "f"})},
    "sticker": lambda line, user_id: {"message": message(line, user_id, text=None, sticker={"emoji": line})},
    "poll": lambda line, user_id: {"message": message(line, user_id, text=None, poll={"question": line, "options": []})},
    "contact": lambda line, user_id: {"message": message(line, user_id, text=None, contact={"first_name": line, "phone_number": "1"})},
    "to another bot": _with_text(lambda line: f"{_name(line)}@other_bot{_rest(line)}"),
    "to a bot with a longer name": _with_text(lambda line: f"{_name(line)}@{BOT}2{_rest(line)}"),
    "after a mention": _with_text(lambda line: f"@{BOT} {line}"),
    "after a space": _with_text(lambda line: f" {line}"),
    "after a line": _with_text(lambda line: f"please\n{line}"),
    "after a right-to-left mark": _with_text(lambda line: f"\u202e{line}"),
    "with a NUL in its name": _with_text(lambda line: f"{_name(line)[:2]}\x00{_name(line)[2:]}{_rest(line)}"),
    "with a zero-width space in its name": _with_text(lambda line: f"{_name(line)[:2]}\u200b{_name(line)[2:]}{_rest(line)}"),
    "in look-alike letters": _with_text(lambda line: line.replace("/", "\uff0f", 1)),
    "deep link that names it": _with_text(lambda line: f"/start{_rest(line)}x".replace(" ", "_") + _name(line).replace("/", "_")),
    "without its entity": _plain(entities=[]),
    "with an entity elsewhere": _plain(entities=[{"type": "bot_command", "offset": 1, "length": 4}]),
    "with entities of another kind": _plain(entities={"type": "bot_command"}),
    "dated before time": _plain(date=-(10**18)),
    "dated in words": _plain(date="now"),
    "inline query": lambda line, user_id: {"inline_query": {"id": "1", "from": person(user_id), "query": line, "offset": ""}},
    "chosen inline result": lambda line, user_id: {"chosen_inline_result": {"result_id": "1", "from": person(user_id), "query": line}},
    "shipping query": lambda line, user_id: {"shipping_query": {"id": "1", "from": person(user_id), "invoice_payload": line}},
    "pre-checkout query": lambda line, user_id: {"pre_checkout_query": {"id": "1", "from": person(user_id), "invoice_payload": line}},
    "join request": lambda line, user_id: {"chat_join_request": {"from": person(user_id), "chat": {"id": -1, "type": "channel"}, "bio": line}},
    "member": lambda line, user_id: {"my_chat_member": {"from": person(user_id), "chat": {"id": user_id, "type": "private"}, "x": line}},
    "reaction": lambda line, user_id: {"message_reaction": {"user": person(user_id), "chat": {"id": user_id}, "new_reaction": [line]}},
}
"""What is no command of theirs, whatever it reads like."""


def _tap(user_id: int, **extra: Any) -> Raw:
    where = {"message_id": 5, "date": DATE, "chat": {"id": user_id, "type": "private"}, "from": person(4242, is_bot=True)}
    whole = {"id": f"tap-{user_id}", "from": person(user_id), "chat_instance": "1", "message": where} | extra
    return {"callback_query": {name: value for name, value in whole.items() if value is not None}}


NOT_TAPS: Mapping[str, Shape] = {
    "in a group": lambda data, user_id: _tap(user_id, data=data, message={"message_id": 5, "date": DATE, "chat": {"id": -5, "type": "group"}}),
    "in a channel": lambda data, user_id: _tap(user_id, data=data, message={"message_id": 5, "date": DATE, "chat": {"id": -5, "type": "channel"}}),
    "on an inline message": lambda data, user_id: _tap(user_id, data=data, message=None, inline_message_id="abc"),
    "by a bot": lambda data, user_id: _tap(user_id, data=data, **{"from": person(user_id, is_bot=True)}),
    "by nobody": lambda data, user_id: _tap(user_id, data=data, **{"from": None}),
    "without data": lambda data, user_id: _tap(user_id, game_short_name=data),
    "with data too long": lambda data, user_id: _tap(user_id, data=data + "x" * 65),
    "with data that is no text": lambda data, user_id: _tap(user_id, data=[data]),
    "on a message without a number": lambda data, user_id: _tap(user_id, data=data, message={"chat": {"id": user_id, "type": "private"}, "date": DATE}),
    "without a tap's number": lambda data, user_id: _tap(user_id, data=data, id=None),
}
"""A button's data in what is no tap on a message of a private chat."""


def plain_tap(data: str, user_id: int) -> Raw:
    """The tap as a client sends it."""
    return _tap(user_id, data=data)
