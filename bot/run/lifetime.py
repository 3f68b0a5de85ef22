"""What every run shares: the home, the settings, the log, the signals that end it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine.clock import Clock, SystemClock
from engine.config import Settings, load_settings
from engine.config_view import known_secrets
from engine.home import Home, open_home, resolve_home
from engine.log import configure_logging
from engine.state.records import OperatorRecord

SWITCH_S = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a run lives and what the operator's environment says."""

    home: Home
    settings: Settings


def prepare(root: Path, clock: Clock) -> Setting:
    """The home is open and private and the log is written there. Raises ConfigError naming what is wrong."""
    os.umask(0o077)
    home = open_home(root)
    settings = load_settings(os.environ, home.env_file)
    configure_logging(home.log_dir, now=clock.wall, secrets=known_secrets(home, settings))
    return Setting(home=home, settings=settings)


def log_errors_only() -> None:
    """For commands that answer on stdout: nothing but errors is told, on stderr."""
    configure_logging(None, now=SystemClock().wall, console_level="ERROR")


def home_root(option: Path | None) -> Path:
    return resolve_home(option, os.environ)


def operators_of(settings: Settings) -> tuple[OperatorRecord, ...]:
    """The people CERBERO_OPERATORS admits; a private chat has its person's number."""
    return tuple(
        OperatorRecord(user_id=operator.user_id, chat_id=operator.user_id, role=operator.role, language=settings.language) for operator in settings.operators
    )


def tell(words: str) -> None:
    """The words stand on stdout; where nobody reads it any more they are dropped, and so is whatever follows."""
    try:
        click.echo(words)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def keep_what_stands() -> None:
    """The collector no longer walks what start-up built: modules and types stay anyway, and walking them stops every tap for a tenth of a second."""
    gc.collect()
    gc.freeze()


def hand_over_often() -> None:
    """A thread that computes (a picture, a replay) gives the interpreter back before a kill that waits for it notices: Python's own 5 ms add up."""
    sys.setswitchinterval(SWITCH_S)


def run_until_stopped(main: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    """`main` has run to its end; Ctrl-C or SIGTERM set its event once and it ends by itself."""

    hand_over_often()

    async def body() -> int:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stopping.set)
        return await main(stopping)

    return asyncio.run(body())


async def first_to_end(stopping: asyncio.Event, *works: Awaitable[None]) -> None:
    """Returns when `stopping` is set or any work ends; the others are cancelled, and a failure goes on."""
    waiting = asyncio.ensure_future(stopping.wait())
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in (waiting, *tasks):
            task.cancel()
        await asyncio.gather(waiting, *tasks, return_exceptions=True)
