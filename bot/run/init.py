"""`init`: the home is private, the token stands in its `.env`, and a pairing code waits for the first admin."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.run.lifetime import tell
from bot.telegram import TelegramDoor
from engine.config import TELEGRAM_API_URL, load_settings, read_env_file
from engine.errors import ConfigError
from engine.home import Home, home_at, open_home
from engine.offline import pairing_code

TOKEN = "CERBERO_TELEGRAM_TOKEN"  # noqa: S105 - the name of the variable, not its value
PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """`token` None keeps the one that is there."""

    home: Path
    token: str | None
    is_offline: bool


def has_token(root: Path) -> bool:
    """True when the home or the environment names a bot already."""
    return bool(os.environ.get(TOKEN, "").strip() or read_env_file(home_at(root).env_file).get(TOKEN, "").strip())


def run_init(options: InitOptions) -> int:
    """The home is set up and the code is told. Raises ConfigError for a token that is none or that Telegram refuses; nothing is kept then."""
    os.umask(0o077)
    home = open_home(options.home)
    given = {} if options.token is None else {TOKEN: options.token}
    settings = load_settings({**os.environ, **given}, home.env_file)
    if settings.telegram_token is None:
        raise ConfigError("there is no bot token", fix="Create a bot with @BotFather and give its token to init.", key=TOKEN)
    name = "" if options.is_offline else asyncio.run(_bot_name(settings.telegram_token.get_secret_value(), settings.telegram_api_url))
    if options.token is not None:
        _keep_token(home, options.token)
    _tell_code(home, name, is_asked=not options.is_offline, is_usual_server=settings.telegram_api_url == TELEGRAM_API_URL)
    return 0


async def _bot_name(token: str, api_url: str) -> str:
    """The bot's name at Telegram; empty where that cannot be asked now."""
    door = TelegramDoor(token, base_url=api_url)
    try:
        return door.username if await door.look_up() else ""
    finally:
        await door.close()


def _keep_token(home: Home, token: str) -> None:
    """`.env` names the token, its other lines as they were, readable by its owner alone from its first byte on."""
    before = home.env_file.read_text(encoding="utf-8").splitlines() if home.env_file.exists() else []
    others = [line for line in before if line.strip().removeprefix("export ").partition("=")[0].strip() != TOKEN]
    draft = home.env_file.with_name(".env.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*others, f"{TOKEN}={token}"]) + "\n")
    draft.replace(home.env_file)


def _tell_code(home: Home, name: str, *, is_asked: bool, is_usual_server: bool) -> None:
    code = pairing_code(home)
    tell(f"home: {home.root}")
    if name:
        tell(f"bot: @{name}" + (f" (https://t.me/{name})" if is_usual_server else ""))
    elif is_asked:
        tell("Telegram could not be asked now whether it knows the token; `cerbero-bite start` asks again.")
    tell(f"pairing code: {code}")
    tell(f"Run `cerbero-bite start` and send this to your bot within ten minutes: /pair {code}")
    tell("Whoever sends it first is admin. No answer means it does not count any more: run `cerbero-bite init` again for a new one.")
