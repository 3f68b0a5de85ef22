"""Raw Bot API updates read strictly: what a person plainly wrote or tapped, or the reason why it is not that.

Rules of this file: pure; only private chats, only original messages of a person;
whatever is edited, forwarded, captioned or meant for another bot never becomes a command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.chat import Request, Role
from bot.format import clean
from engine.api import Operator

TEXT_MAX_CHARS = 4096
CALLBACK_MAX_BYTES = 64

# The kinds we ask Telegram for; edits are asked for so that they can be refused on the record.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,64}))?\Z")
_FORWARD_FIELDS = ("forward_origin", "forward_from", "forward_from_chat", "forward_sender_name", "forward_date", "is_automatic_forward")


class IgnoreReason(StrEnum):
    """Why an update does nothing."""

    MALFORMED = "malformed"
    UNSUPPORTED = "unsupported"
    NOT_PRIVATE = "not_private"
    EDITED = "edited"
    FORWARDED = "forwarded"
    VIA_BOT = "via_bot"
    SENDER_CHAT = "sender_chat"
    FROM_BOT = "from_bot"
    OTHER_BOT = "other_bot"
    CAPTION = "caption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a person sent in a private chat: exactly one of `command`, `callback` and `text` is set.

    `sent_at` is the message's own instant; a tap carries none, so it is the instant it was received.
    """

    update_id: int
    user_id: int
    user_name: str
    chat_id: int
    sent_at: datetime
    message_id: int
    command: str | None = None
    args: tuple[str, ...] = ()
    callback: str | None = None
    callback_id: str | None = None
    text: str | None = None
    replied_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """An update that does nothing; `callback_id` is set when a spinner waits for an answer."""

    reason: IgnoreReason
    user_id: int | None = None
    callback_id: str | None = None


class _Malformed(Exception):
    """The update lacks a field or has one of the wrong kind."""


def parse(raw: object, *, bot_username: str, received_at: datetime) -> Incoming | Ignored:
    """What the update says, or why it says nothing to this bot; never raises for what came from outside."""
    try:
        update = _mapping(raw)
        update_id = _integer(update, "update_id")
        if "message" in update:
            return _parse_message(_mapping(update["message"]), update_id, bot_username.lower())
        if "callback_query" in update:
            return _parse_callback(_mapping(update["callback_query"]), update_id, received_at)
        return Ignored(reason=_unread_reason(update), user_id=None)
    except _Malformed:
        return Ignored(reason=IgnoreReason.MALFORMED)


def callback_id_of(raw: object) -> str | None:
    """The id of the tap in the update, None when it is no tap."""
    query = raw.get("callback_query") if isinstance(raw, dict) else None
    found = query.get("id") if isinstance(query, dict) else None
    return found if isinstance(found, str) else None


def button_data_of(raw: object) -> str | None:
    """What the tapped button in the update carries, None when it is no tap or carries nothing."""
    query = raw.get("callback_query") if isinstance(raw, dict) else None
    found = query.get("data") if isinstance(query, dict) else None
    return found if isinstance(found, str) else None


def what_of(incoming: Incoming) -> str:
    """What was tried, in few words and without its content."""
    if incoming.command is not None:
        return f"/{incoming.command}"
    return "button" if incoming.callback is not None else "text"


def to_request(incoming: Incoming, operator: Operator) -> Request:
    """The request of an operator, as handlers know it."""
    return Request(
        update_id=incoming.update_id,
        user_id=incoming.user_id,
        user_name=incoming.user_name,
        chat_id=incoming.chat_id,
        role=Role(operator.role),
        language=operator.language,
        sent_at=incoming.sent_at,
        message_id=incoming.message_id,
        command=incoming.command,
        args=incoming.args,
        callback=incoming.callback,
        callback_id=incoming.callback_id,
        text=incoming.text,
        replied_text=incoming.replied_text,
        zone=operator.zone,
    )


def _parse_message(message: Mapping[str, object], update_id: int, bot_username: str) -> Incoming | Ignored:
    refusal = _message_refusal(message)
    sender = message.get("from")
    if refusal is not None:
        return Ignored(reason=refusal, user_id=sender.get("id") if isinstance(sender, dict) and isinstance(sender.get("id"), int) else None)
    person, text = _mapping(sender), _string(message, "text")[:TEXT_MAX_CHARS]
    command, args, said = _read_text(text, _is_command(message), bot_username)
    if command is None and said is None:
        return Ignored(reason=IgnoreReason.OTHER_BOT, user_id=_integer(person, "id"))
    return Incoming(
        update_id=update_id,
        user_id=_integer(person, "id"),
        user_name=_name(person),
        chat_id=_integer(_mapping(message.get("chat")), "id"),
        sent_at=_instant(message),
        message_id=_integer(message, "message_id"),
        command=command,
        args=args,
        text=said,
        replied_text=_replied_text(message),
    )


def _parse_callback(query: Mapping[str, object], update_id: int, received_at: datetime) -> Incoming | Ignored:
    callback_id, person = _string(query, "id"), _mapping(query.get("from"))
    user_id, data, message = _integer(person, "id"), query.get("data"), query.get("message")
    if person.get("is_bot") is True:
        return Ignored(reason=IgnoreReason.FROM_BOT, user_id=user_id, callback_id=callback_id)
    if not isinstance(message, dict) or not isinstance(data, str):
        return Ignored(reason=IgnoreReason.UNSUPPORTED, user_id=user_id, callback_id=callback_id)
    chat = _mapping(message.get("chat"))
    if chat.get("type") != "private":
        return Ignored(reason=IgnoreReason.NOT_PRIVATE, user_id=user_id, callback_id=callback_id)
    if len(data.encode("utf-8", "surrogatepass")) > CALLBACK_MAX_BYTES:
        return Ignored(reason=IgnoreReason.MALFORMED, user_id=user_id, callback_id=callback_id)
    return Incoming(
        update_id=update_id,
        user_id=user_id,
        user_name=_name(person),
        chat_id=_integer(chat, "id"),
        sent_at=received_at,
        message_id=_integer(message, "message_id"),
        callback=data,
        callback_id=callback_id,
    )


def _message_refusal(message: Mapping[str, object]) -> IgnoreReason | None:
    if _mapping(message.get("chat")).get("type") != "private":
        return IgnoreReason.NOT_PRIVATE
    if "sender_chat" in message or "sender_business_bot" in message:
        return IgnoreReason.SENDER_CHAT
    if _mapping(message.get("from")).get("is_bot") is not False:
        return IgnoreReason.FROM_BOT
    if any(name in message for name in _FORWARD_FIELDS):
        return IgnoreReason.FORWARDED
    if "via_bot" in message:
        return IgnoreReason.VIA_BOT
    if "edit_date" in message:
        return IgnoreReason.EDITED
    if "text" not in message:
        return IgnoreReason.CAPTION if "caption" in message else IgnoreReason.UNSUPPORTED
    return None


def _unread_reason(update: Mapping[str, object]) -> IgnoreReason:
    if any(name.startswith("edited_") for name in update):
        return IgnoreReason.EDITED
    return IgnoreReason.NOT_PRIVATE if "channel_post" in update else IgnoreReason.UNSUPPORTED


def _is_command(message: Mapping[str, object]) -> bool:
    entities = message.get("entities")
    if not isinstance(entities, list):
        return False
    return any(isinstance(each, dict) and each.get("type") == "bot_command" and each.get("offset") == 0 for each in entities)


def _read_text(text: str, is_command: bool, bot_username: str) -> tuple[str | None, tuple[str, ...], str | None]:
    """(command, args, text); all empty when the command is meant for another bot."""
    words = text.split()
    if not is_command or not words:
        return None, (), clean(text, keeps_lines=True)
    # The first word counts as it was typed: a hidden character in it makes it no command of ours.
    match = _COMMAND.match(words[0])
    if match is None or not text.startswith("/"):
        return None, (), clean(text, keeps_lines=True)
    if match[2] is not None and match[2].lower() != bot_username:
        return None, (), None
    cleaned = (clean(word) for word in words[1:])
    return match[1].lower(), tuple(word for word in cleaned if word), None


def _replied_text(message: Mapping[str, object]) -> str | None:
    replied = message.get("reply_to_message")
    if not isinstance(replied, dict):
        return None
    for name in ("text", "caption"):
        if isinstance(replied.get(name), str):
            return clean(str(replied[name]), keeps_lines=True)
    return None


def _name(person: Mapping[str, object]) -> str:
    parts = [clean(str(person[key])).strip() for key in ("first_name", "last_name") if isinstance(person.get(key), str)]
    return " ".join(part for part in parts if part)[:64] or str(person["id"])


def _instant(message: Mapping[str, object]) -> datetime:
    try:
        return datetime.fromtimestamp(_integer(message, "date"), UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _Malformed from error


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _Malformed
    return value


def _integer(where: Mapping[str, object], name: str) -> int:
    value = where.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Malformed
    return value


def _string(where: Mapping[str, object], name: str) -> str:
    value = where.get(name)
    if not isinstance(value, str):
        raise _Malformed
    return value
