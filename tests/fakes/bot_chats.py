"""The chats of the fake Bot API: who is there, what stands in them, and every call that changes a message."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import bot_rules as rules
from tests.fakes.bot_rules import ApiError, ButtonSeen, refuse
from tests.fakes.http_server import HttpRequest

Json = dict[str, Any]


@dataclass(slots=True)
class BotMessage:
    """A message of the bot as it stands in the chat now. `text` is what is read, `html` what was sent; a photo's text is its caption."""

    chat_id: int
    message_id: int
    text: str
    html: str = ""
    photo: bytes | None = None
    photo_size: tuple[int, int] | None = None
    document: tuple[str, bytes] | None = None
    buttons: tuple[tuple[ButtonSeen, ...], ...] = ()
    reply_to: int | None = None
    sent_at: float = 0.0
    edits: int = 0
    past_texts: list[str] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """Labels of all buttons, row by row."""
        return [button.label for row in self.buttons for button in row]

    def button(self, wanted: str) -> ButtonSeen:
        """The first button with this data or with this in its label. Raises LookupError."""
        for each in itertools.chain.from_iterable(self.buttons):
            if wanted == each.data or wanted.lower() in each.label.lower():
                return each
        raise LookupError(f"no button {wanted!r} on message {self.message_id}: {self.labels}")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a tap was answered."""

    text: str
    is_alert: bool
    at: float


class Chats:
    """The bot's private chats. Methods named like the API's take a request and give its result or raise ApiError."""

    def __init__(self, username: str, people: Mapping[int, str]) -> None:
        self.username = username
        self.people = dict(people)
        self.blocked: set[int] = set()
        self.sent: dict[tuple[int, int], BotMessage] = {}
        self.from_people: dict[tuple[int, int], Json] = {}
        self.open_taps: set[str] = set()
        self.answers: dict[str, Answer] = {}
        self._ids = itertools.count(501)

    def send_message(self, asked: HttpRequest) -> Json:
        chat_id = self.chat_of(asked.params)
        text = rules.visible_text(asked.params.get("text", ""), asked.params.get("parse_mode"))
        rules.check_text(text)
        return self._keep(asked.params, BotMessage(chat_id=chat_id, message_id=0, text=text, html=asked.params["text"]))

    def send_photo(self, asked: HttpRequest) -> Json:
        chat_id = self.chat_of(asked.params)
        if "photo" not in asked.files:
            raise refuse("there is no photo in the request")
        photo, caption = asked.files["photo"][1], rules.visible_text(asked.params.get("caption", ""), asked.params.get("parse_mode"))
        rules.check_caption(caption)
        message = BotMessage(chat_id=chat_id, message_id=0, text=caption, html=asked.params.get("caption", ""), photo=photo, photo_size=rules.png_size(photo))
        return self._keep(asked.params, message)

    def send_document(self, asked: HttpRequest) -> Json:
        chat_id = self.chat_of(asked.params)
        if "document" not in asked.files:
            raise refuse("there is no document in the request")
        if len(asked.files["document"][1]) > rules.DOCUMENT_MAX_BYTES:
            raise refuse("file is too big")
        if not asked.files["document"][1]:
            raise refuse("file must be non-empty")
        caption = rules.visible_text(asked.params.get("caption", ""), asked.params.get("parse_mode"))
        rules.check_caption(caption)
        return self._keep(
            asked.params, BotMessage(chat_id=chat_id, message_id=0, text=caption, html=asked.params.get("caption", ""), document=asked.files["document"])
        )

    def _keep(self, params: Mapping[str, str], message: BotMessage) -> Json:
        message.buttons = rules.read_keyboard(params.get("reply_markup"))
        message.reply_to = self._replied(params, message.chat_id)
        message.message_id, message.sent_at = next(self._ids), time.time()
        self.sent[(message.chat_id, message.message_id)] = message
        return self.as_json(message)

    def _replied(self, params: Mapping[str, str], chat_id: int) -> int | None:
        asked = json.loads(params.get("reply_parameters", "{}"))
        if not asked:
            return None
        key = (chat_id, int(asked["message_id"]))
        if key in self.sent or key in self.from_people:
            return key[1]
        if asked.get("allow_sending_without_reply"):
            return None
        raise refuse("message to be replied not found")

    def edit_text(self, asked: HttpRequest) -> Json:
        message = self._editable(asked.params)
        if message.photo is not None or message.document is not None:
            raise refuse("there is no text in the message to edit")
        text = rules.visible_text(asked.params.get("text", ""), asked.params.get("parse_mode"))
        rules.check_text(text)
        return self._change(message, asked.params, text=text, html=asked.params["text"])

    def edit_caption(self, asked: HttpRequest) -> Json:
        message = self._editable(asked.params)
        if message.photo is None and message.document is None:
            raise refuse("there is no caption in the message to edit")
        caption = rules.visible_text(asked.params.get("caption", ""), asked.params.get("parse_mode"))
        rules.check_caption(caption)
        return self._change(message, asked.params, text=caption, html=asked.params.get("caption", ""))

    def edit_media(self, asked: HttpRequest) -> Json:
        message, media = self._editable(asked.params), json.loads(asked.params["media"])
        if media.get("type") != "photo" or not str(media.get("media", "")).startswith("attach://"):
            raise refuse("wrong type of the media")
        photo = asked.files[media["media"].removeprefix("attach://")][1]
        caption = rules.visible_text(media.get("caption", ""), media.get("parse_mode"))
        rules.check_caption(caption)
        size = rules.png_size(photo)
        is_same = photo == message.photo
        message.photo, message.photo_size = photo, size
        return self._change(message, asked.params, text=caption, html=media.get("caption", ""), is_other=not is_same)

    def edit_markup(self, asked: HttpRequest) -> Json:
        message = self._editable(asked.params)
        return self._change(message, asked.params, text=message.text, html=message.html)

    def _editable(self, params: Mapping[str, str]) -> BotMessage:
        key = (self.chat_of(params), int(params.get("message_id", "0")))
        if key in self.from_people:
            raise refuse("message can't be edited")
        if key not in self.sent:
            raise refuse("message to edit not found")
        return self.sent[key]

    def _change(self, message: BotMessage, params: Mapping[str, str], *, text: str, html: str, is_other: bool = False) -> Json:
        buttons = rules.read_keyboard(params.get("reply_markup"))
        if not is_other and (text, html, buttons) == (message.text, message.html, message.buttons):
            raise refuse(_NOT_MODIFIED)
        message.past_texts.append(message.text)
        message.text, message.html, message.buttons = text, html, buttons
        message.edits += 1
        return self.as_json(message) | {"edit_date": int(time.time())}

    def delete_message(self, asked: HttpRequest) -> bool:
        key = (self.chat_of(asked.params), int(asked.params.get("message_id", "0")))
        if key not in self.sent:
            raise refuse("message to delete not found")
        del self.sent[key]
        return True

    def answer_tap(self, asked: HttpRequest) -> bool:
        tap_id, text = asked.params.get("callback_query_id", ""), asked.params.get("text", "")
        if tap_id not in self.open_taps:
            raise refuse("query is too old and response timeout expired or query ID is invalid")
        if rules.units(text) > rules.TOAST_MAX_UNITS:
            raise refuse("MESSAGE_TOO_LONG")
        self.open_taps.discard(tap_id)
        self.answers[tap_id] = Answer(text, asked.params.get("show_alert") in ("true", "True"), time.monotonic())
        return True

    def get_file(self, asked: HttpRequest) -> Json:
        file_id = asked.params.get("file_id", "")
        if self.content_of(file_id) is None:
            raise refuse("invalid file_id")
        return {"file_id": file_id, "file_unique_id": file_id, "file_path": f"files/{file_id}"}

    def content_of(self, file_id: str) -> bytes | None:
        chat_id, _, message_id = file_id.removeprefix("file-").partition("-")
        message = self.sent.get((int(chat_id), int(message_id))) if chat_id.isdecimal() and message_id.isdecimal() else None
        if message is None:
            return None
        return message.photo if message.photo is not None else message.document[1] if message.document is not None else None

    def chat_of(self, params: Mapping[str, str]) -> int:
        if not params.get("chat_id"):
            raise refuse("chat_id is empty")
        chat_id = int(params["chat_id"])
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat_id not in self.people:
            raise refuse("chat not found")
        return chat_id

    def me(self) -> Json:
        return {"id": 4242, "is_bot": True, "first_name": "Cerbero", "username": self.username}

    def person(self, user_id: int) -> Json:
        return {"id": user_id, "is_bot": False, "first_name": self.people.get(user_id, "Somebody"), "language_code": "en"}

    def person_message(self, user_id: int, text: str, name: str, reply_to: int | None, age_s: float) -> Json:
        self.people.setdefault(user_id, name)
        message: Json = {
            "message_id": next(self._ids),
            "from": self.person(user_id),
            "chat": {"id": user_id, "type": "private", "first_name": self.people[user_id]},
            "date": int(time.time() - age_s),
            "text": text,
        }
        if entities := rules.command_entities(text):
            message["entities"] = entities
        if reply_to is not None:
            replied = self.sent.get((user_id, reply_to))
            message["reply_to_message"] = self.as_json(replied) if replied is not None else self.from_people[(user_id, reply_to)]
        self.from_people[(user_id, message["message_id"])] = message
        return message

    def as_json(self, message: BotMessage) -> Json:
        file_id = f"file-{message.chat_id}-{message.message_id}"
        found: Json = {
            "message_id": message.message_id,
            "from": self.me(),
            "chat": {"id": message.chat_id, "type": "private", "first_name": self.people.get(message.chat_id, "Somebody")},
            "date": int(message.sent_at),
        }
        if message.photo is not None and message.photo_size is not None:
            width, height = message.photo_size
            found["photo"] = [{"file_id": file_id, "file_unique_id": file_id, "width": width, "height": height, "file_size": len(message.photo)}]
            found["caption"] = message.text
        elif message.document is not None:
            found["document"] = {"file_id": file_id, "file_unique_id": file_id, "file_name": message.document[0]}
        else:
            found["text"] = message.text
        if message.buttons:
            rows = [[{"text": each.label, "callback_data": each.data} for each in row] for row in message.buttons]
            found["reply_markup"] = {"inline_keyboard": rows}
        return found


_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"
)
