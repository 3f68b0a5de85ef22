"""`cerbero-bite` from a parent that has imported it already: `python -m tests.crash.warm_program`, orders on stdin, news on stdout.

One JSON order per line, {"module": name, "args": [...], "env": {...}, "output": path, "syncs": path}, becomes one child that runs the real command
line (or the naive bot it is compared with) from its first line on; the news are {"started": pid} and {"ended": pid, "code": n}, n below
0 for a signal. What a child does not do here is to import modules, load fonts and read the catalogues of texts, which touches neither
the store nor a socket. With "syncs" a child notes there when each of its calls of `os.fsync` has returned, and of which file. At the end
of stdin every child is killed.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import httpcore

import bot.run.demo
import bot.run.live
from bot.charts import warm_up
from bot.cli import main as command_line
from bot.switchboard import telegram_menu
from tests.crash.naive_bot import main as naive_bot

APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND
DESCRIPTORS = Path("/proc/self/fd")
CHILDREN: set[int] = set()


WARMED = (bot.run.demo, bot.run.live, httpcore)
MAINS = {"bot.cli": command_line, "tests.crash.naive_bot": naive_bot}


def main() -> None:
    """Children were started as ordered until stdin ended."""
    warm_up()
    telegram_menu()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    _say({"ready": os.getpid()})
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
        CHILDREN.add(child)
        _say({"started": child})
        _reap(signal.SIGCHLD, None)
    for child in CHILDREN:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _become(order: dict[str, Any]) -> None:
    """This process is the program from here on; it does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(order["env"])
    written = os.open(order["output"], APPENDED, 0o600)
    for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), written, written)):
        os.dup2(descriptor, number)
    if order["syncs"]:
        _note_syncs(order["syncs"])
    sys.argv = ["cerbero-bite", *order["args"]]
    code = 1
    try:
        MAINS[order["module"]]()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    os._exit(code)


def _note_syncs(path: str) -> None:
    """`os.fsync` does what it did, and a line then says when and what was synced."""
    notes, sync = os.open(path, APPENDED, 0o600), os.fsync

    def noted(descriptor: int) -> None:
        sync(descriptor)
        at_s = time.monotonic()
        os.write(notes, f"{at_s!r} {Path(f'/proc/self/fd/{descriptor}').readlink()}\n".encode())

    os.fsync = noted  # type: ignore[assignment]


def _reap(_: int, __: FrameType | None) -> None:
    # A child that ended before its number was noted is reaped by the call that follows the note.
    for child in tuple(CHILDREN):
        with contextlib.suppress(ChildProcessError):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                CHILDREN.discard(child)
                _say({"ended": child, "code": os.waitstatus_to_exitcode(status)})


def _say(news: dict[str, int]) -> None:
    os.write(1, json.dumps(news).encode() + b"\n")


if __name__ == "__main__":
    main()
