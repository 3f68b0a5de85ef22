"""The file itself: made whole or not at all, recognised before it is touched, opened with settings that are checked.

Rules of this file: an existing file is never replaced, emptied or repaired here; when in doubt it is refused in words.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import apsw
from peewee import PeeweeException
from playhouse.apsw_ext import APSWDatabase

from engine.errors import OriginMismatch, StateError, StoreBroken
from engine.state import seals
from engine.state.failures import RESTORE_HINT, failure
from engine.state.migrations import APPLICATION_ID, MIGRATIONS, SEALED_SINCE, migrate, refuse_newer, schema_version

SQLITE_MIN = (3, 51, 3)
BUSY_TIMEOUT_S = 5
ORIGINS = ("demo", "real")
PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
    "wal_autocheckpoint": 1000,
    "busy_timeout": BUSY_TIMEOUT_S * 1000,
}
RESTORING_SUFFIX = "-restoring"
"""Ends the name of a store that is being restored: while it lies there, a store that is gone was lost, not new."""


def refuse_old_sqlite(version: tuple[int, ...]) -> None:
    """Nothing happens on a safe SQLite. Raises StateError below 3.51.3, where resetting the WAL can corrupt the file."""
    if version < SQLITE_MIN:
        raise StateError(f"SQLite {'.'.join(map(str, version))} can corrupt a store with two writers; {'.'.join(map(str, SQLITE_MIN))} is needed.")


def refuse_foreign(path: Path) -> None:
    """Nothing happens when `path` is a store of ours by its header. Raises StateError otherwise; the file stays as it is."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise failure(f"{path} cannot be read", error) from error
    if len(header) < 100:
        raise StateError(f"{path} is {'empty' if not header else 'cut short'}: it is no store. {RESTORE_HINT}")
    if not header.startswith(b"SQLite format 3\0"):
        raise StateError(f"{path} is damaged or no database at all. {RESTORE_HINT}")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise StateError(f"{path} belongs to another program. {RESTORE_HINT}")


def make_file(path: Path, *, origin: str) -> None:
    """A complete store of `origin` stands at `path`, mode 0600. Raises StateError when something is there already.

    It is built beside and linked into place, so a crash leaves no half store and never replaces one.
    """
    for leftover in (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal", RESTORING_SUFFIX)):
        if leftover.exists():
            raise StateError(f"{path} is gone but {leftover.name} is still there: the store was lost, not new. {RESTORE_HINT}")
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _fill_draft(draft, origin=origin)
        os.link(draft, path)
    except FileExistsError:
        raise StateError(f"{path} was made by another process at the same moment. Start again.") from None
    except (apsw.Error, OSError) as error:
        raise failure(f"{path} could not be made", error) from error
    finally:
        with suppress(OSError):
            for suffix in ("", "-wal", "-shm", "-journal"):
                draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    try:
        sync_directory(path.parent)
    except OSError as error:
        raise failure(f"{path} could not be made", error) from error


def _fill_draft(draft: Path, *, origin: str) -> None:
    # A connection that has dropped a column keeps a lock against the change to WAL, so a second one makes it.
    connection = apsw.Connection(str(draft), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        fill_new(connection, place=draft.name, origin=origin)
    finally:
        connection.close()
    connection = apsw.Connection(str(draft), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.execute("PRAGMA synchronous = 2")
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fill_new(connection: apsw.Connection, *, place: str, origin: str) -> None:
    """An empty database has become a store of `origin` with today's schema."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(connection, place=place)
    with connection:
        connection.execute("INSERT INTO meta (key, value) VALUES ('origin', ?)", (origin,))
        seals.renew(connection)


def sync_directory(folder: Path) -> None:
    """What was created, renamed or removed in `folder` survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect_writer(path: Path | None, *, origin: str) -> APSWDatabase:
    """The store is open for writing with every setting in force, migrated and sound; None keeps it in memory."""
    refuse_old_sqlite(tuple(int(part) for part in apsw.sqlite_lib_version().split(".")))
    if path is None:
        database = _connected(
            ":memory:", flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE, pragmas={"foreign_keys": 1, "trusted_schema": 0}, place=None
        )
        fill_new(database.connection(), place="memory", origin=origin)
        return database
    database = _connected(str(path), flags=apsw.SQLITE_OPEN_READWRITE, pragmas=PRAGMAS, place=path)
    try:
        _make_ready(database.connection(), path=path, origin=origin)
    except BaseException:
        database.close()
        raise
    return database


def _make_ready(connection: apsw.Connection, *, path: Path, origin: str) -> None:
    refuse_damaged(connection, place=str(path), thorough=False)
    try:
        refuse_newer(schema_version(connection), steps=len(MIGRATIONS), place=str(path))
        refuse_other_origin(stored_origin(connection, place=str(path)), wanted=origin, home=path.parent)
        migrate(connection, place=str(path))
        refuse_other_settings(connection)
        # What an earlier run left in the log may never have reached the disk, if its last sync failed: nothing new may stand on it.
        empty_log(connection)
    except apsw.Error as error:
        raise failure(f"{path} could not be opened", error) from error


def empty_log(connection: apsw.Connection) -> None:
    """What the log holds stands in the file too and is synced, as far as no other reader is in the way. Raises apsw.Error."""
    with suppress(apsw.BusyError):
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)


def connect_reader(path: Path) -> APSWDatabase:
    """The store is open for reading only; nothing is created and no right to write is needed.

    Raises StateError when there is no store, or none this program can read.
    """
    if not path.exists():
        raise StateError(f"{path} does not exist: there is no store to read.")
    refuse_foreign(path)
    try:
        return _reading(path, "mode=ro")
    except StoreBroken:
        raise
    except StateError:
        # A store at rest in a folder we may not write to has no log beside it and is read as it lies.
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size > 0:
            raise
        return _reading(path, "mode=ro&immutable=1")


def _reading(path: Path, how: str) -> APSWDatabase:
    address, flags = f"file:{quote(str(path.resolve()))}?{how}", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    pragmas: dict[str, str | int] = {"foreign_keys": 1, "trusted_schema": 0, "mmap_size": 0, "query_only": 1}
    database = _connected(address, flags=flags, pragmas=pragmas, place=path)
    try:
        database.execute_sql("SELECT count(*) FROM meta").fetchone()
        refuse_newer(schema_version(database.connection()), steps=len(MIGRATIONS), place=str(path))
    except (apsw.Error, PeeweeException) as error:
        database.close()
        raise failure(f"{path} cannot be read", error) from error
    except BaseException:
        database.close()
        raise
    return database


def _connected(address: str, *, flags: int, pragmas: dict[str, str | int], place: Path | None) -> APSWDatabase:
    database = APSWDatabase(address, flags=flags, pragmas=pragmas, timeout=BUSY_TIMEOUT_S, lock_type="IMMEDIATE")
    try:
        database.connect()
    except (apsw.Error, PeeweeException) as error:
        raise failure(f"{address if place is None else place} cannot be opened", error) from error
    return database


def refuse_other_settings(connection: apsw.Connection) -> None:
    """Nothing happens when every setting is in force. Raises StateError naming the first that is not."""
    for name, wanted in PRAGMAS.items():
        if (found := connection.pragma(name)) != wanted:
            raise StateError(f"the store runs with {name}={found}, it must be {wanted}: is this a local disk?")


def refuse_damaged(connection: apsw.Connection, *, place: str, thorough: bool) -> None:
    """Nothing happens on a sound file. Raises StoreBroken with the first problem SQLite finds."""
    try:
        found = next(iter(connection.execute("PRAGMA integrity_check(1)" if thorough else "PRAGMA quick_check(1)")))[0]
        orphan = next(iter(connection.execute("PRAGMA foreign_key_check")), None) if thorough else None
    except apsw.Error as error:
        raise failure(f"{place} cannot be checked", error) from error
    if found != "ok":
        raise StoreBroken(f"{place} is damaged: {found}. {RESTORE_HINT}")
    if orphan is not None:
        raise StoreBroken(f"{place} is damaged: a row of {orphan[0]} points nowhere. {RESTORE_HINT}")


def refuse_changed(connection: apsw.Connection, *, place: str) -> None:
    """Nothing happens while each table holds what was written to it. Raises StoreBroken otherwise; a store of an earlier schema does not tell."""
    try:
        if schema_version(connection) >= SEALED_SINCE:
            seals.refuse_unsealed(connection, place=place)
    except apsw.Error as error:
        raise failure(f"{place} cannot be checked", error) from error


def stored_origin(connection: apsw.Connection, *, place: str) -> str:
    """`demo` or `real`, as the store was born. Raises StateError when it does not say."""
    row = next(iter(connection.execute("SELECT value FROM meta WHERE key = 'origin'")), None)
    if row is None or row[0] not in ORIGINS:
        raise StateError(f"{place} does not say where it comes from. {RESTORE_HINT}")
    return str(row[0])


def refuse_other_origin(stored: str, *, wanted: str, home: Path) -> None:
    """Nothing happens when the origins agree. Raises OriginMismatch: a store keeps its origin for life."""
    if stored != wanted:
        raise OriginMismatch(stored=stored, wanted=wanted, home=home)
