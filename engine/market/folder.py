"""A folder of recorded history: what its files are called, where they come from, and how they are read and written whole.

Rules of this file: a file may be packed (`.gz` after its name); a file is replaced
at once or not at all, so a reader and an interruption only ever meet whole files.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.errors import ConfigError

SPOT, DVOL = "eth_usd_1h.csv", "eth_dvol_1h.csv"
FUNDING_1H, FUNDING_8H = "eth_funding_1h.csv", "eth_funding_8h.csv"
DELIVERIES, FX, FEAR_GREED = "eth_delivery_1d.csv", "eurusd_1d.csv", "fear_greed_1d.csv"
CALENDAR, CHAINS, MANIFEST = "macro_calendar_2024_2027.csv", "chains", "history.json"
PACKED = ".gz"
UNKNOWN_SOURCE = "a recording without a history.json"
FETCH_FIX = "Fetch it with `cerbero-bite history fetch`, or point --history at a folder of recorded history."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Where a history comes from; `is_synthetic` is shown wherever its figures are."""

    source: str
    is_synthetic: bool = False
    fetched_at: datetime | None = None


def read_manifest(folder: Path) -> Manifest:
    """The folder's history.json; a folder without one is a recording of unknown origin. Raises ConfigError."""
    path = folder / MANIFEST
    if not path.exists():
        return Manifest(source=UNKNOWN_SOURCE)
    try:
        told = json.loads(read_text(path))
        fetched_at = told.get("fetched_at")
        source, is_synthetic = told["source"], told["is_synthetic"]
        if not isinstance(source, str) or not isinstance(is_synthetic, bool):
            raise TypeError("source is a text, is_synthetic true or false")
        return Manifest(source=source, is_synthetic=is_synthetic, fetched_at=None if fetched_at is None else datetime.fromisoformat(fetched_at))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"it does not say where the history comes from ({error})", fix="Remove it or fetch the history again.", path=path) from None


def manifest_text(manifest: Manifest) -> str:
    """The manifest as it stands in history.json."""
    fetched_at = None if manifest.fetched_at is None else manifest.fetched_at.isoformat()
    return json.dumps({"source": manifest.source, "is_synthetic": manifest.is_synthetic, "fetched_at": fetched_at}, indent=2) + "\n"


def existing(path: Path) -> Path | None:
    """The file, or its packed form, or None."""
    packed = path.with_name(path.name + PACKED)
    return path if path.is_file() else packed if packed.is_file() else None


def read_text(path: Path) -> str:
    """The text of a file, unpacked where its name says so. Raises ConfigError."""
    try:
        packed = path.read_bytes()
        return (gzip.decompress(packed) if path.name.endswith(PACKED) else packed).decode("utf-8")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ConfigError(f"the file cannot be read ({error})", fix="Make it a readable text file, or fetch it again.", path=path) from None


def lacking(columns: Sequence[str]) -> str:
    """What is wrong with a table that lacks these columns."""
    return f"column{'s' if len(columns) > 1 else ''} {', '.join(columns)} {'are' if len(columns) > 1 else 'is'} missing"


def write_whole(path: Path, text: str) -> None:
    """The file holds `text`, packed where its name says so, written through to the disk. Raises ConfigError."""
    content = text.encode("utf-8")
    # The same rows give the same bytes: no name and no time of writing inside.
    packed = gzip.compress(content, mtime=0) if path.name.endswith(PACKED) else content
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"the file cannot be written ({error.strerror})", fix="Free space there or make the folder yours.", path=path) from error
