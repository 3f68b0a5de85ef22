"""Processes to be killed: one takes backups for ever, one restores once; a line is printed for each thing done."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.clock import SystemClock
from engine.home import home_at
from engine.safety.backup import create_backup
from engine.safety.restore import restore_backup


def main() -> None:
    what, home = sys.argv[1], home_at(Path(sys.argv[2]))
    print("ready", flush=True)
    if what == "restore":
        print(restore_backup(home, Path(sys.argv[3]), anchors_path=home.anchors, clock=SystemClock()).epoch, flush=True)
        return
    at = datetime(2026, 3, 3, tzinfo=UTC)
    for number in range(1 if what == "one" else 100_000):
        print(create_backup(home, now=at + timedelta(seconds=number)).name, flush=True)


if __name__ == "__main__":
    main()
