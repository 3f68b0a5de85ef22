"""Two processes write one store, and backups are taken beside a writer: nobody fails and every copy is whole.

`python -m tests.crash.store_writers [--heavy]`. Beside it the naive designs: a transaction that takes its lock when it first writes, and a
plain copy of the file.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.clock import ManualClock
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.backup import create_backup
from engine.safety.retention import Soundness
from engine.state.backup import check_store
from engine.state.repository import AnchorFile, Store, Transaction
from tests.conftest import ROOT
from tests.crash.memory import memory_folder
from tests.crash.report import Row, tell
from tests.engine.core.builders import NOW

PACK = "store_writers"
WRITES, WRITES_HEAVY = 100, 1_000
BACKUPS, BACKUPS_HEAVY = 10, 100
THINK_S = 0.001
"""What lies between reading and writing, in ours and in the naive design: with nothing to decide the two would hardly ever meet."""
WRITERS = 2
COUNTER = "counter"
BUSY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contention:
    """How many read-then-write transactions two processes asked for, how many failed, and what the counter says that each added one to."""

    asked: int
    failed: int
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Copies taken beside a writer: how many are broken, and how many lack something acknowledged before they were begun."""

    taken: int
    broken: int
    stale: int


def add_one(tx: Transaction) -> None:
    """Read, then write: the way of every decision."""
    known = tx.get_meta(COUNTER)
    time.sleep(THINK_S)
    tx.set_meta(COUNTER, str(1 + (0 if known is None else int(known))))
    tx.audit(actor="engine", type="test.counted", ref="", body={})


def write_ours(path: Path, writes: int) -> int:
    """So many transactions were asked for; returns how many failed."""
    store, failed = Store.open(path, origin="demo", clock=ManualClock(NOW), boot="writer"), 0
    for _ in range(writes):
        try:
            store.write_sync(add_one)
        except StateError:
            failed += 1
    store.close()
    return failed


def write_naive(path: Path, writes: int) -> int:
    """The same as most programs do it: BEGIN, read, write, COMMIT, with a timeout for busy neighbours."""
    connection, failed = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None), 0
    for _ in range(writes):
        try:
            connection.execute("BEGIN")
            (number,) = connection.execute("SELECT number FROM counted").fetchone()
            time.sleep(THINK_S)
            connection.execute("UPDATE counted SET number = ?", (number + 1,))
            connection.execute("COMMIT")
        except sqlite3.OperationalError:
            failed += 1
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    connection.close()
    return failed


WRITE: dict[str, Callable[[Path, int], int]] = {"ours": write_ours, "naive": write_naive}


def contend(path: Path, how: str, *, writes: int) -> int:
    """Two processes wrote at the same time; returns how many transactions failed."""
    command = [sys.executable, "-m", "tests.crash.store_writers", how, str(path), str(writes)]
    children = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(WRITERS)]
    for child in children:
        if child.stdout is None or child.stdout.readline() != "ready\n":
            raise ChildProcessError("a writer did not start")
    failed = 0
    # All are ready before any is told to begin.
    for child in children:
        if child.stdin is not None:
            child.stdin.write("go\n")
            child.stdin.flush()
    for child in children:
        failed += int(child.communicate()[0])
    return failed


def contend_ours(folder: Path, *, writes: int) -> Contention:
    path = folder / "cerbero.db"
    Store.open(path, origin="demo", clock=ManualClock(NOW), boot="before").close()
    failed = contend(path, "ours", writes=writes)
    store = Store.open_readonly(path)
    counter = store.read_sync(lambda tx: tx.get_meta(COUNTER))
    store.close()
    return Contention(asked=WRITERS * writes, failed=failed, counted=0 if counter is None else int(counter))


def contend_naive(folder: Path, *, writes: int) -> Contention:
    path = folder / "naive.db"
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; CREATE TABLE counted (number INTEGER); INSERT INTO counted VALUES (0)")
    failed = contend(path, "naive", writes=writes)
    (number,) = connection.execute("SELECT number FROM counted").fetchone()
    connection.close()
    return Contention(asked=WRITERS * writes, failed=failed, counted=int(number))


@contextmanager
def writing(home: Home) -> Iterator[Store]:
    """A store that is written as fast as it goes until this is left."""
    store = Store.open(home.db, origin="demo", clock=ManualClock(NOW), boot="writer", anchors=AnchorFile(home.anchors))
    is_over = threading.Event()

    def work(tx: Transaction) -> None:
        add_one(tx)
        tx.audit(actor="engine", type="test.row", ref="", body={"words": "w" * 20_000})

    def write() -> None:
        while not is_over.is_set():
            store.write_sync(work)

    store.write_sync(work)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield store
    finally:
        is_over.set()
        writer.join()
        store.close()


def back_up(home: Home, *, times: int) -> Copies:
    """So many backups by the engine's own way beside the writer."""
    broken = stale = 0
    with writing(home) as store:
        for number in range(times):
            known = store.last_head().seq
            backup = create_backup(home, now=NOW + timedelta(seconds=number))
            broken += backup.soundness is not Soundness.VERIFIED
            stale += backup.head_seq < known
            backup.path.unlink()
    return Copies(taken=times, broken=broken, stale=stale)


def copy_plainly(home: Home, *, times: int) -> Copies:
    """So many plain copies of the store's file beside the same writer."""
    broken = stale = 0
    copy = home.root / "copy.db"
    with writing(home) as store:
        for _ in range(times):
            known = store.last_head().seq
            shutil.copyfile(home.db, copy)
            try:
                stale += check_store(copy, ()).head.seq < known
            except StateError:
                broken += 1
            copy.unlink()
    return Copies(taken=times, broken=broken, stale=stale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Ours beside the naive designs."""

    ours: Contention
    naive: Contention
    backups: Copies
    copies: Copies


def store_writers(folder: Path, *, writes: int = WRITES, backups: int = BACKUPS) -> Outcome:
    """Both contests and both ways of copying; `folder` must be empty."""
    homes = [home_at(folder / name) for name in ("backups", "copies")]
    for home in homes:
        home.root.mkdir()
    return Outcome(
        ours=contend_ours(folder, writes=writes),
        naive=contend_naive(folder, writes=writes),
        backups=back_up(homes[0], times=backups),
        copies=copy_plainly(homes[1], times=backups),
    )


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    with memory_folder() as folder:
        outcome = store_writers(folder, writes=WRITES_HEAVY if heavy else WRITES, backups=BACKUPS_HEAVY if heavy else BACKUPS)
    ours, naive, backups, copies = outcome.ours, outcome.naive, outcome.backups, outcome.copies
    return (
        Row(
            pack=PACK,
            measure="two writers: writes that failed",
            ours=f"{ours.failed}/{ours.asked}",
            naive=f"{naive.failed}/{naive.asked}",
            pass_mark=f"0/{ours.asked}",
            is_passed=ours.failed == 0 and ours.counted == ours.asked,
        ),
        Row(
            pack=PACK,
            measure="copies beside a writer: broken, stale",
            ours=f"{backups.broken} and {backups.stale} of {backups.taken}",
            naive=f"{copies.broken} and {copies.stale} of {copies.taken}",
            pass_mark="0 and 0",
            is_passed=backups.broken == backups.stale == 0,
        ),
    )


def _be_a_writer(how: str, path: str, writes: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    print(WRITE[how](Path(path), int(writes)))


if __name__ == "__main__":
    if sys.argv[1:2] in (["ours"], ["naive"]):
        _be_a_writer(*sys.argv[1:4])
    else:
        sys.exit(tell(run))
