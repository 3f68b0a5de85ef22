"""The small synthetic history that comes with the program, so that everything runs on a machine that has fetched none."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ConfigError
from engine.market.folder import SPOT, existing

IN_CHECKOUT = Path(__file__).resolve().parents[2] / "assets" / "history"
IN_PACKAGE = Path(__file__).resolve().parent / "shipped_history"


def shipped_history() -> Path:
    """The folder of the shipped history: beside the code in a checkout, within the package once installed. Raises ConfigError."""
    for folder in (IN_CHECKOUT, IN_PACKAGE):
        if existing(folder / SPOT) is not None:
            return folder
    raise ConfigError("the synthetic history that comes with the program is not there", fix="Install it anew or give --history.", path=IN_PACKAGE)


def fetched_history(home_folder: Path) -> Path | None:
    """The folder of a home's own history, None while nothing was fetched into it."""
    return home_folder if existing(home_folder / SPOT) is not None else None
