"""The two doors a run can have: Telegram, or the page on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.charts import warm_up
from bot.handlers import COMMANDS
from bot.handlers.setup import summary_key
from bot.local_chat.routes import Page
from bot.local_chat.server import ClockLine, LocalChat, open_browser
from bot.local_chat.strings import page_strings
from bot.local_chat.updates import LOCAL_CHAT_ID, LOCAL_USER_ID
from bot.loopback import HOST
from bot.run.lifetime import tell
from bot.switchboard import serve_telegram, telegram_menu, workers
from bot.telegram import TelegramDoor
from bot.text import Texts
from bot.webhook import HookPlan, Webhook
from engine.api import Engine
from engine.app import Running
from engine.clock import Clock
from engine.config import Settings
from engine.errors import ConfigError
from engine.state.records import OperatorRecord


def local_operator(language: str) -> OperatorRecord:
    """The person at this machine: whoever has the page's secret link."""
    return OperatorRecord(user_id=LOCAL_USER_ID, chat_id=LOCAL_CHAT_ID, role="admin", language=language)


async def telegram_door(settings: Settings) -> TelegramDoor:
    """A bot whose token Telegram accepts. Raises ConfigError without a token or when it is refused."""
    if settings.telegram_token is None:
        fix = "Run cerbero-bite init, or put CERBERO_TELEGRAM_TOKEN=<token from @BotFather> into the home's .env or the environment, or use --chat local."
        raise ConfigError("there is no bot token", fix=fix, key="CERBERO_TELEGRAM_TOKEN")
    door = TelegramDoor(settings.telegram_token.get_secret_value(), base_url=settings.telegram_api_url, menu=telegram_menu())
    try:
        await door.check_token()
    except ConfigError:
        await door.close()
        raise
    return door


async def tell_of_nobody(up: Running) -> None:
    """Where the list is empty, how somebody comes onto it."""
    if not await up.door.operators():
        tell("Nobody may use the bot yet. Run `cerbero-bite init` for a pairing code and send it to the bot: /pair CODE.")


def webhook_of(settings: Settings, door: TelegramDoor) -> Webhook | None:
    """Where Telegram posts updates, its port taken already; None where they are fetched. Raises ConfigError when the port cannot be had."""
    if settings.webhook is None:
        return None
    plan = HookPlan(url=settings.webhook.url, secret=settings.webhook.secret.get_secret_value(), port=settings.webhook.port)
    webhook = Webhook(door, plan)
    tell(f"updates: posted to {settings.webhook.url}, taken on {HOST}:{webhook.bind()}")
    return webhook


async def serve_over_telegram(engine: Engine, door: TelegramDoor, *, clock: Clock, webhook: Webhook | None = None) -> None:
    """The bot answers until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(warm_up))
        group.create_task(serve_telegram(engine, door, clock=clock, webhook=webhook))


class LocalDoor:
    """The page with its inbox and outbox."""

    def __init__(self, engine: Engine, *, language: str, clock: Clock, speed: Callable[[], float]) -> None:
        self._engine, self._speed = engine, speed
        texts = Texts(language)
        page = Page(
            language=language,
            strings=page_strings(language),
            commands=tuple((command.name, texts.say(summary_key(command))) for command in COMMANDS),
        )
        self._chat = LocalChat(engine, page, clock=clock, clock_line=self._clock_line, on_stored=lambda: self._inbox.poke())  # noqa: PLW0108 - the inbox is made after the chat
        self._inbox, self._outbox = workers(engine, self._chat)

    def bind(self, port: int) -> str:
        """The link that opens the chat. Raises ConfigError when the port is taken."""
        return self._chat.bind(port)

    async def serve(self) -> None:
        """The page is served and answered until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(warm_up))
            for work in (self._chat.serve(), self._inbox.run(), self._outbox.run()):
                group.create_task(work)

    async def _clock_line(self) -> ClockLine:
        status = await self._engine.status()
        state = "kill" if status.is_killed else "hold" if status.holds else "active"
        return ClockLine(now=status.now, speed=self._speed(), stage=status.stage.upper(), state=state)


def announce_link(url: str, *, browser: bool) -> None:
    """The link stands on stdout, and in a browser where there is one."""
    tell(f"chat: {url}")
    if browser:
        open_browser(url)
