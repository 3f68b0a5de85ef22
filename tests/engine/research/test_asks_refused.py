"""What history and the simulated market cannot tell is refused on the command line in one sentence, before anything is lived through."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bot.cli import cli
from engine.errors import ConfigError

NEVER = "lies outside of it"
NO_START = "no simulated market can start"
GRID = "exit.stop_loss_x_credit=2,3"


def refused(home: Path, *words: str) -> str:
    """The one sentence on stderr; anything but a refusal with exit code 2 fails the test."""
    done = CliRunner().invoke(cli, ["--home", str(home), *words], standalone_mode=False)
    assert isinstance(done.exception, ConfigError | click.UsageError), done.exception
    return done.exception.format_message() if isinstance(done.exception, click.UsageError) else str(done.exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("replay", "--from", "2099-01-01"), NEVER),
        (("replay", "--from", "9999-12-20"), NEVER),
        (("replay", "--to", "2099-01-01"), NEVER),
        (("replay", "--to", "1970-01-01"), NEVER),
        (("replay", "--to", "9999-12-31"), "no day after"),
        (("replay", "--to", "2026-09-01"), "Give both --from and --to"),
        (("replay", "--from", "2026-10-10", "--to", "2026-10-05"), "the first day, 2026-10-10, comes after the last, 2026-10-05"),
        (("replay", "--from", "2026-10-10T15:00", "--to", "2026-10-10T14:00"), "begins at 15:00 and ends at 14:00 of the same day"),
        (("replay", "--history", "shipped", "--from", "2099-01-01"), "history can answer"),
        (("replay", "--history", "shipped", "--from", "2025-02-01", "--to", "2025-01-20"), "comes after the last"),
        (("sweep", GRID, "--from", "2099-01-01"), NEVER),
        (("sweep", GRID, "--to", "2099-01-01"), NEVER),
        (("sweep", GRID, "--from", "2026-10-10", "--to", "2026-10-05"), "comes after the last"),
        (("montecarlo", "--at", "2099-01-01", "--paths", "100", "--days", "5"), NEVER),
        (("montecarlo", "--at", "1970-01-01", "--paths", "100", "--days", "5"), NEVER),
        (("dry-run", "--at", "2200-01-01T14:00Z"), NO_START),
        (("dry-run", "--at", "0001-01-01T14:00Z"), NO_START),
        (("demo", "--no-browser", "--at", "2200-01-01"), NO_START),
        (("serve", "sim", "--at", "2200-01-01"), NO_START),
        (("demo", "--no-browser", "--seed", "-5"), "range"),
        (("replay", "--seed", "-5"), "range"),
        (("montecarlo", "--seed", "-5"), "range"),
        (("dry-run", "--at", "2026-01-12T14:00Z", "--seed", "-5"), "range"),
        (("serve", "sim", "--seed", "-5"), "range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_told_is_refused_in_one_sentence(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    said = refused(tmp_path / "home", *words)

    assert told in said
    assert "\n" not in said.strip()
