"""The files of a fetched history: rows by instant, merged with what is there, written whole.

Rules of this file: a row that is there is kept unless a new one for the same instant
comes; what the venue does not have stays a hole, except a few hours of candles, which
repeat the close before them and are marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from engine.core.model import Candle
from engine.errors import ConfigError
from engine.market.folder import existing, lacking, read_text, write_whole
from engine.market.series import FILLED, parse_instant
from engine.market.sound import OHLC, Bounds

HOUR_S = 3600
FILL_HOURS_MAX = 6
INSTANT_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
CANDLE_HEAD = ("timestamp", *OHLC, FILLED)

Rows = dict[int, tuple[str, ...]]
"""Everything after the first column, by the Unix seconds of the first."""


class FetchedFile:
    """One CSV file keyed by instant or date, held in memory while it is added to."""

    def __init__(self, path: Path, head: tuple[str, ...]) -> None:
        self.path, self._head = path, head
        self.rows: Rows = {}
        found = existing(path)
        if found is not None:
            self._read(found)

    def add(self, rows: Mapping[datetime, tuple[str, ...]]) -> int:
        """How many instants are new; every row is in the file from now on."""
        fresh = {int(at.timestamp()): row for at, row in rows.items()}
        new = len(fresh.keys() - self.rows.keys())
        self.rows.update(fresh)
        self.write()
        return new

    def write(self) -> None:
        """The file holds the rows, by instant. Raises ConfigError."""
        text = "\n".join([",".join(self._head), *(",".join((self._told(at_s), *self.rows[at_s])) for at_s in sorted(self.rows))])
        write_whole(self.path, text + "\n")

    @property
    def first_at(self) -> datetime | None:
        return datetime.fromtimestamp(min(self.rows), UTC) if self.rows else None

    @property
    def last_at(self) -> datetime | None:
        return datetime.fromtimestamp(max(self.rows), UTC) if self.rows else None

    def _told(self, at_s: int) -> str:
        at = datetime.fromtimestamp(at_s, UTC)
        return f"{at:%Y-%m-%d}" if self._head[0] == "date" else at.strftime(INSTANT_FORMAT)

    def _read(self, found: Path) -> None:
        lines = read_text(found).splitlines()
        header = lines[0].split(",") if lines else []
        absent = [name for name in self._head if name not in header and name != FILLED]
        if absent:
            fix = "Move the file away; it is fetched anew."
            raise ConfigError(lacking(absent), fix=fix, path=found, line=1)
        places = [header.index(name) if name in header else None for name in self._head]
        for line, text in enumerate(lines[1:], start=2):
            cells = text.split(",")
            if len(cells) < len(header):
                raise ConfigError("the line is too short", fix="Move the file away; it is fetched anew.", path=found, line=line)
            first, *rest = ["0" if place is None else cells[place] for place in places]
            self.rows[int(parse_instant(found, line, first).timestamp())] = tuple(rest)


class CandleFile(FetchedFile):
    """An hourly file: which hours it lacks, and what becomes of hours nobody has."""

    def __init__(self, path: Path, bounds: Bounds) -> None:
        super().__init__(path, CANDLE_HEAD)
        self._bounds = bounds

    def add_candles(self, candles: tuple[Candle, ...]) -> int:
        """How many hours are new. Raises ConfigError for a candle that cannot be, before anything is written."""
        for candle in candles:
            self._require(candle)
        return self.add({candle.open_at: (*map(repr, _levels(candle)), "0") for candle in candles})

    def lacking(self, from_at: datetime, to_at: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches of hours in from_at..to_at that no true candle covers, oldest first."""
        stretches: list[tuple[int, int]] = []
        for hour_s in range(_floor(from_at), _floor(to_at), HOUR_S):
            held = self.rows.get(hour_s)
            if held is not None and held[-1] != "1":
                continue
            if stretches and stretches[-1][1] == hour_s:
                stretches[-1] = (stretches[-1][0], hour_s + HOUR_S)
            else:
                stretches.append((hour_s, hour_s + HOUR_S))
        return [(datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(end_s, UTC)) for start_s, end_s in stretches]

    def close_holes(self) -> tuple[int, tuple[datetime, datetime] | None]:
        """(hours filled, the last hole too long to fill); after such a hole only what follows it is kept, so that the file can be played."""
        hours = sorted(self.rows)
        filled, cut = 0, None
        for before_s, after_s in pairwise(hours):
            missing = (after_s - before_s) // HOUR_S - 1
            if missing > FILL_HOURS_MAX:
                cut = (datetime.fromtimestamp(before_s, UTC), datetime.fromtimestamp(after_s, UTC))
                continue
            close = self.rows[before_s][3]
            for hour in range(1, missing + 1):
                self.rows[before_s + hour * HOUR_S] = (close, close, close, close, "1")
                filled += 1
        if cut is not None:
            self.rows = {at_s: row for at_s, row in self.rows.items() if at_s >= int(cut[1].timestamp())}
        self.write()
        return filled, cut

    def _require(self, candle: Candle) -> None:
        levels = _levels(candle)
        bounds = self._bounds
        is_possible = all(bounds.least <= level <= bounds.most for level in levels)
        if not (is_possible and candle.low <= min(candle.open, candle.close) and max(candle.open, candle.close) <= candle.high):
            told = ", ".join(f"{level:g}" for level in levels)
            said = f"the venue's candle of {candle.open_at:%Y-%m-%d %H:%M} cannot be ({told}), expected {bounds.least:g} to {bounds.most:g} {bounds.unit}"
            raise ConfigError(said, fix="Nothing of it was kept; try again later.", path=self.path)


def _levels(candle: Candle) -> tuple[float, float, float, float]:
    return candle.open, candle.high, candle.low, candle.close


def _floor(at: datetime) -> int:
    return int(at.timestamp()) // HOUR_S * HOUR_S
