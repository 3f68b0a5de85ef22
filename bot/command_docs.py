"""docs/commands.md, written from the registry; a stale one fails a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.access import CHANGE_AGE_MAX, VERB_ROLES
from bot.chat import Command, Danger
from bot.handlers import COMMANDS
from bot.handlers.setup import summary_key, usage
from bot.text import Texts

DOCS_PATH = Path(__file__).resolve().parent.parent / "docs" / "commands.md"

DANGER_WORDS = {
    Danger.SAFE: "reads",
    Danger.CHANGES: f"changes something; refused when older than {CHANGE_AGE_MAX.seconds} s",
    Danger.STOPS: "stops; obeyed at any age",
}


def command_page(commands: Sequence[Command]) -> str:
    """The page of every command, group by group, and of every button."""
    said = Texts("en")
    parts = ["# Commands\n\nWritten by `python -m bot.command_docs` from the registry in `bot/handlers/__init__.py`; do not edit.\n"]
    parts.append("Roles in rising order: viewer, approver, admin; a higher one may do what a lower one may. ★ stands in the chat's menu.\n")
    for group in dict.fromkeys(command.group for command in commands):
        rows = [_row(command, said) for command in commands if command.group == group]
        parts.append(f"## {said.say(f'group-{group}')}\n\n| command | does | role | danger | example |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n")
    buttons = "\n".join(f"| `{verb}` | {role} |" for verb, role in VERB_ROLES.items())
    parts.append(f"## Buttons\n\n| verb | role |\n|---|---|\n{buttons}\n")
    return "\n".join(parts)


def _row(command: Command, said: Texts) -> str:
    star = " ★" if command.in_menu else ""
    shown = usage(command).replace("|", "\\|")
    return f"| `{shown}`{star} | {said.say(summary_key(command))} | {command.role} | {DANGER_WORDS[command.danger]} | `{command.example}` |"


if __name__ == "__main__":
    DOCS_PATH.write_text(command_page(COMMANDS), encoding="utf-8")
