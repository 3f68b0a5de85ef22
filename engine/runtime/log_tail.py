"""The newest lines of the run's own log files, which hold no secrets."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path

from engine.home import Home
from engine.runtime.desk import Desk
from engine.views import LogLine

FILES = "????-??-??.jsonl"
TAIL_BYTES_MAX = 256 * 1024
NOT_TOLD = ("at", "level", "event", "logger", "exception")


async def newest_lines(desk: Desk, count: int) -> tuple[LogLine, ...]:
    """The last `count` events, oldest first; a line that is no event is left out. None where nothing is kept."""
    return () if desk.home is None else await asyncio.to_thread(_newest, desk.home, count)


def _newest(home: Home, count: int) -> tuple[LogLine, ...]:
    found: list[LogLine] = []
    for path in sorted(home.log_dir.glob(FILES), reverse=True):
        found = [*_events(path), *found]
        if len(found) >= count:
            break
    return tuple(found[-count:])


def _events(path: Path) -> list[LogLine]:
    lines = _tail(path).decode("utf-8", errors="replace").splitlines()
    return [line for text in lines if (line := _read(text)) is not None]


def _tail(path: Path) -> bytes:
    """The end of the file, from the beginning of a line on."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES_MAX))
            content = file.read()
    except OSError:
        # Retention may take the oldest one away between the listing and the reading.
        return b""
    return content if size <= TAIL_BYTES_MAX else content[content.find(b"\n") + 1 :]


def _read(text: str) -> LogLine | None:
    try:
        event = json.loads(text)
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    told = " ".join(f"{key}={value}" for key, value in event.items() if key not in NOT_TOLD)
    return LogLine(at=_instant(str(event.get("at", ""))), level=str(event.get("level", "")), event=str(event.get("event", "")), told=told)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
