"""The chat without transport words: what comes in, what goes out, what a command is.

Rules of this file: a handler is `Request -> Reply`; nothing here knows Telegram or a browser.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.api import Chart, Engine


class Role(StrEnum):
    """In rising order of trust: a viewer reads, an approver decides, an admin also stops and starts."""

    VIEWER = "viewer"
    APPROVER = "approver"
    ADMIN = "admin"


class Danger(StrEnum):
    """SAFE reads; CHANGES alters something and is refused when old; STOPS is obeyed at any age."""

    SAFE = "safe"
    CHANGES = "changes"
    STOPS = "stops"


class ButtonStyle(StrEnum):
    PLAIN = "plain"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A labelled button; `action` is callback data, at most 64 bytes."""

    label: str
    action: str
    style: ButtonStyle = ButtonStyle.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing a person sent, already authorised when a handler sees it.

    Exactly one of `command` (name without slash), `callback` (button data) and
    `text` is set. `sent_at` is the wall-clock instant of the message,
    `replied_text` the plain text of the message this one answers, `zone` the
    IANA name of the sender's time zone, empty until they chose one.
    """

    update_id: int
    user_id: int
    user_name: str
    chat_id: int
    role: Role
    language: str
    sent_at: datetime
    message_id: int
    command: str | None = None
    args: tuple[str, ...] = ()
    callback: str | None = None
    callback_id: str | None = None
    text: str | None = None
    replied_text: str | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message back: HTML of the product's own subset, perhaps a chart, perhaps buttons.

    `toast` answers a button tap in words; an empty `html` with a toast sends no message.
    `is_file`: the chart goes as a file of twice the size instead of a picture.
    `takes_place`: it takes the place of the message whose button was tapped.
    """

    html: str = ""
    chart: Chart | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    toast: str = ""
    is_alert: bool = False
    document: tuple[str, str] | None = None
    is_file: bool = False
    takes_place: bool = False


Handler = Callable[[Request, Engine], Awaitable[tuple[Reply, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row of the registry: everything the menu, the help, the access check and the docs need.

    `args` is the usage shown to people; `example` a full line that works.
    """

    name: str
    role: Role
    danger: Danger
    group: str
    handler: Handler
    args: str = ""
    example: str = ""
    in_menu: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """What the other side confirmed."""

    chat_id: int
    message_id: int
