"""A writer in its own process, to be killed: each line it prints is a write it was told is safe."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from engine.clock import SystemClock
from engine.state.repository import AnchorFile, Store, Transaction


def write_for_ever(store: Store) -> None:
    for number in range(1_000_000):

        def work(tx: Transaction, number: int = number) -> int:
            tx.set_meta("counter", str(number))
            tx.audit(actor="child", type="test.counted", ref="", body={"number": number})
            return number

        print(store.write_sync(work), flush=True)


def die_half_way(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.set_meta("half", "written")
        tx.audit(actor="child", type="test.half", ref="", body={})
        os.kill(os.getpid(), signal.SIGKILL)

    store.write_sync(work)


def write_three(store: Store) -> None:
    for number in range(3):

        def work(tx: Transaction, number: int = number) -> int:
            tx.set_meta("counter", str(number))
            tx.audit(actor="child", type="test.counted", ref="", body={"number": number}, anchor=True)
            return number

        print(store.write_sync(work), flush=True)


def ask_actions(store: Store) -> None:
    for number in range(150):
        store.write_sync(lambda tx, n=number: tx.add_manual_action(action="scan", args={"n": str(n)}, source="cli", now=datetime.now(UTC)))


def main() -> None:
    what, home = sys.argv[1], Path(sys.argv[2])
    store = Store.open(home / "cerbero.db", origin="demo", clock=SystemClock(), boot="child", anchors=AnchorFile(home / "anchors.jsonl"))
    print("ready", flush=True)
    {"write": write_for_ever, "half": die_half_way, "three": write_three, "ask": ask_actions}[what](store)
    store.close()


if __name__ == "__main__":
    main()
