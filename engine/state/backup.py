"""Copies of the store: taken beside a writing engine, judged without one.

Rules of this file: the store that is copied is opened for reading only, and a copy is one plain file with no log beside it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import apsw
from peewee import PeeweeException

from engine.errors import StateError
from engine.state.audit import Anchor, verify
from engine.state.chain import SELECT
from engine.state.database import connect_reader, refuse_changed, refuse_damaged, stored_origin
from engine.state.ledger import EPOCH_KEY
from engine.state.records import Head


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundCopy:
    """A store that was looked at whole: its head, where it comes from, the epoch of its order labels and the last anchor on its chain."""

    head: Head
    origin: str
    epoch: int
    anchored_seq: int


def copy_store(source: Path, target: Path) -> None:
    """`target`, which must not be there yet, holds one consistent view of the store at `source`; mode 0600, on disk.

    The engine goes on writing meanwhile. Raises StateError when there is no store, no room or no right to write; nothing is left behind.
    """
    database = connect_reader(source)
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            connection = database.connection()
            # The setting forbids writing other files too; the store itself stays opened for reading only.
            connection.execute("PRAGMA query_only = 0")
            connection.execute("VACUUM INTO ?", (str(target),))
            sync_file(target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    except (apsw.Error, OSError) as error:
        raise StateError(f"{source.name} could not be copied to {target.parent}: {error}") from error
    finally:
        database.close()


def check_store(path: Path, anchors: tuple[Anchor, ...]) -> SoundCopy:
    """Every page and reference of the file is sound, the whole chain follows, and each anchor up to its head stands in it.

    Anchors of rows after the head are passed over: a copy is older than its store. Raises StateError naming the first problem.
    """
    database = connect_reader(path)
    try:
        connection = database.connection()
        refuse_damaged(connection, place=path.name, thorough=True)
        refuse_changed(connection, place=path.name)
        origin = stored_origin(connection, place=path.name)
        epoch = next(iter(connection.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?", (EPOCH_KEY,))), (0,))[0]
        last_seq = next(iter(connection.execute("SELECT coalesce(max(seq), 0) FROM audit")))[0]
        chain = verify(connection.execute(f"{SELECT} ORDER BY seq"), [anchor for anchor in anchors if anchor.seq <= last_seq])
    except (apsw.Error, PeeweeException, UnicodeError) as error:
        raise StateError(f"{path.name} is damaged: {error}") from error
    finally:
        database.close()
    if not chain.ok:
        raise StateError(f"the audit chain of {path.name} is broken at row {chain.first_bad_seq}: {chain.problem}")
    return SoundCopy(head=chain.head, origin=origin, epoch=epoch, anchored_seq=chain.anchored_seq)


def last_seq(path: Path) -> int:
    """The last audit row the file tells of, whether or not it is sound; 0 when it tells none."""
    try:
        database = connect_reader(path)
    except StateError:
        return 0
    try:
        return int(next(iter(database.connection().execute("SELECT coalesce(max(seq), 0) FROM audit")))[0])
    except apsw.Error:
        return 0
    finally:
        database.close()


def digest_of(path: Path) -> str:
    """SHA-256 of the file's bytes: the one check that sees a flipped bit in unused space too."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync_file(path: Path) -> None:
    """What was written to `path` survives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
