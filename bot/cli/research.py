"""Commands that ask history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot.cli.options import FOLDER, INSTANT, LAST_INSTANT, home_option, json_option


@click.command("replay")
@home_option
@json_option
@click.option("--from", "from_at", type=INSTANT, default=None, help="First day (default: the history's first usable day).")
@click.option("--to", "to_at", type=LAST_INSTANT, default=None, help="Last day (default: the history's last day).")
@click.option("--history", type=FOLDER, default=None, help="Folder of recorded market data; without it the synthetic market is replayed.")
@click.option("--seed", type=int, default=None, help="Seed of the synthetic market.")
@click.option("--policy", type=click.Choice(["approve", "reject", "ignore"]), default="approve", show_default=True, help="Who answers the cards.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for summary.json and equity.png.")
def replay(
    home: Path | None,
    as_json: bool,
    from_at: datetime | None,
    to_at: datetime | None,
    history: Path | None,
    seed: int | None,
    policy: str,
    out: Path | None,
) -> int:
    """Run the job table over history and print what it would have done."""
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
            out=out,
            as_json=as_json,
            language=load_settings(os.environ).language,
        )
    )


COMMANDS = {"replay": replay}
