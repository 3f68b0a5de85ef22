"""Telegram at the outside door: the only module that imports its library.

Rules of this file: raw updates go out as they came; every failure becomes a DeliveryError whose
text never holds the token, raised without its cause, for the library's own messages may hold it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import httpx
import structlog
import telegram
from telegram import error as failures
from telegram.constants import ParseMode
from telegram.request import HTTPXRequest

from bot.chat import Button, ButtonStyle, Reply, SentMessage
from bot.delivery import file_name, has_body
from bot.format import clean, cut, plain_of
from bot.parts import footer_line, headline, is_caption, signed_parts, unmarked
from bot.updates import ALLOWED_UPDATES
from bot.webhook import HookSeen
from engine.errors import ChatClosed, ConfigError, DeliveryError, LinkRefused

TELEGRAM_URL = "https://api.telegram.org/bot"
CALL_DEADLINE_S = 20.0
UPLOAD_DEADLINE_S = 40.0
POLL_GRACE_S = 10.0
UPDATES_MAX = 100
HOOK_CONNECTIONS = 8
RENEWED_AFTER_POLLS = 3
PARTS_MAX = 3
TOAST_MAX_UNITS = 200
REFUSED_FIX = "Copy the token again from @BotFather (/mybots, API Token) into CERBERO_TELEGRAM_TOKEN"
QUIET_LOGGERS = ("httpx", "httpcore", "httpx2", "httpcore2", "telegram")

# The library has a method of its own for this call that parses what comes, and one update it cannot
# parse would stop the poll for good. Spelled so, `do_api_request` calls getUpdates and hands out raw JSON.
_RAW_GET_UPDATES = "get__updates"

_MISSING = ("message to edit not found", "message can't be edited", "message_id_invalid")
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

T = TypeVar("T")
Menu = Mapping[str, Sequence[tuple[str, str]]]

log = structlog.get_logger(__name__)


class _Rejected(DeliveryError):
    """400: this content will never be taken as it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a message goes, and whether it makes a sound there."""

    chat_id: int
    reply_to: int | None
    is_silent: bool


def file_url_of(base_url: str) -> str:
    """Where files of the same server are: `…/bot` becomes `…/file/bot`."""
    return base_url.removesuffix("bot") + "file/bot"


def quiet_loggers() -> None:
    """The libraries that log addresses with the token in them say warnings only."""
    for name in QUIET_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


class TelegramDoor:
    """One bot at one Bot API server: source of updates and transport of messages.

    `menu` holds, per language code ("" for everybody else), the commands to show with their descriptions.
    """

    def __init__(self, token: str, *, base_url: str = TELEGRAM_URL, menu: Menu | None = None, deadline_s: float = CALL_DEADLINE_S) -> None:
        quiet_loggers()
        self._token, self._menu, self._deadline_s = token, menu if menu is not None else {}, deadline_s
        # Pool and connect limits are short; the total is kept by the deadline around every call.
        self._polling, self._polls_failed = HTTPXRequest(connection_pool_size=2, pool_timeout=5.0), 0
        self._bot = telegram.Bot(
            token,
            base_url=base_url,
            base_file_url=file_url_of(base_url),
            request=HTTPXRequest(connection_pool_size=16, read_timeout=UPLOAD_DEADLINE_S, pool_timeout=5.0),
            get_updates_request=self._polling,
        )
        self._username = ""

    def __repr__(self) -> str:
        return f"TelegramDoor(@{self._username})"

    @property
    def username(self) -> str:
        """The bot's name without @, empty until connected."""
        return self._username

    async def check_token(self) -> None:
        """Telegram knows the token, or could not be asked just now. Raises ConfigError when it refuses it."""
        try:
            await self.connect()
        except LinkRefused:
            raise ConfigError("Telegram refused the token", fix=REFUSED_FIX, key="CERBERO_TELEGRAM_TOKEN") from None
        except DeliveryError as error:
            log.warning("telegram.missed", error=str(error))

    async def look_up(self) -> bool:
        """True when Telegram knows the token, and the bot's name is known then; False when it cannot be asked now. Raises ConfigError when refused."""
        try:
            await self._call(self._bot.initialize())
        except LinkRefused:
            raise ConfigError("Telegram refused the token", fix=REFUSED_FIX, key="CERBERO_TELEGRAM_TOKEN") from None
        except DeliveryError as error:
            log.warning("telegram.missed", error=str(error))
            return False
        self._username = self._bot.username
        return True

    async def connect(self) -> None:
        """The bot's name is known, no webhook takes its updates, and its command menu stands if Telegram took it."""
        await self._call(self._bot.initialize())
        # A webhook somebody set would take every update; the ones that wait are kept.
        await self._call(self._bot.delete_webhook(drop_pending_updates=False))
        await self._set_menu()
        self._username = self._bot.username

    async def set_hook(self, url: str, secret: str) -> None:
        """Telegram posts updates to the address, those that wait first; several at once, so that a kill overtakes what hangs. Raises DeliveryError."""
        hook = self._bot.set_webhook(
            url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES), max_connections=HOOK_CONNECTIONS, drop_pending_updates=False
        )
        await self._call(hook)

    async def look_at_hook(self) -> HookSeen:
        """Where Telegram posts updates now, and how that goes. Raises DeliveryError."""
        seen = await self._call(self._bot.get_webhook_info())
        return HookSeen(url=seen.url, waiting=seen.pending_update_count, problem="" if seen.last_error_message is None else clean(seen.last_error_message))

    async def _set_menu(self) -> None:
        # A menu is a comfort: without it every command still works.
        for language, rows in self._menu.items():
            commands = [telegram.BotCommand(name, description) for name, description in rows]
            try:
                await self._call(self._bot.set_my_commands(commands, language_code=language))
            except DeliveryError as error:
                log.warning("telegram.menu_unset", language=language, error=str(error))

    async def close(self) -> None:
        """No connection is open any more."""
        await self._bot.shutdown()

    async def get_updates(self, *, offset: int, wait_s: float) -> Sequence[Mapping[str, object]]:
        """Raw updates from `offset` on; everything below is confirmed. Raises DeliveryError."""
        asked = {"offset": offset, "limit": UPDATES_MAX, "timeout": int(wait_s), "allowed_updates": list(ALLOWED_UPDATES)}
        deadline_s = wait_s + POLL_GRACE_S
        try:
            updates = await self._call(self._bot.do_api_request(_RAW_GET_UPDATES, api_kwargs=asked, read_timeout=deadline_s), deadline_s=deadline_s)
        except ChatClosed:
            raise LinkRefused("Telegram forbids this bot to receive messages (403): it was banned or deactivated") from None
        except DeliveryError as error:
            await self._renew(error)
            raise
        self._polls_failed = 0
        if not isinstance(updates, list):
            raise DeliveryError("Telegram answered getUpdates with something else than a list")
        return [update for update in updates if isinstance(update, dict)]

    async def _renew(self, error: DeliveryError) -> None:
        """After a few polls without progress the connections are new ones: an old one can be dead without anybody having closed it."""
        self._polls_failed += 1
        if self._polls_failed % RENEWED_AFTER_POLLS == 0 and error.retry_after_s is None:
            log.warning("telegram.connections_renewed", failed_polls=self._polls_failed)
            await self._polling.shutdown()
            await self._polling.initialize()

    async def send(self, chat_id: int, reply: Reply, *, png: bytes | None = None, reply_to: int | None = None, is_silent: bool = False) -> SentMessage:
        """The reply stands in the chat, as plain words where its markup was refused. Raises DeliveryError."""
        where = _Place(chat_id=chat_id, reply_to=reply_to, is_silent=is_silent)
        try:
            return await self._send(where, reply, png)
        except _Rejected as rejected:
            if not reply.html:
                raise
            log.warning("telegram.rejected", chat_id=chat_id, error=str(rejected))
            plain = Reply(html=unmarked(reply.html), buttons=reply.buttons)
            return await self._send(where, plain, None)

    async def delete(self, chat_id: int, message_id: int) -> None:
        """The message is gone; one that was gone before stays so. Raises DeliveryError."""
        try:
            await self._call(self._bot.delete_message(chat_id, message_id))
        except _Rejected as rejected:
            log.info("telegram.not_deleted", chat_id=chat_id, message_id=message_id, error=str(rejected))

    async def edit(self, chat_id: int, message_id: int, reply: Reply, *, png: bytes | None = None) -> SentMessage:
        """The message reads as `reply`; a message that is gone or cannot hold it is followed by a new one. Raises DeliveryError."""
        try:
            await self._edit(chat_id, message_id, reply, png)
        except _Rejected as rejected:
            problem = str(rejected).lower()
            if "message is not modified" in problem:
                return SentMessage(chat_id=chat_id, message_id=message_id)
            log.info("telegram.edit_refused", chat_id=chat_id, message_id=message_id, error=str(rejected))
            if not any(words in problem for words in _MISSING):
                await self._strip_buttons(chat_id, message_id)
            return await self.send(chat_id, reply, png=png, reply_to=message_id)
        return SentMessage(chat_id=chat_id, message_id=message_id)

    async def answer_callback(self, callback_id: str, text: str, *, is_alert: bool = False) -> None:
        """The tap's spinner has stopped. Raises DeliveryError, also for a tap that is too old."""
        await self._call(self._bot.answer_callback_query(callback_id, text=cut(text, TOAST_MAX_UNITS) if text else None, show_alert=is_alert))

    async def _send(self, where: _Place, reply: Reply, png: bytes | None) -> SentMessage:
        if png is not None and reply.chart is not None and reply.is_file:
            return SentMessage(chat_id=where.chat_id, message_id=await self._send_document(where, file_name(reply.chart), png, caption=reply.html))
        if png is not None and is_caption(reply.html) and reply.document is None:
            return SentMessage(chat_id=where.chat_id, message_id=await self._send_photo(where, png, reply.html, reply.buttons))
        message_ids: list[int] = []
        if png is not None:
            message_ids.append(await self._send_photo(where, png, headline(reply.html), ()))
        message_ids += await self._send_words(where, reply)
        if reply.document is not None:
            name, content = reply.document
            message_ids.append(await self._send_document(where, name, content.encode("utf-8"), caption=footer_line(reply.html)))
        # The words carry the buttons; a document alone is its own message.
        last = message_ids[-2] if reply.document is not None and len(message_ids) > 1 else message_ids[-1]
        return SentMessage(chat_id=where.chat_id, message_id=last)

    async def _send_words(self, where: _Place, reply: Reply) -> list[int]:
        """Ids of the messages that hold the words, the one with the buttons last."""
        if not has_body(Reply(html=reply.html)):
            return []
        parts, message_ids = signed_parts(reply.html), []
        if len(parts) > PARTS_MAX:
            content = plain_of(reply.html).encode("utf-8")
            message_ids.append(await self._send_document(where, "message.txt", content, caption=footer_line(reply.html)))
            parts = parts[:1]
        for number, part in enumerate(parts, start=1):
            sent = await self._call(
                self._bot.send_message(
                    where.chat_id,
                    part,
                    parse_mode=ParseMode.HTML,
                    reply_markup=_keyboard(reply.buttons) if number == len(parts) else None,
                    reply_parameters=_answering(where.reply_to),
                    disable_notification=where.is_silent,
                    link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                )
            )
            message_ids.append(sent.message_id)
        return message_ids

    async def _send_photo(self, where: _Place, png: bytes, caption: str, buttons: tuple[tuple[Button, ...], ...]) -> int:
        sent = await self._call(
            self._bot.send_photo(
                where.chat_id,
                png,
                caption=caption,
                parse_mode=ParseMode.HTML,
                filename="chart.png",
                reply_markup=_keyboard(buttons),
                reply_parameters=_answering(where.reply_to),
                disable_notification=where.is_silent,
            ),
            deadline_s=UPLOAD_DEADLINE_S,
        )
        return sent.message_id

    async def _send_document(self, where: _Place, name: str, content: bytes, *, caption: str) -> int:
        document = self._bot.send_document(
            where.chat_id, content, filename=name, caption=caption, parse_mode=ParseMode.HTML, disable_notification=where.is_silent
        )
        sent = await self._call(document, deadline_s=UPLOAD_DEADLINE_S)
        return sent.message_id

    async def _edit(self, chat_id: int, message_id: int, reply: Reply, png: bytes | None) -> None:
        """Text or caption of the message is the reply's; which of them it has, only Telegram knows."""
        keyboard = _keyboard(reply.buttons)
        if png is not None and is_caption(reply.html):
            picture = telegram.InputMediaPhoto(png, caption=reply.html, parse_mode=ParseMode.HTML)
            media = self._bot.edit_message_media(picture, chat_id=chat_id, message_id=message_id, reply_markup=keyboard)
            await self._call(media, deadline_s=UPLOAD_DEADLINE_S)
            return
        try:
            await self._call(
                self._bot.edit_message_text(
                    reply.html,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboard,
                    link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
                )
            )
        except _Rejected as rejected:
            if "there is no text in the message to edit" not in str(rejected).lower():
                raise
            caption = self._bot.edit_message_caption(
                chat_id=chat_id, message_id=message_id, caption=reply.html, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
            await self._call(caption)

    async def _strip_buttons(self, chat_id: int, message_id: int) -> None:
        """The old message offers nothing any more, or never did."""
        try:
            await self._call(self._bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id))
        except _Rejected as rejected:
            log.info("telegram.buttons_kept", chat_id=chat_id, message_id=message_id, error=str(rejected))

    async def _call(self, call: Awaitable[T], *, deadline_s: float | None = None) -> T:
        """The answer within the deadline; whatever goes wrong is a DeliveryError without a cause."""
        try:
            async with asyncio.timeout(deadline_s if deadline_s is not None else self._deadline_s):
                return await call
        except TimeoutError:
            raise DeliveryError("no answer from Telegram in time", ambiguous=True) from None
        except failures.TelegramError as error:
            raise self._named(error) from None
        except (KeyError, TypeError, ValueError) as error:
            raise DeliveryError(f"Telegram's answer cannot be read ({type(error).__name__})", ambiguous=True) from None

    def _named(self, error: failures.TelegramError) -> DeliveryError:
        """The library's error as ours: whose fault, and whether another try can help."""
        said = str(error.message).replace(self._token, "<token>")
        if isinstance(error, failures.RetryAfter):
            return DeliveryError(said, retry_after_s=_seconds(error.retry_after))
        if isinstance(error, failures.InvalidToken | failures.EndPointNotFound):
            return LinkRefused("Telegram refuses the bot's token (401): it was revoked or replaced")
        if isinstance(error, failures.Conflict):
            return LinkRefused("another program receives this bot's messages (409): a second instance, a webhook or a thief")
        if isinstance(error, failures.Forbidden | failures.ChatMigrated):
            return ChatClosed(f"Telegram refuses the chat (403): {said}")
        if isinstance(error, failures.BadRequest):
            return _Rejected(said)
        return DeliveryError(said, ambiguous=not _is_unsent(error))


def _is_unsent(error: failures.TelegramError) -> bool:
    """True when the message is known not to have been taken: no connection, or an error status."""
    if not isinstance(error, failures.NetworkError):
        return False
    cause = error.__cause__
    return isinstance(cause, _NEVER_SENT) or not isinstance(cause, httpx.HTTPError)


def _keyboard(buttons: tuple[tuple[Button, ...], ...]) -> telegram.InlineKeyboardMarkup | None:
    if not buttons:
        return None
    rows = [[telegram.InlineKeyboardButton(each.label, callback_data=each.action, style=_style(each.style)) for each in row] for row in buttons]
    return telegram.InlineKeyboardMarkup(rows)


def _style(style: ButtonStyle) -> str | None:
    return None if style is ButtonStyle.PLAIN else style.value


def _answering(message_id: int | None) -> telegram.ReplyParameters | None:
    return None if message_id is None else telegram.ReplyParameters(message_id, allow_sending_without_reply=True)


def _seconds(delay: int | timedelta) -> float:
    return delay.total_seconds() if isinstance(delay, timedelta) else float(delay)
