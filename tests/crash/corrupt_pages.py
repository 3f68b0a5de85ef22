"""A bit of the store rots, a page is lost or lands elsewhere, its log is gone: the start refuses in words, or nothing that matters has changed.

`python -m tests.crash.corrupt_pages [--heavy]`. A store the engine has traded in is damaged in one way at a time and started as the engine
starts: opened, looked at whole, its chain walked against its anchors. Beside it what a program with sqlite3's defaults makes of the same file.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.app import MarketPlan, RunPlan, open_store
from engine.clock import ManualClock
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.kill_switch import KillSwitch
from engine.safety.start_up import start_up
from engine.state.repository import AnchorFile, Store, Transaction
from tests.crash.memory import memory_folder
from tests.crash.power_loss import trade
from tests.crash.report import Row, tell
from tests.engine.core.builders import NOW
from tests.engine.state.builders import add_message, add_proposal, send_card

PACK = "corrupt_pages"
OFFSETS_QUICK, OFFSETS, OFFSETS_HEAVY = 100, 500, 10_000
LOG_OFFSETS_QUICK, LOG_OFFSETS, LOG_OFFSETS_HEAVY = 15, 60, 1_000
PAGE_BYTES, SECTOR_BYTES = 4096, 512
FLIP = 0x41
RESTORE = "cerbero-bite backup restore"
WRITTEN_BY_A_START = ("seals",)
"""Tables that a start itself writes to; what it writes elsewhere follows after the rows that were there."""

# A text that is none any more, of a row or of the schema a message of SQLite quotes, cannot be made a string.
UNREADABLE = (sqlite3.Error, UnicodeDecodeError)

Rows = dict[str, list[str]]
Damage = Callable[[Home], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one start: `how` in a word, and what was said."""

    how: str
    words: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many starts ended how."""

    tried: int = 0
    by_how: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def add(self, damage: str, seen: Seen) -> None:
        self.tried += 1
        self.by_how[seen.how] = self.by_how.get(seen.how, 0) + 1
        if seen.how in BAD:
            self.told.append(f"{damage}: {seen.how}: {seen.words}")

    def of(self, *hows: str) -> int:
        return sum(self.by_how.get(how, 0) for how in hows)

    def figures(self) -> str:
        return ", ".join(f"{count} {how}" for how, count in sorted(self.by_how.items()))


REFUSED, HELD, EQUAL = "refused", "held in words", "nothing changed"
CHANGED, EMPTIED, SURPRISED, WORDLESS = "changed unnoticed", "made anew and empty", "not foreseen", "refused without the way back"
BAD = (CHANGED, EMPTIED, SURPRISED, WORDLESS)


async def _nobody_to_ask() -> Sequence[str]:
    return ()


async def start(home: Home) -> tuple[str, ...]:
    """The engine's start up to the question what the venue says; returns what it holds for. Raises StateError where it is refused."""
    clock, switch = ManualClock(NOW), KillSwitch(home.root)
    store = open_store(RunPlan(home=home, clock=clock, market=MarketPlan(), origin="demo"), switch, AnchorFile(home.anchors))
    try:
        report = await start_up(store=store, kill_switch=switch, clock=clock, anchors_path=home.anchors, reconcile=_nobody_to_ask)
    finally:
        store.close()
    return report.problems


def see(home: Home, before: Rows) -> Seen:
    """The damaged home was started, and what it then holds was compared with what it held."""
    try:
        problems = asyncio.run(start(home))
    except StateError as error:
        return Seen(how=REFUSED if RESTORE in str(error) or "Upgrade the program" in str(error) else WORDLESS, words=str(error))
    except Exception as error:
        return Seen(how=SURPRISED, words=repr(error))
    if problems:
        return Seen(how=HELD, words="; ".join(problems))
    try:
        return compare(before, rows_of(home.db))
    except UNREADABLE as error:
        return Seen(how=CHANGED, words=f"cannot be read any more: {error}")


def compare(before: Rows, now: Rows) -> Seen:
    """What a store that was opened holds beside what it held."""
    if not any(now.values()):
        return Seen(how=EMPTIED, words="no row is left")
    changed = [name for name, rows in before.items() if name not in WRITTEN_BY_A_START and not set(rows) <= set(now.get(name, []))]
    return Seen(how=CHANGED, words=", ".join(changed)) if changed else Seen(how=EQUAL, words="")


def rows_of(path: Path) -> Rows:
    """Every row of every table."""
    connection = sqlite3.connect(path)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()]
        return {name: [repr(row) for row in connection.execute(f'SELECT * FROM "{name}"')] for name in names}  # noqa: S608
    finally:
        connection.close()


def see_naive(path: Path, before: Rows) -> Seen:
    """What a program with sqlite3's defaults makes of the file: it makes its tables where they are not, and reads."""
    try:
        connection = sqlite3.connect(path)
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS trades (trade_id INTEGER PRIMARY KEY)")
            connection.commit()
        finally:
            connection.close()
        return compare(before, rows_of(path))
    except UNREADABLE as error:
        return Seen(how=REFUSED, words=str(error))


def go_on(tx: Transaction) -> None:
    """A little of everything is written: what a disk may lose of the last minute."""
    for number in range(30):
        add_message(tx, f"later {number}")
        tx.set_meta(f"figure {number}", "7")
        tx.audit(actor="engine", type="test.row", ref="", body={"number": number})
    tx.add_hold("operator", "lunch", NOW)
    for _ in range(2):
        send_card(tx, add_proposal(tx))


class Bench:
    """A store that was traded in, as it was `earlier` and is now, and copies of it to be damaged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.base = home_at(folder / "base")
        self.base.root.mkdir()
        asyncio.run(trade(self.base.root, long_rows=2))
        self.earlier = self.base.db.read_bytes()
        store = Store.open(self.base.db, origin="demo", clock=ManualClock(NOW), boot="later", anchors=AnchorFile(self.base.anchors))
        store.write_sync(go_on)
        store.close()
        self.rows = rows_of(self.base.db)
        self.size = self.base.db.stat().st_size

    def copy(self, source: Home | None = None) -> Home:
        """A new home with the same files in place of the last one."""
        home = home_at(self._folder / "home")
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.copytree((self.base if source is None else source).root, home.root)
        return home

    def crashed(self) -> Home:
        """The home of an engine that died: its log lies there, and the last thing in it was anchored."""
        home = home_at(self._folder / "crashed")
        shutil.copytree(self.base.root, home.root)
        store = Store.open(home.db, origin="demo", clock=ManualClock(NOW), boot="died", anchors=AnchorFile(home.anchors))

        def work(tx: Transaction) -> None:
            for number in range(20):
                tx.audit(actor="engine", type="test.row", ref="", body={"number": number}, anchor=number == 19)

        for _ in range(3):
            store.write_sync(work)
        died = home_at(self._folder / "died")
        shutil.copytree(home.root, died.root)
        store.close()
        return died


def flip(path: Path, at: int) -> None:
    """One byte of the file is another."""
    path.write_bytes(_other_byte(path.read_bytes(), at, FLIP))


def cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def _emptied(home: Home) -> None:
    cut(home.db, 0)


WHOLE_FILE: dict[str, Damage] = {
    "cut to nothing": _emptied,
    "cut to 50 bytes": lambda home: cut(home.db, 50),
    "cut to one page": lambda home: cut(home.db, 4096),
    "cut in the midst of a page": lambda home: cut(home.db, 100_000),
    "its last page gone": lambda home: cut(home.db, home.db.stat().st_size - 4096),
    "a page of zeros": lambda home: overwrite(home.db, 5 * 4096, bytes(4096)),
    "a page of another file": lambda home: overwrite(home.db, 7 * 4096, random.Random(1).randbytes(4096)),
    "no header": lambda home: overwrite(home.db, 0, bytes(100)),
    "the mark of another program": lambda home: overwrite(home.db, 68, b"\x00\x00\x00\x07"),
    "the schema of a newer program": lambda home: overwrite(home.db, 60, b"\x00\x00\x00\x63"),
    "a text in its place": lambda home: home.db.write_text("this is no store\n" * 400),
    "gone, its anchors still there": lambda home: home.db.unlink(),
}

LOG: dict[str, tuple[Damage, str]] = {
    "gone": (lambda home: log_of(home).unlink(), HELD),
    "cut to half": (lambda home: cut(log_of(home), log_of(home).stat().st_size // 2), HELD),
    "of zeros": (lambda home: overwrite(log_of(home), 0, bytes(log_of(home).stat().st_size)), HELD),
    "there and the store gone": (lambda home: home.db.unlink(), REFUSED),
    "sound, its index of garbage": (lambda home: home.db.with_name(home.db.name + "-shm").write_bytes(random.Random(2).randbytes(32_768)), EQUAL),
    "sound, its index gone": (lambda home: home.db.with_name(home.db.name + "-shm").unlink(), EQUAL),
}
"""What happens to the log of an engine that died, and what the start has to make of it."""


def log_of(home: Home) -> Path:
    return home.db.with_name(home.db.name + "-wal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a store: what the whole file holds, what it held earlier, and a place chosen by chance besides."""

    whole: bytes
    earlier: bytes
    at: int
    chance: random.Random

    def with_page(self, page: bytes, at: int) -> bytes:
        start = at // PAGE_BYTES * PAGE_BYTES
        return self.whole[:start] + page.ljust(PAGE_BYTES, b"\0") + self.whole[start + PAGE_BYTES :]

    def page(self, at: int) -> bytes:
        return self.whole[at // PAGE_BYTES * PAGE_BYTES :][:PAGE_BYTES]


def _other_byte(whole: bytes, at: int, flipped: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ flipped]) + whole[at + 1 :]


def _sector_of_zeros(spot: Spot) -> bytes:
    start = spot.at // SECTOR_BYTES * SECTOR_BYTES
    return spot.whole[:start] + bytes(SECTOR_BYTES) + spot.whole[start + SECTOR_BYTES :]


def _swapped(spot: Spot) -> bytes:
    other = spot.chance.randrange(len(spot.whole))
    return replace(spot, whole=spot.with_page(spot.page(other), spot.at)).with_page(spot.page(spot.at), other)


SPOTS: dict[str, Callable[[Spot], bytes]] = {
    "one bit": lambda spot: _other_byte(spot.whole, spot.at, 1 << spot.chance.randrange(8)),
    "one byte": lambda spot: _other_byte(spot.whole, spot.at, FLIP),
    "a sector of zeros": _sector_of_zeros,
    "a page of zeros": lambda spot: spot.with_page(b"", spot.at),
    "two pages swapped": _swapped,
    "a page as it was before": lambda spot: spot.with_page(spot.earlier[spot.at // PAGE_BYTES * PAGE_BYTES :][:PAGE_BYTES], spot.at),
}
"""What may become of one place of the file; they take turns from offset to offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Single places of the store by what became of them, the store as a whole, single bytes of the log and the log as a whole."""

    spots: dict[str, tuple[Tally, Tally]]
    wholes: Tally
    naive_wholes: Tally
    log_bytes: Tally
    logs: Tally
    logs_as_expected: int


def corrupt_pages(folder: Path, *, offsets: int = OFFSETS, log_offsets: int = LOG_OFFSETS) -> Outcome:
    """Every damage was tried on a copy of its own; `folder` must be empty."""
    bench = Bench(folder)
    wholes, naive_wholes = Tally(), Tally()
    for name, damage in WHOLE_FILE.items():
        for tally, look in ((wholes, see), (naive_wholes, lambda home, rows: see_naive(home.db, rows))):
            home = bench.copy()
            damage(home)
            tally.add(name, look(home, bench.rows))
    died = bench.crashed()
    logs, expected, rows = Tally(), 0, rows_of(bench.copy(died).db)
    for name, (damage, how) in LOG.items():
        home = bench.copy(died)
        damage(home)
        seen = see(home, rows)
        logs.add(name, seen)
        expected += seen.how == how
    return Outcome(
        spots=_damage_each(bench, offsets),
        wholes=wholes,
        naive_wholes=naive_wholes,
        log_bytes=_flip_log(bench, died, rows, log_offsets),
        logs=logs,
        logs_as_expected=expected,
    )


def _damage_each(bench: Bench, offsets: int) -> dict[str, tuple[Tally, Tally]]:
    """One place in each of as many equal parts of the file, so that no part of it is left out; ours and the naive verdict by damage."""
    tallies, chance = {name: (Tally(), Tally()) for name in SPOTS}, random.Random(11)
    whole = bench.base.db.read_bytes()
    for number in range(offsets):
        at = (bench.size * number + chance.randrange(bench.size)) // offsets
        name = [*SPOTS][number % len(SPOTS)]
        damaged = SPOTS[name](Spot(whole=whole, earlier=bench.earlier, at=at, chance=chance))
        home = bench.copy()
        naive_db = home.root / "naive.db"
        naive_db.write_bytes(damaged)
        home.db.write_bytes(damaged)
        ours, naive = tallies[name]
        naive.add(f"{name} at {at}", see_naive(naive_db, bench.rows))
        ours.add(f"{name} at {at}", see(home, bench.rows))
    return tallies


def _flip_log(bench: Bench, died: Home, rows: Rows, offsets: int) -> Tally:
    """One byte of the log each time. What SQLite then leaves out of it an anchor has seen."""
    tally, chance = Tally(), random.Random(12)
    size = log_of(died).stat().st_size
    for number in range(offsets):
        home = bench.copy(died)
        flip(log_of(home), (size * number + chance.randrange(size)) // offsets)
        tally.add(f"byte {number} of the log", see(home, rows))
    return tally


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    with memory_folder() as folder:
        sizes = (OFFSETS_HEAVY, LOG_OFFSETS_HEAVY) if heavy else (OFFSETS, LOG_OFFSETS)
        outcome = corrupt_pages(folder, offsets=sizes[0], log_offsets=sizes[1])

    def row(measure: str, ours: Tally, naive: Tally | None = None, *, is_passed: bool | None = None) -> Row:
        bad = ours.of(*BAD)
        return Row(
            pack=PACK,
            measure=f"{measure}, {ours.tried}",
            ours=ours.figures(),
            naive="" if naive is None else naive.figures(),
            pass_mark="0 unnoticed",
            is_passed=bad == 0 if is_passed is None else bad == 0 and is_passed,
        )

    return (
        *(row(name, ours, naive) for name, (ours, naive) in outcome.spots.items()),
        row("the whole file", outcome.wholes, outcome.naive_wholes),
        row("one byte of the log", outcome.log_bytes),
        row("the whole log", outcome.logs, is_passed=outcome.logs_as_expected == outcome.logs.tried),
    )


if __name__ == "__main__":
    sys.exit(tell(run))
