"""What the page shows: the bubbles of this run and the open pages that hear of each change.

Rules of this file: everything is bounded. A page that reads too slowly is let go; it comes back by itself
and gets the whole history again.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.chat import Button
from bot.local_chat.markup import Node, plain_text

BUBBLES_MAX = 500
PHOTO_BYTES_MAX = 64 * 1024 * 1024
STREAMS_MAX = 4
UNREAD_MAX = 256
RECONNECT_MS = 1000

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message as the page shows it. `revision` rises with each edit."""

    message_id: int
    is_mine: bool
    sent_at: datetime
    nodes: list[Node]
    buttons: tuple[tuple[Button, ...], ...] = ()
    photo: bytes | None = None
    document: tuple[str, str | bytes] | None = None
    reply_to: int | None = None
    revision: int = 0

    @property
    def text(self) -> str:
        """The words without markup."""
        return plain_text(self.nodes)

    def as_json(self) -> dict[str, object]:
        """The shape `chat.js` reads; the picture is named, not carried."""
        return {
            "id": self.message_id,
            "revision": self.revision,
            "mine": self.is_mine,
            "at_ms": int(self.sent_at.timestamp() * 1000),
            "nodes": self.nodes,
            "text": self.text,
            "buttons": [[{"label": b.label, "action": b.action, "style": b.style.value} for b in row] for row in self.buttons],
            "photo": photo_facts(self.photo) if self.photo is not None else None,
            "document": self.document[0] if self.document is not None else None,
            "reply_to": self.reply_to,
        }


class Room:
    """The newest bubbles of this run, oldest first, and the pages that watch them."""

    def __init__(self) -> None:
        self._bubbles: dict[int, Bubble] = {}
        self._streams = Streams()

    def show(self, bubble: Bubble) -> None:
        """The bubble stands in its place on every open page; beyond the limits the oldest are forgotten."""
        self._bubbles[bubble.message_id] = bubble
        while len(self._bubbles) > BUBBLES_MAX or (len(self._bubbles) > 1 and self._photo_bytes() > PHOTO_BYTES_MAX):
            del self._bubbles[next(iter(self._bubbles))]
        self._streams.publish("bubble", bubble.as_json())

    def remove(self, message_id: int) -> None:
        """The bubble stands on no page any more."""
        if self._bubbles.pop(message_id, None) is not None:
            self._streams.publish("gone", {"id": message_id})

    def get(self, message_id: int) -> Bubble | None:
        return self._bubbles.get(message_id)

    def tell(self, event: str, body: Mapping[str, object]) -> None:
        """Every open page hears of something that is no bubble."""
        self._streams.publish(event, body)

    def watch(self) -> AsyncIterator[str]:
        """Frames for one page: everything so far, then every change."""
        so_far = {"bubbles": [bubble.as_json() for bubble in self._bubbles.values()]}
        return self._streams.open(f"retry: {RECONNECT_MS}\n" + frame("history", so_far))

    def close(self) -> None:
        """No page watches any longer."""
        self._streams.close()

    def _photo_bytes(self) -> int:
        return sum(len(b.photo) for b in self._bubbles.values() if b.photo is not None)


class Streams:
    """The open pages. Each hears every event after the one it opened with."""

    def __init__(self) -> None:
        self._queues: list[asyncio.Queue[str | None]] = []
        self._is_closed = False

    def open(self, first: str) -> AsyncIterator[str]:
        """Frames beginning with `first`; when too many pages are open the oldest one is told and closed."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(UNREAD_MAX)
        queue.put_nowait(first)
        if self._is_closed:
            queue.put_nowait(None)
        if len(self._queues) >= STREAMS_MAX:
            self._end(self._queues[0], frame("elsewhere", {}))
        self._queues.append(queue)
        return self._frames(queue)

    def publish(self, event: str, body: Mapping[str, object]) -> None:
        """Every open page will read the event."""
        text = frame(event, body)
        for queue in list(self._queues):
            if queue.full():
                self._end(queue, None)
            else:
                queue.put_nowait(text)

    def close(self) -> None:
        """Every page's stream ends and no new one stays open."""
        self._is_closed = True
        for queue in list(self._queues):
            self._end(queue, None)

    def _end(self, queue: asyncio.Queue[str | None], last: str | None) -> None:
        self._queues.remove(queue)
        while not queue.empty():
            queue.get_nowait()
        if last is not None:
            queue.put_nowait(last)
        queue.put_nowait(None)

    async def _frames(self, queue: asyncio.Queue[str | None]) -> AsyncIterator[str]:
        try:
            while (text := await queue.get()) is not None:
                yield text
        finally:
            if queue in self._queues:
                self._queues.remove(queue)


def frame(event: str, body: Mapping[str, object]) -> str:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(body, separators=(',', ':'))}\n\n"


def photo_facts(png: bytes) -> dict[str, object]:
    """Width and height as the file states them, so that the page keeps the room before the picture is there, and a version that changes with it."""
    version = zlib.crc32(png)
    if not png.startswith(_PNG_SIGNATURE) or len(png) < 24:
        return {"width": None, "height": None, "version": version}
    return {"width": int.from_bytes(png[16:20], "big"), "height": int.from_bytes(png[20:24], "big"), "version": version}
