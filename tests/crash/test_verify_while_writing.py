"""Verifying and exporting beside a writing engine never looks like tampering."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import offline
from engine.clock import SystemClock
from engine.home import Home, home_at
from engine.safety.evidence import judge_copy, judge_home
from engine.state.repository import AnchorFile, Store, Transaction
from tests import verify_audit as second

ROUNDS, ROUNDS_HEAVY = 100, 1000


@contextmanager
def writing(home: Home) -> Iterator[Store]:
    """An engine that writes and anchors as fast as it can until it is left."""
    store = Store.open(home.db, origin="demo", clock=SystemClock(), boot="b", anchors=AnchorFile(home.anchors))
    is_over = threading.Event()

    def work(tx: Transaction) -> None:
        for _ in range(3):
            tx.audit(actor="engine", type="test.row", ref="", body={"n": 1})
        tx.audit(actor="engine", type="kill.test", ref="", body={})

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


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(ROUNDS_HEAVY, marks=pytest.mark.slow)])
def test_no_round_raises_a_false_alarm(tmp_path: Path, rounds: int) -> None:
    home, out, copy = home_at(tmp_path), tmp_path / "rows.jsonl", tmp_path / "copy.jsonl"
    alarms, before = [], 0
    with writing(home) as store:
        first = store.last_head().seq
        for number in range(rounds):
            verdict = judge_home(home, anchors=None)
            if number % 10 == 0:
                # In this order: an anchor newer than the export would rightly look like missing rows.
                copy.write_bytes(home.anchors.read_bytes())
                offline.export_audit(tmp_path, out=out)
                exported = judge_copy(out, anchors=copy)
                alarms += [] if exported.ok else [exported.sentence()]
                alarms += [] if second.verify(second.rows_of(out), second.anchors_of(copy))[0] is None else ["the second verifier"]
            alarms += [] if verdict.ok and verdict.result.rows >= before else [verdict.sentence()]
            before = verdict.result.rows
        last = store.last_head().seq

    assert alarms == []
    assert last > first, "the writer wrote meanwhile"
    assert judge_home(home, anchors=copy).ok
