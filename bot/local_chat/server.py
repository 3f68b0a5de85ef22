"""The local chat: a page on 127.0.0.1, for the operator at this machine, that is a transport like any other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from starlette.applications import Starlette

from bot.chat import Reply, SentMessage
from bot.delivery import file_name
from bot.local_chat.gate import Gate
from bot.local_chat.history import Bubble, Room
from bot.local_chat.intake import InboxDoor, Intake
from bot.local_chat.markup import to_nodes
from bot.local_chat.routes import Page, routes
from bot.local_chat.updates import BOT_USERNAME, LOCAL_CHAT_ID, Ids
from bot.loopback import HOST, listen_on, loopback_server
from engine.api import Engine
from engine.clock import Clock
from engine.errors import ConfigError, DeliveryError, EngineError

DEFAULT_PORT = 8765
KEY_BYTES = 24
CLOCK_EVERY_S = 1.0
CLOCK_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """What the page's header says of the engine.

    `now` is the engine's own time, `speed` its seconds per real second (1 = real time),
    `stage` a word such as PAPER, `state` one of active, hold and kill.
    """

    now: datetime
    speed: float
    stage: str
    state: str


class LocalChat:
    """The transport of one operator at this machine, and the page they use.

    `clock` dates the messages by the wall; `clock_line` is asked once a second while the chat
    runs; `on_stored` hears of each update that reached the inbox.
    """

    def __init__(self, engine: Engine, page: Page, *, clock: Clock, clock_line: Callable[[], Awaitable[ClockLine]], on_stored: Callable[[], None]) -> None:
        self._page, self._clock, self._clock_line = page, clock, clock_line
        self._key = secrets.token_urlsafe(KEY_BYTES)
        self._ids, self._room = Ids(clock), Room()
        self._first_id = self._ids.next_message_id()
        self._intake = Intake(InboxDoor(engine, on_stored), self._room, self._ids, clock=clock, language=page.language)
        self._listening: socket.socket | None = None
        self._stopping = asyncio.Event()

    @property
    def username(self) -> str:
        """The name a command may be addressed to, as in /status@name."""
        return BOT_USERNAME

    def bind(self, port: int = DEFAULT_PORT) -> str:
        """The port is ours (0 takes any free one); the link that opens the chat. Raises ConfigError when the port cannot be had."""
        if self._listening is None:
            self._listening = _listen(port)
        return f"http://{HOST}:{self._listening.getsockname()[1]}/?key={self._key}"

    async def serve(self) -> None:
        """The page was served until `stop` or cancellation; open pages are let go within two seconds."""
        self.bind()
        app = Starlette(routes=routes(self._room, self._intake, page=self._page, key=self._key))
        server = loopback_server(Gate(app, key=self._key, how_to_open=self._page.strings["how_to_open"]))
        listening = [self._listening] if self._listening is not None else []
        serving = asyncio.create_task(server.serve(sockets=listening), name="local-chat-server")
        ticking = asyncio.create_task(self._tick(), name="local-chat-clock")
        stopping = asyncio.create_task(self._stopping.wait(), name="local-chat-stop")
        try:
            ended, _ = await asyncio.wait({serving, ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            self._room.close()
            server.should_exit = True
            ticking.cancel()
            stopping.cancel()
            await asyncio.gather(serving, ticking, stopping, return_exceptions=True)

    def stop(self) -> None:
        """`serve` returns soon."""
        self._stopping.set()

    async def send(self, chat_id: int, reply: Reply, *, png: bytes | None = None, reply_to: int | None = None, is_silent: bool = False) -> SentMessage:
        """The reply is a bubble on every open page, which never makes a sound. Raises DeliveryError for any other chat."""
        del is_silent
        _require_this_chat(chat_id)
        return self._show_new(self._ids.next_message_id(), reply, png=png, reply_to=reply_to)

    async def edit(self, chat_id: int, message_id: int, reply: Reply, *, png: bytes | None = None) -> SentMessage:
        """The bubble shows the reply's words and buttons, and `png` when there is one; where it is gone a new one stands."""
        _require_this_chat(chat_id)
        bubble = self._room.get(message_id)
        if bubble is None and message_id < self._first_id:
            # A message of an earlier run keeps its number, so that whatever edits it later finds it.
            return self._show_new(message_id, reply, png=png)
        if bubble is None or bubble.is_mine:
            return await self.send(chat_id, reply, png=png)
        photo = bubble.photo if png is None else png
        self._room.show(replace(bubble, nodes=to_nodes(reply.html), buttons=reply.buttons, photo=photo, revision=bubble.revision + 1))
        return SentMessage(chat_id=chat_id, message_id=message_id)

    async def delete(self, chat_id: int, message_id: int) -> None:
        """The bubble is gone from every open page, if it was there. Raises DeliveryError for any other chat."""
        _require_this_chat(chat_id)
        self._room.remove(message_id)

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The tapped buttons work again and the words are shown, as a dialog when `is_alert`. Raises DeliveryError for an unknown tap."""
        message_id = self._intake.answered_message(callback_id)
        if message_id is None:
            raise DeliveryError(f"tap {callback_id} waits for no answer", permanent=True)
        self._room.tell("answer", {"message_id": message_id, "text": text, "alert": is_alert})

    def _show_new(self, message_id: int, reply: Reply, *, png: bytes | None = None, reply_to: int | None = None) -> SentMessage:
        is_file = png is not None and reply.chart is not None and reply.is_file
        document = (file_name(reply.chart), png) if png is not None and reply.chart is not None and reply.is_file else reply.document
        bubble = Bubble(
            message_id=message_id,
            is_mine=False,
            sent_at=self._clock.wall(),
            nodes=to_nodes(reply.html),
            buttons=reply.buttons,
            photo=None if is_file else png,
            document=document,
            reply_to=reply_to,
        )
        self._room.show(bubble)
        return SentMessage(chat_id=LOCAL_CHAT_ID, message_id=message_id)

    async def _tick(self) -> None:
        while True:
            self._room.tell("clock", await self._clock_json())
            await asyncio.sleep(CLOCK_EVERY_S)

    async def _clock_json(self) -> dict[str, object]:
        try:
            async with asyncio.timeout(CLOCK_PATIENCE_S):
                line = await self._clock_line()
        except (TimeoutError, EngineError):
            return {"known": False}
        return {"known": True, "now_ms": int(line.now.timestamp() * 1000), "speed": line.speed, "stage": line.stage, "state": line.state}


def open_browser(url: str) -> None:
    """A browser shows `url` where the machine has a screen; elsewhere nothing happens. Returns at once."""
    has_screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if has_screen:
        # Some browsers take seconds to answer their launcher.
        threading.Thread(target=_open_quietly, args=(url,), name="open-browser", daemon=True).start()


def _open_quietly(url: str) -> None:
    with contextlib.suppress(webbrowser.Error, OSError):
        webbrowser.open(url)


def _listen(port: int) -> socket.socket:
    try:
        return listen_on(port)
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"the local chat cannot use port {port} on {HOST}: {getattr(error, 'strerror', None) or error}",
            fix="Choose another one, e.g. --port 8766",
            key="--port",
        ) from error


def _require_this_chat(chat_id: int) -> None:
    if chat_id != LOCAL_CHAT_ID:
        raise DeliveryError(f"the local chat has no chat {chat_id}", permanent=True)
