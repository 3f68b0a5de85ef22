"""The sums of the tables: they follow every write, and tell of every change that was none of the store's."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from engine.clock import ManualClock
from engine.errors import InvariantBroken, StateError, StoreBroken
from engine.state.database import refuse_changed
from engine.state.migrations import APPLICATION_ID, MIGRATIONS, migrate
from engine.state.repository import AnchorFile, Store, Transaction
from engine.state.seals import Seals
from engine.state.store import check_file
from tests.engine.state.builders import NOW, add_message, add_proposal

CHANGES = {
    "a word of a proposal": ("UPDATE proposals SET note = 'another'", "proposals"),
    "a row of the outbox": ("DELETE FROM outbox WHERE outbox_id = 2", "outbox"),
    "a hold": ("DELETE FROM holds", "holds"),
    "the kill switch": ("UPDATE kill_switch SET is_armed = 1", "kill_switch"),
    "a remembered figure": ("UPDATE meta SET value = '8' WHERE key = 'figure'", "meta"),
    "a law of a table": ("CREATE INDEX more ON outbox(kind)", "the schema"),
    "a table": ("DROP TABLE memories", "memories"),
    "the last number a table gave": ("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'outbox'", "the last numbers given"),
    "the table that gave a number": ("UPDATE sqlite_sequence SET name = 'outboy' WHERE name = 'outbox'", "the last numbers given"),
    "a sum": ("UPDATE seals SET sum = sum + 1 WHERE name = 'holds'", "holds"),
}


def work(tx: Transaction) -> None:
    add_proposal(tx)
    for key in ("one", "two"):
        add_message(tx, key)
    tx.add_hold("operator", "lunch", NOW)
    tx.add_hold("venue", "locked", NOW)
    tx.remove_hold("venue")
    tx.set_meta("figure", "7")
    tx.set_kill_row(armed=True, reason="smoke", now=NOW)
    tx.set_kill_row(armed=False, reason="", now=NOW)


def test_the_sums_follow_what_the_store_writes_and_gives_up(store: Store, tmp_path: Path) -> None:
    def refused(tx: Transaction) -> None:
        tx.set_meta("figure", "8")
        add_proposal(tx)
        raise InvariantBroken("given up")

    store.write_sync(work)
    with pytest.raises(InvariantBroken):
        store.write_sync(refused)
    store.write_sync(lambda tx: tx.set_meta("figure", "9"))

    check_file(tmp_path / "cerbero.db")


def test_a_number_given_to_a_row_that_was_there_already_is_no_damage(store: Store, tmp_path: Path) -> None:
    """An update that Telegram delivers once more, and nothing else in its transaction."""
    for is_new in (True, False):
        assert store.write_sync(lambda tx: tx.add_update(update_id=7001, raw_json="{}", callback_id=None, now=NOW)) is is_new

    check_file(tmp_path / "cerbero.db")


WRITES = {
    "whole and signed numbers with a point": "INSERT INTO marks (trade_id, at, dvol_pts, short_delta) VALUES (1, 'then', 80.0, -0.0)",
    "a text nobody prints": "UPDATE proposals SET note = char(0, 173, 8232, 65533, 120004, 1114109)",
    "a row put in place of another": "INSERT OR REPLACE INTO kill_switch VALUES (1, 1, 'smoke', NULL)",
    "a row that was there already": "INSERT INTO meta VALUES ('figure', '8') ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "a row that stays out": "INSERT OR IGNORE INTO meta VALUES ('figure', '8')",
    "every row at once": "DELETE FROM holds",
    "another key": "UPDATE outbox SET outbox_id = outbox_id + 10",
    "the columns an earlier schema did not have": "UPDATE trades SET strategy = 'another'",
}


@pytest.mark.parametrize("sql", [pytest.param(sql, id=name) for name, sql in WRITES.items()])
def test_whatever_is_written_the_sums_follow_and_after_more_schemas_too(tmp_path: Path, clock: ManualClock, sql: str) -> None:
    path = tmp_path / "earlier.db"
    earlier = apsw.Connection(str(path))
    earlier.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(earlier, place="earlier", migrations=MIGRATIONS[:1])
    earlier.execute("INSERT INTO meta VALUES ('origin', 'demo'), ('figure', '7')")
    for table in ("proposals", "trades"):
        fill_one(earlier, table)
    earlier.close()
    with closing(Store.open(path, origin="demo", clock=clock, boot="b")) as store:
        store.write_sync(lambda tx: [add_message(tx, "one"), tx.add_hold("operator", "lunch", NOW)])
    connection = apsw.Connection(str(path))
    sums = Seals(connection)
    with connection:
        sums.begin()
        connection.execute(sql)
        sums.write()
    connection.close()

    check_file(path)


def fill_one(connection: apsw.Connection, table: str) -> None:
    """One row that says nothing, as far as the laws of the table let it."""
    meant = {"kind": "'entry'", "urgency": "'none'", "proposal_id": "1", "trade_id": "1" if table == "trades" else "NULL"}
    columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
    values = [meant.get(str(name), "'x'" if kind == "TEXT" else "1") for name, kind in columns]
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join(values)})")  # noqa: S608


def test_two_processes_sum_up_into_one(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    other = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="other")
    for number in range(6):
        (store, other)[number % 2].write_sync(lambda tx, n=number: tx.set_meta(f"figure {n % 4}", str(n)))
    other.close()

    check_file(tmp_path / "cerbero.db")


@pytest.mark.parametrize(("sql", "named"), [pytest.param(*change, id=name) for name, change in CHANGES.items()])
def test_a_change_that_was_none_of_the_stores_is_named(store: Store, tmp_path: Path, sql: str, named: str) -> None:
    store.write_sync(work)
    connection = apsw.Connection(str(tmp_path / "cerbero.db"))
    connection.execute(sql)
    connection.close()
    store.write_sync(lambda tx: add_message(tx, "three"))

    with pytest.raises(StoreBroken, match=f"what stands in {named} is not what was written there.*backup restore"):
        check_file(tmp_path / "cerbero.db")


def test_a_text_that_is_none_is_damage(store: Store, tmp_path: Path) -> None:
    store.write_sync(work)
    connection = apsw.Connection(str(tmp_path / "cerbero.db"))
    connection.execute("UPDATE meta SET value = CAST(x'ff41' AS TEXT) WHERE key = 'figure'")

    with pytest.raises(StoreBroken, match="a text in it cannot be read"):
        refuse_changed(connection, place="the store")
    connection.close()


def test_a_store_that_is_gone_is_not_made_anew_while_its_anchors_are_there(store: Store, tmp_path: Path, clock: ManualClock) -> None:
    store.write_sync(lambda tx: tx.audit(actor="engine", type="test.row", ref="", body={}))
    store.close()
    (tmp_path / "cerbero.db").unlink()

    with pytest.raises(StateError, match=r"the store was lost, not new.*backup restore"):
        Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    assert not (tmp_path / "cerbero.db").exists()
