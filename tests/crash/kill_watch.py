"""Tells when a home's kill file and kill row come and go: `python -m tests.crash.kill_watch HOME`, a JSON line per change.

A process of its own, so that neither the program under load nor the platform it talks to decides when somebody looks. Killed when done.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import apsw

LOOK_EVERY_S = 0.001
ROW = "SELECT is_armed FROM kill_switch"


def main() -> None:
    """What is there is told, then every change."""
    home = Path(sys.argv[1])
    store = _opened(home / "cerbero.db")
    known: dict[str, bool] = {}
    while True:
        seen = {"file": (home / "KILL").exists()}
        if store is not None:
            with suppress(apsw.BusyError):
                seen["row"] = any(armed for (armed,) in store.execute(ROW))
        at_s = time.monotonic()
        for what, is_there in seen.items():
            if known.get(what) is not is_there:
                known[what] = is_there
                print(json.dumps({"what": what, "is_there": is_there, "at_s": at_s}), flush=True)
        time.sleep(LOOK_EVERY_S)


def _opened(db: Path) -> apsw.Connection | None:
    """The home's store for reading; None where the bot keeps no kill row of ours."""
    return apsw.Connection(f"file:{db}?mode=ro", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI) if db.exists() else None


if __name__ == "__main__":
    main()
