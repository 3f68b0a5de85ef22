"""A desk in a process of its own, to be killed: `python -m tests.bot.transport.desk_process API_PORT STORE EFFECTS`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.chat import Reply, Request
from engine.api import Engine
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import StoreDoor
from tests.fakes.bot_api import FakeBotApi


async def main(port: int, store: Path, effects: Path) -> None:
    """Taps leave one line each in `effects`, until the process is killed."""

    async def act(request: Request, _: Engine) -> tuple[Reply, ...]:
        with effects.open("a") as file:
            file.write(f"{request.callback}\n")
        return (Reply(toast="done"),)

    # Never started here: it only tells where the one of the test listens.
    async with Desk(FakeBotApi(port=port), StoreDoor(store), handler=act):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
