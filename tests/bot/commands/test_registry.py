"""The registry: what stands in it, and what is made from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.chat import Command
from bot.command_docs import DOCS_PATH, command_page
from bot.dispatch import dispatch
from bot.handlers import COMMANDS
from tests.bot.commands.requests import WallClock, order, words
from tests.bot.fake_engine import FakeEngine, as_engine

NAMES = (
    "start",
    "help",
    "status",
    "positions",
    "position",
    "pending",
    "scan",
    "monitor",
    "market",
    "ping",
    "why",
    "equity",
    "history",
    "pause",
    "resume",
    "kill",
    "disarm",
    "force_close",
    "cancel",
    "audit",
    "audit_verify",
    "digest",
    "risk",
    "smile",
    "stats",
    "account",
    "report",
    "pnl",
    "backup",
    "drill",
    "logs",
    "whoami",
    "config",
    "version",
    "pair",
    "language",
    "timezone",
    "operators",
    "notify",
    "note",
    "stage",
    "quiet",
    "montecarlo",
    "sweep",
    "kelly",
    "replay",
)


def test_the_registry_holds_exactly_the_commands_of_the_product() -> None:
    assert sorted(NAMES) == sorted(each.name for each in COMMANDS)


def test_the_menu_shows_at_most_twelve_commands() -> None:
    menu = {each.name for each in COMMANDS if each.in_menu}

    assert len(menu) <= 12
    assert {"status", "positions", "pending", "equity", "history", "market", "why", "scan", "pause", "kill", "help"} <= menu


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
def test_a_name_is_one_the_chat_can_show_in_its_menu(command: Command) -> None:
    assert re.fullmatch(r"[a-z_]{1,32}", command.name)
    assert command.example.startswith(f"/{command.name}")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.name)
async def test_the_example_of_a_command_works(command: Command) -> None:
    replies = await dispatch(order(command.example), as_engine(FakeEngine()), clock=WallClock())

    assert "Expected:" not in words(replies)
    assert words(replies)


def test_the_page_of_the_commands_is_fresh() -> None:
    """Stale? Run `python -m bot.command_docs`."""
    assert command_page(COMMANDS) == DOCS_PATH.read_text(encoding="utf-8")


def test_no_handler_is_longer_than_twenty_lines() -> None:
    too_long = []
    for path in (Path(__file__).parents[3] / "bot" / "handlers").glob("*.py"):
        for body in re.split(r"^(?:async )?def ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            lines = [each for each in re.split(r"^(?=\S)", body, flags=re.MULTILINE)[0].splitlines() if each.strip()]
            if len(lines) > 21:
                too_long.append((path.name, lines[0]))

    assert too_long == []
