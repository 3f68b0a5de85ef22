"""`history` on the command line: what was brought or is there on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

import click

from bot.run.lifetime import log_errors_only
from engine.offline import fetch_home_history, history_folder, inspect_history


def print_fetch(home: Path | None, *, from_at: datetime | None, to_at: datetime | None, as_json: bool) -> int:
    """What the sources have of the period is in the home; 1 when one of them did not deliver."""
    log_errors_only()
    report = fetch_home_history(home, from_at=from_at, to_at=to_at, progress=_progress if sys.stderr.isatty() else None)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        for line in (str(report.folder), *report.brought, *(f"not brought: {problem}" for problem in report.problems)):
            click.echo(line)
    return 0 if report.ok else 1


def print_info(home: Path | None, *, folder: Path | None, as_json: bool) -> int:
    """The folder was shown; 1 when it cannot be replayed."""
    if folder is None and history_folder(home) is None:
        click.echo(
            "Nothing was fetched into this home yet (`cerbero-bite history fetch`); below is the synthetic history that comes with the program.", err=True
        )
    held = inspect_history(home, folder=folder)
    click.echo(json.dumps(held.as_json(), indent=2) if as_json else "\n".join(held.lines()))
    return 0 if held.problem is None else 1


def _progress(name: str, share: float) -> None:
    click.echo(f"\r{share:6.1%}  {name}            ", err=True, nl=False)
