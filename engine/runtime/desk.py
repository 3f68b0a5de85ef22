"""The desk: everything a cycle needs, built once by the composition root."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog

from engine.clients.bundle import Clients
from engine.clock import Clock
from engine.core.model import MarketSnapshot, Stage
from engine.core.rules import StageCaps, StrategyRules
from engine.execution.door import Door
from engine.execution.permission import Lane, lane_of
from engine.execution.room import OrderRoom
from engine.home import Home
from engine.notices import AlertNotice
from engine.reporting.monthly_report import MonthlyReport, ReportNote
from engine.runtime.loop_lag import LoopLag
from engine.safety.carry_off import CarryOff
from engine.safety.kill_switch import KillSwitch
from engine.safety.second_path import SecondPath
from engine.state.repository import Store, Transaction

R = TypeVar("R")

log = structlog.get_logger(__name__)

Say = Callable[[AlertNotice], str]
MeasureZ = Callable[["Desk"], Awaitable[float | None]]
WriteNote = Callable[[MonthlyReport], ReportNote]


def bare_words(notice: AlertNotice) -> str:
    """The alert where nobody knows a language: its code, its facts and the detail as it came."""
    return " · ".join((notice.env, notice.code, *notice.facts.values(), notice.detail))


@dataclass(slots=True)
class Attention:
    """How many cards wait for a person and when the first of them ends; whoever paces simulated time listens."""

    waiting: int = 0
    deadline: datetime | None = None
    listener: Callable[[int], None] | None = None

    def set(self, deadlines: Collection[datetime]) -> None:
        waiting = self.waiting = len(deadlines)
        self.deadline = min(deadlines, default=None)
        if self.listener is not None:
            self.listener(waiting)


@dataclass(slots=True)
class Pulse:
    """What the desk last saw of the outside and of itself, in this run; instants by the wall.

    `polling_since_at` is None where the chat of this run is not Telegram. `is_latch_unrecorded`: the last look of the
    trigger table found a kill that the store does not know. `causes` are holds that stand for a cause
    without a figure: True while it is there. `gone_since` remembers since when the cause of a hold has been gone.
    `unpublished` is the report the notes did not take last, with what went wrong; None once they took one.
    """

    snapshot: MarketSnapshot | None = None
    polled_at: datetime | None = None
    polling_since_at: datetime | None = None
    has_tried_backup: bool = False
    is_latch_unrecorded: bool = False
    lag: LoopLag = field(default_factory=LoopLag)
    causes: dict[str, bool] = field(default_factory=dict)
    gone_since: dict[str, datetime] = field(default_factory=dict)
    strange_taps: deque[datetime] = field(default_factory=deque)
    unpublished: str | None = None

    def note_strange_tap(self, at: datetime, *, at_most: int) -> None:
        """A stranger tapped a button that looks like ours; beyond `at_most` remembered ones it is not counted any more."""
        if len(self.strange_taps) < at_most:
            self.strange_taps.append(at)

    def strange_taps_since(self, since: datetime) -> int:
        """How many there were after `since`; older ones are forgotten by this call."""
        while self.strange_taps and self.strange_taps[0] <= since:
            self.strange_taps.popleft()
        return len(self.strange_taps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Dependencies and fixed facts of one run.

    `lock` keeps cycles apart: monitor, entry cycle, approvals and expiry never overlap.
    `home` is None where nothing is kept: a replay is not backed up.
    `env` is what stands on every message: PAPER, TESTNET or LIVE.
    `orders` works approved orders at the venue; None where nothing is sent to one.
    `say` puts an alert into plain words for the second path, `write_note` a monthly report into a note; without it none is published.
    `measure_z` compares the closed trades with the model's paths; None where nobody asks, as in a replay. `language` is spoken to whoever has chosen none;
    `fixed_people` are named by how the run was started, `admits_paired` where whoever a code admitted may speak too.
    """

    clock: Clock
    store: Store
    clients: Clients
    rules: StrategyRules
    stage: Stage
    env: str
    origin: str
    market: str
    fingerprint: str
    is_dry_run: bool
    kill_switch: KillSwitch
    heartbeat: Path | None = None
    home: Home | None = None
    carry_off: CarryOff | None = None
    second_path: SecondPath | None = None
    say: Say = bare_words
    write_note: WriteNote | None = None
    measure_z: MeasureZ | None = None
    language: str = "en"
    fixed_people: frozenset[int] = frozenset()
    admits_paired: bool = True
    orders: OrderRoom | None = None
    attention: Attention = field(default_factory=Attention)
    pulse: Pulse = field(default_factory=Pulse)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def caps(self) -> StageCaps:
        return self.rules.caps_of(self.stage)

    @property
    def lane(self) -> Lane:
        """Where an approved order goes."""
        return lane_of(self.stage, is_dry_run=self.is_dry_run, origin=self.origin)

    @property
    def door(self) -> Door:
        """What every order is held against last."""
        return Door(lane=self.lane, stage=self.stage, rules=self.rules, kill_switch=self.kill_switch)

    def now(self) -> datetime:
        return self.clock.now()

    def is_killed(self, tx: Transaction) -> bool:
        """Any one latch kills: file, memory or row."""
        return self.kill_switch.is_armed_in(tx)

    def tell_elsewhere(self, cause: str, notice: AlertNotice) -> None:
        """The alert takes the second path where there is one, with the chain's head; returns at once and never fails."""
        if self.second_path is None:
            return
        try:
            words = self.say(notice)
        except Exception as error:  # an alert that cannot be written well is still an alert
            log.error("second_path.render_failed", code=notice.code, error=f"{type(error).__name__}: {error}")
            words = bare_words(notice)
        if self.second_path.tell(cause, f"{words}\n⛓ {self.store.last_head().footer}"):
            log.warning("second_path.told", cause=cause)

    @asynccontextmanager
    async def cycle(self) -> AsyncIterator[None]:
        """One cycle at a time, at one simulated instant."""
        async with self.lock:
            with self.clock.still():
                yield

    def spawn(self, work: Coroutine[None, None, R]) -> asyncio.Task[R]:
        """`work` runs as a task the desk keeps; its failure is logged, not lost."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def settled(self) -> None:
        """Every spawned task has ended."""
        while self.tasks:
            await asyncio.wait(tuple(self.tasks))

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.crashed", error=f"{type(error).__name__}: {error}")

    async def refresh_attention(self) -> None:
        """`attention` tells the present number of cards that wait for an answer, and the first deadline."""
        self.attention.set(await self.store.read(lambda tx: [record.expires_at for record in tx.pending_proposals()]))
