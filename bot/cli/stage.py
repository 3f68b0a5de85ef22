"""The stage from the command line: the gate table, and one stage down. Signing off is typed in the chat, where Monte Carlo measures z."""

from __future__ import annotations

import dataclasses
import getpass
import json
import os
from pathlib import Path

import click

from bot.cli.options import home_option, json_option


@click.group("stage")
def stage() -> None:
    """Show what the next stage asks for, or go one down."""


@stage.command("show")
@home_option
@json_option
def show(home: Path | None, as_json: bool) -> int:
    """The gates of the next stage: measured, limit, met or not. Ends with 1 while a gate is missing."""
    from bot.format import to_plain
    from bot.messages.voice import voice
    from bot.run.lifetime import home_root
    from bot.views.stage import table
    from engine.app import stage_view
    from engine.config import load_settings
    from engine.home import home_at

    view = stage_view(home_at(home_root(home)))
    is_ready = all(gate.is_met for gate in view.gates)
    if as_json:
        click.echo(json.dumps({**dataclasses.asdict(view), "is_ready": is_ready}, indent=2))
    else:
        click.echo(to_plain(table(view, voice(load_settings(os.environ).language))))
    return 0 if is_ready else 1


@stage.command("demote")
@home_option
@click.option("--reason", required=True, help="Why; it stands in the audit chain.")
def demote(home: Path | None, reason: str) -> int:
    """The running engine goes one stage down at its next look, within a minute; nothing of a higher one is opened any more."""
    from engine.offline import request_action

    click.echo(request_action(home, action="stage_demote", args={"reason": reason}, source=f"cli:{getpass.getuser()}"))
    return 0


COMMANDS = {"stage": stage}
