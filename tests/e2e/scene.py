"""A demo over Telegram as its operator sees it: a child process, a platform, a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.e2e.product import Child, started
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import Answer, BotMessage

ADA, STRANGER = 1001, 6666
CAPTION_MAX = 1024
PATIENCE_S = 20.0
"""How long a person of a busy machine waits for an answer."""

DAYS_PER_SECOND = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One run of the product with its operator's chat."""

    api: FakeBotApi
    child: Child
    home: Path

    def newest(self) -> int:
        """The id of the chat's last message of the bot; 0 before the first."""
        return max((message.message_id for message in self.api.messages(ADA)), default=0)

    async def next(self, wanted: str | Callable[[BotMessage], bool], *, after: int, timeout: float = PATIENCE_S) -> BotMessage:
        """The first message later than `after` that reads as wanted."""
        is_wanted = (lambda message: wanted in message.text) if isinstance(wanted, str) else wanted
        return await self.api.wait_for(lambda message: message.message_id > after and is_wanted(message), chat_id=ADA, timeout=timeout)

    async def ask(self, text: str, wanted: str | Callable[[BotMessage], bool], *, reply_to: int | None = None) -> BotMessage:
        """Ada writes `text`; the answer that reads as wanted."""
        after = self.newest()
        self.api.say(ADA, text, reply_to=reply_to)
        return await self.next(wanted, after=after)

    async def tap(self, message: BotMessage, label: str) -> Answer:
        """Ada taps; how the tap was answered."""
        return await self.api.wait_for_answer(self.api.tap(message, label), timeout=PATIENCE_S)

    async def tap_data(self, message: BotMessage, data: str, *, user_id: int = ADA) -> Answer:
        """Somebody taps a button that may be gone from the screen."""
        return await self.api.wait_for_answer(self.api.tap_data(message, data, user_id=user_id), timeout=PATIENCE_S)

    async def reads(self, message: BotMessage, wanted: str) -> None:
        """The message has been edited until it reads as wanted."""
        await self.api.wait_until(lambda: wanted in message.text, timeout=PATIENCE_S)

    async def card(self, headline: str, *, after: int) -> BotMessage:
        """The next card with this headline that still asks."""
        return await self.next(lambda message: headline in message.text and "⏳" in message.text, after=after, timeout=60.0)


def telegram_env(api: FakeBotApi, *, role: str = "admin", token: str | None = None) -> dict[str, str]:
    """The operator's environment: the bot, where Telegram is, who may use it."""
    return {
        "CERBERO_TELEGRAM_TOKEN": api.token if token is None else token,
        "CERBERO_TELEGRAM_API_URL": api.base_url,
        "CERBERO_OPERATORS": f"{ADA}:{role}",
    }


@asynccontextmanager
async def demo_over_telegram(api: FakeBotApi, home: Path, *args: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Scene]:
    """A running demo whose chat is Telegram."""
    wanted = {**telegram_env(api), **({} if env is None else env)}
    async with started("demo", "--chat", "telegram", "--home", home, "--no-browser", "--days-per-second", DAYS_PER_SECOND, *args, env=wanted) as child:
        await child.line_with("chat: Telegram")
        yield Scene(api=api, child=child, home=home)


def decoded(message: BotMessage) -> Image.Image:
    """The message's picture, every pixel of it read. Raises AssertionError when there is none."""
    if message.photo is None:
        raise AssertionError(f"no picture: {message.text}")
    picture = Image.open(BytesIO(message.photo))
    picture.load()
    return picture
