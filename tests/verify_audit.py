"""A second verifier of the audit chain, written from docs/audit-format.md alone: no key, nothing but the standard library.

Run it with an export or a store and, after it, a copy of the anchors: `python verify_audit.py rows.jsonl anchors.jsonl`.
"""

import hashlib
import json
import sqlite3
import sys
from pathlib import Path

COLUMNS = ["seq", "at", "boot_id", "boot_s", "actor", "type", "ref", "body_json", "prev_hash", "hash"]


def canonical(value):
    """RFC 8785 for what a body may hold: objects, lists, text, whole numbers below 2^53, true, false, null."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) < 2**53:
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))) + "}"
    raise ValueError(f"{value!r} cannot stand in a body")


def rows_of(path):
    """Each row as a list of its ten columns, or None where what stands there is no row."""
    if path.open("rb").read(16) == b"SQLite format 3\0":
        store = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        store.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        yield from map(list, store.execute("SELECT " + ", ".join(COLUMNS) + " FROM audit ORDER BY seq"))  # noqa: S608
        return
    for line in path.open("rb"):
        try:
            row = json.loads(line)
            exact = json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
            yield list(row.values()) if list(row) == COLUMNS and exact.encode() == line else None
        except (ValueError, AttributeError, TypeError, RecursionError):
            yield None


def anchors_of(path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [(line["seq"], line["hash"]) for line in lines]


def digest(row, number, prev):
    """The hash row `number` must have after `prev`, or None where it is no such row."""
    if not row or row[0] != number or row[8] != prev or not all(isinstance(text, str) for text in row[1:]):
        return None
    try:
        return hashlib.sha256(b"\0" + bytes.fromhex(prev) + "\x1f".join(map(str, row[:8])).encode()).hexdigest()
    except UnicodeEncodeError:
        return None


def verify(rows, anchors=()):
    """(first bad row or None, rows that stand, last anchored row among them)."""
    prev, number, anchored, seen = "0" * 64, 0, 0, {}
    for seq, witness in anchors:
        seen.setdefault(seq, set()).add(witness)
    for number, row in enumerate(rows, start=1):
        prev = digest(row, number, prev)
        if prev is None or row[9] != prev or seen.get(number, {prev}) != {prev}:
            return number, number - 1, anchored
        anchored = number if number in seen else anchored
    return (number + 1 if max(seen, default=0) > number else None), number, anchored


if __name__ == "__main__":
    bad, count, anchored = verify(rows_of(Path(sys.argv[1])), anchors_of(Path(sys.argv[2])) if len(sys.argv) > 2 else [])
    print(f"BROKEN at row {bad}" if bad else "ok", f"{count} rows stand, anchored to {anchored}, {count - anchored} after the last anchor", sep=": ")
    sys.exit(bad is not None)
