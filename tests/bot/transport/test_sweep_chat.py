"""`/sweep` as Telegram sees it: words that tell how far it is, then the picture and the table; a kill meanwhile is answered at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.poll import Poller
from bot.switchboard import workers
from bot.telegram import TelegramDoor
from engine.clock import SystemClock
from engine.views import SweepView
from tests.bot import fake_lab
from tests.bot.transport.test_pairing import ADA
from tests.fakes.bot_api import FakeBotApi
from tests.scenarios.house import House, house


class SlowLab:
    """A sweep that is as far as the test says, and ends when it says."""

    def __init__(self) -> None:
        self.done: tuple[int, int] | None = None
        self.may_end = asyncio.Event()

    async def sweep(self, **_: object) -> SweepView:
        self.done = (0, 4)
        await self.may_end.wait()
        self.done = None
        return fake_lab.SWEPT

    def progress(self) -> tuple[int, int] | None:
        return self.done


async def swept(engine: House, api: FakeBotApi, lab: SlowLab) -> tuple[list[str], str]:
    """What the words of the wait said one after the other, and what a kill meanwhile was answered."""
    api.say(ADA, "/sweep exit.vol_stop_pts=8,9,10,11")
    wait = await api.wait_for(lambda message: "Working on it" in message.text, chat_id=ADA)
    said = [wait.text.split("\n")[0]]
    for count in (1, 3):
        lab.done = (count, 4)
        await api.wait_until(lambda count=count: f"{count} of 4 settings" in wait.text)  # type: ignore[misc]
        said.append(wait.text.split("\n")[0])
    api.say(ADA, "/kill strange fills")
    killed = await api.wait_for(lambda message: "KILL" in message.text.upper() and "strange fills" in message.text, chat_id=ADA)
    lab.may_end.set()
    await api.wait_for(lambda message: "Sweep: exit.profit_take_net_frac" in message.text, chat_id=ADA)
    await api.wait_until(lambda: "Done" in wait.text)
    said.append(wait.text.split("\n")[0])
    return said, killed.text


async def test_a_sweep_tells_how_far_it_is_and_ends_in_picture_and_table(tmp_path: Path) -> None:
    lab = SlowLab()
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada"}) as api:
        engine.door.lab = lab  # type: ignore[assignment]
        door = TelegramDoor(api.token, base_url=api.base_url)
        inbox, outbox = workers(engine.door, door, progress_every_s=0.05)
        poller = Poller(engine.door, door, clock=SystemClock(), on_stored=inbox.poke, poll_s=2.0)
        tasks = [asyncio.create_task(run) for run in (poller.run(), inbox.run(), outbox.run())]
        try:
            said, killed = await swept(engine, api, lab)
            photos = [message for message in api.messages(ADA) if message.photo is not None]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await door.close()

    assert said[1:] == [
        "⏳ 1 of 4 settings lived through. The answer follows here.",
        "⏳ 3 of 4 settings lived through. The answer follows here.",
        "✔ Done; the answer follows.",
    ]
    assert "kill" in killed.lower()
    assert len(photos) == 1
