"""Audit rows within a transaction: appended with the change they tell of, read, walked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.clock import boot_time_s
from engine.state.audit import ANOTHER_ROW, COLUMNS, EMPTY_HEAD, Anchor, Json, RawRow, VerifyResult, canonical, clean, record_of, row_hash, verify
from engine.state.models import utc_text
from engine.state.records import AuditRecord, Head
from engine.state.rows import Rows

SELECT = f"SELECT {', '.join(COLUMNS)} FROM audit"  # noqa: S608 -- the names are constants
WEIGHTY = ("entry.", "exit.", "card.", "trade.", "kill.", "hold.")
"""Types anchored at once: decisions, what people answered, what became of trades, and every stop and resume."""

PASSING = "card.claimed"
"""The one of them that is not: what became of the claim follows it within the second."""

INSERT = f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 -- the names are constants

HASHES = "SELECT seq, hash FROM audit WHERE seq IN (SELECT value FROM json_each(?))"
LAST_OF_TYPE = "SELECT seq FROM audit WHERE type = ? ORDER BY seq DESC LIMIT ?"

# From one type to the next by the index, instead of over all rows: there are few types and many rows.
TYPES = """
WITH RECURSIVE kinds(type) AS (
    SELECT min(type) FROM audit UNION ALL SELECT (SELECT min(type) FROM audit WHERE type > kinds.type) FROM kinds WHERE kinds.type IS NOT NULL)
SELECT type FROM kinds WHERE type IS NOT NULL
"""


class AuditRows(Rows):
    """The chain as one transaction sees it."""

    def audit(self, *, actor: str, type: str, ref: str, body: Mapping[str, Json], anchor: bool = False) -> Head:  # noqa: A002 -- the column's name
        """A row is appended to the chain; returns the new head. A weighty one, or any with `anchor`, is anchored right after the commit.

        Raises InvariantBroken when the body holds what canonical JSON cannot tell.
        """
        before = self.head()
        columns = (
            before.seq + 1,
            utc_text(self._context.clock.now()),
            self._context.boot_id,
            f"{boot_time_s():.3f}",
            clean(actor),
            clean(type),
            clean(ref),
            canonical(body),
        )
        after = Head(seq=before.seq + 1, hash=row_hash(columns, prev_hash=before.hash))
        self._sql(INSERT, (*columns, before.hash, after.hash))
        if anchor or (type.startswith(WEIGHTY) and type != PASSING):
            self._context.marks.wants_anchor = clean(type)
        return after

    def head(self) -> Head:
        """The last row of the chain; the empty head when there is none."""
        found = self._sql("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
        return Head(seq=found[0][0], hash=found[0][1]) if found else EMPTY_HEAD

    def audit_head_at(self, seq: int) -> Head | None:
        """The head as it was when row `seq` was the last one."""
        found = self._sql("SELECT seq, hash FROM audit WHERE seq = ?", (seq,))
        return Head(seq=found[0][0], hash=found[0][1]) if found else None

    def audit_rows(self, from_seq: int, limit: int) -> tuple[AuditRecord, ...]:
        """Up to `limit` rows from `from_seq` on, ascending."""
        found = self._sql(f"{SELECT} WHERE seq >= ? ORDER BY seq LIMIT ?", (from_seq, limit))
        return tuple(record_of(row) for row in found)

    def audit_tail(self, count: int, type_filter: str | None = None) -> tuple[AuditRecord, ...]:
        """The last `count` rows, newest first; with `type_filter` only types that start with it."""
        if type_filter is None:
            found = self._sql(f"{SELECT} ORDER BY seq DESC LIMIT ?", (count,))
        else:
            # Each type by itself, so that the index finds its last rows however many of other types came since.
            kinds = [kind for (kind,) in self._sql(TYPES) if kind.startswith(type_filter)]
            seqs = sorted((seq for kind in kinds for (seq,) in self._sql(LAST_OF_TYPE, (kind, count))), reverse=True)
            found = [row for seq in seqs[:count] for row in self._sql(f"{SELECT} WHERE seq = ?", (seq,))]
        return tuple(record_of(row) for row in found)

    def audit_stream(self, from_seq: int = 1) -> Iterator[RawRow]:
        """Every row from `from_seq` on in storage order, one at a time; read it up inside the transaction."""
        return iter(self._database.connection().execute(f"{SELECT} WHERE seq >= ? ORDER BY seq", (from_seq,)))

    def verify_chain(self, anchors: Iterable[Anchor] = (), *, newest: int | None = None) -> VerifyResult:
        """The chain walked against `anchors`; with `newest` only so many of its last rows, and earlier anchors are looked up one by one.

        What a partial walk cannot see is a row before it that was edited without its hash: the next whole walk does.
        """
        head = self.head()
        after = self.audit_head_at(head.seq - newest) if newest is not None and head.seq > newest else None
        if after is None:
            return verify(self.audit_stream(), anchors)
        early, late = [anchor for anchor in anchors if anchor.seq <= after.seq], [anchor for anchor in anchors if anchor.seq > after.seq]
        result = verify(self.audit_stream(after.seq + 1), late, after=after)
        stored = dict(self._sql(HASHES, (json.dumps([anchor.seq for anchor in early]),)))
        other = min((anchor.seq for anchor in early if stored.get(anchor.seq) != anchor.hash), default=None)
        if other is not None:
            return replace(result, ok=False, first_bad_seq=other, problem=ANOTHER_ROW)
        if result.anchored_seq == 0 and early:
            seq = max(anchor.seq for anchor in early)
            return replace(result, anchored_seq=seq, unanchored_rows=result.head.seq - seq)
        return result
