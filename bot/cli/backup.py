"""Backups of the home and the drills that show they can be used."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.options import home_option, json_option

if TYPE_CHECKING:
    from engine.offline import BackupsSeen


@click.group("backup")
def backup() -> None:
    """Take, list, verify and restore copies of the store."""


@backup.command("create")
@home_option
@json_option
def backup_create(home: Path | None, as_json: bool) -> int:
    """Copy the store into the home's backups and verify the copy; the engine may run."""
    from engine.offline import take_backup

    return _told(take_backup(home), as_json=as_json)


@backup.command("list")
@home_option
@json_option
def backup_list(home: Path | None, as_json: bool) -> int:
    """Every backup, newest first, and what the last look at it found."""
    from engine.offline import all_backups

    _told(all_backups(home), as_json=as_json)
    return 0


@backup.command("verify")
@home_option
@json_option
@click.argument("name", required=False)
def backup_verify(home: Path | None, as_json: bool, name: str | None) -> int:
    """Look at the backup NAME, or at every one, whole: checksum, pages, audit chain, anchors."""
    from engine.offline import verify_backups

    return _told(verify_backups(home, name=name), as_json=as_json)


@backup.command("restore")
@home_option
@json_option
@click.argument("source", required=False)
@click.option("--anchors", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None, help="Anchors kept off this machine.")
def backup_restore(home: Path | None, as_json: bool, source: str | None, anchors: Path | None) -> int:
    """Put SOURCE, a backup's name or a path, or the newest verified backup in the place of the store.

    The engine must be stopped. The present store is moved aside, nothing is deleted, and the next start holds until a person resumes.
    """
    from engine.offline import restore

    restored = restore(home, source=source, anchors=anchors)
    click.echo(json.dumps(restored.as_json(), indent=2) if as_json else restored.sentence())
    return 0


@click.group("drill")
def drill() -> None:
    """Practise what must work when it is needed."""


@drill.command("restore")
@home_option
@json_option
def drill_restore(home: Path | None, as_json: bool) -> int:
    """Restore the newest backup into a throw-away folder, verify it there and tell how long that took."""
    return _held(home, "restore", as_json=as_json)


@drill.command("kill")
@home_option
@json_option
def drill_kill(home: Path | None, as_json: bool) -> int:
    """Throw a kill switch like the real one in a throw-away folder on the home's disk and tell how long it took; nothing is killed."""
    return _held(home, "kill", as_json=as_json)


@drill.command("dead-man")
@home_option
@json_option
def drill_dead_man(home: Path | None, as_json: bool) -> int:
    """Leave the dead-man with a throw-away home whose engine never lived: it must set the kill file there and call its alert command."""
    return _held(home, "dead-man", as_json=as_json)


@drill.command("proposal")
@home_option
def drill_proposal(home: Path | None) -> int:
    """Ask the running engine for a practice card in the chat of the first admin; its tap tells how long both took. Nothing is ordered."""
    from engine.offline import request_action

    click.echo(request_action(home, action="drill_proposal", args={}, source=f"cli:{getpass.getuser()}"))
    return 0


@drill.command("second-path")
@home_option
def drill_second_path(home: Path | None) -> int:
    """Send a test message by the command in alert.command, as the engine does when the chat itself is in trouble."""
    import os

    from bot.messages.elsewhere import trial_words
    from engine.config import load_settings
    from engine.home import home_at, resolve_home
    from engine.offline import try_second_path

    language = load_settings(os.environ, home_at(resolve_home(home, os.environ)).env_file).language
    done = try_second_path(home, trial_words(language))
    click.echo(done.sentence)
    return 0 if done.ok else 1


def _held(home: Path | None, name: str, *, as_json: bool) -> int:
    from engine.offline import run_drill

    done = run_drill(home, name)
    click.echo(json.dumps(done.as_json(), indent=2) if as_json else done.sentence())
    return 0 if done.ok else 1


def _told(seen: BackupsSeen, *, as_json: bool) -> int:
    """The backups on stdout; the exit code is 1 when one of them was found bad."""
    click.echo(json.dumps(seen.as_json(), indent=2) if as_json else "\n".join(seen.lines()))
    return 0 if seen.ok else 1


COMMANDS = {"backup": backup, "drill": drill}
