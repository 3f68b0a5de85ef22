"""A disk that fails at a chosen request: SQLite's way to a store, with one error, once or for good from then on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import apsw

BASE_VFS = "unix"


class Request(StrEnum):
    """What SQLite asks of a disk."""

    READ = "read"
    WRITE = "write"
    SYNC = "sync"
    CUT = "cut"
    SIZE = "size"


INPUT_OUTPUT: dict[Request, int] = {
    Request.READ: apsw.SQLITE_IOERR_READ,
    Request.WRITE: apsw.SQLITE_IOERR_WRITE,
    Request.SYNC: apsw.SQLITE_IOERR_FSYNC,
    Request.CUT: apsw.SQLITE_IOERR_TRUNCATE,
    Request.SIZE: apsw.SQLITE_IOERR_FSTAT,
}
"""What SQLite's own `unix` layer answers when the system says EIO."""

NO_SPACE: dict[Request, int] = {Request.WRITE: apsw.SQLITE_FULL}
"""The same for ENOSPC."""

WORDS = {apsw.SQLITE_IOERR: "disk I/O error", apsw.SQLITE_FULL: "database or disk is full"}


@dataclass(slots=True, kw_only=True)
class Plan:
    """Which request fails: the `nth` of all that `answers` knows, counted from 1; 0 fails none. `met` counts them, `fired` the failures."""

    answers: dict[Request, int]
    nth: int = 0
    is_lasting: bool = False
    met: int = 0
    fired: int = 0
    first: str = ""

    def ask(self, request: Request, name: str) -> None:
        """The request goes through, or SQLite's error for it is raised."""
        if request not in self.answers:
            return
        self.met += 1
        if self.nth and (self.met == self.nth or (self.is_lasting and self.met > self.nth)):
            self.fired += 1
            self.first = self.first if self.first else f"{request} {name}"
            error = apsw.exception_for(self.answers[request])
            error.args = (WORDS[error.result],)
            raise error


class _File(apsw.VFSFile):
    def __init__(self, path: str | apsw.URIFilename, flags: list[int], plan: Plan, name: str) -> None:
        super().__init__(BASE_VFS, path, flags)
        self._plan, self._name = plan, name

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self._plan.ask(Request.READ, self._name)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._plan.ask(Request.WRITE, self._name)
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        self._plan.ask(Request.SYNC, self._name)
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        self._plan.ask(Request.CUT, self._name)
        super().xTruncate(newsize)

    def xFileSize(self) -> int:  # noqa: N802 - SQLite's name
        self._plan.ask(Request.SIZE, self._name)
        return super().xFileSize()


class FaultyDisk(apsw.VFS):
    """SQLite's way to the files of the store `db_name`, failing as planned; every other file is served as always."""

    def __init__(self, db_name: str, plan: Plan) -> None:
        self._names, self._plan = {db_name, f"{db_name}-wal", f"{db_name}-journal"}, plan
        super().__init__(f"faulty-{id(self)}", BASE_VFS, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if name is None or path is None or Path(path).name not in self._names:
            return apsw.VFSFile(BASE_VFS, name, flags)
        return _File(name, flags, self._plan, Path(path).name)


@contextmanager
def failing(db_name: str, plan: Plan) -> Iterator[Plan]:
    """Every connection made inside goes to the faulty disk."""
    disk = FaultyDisk(db_name, plan)
    try:
        yield plan
    finally:
        disk.unregister()
