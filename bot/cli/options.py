"""Options several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def home_option(command: F) -> F:
    """`--home`, before or after the command's name."""

    def chosen(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
        return value if value is not None else ctx.find_object(Path)

    return click.option("--home", type=click.Path(path_type=Path), default=None, callback=chosen, help="Home folder (or CERBERO_HOME).")(command)


def json_option(command: F) -> F:
    """`--json`: one JSON document on stdout and nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")(command)


class Instant(click.ParamType[datetime]):
    """An ISO date or instant; without a zone it is UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a date or instant. Expected e.g. 2026-01-05 or 2026-01-05T14:00:00Z.", param, ctx)


class LastInstant(Instant):
    """Like `Instant`, but a plain date means that whole day."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        at = super().convert(value, param, ctx)
        if not isinstance(value, str) or len(value) != DATE_CHARS:
            return at
        try:
            return at + timedelta(days=1)
        except OverflowError:
            self.fail(f"there is no day after {value}. Expected e.g. 2026-01-05.", param, ctx)


class HistoryFolder(click.Path):
    """A folder of market history, or the word `shipped` for the synthetic one that comes with the program."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == SHIPPED:
            from engine.offline import history_folder

            return history_folder(None, named=SHIPPED)
        return super().convert(value, param, ctx)


SHIPPED = "shipped"
DATE_CHARS = len("2026-01-05")
INSTANT = Instant()
LAST_INSTANT = LastInstant()
SEED = click.IntRange(0, 2**63 - 1)
HISTORY = HistoryFolder(path_type=Path, exists=True, file_okay=False)
