"""`init`: a home, its token, and the code that makes the first admin."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.cli.options import home_option


@click.command("init")
@home_option
@click.option("--token", default=None, help="The bot's token from @BotFather. Others on this machine may see it in the list of processes: better leave it out.")
@click.option("--offline", is_flag=True, help="Do not ask Telegram whether it knows the token.")
def init(home: Path | None, token: str | None, offline: bool) -> int:
    """Set up this home: keep the bot's token in its .env and print a pairing code, good once and for ten minutes.

    The token is asked for, or read from standard input; a home that has one keeps it and only gets a new code.
    """
    from bot.run.init import InitOptions, has_token, run_init
    from bot.run.lifetime import home_root

    root = home_root(home)
    given = token if token is not None else None if has_token(root) else _read_token()
    return run_init(InitOptions(home=root, token=given, is_offline=offline))


def _read_token() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Token of your bot, from @BotFather", hide_input=True)).strip()
    return sys.stdin.readline().strip()


COMMANDS = {"init": init}
