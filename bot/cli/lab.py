"""Commands that ask how sure the edge is: invented paths, what Kelly makes of the closed trades, grids of settings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot.cli.options import HISTORY, INSTANT, LAST_INSTANT, SEED, home_option, json_option


@click.command("montecarlo")
@home_option
@json_option
@click.option(
    "--history",
    type=HISTORY,
    metavar="DIR|shipped",
    default=None,
    help="Market to begin from: a folder, or `shipped`; without it what `history fetch` brought into the home, else the simulated market.",
)
@click.option("--at", type=INSTANT, default=None, help="Begin here (default: the end of the history).")
@click.option("--stage", type=click.Choice(["paper", "soft", "full"]), default="paper", show_default=True, help="Whose caps, schedule and closed trades.")
@click.option("--paths", type=click.IntRange(100, 1_000_000), default=None, help="How many (default: montecarlo.paths).")
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="How long each runs (default: 850).")
@click.option("--seed", type=SEED, default=None, help="Seed of the paths (default: montecarlo.seed).")
@click.option(
    "--trades",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Compare the trades.csv of a replay instead of the home's closed trades; give its first day with --at.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for montecarlo.json and fan.png.")
def montecarlo(
    home: Path | None,
    as_json: bool,
    history: Path | None,
    at: datetime | None,
    stage: str,
    paths: int | None,
    days: int | None,
    seed: int | None,
    trades: Path | None,
    out: Path | None,
) -> int:
    """Run the strategy on invented paths and say how far the closed trades lie from them."""
    from bot.run.lab import MonteCarloOptions, print_montecarlo

    options = MonteCarloOptions(home=home, history=history, at=at, stage=stage, paths=paths, days=days, seed=seed, trades=trades, out=out, as_json=as_json)
    return print_montecarlo(options)


@click.command("recalibrate-kelly")
@home_option
@json_option
@click.option("--dry-run", is_flag=True, help="Show what a recalibration would say now; nothing is changed.")
def recalibrate_kelly(home: Path | None, as_json: bool, dry_run: bool) -> int:
    """Show what Kelly makes of the closed trades, live and paper apart. The engine recalibrates by itself, once a month."""
    if not dry_run:
        raise click.UsageError("The engine recalibrates by itself, once a month; --dry-run shows what it would say now.")
    from bot.run.lab import print_kelly

    return print_kelly(home, as_json=as_json)


@click.command("sweep", short_help="Live through a grid of settings and say how much of the best is luck.")
@home_option
@json_option
@click.argument("grid", nargs=-1, required=True)
@click.option("--from", "from_at", type=INSTANT, default=None, help="First day (default: the history's first usable day).")
@click.option("--to", "to_at", type=LAST_INSTANT, default=None, help="Last day (default: the history's last day).")
@click.option(
    "--history",
    type=HISTORY,
    metavar="DIR|shipped",
    default=None,
    help="Folder of market history, or `shipped`; without it what `history fetch` brought into the home, else the simulated market.",
)
@click.option("--scheduler", metavar="ADDRESS", default=None, help="A Dask scheduler, e.g. tcp://10.0.0.1:8786, instead of this machine's processes.")
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes of this machine (default: one for each processor).")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for sweep.json, sweep.csv and heat.png.")
def sweep(
    home: Path | None,
    as_json: bool,
    grid: tuple[str, ...],
    from_at: datetime | None,
    to_at: datetime | None,
    history: Path | None,
    scheduler: str | None,
    workers: int | None,
    out: Path | None,
) -> int:
    """Live through every setting of GRID and say how much of the best is luck.

    GRID is KEY=VALUE,VALUE or KEY=FROM:TO:STEP, several of them, or a TOML file with a [grid] table. What was worked out is kept in the home:
    a sweep that was stopped goes on where it was.
    """
    from bot.run.sweep import SweepOptions, print_sweep

    return print_sweep(
        SweepOptions(home=home, words=grid, history=history, from_at=from_at, to_at=to_at, scheduler=scheduler, workers=workers, out=out, as_json=as_json)
    )


COMMANDS = {"montecarlo": montecarlo, "recalibrate-kelly": recalibrate_kelly, "sweep": sweep}
