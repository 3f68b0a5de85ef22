"""What the engine does to the files beside its store, each in a home of its own: `python -m tests.crash.other_files_child FOLDER`.

A line on stdout says what was promised, at the moment it was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from engine.clock import ManualClock
from engine.home import Home, home_at
from engine.safety.backup import create_backup, list_backups, verify_backup
from engine.safety.heartbeat import Heartbeat, write_heartbeat
from engine.safety.kill_switch import KillSwitch
from engine.safety.restore import restore_backup
from engine.state.records import Head
from engine.state.repository import AnchorFile, Store, Transaction
from tests.engine.core.builders import NOW

CLOCK = ManualClock(NOW)
BEGINS = "begins "


def say(words: str) -> None:
    print(words, flush=True)


def open_store(home: Home) -> Store:
    return Store.open(home.db, origin="demo", clock=CLOCK, boot="child", anchors=AnchorFile(home.anchors))


def add_rows(store: Store, count: int, *, why: bool) -> int:
    def work(tx: Transaction) -> None:
        for number in range(count):
            tx.set_meta("figure", str(number))
            tx.audit(actor="engine", type="test.row", ref="", body={"words": "w" * 300}, anchor=why)

    store.write_sync(work)
    return store.last_head().seq


def make_store(home: Home) -> None:
    store = open_store(home)
    say("made")
    store.close()


def latch(home: Home) -> None:
    switch = KillSwitch(home.root)
    say("ready")
    switch.latch("smoke in the engine room", "user:7", NOW)
    say("armed")


def latch_and_lift(home: Home) -> None:
    store, switch = open_store(home), KillSwitch(home.root)
    say("ready")
    switch.latch("smoke in the engine room", "user:7", NOW)
    say("armed")
    store.write_sync(lambda tx: switch.adopt(tx, now=NOW))
    phrase = store.read_sync(switch.disarm_phrase)
    say("lifting")
    switch.disarm_sync(store, phrase="" if phrase is None else phrase, source="user:7", reason="out", now=NOW)
    say("lifted")
    switch.latch("smoke again", "user:7", NOW)
    say("armed again")
    store.close()


def anchor(home: Home) -> None:
    store = open_store(home)
    for number in range(8):
        say(f"anchored {add_rows(store, 1 + number, why=True)}")
    store.close()


def beat(home: Home) -> None:
    for number in range(3):
        head = Head(seq=100 + number, hash="7f" * 32)
        write_heartbeat(home.heartbeat, Heartbeat(wall_at=NOW, stage="paper", origin="demo", head=head, interval_s=20))
        say(f"beat {head.seq}")


def back_up(home: Home) -> None:
    store = open_store(home)
    add_rows(store, 20, why=True)
    for number in range(2):
        say(f"backed up {create_backup(home, now=NOW + timedelta(days=number)).name}")
        add_rows(store, 5, why=True)
    verify_backup(home, list_backups(home)[-1], now=NOW)
    say("looked at")
    store.close()


def restore(home: Home) -> None:
    for number in (1, 2):
        restored = restore_backup(home, list_backups(home)[-1].path, anchors_path=home.anchors, clock=CLOCK)
        say(f"restored {restored.epoch} {number}")


def latch_plainly(home: Home) -> None:
    home.kill.write_text("smoke in the engine room")
    say("armed")


def anchor_plainly(home: Home) -> None:
    for number in range(8):
        with home.anchors.open("a") as file:
            file.write(json.dumps({"seq": number + 1, "hash": "7f" * 32, "at": NOW.isoformat(), "why": "due"}) + "\n")
        say(f"anchored {number + 1}")


def beat_plainly(home: Home) -> None:
    for number in range(3):
        home.heartbeat.write_text(f"alive {number}\n" * 400)
        say(f"beat {number}")


def back_up_plainly(home: Home) -> None:
    home.backups.mkdir()
    for number in range(2):
        (home.backups / "newest.db").write_bytes(home.db.read_bytes())
        say(f"backed up {number}")


DEEDS: dict[str, Callable[[Home], None]] = {
    "store": make_store,
    "kill": latch,
    "lift": latch_and_lift,
    "anchors": anchor,
    "heartbeat": beat,
    "backups": back_up,
    "restore": restore,
}
PLAIN_DEEDS: dict[str, Callable[[Home], None]] = {
    "kill": latch_plainly,
    "anchors": anchor_plainly,
    "heartbeat": beat_plainly,
    "backups": back_up_plainly,
}
PLAIN = "plain "


def prepare(folder: Path) -> None:
    """A home for each deed lies there, with what it needs: a killed store and two backups for the restore, a store for the plain copy."""
    for name in (*DEEDS, *(PLAIN + name for name in PLAIN_DEEDS)):
        home = home_at(folder / name)
        home.root.mkdir(parents=True)
        if name == "restore":
            store = open_store(home)
            for number in range(2):
                add_rows(store, 5, why=True)
                create_backup(home, now=NOW + timedelta(days=number))
            store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=NOW))
            store.close()
        elif name == f"{PLAIN}backups":
            store = open_store(home)
            add_rows(store, 40, why=True)
            store.close()


def main(folder: Path) -> None:
    for before, deeds in (("", DEEDS), (PLAIN, PLAIN_DEEDS)):
        for name, deed in deeds.items():
            say(f"{BEGINS}{before}{name}")
            deed(home_at(folder / (before + name)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
