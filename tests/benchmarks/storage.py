"""The audit chain: durable rows a second, verified rows a second."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.clock import SystemClock
from engine.state.audit import row_hash
from engine.state.repository import Store, verify_file
from tests.benchmarks.figures import Figure

Work = Callable[[int], object]


def measure(*, appends: int, rows: int) -> tuple[Figure, ...]:
    """Single durable appends beside bare SQLite commits of the same file system, a walk beside hashing alone."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-", dir=Path.cwd()) as folder:
        store = Store.open(Path(folder) / "store.db", origin="demo", clock=SystemClock(), boot="bench")
        try:
            bare = _commit_to(Path(folder) / "bare.db")

            def append(number: int) -> object:
                return store.write_sync(lambda tx: tx.audit(actor="bench", type="bench.row", ref=f"row:{number}", body={"n": number}))

            appended, committed = _rates(appends, append, bare)
            store.write_sync(lambda tx: [tx.audit(actor="bench", type="bench.row", ref=f"row:{number}", body={"n": number}) for number in range(rows)])
            began_s = time.perf_counter()
            walked = verify_file(Path(folder) / "store.db")
            verified = walked.rows / (time.perf_counter() - began_s)
        finally:
            store.close()
    fields = (1, "2026-01-01T00:00:00.000000+00:00", "bench", "1.0", "bench", "bench.row", "row:1", '{"n":1}')
    hashed = _rate(rows, lambda _: row_hash(fields, prev_hash="0" * 64))
    return (
        Figure(
            name="audit rows appended durably, one transaction each", value=appended, unit="rows/s", peer="bare sqlite3 insert and commit", peer_value=committed
        ),
        Figure(name="audit rows verified", value=verified, unit="rows/s", peer="the hash of a row alone", peer_value=hashed),
    )


def _commit_to(path: Path) -> Work:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE audit (seq INTEGER PRIMARY KEY, body TEXT)")

    def insert(number: int) -> object:
        return connection.execute("INSERT INTO audit (body) VALUES (?)", (f'{{"n":{number}}}' * 20,))

    return insert


def _rates(times: int, one: Work, other: Work) -> tuple[float, float]:
    """How often a second each of the two can be done; they take turns, so that a busy disk is busy for both."""
    taken_s = [0.0, 0.0]
    for number in range(times):
        for place, work in enumerate((one, other)):
            began_s = time.perf_counter()
            work(number)
            taken_s[place] += time.perf_counter() - began_s
    return times / taken_s[0], times / taken_s[1]


def _rate(times: int, work: Work) -> float:
    began_s = time.perf_counter()
    for number in range(times):
        work(number)
    return times / (time.perf_counter() - began_s)
