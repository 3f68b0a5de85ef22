"""`dry-run --at` and `--recorded`: one decision at one instant of a market or of a recording, printed with all its reasons."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.format import to_plain
from bot.messages.voice import voice
from bot.run.lifetime import log_errors_only
from bot.views.checks import why
from engine.views import WhyView


def print_decision(decide: Callable[[Path], Coroutine[Any, Any, WhyView]], *, language: str, as_json: bool) -> int:
    """What `decide` came to in a folder of its own stands on stdout; the exit code is 0 whether it is yes or no."""
    log_errors_only()
    with tempfile.TemporaryDirectory(prefix="cerbero-look-") as scratch:
        view = asyncio.run(decide(Path(scratch)))
    click.echo(json.dumps(_document(view), indent=2, default=str) if as_json else to_plain(why(view, voice(language))))
    return 0


def _document(view: WhyView) -> dict[str, object]:
    return asdict(view)
