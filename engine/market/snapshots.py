"""Recorded option chains: months of snapshots, loaded when first asked for, held as arrays.

Rules of this file: at most four months stay in memory, and what the last snapshots need of a fifth; a snapshot is never served
to an instant before its own.
"""

from __future__ import annotations

import gzip
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.model import Family, OptionType
from engine.errors import ConfigError
from engine.market.folder import lacking
from engine.market.listing import parse_instrument
from engine.market.sound import FIRST_DATA_LINE, instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MONTHS_KEPT, SNAPSHOTS_KEPT = 4, 48
# One row: seconds are cut off the trailing Z, names are bytes, numbers are floats.
ROW = np.dtype(
    [
        ("timestamp", "S19"),
        ("instrument_name", "S28"),
        ("expiry", "S19"),
        ("strike", "f8"),
        ("bid", "f8"),
        ("ask", "f8"),
        ("mark", "f8"),
        ("mark_iv", "f8"),
        ("open_interest", "f8"),
        ("volume_24h", "f8"),
        ("underlying_price", "f8"),
        ("index_price", "f8"),
    ]
)
REQUIRED_NUMBERS = ("strike", "mark", "mark_iv", "underlying_price", "index_price")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One recorded chain; `rows` has the columns of ROW, NaN where nobody quoted.

    `forward_usd` is one per expiry: rows of one snapshot are seconds apart, the median stands for all.
    """

    recorded_s: int
    index_usd: float
    rows: NDArray[Any]
    expiry_s: Ints
    is_call: Bools
    forward_usd: Floats

    @property
    def recorded_at(self) -> datetime:
        return instant(self.recorded_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    rows: NDArray[Any]
    expiry_s: Ints
    is_call: Bools
    snapshots_s: Ints
    starts: Ints


class SnapshotStore:
    """The chains folder of a recording; empty when the folder has none."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.name.removeprefix("eth_chain_").removesuffix(".csv.gz"): path for path in sorted(folder.glob("eth_chain_*.csv.gz"))}
        self._months: OrderedDict[str, _Month] = OrderedDict()
        self._kept_snapshots: OrderedDict[int, Snapshot] = OrderedDict()

    @property
    def months(self) -> tuple[str, ...]:
        """The recorded months, ascending, as YYYY-MM."""
        return tuple(self._paths)

    def last(self, t: datetime, *, age_max: timedelta) -> Snapshot | None:
        """The latest snapshot recorded at or before `t` and not older than `age_max`."""
        found = self.latest(np.array([int(t.timestamp())], dtype=np.int64), age_max=age_max)
        return found[0][0] if found else None

    def latest(self, at_s: Ints, *, age_max: timedelta) -> list[tuple[Snapshot, Ints]]:
        """The same for many instants: every snapshot that serves, with the numbers of the instants it serves."""
        age_max_s = int(age_max.total_seconds())
        months = (_months(at_s), _months(at_s - age_max_s))
        is_open = np.ones(len(at_s), dtype=bool)
        found: list[tuple[Snapshot, Ints]] = []
        for month_of in months:
            for name in [name for name in np.unique(month_of[is_open]).tolist() if name in self._paths]:
                numbers = np.flatnonzero(is_open & (month_of == name))
                month = self._read(name)
                place = np.searchsorted(month.snapshots_s, at_s[numbers], side="right") - 1
                numbers, place = numbers[place >= 0], place[place >= 0]
                is_open[numbers] = False
                is_young = at_s[numbers] - month.snapshots_s[place] <= age_max_s
                numbers, place = numbers[is_young], place[is_young]
                found += [(self._kept(month, position), numbers[place == position]) for position in np.unique(place).tolist()]
        return found

    def recorded_at(self, month_name: str) -> tuple[datetime, ...]:
        """The instants of every snapshot of one month."""
        month = self._month(month_name)
        return tuple(instant(int(at_s)) for at_s in month.snapshots_s) if month is not None else ()

    def _kept(self, month: _Month, position: int) -> Snapshot:
        # Neighbouring instants ask for the same snapshots again and again.
        recorded_s = int(month.snapshots_s[position])
        if recorded_s not in self._kept_snapshots:
            self._kept_snapshots[recorded_s] = _snapshot(month, position)
            while len(self._kept_snapshots) > SNAPSHOTS_KEPT:
                self._kept_snapshots.popitem(last=False)
        self._kept_snapshots.move_to_end(recorded_s)
        return self._kept_snapshots[recorded_s]

    def _month(self, month_name: str) -> _Month | None:
        return self._read(month_name) if month_name in self._paths else None

    def _read(self, month_name: str) -> _Month:
        if month_name not in self._months:
            self._months[month_name] = _read_month(self._paths[month_name])
            while len(self._months) > MONTHS_KEPT:
                self._months.popitem(last=False)
        self._months.move_to_end(month_name)
        return self._months[month_name]


def _months(at_s: Ints) -> NDArray[np.str_]:
    """The month of each instant as YYYY-MM."""
    return at_s.astype("datetime64[s]").astype("datetime64[M]").astype(np.str_)


def _snapshot(month: _Month, position: int) -> Snapshot:
    start = int(month.starts[position])
    end = int(month.starts[position + 1]) if position + 1 < len(month.starts) else len(month.rows)
    rows, expiry_s = month.rows[start:end], month.expiry_s[start:end]
    forward = np.empty(len(rows))
    for expiry in np.unique(expiry_s):
        forward[expiry_s == expiry] = np.median(rows["underlying_price"][expiry_s == expiry])
    return Snapshot(
        recorded_s=int(month.snapshots_s[position]),
        index_usd=float(np.median(rows["index_price"])),
        rows=rows,
        expiry_s=expiry_s,
        is_call=month.is_call[start:end],
        forward_usd=forward,
    )


def _read_month(path: Path) -> _Month:
    rows = _read_table(path)
    for column in REQUIRED_NUMBERS:
        bad = np.flatnonzero(~np.isfinite(rows[column]))
        if len(bad) > 0:
            raise ConfigError(f"{column} is missing", fix="Complete or remove the line.", path=path, line=int(bad[0]) + FIRST_DATA_LINE, key=column)
    taken_s = _seconds(path, rows["timestamp"])
    backwards = np.flatnonzero(np.diff(taken_s) < 0)
    if len(backwards) > 0:
        raise ConfigError("the snapshots are not in order", fix="Sort the file by timestamp.", path=path, line=int(backwards[0]) + FIRST_DATA_LINE + 1)
    expiry_s = _seconds(path, rows["expiry"])
    is_option, is_call = _options(path, rows, expiry_s)
    rows, expiry_s, is_call, taken_s = rows[is_option], expiry_s[is_option], is_call[is_option], taken_s[is_option]
    snapshots_s, starts = np.unique(taken_s, return_index=True)
    return _Month(rows=rows, expiry_s=expiry_s, is_call=is_call, snapshots_s=snapshots_s, starts=starts)


def _options(path: Path, rows: NDArray[Any], expiry_s: Ints) -> tuple[Bools, Bools]:
    """Which rows are inverse options, and which of them calls; what the name says and what the columns say is the same."""
    names, which = np.unique(rows["instrument_name"], return_inverse=True)
    instruments = [parse_instrument(name.decode(errors="replace")) for name in names.tolist()]
    inverse = [None if instrument is None or instrument.family is not Family.INVERSE else instrument for instrument in instruments]
    expiries = np.array([0 if option is None else int(option.expiry_at.timestamp()) for option in inverse])[which]
    strikes = np.array([0.0 if option is None else float(option.strike_usd) for option in inverse])[which]
    is_option = np.array([option is not None for option in inverse])[which]
    wrong = np.flatnonzero(is_option & ((expiries != expiry_s) | (strikes != rows["strike"])))
    if len(wrong) > 0:
        row = int(wrong[0])
        said = f"the name {rows['instrument_name'][row].decode()} contradicts the columns expiry and strike"
        raise ConfigError(said, fix="Correct or remove the line.", path=path, line=row + FIRST_DATA_LINE)
    is_call = np.array([option is not None and option.option_type is OptionType.CALL for option in inverse])[which]
    return is_option, is_call


def _read_table(path: Path) -> NDArray[Any]:
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise ConfigError(f"the file cannot be unpacked ({error})", fix="Fetch it again.", path=path) from None
    head, _, body = text.partition("\n")
    header = head.strip().split(",")
    missing = [name for name in ROW.names or () if name not in header]
    if missing:
        raise ConfigError(lacking(missing), fix="The first line must name the columns of a recorded chain.", path=path, line=1)
    # An empty field is a side nobody quotes; the second pass catches two empty fields in a row.
    filled = body.replace(",,", ",nan,")
    lines = (filled.replace(",,", ",nan,") if ",," in filled else filled).splitlines()
    try:
        table = np.loadtxt(lines, dtype=ROW, delimiter=",", usecols=[header.index(name) for name in ROW.names or ()], ndmin=1, comments=None)
    except ValueError as error:
        raise ConfigError(f"a line cannot be read ({error})", fix="Complete or remove it.", path=path) from None
    if len(table) == 0:
        raise ConfigError("the file has no data", fix="Remove it or fetch it again.", path=path)
    return table


def _seconds(path: Path, texts: NDArray[Any]) -> NDArray[np.int64]:
    try:
        return texts.astype("U19").astype("datetime64[s]").astype(np.int64)
    except ValueError as error:
        raise ConfigError(f"a timestamp cannot be read ({error})", fix="Write instants as 2026-01-31T00:00:00Z.", path=path) from None
