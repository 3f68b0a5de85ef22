"""The verdict over a chain wherever it lies: in a home, in a copy of its store, in an export; with no key and no engine.

Rules of this file: what is looked at may have been written by anyone, so nothing in it raises; it is no row, and that is the verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StateError
from engine.home import Home
from engine.state.anchors import read_copy
from engine.state.audit import COLUMNS, RawRow, VerifyResult, export_line, verify
from engine.state.store import verify_file, verify_home

STORE_HEADER = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """The chain's verdict for people and machines."""

    ok: bool
    result: VerifyResult

    def sentence(self) -> str:
        result = self.result
        tail = f"{result.unanchored_rows} rows, {result.unanchored_s:.0f} s"
        if self.ok:
            return f"audit ok: {result.rows} rows, head {result.head.footer}, anchored to {result.anchored_seq}, un-anchored tail {tail}"
        if result.first_bad_seq is None:
            return f"audit BROKEN: {result.problem}\n{result.rows} rows follow, head {result.head.footer}, un-anchored tail {tail}"
        before = f"{result.rows} rows before it follow, anchored to {result.anchored_seq}, un-anchored tail {tail}"
        return f"audit BROKEN at row {result.first_bad_seq}: {result.problem}\n{before}"

    def as_json(self) -> dict[str, object]:
        result = self.result
        return {
            "ok": self.ok,
            "rows": result.rows,
            "head_seq": result.head.seq,
            "head_hash": result.head.hash,
            "first_bad_seq": result.first_bad_seq,
            "problem": result.problem,
            "anchored_seq": result.anchored_seq,
            "unanchored_rows": result.unanchored_rows,
            "unanchored_s": result.unanchored_s,
        }


def judge_home(home: Home, *, anchors: Path | None) -> AuditVerdict:
    """The home's chain against its own anchors and those of the copy `anchors`.

    A store that was carried here without its anchor file is judged by the copy alone. Raises StateError when there is no store.
    """
    if not home.db.exists():
        raise StateError(f"there is no store in {home.root}")
    if anchors is not None and not home.anchors.exists():
        return judge_copy(home.db, anchors=anchors)
    result = verify_home(home.db, home.anchors, witnesses=() if anchors is None else read_copy(anchors))
    return AuditVerdict(ok=result.ok, result=result)


def judge_copy(file: Path, *, anchors: Path | None) -> AuditVerdict:
    """The chain in `file`, an export or a copy of a store, against the anchors of a copy."""
    witnesses = () if anchors is None else read_copy(anchors)
    with file.open("rb") as opened:
        is_store = opened.read(len(STORE_HEADER)) == STORE_HEADER
    result = verify_file(file, witnesses) if is_store else verify(exported_rows(file), witnesses)
    return AuditVerdict(ok=result.ok, result=result)


def exported_rows(file: Path) -> Iterator[RawRow]:
    """The rows of an export one by one; a line that is not exactly as it was exported is a row without columns."""
    with file.open("rb") as lines:
        for line in lines:
            yield _row(line)


def _row(line: bytes) -> RawRow:
    try:
        fields = json.loads(line)
        row: RawRow = tuple(fields[name] for name in COLUMNS)
        is_as_written = export_line(row).encode() + b"\n" == line
    except (ValueError, KeyError, TypeError, RecursionError):
        is_as_written = False
    return row if is_as_written else ()  # type: ignore[return-value]
