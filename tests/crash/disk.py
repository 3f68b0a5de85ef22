"""A disk that forgets: what SQLite asks of it is written down, and every state a power cut could have left is built from that.

Rules of the model, those of the file systems SQLite is made for: what a file was told since its last sync may be there or not,
in any selection, and a write may be there in parts, sector by sector; a made or removed name is certain after the next sync of its
folder, which SQLite's own `unix` layer makes with the first sync of a file it created and where it is told to with a removal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import apsw

BASE_VFS = "unix"
CREATED_TYPES = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL
SECTORS_BYTES = (512, 4096)


class Kind(StrEnum):
    """What happened: the first five to a file, then a promise given to the program, then a line in the anchor file."""

    MADE = "made"
    WRITTEN = "written"
    CUT = "cut"
    REMOVED = "removed"
    SYNCED = "synced"
    ACKNOWLEDGED = "acknowledged"
    ANCHORED = "anchored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the tape. `life` tells two files of one name apart; `size` is a cut's, or the anchor file's after a line."""

    kind: Kind
    name: str = ""
    life: int = 0
    offset: int = 0
    content: bytes = b""
    size: int = 0
    is_folder_synced: bool = False


@dataclass(slots=True)
class Tape:
    """Everything that happened, in order. The file `anchors` is written and synced between two events, never during one."""

    anchors: Path | None = None
    events: list[Event] = field(default_factory=list)
    lives: dict[str, int] = field(default_factory=dict)
    is_owed: bool = False
    anchor_bytes: int = 0

    def add(self, kind: Kind, name: str = "", **facts: Any) -> None:
        if self.anchors is not None and self.anchors.exists() and (size := self.anchors.stat().st_size) != self.anchor_bytes:
            self.anchor_bytes = size
            self.events.append(Event(kind=Kind.ANCHORED, size=size))
        self.is_owed = self.is_owed or kind is Kind.WRITTEN
        self.events.append(Event(kind=kind, name=name, life=self.lives.get(name, 0), **facts))

    def acknowledge(self) -> None:
        """The program was told that its last transaction is safe; one that wrote nothing is none."""
        if self.is_owed:
            self.add(Kind.ACKNOWLEDGED)
            self.is_owed = False


class _File(apsw.VFSFile):
    """A file of SQLite's that goes on the tape; nothing is ever really synced, this machine keeps its power."""

    def __init__(self, path: str | apsw.URIFilename, flags: list[int], tape: Tape | None, name: str, *, is_new: bool) -> None:
        super().__init__(BASE_VFS, path, flags)
        self._tape, self._name, self._is_new = tape, name, is_new

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        if self._tape is not None:
            self._tape.add(Kind.WRITTEN, self._name, offset=offset, content=bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(newsize)
        if self._tape is not None:
            self._tape.add(Kind.CUT, self._name, size=newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802, ARG002 - SQLite's name and arguments
        if self._tape is not None:
            self._tape.add(Kind.SYNCED, self._name, is_folder_synced=self._is_new)
        self._is_new = False


class RecordingDisk(apsw.VFS):
    """SQLite's way to the disk, with a tape of what happens to the store in `folder`; None keeps no tape."""

    def __init__(self, folder: Path, db_name: str, tape: Tape | None) -> None:
        self._folder, self._tape = str(folder.resolve()), tape
        self._names = {db_name, f"{db_name}-wal", f"{db_name}-journal"}
        super().__init__(f"recording-{id(self)}", BASE_VFS, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        tape = None if path is None else self._taped(path)
        # A temporary file has no name and no tape.
        if path is None or name is None:
            return apsw.VFSFile(BASE_VFS, name, flags)
        is_new = bool(flags[0] & CREATED_TYPES) and not Path(path).exists()
        if tape is not None and is_new:
            tape.lives[Path(path).name] = tape.lives.get(Path(path).name, 0) + 1
            tape.add(Kind.MADE, Path(path).name)
        return _File(name, flags, tape, Path(path).name, is_new=is_new)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        if (tape := self._taped(filename)) is not None and Path(filename).exists():
            tape.add(Kind.REMOVED, Path(filename).name, is_folder_synced=bool(syncdir))
        super().xDelete(filename, False)

    def _taped(self, path: str) -> Tape | None:
        whole = Path(path)
        return self._tape if whole.name in self._names and str(whole.parent.resolve()) == self._folder else None


@contextmanager
def recording(folder: Path, db_name: str, tape: Tape | None) -> Iterator[None]:
    """Every connection made inside goes through the recording disk."""
    disk = RecordingDisk(folder, db_name, tape)
    try:
        yield
    finally:
        disk.unregister()


Files = dict[str, bytearray]
Part = tuple[int, int]
"""First and end byte of a part of a write that is there, counted in the file."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One event that is there after the power cut; `parts` None means the whole of it."""

    place: int
    parts: tuple[Part, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point on the tape where the power may fail: what is certain, what is open, and what the program was promised."""

    certain: Files
    lives: dict[str, int]
    open_events: tuple[Event, ...]
    acknowledged: int
    anchor_bytes: int
    version: int

    def image(self, choices: tuple[Choice, ...]) -> Files:
        """The files as they are when the power is back, with these of the open events having reached the disk."""
        files, lives = {name: bytearray(content) for name, content in self.certain.items()}, dict(self.lives)
        for choice in choices:
            _apply(files, lives, self.open_events[choice.place], choice.parts)
        return files


def moments(before: Files, tape: Tape) -> Iterator[Moment]:
    """Every point of the tape in order; `before` is what lay on the disk when it began."""
    certain, lives = {name: bytearray(content) for name, content in before.items()}, dict.fromkeys(before, 0)
    waiting: list[Event] = []
    acknowledged = anchor_bytes = version = 0
    for event in tape.events:
        if event.kind is Kind.ACKNOWLEDGED:
            acknowledged += 1
        elif event.kind is Kind.ANCHORED:
            anchor_bytes = event.size
        elif event.kind is Kind.SYNCED:
            waiting = _settle(certain, lives, waiting, event)
            version += 1
        else:
            waiting.append(event)
            if event.is_folder_synced:
                waiting = _settle_names(certain, lives, waiting)
                version += 1
        yield Moment(certain=certain, lives=lives, open_events=tuple(waiting), acknowledged=acknowledged, anchor_bytes=anchor_bytes, version=version)


def _settle(certain: Files, lives: dict[str, int], waiting: list[Event], sync: Event) -> list[Event]:
    """A sync makes what its file was told certain, and the names of the folder where it is the first of a new file."""
    if sync.is_folder_synced:
        waiting = _settle_names(certain, lives, waiting)
    left = []
    for event in waiting:
        if (event.name, event.life) == (sync.name, sync.life) and event.kind in (Kind.WRITTEN, Kind.CUT):
            _apply(certain, lives, event, None)
        else:
            left.append(event)
    return left


def _settle_names(certain: Files, lives: dict[str, int], waiting: list[Event]) -> list[Event]:
    for event in waiting:
        if event.kind in (Kind.MADE, Kind.REMOVED):
            _apply(certain, lives, event, None)
    return [event for event in waiting if event.kind not in (Kind.MADE, Kind.REMOVED)]


def _apply(files: Files, lives: dict[str, int], event: Event, parts: tuple[Part, ...] | None) -> None:
    if event.kind is Kind.MADE:
        files[event.name], lives[event.name] = bytearray(), event.life
        return
    if event.name not in files or lives[event.name] != event.life:
        return
    if event.kind is Kind.REMOVED:
        del files[event.name]
    elif event.kind is Kind.CUT:
        _resize(files[event.name], event.size)
    elif parts is None:
        _write(files[event.name], event.offset, event.content)
    else:
        for first, end in parts:
            _write(files[event.name], first, event.content[first - event.offset : end - event.offset])


def _write(file: bytearray, offset: int, content: bytes) -> None:
    if len(file) < offset:
        _resize(file, offset)
    file[offset : offset + len(content)] = content


def _resize(file: bytearray, size: int) -> None:
    if size < len(file):
        del file[size:]
    else:
        file.extend(bytes(size - len(file)))


def sectors(event: Event, *, sector_bytes: int) -> tuple[Part, ...]:
    """The parts in which a write may reach the disk."""
    end = event.offset + len(event.content)
    cuts = [event.offset, *range((event.offset // sector_bytes + 1) * sector_bytes, end, sector_bytes), end]
    return tuple(pairwise(cuts))


def selections(moment: Moment, chance: random.Random) -> Iterator[tuple[Choice, ...]]:
    """Ways in which the open events may have reached the disk: nothing, everything, and then without end one by chance.

    By chance: one is missing, only one is there, the latest half is there, any selection, the last or any write torn.
    """
    count = len(moment.open_events)
    yield ()
    if not count:
        return
    whole = tuple(Choice(place) for place in range(count))
    yield whole
    while True:
        yield _torn_last(moment, chance)
        missing = chance.randrange(count)
        yield whole[:missing] + whole[missing + 1 :]
        yield _any(moment, chance, torn_share=0.0)
        yield _any(moment, chance, torn_share=0.5)
        yield (whole[chance.randrange(count)],)
        yield whole[count // 2 :]


def _torn_last(moment: Moment, chance: random.Random) -> tuple[Choice, ...]:
    last = len(moment.open_events) - 1
    return (*(Choice(place) for place in range(last)), *_torn(moment, last, chance))


def _any(moment: Moment, chance: random.Random, *, torn_share: float) -> tuple[Choice, ...]:
    chosen: list[Choice] = []
    for place in range(len(moment.open_events)):
        if chance.random() < torn_share:
            chosen += _torn(moment, place, chance)
        elif chance.random() < 0.6:
            chosen.append(Choice(place))
    return tuple(chosen)


def _torn(moment: Moment, place: int, chance: random.Random) -> tuple[Choice, ...]:
    """The event in parts where it is a write; all or nothing of it otherwise."""
    event = moment.open_events[place]
    if event.kind is not Kind.WRITTEN:
        return (Choice(place),) if chance.random() < 0.5 else ()
    parts = tuple(part for part in sectors(event, sector_bytes=chance.choice(SECTORS_BYTES)) if chance.random() < 0.5)
    return (Choice(place, parts),) if parts else ()
