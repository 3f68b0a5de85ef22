"""What an error under the store means: a disk or a file nobody may trust any more, or only one that cannot be used just now.

Rules of this file: after a failed sync the disk may hold less than it shows, and trying again proves nothing; so one is enough.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable
from contextlib import suppress

import apsw

from engine.errors import StateError, StoreBroken

RESTORE_HINT = "Nothing was changed. `cerbero-bite backup restore` puts the newest backup back; or use another --home."
DISK_HINT = "Nothing acknowledged is given up: the next start looks at the whole store. Look after the disk first."
DAMAGED = (apsw.CorruptError, apsw.NotADBError)
ADVICE: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.FullError, "Nothing is lost; make room on the disk."),
    (apsw.ReadOnlyError, "Nothing is lost; make the file and its folder writable again."),
    (apsw.CantOpenError, "Nothing is lost; look at the rights of the folder and the number of open files."),
    (apsw.BusyError, "Nothing is lost; another program keeps the store locked."),
)


def failure(told: str, error: Exception) -> StateError:
    """What to raise for `error`; `told` begins its sentence. A StoreBroken says that the store must not be used any more."""
    cause = _cause(error)
    if isinstance(cause, DAMAGED):
        return StoreBroken(f"{told}: the file is damaged ({_words(cause)}). {RESTORE_HINT}")
    if _is_disk_failing(cause):
        return StoreBroken(f"{told}: {_words(cause)}. {DISK_HINT}")
    advice = next((f". {text}" for kind, text in ADVICE if isinstance(cause, kind)), "")
    return StateError(f"{told}: {_words(cause)}{advice}")


class Trust:
    """Whether the disk under one store may still be trusted. Once it may not, `lost` says why, for the rest of this run."""

    def __init__(self) -> None:
        self.lost = ""
        self._hearers: list[Callable[[str], None]] = []
        self._mutex = threading.Lock()

    def hear(self, hearer: Callable[[str], None]) -> None:
        """`hearer` is called once, on whatever thread finds out and before anybody else learns of it; at once where it is too late."""
        with self._mutex:
            self._hearers.append(hearer)
            is_late = bool(self.lost)
        if is_late:
            hearer(self.lost)

    def lose(self, broken: StoreBroken) -> StoreBroken:
        """Everybody who listens has heard; returns what to raise."""
        with self._mutex:
            hearers = [] if self.lost else list(self._hearers)
            self.lost = self.lost if self.lost else str(broken)
        for hearer in hearers:
            hearer(self.lost)
        return broken

    def require(self) -> None:
        """Nothing happens while the disk is trusted. Raises StoreBroken from then on."""
        if self.lost:
            raise StoreBroken(self.lost)

    async def until_lost(self) -> None:
        """Does not return. Raises StoreBroken once the disk is not trusted any more: the end of the program."""
        loop, lost = asyncio.get_running_loop(), asyncio.Event()

        def wake(_problem: str) -> None:
            with suppress(RuntimeError):  # a loop that is closed waits for nothing
                loop.call_soon_threadsafe(lost.set)

        self.hear(wake)
        await lost.wait()
        self.require()


def _cause(error: BaseException) -> BaseException:
    """The library's or the system's own error behind `error`, which peewee wraps."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, apsw.Error | OSError):
            return seen
        seen = seen.__cause__ if seen.__cause__ is not None else seen.__context__
    return error


def _is_disk_failing(cause: BaseException) -> bool:
    if isinstance(cause, OSError):
        return cause.errno == errno.EIO
    # No room for the index of the log is a full disk, though SQLite counts it among the failures of one.
    return isinstance(cause, apsw.IOError) and getattr(cause, "extendedresult", None) != apsw.SQLITE_IOERR_SHMSIZE


def _words(cause: BaseException) -> str:
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
