"""Every request to the disk fails once, or for good: the engine kills itself, ends in words, and has everything it acknowledged.

`python -m tests.crash.io_errors [--heavy]`. The store is opened as the engine opens it, kill switch and all, on a disk that fails at
its N-th request. An I/O error must latch the switch and end the run; a full disk must refuse in words, lose nothing and be over when
there is room again. Beside it what a plain program does that writes the error down and goes on.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from engine.app import MarketPlan, RunPlan, open_store
from engine.clock import ManualClock
from engine.errors import StateError, StoreBroken
from engine.home import Home, home_at
from engine.safety.kill_switch import KillSwitch
from engine.state.repository import AnchorFile, Store, Transaction, verify_home
from tests.crash.faulty_disk import INPUT_OUTPUT, NO_SPACE, Plan, Request, failing
from tests.crash.memory import memory_folder
from tests.crash.report import Row, tell
from tests.engine.core.builders import NOW

PACK = "io_errors"
ROWS, WRITES, WRITES_HEAVY = 40, 4, 60
COUNTER = "counter"
WORDS_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """One run on a failing disk: the last number acknowledged and how many were refused, what was said, how it ended, what nobody expected."""

    acknowledged: int
    refused: int
    said: tuple[StateError, ...]
    has_ended: bool
    surprise: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of all the faults of one kind; `told` keeps the first words of what went wrong."""

    faults: int = 0
    killed: int = 0
    ended: int = 0
    kept: int = 0
    spoken: int = 0
    went_on: int = 0
    told: list[str] = field(default_factory=list)


def count(store: Store) -> int:
    """State and audit in one transaction, as everything the engine does; returns the number both have now."""

    def work(tx: Transaction) -> int:
        number = tx.head().seq + 1
        tx.set_meta(COUNTER, str(number))
        return tx.audit(actor="engine", type="test.counted", ref="", body={"number": number, "words": "w" * 700}).seq

    return store.write_sync(work)


def prepare(home: Home, *, rows: int = ROWS) -> None:
    """A store that has lived a little lies in the new `home`."""
    home.root.mkdir()
    store = Store.open(home.db, origin="demo", clock=ManualClock(NOW), boot="before", anchors=AnchorFile(home.anchors))
    for _ in range(rows):
        count(store)
    store.close()


def live(home: Home, *, writes: int) -> Lived:
    """The engine's own opening, then writes and reads until the end or until it says that the store is gone."""
    said: list[StateError] = []
    acknowledged, refused, surprise = ROWS, 0, ""
    try:
        store = open_store(RunPlan(home=home, clock=ManualClock(NOW), market=MarketPlan(), origin="demo"), KillSwitch(home.root), AnchorFile(home.anchors))
    except StateError as error:
        return Lived(acknowledged=acknowledged, refused=writes, said=(error,), has_ended=True, surprise="")
    try:
        for _ in range(writes):
            try:
                acknowledged = count(store)
                store.read_sync(lambda tx: tx.audit_tail(3))
            except StateError as error:
                refused += 1
                said.append(error)
            if store.trust.lost:
                break
        store.close()
    except StoreBroken as error:
        said.append(error)
    except Exception as error:
        surprise = repr(error)
    has_ended = bool(store.trust.lost)
    store.close()
    return Lived(acknowledged=acknowledged, refused=refused, said=tuple(said), has_ended=has_ended, surprise=surprise)


def is_kept(home: Home, acknowledged: int) -> bool:
    """The next start, on a disk that works, finds everything that was acknowledged, whole and by its anchors."""
    store = Store.open(home.db, origin="demo", clock=ManualClock(NOW), boot="after")
    try:
        counter, rows = store.read_sync(lambda tx: (tx.get_meta(COUNTER), tx.head().seq))
    finally:
        store.close()
    return counter is not None and acknowledged <= int(counter) == rows and verify_home(home.db, home.anchors).ok


def is_sentence(error: StateError) -> bool:
    """One line for a person: no library's name, no code, and what to do."""
    words = str(error)
    return "\n" not in words and len(words) <= WORDS_MAX and words.endswith((".", "--home.")) and "Error(" not in words and ": ." not in words


def try_all(folder: Path, *, answers: dict[Request, int], writes: int = WRITES) -> Tally:
    """Each request of a run failed once, and from each on every one: what came of it."""
    tally, base = Tally(), home_at(folder / "base")
    prepare(base)
    clean = _one(folder, base, Plan(answers=answers), writes)[0]
    for is_lasting in (False, True):
        for nth in range(1, clean.met + 1):
            plan, lived, home = _one(folder, base, Plan(answers=answers, nth=nth, is_lasting=is_lasting), writes)
            if plan.fired:
                _judge(tally, plan, lived, home)
    return tally


def _one(folder: Path, base: Home, plan: Plan, writes: int) -> tuple[Plan, Lived, Home]:
    home = home_at(folder / "home")
    shutil.rmtree(home.root, ignore_errors=True)
    shutil.copytree(base.root, home.root)
    with failing(home.db.name, plan):
        lived = live(home, writes=writes)
    return plan, lived, home


def _judge(tally: Tally, plan: Plan, lived: Lived, home: Home) -> None:
    is_kept_whole = is_kept(home, lived.acknowledged)
    tally.faults += 1
    tally.killed += home.kill.exists()
    tally.ended += lived.has_ended
    tally.kept += is_kept_whole
    tally.spoken += bool(lived.said or not (lived.refused or lived.has_ended)) and all(map(is_sentence, lived.said))
    if lived.surprise or not is_kept_whole:
        tally.told.append(f"{plan.first}, {'lasting' if plan.is_lasting else 'once'}: {lived.surprise if lived.surprise else 'something acknowledged is gone'}")


def try_naive(folder: Path, *, answers: dict[Request, int], writes: int = WRITES) -> Tally:
    """A plain program with SQLite's defaults that writes the error down and goes on: how often it acknowledges work after the fault."""
    tally = Tally()
    path = folder / "naive.db"

    def life(plan: Plan) -> bool:
        path.unlink(missing_ok=True)
        connection = apsw.Connection(str(path))
        connection.execute("CREATE TABLE rows (number INTEGER, words TEXT)")
        connection.close()
        went_on = False
        with failing(path.name, plan), suppress(apsw.Error):
            connection = apsw.Connection(str(path))
            for number in range(writes):
                with suppress(apsw.Error):
                    connection.execute("INSERT INTO rows VALUES (?, ?)", (number, "w" * 700))
                    went_on = went_on or bool(plan.fired)
            connection.close()
        return went_on

    clean = Plan(answers=answers)
    life(clean)
    for nth in range(1, clean.met + 1):
        plan = Plan(answers=answers, nth=nth)
        went_on = life(plan)
        tally.faults += bool(plan.fired)
        tally.went_on += went_on
    return tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """I/O errors and a full disk, ours and the plain program's."""

    errors: Tally
    full: Tally
    naive_errors: Tally
    naive_full: Tally


def io_errors(folder: Path, *, writes: int = WRITES) -> Outcome:
    """All faults were tried; `folder` must be empty."""
    parts: list[Tally] = []
    tries: Sequence[tuple[str, Callable[..., Tally], dict[Request, int]]] = (
        ("errors", try_all, INPUT_OUTPUT),
        ("full", try_all, NO_SPACE),
        ("naive-errors", try_naive, INPUT_OUTPUT),
        ("naive-full", try_naive, NO_SPACE),
    )
    for name, attempt, answers in tries:
        (folder / name).mkdir()
        parts.append(attempt(folder / name, answers=answers, writes=writes))
    return Outcome(errors=parts[0], full=parts[1], naive_errors=parts[2], naive_full=parts[3])


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    with memory_folder() as folder:
        outcome = io_errors(folder, writes=WRITES_HEAVY if heavy else WRITES)
    errors, full, naive = outcome.errors, outcome.full, outcome.naive_errors

    def row(measure: str, got: int, of: int, *, naive_figure: str = "", wanted: int | None = None) -> Row:
        mark = of if wanted is None else wanted
        return Row(pack=PACK, measure=measure, ours=f"{got}/{of}", naive=naive_figure, pass_mark=f"{mark}/{of}", is_passed=got == mark and of > 0)

    return (
        row("I/O errors: kill latched", errors.killed, errors.faults, naive_figure="no switch"),
        row("I/O errors: run ended", errors.ended, errors.faults, naive_figure=f"went on writing after {naive.went_on}/{naive.faults}"),
        row("I/O errors: said in a sentence", errors.spoken, errors.faults),
        row("I/O errors: all acknowledged kept", errors.kept, errors.faults),
        row("I/O errors: surprises", len(errors.told), errors.faults, wanted=0),
        row("full disk: not killed, run goes on", full.faults - full.killed - full.ended, full.faults),
        row("full disk: said in a sentence", full.spoken, full.faults),
        row("full disk: all acknowledged kept", full.kept, full.faults),
    )


if __name__ == "__main__":
    sys.exit(tell(run))
