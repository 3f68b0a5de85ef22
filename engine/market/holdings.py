"""What a folder of history holds: range, rows, holes and origin of every file, and whether it can be played."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from engine.errors import ConfigError
from engine.market.folder import CALENDAR, CHAINS, DELIVERIES, DVOL, FEAR_GREED, FUNDING_1H, FUNDING_8H, FX, PACKED, SPOT, existing, read_manifest, read_text
from engine.market.history import RecordedMarket
from engine.market.series import FILLED, parse_instant

DAY = timedelta(days=1)
STEPS = {
    SPOT: timedelta(hours=1),
    DVOL: timedelta(hours=1),
    FUNDING_1H: timedelta(hours=1),
    FUNDING_8H: timedelta(hours=8),
    DELIVERIES: DAY,
    # A rate is fixed on business days, and not over a long holiday.
    FX: 5 * DAY,
    FEAR_GREED: DAY,
}
"""Every file that may be there, and how far apart its lines lie without a hole."""
NAMED_HOLES_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHeld:
    """One file: its lines, the first and last instant in them, and the holes between; `filled` hours the source did not have."""

    name: str
    rows: int
    first_at: datetime
    last_at: datetime
    holes: tuple[tuple[datetime, datetime], ...]
    filled: int

    def line(self) -> str:
        """The file in a line."""
        told = f"{self.name}: {self.rows} rows, {self.first_at:%Y-%m-%d %H:%M} to {self.last_at:%Y-%m-%d %H:%M}, "
        shown = "; ".join(f"{after:%Y-%m-%d %H:%M} to {before:%Y-%m-%d %H:%M}" for after, before in self.holes[:NAMED_HOLES_MAX])
        more = f" and {len(self.holes) - NAMED_HOLES_MAX} more" if len(self.holes) > NAMED_HOLES_MAX else ""
        count = f"{len(self.holes)} hole{'s' if len(self.holes) > 1 else ''}"
        told += f"{count} ({shown}{more})" if self.holes else "no holes"
        return told + (f", {self.filled} hours filled" if self.filled else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """A folder as it is; `problem` says in words why it cannot be played, `playable` what can be asked of it otherwise."""

    folder: Path
    source: str
    is_synthetic: bool
    fetched_at: datetime | None
    files: tuple[FileHeld, ...]
    missing: tuple[str, ...]
    snapshots: tuple[datetime, ...]
    playable: tuple[datetime, datetime] | None
    problem: str | None

    def lines(self) -> list[str]:
        """The folder in words."""
        fetched = "" if self.fetched_at is None else f", fetched {self.fetched_at:%Y-%m-%d %H:%M} UTC"
        told = [f"{self.folder}: {'SYNTHETIC, ' if self.is_synthetic else ''}{self.source}{fetched}"]
        if self.playable is not None:
            told.append(f"can be replayed from {self.playable[0]:%Y-%m-%d %H:%M} to {self.playable[1]:%Y-%m-%d %H:%M} UTC")
        told += [held.line() for held in self.files]
        if self.snapshots:
            told.append(f"chains: {len(self.snapshots)} recorded, {self.snapshots[0]:%Y-%m-%d %H:%M} to {self.snapshots[-1]:%Y-%m-%d %H:%M}")
        told += [f"not there: {name}" for name in self.missing]
        return [*told, *([] if self.problem is None else [f"cannot be replayed: {self.problem}"])]

    def as_json(self) -> dict[str, object]:
        """The folder as plain JSON."""
        return {
            "folder": str(self.folder),
            "source": self.source,
            "is_synthetic": self.is_synthetic,
            "fetched_at": None if self.fetched_at is None else self.fetched_at.isoformat(),
            "playable": None if self.playable is None else [at.isoformat() for at in self.playable],
            "problem": self.problem,
            "files": [
                {
                    "name": held.name,
                    "rows": held.rows,
                    "first_at": held.first_at.isoformat(),
                    "last_at": held.last_at.isoformat(),
                    "holes": [[after.isoformat(), before.isoformat()] for after, before in held.holes],
                    "filled": held.filled,
                }
                for held in self.files
            ],
            "missing": list(self.missing),
            "chains": {
                "recorded": len(self.snapshots),
                "first_at": self.snapshots[0].isoformat() if self.snapshots else None,
                "last_at": self.snapshots[-1].isoformat() if self.snapshots else None,
            },
        }


def holdings_of(folder: Path) -> Holdings:
    """Everything about a folder of history; what cannot be read is told, never raised."""
    problem: str | None = None
    playable: tuple[datetime, datetime] | None = None
    source, is_synthetic, fetched_at = "unknown", False, None
    files: list[FileHeld] = []
    snapshots: tuple[datetime, ...] = ()
    try:
        manifest = read_manifest(folder)
        source, is_synthetic, fetched_at = manifest.source, manifest.is_synthetic, manifest.fetched_at
        files = [held for name in STEPS if (held := held_of(folder / name)) is not None]
        snapshots = snapshots_held(folder / CHAINS)
        market = RecordedMarket(folder)
        playable = (market.starts_at, market.ends_at)
        if playable[0] >= playable[1]:
            problem, playable = "a month of spot and a day of DVOL are needed before the first instant that can be asked", None
    except ConfigError as error:
        problem = str(error)
    return Holdings(
        folder=folder,
        source=source,
        is_synthetic=is_synthetic,
        fetched_at=fetched_at,
        files=tuple(files),
        missing=_missing({held.name for held in files}, folder),
        snapshots=snapshots,
        playable=playable,
        problem=problem,
    )


def held_of(path: Path) -> FileHeld | None:
    """What one file holds, None where there is none. Raises ConfigError for one without data or without instants."""
    found = existing(path)
    if found is None:
        return None
    rows = list(csv.reader(read_text(found).splitlines()))
    if len(rows) < 2:
        raise ConfigError("the file has no data", fix="Remove it or fetch it again.", path=found)
    instants = [parse_instant(found, line, row[0] if row else "") for line, row in enumerate(rows[1:], start=2)]
    place = rows[0].index(FILLED) if FILLED in rows[0] else None
    filled = 0 if place is None else sum(row[place : place + 1] == ["1"] for row in rows[1:])
    return FileHeld(name=path.name, rows=len(instants), first_at=instants[0], last_at=instants[-1], holes=holes_of(instants, STEPS[path.name]), filled=filled)


def holes_of(instants: Sequence[datetime], step: timedelta) -> tuple[tuple[datetime, datetime], ...]:
    """(last before, first after) of every place where more than `step` lies between two lines."""
    return tuple((before, after) for before, after in pairwise(instants) if after - before > step)


def snapshots_held(folder: Path) -> tuple[datetime, ...]:
    """The instants of every recorded chain, ascending, read without the chains themselves. Raises ConfigError."""
    found: set[str] = set()
    for path in sorted(folder.glob(f"eth_chain_*.csv{PACKED}")):
        found.update(line.split(",", 1)[0] for line in read_text(path).splitlines()[1:])
    return tuple(parse_instant(folder, 0, text) for text in sorted(found))


def _missing(held: set[str], folder: Path) -> tuple[str, ...]:
    """What is absent and what that means, in words."""
    absent = []
    if FX not in held:
        absent.append(f"{FX} (without a rate every entry is refused)")
    if not held & {FUNDING_1H, FUNDING_8H}:
        absent.append(f"{FUNDING_1H} (funding counts as unknown)")
    if FEAR_GREED not in held:
        absent.append(f"{FEAR_GREED} (the mood counts as unknown)")
    if existing(folder / CALENDAR) is None:
        absent.append(f"{CALENDAR} (the calendar that comes with the program is used)")
    return tuple(absent)
