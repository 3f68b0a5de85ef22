"""History asked from the chat: replays and sweeps beside the engine, bounded, with the progress of the one under way.

Rules of this file: a question is answered from the run's own simulated market up to now, or from what was fetched into the
home; nothing here runs on the engine's loop, and what is cancelled ends within a few settings.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from engine.config import load_rules
from engine.core.rules import StrategyRules
from engine.errors import ActionRefused, ConfigError, GridError, StateError
from engine.home import Home
from engine.market.history import RecordedMarket
from engine.market.model import Market
from engine.market.shipped import fetched_history
from engine.market.synthetic import DEMO_START_AT, SyntheticMarket
from engine.research.fast_replay import FastPlan
from engine.research.fast_summary import fast_summary
from engine.research.grid import grid_of
from engine.research.policy import Manner, replayed_with
from engine.research.summary import with_changes
from engine.research.sweep import SweepPlan, Workers, run_sweep
from engine.research.sweep_frame import SWEEPS, frame_of, identity
from engine.research.sweep_score import scored
from engine.research.workers import process_pool, processors
from engine.servers.market_plan import UNASKED_REPLAY, MarketPlan, build_market, is_simulated, period_of, simulated_name
from engine.views import ReplaySummary, SweepView

T = TypeVar("T")
Pool = Callable[[], AbstractContextManager[Workers]]

SETTINGS_MAX = 60
SWEEP_DAYS_MAX = 1_100
UNASKED_SWEEP = timedelta(days=180)
"""What `/sweep` lives through when nobody says how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAsk:
    """A question to history: its period, open where nobody said, and its words (KEY=VALUE)."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    words: tuple[str, ...] = ()

    @classmethod
    def of_days(cls, from_on: str | None, to_on: str | None, words: tuple[str, ...]) -> PastAsk:
        """The question of a person who wrote days or instants. Raises ActionRefused for the last day that can be written."""
        try:
            return cls(from_at=_instant(from_on), to_at=_instant(to_on, is_last=True), words=words)
        except OverflowError as error:
            raise ActionRefused("replay-not-covered") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """What was asked of which market."""

    plan: MarketPlan
    market: Market
    from_at: datetime
    to_at: datetime


class Stopped(Exception):
    """Nobody waits for the sweep any more."""


def beside_engine() -> AbstractContextManager[Workers]:
    """Processes of this machine; one processor is left to the engine, where there are several."""
    return process_pool(max(1, processors() - 1))


class PastRoom:
    """The history of one run."""

    def __init__(self, home: Home, market: MarketPlan, now: Callable[[], datetime], *, pool: Pool = beside_engine) -> None:
        self._home, self._plan, self._now, self._pool = home, market, now, pool
        self._done: tuple[int, int] | None = None
        self._workers: Workers | None = None

    @property
    def progress(self) -> tuple[int, int] | None:
        """How many settings of how many the sweep under way has lived through; None when none is."""
        return self._done

    async def replay(self, ask: PastAsk) -> ReplaySummary:
        """The period lived through, with the values of the words in the place of the rules' own. Raises ActionRefused."""

        # It computes for seconds; on the engine's own loop every tap and every kill would wait for its steps.
        return await asyncio.to_thread(self._replay, ask)

    async def sweep(self, ask: PastAsk) -> SweepView:
        """Every setting of the words' grid lived through and judged. Raises ActionRefused."""
        stopping = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(self._sweep, ask, stopping))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stopping.set()
            if self._workers is not None:
                self._workers.end()
            await asyncio.wait({work})
            # Looked at, so that nobody is told of a failure that was wanted.
            work.exception()
            raise
        finally:
            self._done, self._workers = None, None

    def _replay(self, ask: PastAsk) -> ReplaySummary:
        with _in_words():
            return self._replayed(ask)

    def _sweep(self, ask: PastAsk, stopping: threading.Event) -> SweepView:
        with _in_words():
            return self._swept(ask, stopping)

    def _replayed(self, ask: PastAsk) -> ReplaySummary:
        asked = load_rules(self._home.config_toml)
        loaded, changes, manner = _understood(lambda: replayed_with(asked, Manner(words=ask.words)))
        period = self._period(ask, loaded.rules, UNASKED_REPLAY)
        plan = FastPlan(
            market=period.market, rules=loaded.rules, from_at=period.from_at, to_at=period.to_at, policy=manner.policy, resume_after=manner.resume_after
        )
        return with_changes(fast_summary(plan, history=simulated_name(period.plan)), changes)

    def _swept(self, ask: PastAsk, stopping: threading.Event) -> SweepView:
        rules = load_rules(self._home.config_toml).rules
        grid = _understood(lambda: grid_of(ask.words, rules))
        if len(grid) > SETTINGS_MAX:
            raise ActionRefused("sweep-too-many", count=f"{len(grid):,}", most=str(SETTINGS_MAX))
        period = self._period(ask, rules, UNASKED_SWEEP)
        if (days := (period.to_at - period.from_at).days) > SWEEP_DAYS_MAX:
            raise ActionRefused("sweep-too-long", count=f"{days:,}", most=f"{SWEEP_DAYS_MAX:,}")
        name = identity(period.plan.history) if period.plan.history is not None else f"simulated {period.plan}"
        plan = SweepPlan(grid=grid, rules=rules, market=period.plan, history=name, from_at=period.from_at, to_at=period.to_at, folder=self._home.root / SWEEPS)
        self._done = (0, len(grid))

        def note(done: int, settings: int) -> None:
            self._done = (done, settings)
            if stopping.is_set():
                raise Stopped

        with self._pool() as workers:
            self._workers = workers
            if stopping.is_set():
                workers.end()
            try:
                results = run_sweep(plan, workers, progress=note)
            except StateError as error:
                raise ActionRefused("sweep-lost") from error
        return scored(results, frame_of(plan, now=self._now()))

    def _period(self, ask: PastAsk, rules: StrategyRules, unasked: timedelta) -> _Period:
        """The market and the days; of a simulated one nothing that lies ahead. Raises ActionRefused."""
        is_running = is_simulated(self._plan)
        fetched = None if is_running else fetched_history(self._home.history)
        if not is_running and fetched is None:
            raise ActionRefused("replay-no-history")
        plan = self._plan if is_running else MarketPlan(history=fetched)
        market = build_market(plan, rules)
        try:
            ends_at = self._now() if is_running else period_of(market, None, None)[1]
            last = ends_at if ask.to_at is None else min(ask.to_at, ends_at)
            first = max(last - unasked, _begins_at(market)) if ask.from_at is None else ask.from_at
            period_of(market, first, last)
        except ConfigError as error:
            raise ActionRefused("replay-not-covered") from error
        return _Period(plan=plan, market=market, from_at=first, to_at=last)


@contextmanager
def _in_words() -> Iterator[None]:
    """What a file of the home or of its history cannot answer is refused, with what is wrong and what to do."""
    try:
        yield
    except ConfigError as error:
        raise ActionRefused("past-cannot", detail=f"{error.problem}. {error.fix}") from error


def _understood(read: Callable[[], T]) -> T:
    """What was read. Raises ActionRefused with the code of the sentence that says what is wrong."""
    try:
        return read()
    except GridError as error:
        raise ActionRefused(error.code, **error.facts) from error


def _begins_at(market: Market) -> datetime:
    return market.starts_at if isinstance(market, RecordedMarket | SyntheticMarket) else DEMO_START_AT


def _instant(on: str | None, *, is_last: bool = False) -> datetime | None:
    """The instant a person wrote; a plain date as the end of a period means that whole day."""
    if on is None:
        return None
    at = datetime.fromisoformat(on)
    if is_last and len(on) == len("2026-01-05"):
        at += timedelta(days=1)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
