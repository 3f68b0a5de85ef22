"""A sweep: every setting of a grid lived through once, on any executor, kept as it comes and taken up again where it stopped.

Rules of this file: results are lines of a file of the home, one a setting, so that a
sweep that was stopped goes on and can be read by any other program; what another sweep
of the same grid, rules, history and period found is not worked out twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from engine.config import fingerprint
from engine.core.rules import StrategyRules
from engine.errors import EngineError, StateError
from engine.research.grid import Grid
from engine.research.sweep_task import SettingResult, SweepTask, WeekResult, run_task
from engine.servers.market_plan import MarketPlan

SETTINGS_PER_TASK = 4
"""So many settings travel together; fewer towards the end, so that no worker is left with the last ones alone."""
TASKS_AHEAD = 4
"""So many tasks a worker are handed out at a time: the rest stays here, small and in order."""
LOOK_S = 2.0
"""How often a cluster is asked whether it is still there while nothing arrives."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan:
    """What to sweep: a grid over rules, in one market and period; `folder` keeps the results."""

    grid: Grid
    rules: StrategyRules
    market: MarketPlan
    history: str
    from_at: datetime
    to_at: datetime
    folder: Path

    @property
    def path(self) -> Path:
        """The file of this very question: another grid, rule, history or period has another."""
        asked = {
            "grid": {axis.key: axis.told for axis in self.grid.axes},
            "rules": fingerprint(self.rules),
            "history": self.history,
            "from": self.from_at.isoformat(),
            "to": self.to_at.isoformat(),
        }
        return self.folder / f"{hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]}.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Where tasks run: an executor of the standard library's kind, how many workers it has, and a look that raises once they are gone.

    `end` lets them go at once, in the midst of what they do.
    """

    executor: Executor
    count: int
    require_alive: Callable[[], None]
    told: str
    end: Callable[[], None] = lambda: None


def run_sweep(plan: SweepPlan, workers: Workers, *, progress: Progress | None = None) -> Mapping[int, SettingResult]:
    """Every setting's result by number, those found before included.

    Raises ConfigError where the history cannot answer, StateError when the workers are lost; what was found until then is kept.
    """
    found = dict(kept_results(plan.path))
    settings = [(number, values) for number, values in enumerate(plan.grid.settings()) if number not in found]
    plan.folder.mkdir(parents=True, exist_ok=True)
    with plan.path.open("a", encoding="utf-8") as kept:
        # A run that was cut off may have left half a line; the next one begins on its own.
        kept.write("\n" if plan.path.stat().st_size else "")
        for result in _results(plan, settings, workers):
            found[result.number] = result
            kept.write(json.dumps(asdict(result), separators=(",", ":")) + "\n")
            kept.flush()
            if progress is not None:
                progress(len(found), len(plan.grid))
    return found


def kept_results(path: Path) -> Iterator[tuple[int, SettingResult]]:
    """What an earlier run left; a last line that was cut off does not count."""
    if not path.exists():
        return
    for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
        try:
            raw = json.loads(line)
            weeks = None if raw["weeks"] is None else tuple(WeekResult(**week) for week in raw["weeks"])
            yield raw["number"], SettingResult(number=raw["number"], weeks=weeks)
        except (ValueError, KeyError, TypeError):
            continue


def _results(plan: SweepPlan, settings: list[tuple[int, tuple[object, ...]]], workers: Workers) -> Iterator[SettingResult]:
    """Results as they come; a few tasks a worker are under way at any time."""
    tasks = _tasks(plan, settings, workers.count)
    pending: set[Future[tuple[SettingResult, ...]]] = set()
    arrived = 0
    try:
        while True:
            while len(pending) < workers.count * TASKS_AHEAD and (task := next(tasks, None)) is not None:
                pending.add(workers.executor.submit(run_task, task))
            if not pending:
                return
            done, pending = wait(pending, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            # A task cancelled before it began never counts as done.
            if any(future.cancelled() for future in pending):
                raise CancelledError
            if not done:
                workers.require_alive()
            for future in done:
                for result in future.result():
                    arrived += 1
                    yield result
    except EngineError:
        raise
    except Exception as error:
        # Whatever an executor raises when its workers die: the kinds differ by executor and by how they died.
        done_before = len(plan.grid) - len(settings) + arrived
        what = f"{workers.told} was lost after {done_before} of {len(plan.grid)} settings ({type(error).__name__})"
        raise StateError(f"{what}; they are kept, the same command goes on from there") from error
    finally:
        for future in pending:
            future.cancel()


def _tasks(plan: SweepPlan, settings: list[tuple[int, tuple[object, ...]]], workers: int) -> Iterator[SweepTask]:
    first = 0
    while first < len(settings):
        shared = (len(settings) - first) // (workers * TASKS_AHEAD)
        last = first + min(max(shared, 1), SETTINGS_PER_TASK)
        yield _task(plan, settings[first:last])
        first = last


def _task(plan: SweepPlan, settings: list[tuple[int, tuple[object, ...]]]) -> SweepTask:
    return SweepTask(
        market=plan.market,
        rules=plan.rules,
        from_at=plan.from_at,
        to_at=plan.to_at,
        keys=tuple(axis.key for axis in plan.grid.axes),
        settings=tuple(settings),
    )
