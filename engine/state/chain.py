"""Audit rows within a transaction: appended with the change they tell of, read, walked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.clock import boot_time_s
from engine.state.audit import COLUMNS, EMPTY_HEAD, Json, RawRow, canonical, clean, record_of, row_hash
from engine.state.models import utc_text
from engine.state.records import AuditRecord, Head
from engine.state.rows import Rows

SELECT = f"SELECT {', '.join(COLUMNS)} FROM audit"  # noqa: S608 -- the names are constants
WEIGHTY = ("entry.", "exit.", "card.", "trade.", "kill.", "hold.")
"""Types anchored at once: decisions, what people answered, what became of trades, and every stop and resume."""

PASSING = "card.claimed"
"""The one of them that is not: what became of the claim follows it within the second."""

INSERT = f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 -- the names are constants


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
            found = self._sql(f"{SELECT} WHERE substr(type, 1, length(?1)) = ?1 ORDER BY seq DESC LIMIT ?2", (type_filter, count))
        return tuple(record_of(row) for row in found)

    def audit_stream(self) -> Iterator[RawRow]:
        """Every row in storage order, one at a time; read it up inside the transaction."""
        return iter(self._database.connection().execute(f"{SELECT} ORDER BY seq"))
