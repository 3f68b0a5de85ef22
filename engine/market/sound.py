"""What a recorded series must be before anything is decided on it: every hour there, every figure possible, the unit right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

HOUR_S = 3600
OHLC = ("open", "high", "low", "close")
FIRST_DATA_LINE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a figure of a series can be at all; anything else is another unit or a broken line."""

    least: float
    most: float
    unit: str


SPOT_BOUNDS = Bounds(least=10.0, most=1_000_000.0, unit="USD")
DVOL_BOUNDS = Bounds(least=5.0, most=500.0, unit="points (61.5, not 0.615)")
FUNDING_8H_BOUNDS = Bounds(least=-0.05, most=0.05, unit="of notional per eight hours")
FUNDING_1H_BOUNDS = Bounds(least=-0.01, most=0.01, unit="of notional per hour")
FX_BOUNDS = Bounds(least=0.8, most=1.6, unit="USD per EUR")
FEAR_GREED_BOUNDS = Bounds(least=0.0, most=100.0, unit="of 100")


def instant(unix_s: int) -> datetime:
    """Unix seconds as an aware instant."""
    return datetime.fromtimestamp(unix_s, UTC)


def require_hours(path: Path, opens_s: Ints) -> None:
    """Every hour follows the one before. Raises ConfigError naming the first that does not."""
    steps = np.diff(opens_s)
    wrong = np.flatnonzero(steps != HOUR_S)
    if len(wrong) == 0:
        return
    row = int(wrong[0])
    before, after = (f"{instant(int(opens_s[place])):%Y-%m-%d %H:%M}" for place in (row, row + 1))
    line = row + FIRST_DATA_LINE + 1
    if steps[row] <= 0:
        raise ConfigError(f"{after} does not come after {before}", fix="Sort the file by time, one line per hour.", path=path, line=line)
    missing = int(steps[row] / HOUR_S) - 1
    said = f"the hour after {before} is {after}" + (f": {missing} hours are missing" if missing > 0 else "")
    raise ConfigError(said, fix="Fill the hole or cut the file so that every hour follows the one before.", path=path, line=line)


def require_candles(path: Path, values: Sequence[Floats], bounds: Bounds) -> None:
    """Every candle holds open and close between low and high, all of it possible. Raises ConfigError."""
    opened, high, low, close = values
    for name, column in zip(OHLC, values, strict=True):
        outside = np.flatnonzero((column < bounds.least) | (column > bounds.most))
        if len(outside) > 0:
            raise impossible(path, int(outside[0]) + FIRST_DATA_LINE, name, float(column[outside[0]]), bounds)
    crossed = np.flatnonzero((low > np.minimum(opened, close)) | (high < np.maximum(opened, close)))
    if len(crossed) > 0:
        said = "open and close do not lie between low and high"
        raise ConfigError(said, fix="Complete or remove the line.", path=path, line=int(crossed[0]) + FIRST_DATA_LINE)


def impossible(path: Path, line: int, column: str, value: float, bounds: Bounds) -> ConfigError:
    """The refusal of a figure in another unit or of a broken line."""
    said = f"{column} is {value:g}, expected {bounds.least:g} to {bounds.most:g} {bounds.unit}"
    return ConfigError(said, fix="Write the column in that unit or remove the line.", path=path, line=line, key=column)
