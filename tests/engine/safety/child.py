"""A process that takes the home, presses the switch or gives signs of life, to be killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from engine.safety.heartbeat import Heartbeat, write_heartbeat
from engine.safety.instance import HomeLock
from engine.safety.kill_switch import KillSwitch
from engine.state.records import Head


def main() -> None:
    what, home = sys.argv[1], Path(sys.argv[2])
    if what == "lock":
        lock = HomeLock.acquire(home)
        orphan = subprocess.Popen(["sleep", "30"])
        print(orphan.pid, flush=True)
        signal.pause()
        lock.release()
    elif what == "beat":
        beat_on(home)
    else:
        KillSwitch(home).latch("pressed", "child", datetime(2026, 3, 2, tzinfo=UTC))
        print("latched", flush=True)
        signal.pause()


def beat_on(home: Path) -> None:
    """Heartbeats until the end of the process, five a second."""
    beat = Heartbeat(wall_at=datetime(2026, 3, 2, tzinfo=UTC), stage="paper", origin="demo", head=Head(seq=0, hash="0" * 64), interval_s=1)
    write_heartbeat(home / "heartbeat", beat)
    print("beating", flush=True)
    while not threading.Event().wait(0.2):
        write_heartbeat(home / "heartbeat", beat)


if __name__ == "__main__":
    main()
