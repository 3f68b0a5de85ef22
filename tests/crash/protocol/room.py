"""The machine room: one program at a time over one home, which can end at any commit and rises as the product does."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from bot.dispatch import apologise, dispatch, please_wait
from bot.inbox import Inbox, Reception
from bot.poll import Poller
from engine.clock import ManualClock
from engine.config import default_rules
from engine.core.model import Stage
from engine.door import Door
from engine.errors import StateError
from engine.runtime.desk import Desk
from engine.runtime.housekeeping import beat
from engine.runtime.jobs import Job, job_table
from engine.safety.kill_switch import KillSwitch
from engine.state.anchors import AnchorFile
from engine.state.records import OperatorRecord
from engine.state.repository import Store
from engine.views import ReplaySummary
from tests.crash.protocol.inputs import clients_over
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import VERSION, start

R = TypeVar("R")
RULES = default_rules()
TURNS_MAX = 4
NO_THREAD = -1
LOOKS_BEFORE_WAITING, WAIT_S = 100, 1.0


class MachineClock(ManualClock):
    """Engine time and the time on the wall are one, so that every deadline stands on the same clock."""

    def wall(self) -> datetime:
        return self.now()


class Inline:
    """An executor that works while it is asked: what the store would do on its own thread happens here and now."""

    def submit(self, work: Callable[..., R], *given: object) -> Future[R]:
        done: Future[R] = Future()
        try:
            done.set_result(work(*given))
        except BaseException as error:
            done.set_exception(error)
        return done

    def shutdown(self) -> None:
        """There is nothing to end."""


class PatientSelector(selectors.DefaultSelector):
    """Waits for nobody: where the loop would sleep, its clock is put forward instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(0 if timeout is not None else None)
        if not events and timeout is not None and timeout > 0:
            self.now_s += timeout
        return events


class StandingLoop(asyncio.SelectorEventLoop):
    """An event loop without a wall: deadlines come in their order, no run depends on how busy the machine is."""

    def __init__(self) -> None:
        self._patient = PatientSelector()
        super().__init__(self._patient)

    def time(self) -> float:
        return self._patient.now_s

    def call_soon_threadsafe(self, callback: Callable[..., object], *given: Any, context: Any = None) -> asyncio.Handle:
        # There is one thread, so nobody has to be woken.
        return self.call_soon(callback, *given, context=context)

    def run_in_executor(self, _executor: Any, work: Callable[..., R], *given: object) -> asyncio.Future[R]:  # type: ignore[override]
        return asyncio.wrap_future(Inline().submit(work, *given), loop=self)


@dataclass(slots=True)
class Fate:
    """What will go wrong, counted in writes to the store: a failing disk, or the end of the program before or after a commit."""

    chance: random.Random
    fails_in: int | None = None
    ends_in: int | None = None
    ends_after_commit: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_buried: bool = False
    failures: int = 0

    async def turn(self) -> None:
        """Whoever else is ready may come first, as often as the dice say."""
        for _ in range(self.chance.randrange(TURNS_MAX)):
            await asyncio.sleep(0)
        await self.rest_if_over()

    async def rest_if_over(self) -> None:
        """Returns while the program lives; a program that has ended does nothing any more."""
        if self.is_buried:
            raise StateError("the program has ended")
        if self.ended.is_set():
            await self._rest()

    async def _rest(self) -> NoReturn:
        while True:
            await asyncio.Event().wait()

    def is_failing(self) -> bool:
        """True for the write the disk will not take."""
        if self.fails_in is None:
            return False
        self.fails_in -= 1
        if self.fails_in > 0:
            return False
        self.fails_in = None
        self.failures += 1
        return True

    def is_last(self, *, is_committed: bool) -> bool:
        """True when the program ends here; `is_committed` tells the instant after a commit from the one before it."""
        if self.ends_in is None or self.ended.is_set():
            return False
        if not is_committed:
            self.ends_in -= 1
        if self.ends_in > 0 or is_committed != self.ends_after_commit:
            return False
        self.ends_in = None
        self.ended.set()
        return True


class EndedHere(Exception):
    """The program ends before this commit: nothing of it is kept."""


class TurnStore(Store):
    """The real store on the caller's own thread: one run is one order of events, and `fate` may end it at any commit.

    `witness` sees every commit at once, before anybody else can act on it.
    """

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self._thread.shutdown()
        self._thread, self._thread_id = Inline(), NO_THREAD
        self.fate = Fate(random.Random(0))
        self.changed: set[str] = set()
        self.witness: Callable[[TurnStore], None] = lambda _store: None

    async def write(self, work: Callable[[Any], R]) -> R:
        await self.fate.turn()
        try:
            result = await super().write(lambda tx: self._fated(work, tx))
        except EndedHere:
            await self.fate.rest_if_over()
            raise
        await self.fate.rest_if_over()
        return result

    def _fated(self, work: Callable[[Any], R], tx: Any) -> R:
        """What `work` makes, unless its commit is the one that meets the fault. A look that changes nothing meets none."""
        connection = self._open_database().connection()
        before = connection.total_changes()
        result = work(tx)
        if connection.total_changes() == before:
            return result
        if self.fate.is_failing():
            raise StateError("the store could not be written: the disk said no")
        if self.fate.is_last(is_committed=False):
            raise EndedHere
        return result

    async def read(self, query: Callable[[Any], R]) -> R:
        await self.fate.turn()
        return await super().read(query)

    def _write(self, work: Callable[[Any], R]) -> R:
        result = super()._write(work)
        self.witness(self)
        self.fate.is_last(is_committed=True)
        return result

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the tables hold, read past the repository."""
        return list(self._open_database().connection().execute(statement, values))

    def note_changes(self) -> None:
        """From here on `changed` names every table a row of which was touched; at first that is all of them."""
        self.changed = {"audit", *(row[0] for row in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"))}
        self._open_database().connection().set_update_hook(lambda _kind, _database, table, _row: self.changed.add(table))

    def drop(self) -> None:
        """The file is let go without another word in it: no last anchor, nothing remembered."""
        database, self._database = self._database, None
        if database is not None:
            database.close()


class WatchedSwitch(KillSwitch):
    """The real switch; `on_latch` hears every latch after it holds."""

    def __init__(self, home: Path, on_latch: Callable[[str], None]) -> None:
        super().__init__(home)
        self._on_latch = on_latch

    def latch(self, reason: str, source: str, at: datetime) -> bool:
        held = super().latch(reason, source, at)
        self._on_latch(reason)
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One run of the program: all that a crash forgets."""

    store: TurnStore
    desk: Desk
    door: Door
    inbox: Inbox
    jobs: tuple[Job, ...]
    workers: tuple[asyncio.Task[None], ...]

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)


@dataclass(slots=True, kw_only=True)
class Room:
    """The home, what stands around it, and the program that runs in it now."""

    home: Path
    clock: MachineClock
    market: ScriptedMarket
    phones: Any
    operators: tuple[OperatorRecord, ...]
    witness: Callable[[TurnStore], None]
    on_latch: Callable[[str], None]
    on_end: Callable[[], None]
    chance: random.Random
    loop: asyncio.AbstractEventLoop = field(default_factory=StandingLoop)
    fate: Fate = field(init=False)
    program: Program = field(init=False)
    crashes: int = 0
    failures_before: int = 0

    def __post_init__(self) -> None:
        self.fate = Fate(self.chance)

    @property
    def failures(self) -> int:
        """How many writes the disk has refused."""
        return self.failures_before + self.fate.failures

    def do(self, deed: Callable[[], Awaitable[object]]) -> None:
        """The deed is done and the program is quiet; where it ended on the way another one is up and quiet."""
        self.loop.run_until_complete(self._do(deed))

    def rise(self) -> None:
        """A program is up over the home, started as the product starts."""
        self.loop.run_until_complete(self._rise())

    def crash(self) -> None:
        """The program has ended where it stood, and the next one is up."""
        self.fate.ended.set()
        self.loop.run_until_complete(self._after_the_end())

    def close(self) -> None:
        """Nothing runs any more."""
        self.fate.ended.set()
        self.loop.run_until_complete(self._bury())
        self.loop.close()

    async def _do(self, deed: Callable[[], Awaitable[object]]) -> None:
        async def all_of_it() -> None:
            # Whoever asked meets a failing disk as the product's workers do: it is told, and the next try comes later.
            with suppress(StateError):
                await deed()
            await self._quiet()

        if not await self._lives_through(all_of_it()):
            await self._after_the_end()

    async def _after_the_end(self) -> None:
        await self._bury()
        self.crashes += 1
        await self._rise()

    async def _rise(self) -> None:
        # A program that ends while it starts is followed by another one; each has a fate of its own.
        while not await self._lives_through(self._start()):
            await self._bury()
            self.crashes += 1

    async def _lives_through(self, work: Coroutine[Any, Any, None]) -> bool:
        task, end = asyncio.ensure_future(work), asyncio.ensure_future(self.fate.ended.wait())
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if self.fate.ended.is_set():
            return False
        end.cancel()
        task.result()
        return True

    async def _start(self) -> None:
        store = TurnStore.open(self.home / "cerbero.db", origin="demo", clock=self.clock, boot="model", anchors=AnchorFile(self.home / "anchors.jsonl"))
        store.fate, store.witness = self.fate, self.witness
        store.note_changes()
        desk = Desk(
            clock=self.clock,
            store=store,
            clients=clients_over(self.market, self.clock, RULES.paper_account, self.fate.turn),
            rules=RULES,
            stage=Stage.PAPER,
            env="PAPER",
            origin="demo",
            market="scripted",
            fingerprint="f" * 64,
            is_dry_run=False,
            kill_switch=WatchedSwitch(self.home, self.on_latch),
            heartbeat=self.home / "heartbeat",
        )
        jobs = job_table(RULES.schedule, Stage.PAPER)
        for operator in self.operators:
            store.write_sync(lambda tx, operator=operator: tx.upsert_operator(operator))
        door = Door(desk, jobs, version=VERSION, replayer=_no_replay, is_config_changed=lambda: False)
        reception = Reception(dispatch=lambda request, engine: dispatch(request, engine, clock=self.clock), apologise=apologise, please_wait=please_wait)
        inbox = Inbox(door, self.phones, reception, on_replied=lambda: None)
        self.program = Program(store=store, desk=desk, door=door, inbox=inbox, jobs=jobs, workers=())
        await start(desk, jobs, self.home)
        await beat(desk)
        poller = Poller(door, self.phones, clock=self.clock, on_stored=inbox.poke)
        workers = (asyncio.create_task(poller.run()), asyncio.create_task(inbox.run()))
        self.program = Program(store=store, desk=desk, door=door, inbox=inbox, jobs=jobs, workers=workers)
        await self._quiet()

    async def _quiet(self) -> None:
        """Every update is fetched and answered, and nothing is under way."""
        program, looked = self.program, 0
        while not (self.phones.is_waiting and not program.desk.tasks and not program.store.rows("SELECT 1 FROM inbox WHERE state = 'queued' LIMIT 1")):
            for worker in program.workers:
                if worker.done():
                    worker.result()
            program.inbox.poke()
            looked += 1
            # Somebody waits for a while before another try: the while passes at once.
            await asyncio.sleep(0 if looked % LOOKS_BEFORE_WAITING else WAIT_S)

    async def _bury(self) -> None:
        self.fate.is_buried = True
        self.on_end()
        self.program.store.drop()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.phones.is_waiting = False
        self.failures_before += self.fate.failures
        self.fate = Fate(self.chance)


async def _no_replay(from_at: datetime | None, to_at: datetime | None) -> ReplaySummary:
    raise LookupError(f"nobody replays {from_at} to {to_at} here")
