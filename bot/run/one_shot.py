"""`dry-run --at`: one decision at one instant of a simulated or recorded market, printed with all its reasons."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from bot.format import to_plain
from bot.messages.voice import voice
from bot.run.lifetime import log_errors_only
from bot.views.checks import why
from engine.app import MarketPlan, decide_once
from engine.home import home_at
from engine.views import WhyView


def print_decision(*, home: Path, market: MarketPlan, at: datetime, language: str, as_json: bool) -> int:
    """The decision of that instant stands on stdout; the exit code is 0 whether it is yes or no."""
    log_errors_only()
    with tempfile.TemporaryDirectory(prefix="cerbero-look-") as scratch:
        view = asyncio.run(decide_once(home=home_at(home), market=market, at=at, scratch=Path(scratch)))
    click.echo(json.dumps(_document(view), indent=2, default=str) if as_json else to_plain(why(view, voice(language))))
    return 0


def _document(view: WhyView) -> dict[str, object]:
    return asdict(view)
