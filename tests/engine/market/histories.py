"""Small folders of recorded history, made up hour by hour."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.market.folder import DVOL, SPOT, Manifest, manifest_text

FIRST_AT = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = 40 * 24
HEAD = "timestamp,open,high,low,close"


def spot_at(hour: int) -> float:
    """A gentle wave around 2,000."""
    return round(2000.0 + 60.0 * math.sin(hour / 37.0), 2)


def dvol_at(hour: int) -> float:
    return round(60.0 + 5.0 * math.sin(hour / 91.0), 2)


def candle_lines(levels: list[float], *, first_at: datetime = FIRST_AT) -> list[str]:
    """One line per hour; each opens where the one before closed."""
    lines = [HEAD]
    for hour in range(1, len(levels)):
        before, close = levels[hour - 1], levels[hour]
        lines.append(f"{first_at + timedelta(hours=hour - 1):%Y-%m-%dT%H:%M:%SZ},{before},{max(before, close)},{min(before, close)},{close}")
    return lines


def write_history(folder: Path, *, hours: int = HOURS, first_at: datetime = FIRST_AT, manifest: Manifest | None = None) -> Path:
    """Spot and DVOL of `hours` hours from `first_at` on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, level in ((SPOT, spot_at), (DVOL, dvol_at)):
        (folder / name).write_text("\n".join(candle_lines([level(hour) for hour in range(hours + 1)], first_at=first_at)) + "\n")
    if manifest is not None:
        (folder / "history.json").write_text(manifest_text(manifest))
    return folder
