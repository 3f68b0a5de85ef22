"""A process that takes the home or presses the switch, to be killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from engine.safety.instance import HomeLock
from engine.safety.kill_switch import KillSwitch


def main() -> None:
    what, home = sys.argv[1], Path(sys.argv[2])
    if what == "lock":
        lock = HomeLock.acquire(home)
        orphan = subprocess.Popen(["sleep", "30"])
        print(orphan.pid, flush=True)
        signal.pause()
        lock.release()
    else:
        KillSwitch(home).latch("pressed", "child", datetime(2026, 3, 2, tzinfo=UTC))
        print("latched", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
