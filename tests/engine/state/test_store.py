"""The store as a file: made whole, opened with care, refused when it cannot be trusted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import apsw
import pytest

from engine.clock import ManualClock
from engine.errors import InvariantBroken, OriginMismatch, StateError
from engine.state import models, models_people
from engine.state.database import APPLICATION_ID, PRAGMAS, connect_writer, make_file, refuse_damaged, refuse_old_sqlite, refuse_other_settings
from engine.state.migrations import MIGRATIONS, migrate
from engine.state.repository import Store, Transaction, inspect_origin
from tests.engine.state.builders import open_trade
from tests.people import own_folder, unprivileged

BOOT = "boot-1"


def note(tx: Transaction, text: str = "x") -> None:
    tx.audit(actor="engine", type="test.noted", ref="", body={"text": text})


def test_a_new_store_is_private_and_carries_its_origin(store: Store) -> None:
    assert store.path is not None

    assert store.path.stat().st_mode & 0o777 == 0o600
    assert inspect_origin(store.path) == "demo"
    assert store.read_sync(lambda tx: tx.get_meta("origin")) == "demo"


def test_making_a_store_leaves_nothing_else_behind(tmp_path: Path, clock: ManualClock) -> None:
    Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot=BOOT).close()

    assert [entry.name for entry in tmp_path.iterdir()] == ["cerbero.db"]


def test_origin_never_changes(store: Store, clock: ManualClock) -> None:
    assert store.path is not None
    store.write_sync(lambda tx: tx.set_meta("origin", "real"))

    with pytest.raises(OriginMismatch) as refused:
        Store.open(store.path, origin="real", clock=clock, boot=BOOT)

    assert (refused.value.stored, refused.value.wanted) == ("demo", "real")


def test_an_unknown_origin_is_a_broken_promise(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(InvariantBroken):
        Store.open(tmp_path / "cerbero.db", origin="maybe", clock=clock, boot=BOOT)

    assert list(tmp_path.iterdir()) == []


def test_every_setting_is_in_force(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "cerbero.db"
    Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
    database = connect_writer(path, origin="demo")
    connection = database.connection()

    assert {name: connection.pragma(name) for name in PRAGMAS} == PRAGMAS
    assert connection.pragma("application_id") == APPLICATION_ID
    assert connection.pragma("busy_timeout") == 5000
    connection.pragma("synchronous", 1)
    with pytest.raises(StateError, match="synchronous=1"):
        refuse_other_settings(connection)
    database.close()


def test_a_sqlite_with_the_wal_reset_bug_is_refused() -> None:
    refuse_old_sqlite((3, 51, 3))
    with pytest.raises(StateError, match=r"3\.51\.2"):
        refuse_old_sqlite((3, 51, 2))


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "empty"), (b"SQLite format 3\0", "cut short"), (b"\xff" * 4096, "damaged"), (b"SQLite format 3\0".ljust(4096, b"\0"), "another program")],
)
def test_what_is_no_store_is_refused_and_left_as_it_was(tmp_path: Path, clock: ManualClock, content: bytes, word: str) -> None:
    path = tmp_path / "cerbero.db"
    path.write_bytes(content)

    with pytest.raises(StateError, match=word):
        Store.open(path, origin="demo", clock=clock, boot=BOOT)
    with pytest.raises(StateError, match=word):
        inspect_origin(path)

    assert path.read_bytes() == content


def test_a_lost_store_is_not_taken_for_a_new_one(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "cerbero.db-wal").write_bytes(b"rest")

    with pytest.raises(StateError, match="lost"):
        Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot=BOOT)

    assert not (tmp_path / "cerbero.db").exists()


def test_flipped_bytes_are_found_or_do_not_matter(tmp_path: Path, clock: ManualClock) -> None:
    """One flipped byte at many places: refused in words, or the store reads the same; never another error, never an empty store."""
    path = tmp_path / "cerbero.db"
    store = Store.open(path, origin="demo", clock=clock, boot=BOOT)
    store.write_sync(lambda tx: [note(tx, f"row {number}") for number in range(50)])
    store.close()
    sound = path.read_bytes()
    refused = 0
    for offset in range(0, len(sound), len(sound) // 97):
        path.write_bytes(sound[:offset] + bytes([sound[offset] ^ 0xFF]) + sound[offset + 1 :])
        try:
            reopened = Store.open(path, origin="demo", clock=clock, boot=BOOT)
        except StateError:
            refused += 1
            continue
        assert reopened.read_sync(lambda tx: tx.head().seq) == 50
        reopened.close()
        for leftover in ("-wal", "-shm"):
            path.with_name(path.name + leftover).unlink(missing_ok=True)

    assert refused > 0


def test_a_cut_store_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "cerbero.db"
    Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(StateError, match=r"damaged|malformed"):
        Store.open(path, origin="demo", clock=clock, boot=BOOT)


def test_a_store_of_a_newer_program_is_refused_unchanged(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "cerbero.db"
    Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", len(MIGRATIONS) + 1)
    connection.close()

    with pytest.raises(StateError, match="newer"):
        Store.open(path, origin="demo", clock=clock, boot=BOOT)
    with pytest.raises(StateError, match="newer"):
        Store.open_readonly(path)


def test_a_store_without_an_origin_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "cerbero.db"
    Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
    connection = apsw.Connection(str(path))
    connection.execute("DELETE FROM meta")
    connection.close()

    with pytest.raises(StateError, match="where it comes from"):
        Store.open(path, origin="demo", clock=clock, boot=BOOT)


def test_a_failing_migration_leaves_the_schema_before_it() -> None:
    connection = apsw.Connection(":memory:")

    def half_way(changed: apsw.Connection) -> None:
        changed.execute("CREATE TABLE half (a)")
        changed.execute("CREATE TABLE half (a)")

    with pytest.raises(apsw.SQLError):
        migrate(connection, place="memory", migrations=(*MIGRATIONS, half_way))

    assert connection.pragma("user_version") == len(MIGRATIONS)
    assert next(iter(connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'")))[0] == 0
    assert migrate(connection, place="memory") == 0


def test_the_models_tell_the_migrated_schema() -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, place="memory")

    for model in (*models.MODELS, *models_people.MODELS):
        stored = [row[1] for row in connection.execute(f"PRAGMA table_info({model._meta.table_name})")]
        assert sorted(stored) == sorted(field.column_name for field in model._meta.sorted_fields)


def test_a_failed_write_changes_nothing(store: Store) -> None:
    def break_off(tx: Transaction) -> None:
        note(tx)
        raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        store.write_sync(break_off)

    assert store.read_sync(lambda tx: tx.head().seq) == 0


def test_a_broken_law_of_the_store_is_a_broken_invariant(store: Store) -> None:
    with pytest.raises(InvariantBroken, match="laws"):
        store.write_sync(lambda tx: tx.add_card_attempt(nonce="n", proposal_id=99, revision=1, chat_id=1, outbox_id=1))


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StateError, match="read"):
        store.read_sync(note)

    assert store.read_sync(lambda tx: tx.head().seq) == 0


def test_work_that_asks_for_more_work_is_refused_instead_of_waiting_for_itself(store: Store) -> None:
    with pytest.raises(InvariantBroken, match="wait for itself"):
        store.write_sync(lambda _: store.write_sync(note))


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()

    with pytest.raises(StateError, match="closed"):
        store.write_sync(note)


async def test_concurrent_writes_keep_the_chain_gapless(store: Store) -> None:
    await asyncio.gather(*(store.write(lambda tx, n=number: note(tx, str(n))) for number in range(40)))

    assert (await store.verify()).ok
    assert await store.read(lambda tx: tx.head()) == store.last_head()
    assert store.last_head().seq == 40


async def test_the_loop_goes_on_while_the_file_is_locked_by_another_process(store: Store) -> None:
    other = apsw.Connection(str(store.path))
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(store.write(note))
    for _ in range(100):
        await asyncio.sleep(0)

    assert not waiting.done()
    other.execute("ROLLBACK")
    await waiting
    other.close()
    assert store.last_head().seq == 1


async def test_the_whole_file_can_be_checked_while_it_is_open(store: Store) -> None:
    await store.check_integrity()


def test_a_row_that_points_nowhere_is_damage() -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, place="memory")
    connection.execute("INSERT INTO marks (trade_id, at) VALUES (9, 'then')")

    with pytest.raises(StateError, match="points nowhere"):
        refuse_damaged(connection, place="memory", thorough=True)


def test_a_readonly_store_reads_beside_the_writer_and_changes_nothing(store: Store) -> None:
    assert store.path is not None
    store.write_sync(note)
    reader = Store.open_readonly(store.path)
    store.write_sync(note)

    assert reader.read_sync(lambda tx: tx.head().seq) == 2
    with pytest.raises(StateError):
        reader.write_sync(note)
    reader.close()


def test_a_readonly_store_is_never_created(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="does not exist"):
        Store.open_readonly(tmp_path / "cerbero.db")

    assert inspect_origin(tmp_path / "cerbero.db") is None
    assert list(tmp_path.iterdir()) == []


async def test_a_store_in_memory_behaves_the_same_and_forgets(clock: ManualClock) -> None:
    store = Store.open_memory(origin="demo", clock=clock, boot=BOOT)
    await store.write(note)

    assert (await store.verify()).ok
    assert await store.anchor("test") is False
    assert store.last_head().seq == 1
    await store.check_integrity()
    store.close()


def test_a_store_whose_first_page_is_rubbish_is_refused_by_readers_and_writers(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "cerbero.db"
    Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
    sound = path.read_bytes()
    path.write_bytes(sound[:100] + b"\xaa" * (len(sound) - 100))

    with pytest.raises(StateError, match="Nothing was changed"):
        Store.open(path, origin="demo", clock=clock, boot=BOOT)
    with pytest.raises(StateError, match="cannot be read"):
        Store.open_readonly(path)


def test_two_processes_that_make_the_same_store_end_with_one(tmp_path: Path) -> None:
    path = tmp_path / "cerbero.db"
    make_file(path, origin="real")
    with pytest.raises(StateError, match="same moment"):
        make_file(path, origin="demo")

    assert inspect_origin(path) == "real"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_a_store_at_rest_is_read_from_a_folder_nobody_may_write_to(clock: ManualClock) -> None:
    with own_folder() as home:
        path = home / "cerbero.db"
        Store.open(path, origin="demo", clock=clock, boot=BOOT).close()
        home.chmod(0o500)
        with unprivileged(home):
            assert inspect_origin(path) == "demo"


def test_a_step_another_process_took_meanwhile_is_not_taken_twice(tmp_path: Path) -> None:
    path = str(tmp_path / "one.db")
    first, second = apsw.Connection(path), apsw.Connection(path)

    def step(changed: apsw.Connection) -> None:
        changed.execute("CREATE TABLE step (a)")

    assert migrate(first, place="one", migrations=(step,)) == 1
    assert migrate(second, place="one", migrations=(step,)) == 0
    first.close()
    second.close()


async def test_a_footer_is_checked_beside_the_running_engine(store: Store) -> None:
    await store.write(note)

    assert (await store.verify_footer(store.last_head().footer)).ok


def test_a_fill_may_come_without_an_order(store: Store) -> None:
    """An adopted or reported fill has no order of ours behind it."""
    trade_id = store.write_sync(open_trade)

    assert [record.fill.order_id for record in store.read_sync(lambda tx: tx.fills(trade_id))] == [None]
