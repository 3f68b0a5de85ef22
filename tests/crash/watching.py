"""The changes `kill_watch` tells of, to be waited for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.product import environment

PATIENCE_S = 60.0


@dataclass(slots=True)
class Watch:
    """What `kill_watch` told: (what, is it there, when)."""

    seen: list[tuple[str, bool, float]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def saw(self, what: str, is_there: bool, *, since_s: float) -> float:
        """When it came or went first after `since_s`."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = next((at_s for each, there, at_s in self.seen if each == what and there is is_there and at_s >= since_s), None)
                if found is not None:
                    return found
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def watching(home: Path) -> AsyncIterator[Watch]:
    """Somebody looks at the home's kill file and row."""
    command = (sys.executable, "-m", "tests.crash.kill_watch", str(home))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE)
    watch = Watch()

    async def listen() -> None:
        if process.stdout is not None:
            while line := await process.stdout.readline():
                told = json.loads(line)
                watch.seen.append((told["what"], told["is_there"], told["at_s"]))
                watch.changed.set()

    listening = asyncio.create_task(listen())
    try:
        await watch.saw("file", False, since_s=0.0)
        yield watch
    finally:
        process.kill()
        await process.wait()
        await listening
