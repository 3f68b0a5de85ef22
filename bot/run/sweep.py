"""`sweep` on the command line: progress on stderr, words or one JSON document on stdout, files where asked."""

from __future__ import annotations

import csv
import io
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from bot.charts import render_png
from bot.format import to_plain
from bot.messages.voice import voice
from bot.run.lab import as_document, make_folder
from bot.run.lifetime import home_root, log_errors_only
from bot.views.sweep import sweep as sweep_blocks
from engine.app import SweepAsk, sweep
from engine.config import load_settings
from engine.home import open_home
from engine.offline import history_folder
from engine.views import SweepView

COLUMNS = (
    "trades",
    "win_rate",
    "win_rate_low",
    "win_rate_high",
    "mean_r",
    "low",
    "high",
    "in_sample_r",
    "in_low",
    "in_high",
    "out_of_sample_r",
    "out_low",
    "out_high",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOptions:
    home: Path | None
    words: tuple[str, ...]
    history: Path | None
    from_at: datetime | None
    to_at: datetime | None
    scheduler: str | None
    workers: int | None
    out: Path | None
    as_json: bool


def print_sweep(options: SweepOptions) -> int:
    """Every setting has been lived through and the summary printed."""
    log_errors_only()
    make_folder(options.out)
    root = home_root(options.home)
    ask = SweepAsk(
        home=open_home(root),
        words=options.words,
        history=options.history if options.history is not None else history_folder(root),
        from_at=options.from_at,
        to_at=options.to_at,
        scheduler=options.scheduler,
        workers=options.workers,
    )
    view = sweep(ask, progress=_progress if sys.stderr.isatty() else None)
    language, document = load_settings(os.environ).language, as_document(view)
    if options.out is not None:
        (options.out / "sweep.json").write_text(document + "\n", encoding="utf-8")
        (options.out / "sweep.csv").write_text(table(view), encoding="utf-8")
        (options.out / "heat.png").write_bytes(render_png(view.chart, language=language))
    click.echo(document if options.as_json else to_plain(sweep_blocks(view, voice(language))))
    return 0


def table(view: SweepView) -> str:
    """Every setting as comma-separated values, the best first; what is not known stays empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*view.keys, *COLUMNS))
    for row in view.rows:
        ends = (row.win_rate_interval, row.mean_r_interval, row.in_sample_interval, row.out_of_sample_interval)
        means = (row.win_rate, row.mean_r, row.in_sample_r, row.out_of_sample_r)
        cells = [cell for mean, interval in zip(means, ends, strict=True) for cell in (mean, *((None, None) if interval is None else interval))]
        writer.writerow((*row.values, row.trades, *cells))
    return text.getvalue()


def _progress(done: int, settings: int) -> None:
    click.echo(f"\r{done:,} of {settings:,} settings", err=True, nl=False)
