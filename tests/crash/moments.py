"""Moments of the program to be lived again and again: a home on disk and the chat as it was when the process was killed."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from tests.crash.nursery import Nursery, Program
from tests.e2e.scene import ADA, telegram_env
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import BotMessage

UP = "ENGINE UP"
ENTRY, APPROVE = "ENTRY #1", "Approve"
START_S = 30.0
SETTLE_S = 30.0
SLOW = "0.001"
"""Simulated days per second: the slowest the demo knows, so that hardly a job comes due while a moment is looked at."""

OWED = """
SELECT (SELECT count(*) FROM inbox WHERE state = 'queued')
     + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'retry'))
     + (SELECT count(*) FROM proposals WHERE state IN ('claimed', 'approved'))
     + (SELECT count(*) FROM orders WHERE settled_at IS NULL) AS owed
"""

HANDLED = "SELECT update_id FROM inbox WHERE state = 'done'"

Rows = list[dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A home nobody runs in, and the platform as it was then; neither is used itself, every life gets a copy."""

    home: Path
    api: FakeBotApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of a moment: the home, the platform that serves it, and how to start the program there."""

    nursery: Nursery
    home: Path
    api: FakeBotApi

    @property
    def db(self) -> Path:
        return self.home / "cerbero.db"

    def rows(self, query: str) -> Rows:
        """What the store says, read as another process would."""
        return rows_of(self.db, query)

    def message(self, wanted: str) -> BotMessage:
        """The chat's newest message with `wanted` in it. Raises LookupError."""
        found = [each for each in self.api.messages(ADA) if wanted in each.text]
        if not found:
            raise LookupError(f"no message with {wanted!r}:\n{self.api.transcript()}")
        return found[-1]

    async def start(self, *, env: Mapping[str, str] | None = None) -> Program:
        """The demo runs here and has told so in the chat. Raises AssertionError with its words when it does not."""
        before, program = self._ups(), await self.launch(env=env)
        await self.api.wait_until(lambda: self._ups() > before or not program.is_running, timeout=START_S)
        if self._ups() == before:
            raise AssertionError(f"ended with {await program.code()} instead of starting:\n{program.told()}")
        return program

    async def launch(self, *, env: Mapping[str, str] | None = None) -> Program:
        """The demo was started here and is on its own from now on."""
        words = ("demo", "--chat", "telegram", "--home", self.home, "--no-browser", "--days-per-second", SLOW)
        wanted = {**telegram_env(self.api), **({} if env is None else env)}
        return await self.nursery.start(*words, env=wanted, output=self.home.parent / f"{self.home.name}.out")

    async def settled(self, program: Program) -> bool:
        """True once nothing is owed any more, False when the program ended first. Raises AssertionError when neither comes."""
        await self.api.wait_until(lambda: not program.is_running or self.is_settled(), timeout=SETTLE_S)
        return program.is_running

    async def handled(self) -> None:
        """Every update the platform was given has been handled."""
        await self.api.wait_until(lambda: len(self.rows(HANDLED)) >= len(self.api.pushed), timeout=SETTLE_S)

    def is_settled(self) -> bool:
        """Every update is handled, every message sent or accounted for, every card and order at rest."""
        return not self.api.pending_updates() and self.rows(OWED)[0] == {"owed": 0}

    def _ups(self) -> int:
        return sum(UP in message.text for message in self.api.messages(ADA))


def rows_of(db: Path, query: str) -> Rows:
    """The rows of `query`, one dictionary each; the store is only read."""
    connection = apsw.Connection(f"file:{db}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        cursor = connection.execute(query)
        names = [column[0] for column in cursor.get_description()]
        return [dict(zip(names, row, strict=True)) for row in cursor]
    except apsw.ExecutionCompleteError:
        # An empty answer has no description left to ask for.
        return []
    finally:
        connection.close()


@asynccontextmanager
async def life_of(moment: Moment, nursery: Nursery, folder: Path) -> AsyncIterator[Life]:
    """The moment once more, in `folder`; what runs there must be ended by whoever started it."""
    home = folder / "home"
    shutil.copytree(moment.home, home)
    async with moment.api.twin() as api:
        yield Life(nursery=nursery, home=home, api=api)
    shutil.rmtree(folder)


async def before_approval(nursery: Nursery, folder: Path) -> Moment:
    """An entry card waits in the chat."""
    async with FakeBotApi(people={ADA: "Ada"}) as api:
        life = Life(nursery=nursery, home=folder / "home", api=api)
        folder.mkdir(parents=True)  # noqa: ASYNC240
        program = await life.start()
        await api.wait_for(lambda message: ENTRY in message.text, timeout=START_S)
        await life.settled(program)
        await program.end(signal.SIGKILL)
    return Moment(home=life.home, api=api)


async def with_open_trade(nursery: Nursery, folder: Path) -> Moment:
    """Trade #1 is open and told."""
    before = await before_approval(nursery, folder / "before")
    async with life_of(before, nursery, folder / "after") as life:
        program = await life.start()
        life.api.tap(life.message(ENTRY), APPROVE)
        await life.api.wait_for(lambda message: "OPENED trade #1" in message.text, timeout=START_S)
        await life.settled(program)
        await program.end(signal.SIGKILL)
        shutil.copytree(life.home, folder / "home")
        return Moment(home=folder / "home", api=life.api)
