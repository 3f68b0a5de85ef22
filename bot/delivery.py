"""What inbox and outbox share: the transport they speak through, and replies as stored text."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from pydantic import TypeAdapter

from bot.chat import Reply, Request, SentMessage
from engine.api import Chart, Engine, OutboxItem

REPLY_KIND = "reply"

Dispatch = Callable[[Request, Engine], Awaitable[tuple[Reply, ...]]]
Apologise = Callable[[str], Reply]

_REPLY: TypeAdapter[Reply] = TypeAdapter(Reply)


class RenderNotice(Protocol):
    """How a stored notice becomes a message in the reader's language and hours."""

    def __call__(self, kind: str, payload_json: str, *, language: str, nonce: str | None, footer: str, zone: str = "") -> Reply: ...


class RenderChart(Protocol):
    """How a chart's figures become a PNG, `scale` times as large; runs in a thread of its own."""

    def __call__(self, chart: Chart, *, language: str, scale: int = 1) -> bytes: ...


class Transport(Protocol):
    """A chat service. Whatever it cannot do is a DeliveryError that tells whether another try can help."""

    @property
    def username(self) -> str:
        """The bot's own name there, empty until the service told it."""
        ...

    async def send(self, chat_id: int, reply: Reply, *, png: bytes | None = None, reply_to: int | None = None, is_silent: bool = False) -> SentMessage:
        """The reply stands in the chat, without a sound if silent; `message_id` is the message that carries the buttons."""
        ...

    async def delete(self, chat_id: int, message_id: int) -> None:
        """The message is gone, if it was there."""
        ...

    async def edit(self, chat_id: int, message_id: int, reply: Reply, *, png: bytes | None = None) -> SentMessage:
        """The message reads as `reply` now, with `png` for its picture when one is given; where it is gone a new one does."""
        ...

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The tap's spinner has stopped and `text`, when there is one, was shown."""
        ...


def encode_reply(reply: Reply) -> str:
    """The reply as JSON, chart figures included; `decode_reply` gives the same value back."""
    return _REPLY.dump_json(reply).decode("utf-8")


def decode_reply(payload_json: str) -> Reply:
    """The stored reply. Raises ValueError when the text is not one."""
    return _REPLY.validate_json(payload_json)


def footer_of(item: OutboxItem) -> str:
    """`seq·hash8` of the chain when the message was written."""
    return f"{item.audit_seq}·{item.audit_hash8}"


def with_footer(reply: Reply, item: OutboxItem) -> Reply:
    """The reply with the environment and the chain's head as its last line."""
    line = html.escape(f"{item.env} · ⛓ {footer_of(item)}", quote=False)
    return replace(reply, html=f"{reply.html}\n{line}" if reply.html else line)


def file_name(chart: Chart) -> str:
    """Under which name the chart's picture is sent as a file."""
    return f"{type(chart).__name__.removesuffix('Chart').lower()}.png"


def has_body(reply: Reply) -> bool:
    """True when the reply is more than a toast."""
    return bool(reply.html) or reply.chart is not None or reply.document is not None
