"""The anchor file: heads of the chain written outside the database, so that rewritten history shows.

Rules of this file: one JSON line per head, appended and synced, never edited; a torn last line is a crash, any other is tampering.
The store remembers the last anchor in its turn, so that a file that was removed or shortened shows as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from engine.clock import monotonic_s
from engine.errors import StateError
from engine.state.audit import Anchor, VerifyResult
from engine.state.database import sync_directory
from engine.state.models import utc_text
from engine.state.records import Head

EVERY_ROWS = 50
# Looked at with every write, and the heartbeat writes every 20 s: so no row waits longer than a minute.
EVERY_S = 40.0
REMEMBERED_KEY = "last_anchor"
TAIL_BYTES = 4096
ZERO = b"\0"
"""What a power cut leaves in place of a sector that never arrived; no line of ours holds one."""


class AnchorFile:
    """`anchors.jsonl` of one home: due every 50 rows or 60 seconds, and whenever something weighty happened.

    `on_written` hears of every new line, on the thread that wrote it, and must not wait.
    """

    def __init__(self, path: Path, on_written: Callable[[], None] | None = None) -> None:
        self.path = path
        self._on_written = on_written
        # A file that was edited is refused where it is compared, at start-up; here it only has to be continued.
        self._last_seq = max((anchor.seq for anchor in map(_parse, _whole_lines(path)) if anchor is not None), default=0)
        self._last_s = monotonic_s()
        self._is_named = False

    @property
    def last_seq(self) -> int:
        """The last row anchored; 0 when none was."""
        return self._last_seq

    def is_due(self, head: Head) -> bool:
        """True when the rows since the last anchor are too many or have waited too long."""
        waiting = head.seq - self._last_seq
        return waiting >= EVERY_ROWS or (waiting > 0 and monotonic_s() - self._last_s >= EVERY_S)

    def append(self, head: Head, *, at: datetime, why: str) -> bool:
        """The head stands in the file and survives a power cut; False when it stood there already or the chain is empty."""
        if head.seq <= self._last_seq:
            return False
        line = json.dumps({"seq": head.seq, "hash": head.hash, "at": utc_text(at), "why": why}, separators=(",", ":")) + "\n"
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _cut_torn_line(descriptor)
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not self._is_named:
            # Once a run, new or not: whoever made it may have died before its name was synced.
            sync_directory(self.path.parent)
            self._is_named = True
        self._last_seq, self._last_s = head.seq, monotonic_s()
        if self._on_written is not None:
            self._on_written()
        return True


def read_anchors(path: Path) -> tuple[Anchor, ...]:
    """Every anchor of the file in order, ascending by row; none when there is no file.

    Raises StateError for a line that was not written by us: the file was edited.
    """
    anchors: list[Anchor] = []
    for number, line in enumerate(_whole_lines(path), start=1):
        anchor = _parse(line)
        if anchor is None or (anchors and anchor.seq <= anchors[-1].seq):
            raise StateError(f"{path.name}:{number} is no anchor in its place: the file was edited")
        anchors.append(anchor)
    return tuple(anchors)


def read_copy(path: Path) -> tuple[Anchor, ...]:
    """Every anchor of a copy kept elsewhere; lines may repeat and stand in any order, as a command that tries again leaves them.

    Raises StateError for a line that is no anchor.
    """
    anchors: list[Anchor] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        anchor = _parse(line)
        if anchor is None and line.strip():
            raise StateError(f"{path.name}:{number} is no anchor")
        if anchor is not None:
            anchors.append(anchor)
    return tuple(anchors)


def remembered(head: Head) -> str:
    """The last anchor as the store remembers it."""
    return f"{head.seq} {head.hash}"


def lost_anchors(anchors: tuple[Anchor, ...], memory: str | None) -> str:
    """What is wrong with the file's `anchors` by the store's `memory` of the last one, in words; empty when nothing is."""
    number, _, digest = ("" if memory is None else memory).partition(" ")
    if not number.isdecimal():
        return "" if memory is None else "the store's own note of the last anchor cannot be read"
    seq = int(number)
    if not anchors:
        return f"the anchor file is gone or empty, and the store remembers an anchor at row {seq}"
    if anchors[-1].seq < seq:
        return f"the anchor file ends at row {anchors[-1].seq}, and the store remembers an anchor at row {seq}: it was shortened"
    if not any(anchor.seq == seq and anchor.hash == digest for anchor in anchors):
        return f"the anchor file does not hold the anchor the store remembers at row {seq}: it was edited"
    return ""


def refuse_inconsistent(result: VerifyResult) -> None:
    """Nothing happens when the chain stands. Raises StateError naming the first bad row and what is wrong there."""
    if result.ok:
        return
    if result.first_bad_seq is None:
        raise StateError(result.problem)
    raise StateError(f"the audit chain is broken at row {result.first_bad_seq}: {result.problem}")


def _whole_lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return lines[:-1] if lines and ZERO in lines[-1] else lines


def _parse(line: bytes) -> Anchor | None:
    try:
        fields = json.loads(line)
        seq, digest, at, why = fields["seq"], fields["hash"], fields["at"], fields["why"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_sound = type(seq) is int and seq > 0 and all(isinstance(text, str) for text in (digest, at, why))
    return Anchor(seq=seq, hash=digest, at=at, why=why) if is_sound else None


def _cut_torn_line(descriptor: int) -> None:
    # Only the last line can be torn, and no line of ours is longer than this.
    start = max(0, os.fstat(descriptor).st_size - TAIL_BYTES)
    tail = os.pread(descriptor, TAIL_BYTES, start)
    whole = tail[: tail.rfind(b"\n") + 1]
    last = whole[whole.rfind(b"\n", 0, -1) + 1 :]
    if ZERO in last:
        whole = whole.removesuffix(last)
    if len(whole) < len(tail):
        os.ftruncate(descriptor, start + len(whole))
