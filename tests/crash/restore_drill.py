"""Backups taken while the store is written to without a pause, each restored into an empty home and looked at whole.

`python -m tests.crash.restore_drill [--heavy]` prints how many came back, the longest restore and the rows lost; beside it a plain copy
of the file, as `cp` makes it, taken at the same moments.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from engine.clock import SystemClock
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.backup import create_backup
from engine.safety.restore import restore_backup
from engine.state.anchors import read_anchors
from engine.state.backup import check_store
from engine.state.repository import AnchorFile, Store
from tests.crash.memory import memory_folder
from tests.crash.report import Row, tell

PACK = "restore_drill"
DRILLS, DRILLS_HEAVY = 20, 100
RTO_S = 60.0
ROWS_BEFORE, ROWS_MEANWHILE_MAX = 2_000, 2_000
WORDS = "w" * 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """How the restores of one way of copying ended: came back whole, and of those how many lack rows the store was known to hold."""

    tried: int
    whole: int
    stale: int
    took_max_s: float

    def words(self) -> str:
        return f"{self.whole - self.stale} of {self.tried}" + (
            f" ({self.tried - self.whole} damaged, {self.stale} stale)" if self.whole - self.stale < self.tried else ""
        )


class Writer:
    """Writes rows to the home's store as fast as it can while it is let."""

    def __init__(self, home: Home) -> None:
        self._store = Store.open(home.db, origin="demo", clock=SystemClock(), boot="drill", anchors=AnchorFile(home.anchors))
        self._is_over, self._is_let, self._left = threading.Event(), threading.Event(), 0
        self._thread = threading.Thread(target=self._write, name="writer")
        self._store.write_sync(lambda tx: [tx.audit(actor="drill", type="test.row", ref="", body={"words": WORDS}) for _ in range(ROWS_BEFORE)])

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._is_let.set()
        self._thread.join()
        self._store.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Rows come without a pause, up to so many: a longer backup would give the writer more time, and the next one would be longer again."""
        self._left = ROWS_MEANWHILE_MAX
        self._is_let.set()
        yield
        self._is_let.clear()

    def head_seq(self) -> int:
        """The last row that is known to be on disk."""
        return self._store.last_head().seq

    def _write(self) -> None:
        while self._is_let.wait() and not self._is_over.is_set():
            if self._left <= 0:
                self._is_let.clear()
                continue
            self._left -= 1
            self._store.write_sync(lambda tx: tx.audit(actor="drill", type="test.row", ref="", body={"words": WORDS}))


def drill(folder: Path, *, drills: int) -> tuple[Drilled, Drilled]:
    """`drills` backups and as many plain copies of a store that is written to meanwhile were restored; ours, then the copies."""
    home = home_at(folder / "home")
    home.root.mkdir()
    ours: list[tuple[int | None, float]] = []
    naive: list[int | None] = []
    known: list[tuple[int, int]] = []
    with Writer(home) as writer:
        for number in range(drills):
            with writer.writing():
                seen = writer.head_seq()
                backup = create_backup(home, now=SystemClock().now() + timedelta(seconds=number))
                plain = folder / "plain.db"
                seen_by_copy = writer.head_seq()
                shutil.copyfile(home.db, plain)
            known.append((seen, seen_by_copy))
            ours.append(_restored(folder / "ours", backup.path, home))
            naive.append(_opened(plain, home))
            backup.path.unlink()
    return (
        Drilled(
            tried=drills,
            whole=sum(head is not None for head, _ in ours),
            stale=sum(head is not None and head < seen for (head, _), (seen, _) in zip(ours, known, strict=True)),
            took_max_s=max(took_s for _, took_s in ours),
        ),
        Drilled(
            tried=drills,
            whole=sum(head is not None for head in naive),
            stale=sum(head is not None and head < seen for head, (_, seen) in zip(naive, known, strict=True)),
            took_max_s=0.0,
        ),
    )


def _restored(root: Path, source: Path, home: Home) -> tuple[int | None, float]:
    """The head of the backup put back into a new home, None where it could not be; and how long that took."""
    root.mkdir()
    scratch = home_at(root)
    shutil.copyfile(home.anchors, scratch.anchors)
    try:
        restored = restore_backup(scratch, source, anchors_path=scratch.anchors, clock=SystemClock())
        check_store(scratch.db, read_anchors(scratch.anchors))
    except StateError as problem:
        print(problem, file=sys.stderr)
        return None, 0.0
    finally:
        shutil.rmtree(root)
    return restored.head_seq, restored.took_s


def _opened(plain: Path, home: Home) -> int | None:
    """The head of a plain copy, None where it is no sound store of this history."""
    try:
        return check_store(plain, read_anchors(home.anchors)).head.seq
    except StateError:
        return None


def run(heavy: bool) -> tuple[Row, ...]:
    """Every backup was restored."""
    drills = DRILLS_HEAVY if heavy else DRILLS
    with memory_folder() as folder:
        ours, naive = drill(folder, drills=drills)
    return (
        Row(
            pack=PACK,
            measure="backups of a store that is written to, restored whole",
            ours=ours.words(),
            naive=f"{naive.words()} by cp",
            pass_mark=f"{drills} of {drills}",
            is_passed=ours.whole == drills and not ours.stale,
        ),
        Row(
            pack=PACK,
            measure="longest restore",
            ours=f"{ours.took_max_s:.2f} s",
            naive="",
            pass_mark=f"<= {RTO_S:.0f} s",
            is_passed=ours.took_max_s <= RTO_S,
        ),
    )


if __name__ == "__main__":
    sys.exit(tell(run))
