"""Recorded hourly and daily series, read once, checked line by line, asked without foresight.

Rules of this file: timestamps in the files are open times; a bad file raises
ConfigError with its line, because a hole that goes unnoticed becomes a wrong decision.
"""

from __future__ import annotations

import csv
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Candle
from engine.errors import ConfigError
from engine.market.folder import FETCH_FIX, existing, lacking, read_text
from engine.market.sound import FIRST_DATA_LINE, HOUR_S, OHLC, Bounds, impossible, instant, require_candles, require_hours

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCH, MICRO = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
FILLED = "filled"
LINES_AT_ONCE = 4096
"""As text a line is ten times what it is as numbers: so many are taken apart at a time."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlySeries:
    """Candles without holes; `first_open_s` is the open of the first one, in Unix seconds.

    `filled` hours had no candle at the source and repeat the close before them.
    """

    path: Path
    first_open_s: int
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    filled: int = 0

    def known(self, t: datetime) -> int:
        """How many candles have closed at `t`."""
        return min(max((int(t.timestamp()) - self.first_open_s) // HOUR_S, 0), len(self.close))

    def known_at(self, at_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many candles have closed at each instant."""
        return np.clip((at_s - self.first_open_s) // HOUR_S, 0, len(self.close))

    def last_close_at(self, t: datetime) -> datetime | None:
        """When the latest close known at `t` was made."""
        count = self.known(t)
        return instant(self.first_open_s + count * HOUR_S) if count > 0 else None

    def closes(self, t: datetime, *, count: int) -> NDArray[np.float64]:
        """The last `count` closes known at `t`, oldest first; fewer when history starts later."""
        known = self.known(t)
        return self.close[max(known - count, 0) : known]

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        """Candles with start_at <= open_at < end_at that have closed at `t`."""
        first = max(-(-(int(start_at.timestamp()) - self.first_open_s) // HOUR_S), 0)
        last = min(max(-(-(int(end_at.timestamp()) - self.first_open_s) // HOUR_S), 0), self.known(t))
        columns = (self.open[first:last].tolist(), self.high[first:last].tolist(), self.low[first:last].tolist(), self.close[first:last].tolist())
        opens_at = (instant(self.first_open_s + row * HOUR_S) for row in range(first, last))
        return tuple(
            Candle(open_at=open_at, open=opened, high=high, low=low, close=close) for open_at, opened, high, low, close in zip(opens_at, *columns, strict=True)
        )

    @property
    def starts_at(self) -> datetime:
        return instant(self.first_open_s)

    @property
    def ends_at(self) -> datetime:
        """When the last close was made."""
        return instant(self.first_open_s + len(self.close) * HOUR_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedSeries:
    """Values at irregular instants, ascending; each is known from its own instant on (microseconds since 1970)."""

    path: Path
    known_us: array[int]
    values: array[float]

    def last(self, t: datetime) -> tuple[datetime, float] | None:
        """The latest value known at `t` and the instant it became known."""
        position = bisect_right(self.known_us, _micros(t)) - 1
        return (EPOCH + self.known_us[position] * MICRO, self.values[position]) if position >= 0 else None


def read_hourly(path: Path, bounds: Bounds) -> HourlySeries:
    """The candles of an hourly file. Raises ConfigError for a missing column, a bad or impossible number, a hole, a repeated hour."""
    path, header, lines = _lines(path)
    columns = _columns(path, header, ("timestamp", *OHLC))
    place = header.index(FILLED) if FILLED in header else len(header)
    opens_s, values, filled = np.empty(len(lines), dtype=np.int64), np.empty((len(OHLC), len(lines))), 0
    for first in range(0, len(lines), LINES_AT_ONCE):
        rows, some = [line.split(",") for line in lines[first : first + LINES_AT_ONCE]], slice(first, first + LINES_AT_ONCE)
        line = first + FIRST_DATA_LINE
        _require_full_rows(path, rows, line, width=max(columns) + 1)
        opens_s[some] = _unix_seconds(path, line, [row[columns[0]] for row in rows])
        for number, (name, column) in enumerate(zip(OHLC, columns[1:], strict=True)):
            values[number, some] = _numbers(path, line, name, [row[column] for row in rows])
        filled += sum(row[place : place + 1] == ["1"] for row in rows)
    require_hours(path, opens_s)
    require_candles(path, tuple(values), bounds)
    return HourlySeries(path=path, first_open_s=int(opens_s[0]), open=values[0], high=values[1], low=values[2], close=values[3], filled=filled)


def read_dated(path: Path, *, column: str, bounds: Bounds, time_column: str = "timestamp", known_after: timedelta = timedelta(0)) -> DatedSeries:
    """A series of single values; each is known `known_after` its own timestamp."""
    known_us, values = array("q"), array("d")
    path = _found(path)
    for line, row in _rows(path, (time_column, column)):
        at_us = _micros(parse_instant(path, line, row[time_column]) + known_after)
        if known_us and at_us <= known_us[-1]:
            raise ConfigError(
                f"{row[time_column]} does not come after the line before", fix="Sort the file by time, one line per instant.", path=path, line=line
            )
        known_us.append(at_us)
        value = parse_number(path, line, column, row[column])
        if not bounds.least <= value <= bounds.most:
            raise impossible(path, line, column, value, bounds)
        values.append(value)
    return DatedSeries(path=path, known_us=known_us, values=values)


def read_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Every data line of a CSV file with its line number; the named columns are there."""
    return list(_rows(_found(path), columns))


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    reader, is_empty = csv.DictReader(read_text(path).splitlines()), True
    try:
        _columns(path, list(reader.fieldnames) if reader.fieldnames is not None else [], columns)
        for row in reader:
            is_empty = False
            if any(row[name] is None for name in columns):
                raise ConfigError("the line is too short", fix="Complete or remove it.", path=path, line=reader.line_num)
            yield reader.line_num, {name: row[name] for name in columns}
    except csv.Error as error:
        raise ConfigError(f"a line cannot be read ({error})", fix="Complete or remove it.", path=path, line=reader.line_num) from None
    if is_empty:
        raise ConfigError("the file has no data", fix="Put the recorded history there.", path=path)


def parse_instant(path: Path, line: int, text: str) -> datetime:
    """An instant or a date of a file, aware UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no instant", fix="Write it as 2026-01-31T00:00:00Z.", path=path, line=line) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def parse_number(path: Path, line: int, column: str, text: str) -> float:
    """A finite number of a file."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise ConfigError(f"{column} is {text!r}, not a number", fix="Complete or remove the line.", path=path, line=line)
    return number


def _micros(at: datetime) -> int:
    return (at - EPOCH) // MICRO


def _found(path: Path) -> Path:
    found = existing(path)
    if found is None:
        raise ConfigError("the file is missing", fix=FETCH_FIX, path=path)
    return found


def _lines(path: Path) -> tuple[Path, list[str], list[str]]:
    path = _found(path)
    lines = read_text(path).splitlines()
    if len(lines) < FIRST_DATA_LINE:
        raise ConfigError("the file has no data", fix="Put the recorded history there.", path=path)
    return path, lines[0].split(","), lines[1:]


def _columns(path: Path, header: list[str], wanted: tuple[str, ...]) -> list[int]:
    missing = [name for name in wanted if name not in header]
    if missing:
        raise ConfigError(lacking(missing), fix=f"The first line must name {', '.join(wanted)}.", path=path, line=1)
    return [header.index(name) for name in wanted]


def _require_full_rows(path: Path, rows: list[list[str]], first_line: int, *, width: int) -> None:
    for line, row in enumerate(rows, start=first_line):
        if len(row) < width:
            raise ConfigError("the line is too short", fix="Complete or remove it.", path=path, line=line)


def _unix_seconds(path: Path, first_line: int, texts: list[str]) -> NDArray[np.int64]:
    # numpy reads a column at once, but it takes more for an instant than we do.
    if all(map(INSTANT.fullmatch, texts)):
        try:
            return np.array([text.removesuffix("Z") for text in texts], dtype="datetime64[s]").astype(np.int64)
        except ValueError:
            pass
    instants = [parse_instant(path, line, text) for line, text in enumerate(texts, start=first_line)]
    return np.array([int(at.timestamp()) for at in instants], dtype=np.int64)


def _numbers(path: Path, first_line: int, column: str, texts: list[str]) -> NDArray[np.float64]:
    try:
        numbers = np.array(texts, dtype=np.float64)
    except ValueError:
        numbers = np.full(len(texts), np.nan)
    if np.isfinite(numbers).all():
        return numbers
    return np.array([parse_number(path, line, column, text) for line, text in enumerate(texts, start=first_line)])
