"""What the rows of each table sum up to, written in the same transaction: a row that anything but the store has changed shows.

Rules of this file: a sum asks neither for an order of the rows nor where they lie; the audit chain looks after its own rows. It is for
accidents, a bit that rotted or a hand that slipped: whoever means to deceive sums up too, and is found by the chain and its anchors.
A row's number is made of its text in ASCII, which no version of Python writes otherwise, and a sum is the exclusive or of the numbers: no two
rows of a table are the same, each has a key. What a transaction inside the transaction gives up is not followed; the store opens none.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from hashlib import blake2b
from operator import xor

import apsw

from engine.errors import StoreBroken
from engine.state.failures import RESTORE_HINT

SUM_BYTES = 8
UNSEALED = ("audit", "seals")
SCHEMA = "the schema"
NUMBERS = "the last numbers given"
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
LAWS = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL"
"""Not the triggers: what goes on behind them is the chain's to tell, row by row."""

LAST_NUMBERS = "SELECT CAST(total(seq) AS INTEGER) FROM sqlite_sequence"
"""SQLite's own table of the highest number each table gave: it calls no hook, so it is summed up whole before and after."""

NUMBERS_OF_NOTHING = "SELECT count(*) FROM sqlite_sequence WHERE name NOT IN (SELECT name FROM sqlite_schema WHERE type = 'table')"
# SQLite has no exclusive or; this is one, and it cannot overflow.
ADD = "UPDATE seals SET sum = (sum | ?1) - (sum & ?1) WHERE name = ?2"


class Seals:
    """Sums up what one connection changes. `begin` and `write` stand at the two ends of each of its transactions."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._changes: dict[str, int] = {}
        self._numbers = 0
        connection.preupdate_hook(self._note)

    def begin(self) -> None:
        """Nothing is owed; what a transaction changed that was given up is forgotten."""
        self._changes.clear()
        self._numbers = _last_numbers(self._connection)

    def write(self) -> None:
        """The sums hold what this transaction changed, on top of what they are in it: another process may have written since the last one."""
        # A number is gone even where its row was there already and was ignored: no hook tells of that.
        # Onto what is written there, not over it: what somebody else changed must not become right by it.
        self._changes[NUMBERS] = self._numbers ^ _last_numbers(self._connection)
        for name, change in self._changes.items():
            if change:
                self._connection.execute(ADD, (change, name))
        self._changes.clear()

    def _note(self, update: apsw.PreUpdate) -> None:
        name = update.table_name
        if name in UNSEALED:
            return
        change = self._changes.get(name, 0)
        for row in (update.old, update.new):
            if row is not None:
                change ^= _number(row)
        self._changes[name] = change


def renew(connection: apsw.Connection) -> None:
    """The sums are those of the rows as they are now, inside the transaction that is open."""
    connection.execute("DELETE FROM seals")
    for name, total in _totals(connection).items():
        connection.execute("INSERT INTO seals (name, sum) VALUES (?, ?)", (name, total))


def refuse_unsealed(connection: apsw.Connection, *, place: str) -> None:
    """Nothing happens where every table sums up to what its last transaction wrote, beside a writer too. Raises StoreBroken naming one that does not."""
    connection.execute("BEGIN")
    try:
        stored, found = {str(name): total for name, total in connection.execute("SELECT name, sum FROM seals")}, _totals(connection)
        changed = next((name for name in sorted(stored | found) if stored.get(name) != found.get(name)), None)
        if changed is None and next(connection.execute(NUMBERS_OF_NOTHING))[0]:
            changed = NUMBERS
    except UnicodeDecodeError as error:
        raise StoreBroken(f"{place} is damaged: a text in it cannot be read. {RESTORE_HINT}") from error
    finally:
        # SQLite itself takes a transaction back when the disk fails in it.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    if changed is not None:
        raise StoreBroken(f"{place} is damaged: what stands in {changed} is not what was written there. {RESTORE_HINT}")


def _totals(connection: apsw.Connection) -> dict[str, int]:
    names = [str(name) for (name,) in connection.execute(TABLES).fetchall() if name not in UNSEALED]
    totals = {name: _total(connection.execute(f'SELECT * FROM "{name}"')) for name in names}  # noqa: S608 - the names come from the schema
    return totals | {SCHEMA: _total(connection.execute(LAWS)), NUMBERS: _last_numbers(connection)}


def _last_numbers(connection: apsw.Connection) -> int:
    return int(next(connection.execute(LAST_NUMBERS))[0])


def _total(rows: Iterable[tuple[object, ...]]) -> int:
    return reduce(xor, map(_number, rows), 0)


def _number(row: tuple[object, ...]) -> int:
    return int.from_bytes(blake2b(ascii(row).encode("ascii"), digest_size=SUM_BYTES).digest(), signed=True)
