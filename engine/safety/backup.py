"""Backups of one home: taken while the engine writes, looked at whole after writing, thinned out without ever losing the last good one.

Rules of this file: a backup is complete under its name or not there; what the last look found lies beside it, with the checksum
of what was written; nothing here writes to the store.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import StateError
from engine.home import FOLDER_MODE, Home
from engine.safety.retention import Backup, Soundness, choose
from engine.state.anchors import read_anchors
from engine.state.audit import Anchor
from engine.state.backup import SoundCopy, check_store, copy_store, digest_of, last_seq, sync_file
from engine.state.database import sync_directory

NAME = re.compile(r"cerbero-\d{8}T\d{6}Z-\d+\.db")
STAMP = "%Y%m%dT%H%M%SZ"
RECORD_SUFFIX = ".json"
DRAFT_SUFFIX = ".partial"
LOCK_NAME = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What lies beside a backup: the checksum of what was written, and what the last look found (`problem` empty: sound)."""

    sha256: str
    size_bytes: int
    problem: str
    checked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Which backups are gone; `problem` says why none may go where that needs a person's eye."""

    removed: tuple[str, ...]
    problem: str


def create_backup(home: Home, *, now: datetime) -> Backup:
    """A copy of the store lies in the home's backups under a new name, was looked at whole, and says what was found.

    Raises StateError when there is no store, no room, another backup is being written, or the name is taken; older backups stay as they are.
    """
    if not home.db.exists():
        raise StateError(f"there is no store in {home.root}")
    with _folder(home.backups):
        draft = home.backups / f".{now:{STAMP}}{DRAFT_SUFFIX}"
        try:
            copy_store(home.db, draft)
            look = _first_look(draft, home, now=now)
            target = home.backups / f"cerbero-{now:{STAMP}}-{last_seq(draft)}.db"
            if target.exists():
                raise StateError(f"{target.name} is there already: a backup is never written over")
            _write_look(target, look)
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
        sync_directory(home.backups)
    return _described(target)


def list_backups(home: Home) -> tuple[Backup, ...]:
    """Every backup of the home, newest first, with what the last look found; looks at no content."""
    paths = [path for path in home.backups.glob("cerbero-*.db") if NAME.fullmatch(path.name)] if home.backups.is_dir() else []
    return tuple(sorted((_described(path) for path in paths), key=lambda backup: (backup.taken_at, backup.head_seq), reverse=True))


def verify_backup(home: Home, backup: Backup, *, now: datetime) -> Backup:
    """The backup was looked at whole, checksum, pages, chain and anchors, and what was found lies beside it."""
    look = _look_again(backup.path, home.anchors, now=now)
    with _told(home.backups):
        _write_look(backup.path, look)
        sync_directory(home.backups)
    return _described(backup.path)


def check_backup(path: Path, anchors: tuple[Anchor, ...]) -> SoundCopy:
    """What a sound copy holds. Raises StateError with the first problem: not the bytes that were written, damaged, or another history."""
    known = _read_look(path)
    if known is not None and _digest(path) != known.sha256:
        raise StateError(f"{path.name} is not what was written: its checksum differs")
    return check_store(path, anchors)


def newest_verified(home: Home) -> Backup | None:
    """The newest backup whose last look found it sound; None when there is none."""
    return next((backup for backup in list_backups(home) if backup.soundness is Soundness.VERIFIED), None)


def backup_age_s(home: Home, now: datetime) -> float | None:
    """Seconds since the newest verified backup was taken, the figure a limit on backup age asks for; None when there is none.

    One that is dated after now was taken by a wrong clock and says nothing about age.
    """
    ages = [(now - backup.taken_at).total_seconds() for backup in list_backups(home) if backup.soundness is Soundness.VERIFIED and backup.taken_at <= now]
    return min(ages, default=None)


def prune_backups(home: Home, *, now: datetime) -> Pruned:
    """What retention does not keep is gone, after the newest backup was looked at once more: while that one is bad nothing goes."""
    newest = newest_verified(home)
    if newest is None:
        return Pruned(removed=(), problem="no backup is verified: nothing is removed")
    if (seen := verify_backup(home, newest, now=now)).soundness is not Soundness.VERIFIED:
        return Pruned(removed=(), problem=f"nothing is removed: {seen.problem}")
    choice = choose(list_backups(home), now)
    with _folder(home.backups):
        for backup in choice.removable:
            backup.path.unlink(missing_ok=True)
            _look_path(backup.path).unlink(missing_ok=True)
        sync_directory(home.backups)
    return Pruned(removed=tuple(backup.name for backup in choice.removable), problem=choice.problem)


@contextmanager
def _folder(backups: Path) -> Iterator[None]:
    """The folder is there and ours to write, without what a killed process left half written."""
    with _told(backups):
        backups.mkdir(mode=FOLDER_MODE, exist_ok=True)
        # The folder's own name has to survive as well; it may have been made just before an earlier power cut or by hand.
        sync_directory(backups.parent)
        descriptor = os.open(backups / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError("another backup is being written at this moment") from None
            for leftover in backups.glob(f".*{DRAFT_SUFFIX}*"):
                leftover.unlink()
            yield
        finally:
            os.close(descriptor)


@contextmanager
def _told(backups: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(f"{backups} cannot be written ({error.strerror}): older backups are as they were") from error


def _first_look(draft: Path, home: Home, *, now: datetime) -> Look:
    problem = ""
    try:
        check_store(draft, read_anchors(home.anchors))
    except StateError as error:
        problem = str(error)
    return Look(sha256=digest_of(draft), size_bytes=draft.stat().st_size, problem=problem, checked_at=now.isoformat())


def _look_again(path: Path, anchors_path: Path, *, now: datetime) -> Look:
    known, problem = _read_look(path), ""
    try:
        check_backup(path, read_anchors(anchors_path))
    except StateError as error:
        problem = str(error)
    if known is None:
        return Look(sha256=_digest(path), size_bytes=path.stat().st_size, problem=problem, checked_at=now.isoformat())
    return Look(sha256=known.sha256, size_bytes=known.size_bytes, problem=problem, checked_at=now.isoformat())


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except OSError as error:
        raise StateError(f"{path.name} cannot be read: {error.strerror}") from error


def _described(path: Path) -> Backup:
    look, size = _read_look(path), path.stat().st_size
    _, stamp, seq = path.stem.split("-")
    problem = "" if look is None else look.problem if look.size_bytes == size else f"{path.name} is not what was written: its size differs"
    return Backup(
        path=path,
        taken_at=datetime.strptime(stamp, STAMP).replace(tzinfo=UTC),
        head_seq=int(seq),
        size_bytes=size,
        soundness=Soundness.UNKNOWN if look is None else Soundness.BAD if problem else Soundness.VERIFIED,
        problem=problem,
        checked_at=None if look is None else datetime.fromisoformat(look.checked_at),
    )


def _look_path(path: Path) -> Path:
    return path.with_name(path.name + RECORD_SUFFIX)


def _read_look(path: Path) -> Look | None:
    """What lies beside the backup; None when nothing does, or nothing of ours."""
    try:
        fields = json.loads(_look_path(path).read_bytes())
        look = Look(**{name: fields[name] for name in Look.__slots__})
        datetime.fromisoformat(look.checked_at)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return look


def _write_look(path: Path, look: Look) -> None:
    draft = path.with_name(f".{path.name}{RECORD_SUFFIX}{DRAFT_SUFFIX}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, json.dumps(asdict(look), indent=1).encode())
    finally:
        os.close(descriptor)
    sync_file(draft)
    draft.replace(_look_path(path))
