"""The audit chain: what a row is, what exactly is hashed, and how a chain is walked.

A row is (seq, at, boot_id, boot_s, actor, type, ref, body, prev, hash), all but seq stored as text:
`at` fixed-width UTC, `boot_s` the machine's seconds since boot with three decimals, `body` canonical JSON (RFC 8785).

    hash = SHA-256(0x00 ‖ prev ‖ seq ⌁ at ⌁ boot_id ⌁ boot_s ⌁ actor ⌁ type ⌁ ref ⌁ body)

`prev` is the 32 raw bytes of the row before (zeros for row 1), ⌁ is the byte 0x1F, everything else UTF-8. Every column is
covered, and no column can hold 0x1F (control characters are replaced before storing), so no two rows hash the same bytes.
In a body: amounts are decimal strings, instants fixed-width UTC text, floats their shortest decimal string, whole numbers
stay below 2^53, text is NFC with control and bidirectional characters replaced by U+FFFD. NaN and infinity are refused.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from math import isfinite
from typing import TypeAlias

import rfc8785

from engine.errors import InvariantBroken
from engine.state.models import decimal_text, utc_text
from engine.state.records import AuditRecord, Head

Json: TypeAlias = "bool | int | float | str | Decimal | datetime | Sequence[Json] | Mapping[str, Json] | None"
Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"

# seq, at, boot_id, boot_s, actor, type, ref, body_json, prev_hash, hash: the columns in order, as they lie in the table.
RawRow: TypeAlias = tuple[int, str, str, str, str, str, str, str, str, str]
COLUMNS = ("seq", "at", "boot_id", "boot_s", "actor", "type", "ref", "body_json", "prev_hash", "hash")

EMPTY_HEAD = Head(seq=0, hash="0" * 64)
INT_MAX = 2**53 - 1
SEQ_DIGITS_MAX = 15
SEPARATOR = "\x1f"
HASH8, HASH_DIGITS = 8, 64
ROWS_MISSING = "rows missing"
ANOTHER_ROW = "an anchor saw another row here: history was rewritten"
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head someone outside the database has seen."""

    seq: int
    hash: str
    at: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyResult:
    """The chain walked from row 1. `problem` is empty when `ok`; `unanchored_s` spans the rows after the last anchor.

    `first_bad_seq` is None where no row is at fault but the anchors are: `problem` then says what is wrong with them.
    """

    ok: bool
    rows: int
    first_bad_seq: int | None
    problem: str
    head: Head
    anchored_seq: int
    unanchored_rows: int
    unanchored_s: float

    @property
    def is_rewritten(self) -> bool:
        """True where a row is not what it was. A store that only lacks the last rows an anchor saw is an older copy, not a rewritten one."""
        return self.first_bad_seq is not None and not self.problem.endswith(ROWS_MISSING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterCheck:
    """Whether a message's footer stands in the chain; `seq` is None when the text is no footer."""

    ok: bool
    seq: int | None
    problem: str


def clean(text: str) -> str:
    """`text` in NFC, every control, bidirectional, separator or broken character replaced by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\ufffd" if letter in BIDI or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in unicodedata.normalize("NFC", text)
    )


def canonical(body: Mapping[str, Json]) -> str:
    """`body` as the one JSON text it has. Raises InvariantBroken for what cannot be told exactly."""
    return rfc8785.dumps(_plain(body)).decode()


def _plain(value: Json) -> Plain:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(str(value))
    if isinstance(value, int):
        if abs(value) > INT_MAX:
            raise InvariantBroken(f"{value} is too large a whole number for the audit chain")
        return int(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise InvariantBroken(f"{value} cannot stand in the audit chain")
        return repr(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_plain(part) for part in value]
    raise InvariantBroken(f"{type(value).__name__} cannot stand in the audit chain")


def _plain_mapping(value: Mapping[str, Json]) -> dict[str, Plain]:
    plain = {clean(str(key)): _plain(part) for key, part in value.items()}
    if len(plain) != len(value):
        raise InvariantBroken("two keys of an audit body are the same text")
    return plain


def row_hash(row: tuple[int, str, str, str, str, str, str, str], *, prev_hash: str) -> str:
    """The hash of a row's eight columns (seq to body) after `prev_hash`, as the header of this file defines it."""
    content = SEPARATOR.join((str(row[0]), *row[1:]))
    return sha256(b"\0" + bytes.fromhex(prev_hash) + content.encode("utf-8", "surrogatepass")).hexdigest()


def record_of(row: RawRow) -> AuditRecord:
    seq, at, boot_id, boot_s, actor, kind, ref, body_json, prev_hash, digest = row
    return AuditRecord(
        seq=seq,
        at=datetime.fromisoformat(at),
        boot_id=boot_id,
        boot_s=float(boot_s),
        actor=actor,
        type=kind,
        ref=ref,
        body_json=body_json,
        prev_hash=prev_hash,
        hash=digest,
    )


def export_line(row: RawRow) -> str:
    """`row` as one line of JSON, for a copy that is verified elsewhere."""
    return json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False, separators=(",", ":"))


def verify(rows: Iterable[RawRow], anchors: Iterable[Anchor] = (), *, after: Head = EMPTY_HEAD) -> VerifyResult:
    """Every row follows from the one before and every anchor stands in the chain, or the first place where it does not.

    Streams: one row is held at a time. Rows must come in storage order from row 1, or from the one after `after`, whose hash is then
    trusted; anchors may come in any order and repeat, and where two of them contradict each other at least one contradicts the chain.
    Never raises, whatever the rows hold.
    """
    seen: dict[int, str] = {}
    contradicted = {anchor.seq for anchor in anchors if seen.setdefault(anchor.seq, anchor.hash) != anchor.hash}
    count, previous, first_at, last_at, anchored = after.seq, after.hash, "", "", (0, "")
    bad: tuple[int, str] | None = None
    for row in _readable(rows):
        problem = _row_problem(row, count + 1, previous)
        if not problem and count + 1 in seen:
            problem = "" if seen[count + 1] == row[9] and count + 1 not in contradicted else ANOTHER_ROW
            anchored = anchored if problem else (count + 1, row[1])
        if problem:
            bad = (count + 1, problem)
            break
        count, previous, last_at = count + 1, row[9], row[1]
        first_at = first_at if first_at else last_at
    last_anchor = max(seen, default=0)
    if bad is None and last_anchor > count:
        bad = (count + 1, f"head {count} < anchor {last_anchor}: {last_anchor - count} {ROWS_MISSING}")
    return _result(Head(seq=count, hash=previous), first_at=first_at, last_at=last_at, anchored=anchored, bad=bad)


def _readable(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """The rows up to one whose text is not even UTF-8: that one has no columns and nothing follows."""
    try:
        yield from rows
    except UnicodeDecodeError:
        yield ()  # type: ignore[misc]


def _row_problem(row: RawRow, seq: int, prev_hash: str) -> str:
    try:
        if row[0] != seq:
            return f"row {seq} is missing"
        if row[8] != prev_hash:
            return "the row does not follow from the one before"
        if row_hash(row[:8], prev_hash=prev_hash) != row[9]:
            return "the row was changed after it was written"
    except (IndexError, TypeError):
        # What lies in the file was perhaps not written by us: too few columns, or the wrong kind of thing in one.
        return "this is no row: a column is missing or not of its kind"
    return ""


def _span_s(first_at: str, last_at: str) -> float:
    """Seconds between two instants of rows; zero where a forged row names none."""
    try:
        return (datetime.fromisoformat(last_at) - datetime.fromisoformat(first_at)).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _result(head: Head, *, first_at: str, last_at: str, anchored: tuple[int, str], bad: tuple[int, str] | None) -> VerifyResult:
    # The un-anchored tail is measured from the last row an anchor saw, or from the first row where none did.
    anchored_seq, anchored_at = anchored
    open_s = _span_s(anchored_at if anchored_at else first_at, last_at) if head.seq > anchored_seq else 0.0
    return VerifyResult(
        ok=bad is None,
        rows=head.seq,
        first_bad_seq=None if bad is None else bad[0],
        problem="" if bad is None else bad[1],
        head=head,
        anchored_seq=anchored_seq,
        unanchored_rows=head.seq - anchored_seq,
        unanchored_s=open_s,
    )


def parse_footer(footer: str) -> tuple[int, str] | None:
    """(seq, hash) of a footer like `142·7f3a9b01`, or of a whole head, with or without the chain sign before it; None for other text."""
    number, dot, digits = footer.strip().removeprefix("⛓").strip().partition("·")
    if not dot or not (number.isascii() and number.isdigit() and len(number) <= SEQ_DIGITS_MAX) or len(digits) not in (HASH8, HASH_DIGITS):
        return None
    return int(number), digits.lower()


def check_footer(footer: str, *, stored: Head | None) -> FooterCheck:
    """Whether the footer's row still is what the message saw; `stored` is that row's head, None when there is no such row."""
    parsed = parse_footer(footer)
    if parsed is None:
        return FooterCheck(ok=False, seq=None, problem="this is no footer")
    seq, digits = parsed
    if stored is None or stored.seq != seq:
        return FooterCheck(ok=False, seq=seq, problem=f"row {seq} is not in the chain")
    if stored.hash[: len(digits)] != digits:
        return FooterCheck(ok=False, seq=seq, problem=f"row {seq} is another row than the message saw")
    return FooterCheck(ok=True, seq=seq, problem="")
