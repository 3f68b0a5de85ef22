"""The phones: what stands on their screens, what people send, and the service in between that keeps it until it is confirmed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.callbacks import DECIDING, Callback, Verb, decode
from bot.chat import Reply, Role
from bot.delivery import REPLY_KIND, decode_reply
from bot.switchboard import render_notice
from engine.api import OutboxItem
from engine.clock import Clock
from engine.door import Door
from engine.notices import CardOutcome, EntryCard, ExitCard, Notice, decode_notice
from engine.state.records import OperatorRecord

ANNA = OperatorRecord(user_id=7, chat_id=7, role="admin", language="en")
BRUNO = OperatorRecord(user_id=8, chat_id=8, role="approver", language="it")
VERA = OperatorRecord(user_id=9, chat_id=9, role="viewer", language="en")
CREWS = ((ANNA, BRUNO), (ANNA, BRUNO, VERA), (ANNA, VERA))
"""Who may be on the list of one home; whoever is not on it is a stranger."""

STRANGER_ID = 666
BOT = "cerbero_bot"
FIRST_MESSAGE = 1000
ARRIVES, ACK_LOST, REFUSED = "arrives", "ack lost", "refused"
CONFIRM_WITHIN = timedelta(minutes=2)
CARD_KINDS = ("entry_card", "exit_card")

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A deciding button as it stands, or stood, on one message of one chat; `notice` is the card around it."""

    chat_id: int
    message_id: int
    data: str
    notice: Notice | None
    shown_at: datetime

    @property
    def meaning(self) -> Callback:
        read = decode(self.data)
        if read is None:
            raise ValueError(f"a button that was shown cannot be read: {self.data}")
        return read

    def is_behind(self, chat_id: int, message_id: int, data: str) -> bool:
        """True when a press of this data there is one of this button; what confirms a close is bound to person, chat, trade and time, not to its message."""
        is_there = self.message_id == message_id or self.meaning.verb is Verb.FORCE_CLOSE
        return is_there and (self.chat_id, self.data) == (chat_id, data)

    @property
    def revision(self) -> int:
        return self.notice.revision if isinstance(self.notice, EntryCard | ExitCard) else 0


@dataclass(slots=True, kw_only=True)
class Sent:
    """One thing somebody sent. `order` counts what was sent; `button` is set when this button stood there.

    `person` is who sent it, from their own chat, and None for anybody else; `is_plain` is False for an edit,
    a forward and whatever else must never count as said.
    """

    order: int
    update_id: int
    at: datetime
    user_id: int
    chat_id: int
    person: OperatorRecord | None
    text: str = ""
    data: str = ""
    message_id: int = 0
    button: Button | None = None
    is_plain: bool = True
    is_confirmed: bool = False

    def is_allowed(self, *roles: Role) -> bool:
        return self.is_plain and self.person is not None and Role(self.person.role) in roles

    @property
    def is_decision(self) -> bool:
        """True for a tap of an operator on a button that would decide something, or that cannot be read, whether it was ever shown or not."""
        read = decode(self.data)
        return bool(self.data) and self.is_plain and self.person is not None and (read is None or read.verb in DECIDING)


@dataclass(slots=True)
class Phones:
    """Screens, ledger and queue. To the poller this is where updates come from, to the inbox where a tap is answered."""

    clock: Clock
    operators: tuple[OperatorRecord, ...]
    username: str = BOT
    ledger: list[Sent] = field(default_factory=list)
    shown: list[Button] = field(default_factory=list)
    live: dict[tuple[int, int], tuple[Button, ...]] = field(default_factory=dict)
    is_waiting: bool = False
    mail: str = ARRIVES
    delivered: dict[int, Raw] = field(default_factory=dict)
    _queue: list[Raw] = field(default_factory=list)
    _again: list[Raw] = field(default_factory=list)
    _messages: int = FIRST_MESSAGE
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # what the program asks

    async def connect(self) -> None:
        """The name is known from the start."""

    async def get_updates(self, *, offset: int, wait_s: float) -> Sequence[Raw]:
        for raw in self._queue:
            if raw["update_id"] < offset:
                self._sent(raw).is_confirmed = True
        self._queue = [raw for raw in self._queue if raw["update_id"] >= offset]
        again, self._again = self._again, []
        if again or self._queue or wait_s <= 0:
            await asyncio.sleep(0)
            return [*again, *self._queue]
        self.is_waiting = True
        await self._news.wait()
        return []

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The spinner stops; nobody looks at it here."""

    async def send(self, *_: object, **__: object) -> Any:
        raise LookupError("messages are fetched by the phones, not sent by a pump")

    async def edit(self, *_: object, **__: object) -> Any:
        raise LookupError("messages are fetched by the phones, not sent by a pump")

    # what people do

    def press(self, user_id: int, chat_id: int, message_id: int, data: str) -> None:
        """Somebody pressed, or says to have pressed, a button."""
        button = next((each for each in self.shown if each.is_behind(chat_id, message_id, data)), None)
        sent = self._send(user_id, chat_id, data=data, message_id=message_id, button=button)
        message = {"message_id": message_id, "chat": {"id": chat_id, "type": "private"}, "date": int(sent.at.timestamp())}
        self._post(sent, {"callback_query": {"id": f"tap{sent.order}", "from": _sender(user_id), "message": message, "data": data, "chat_instance": "1"}})

    def tap(self, button: Button) -> None:
        """The owner of the chat pressed what stands there."""
        self.press(button.chat_id, button.chat_id, button.message_id, button.data)

    def say(self, user_id: int, text: str, *, age: timedelta = timedelta(0), shape: str = "message", **extra: Any) -> None:
        """A line was typed, `age` ago; `shape` and `extra` make of it what must not be obeyed."""
        sent = self._send(user_id, user_id, text=text, is_plain=shape == "message" and not extra)
        sent.at -= age
        command = text.split(maxsplit=1)[0]
        message = {
            "message_id": self._next_message(),
            "from": _sender(user_id),
            "chat": {"id": user_id, "type": "private"},
            "date": int(sent.at.timestamp()),
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
            **extra,
        }
        self._post(sent, {shape: message})

    def type(self, text: str) -> None:
        """A line was typed at the command line of the machine: no update, but somebody's word."""
        self._send(0, 0, text=text)

    def repeat(self, number: int) -> None:
        """The service delivers an update once more, whether it was confirmed or not."""
        self._again.append(self.delivered[sorted(self.delivered)[number % len(self.delivered)]])
        self._wake()

    # what they see

    async def fetch(self, door: Door) -> None:
        """Every owed message that may go has met the fate of today's mail; tomorrow's arrives again."""
        mail, self.mail = self.mail, ARRIVES
        while (item := await door.claim_outgoing()) is not None:
            if mail == REFUSED:
                await door.settle_retry(item.outbox_id, delay_s=1.0, error="no route")
                continue
            message_id = self._show(item)
            if mail == ARRIVES:
                await door.settle_sent(item.outbox_id, message_id)
            elif item.nonce is None and not item.edit_message_ids:
                await door.settle_dead(item.outbox_id, error="no answer", ambiguous=True)
            else:
                await door.settle_retry(item.outbox_id, delay_s=1.0, error="no answer")

    def live_buttons(self) -> list[Button]:
        """The deciding buttons somebody might press now, oldest message first: a confirmation is pressed within a minute or two, and once."""
        pressed = {sent.data for sent in self.ledger}
        standing = [button for buttons in self.live.values() for button in buttons]
        now = self.clock.wall()
        return [button for button in standing if button.notice is not None or (button.data not in pressed and now - button.shown_at <= CONFIRM_WITHIN)]

    def _show(self, item: OutboxItem) -> int:
        notice = None if item.kind == REPLY_KIND else decode_notice(item.kind, item.payload_json)
        targets = item.edit_message_ids or (self._next_message(),)
        for message_id in targets:
            buttons = [
                Button(chat_id=item.chat_id, message_id=message_id, data=button.action, notice=notice, shown_at=self.clock.wall())
                for row in self._reply(item, notice).buttons
                for button in row
                if (read := decode(button.action)) is not None and read.verb in DECIDING
            ]
            if buttons or isinstance(notice, CardOutcome):
                self.live[item.chat_id, message_id] = tuple(buttons)
            self.shown += [button for button in buttons if button not in self.shown]
        return targets[-1]

    def _reply(self, item: OutboxItem, notice: Notice | None) -> Reply:
        if notice is None:
            return decode_reply(item.payload_json)
        if item.kind not in CARD_KINDS:
            return Reply()
        return render_notice(item.kind, item.payload_json, language="en", nonce=item.nonce, footer="")

    def _send(self, user_id: int, chat_id: int, **said: Any) -> Sent:
        number = len(self.ledger) + 1
        person = next((each for each in self.operators if (each.user_id, each.chat_id) == (user_id, chat_id)), None)
        sent = Sent(order=number, update_id=number, at=self.clock.wall(), user_id=user_id, chat_id=chat_id, person=person, **said)
        self.ledger.append(sent)
        return sent

    def _post(self, sent: Sent, content: Raw) -> None:
        self.delivered[sent.update_id] = {"update_id": sent.update_id, **content}
        self._queue.append(self.delivered[sent.update_id])
        self._wake()

    def _wake(self) -> None:
        self.is_waiting = False
        self._news.set()
        self._news = asyncio.Event()

    def _sent(self, raw: Raw) -> Sent:
        return self.ledger[raw["update_id"] - 1]

    def _next_message(self) -> int:
        self._messages += 1
        return self._messages


def _sender(user_id: int) -> Raw:
    return {"id": user_id, "is_bot": False, "first_name": f"u{user_id}"}
