"""The first process of the crash story: it stands still between the approval of a close and its fill, and is killed there."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.scenarios.child import BLOCKED, Brake
from tests.scenarios.house import CHEAP, OPERATOR, START_AT, at, house, unguarded
from tests.scenarios.trades.world import StoryClock, StoryMarket


def killed_before_the_fill(home: Path) -> None:
    """An engine of this home had approved a close and was killed before it booked the fill."""
    child = subprocess.Popen([sys.executable, "-m", __name__, str(home)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    if child.stdout is None:
        raise LookupError("the child was started without its output")
    told = []
    for line in child.stdout:
        told.append(line)
        if BLOCKED in line:
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    if not told or BLOCKED not in told[-1]:
        raise RuntimeError("".join(told))


async def run(home: Path) -> None:
    brake, clock = Brake(), StoryClock(START_AT)
    async with house(home, market=StoryMarket(), rules=unguarded(), operators=(OPERATOR,), clock=clock, on_anchor=brake.appended) as engine:
        engine.clock = clock
        await engine.run_until(at("03-02 14:00"))
        await engine.tap("approve", engine.card())
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        await engine.run_job("heartbeat")
        brake.door = "anchors"
        await engine.tap("approve", engine.card())


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
