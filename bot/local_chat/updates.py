"""What the page sent, as raw updates in the shape of the Bot API, so one inbox serves both chats.

Rules of this file: identifiers never repeat, also not in a later run on the same store. Update ids are
negative, so that they never move the poll offset of a real bot; both kinds only rise.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime

from engine.api import Person
from engine.clock import Clock

LOCAL_USER_ID = 1
LOCAL_CHAT_ID = LOCAL_USER_ID
LOCAL_USER_NAME = "Operator"
BOT_USER_ID = 2
BOT_USERNAME = "cerbero_bite"

_UPDATE_ID_FLOOR = -(2**53)
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?![A-Za-z0-9_])")
_KILL = re.compile(r"/kill(?:\s+(?P<reason>.*))?", re.IGNORECASE | re.DOTALL)


class Ids:
    """Fresh identifiers, founded on the wall clock so that the next run starts above this one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._update_id = _UPDATE_ID_FLOOR
        self._message_id = 0

    def next_update_id(self) -> int:
        """Higher than every one before."""
        self._update_id = max(self._update_id + 1, _UPDATE_ID_FLOOR + int(self._clock.wall().timestamp() * 1_000_000))
        return self._update_id

    def next_message_id(self) -> int:
        """Higher than every one before, exact as a number in the browser."""
        self._message_id = max(self._message_id + 1, int(self._clock.wall().timestamp() * 1_000))
        return self._message_id


def local_person() -> Person:
    """Who sits at this page."""
    return Person(user_id=LOCAL_USER_ID, name=LOCAL_USER_NAME, source="chat")


def kill_reason(text: str) -> str | None:
    """The reason typed after /kill, perhaps empty; None when the text is not that command."""
    match = _KILL.fullmatch(text)
    if match is None:
        return None
    return (match["reason"] or "").strip()


def typed_update(text: str, *, update_id: int, message: dict[str, object], answered: dict[str, object] | None) -> str:
    """A `message` update carrying `text`, with its command entity, as JSON."""
    command = _COMMAND.match(text)
    entities = [{"type": "bot_command", "offset": 0, "length": command.end()}] if command is not None else []
    said = message | {"text": text} | ({"entities": entities} if entities else {}) | ({"reply_to_message": answered} if answered is not None else {})
    return _json({"update_id": update_id, "message": said})


def tap_update(action: str, *, update_id: int, callback_id: str, language: str, message: dict[str, object]) -> str:
    """A `callback_query` update for a button of `message`, as JSON."""
    query = {"id": callback_id, "from": person_json(language), "message": message, "chat_instance": "local", "data": action}
    return _json({"update_id": update_id, "callback_query": query})


def new_callback_id() -> str:
    """An identifier for one tap that no other tap ever has."""
    return f"local-{secrets.token_hex(12)}"


def message_json(message_id: int, sent_at: datetime, *, language: str, is_mine: bool) -> dict[str, object]:
    """The head of a message: who, where, when."""
    sender = person_json(language) if is_mine else {"id": BOT_USER_ID, "is_bot": True, "first_name": "Cerbero Bite"}
    chat = {"id": LOCAL_CHAT_ID, "type": "private", "first_name": LOCAL_USER_NAME}
    return {"message_id": message_id, "date": int(sent_at.timestamp()), "chat": chat, "from": sender}


def person_json(language: str) -> dict[str, object]:
    """The operator as the Bot API would name them."""
    return {"id": LOCAL_USER_ID, "is_bot": False, "first_name": LOCAL_USER_NAME, "language_code": language}


def _json(update: dict[str, object]) -> str:
    return json.dumps(update, separators=(",", ":"))
