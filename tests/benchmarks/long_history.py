"""What a long history costs: status, start-up, one more row, one look back, each beside the same on a young store or a naive way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import apsw

from engine.clock import SystemClock
from engine.home import Home, home_at
from engine.offline import read_status
from engine.safety.kill_switch import ARMED, KillSwitch
from engine.safety.start_up import start_up
from engine.state.anchors import EVERY_ROWS, REMEMBERED_KEY, remembered
from engine.state.audit import COLUMNS, EMPTY_HEAD, RawRow, row_hash
from engine.state.models import utc_text
from engine.state.records import Head
from engine.state.repository import AnchorFile, Store, verify_home
from tests.benchmarks.figures import Figure, median_ms

YOUNG_ROWS = 100
TYPES = ("entry.decided", "card.sent", "card.rejected", "monitor.done", "trade.marked")
BODY = '{"checks":["E01","E02","E03","E04"],"number":"%d","outcome":"refused","reason":"no figure is as good as it has to be"}'


def measure(*, rows: int, times: int) -> tuple[Figure, ...]:
    """Every figure of a home with `rows` audit rows; what can be compared takes turns with a home of a hundred."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-", dir=Path.cwd()) as folder:
        young, old = home_at(Path(folder) / "young"), home_at(Path(folder) / "old")
        for home, count in ((young, YOUNG_ROWS), (old, rows)):
            grow(home, count)
        told = f"{rows:,} audit rows"
        return (
            *_status(young, old, told, times=times),
            *_look_back(old, told, times=times),
            *_start(old, told),
            *_verify(old, told),
            *_appends(young, old, told, times=times * 20),
        )


def grow(home: Home, rows: int) -> None:
    """A home of `rows` audit rows, anchored as the engine does."""
    home.root.mkdir(parents=True)
    Store.open(home.db, origin="demo", clock=SystemClock(), boot="bench").close()
    connection, heads = apsw.Connection(str(home.db)), []
    with connection:
        insert = f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 -- the names are constants
        connection.executemany(insert, _chain(rows, heads))
    connection.close()
    lines = (json.dumps({"seq": head.seq, "hash": head.hash, "at": "", "why": "due"}, separators=(",", ":")) for head in heads)
    store = Store.open(home.db, origin="demo", clock=SystemClock(), boot="bench")
    store.write_sync(lambda tx: tx.set_meta(REMEMBERED_KEY, remembered(heads[-1])))
    store.close()
    home.anchors.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _chain(rows: int, heads: list[Head]) -> Iterator[RawRow]:
    at, previous = utc_text(SystemClock().now()), EMPTY_HEAD.hash
    for seq in range(1, rows + 1):
        columns = (seq, at, "bench", "1.000", "engine", TYPES[seq % len(TYPES)], f"proposal:{seq}", BODY % seq)
        digest = row_hash(columns, prev_hash=previous)
        if seq % EVERY_ROWS == 0 or seq == rows:
            heads.append(Head(seq=seq, hash=digest))
        yield (*columns, previous, digest)
        previous = digest


def _status(young: Home, old: Home, told: str, *, times: int) -> tuple[Figure, ...]:
    slow_ms = median_ms(lambda: read_status(old.root), times=times)
    quick_ms = median_ms(lambda: read_status(young.root), times=times)
    counted_ms = median_ms(lambda: _count(old.db), times=times)
    name = f"status read, {told}, median"
    return (
        Figure(name=name, value=slow_ms, unit="ms", peer=f"the same, {YOUNG_ROWS} rows", peer_value=quick_ms, budget="flat"),
        Figure(name=name, value=slow_ms, unit="ms", peer="naive: count(*) of the rows alone", peer_value=counted_ms),
    )


def _count(db: Path) -> int:
    with closing(sqlite3.connect(db)) as connection:
        return int(connection.execute("SELECT count(*) FROM audit WHERE body_json IS NOT NULL").fetchone()[0])


def _look_back(old: Home, told: str, *, times: int) -> tuple[Figure, ...]:
    """The row that armed the switch, which `/status` and `/disarm` ask for: here there is none, the worst case."""
    store = Store.open_readonly(old.db)
    try:
        ours_ms = median_ms(lambda: store.read_sync(lambda tx: tx.audit_tail(1, ARMED)), times=times)
        statement = "SELECT seq FROM audit WHERE type LIKE 'kill.armed%' ORDER BY seq DESC LIMIT 1"
        naive_ms = median_ms(lambda: store.read_sync(lambda tx: tx._sql(statement)), times=times)
    finally:
        store.close()
    return (Figure(name=f"last row of a type, {told}", value=ours_ms, unit="ms", peer="naive: the newest row LIKE it", peer_value=naive_ms),)


def _start(old: Home, told: str) -> tuple[Figure, ...]:
    """From opening the store to the last check, beside the same with every page, reference and row looked at before anything goes."""

    async def agrees() -> Sequence[str]:
        return ()

    def bounded() -> None:
        store = Store.open(old.db, origin="demo", clock=SystemClock(), boot="bench", anchors=AnchorFile(old.anchors))
        switch, clock = KillSwitch(old.root), SystemClock()
        asyncio.run(start_up(store=store, kill_switch=switch, clock=clock, anchors_path=old.anchors, reconcile=agrees))
        store.close()

    def whole() -> None:
        store = Store.open(old.db, origin="demo", clock=SystemClock(), boot="bench", anchors=AnchorFile(old.anchors))
        asyncio.run(store.check_integrity())
        verify_home(old.db, old.anchors)
        store.close()

    ours_ms, whole_ms = _taken_ms(bounded), _taken_ms(whole)
    return (Figure(name=f"start-up checks, {told}", value=ours_ms, unit="ms", peer="everything looked at first", peer_value=whole_ms, budget="<= 5,000 ms"),)


def _verify(old: Home, told: str) -> tuple[Figure, ...]:
    began_s = time.perf_counter()
    walked = verify_home(old.db, old.anchors)
    rate = walked.rows / (time.perf_counter() - began_s)
    fields = (1, utc_text(SystemClock().now()), "bench", "1.000", "engine", TYPES[0], "proposal:1", BODY % 1)
    began_s = time.perf_counter()
    for _ in range(walked.rows):
        row_hash(fields, prev_hash=EMPTY_HEAD.hash)
    alone = walked.rows / (time.perf_counter() - began_s)
    peer = "the hash of a row alone"
    return (Figure(name=f"verified against anchors, {told}", value=rate, unit="rows/s", peer=peer, peer_value=alone, budget=">= 250,000 rows/s"),)


def _appends(young: Home, old: Home, told: str, *, times: int) -> tuple[Figure, ...]:
    stores = [Store.open(home.db, origin="demo", clock=SystemClock(), boot="bench", anchors=AnchorFile(home.anchors)) for home in (young, old)]
    taken_s = [0.0, 0.0]
    try:
        for number in range(times):
            for place, store in enumerate(stores):
                taken_s[place] += _taken_ms(lambda store=store, number=number: _append(store, number)) / 1000  # type: ignore[misc]
    finally:
        for store in stores:
            store.close()
    quick, slow = (times / seconds for seconds in taken_s)
    name, peer = f"durable appends with anchors, {told}", f"the same, {YOUNG_ROWS} rows"
    return (Figure(name=name, value=slow, unit="rows/s", peer=peer, peer_value=quick, budget=">= 1,000 rows/s"),)


def _append(store: Store, number: int) -> None:
    store.write_sync(lambda tx: tx.audit(actor="bench", type="bench.row", ref=f"row:{number}", body={"n": number}))


def _taken_ms(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return (time.perf_counter() - began_s) * 1000
