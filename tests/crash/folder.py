"""A folder that forgets: what a program did to its files is a list of deeds, and every state a power cut could have left is built from it.

Rules of the model, those POSIX allows and no file system promises less than: what was written to a file is certain after a sync of that
file, what was made, linked, renamed or removed in a folder after a sync of that folder; until then each deed may be there or not, in any
selection, and of a write any sectors, with or without the length it gave the file. A rename is there as a whole or not at all.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, pairwise
from pathlib import PurePosixPath

SECTOR_BYTES = 512
EVERY_SELECTION_MAX = 5
"""So many open deeds are tried in every selection, more in selections by chance."""

TORN_TRIES = 3


class Doing(StrEnum):
    """What a deed is; the last two make earlier ones certain, or tell that the program promised something."""

    MADE = "made"
    WRITTEN = "written"
    CUT = "cut"
    NAMED = "named"
    MOVED = "moved"
    REMOVED = "removed"
    FOLDER_MADE = "folder made"
    SYNCED = "synced"
    ALL_SYNCED = "all synced"
    SAID = "said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One call to the system. `file` is the number of the file itself, whatever it is called; `path` its name, `target` the second one of a move."""

    doing: Doing
    file: int = 0
    path: str = ""
    target: str = ""
    offset: int = 0
    content: bytes = b""
    size: int = 0


@dataclass(slots=True)
class Disk:
    """Names and contents."""

    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytearray] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)

    def copy(self) -> Disk:
        return Disk(dict(self.names), {file: bytearray(content) for file, content in self.contents.items()}, set(self.folders))

    def files(self) -> dict[str, bytes]:
        """What lies under each name; a name in a folder that is not there leads nowhere."""
        return {name: bytes(self.contents.get(file, b"")) for name, file in self.names.items() if str(PurePosixPath(name).parent) in self.folders}

    def within(self, folder: str) -> Disk:
        """The part of it in `folder`."""
        names = {name: file for name, file in self.names.items() if name.startswith(folder + "/")}
        folders = {each for each in self.folders if each == folder or each.startswith(folder + "/")}
        return Disk(names, {file: bytearray(self.contents[file]) for file in names.values()}, folders)

    def apply(self, deed: Deed, parts: tuple[tuple[int, int], ...] | None = None) -> None:
        """The deed, or these parts of a write, has reached the disk."""
        match deed.doing:
            case Doing.WRITTEN:
                whole = ((deed.offset, deed.offset + len(deed.content)),)
                for first, end in whole if parts is None else parts:
                    self._write(deed.file, first, deed.content[first - deed.offset : end - deed.offset])
            case Doing.CUT:
                content = self.contents.setdefault(deed.file, bytearray())
                content[deed.size :] = bytes(max(0, deed.size - len(content)))
            case Doing.MADE | Doing.NAMED:
                self.names[deed.path] = deed.file
            case Doing.MOVED:
                if self.names.get(deed.path) == deed.file:
                    del self.names[deed.path]
                self.names[deed.target] = deed.file
            case Doing.REMOVED:
                if self.names.get(deed.path) == deed.file:
                    del self.names[deed.path]
            case Doing.FOLDER_MADE:
                self.folders.add(deed.path)
            case _:
                pass

    def _write(self, file: int, offset: int, content: bytes) -> None:
        whole = self.contents.setdefault(file, bytearray())
        whole.extend(bytes(max(0, offset - len(whole))))
        whole[offset : offset + len(content)] = content


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """A point between two deeds: what is certain, what is open, and what the program has said so far."""

    certain: Disk
    open_deeds: tuple[Deed, ...]
    said: tuple[str, ...]

    def images(self, chance: random.Random, *, at_most: int) -> Iterator[dict[str, bytes]]:
        """States a power cut may leave here: nothing and all of what is open first, then all with torn writes, then other selections."""
        count = len(self.open_deeds)
        whole = 2**count - 1
        others = [*range(1, whole)] if count <= EVERY_SELECTION_MAX else [chance.getrandbits(count) for _ in range(at_most)]
        for chosen, is_torn in islice(self._choices(whole, others), at_most):
            disk = self.certain.copy()
            for place, deed in enumerate(self.open_deeds):
                if chosen >> place & 1:
                    disk.apply(deed, _torn(deed, chance) if is_torn and deed.doing is Doing.WRITTEN else None)
            yield disk.files()

    def _choices(self, whole: int, others: list[int]) -> Iterator[tuple[int, bool]]:
        yield 0, False
        if whole:
            yield whole, False
            yield from ((whole, True) for _ in range(TORN_TRIES))
            yield from ((chosen, number % 2 == 1) for number, chosen in enumerate(others))


def _torn(deed: Deed, chance: random.Random) -> tuple[tuple[int, int], ...]:
    """Some of the sectors; the file may have its new length all the same, with zeros where nothing arrived."""
    end = deed.offset + len(deed.content)
    cuts = [deed.offset, *range((deed.offset // SECTOR_BYTES + 1) * SECTOR_BYTES, end, SECTOR_BYTES), end]
    return tuple(part for part in (*pairwise(cuts), (end, end)) if chance.random() < 0.5)


def instants(before: Disk, deeds: list[Deed]) -> Iterator[Instant]:
    """Every point of the list in order; `before` is what lay there when it began."""
    certain, waiting, said = before.copy(), list[Deed](), list[str]()
    yield Instant(certain=certain, open_deeds=(), said=())
    for deed in deeds:
        match deed.doing:
            case Doing.SAID:
                said.append(deed.path)
            case Doing.SYNCED | Doing.ALL_SYNCED:
                waiting = _settle(certain, waiting, deed)
            case _:
                waiting.append(deed)
        yield Instant(certain=certain, open_deeds=tuple(waiting), said=tuple(said))


def _settle(certain: Disk, waiting: list[Deed], sync: Deed) -> list[Deed]:
    left = []
    for deed in waiting:
        if sync.doing is Doing.ALL_SYNCED or _is_settled_by(deed, sync):
            certain.apply(deed)
        else:
            left.append(deed)
    return left


def _is_settled_by(deed: Deed, sync: Deed) -> bool:
    if deed.doing in (Doing.WRITTEN, Doing.CUT):
        return bool(sync.file) and deed.file == sync.file
    folders = {str(PurePosixPath(path).parent) for path in (deed.path, deed.target) if path}
    return not sync.file and sync.path in folders
