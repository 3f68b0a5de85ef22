"""Commands that ask history."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from bot.cli.options import HISTORY, INSTANT, LAST_INSTANT, SEED, home_option, json_option


def resume_after_of(context: click.Context, option: click.Parameter, told: str) -> timedelta | None:
    """A number of days, fractions allowed; None for the word never."""
    from engine.app import RESUME_DAYS_MAX, read_resume_after

    try:
        return read_resume_after(told)
    except ValueError as error:
        raise click.BadParameter(f"{told!r} is neither `never` nor a number of days from 0 to {RESUME_DAYS_MAX:g}.", context, option) from error


@click.command("replay")
@home_option
@json_option
@click.argument("words", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--from", "from_at", type=INSTANT, default=None, help="First day (default: the history's first usable day).")
@click.option("--to", "to_at", type=LAST_INSTANT, default=None, help="Last day (default: the history's last day).")
@click.option(
    "--history",
    type=HISTORY,
    metavar="DIR|shipped",
    default=None,
    help="Folder of market history, or `shipped`; without it what `history fetch` brought into the home, else the simulated market.",
)
@click.option("--seed", type=SEED, default=None, help="Seed of the synthetic market.")
@click.option("--policy", type=click.Choice(["approve", "reject", "ignore"]), default="approve", show_default=True, help="Who answers the cards.")
@click.option(
    "--resume-after",
    callback=resume_after_of,
    default="1",
    show_default=True,
    metavar="DAYS|never",
    help="When somebody resumes after a breaker tripped.",
)
@click.option(
    "--engine",
    type=click.Choice(["fast", "full"]),
    default="fast",
    show_default=True,
    help="The rules alone, or the whole engine with servers, store and cards: the same trades, slowly.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for summary.json, trades.csv and the pictures.")
def replay(
    home: Path | None,
    as_json: bool,
    words: tuple[str, ...],
    from_at: datetime | None,
    to_at: datetime | None,
    history: Path | None,
    seed: int | None,
    policy: str,
    resume_after: timedelta | None,
    engine: str,
    out: Path | None,
) -> int:
    """Run the job table over history and print what it would have done.

    KEY=VALUE puts another value of the strategy in the place of the one in force, for this replay only: exit.profit_take_net_frac=0.4.
    """
    import os

    from bot.run.lifetime import home_root
    from bot.run.replay import ReplayOptions, print_replay
    from engine.config import load_settings

    return print_replay(
        ReplayOptions(
            home=home_root(home),
            from_at=from_at,
            to_at=to_at,
            history=history,
            seed=seed,
            policy=policy,
            resume_after=resume_after,
            is_full=engine == "full",
            out=out,
            as_json=as_json,
            language=load_settings(os.environ).language,
            words=words,
        )
    )


@click.group("history")
def history() -> None:
    """Fetch market history into the home, or show what is there."""


@history.command("fetch", short_help="Bring what is lacking into the home, and the chain of this moment.")
@home_option
@json_option
@click.option("--from", "from_at", type=INSTANT, default=None, help="First day (default: what the home holds, else three years back).")
@click.option("--to", "to_at", type=LAST_INSTANT, default=None, help="Last day (default: now).")
def fetch(home: Path | None, as_json: bool, from_at: datetime | None, to_at: datetime | None) -> int:
    """Bring candles, volatility, funding, deliveries and the present chain of Deribit into the home, with EUR/USD and fear & greed.

    Only what is lacking is asked for; interrupted, the next run goes on. Run it four times a day and the recorded chains grow.
    """
    if from_at is not None and to_at is not None and from_at >= to_at:
        raise click.UsageError("--from must lie before --to.")
    from bot.run.history import print_fetch

    return print_fetch(home, from_at=from_at, to_at=to_at, as_json=as_json)


@history.command("info", short_help="Show range, rows, holes and origin of what is there.")
@home_option
@json_option
@click.option(
    "--history",
    "folder",
    type=HISTORY,
    metavar="DIR|shipped",
    default=None,
    help="Folder to look at, or `shipped` (default: the home's, else the shipped one).",
)
def info(home: Path | None, as_json: bool, folder: Path | None) -> int:
    """Range, rows, holes and origin of every file, and whether it can be replayed."""
    from bot.run.history import print_info

    return print_info(home, folder=folder, as_json=as_json)


COMMANDS = {"replay": replay, "history": history}
