"""An engine in its own process that stands still at a chosen step, to be killed there."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

from tests.engine.core.builders import NOW
from tests.scenarios.house import CHEAP, House, at, house

BLOCKED = "stands still"


class Brake:
    """Once armed, the next thing heard from the chosen door never gets its answer."""

    def __init__(self) -> None:
        self.door = ""

    def heard(self, question: str) -> None:
        if self.door == question:
            self._stand_still()

    def appended(self) -> None:
        if self.door == "anchors":
            self._stand_still()

    def _stand_still(self) -> None:
        print(BLOCKED, flush=True)
        threading.Event().wait()


async def run(step: str, home: Path) -> None:
    brake = Brake()
    async with house(home, on_anchor=brake.appended) as engine:
        engine.market.on_call = brake.heard
        await engine.run_until(NOW)
        if step.startswith("close"):
            await engine.tap("approve", engine.card())
            engine.market.books = CHEAP
            await engine.run_until(at("03-02 19:00"))
        await _beat_and_tap(engine, brake, "anchors" if step.endswith("fill") else "ticker" if step.startswith("close") else "chain")


async def _beat_and_tap(engine: House, brake: Brake, door: str) -> None:
    await engine.run_job("heartbeat")
    brake.door = door
    await engine.tap("approve", engine.card())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
