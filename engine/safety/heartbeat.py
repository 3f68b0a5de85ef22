"""The heartbeat file: the engine's sign of life in lines a shell script can judge.

Rules of this file: one `key=value` a line, values of plain letters, digits and `-+:.T`; the last line is `end=1`, so that a cut file is seen;
age is told in seconds of machine uptime, never by the wall clock, which may be stepped. `dead_man.sh` reads it.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engine.clock import boot_time_s
from engine.safety.instance import boot_id
from engine.state.records import Head

FORMAT = 1
UPTIME = Path("/proc/uptime")
PLANNED_STOP = timedelta(minutes=15)
"""How long a stop on purpose is taken for one; after that a stopped engine is a dead one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What the engine says of itself at one instant; `digest_due_at` None promises no digest. `wall_at` is for people only."""

    wall_at: datetime
    stage: str
    origin: str
    head: Head
    interval_s: int
    digest_due_at: datetime | None = None
    is_stopping: bool = False


def write_heartbeat(path: Path, beat: Heartbeat) -> None:
    """`path` holds this heartbeat, stamped with boot, uptime and process, and no reader sees half of it."""
    draft = path.with_suffix(".new")
    # Not synced: after a power cut the machine has another boot id, and an old heartbeat counts for nothing anyway.
    draft.write_text("".join(f"{key}={value}\n" for key, value in _lines(beat).items()), encoding="ascii")
    draft.chmod(0o600)
    draft.replace(path)


def uptime_s(source: Path = UPTIME) -> float:
    """Seconds since the machine started, read where the script reads it: two sources could disagree in a container."""
    try:
        return float(source.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return boot_time_s()


def _lines(beat: Heartbeat) -> dict[str, str]:
    now_s = uptime_s()
    lines = {
        "format": str(FORMAT),
        "boot_id": boot_id(),
        "uptime_s": str(math.floor(now_s)),
        "pid": str(os.getpid()),
        "wall": f"{beat.wall_at:%Y-%m-%dT%H:%M:%SZ}",
        "stage": beat.stage,
        "origin": beat.origin,
        "audit_seq": str(beat.head.seq),
        "audit_hash": beat.head.hash,
        "interval_s": str(beat.interval_s),
    }
    if beat.digest_due_at is not None:
        due_s = now_s + (beat.digest_due_at - beat.wall_at).total_seconds()
        lines |= {"digest_due_utc": f"{beat.digest_due_at:%Y-%m-%dT%H:%M:%SZ}", "digest_due_uptime_s": str(max(0, math.floor(due_s)))}
    if beat.is_stopping:
        lines["planned_stop_until_uptime_s"] = str(math.floor(now_s + PLANNED_STOP.total_seconds()))
    return lines | {"end": "1"}
