"""A program's calls to the system, as strace wrote them down, read as deeds on the files of one folder."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT
from tests.crash.folder import Deed, Disk, Doing
from tests.e2e.product import environment

CALLS = (
    *("openat", "close", "write", "pwrite64", "writev", "pwritev", "ftruncate", "truncate", "fsync", "fdatasync", "sync"),
    *("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "copy_file_range", "sendfile"),
)
UNREADABLE = ("writev", "pwritev", "truncate", "copy_file_range")
"""Calls that could change a file and are not understood here: where one meets the folder, the reading stops."""

IGNORED_SUFFIXES = ("-shm",)
STRING_MAX = 1 << 20
LINE = re.compile(r"^(\d+) +(.*)$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
SENT = re.compile(r"^(\d+), (\d+), \[(\d+)\]")
STDOUT = 1


def trace(module: str, *args: str | Path, into: Path) -> str:
    """`python -m MODULE ARGS` has run and `into` holds its calls; returns what it said. Raises CalledProcessError when it failed."""
    command = ["strace", "-f", "-qq", "-xx", "-s", str(STRING_MAX), "-e", f"trace={','.join(CALLS)}", "-e", "signal=none", "-o", str(into)]
    done = subprocess.run([*command, sys.executable, "-m", module, *map(str, args)], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)
    return done.stdout


def finished_calls(path: Path) -> Iterator[tuple[str, str, int]]:
    """(name, arguments, result) of every call that succeeded, in the order in which they ended."""
    begun: dict[str, str] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        thread, text = match.groups()
        if text.endswith("<unfinished ...>"):
            begun[thread] = text.removesuffix("<unfinished ...>")
            continue
        if (resumed := RESUMED.match(text)) is not None:
            text = begun.pop(thread, "") + resumed[2]
        if (call := CALL.match(text)) is not None and int(call[3]) >= 0:
            yield call[1], call[2], int(call[3])


@dataclass(slots=True)
class Reader:
    """Follows descriptors and names, and keeps what concerns `folder`."""

    folder: str
    live: Disk
    deeds: list[Deed] = field(default_factory=list)
    _opened: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    _files: int = 0

    def read(self, calls: Iterator[tuple[str, str, int]]) -> list[Deed]:
        """The deeds of all calls."""
        self._files = max(self.live.contents, default=0)
        for name, arguments, result in calls:
            self._take(name, arguments, result)
        return self.deeds

    def _take(self, name: str, arguments: str, result: int) -> None:
        if name in UNREADABLE:
            self._refuse(name, arguments)
        elif name == "sync":
            self._do(Deed(doing=Doing.ALL_SYNCED))
        elif name in ("write", "pwrite64"):
            self._write(name, arguments, _strings(arguments)[0], result)
        elif name == "sendfile":
            self._send(arguments, result)
        elif name in ("close", "ftruncate", "fsync", "fdatasync"):
            self._take_descriptor(name, [int(part) for part in arguments.split(",")])
        else:
            self._take_paths(name, [text.decode() for text in _strings(arguments)], arguments, result)

    def _take_descriptor(self, name: str, numbers: list[int]) -> None:
        path, file, _ = self._opened.get(numbers[0], ("", 0, 0))
        if name == "close":
            self._opened.pop(numbers[0], None)
        elif name == "ftruncate" and file:
            self._do(Deed(doing=Doing.CUT, file=file, size=numbers[1]))
        elif path:
            self._do(Deed(doing=Doing.SYNCED, file=file, path=path))

    def _take_paths(self, name: str, paths: list[str], arguments: str, result: int) -> None:
        path, file = paths[0], self.live.names.get(paths[0], 0)
        if name == "openat":
            self._open(path, arguments, result)
        elif name.startswith("mkdir"):
            if self._is_ours(path):
                self._do(Deed(doing=Doing.FOLDER_MADE, path=path))
        elif file:
            doing = Doing.MOVED if name.startswith("rename") else Doing.NAMED if name.startswith("link") else Doing.REMOVED
            target = paths[1] if len(paths) > 1 else ""
            named = target if doing is Doing.NAMED else path
            self._do(Deed(doing=doing, file=file, path=named, target=target if doing is Doing.MOVED else ""))

    def _open(self, path: str, flags: str, descriptor: int) -> None:
        self._opened.pop(descriptor, None)
        if not self._is_ours(path):
            return
        if "O_DIRECTORY" in flags or Path(path).is_dir():
            self._opened[descriptor] = (path, 0, 0)
            return
        if path not in self.live.names:
            self._files += 1
            self._do(Deed(doing=Doing.MADE, file=self._files, path=path))
        file = self.live.names[path]
        if "O_TRUNC" in flags and self.live.contents.get(file):
            self._do(Deed(doing=Doing.CUT, file=file, size=0))
        self._opened[descriptor] = (path, file, -1 if "O_APPEND" in flags else 0)

    def _write(self, name: str, arguments: str, content: bytes, count: int) -> None:
        descriptor = int(arguments.partition(",")[0])
        if descriptor == STDOUT:
            self.deeds += [Deed(doing=Doing.SAID, path=line) for line in content.decode().splitlines() if line]
            return
        path, file, _ = self._opened.get(descriptor, ("", 0, 0))
        if not file:
            return
        if name == "pwrite64":
            self._do(Deed(doing=Doing.WRITTEN, file=file, path=path, offset=int(arguments.rpartition(",")[2]), content=content[:count]))
        else:
            self._append(descriptor, content[:count])

    def _append(self, descriptor: int, content: bytes) -> None:
        """At the descriptor's place, or at the end of the file where it was opened for that."""
        path, file, position = self._opened[descriptor]
        at = len(self.live.contents.get(file, b"")) if position < 0 else position
        self._do(Deed(doing=Doing.WRITTEN, file=file, path=path, offset=at, content=content))
        if position >= 0:
            self._opened[descriptor] = (path, file, position + len(content))

    def _send(self, arguments: str, count: int) -> None:
        """What stands in the second file from the offset told goes to the first."""
        sent = SENT.match(arguments)
        if sent is None:
            self._refuse("sendfile", arguments)
            return
        target, source, offset = map(int, sent.groups())
        if self._opened.get(target, ("", 0, 0))[1] and count:
            content = self.live.contents.get(self._opened.get(source, ("", 0, 0))[1], bytearray())
            self._append(target, bytes(content[offset : offset + count]))

    def _refuse(self, name: str, arguments: str) -> None:
        descriptors = [int(word) for word in re.findall(r"\b\d+\b", arguments)[:2]]
        if any(self._opened.get(descriptor, ("", 0, 0))[1] for descriptor in descriptors):
            raise NotImplementedError(f"{name} in {self.folder} is not understood here: {arguments[:200]}")

    def _do(self, deed: Deed) -> None:
        self.live.apply(deed)
        self.deeds.append(deed)

    def _is_ours(self, path: str) -> bool:
        return (path == self.folder or path.startswith(self.folder + "/")) and not path.endswith(IGNORED_SUFFIXES)


def _strings(arguments: str) -> list[bytes]:
    return [bytes.fromhex(text.replace("\\x", "")) for text in STRING.findall(arguments)]


def deeds_of(path: Path, folder: Path, *, before: Disk) -> list[Deed]:
    """What the traced program did in `folder`, in which lay what `before` says; what it said on stdout stands between."""
    return Reader(str(folder), before.copy()).read(finished_calls(path))


def lying_in(folder: Path) -> Disk:
    """The folder as it is now, all of it certain."""
    disk = Disk(folders={str(folder), *(str(path) for path in folder.rglob("*") if path.is_dir())})
    paths: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file())
    for number, path in enumerate(paths, start=1):
        disk.names[str(path)] = number
        disk.contents[number] = bytearray(path.read_bytes())
    return disk
