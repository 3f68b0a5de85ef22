"""`montecarlo` and `recalibrate-kelly` on the command line: words or one JSON document on stdout, files where asked."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click

from bot.charts import render_png
from bot.format import to_plain
from bot.messages.voice import voice
from bot.run.lifetime import home_root, log_errors_only
from bot.views import lab
from engine.app import MonteCarloAsk, kelly, montecarlo
from engine.config import load_settings
from engine.core.model import Stage
from engine.errors import ConfigError
from engine.home import home_at
from engine.offline import history_folder
from engine.views import KellyView, MonteCarloView, SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloOptions:
    home: Path | None
    history: Path | None
    at: datetime | None
    stage: str
    paths: int | None
    days: int | None
    seed: int | None
    trades: Path | None
    out: Path | None
    as_json: bool


def print_montecarlo(options: MonteCarloOptions) -> int:
    """The paths have been run and their summary printed; 1 when the gate would block."""
    log_errors_only()
    make_folder(options.out)
    root = home_root(options.home)
    view = montecarlo(
        MonteCarloAsk(
            home=home_at(root),
            history=options.history if options.history is not None else history_folder(root),
            at=options.at,
            stage=Stage(options.stage),
            paths=options.paths,
            days=options.days,
            seed=options.seed,
            trades=options.trades,
        )
    )
    language, document = load_settings(os.environ).language, as_document(view)
    if options.out is not None:
        (options.out / "montecarlo.json").write_text(document + "\n", encoding="utf-8")
        (options.out / "fan.png").write_bytes(render_png(view.chart, language=language))
    click.echo(document if options.as_json else to_plain(lab.montecarlo(view, voice(language))))
    return 1 if view.verdict == "blocked" else 0


def print_kelly(home: Path | None, *, as_json: bool) -> int:
    """What a recalibration would say is printed; nothing is changed."""
    log_errors_only()
    view = kelly(home_at(home_root(home)))
    click.echo(as_document(view) if as_json else to_plain(lab.kelly(view, voice(load_settings(os.environ).language))))
    return 0


def as_document(view: MonteCarloView | KellyView | SweepView) -> str:
    """The figures as JSON; a picture says nothing that the figures do not."""
    plain = asdict(view)
    plain.pop("chart", None)
    for row in plain.get("rows", ()):
        row.pop("chart", None)
    return json.dumps(plain, indent=2, default=_instant)


def make_folder(folder: Path | None) -> None:
    """The folder exists, before anything is worked out: minutes later is too late to learn that it cannot. Raises ConfigError."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the folder {folder} cannot be made ({error.strerror})", fix="Choose another one.", key="--out") from error


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a document")
