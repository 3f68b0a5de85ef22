"""A restore: the copy takes the store's place, nothing is deleted, what is missing is said, and the engine holds."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from engine.clock import Clock, ManualClock, SystemClock
from engine.errors import AlreadyRunning, OriginMismatch, StateError
from engine.home import Home, home_at
from engine.safety.backup import create_backup, verify_backup
from engine.safety.drill import drill_restore
from engine.safety.instance import HomeLock
from engine.safety.kill_switch import KillSwitch
from engine.safety.restore import EPOCHS_NAME, RESTORED_HOLD, Restored, restore_backup
from engine.safety.retention import Backup
from engine.safety.start_up import StartUpReport, conclude, start_up
from engine.state.migrations import APPLICATION_ID, MIGRATIONS, migrate, schema_version
from engine.state.repository import AnchorFile, Store, inspect_origin, read_anchors, verify_home
from tests.conftest import ROOT

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
CLOCK = SystemClock()
STORE_NAMES = {"cerbero.db", "anchors.jsonl"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = home_at(tmp_path / "home")
    home.root.mkdir()
    return home


def opened(home: Home, *, origin: str = "demo", clock: Clock | None = None) -> Store:
    return Store.open(home.db, origin=origin, clock=ManualClock(START) if clock is None else clock, boot="boot-1", anchors=AnchorFile(home.anchors))


def grow(home: Home, rows: int, *, origin: str = "demo") -> None:
    """So many rows more, the last of them anchored."""
    store = opened(home, origin=origin)

    def work(tx: object) -> None:
        for _ in range(rows):
            tx.audit(actor="test", type="test.row", ref="", body={"words": "kept"})  # type: ignore[attr-defined]

    store.write_sync(work)
    store.close()


def backed_up(home: Home, *, rows: int, later: int, origin: str = "demo") -> Backup:
    """A backup at `rows`, and a store that went on for `later` rows more."""
    grow(home, rows, origin=origin)
    backup = create_backup(home, now=START)
    if later:
        grow(home, later, origin=origin)
    return backup


def restored(home: Home, source: Path, *, anchors: Path | None = None) -> Restored:
    return restore_backup(home, source, anchors_path=home.anchors if anchors is None else anchors, clock=CLOCK)


def facts(home: Home) -> tuple[int, int, dict[str, str]]:
    """(head, epoch, holds) of the store."""
    store = Store.open_readonly(home.db)
    try:
        return store.read_sync(lambda tx: (tx.head().seq, tx.label_epoch(), {hold.code: hold.detail for hold in tx.holds()}))
    finally:
        store.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"}


async def started(home: Home) -> StartUpReport:
    async def agrees() -> tuple[str, ...]:
        return ()

    store = opened(home)
    try:
        report = await start_up(store=store, kill_switch=KillSwitch(home.root), clock=ManualClock(START), anchors_path=home.anchors, reconcile=agrees)
        await store.write(lambda tx: conclude(tx, report, now=START))
        return report
    finally:
        store.close()


async def test_an_older_backup_says_how_many_rows_are_missing_and_holds_over_the_next_start(home: Home) -> None:
    backup = backed_up(home, rows=812, later=89)
    done = restored(home, backup.path)

    words = f"restored from {backup.name}: head 812 < anchor 901: 89 rows missing"
    assert (done.head_seq, done.missing_rows, done.epoch, done.detail) == (812, 89, 1, words)
    assert facts(home) == (813, 1, {RESTORED_HOLD: words})
    assert (await started(home)).is_ready
    assert facts(home)[2] == {RESTORED_HOLD: words}
    assert verify_home(home.db, home.anchors).ok
    assert done.as_json()["missing_rows"] == 89
    assert done.sentence() == f"{words}; order labels begin with cb1; the former store lies in {done.replaced}. The engine will hold until /resume."


def test_the_former_store_and_its_anchors_are_moved_aside_whole(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    anchors = home.anchors.read_bytes()
    done = restored(home, backup.path)

    assert done.replaced is not None
    assert {path.name for path in done.replaced.iterdir()} >= STORE_NAMES
    assert (done.replaced / "anchors.jsonl").read_bytes() == anchors
    assert verify_home(done.replaced / "cerbero.db", done.replaced / "anchors.jsonl").head.seq == 8
    assert [anchor.seq for anchor in read_anchors(home.anchors)] == [5, 6]
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.root.glob("*") if path.is_file()} == {0o600}
    assert stat.S_IMODE(done.replaced.stat().st_mode) == 0o700
    assert [path.name for path in home.root.iterdir() if "restoring" in path.name or "draft" in path.name] == []


def test_the_former_store_can_be_put_back_with_its_own_anchors(home: Home) -> None:
    done = restored(home, backed_up(home, rows=5, later=3).path)
    assert done.replaced is not None
    with pytest.raises(StateError, match="history was rewritten"):
        restored(home, done.replaced / "cerbero.db")
    back = restored(home, done.replaced / "cerbero.db", anchors=done.replaced / "anchors.jsonl")

    assert (back.head_seq, back.missing_rows, back.epoch) == (8, 0, 2)
    assert verify_home(home.db, home.anchors).ok


def test_the_newest_backup_of_a_stopped_engine_misses_nothing_and_holds_all_the_same(home: Home) -> None:
    done = restored(home, backed_up(home, rows=5, later=0).path)

    assert (done.missing_rows, done.detail.endswith("head 5, no anchor is newer")) == (0, True)
    assert RESTORED_HOLD in facts(home)[2]


def test_rows_that_no_anchor_saw_are_counted_from_the_store_that_is_replaced(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    anchors = home.anchors.read_text().splitlines(keepends=True)
    home.anchors.write_text(anchors[0])

    assert restored(home, backup.path).detail.endswith("head 5 < head 8 of the store it replaces: 3 rows missing")


def test_what_the_replaced_store_knew_beyond_the_last_anchor_is_told_too(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    store = Store.open(home.db, origin="demo", clock=ManualClock(START), boot="boot-1")
    store.write_sync(lambda tx: tx.audit(actor="test", type="test.row", ref="", body={}))
    store.close()
    done = restored(home, backup.path)

    assert done.detail.endswith("head 5 < anchor 8: 3 rows missing, the replaced store went to 9")
    assert done.missing_rows == 4


def test_without_anchors_there_is_nothing_to_compare_with_and_the_sentence_says_so(home: Home, tmp_path: Path) -> None:
    backup = backed_up(home, rows=5, later=0)
    other = home_at(tmp_path / "other")
    other.root.mkdir()
    done = restored(other, backup.path)

    assert done.detail.endswith("head 5, no anchors to compare with")
    assert done.replaced is None
    assert "former store" not in done.sentence()
    assert verify_home(other.db, other.anchors).ok


def test_every_restore_takes_an_epoch_no_restore_had_before(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    epochs = [restored(home, backup.path).epoch for _ in range(2)]
    home.db.write_bytes(b"gone")
    epochs.append(restored(home, backup.path).epoch)
    (home.root / EPOCHS_NAME).unlink()
    epochs.append(restored(home, backup.path).epoch)

    assert epochs == [1, 2, 3, 4]
    assert facts(home)[1] == 4


def test_a_record_of_epochs_that_cannot_be_read_stops_the_restore(home: Home) -> None:
    backup = backed_up(home, rows=5, later=0)
    (home.root / EPOCHS_NAME).write_text("{}\n")

    with pytest.raises(StateError, match="which order labels are used"):
        restored(home, backup.path)


def test_a_running_engine_is_never_restored_over(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    before = contents(home.root)
    lock = HomeLock.acquire(home.root)
    with pytest.raises(AlreadyRunning):
        restored(home, backup.path)
    lock.release()

    assert contents(home.root) == before


def rot(backup: Backup) -> None:
    backup.path.write_bytes(backup.path.read_bytes().replace(b"kept", b"left", 1))


def lose_record(backup: Backup) -> None:
    rot(backup)
    backup.path.with_name(backup.name + ".json").unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (rot, "checksum differs"),
        (lose_record, "audit chain .* is broken at row"),
        (lambda backup: backup.path.unlink(), "cannot be read"),
    ],
)
def test_a_backup_that_is_not_sound_is_refused_and_the_home_stays_as_it_was(home: Home, damage: Callable[[Backup], object], words: str) -> None:
    backup = backed_up(home, rows=5, later=3)
    damage(backup)
    before = contents(home.root)
    with pytest.raises(StateError, match=words):
        restored(home, backup.path)

    assert contents(home.root) == before


def test_no_backup_at_all_never_makes_an_empty_store(home: Home) -> None:
    with pytest.raises(StateError, match="does not exist"):
        restored(home, home.backups / "cerbero-20260302T140000Z-812.db")

    assert not home.db.exists()


def test_a_demo_backup_does_not_replace_a_real_store(home: Home, tmp_path: Path) -> None:
    other = home_at(tmp_path / "other")
    other.root.mkdir()
    backup = backed_up(other, rows=5, later=0)
    grow(home, 2, origin="real")

    with pytest.raises(OriginMismatch):
        restored(home, backup.path, anchors=other.anchors)
    assert inspect_origin(home.db) == "real"


def test_a_real_store_is_marked_with_the_wall_clock_and_a_demo_goes_on_from_its_last_row(home: Home, tmp_path: Path) -> None:
    real = home_at(tmp_path / "real")
    real.root.mkdir()
    restored(home, backed_up(home, rows=5, later=0).path)
    restored(real, backed_up(real, rows=5, later=0, origin="real").path)
    stamped = []
    for each in (home, real):
        store = Store.open_readonly(each.db)
        stamped.append(store.read_sync(lambda tx: tx.audit_tail(1)[0].at))
        store.close()

    assert stamped[0] == START
    assert stamped[1] > START + timedelta(days=1)


def test_an_empty_history_can_be_restored(home: Home) -> None:
    opened(home).close()
    backup = create_backup(home, now=START)

    assert restored(home, backup.path).head_seq == 0
    assert facts(home)[0] == 1


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(home: Home) -> None:
    home.backups.mkdir()
    source = home.backups / "cerbero-20260101T000000Z-0.db"
    connection = apsw.Connection(str(source))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(connection, place="test", migrations=MIGRATIONS[:1])
    connection.execute("INSERT INTO meta (key, value) VALUES ('origin', 'demo')")
    connection.close()
    restored(home, source)
    connection = apsw.Connection(str(home.db))

    assert schema_version(connection) == len(MIGRATIONS)
    connection.close()
    assert facts(home)[:2] == (1, 1)


def test_a_store_that_cannot_be_read_is_moved_aside_with_its_log(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    home.db.write_bytes(b"rubbish")
    home.db.with_name("cerbero.db-wal").write_bytes(b"a log of who knows what")
    done = restored(home, backup.path)

    assert done.replaced is not None
    assert (done.replaced / "cerbero.db").read_bytes() == b"rubbish"
    assert (done.replaced / "cerbero.db-wal").read_bytes() == b"a log of who knows what"
    assert facts(home)[0] == 6


def test_a_store_without_its_tables_counts_as_unreadable(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    connection = apsw.Connection(str(home.db))
    connection.execute("DROP TABLE kill_switch")
    connection.close()

    assert restored(home, backup.path).detail.endswith("head 5 < anchor 8: 3 rows missing")


def test_a_kill_that_only_the_former_store_knew_of_still_kills(home: Home) -> None:
    backup = backed_up(home, rows=5, later=0)
    store = opened(home)
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=START))
    store.close()
    restored(home, backup.path)

    assert KillSwitch(home.root).is_armed()
    assert json.loads(home.kill.read_text())["reason"] == "smoke"


def test_a_kill_is_kept_even_where_its_reserved_file_is_no_file(home: Home) -> None:
    backup = backed_up(home, rows=5, later=0)
    store = opened(home)
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=START))
    store.close()
    (home.root / ".kill-reserve").mkdir()
    restored(home, backup.path)

    assert KillSwitch(home.root).is_armed()


class MovingClock(SystemClock):
    """A clock during whose asking the home is moved away."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home

    def wall(self) -> datetime:
        if self.home.root.exists():
            self.home.root.rename(self.home.root.with_name("moved"))
        return super().wall()


def test_a_kill_that_cannot_be_kept_stops_the_restore_before_the_former_store_moves(home: Home) -> None:
    backup = backed_up(home, rows=5, later=0)
    store = opened(home)
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=START))
    store.close()
    with pytest.raises(StateError, match="the kill switch of the present store could not be kept"):
        restore_backup(home, backup.path, anchors_path=home.anchors, clock=MovingClock(home))
    home.root.with_name("moved").rename(home.root)
    store = opened(home)
    row = store.read_sync(lambda tx: tx.kill_row())
    store.close()

    assert row.armed


async def test_a_store_copied_back_by_hand_holds_and_is_taken_over_by_a_restore(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    shutil.copy(backup.path, home.db)
    report = await started(home)
    assert "head 5 < anchor 8: 3 rows missing" in report.problems[0]
    done = restored(home, home.db)

    assert (done.epoch, done.missing_rows) == (1, 2)
    assert facts(home)[0] == 7
    assert (await started(home)).is_ready


def test_an_edited_anchor_file_needs_a_copy_kept_elsewhere(home: Home, tmp_path: Path) -> None:
    backup = backed_up(home, rows=5, later=3)
    copy = tmp_path / "copy.jsonl"
    lines = home.anchors.read_text().splitlines(keepends=True)
    copy.write_text("".join([*reversed(lines), lines[0]]))
    home.anchors.write_text("edited\n")
    with pytest.raises(StateError, match="the file was edited"):
        restored(home, backup.path)

    assert restored(home, backup.path, anchors=copy).missing_rows == 3
    assert verify_home(home.db, home.anchors).ok


def test_a_disk_error_is_said_and_the_restore_can_be_done_again(home: Home) -> None:
    backup = backed_up(home, rows=5, later=3)
    blocking = home.root / "anchors.jsonl-draft"
    blocking.mkdir()
    with pytest.raises(StateError, match="do it again"):
        restored(home, backup.path)
    blocking.rmdir()

    assert restored(home, backup.path).missing_rows == 3


def test_an_interrupted_restore_forbids_a_new_store_and_is_done_again(home: Home) -> None:
    """Killed after the former store had begun to move: its log follows it into the same folder."""
    backup = backed_up(home, rows=5, later=3)
    aside = home.root / "replaced-20260302T140000Z-before-epoch-1"
    aside.mkdir()
    shutil.copy(backup.path, home.root / "cerbero.db-restoring")
    home.db.rename(aside / "cerbero.db")
    home.db.with_name("cerbero.db-wal").write_bytes(b"left behind")
    for leftover in ("cerbero.db-wal", None):
        with pytest.raises(StateError, match=r"was lost, not new.*backup restore"):
            opened(home)
        if leftover is not None:
            assert not home.db.exists()
            home.db.with_name(leftover).rename(home.root / "kept")
    (home.root / "kept").rename(home.db.with_name("cerbero.db-wal"))
    done = restored(home, backup.path)

    assert done.replaced == aside
    assert {path.name for path in aside.iterdir()} == {"cerbero.db", "cerbero.db-wal", "anchors.jsonl"}
    assert facts(home)[0] == 6


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call", ["rename", "fsync", "unlink", "pwrite64"])
def test_a_kill_at_every_call_to_the_disk_leaves_the_old_store_the_new_one_or_none_and_never_an_empty_one(tmp_path: Path, call: str) -> None:
    for nth in range(1, 400):
        home = home_at(tmp_path / str(nth))
        home.root.mkdir()
        backup = backed_up(home, rows=5, later=3)
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={nth}"]
        command = [*inject, sys.executable, "-m", "tests.engine.safety.backup_child", "restore", str(home.root), str(backup.path)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if home.db.exists():
            assert facts(home)[0] in (8, 6)
        else:
            with pytest.raises(StateError, match="lost, not new"):
                opened(home)
        again = restored(home, backup.path)

        assert facts(home)[0] == 6
        assert again.epoch >= 1
        assert verify_home(home.db, home.anchors).ok
        assert [path for path in home.root.glob("replaced-*") if (path / "cerbero.db").exists()]
        if done.returncode == 0:
            return
    pytest.fail("the child never reached its end")


def test_the_drill_restores_somewhere_else_and_leaves_the_home_as_it_was(home: Home) -> None:
    backup = backed_up(home, rows=812, later=89)
    before = contents(home.root)
    drill = drill_restore(home, clock=CLOCK)

    assert (drill.ok, drill.backup, drill.head_seq) == (True, backup.name, 812)
    assert drill.sentence().startswith(f"restore drill ok: {backup.name} restored to row 812 and verified in ")
    assert drill.as_json()["ok"] is True
    assert contents(home.root) == before


def test_the_drill_fails_loudly_without_a_good_backup(home: Home) -> None:
    assert drill_restore(home, clock=CLOCK).sentence() == f"restore drill FAILED: there is no verified backup in {home.backups}"

    backup = backed_up(home, rows=5, later=0)
    home.anchors.unlink()
    assert drill_restore(home, clock=CLOCK).ok
    rot(backup)
    drill = drill_restore(home, clock=CLOCK)
    assert not drill.ok
    assert "checksum differs" in drill.problem


@pytest.mark.slow
def test_twenty_backups_of_a_growing_store_are_all_restored_within_a_minute_each(home: Home, record_property: Callable[[str, object], None]) -> None:
    taken = []
    for number in range(20):
        grow(home, 1_500)
        taken.append(create_backup(home, now=START + timedelta(days=number)))
    done = []
    for backup in taken:
        scratch = home_at(home.root.parent / f"drill-{backup.head_seq}")
        scratch.root.mkdir()
        shutil.copy(home.anchors, scratch.anchors)
        done.append(restored(scratch, backup.path))
        assert verify_home(scratch.db, scratch.anchors).ok
        assert facts(scratch)[0] == backup.head_seq + 1
    worst_s = max(each.took_s for each in done)
    record_property("restored", len(done))
    record_property("slowest_s", worst_s)
    print(f"restored {len(done)}/20, {taken[-1].head_seq} rows at most, slowest {worst_s:.2f} s")

    assert [verify_backup(home, backup, now=START).problem for backup in taken] == [""] * 20
    assert worst_s < 60
