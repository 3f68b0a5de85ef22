"""`replay` on the command line: progress on stderr, the summary on stdout, files where asked."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import click

from bot.charts import render_png
from bot.format import to_plain
from bot.messages.voice import voice
from bot.run.lifetime import log_errors_only
from bot.views.research import replay as replay_blocks
from bot.views.research import trade_rows, trades_csv
from engine.app import MarketPlan
from engine.app import replay as live_through
from engine.errors import ConfigError
from engine.home import home_at
from engine.offline import history_folder
from engine.reporting.tearsheet import tearsheet
from engine.research.replay import Manner, Policy
from engine.views import ReplaySummary


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    home: Path
    from_at: datetime | None
    to_at: datetime | None
    history: Path | None
    seed: int | None
    policy: str
    resume_after: timedelta | None
    is_full: bool
    out: Path | None
    as_json: bool
    language: str
    words: tuple[str, ...] = ()


def print_replay(options: ReplayOptions) -> int:
    """The period has been replayed and its summary printed; 1 when a job of it failed."""
    log_errors_only()
    if options.out is not None:
        _make_folder(options.out)
    with tempfile.TemporaryDirectory(prefix="cerbero-replay-") as scratch:
        summary = asyncio.run(
            live_through(
                home=home_at(options.home),
                market=_market(options),
                from_at=options.from_at,
                to_at=options.to_at,
                manner=Manner(policy=Policy(options.policy), resume_after=options.resume_after, is_full=options.is_full, words=options.words),
                scratch=Path(scratch),
                progress=_progress if sys.stderr.isatty() else None,
            )
        )
    document = json.dumps(as_document(summary), indent=2)
    if options.out is not None:
        _write(options.out, document, summary, language=options.language)
    click.echo(document if options.as_json else to_plain(replay_blocks(summary, voice(options.language))))
    return 1 if summary.jobs_failed else 0


def _market(options: ReplayOptions) -> MarketPlan:
    """What was named; otherwise the history in the home, where some was fetched."""
    if options.history is not None or options.seed is not None:
        return MarketPlan(history=options.history, seed=options.seed)
    return MarketPlan(history=history_folder(options.home))


def as_document(summary: ReplaySummary) -> dict[str, object]:
    """The summary as plain JSON: money as decimal strings, instants as ISO, rates with their sample beside them."""
    plain = asdict(replace(summary, trades=(), chart=None))
    plain["trades"] = trade_rows(summary.trades)
    del plain["chart"]
    plain["refusals_by_rule"] = [{"rule": rule, "code": code, "decisions": count} for rule, code, count in summary.refusals_by_rule]
    plain["exits_by_reason"] = dict(summary.exits_by_reason)
    if summary.equity is not None:
        plain["equity"] = {
            "realised_eur": summary.equity.realised_eur,
            "unrealised_eur": summary.equity.unrealised_eur,
            "points": [[at.isoformat(), eur] for at, eur in summary.equity.points],
        }
    if summary.performance is not None:
        del plain["performance"]["chart"]
        plain["performance"]["by_strategy"] = {strategy.value: asdict(stats) for strategy, stats in summary.performance.by_strategy}
    encoded: dict[str, object] = json.loads(json.dumps(plain, default=_plain))
    return encoded


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.quantize(Decimal('0.01'))}"
    raise TypeError(f"{value!r} has no place in a summary")


def _make_folder(folder: Path) -> None:
    # Before the period is lived through: minutes later is too late to learn it.
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the folder {folder} cannot be made ({error.strerror})", fix="Choose another one.", key="--out") from error


def _write(folder: Path, document: str, summary: ReplaySummary, *, language: str) -> None:
    (folder / "summary.json").write_text(document + "\n", encoding="utf-8")
    (folder / "trades.csv").write_text(trades_csv(summary.trades), encoding="utf-8")
    reasons = None if summary.performance is None else summary.performance.chart
    pictures = {"tearsheet": tearsheet(summary), "equity": summary.equity, "trades": summary.chart, "reasons": reasons}
    for name, chart in pictures.items():
        if chart is not None:
            (folder / f"{name}.png").write_bytes(render_png(chart, language=language))


def _progress(at: datetime, share: float) -> None:
    click.echo(f"\r{share:6.1%}  {at:%Y-%m-%d %H:%M} UTC", err=True, nl=False)
