"""The power fails while the engine trades: every promise it was given is kept, no transaction is there by half.

`python -m tests.crash.power_loss [--heavy]` lets the real engine live through two days on a disk that records, builds the states a
power cut could have left (unsynced writes lost, torn, in another order, in any selection) and opens each as the engine opens its
store. Beside it the same statements through SQLite's defaults and through a WAL that is not synced.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import apsw

from engine.clock import ManualClock
from engine.errors import StateError
from engine.home import home_at
from engine.state.repository import Store, verify_home
from engine.state.store import check_file
from tests.crash.disk import Choice, Files, Moment, Tape, moments, recording, selections
from tests.crash.memory import memory_folder
from tests.crash.report import Row, tell
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import ANNA, CHEAP, at, house

PACK = "power_loss"
DB = "cerbero.db"
PER_MOMENT, PER_MOMENT_HEAVY = 5, 40
NAIVE_EVERY = 24
SEED = 4
LONG_ROWS = 500
LONG_LOG_BYTES, LONG_LOG_EVERY = 150_000, 32
HUGE_LOG_BYTES, HUGE_LOG_EVERY = 2_000_000, 150
SPLIT = "split: "
IMAGES_MIN = 5_000
WRITING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "INSERT", "UPDATE", "DELETE", "REPLACE")

Statement = tuple[str, Any]

LAWS = {
    "a proposal and its row": ("SELECT count(*) FROM proposals", "SELECT count(*) FROM audit WHERE type IN ('entry.proposed', 'exit.proposed')"),
    "an executed card and its row": ("SELECT count(*) FROM proposals WHERE state = 'executed'", "SELECT count(*) FROM audit WHERE type = 'card.executed'"),
    "an open trade and its row": ("SELECT count(*) FROM trades WHERE opened_at IS NOT NULL", "SELECT count(*) FROM audit WHERE type = 'trade.opened'"),
    "a closed trade and its row": ("SELECT count(*) FROM trades WHERE closed_at IS NOT NULL", "SELECT count(*) FROM audit WHERE type = 'trade.closed'"),
    "the fills and their rows": ("SELECT count(*) FROM fills", "SELECT count(*) FROM audit WHERE type IN ('trade.opened', 'trade.closed')"),
    "the pause and its row": (
        "SELECT count(*) FROM holds WHERE code = 'operator'",
        "SELECT sum(CASE type WHEN 'hold.lifted' THEN -1 ELSE 1 END) FROM audit WHERE ref = 'operator' AND type LIKE 'hold.%'",
    ),
    "the kill switch and its row": (
        "SELECT count(*) FROM kill_switch WHERE is_armed",
        "SELECT sum(type = 'kill.armed') - sum(type = 'kill.disarmed') FROM audit WHERE type LIKE 'kill.%'",
    ),
}
"""What one transaction writes together: two counts that agree in every state that may be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What the engine did: the disk before, the tape, its statements run by run, and the anchor file at the end."""

    before: Files
    tape: Tape
    runs: tuple[tuple[Statement, ...], ...]
    anchors: bytes


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was found in the images of one design; `told` keeps a few of the faults in words."""

    images: int = 0
    lost: int = 0
    split: int = 0
    corrupt: int = 0
    acknowledged: int = 0
    told: list[str] = field(default_factory=list)

    def is_clean(self) -> bool:
        return not (self.lost or self.split or self.corrupt)

    def figures(self) -> str:
        return f"{self.lost} lost, {self.split} split, {self.corrupt} corrupt of {self.images:,}"


@contextmanager
def listening(tape: Tape, runs: list[list[Statement]], path: Path) -> Iterator[None]:
    """What connections to `path` do is noted: each promise on the tape, each writing statement in `runs`, one list a connection."""

    def met(connection: apsw.Connection) -> None:
        if connection.filename != str(path.resolve()) or connection.readonly("main"):
            return
        statements: list[Statement] = []
        runs.append(statements)

        def asked(_cursor: object, sql: str, bindings: Any) -> bool:
            if sql.lstrip().upper().startswith(WRITING):
                statements.append((sql, bindings))
            return True

        connection.exec_trace = asked
        connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda event: tape.acknowledge() if is_commit(event["sql"]) else None)

    apsw.connection_hooks.append(met)
    try:
        yield
    finally:
        apsw.connection_hooks.remove(met)


def is_commit(sql: str) -> bool:
    return sql.upper().rstrip("; ") == "COMMIT"


async def trade(home: Path, *, long_rows: int = LONG_ROWS) -> None:
    """Two days of the engine: a trade opened and closed by a person, a pause, a kill and its end, and start-ups between.

    In the last run the log grows until it is emptied on the way, and begins anew.
    """
    market = ScriptedMarket()
    async with house(home, market=market) as engine:
        await engine.run_until(NOW)
        await engine.tap("approve", engine.card())
    async with house(home, market=market, start_at=NOW + timedelta(minutes=5)) as engine:
        market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        waiting = engine.card()
    async with house(home, market=market, start_at=at("03-02 19:01")) as engine:
        await engine.tap("approve", waiting)
    async with house(home, market=market, start_at=at("03-02 20:00")) as engine:
        await engine.door.pause(ANNA, "lunch")
        await engine.door.resume(ANNA)
        await engine.run_until(at("03-03 14:01"))
    async with house(home, market=market, start_at=at("03-03 15:00")) as engine:
        await engine.door.kill(ANNA, "the phone is gone")
        phrase = await engine.desk.store.read(engine.desk.kill_switch.disarm_phrase)
        await engine.door.disarm(ANNA, "" if phrase is None else phrase, "the phone is back")
    async with house(home, market=market, start_at=at("03-03 16:00")) as engine:
        for _ in range(2):
            await engine.desk.store.write(lambda tx: [tx.audit(actor="engine", type="test.row", ref="", body={"words": "w" * 3000}) for _ in range(long_rows)])
        await engine.run_job("reconcile")
        await engine.run_job("heartbeat")


def live(home: Path) -> Lived:
    """The engine lived through its two days in `home`, which must be empty, and all of it is on the tape."""
    store = Store.open(home / DB, origin="demo", clock=ManualClock(NOW), boot="before")
    store.close()
    before = {DB: bytearray((home / DB).read_bytes())}
    anchors = home_at(home).anchors
    tape, runs = Tape(anchors=anchors), []
    with recording(home, DB, tape), listening(tape, runs, home / DB):
        asyncio.run(trade(home))
    return Lived(before=before, tape=tape, runs=tuple(map(tuple, runs)), anchors=anchors.read_bytes())


def repeat(home: Path, lived: Lived, *, journal_mode: str, synchronous: str) -> Lived:
    """The same statements were made again in `home`, which must be empty, with these settings in place of ours."""
    path = home / DB
    path.write_bytes(lived.before[DB])
    converted = apsw.Connection(str(path))
    converted.execute(f"PRAGMA journal_mode = {journal_mode}")
    converted.close()
    before, tape = {DB: bytearray(path.read_bytes())}, Tape()
    with recording(home, DB, tape):
        for statements in lived.runs:
            connection = apsw.Connection(str(path))
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda event: tape.acknowledge() if is_commit(event["sql"]) else None)
            for sql, bindings in statements:
                connection.execute(sql, bindings).fetchall()
            connection.close()
    return Lived(before=before, tape=tape, runs=(), anchors=b"")


class Opener(Protocol):
    """A way to open what a power cut left."""

    path: Path

    def open(self, files: Files, anchor_bytes: int) -> bytes:
        """A digest of the store that was found in the files, which lies closed at `path`. Raises StateError where it is not sound."""
        ...


class OurStart:
    """Opens an image as the engine does: settings, every page and sum, the laws of one transaction, and the whole chain against the anchors."""

    def __init__(self, folder: Path, anchors: bytes) -> None:
        self._home, self._anchors = home_at(folder), anchors
        self.path = self._home.db
        self._verified: dict[tuple[bytes, int], str] = {}
        self._summed: set[bytes] = set()

    def open(self, files: Files, anchor_bytes: int) -> bytes:
        lay_out(self._home.root, files)
        store = Store.open(self.path, origin="demo", clock=ManualClock(NOW), boot="after")
        store.close()
        content = content_of(self.path)
        if content not in self._summed:
            check_file(self.path)
            self._summed.add(content)
        # The same bytes are judged the same, so each state is verified once with each length of the anchor file.
        if (problem := self._verified.get((content, anchor_bytes))) is None:
            problem = self._verified[content, anchor_bytes] = self._problem(anchor_bytes)
        if problem:
            raise StateError(problem)
        return content

    def _problem(self, anchor_bytes: int) -> str:
        self._home.anchors.write_bytes(self._anchors[:anchor_bytes])
        result = verify_home(self.path, self._home.anchors)
        return result.problem if not result.ok else broken_law(self.path)


class PlainStart:
    """Opens an image as a plain program does, and has SQLite look at all of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / DB

    def open(self, files: Files, anchor_bytes: int) -> bytes:
        del anchor_bytes
        lay_out(self.path.parent, files)
        try:
            connection = apsw.Connection(str(self.path))
            try:
                found = connection.pragma("integrity_check")
            finally:
                connection.close()
        except apsw.Error as error:
            raise StateError(f"{error}") from error
        if found != "ok":
            raise StateError(found)
        return content_of(self.path)


def broken_law(path: Path) -> str:
    """Which two things of one transaction do not stand together in the store; empty when all do."""
    connection = apsw.Connection(str(path))
    try:
        for name, (state, rows) in LAWS.items():
            counts = [next(iter(connection.execute(f"SELECT coalesce(({query}), 0)")))[0] for query in (state, rows)]
            if counts[0] != counts[1]:
                return f"{SPLIT}{name}: {counts[0]} and {counts[1]}"
    finally:
        connection.close()
    return ""


def lay_out(folder: Path, files: Files) -> None:
    """The folder holds the store's files as in the image and no others of it."""
    for name in (DB, f"{DB}-wal", f"{DB}-journal", f"{DB}-shm"):
        path = folder / name
        if name not in files:
            path.unlink(missing_ok=True)
            continue
        # Written over in place: a file made anew costs more than the rest of an image.
        with path.open("r+b" if path.exists() else "wb") as file:
            file.write(files[name])
            file.truncate()


def content_of(path: Path) -> bytes:
    """A digest of a closed store, page by page."""
    return blake2b(path.read_bytes(), digest_size=16).digest()


def meaning_of(path: Path) -> bytes:
    """A digest of a closed store, row by row: pages that hold nothing may differ between stores that mean the same."""
    digest = blake2b(digest_size=16)
    connection = apsw.Connection(str(path))
    try:
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):  # noqa: S608
                digest.update(repr((table, row)).encode())
    finally:
        connection.close()
    return digest.digest()


def states_of(lived: Lived, opener: Opener) -> dict[bytes, int]:
    """Each state the program was promised, by content and by meaning, with its number; 0 is the state before."""
    states = {opener.open(lived.before, 0): 0, meaning_of(opener.path): 0}
    known = 0
    for moment in moments(lived.before, lived.tape):
        if moment.acknowledged > known:
            known = moment.acknowledged
            everything = moment.image(tuple(Choice(place) for place in range(len(moment.open_events))))
            states |= {opener.open(everything, moment.anchor_bytes): known, meaning_of(opener.path): known}
    return states


def judge(lived: Lived, opener: Opener, *, per_moment: int, every: int = 1) -> Tally:
    """Images of every moment of the tape were opened and counted by what was wrong with them."""
    tally, chance = Tally(), random.Random(SEED)
    states = states_of(lived, opener)
    tally.acknowledged = max(states.values())
    seen: set[tuple[int, int, tuple[Choice, ...]]] = set()
    for number, moment in enumerate(moments(lived.before, lived.tape)):
        if number % (every * _rarity(moment)):
            continue
        for choices in islice(selections(moment, chance), per_moment):
            key = (moment.version, moment.acknowledged, choices)
            if key not in seen:
                seen.add(key)
                _count(tally, moment, choices, states, opener)
    return tally


def _rarity(moment: Moment) -> int:
    """A long log costs the most to open and says little that a short one does not: it is looked at now and then."""
    size = len(moment.certain.get(f"{DB}-wal", b""))
    return HUGE_LOG_EVERY if size > HUGE_LOG_BYTES else LONG_LOG_EVERY if size > LONG_LOG_BYTES else 1


def _count(tally: Tally, moment: Moment, choices: tuple[Choice, ...], states: dict[bytes, int], opener: Opener) -> None:
    tally.images += 1
    try:
        state = states.get(opener.open(moment.image(choices), moment.anchor_bytes))
    except StateError as error:
        is_split = str(error).startswith(SPLIT)
        tally.split, tally.corrupt = tally.split + is_split, tally.corrupt + (not is_split)
        tally.told.append(f"image {tally.images}: {error}")
        return
    state = states.get(meaning_of(opener.path)) if state is None else state
    if state is None:
        tally.split += 1
        tally.told.append(f"image {tally.images}: a state that never was")
    elif state < moment.acknowledged:
        tally.lost += 1
        tally.told.append(f"image {tally.images}: {moment.acknowledged - state} of {moment.acknowledged} promises broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Our store beside the naive ones."""

    ours: Tally
    defaults: Tally
    relaxed: Tally


def power_loss(folder: Path, *, per_moment: int = PER_MOMENT) -> Outcome:
    """The engine's two days, and the same statements with SQLite's defaults and with a log that is not synced; `folder` must be empty."""
    for name in ("live", "ours", "defaults", "relaxed"):
        (folder / name / "image").mkdir(parents=True)
    lived = live(folder / "live")
    defaults = repeat(folder / "defaults", lived, journal_mode="delete", synchronous="full")
    relaxed = repeat(folder / "relaxed", lived, journal_mode="wal", synchronous="normal")
    return Outcome(
        ours=judge(lived, OurStart(folder / "ours", lived.anchors), per_moment=per_moment),
        defaults=judge(defaults, PlainStart(folder / "defaults" / "image"), per_moment=2, every=NAIVE_EVERY),
        relaxed=judge(relaxed, PlainStart(folder / "relaxed" / "image"), per_moment=2, every=NAIVE_EVERY),
    )


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    with memory_folder() as folder:
        outcome = power_loss(folder, per_moment=PER_MOMENT_HEAVY if heavy else PER_MOMENT)
    mark, ours = "0 lost, split, corrupt", outcome.ours
    return (
        Row(
            pack=PACK,
            measure="images, beside sqlite3 defaults",
            ours=ours.figures(),
            naive=outcome.defaults.figures(),
            pass_mark=mark,
            is_passed=ours.is_clean(),
        ),
        Row(
            pack=PACK, measure="images, beside WAL with NORMAL", ours=ours.figures(), naive=outcome.relaxed.figures(), pass_mark=mark, is_passed=ours.is_clean()
        ),
        Row(
            pack=PACK,
            measure="different images",
            ours=f"{ours.images:,} of {ours.acknowledged} commits",
            naive="",
            pass_mark=f">= {IMAGES_MIN:,}",
            is_passed=ours.images >= IMAGES_MIN,
        ),
    )


if __name__ == "__main__":
    sys.exit(tell(run))
