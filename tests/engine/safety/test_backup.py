"""Backups: online, complete or not there, looked at whole, and thinned out without losing the last good one."""

from __future__ import annotations

import fcntl
import json
import os
import random
import re
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.backup import (
    NAME,
    backup_age_s,
    check_backup,
    create_backup,
    list_backups,
    newest_verified,
    prune_backups,
    verify_backup,
)
from engine.safety.retention import Backup, Soundness
from engine.state.backup import check_store, copy_store, last_seq
from engine.state.repository import AnchorFile, Store, Transaction, read_anchors
from tests.conftest import ROOT

START = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REF = re.compile(rb"ref:\d{6}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    opened = Store.open(home.db, origin="demo", clock=ManualClock(START), boot="boot-1", anchors=AnchorFile(home.anchors))
    grow(opened, 120)
    yield opened
    opened.close()


def grow(store: Store, rows: int) -> None:
    """So many rows more, in one transaction, and anchored."""

    def work(tx: Transaction) -> None:
        for _ in range(rows):
            tx.audit(actor="test", type="test.row", ref=f"ref:{tx.head().seq:06}", body={"words": "what happened" * 9}, anchor=True)

    store.write_sync(work)


def change(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x41]))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_backup_is_a_whole_store_in_one_private_file_and_verified(home: Home, store: Store) -> None:
    os.umask(0)
    backup = create_backup(home, now=START)
    os.umask(0o022)

    assert (backup.name, backup.soundness, backup.problem) == ("cerbero-20260302T140000Z-120.db", Soundness.VERIFIED, "")
    assert (backup.taken_at, backup.head_seq, backup.checked_at) == (START, 120, START)
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.backups.iterdir()} == {0o600}
    assert files(home.backups) == {backup.name, backup.name + ".json", "lock"}
    assert check_store(backup.path, read_anchors(home.anchors)).head == store.last_head()
    assert list_backups(home) == (backup,)


def test_a_name_is_used_once(home: Home, store: Store) -> None:
    backup = create_backup(home, now=START)
    before = backup.path.read_bytes()
    with pytest.raises(StateError, match="never written over"):
        create_backup(home, now=START)

    assert backup.path.read_bytes() == before
    assert verify_backup(home, backup, now=START).soundness is Soundness.VERIFIED
    assert files(home.backups) == {backup.name, backup.name + ".json", "lock"}


def test_without_a_store_there_is_nothing_to_back_up(home: Home) -> None:
    with pytest.raises(StateError, match="there is no store"):
        create_backup(home, now=START)

    assert list_backups(home) == ()
    assert not home.backups.exists()


@pytest.mark.parametrize("rounds", [pytest.param(25, id="quick"), pytest.param(100, id="hundred", marks=pytest.mark.slow)])
def test_backups_taken_while_the_engine_writes_are_all_whole_and_no_write_fails(home: Home, store: Store, rounds: int) -> None:
    """Each is one consistent view: its chain is whole and its head was the store's at some instant."""
    done, failures, written = threading.Event(), [], []

    def write() -> None:
        try:
            while not done.is_set():
                grow(store, 1)
                written.append(store.last_head())
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    taken = [create_backup(home, now=START + timedelta(seconds=number)) for number in range(rounds)]
    done.set()
    writer.join()
    anchors = read_anchors(home.anchors)
    heads = [check_store(backup.path, anchors).head for backup in taken]

    assert failures == []
    assert [backup.problem for backup in taken] == [""] * rounds
    assert set(heads[1:]) <= set(written)
    assert [head.seq for head in heads] == sorted(head.seq for head in heads)
    assert heads[-1].seq > heads[0].seq


def test_every_flipped_byte_is_found(home: Home, store: Store) -> None:
    backup = create_backup(home, now=START)
    whole, chance = backup.path.read_bytes(), random.Random(7)
    for at in [0, 18, 60, 68, *(chance.randrange(len(whole)) for _ in range(40))]:
        change(backup.path, at)
        seen = verify_backup(home, backup, now=START + DAY)

        assert seen.soundness is Soundness.BAD, at
        assert "checksum differs" in seen.problem
        backup.path.write_bytes(whole)

    assert verify_backup(home, backup, now=START + DAY).problem == ""


def test_without_its_checksum_every_flipped_byte_of_the_history_is_found(home: Home, store: Store) -> None:
    """Pages, references and chain are looked at too; only what no row depends on may then differ, and whatever is wrong is said in words."""
    copy = home.root / "elsewhere.db"
    copy_store(home.db, copy)
    whole, chance, missed = copy.read_bytes(), random.Random(11), []
    # A page that was split keeps a dead copy of rows in its free space: those refs stand twice.
    told = [match.start() for match in REF.finditer(whole) if whole.count(match[0]) == 1]
    for at in [*chance.sample(told, 30), *(chance.randrange(len(whole)) for _ in range(60))]:
        change(copy, at)
        with suppress(StateError):
            check_store(copy, read_anchors(home.anchors))
            missed.append(at)
        copy.write_bytes(whole)

    assert set(missed).isdisjoint(told)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b""), "size differs"),
        (lambda path: path.write_bytes(path.read_bytes()[:50_000]), "size differs"),
    ],
)
def test_a_cut_backup_shows_in_the_list_without_a_look(home: Home, store: Store, damage: object, words: str) -> None:
    backup = create_backup(home, now=START)
    damage(backup.path)  # type: ignore[operator]

    assert [(each.soundness, words in each.problem) for each in list_backups(home)] == [(Soundness.BAD, True)]
    assert newest_verified(home) is None


def test_a_copy_brought_from_elsewhere_is_unknown_until_it_is_looked_at(home: Home, store: Store) -> None:
    backup = create_backup(home, now=START)
    beside = backup.path.with_name(backup.name + ".json")
    for text in (None, "{}", '{"sha256": 1, "size_bytes": 2, "problem": "", "checked_at": "then"}'):
        beside.unlink() if text is None else beside.write_text(text)

        assert [each.soundness for each in list_backups(home)] == [Soundness.UNKNOWN]
        assert newest_verified(home) is None

    assert verify_backup(home, backup, now=START).soundness is Soundness.VERIFIED
    assert json.loads(beside.read_text())["problem"] == ""


def test_a_backup_of_another_history_is_bad_and_names_the_row(home: Home, store: Store) -> None:
    backup = create_backup(home, now=START)
    lines = home.anchors.read_text().splitlines()
    home.anchors.write_text("".join(line.replace('"hash":"', '"hash":"00')[: len(line) + 2] + "\n" for line in lines))
    seen = verify_backup(home, backup, now=START)

    assert seen.soundness is Soundness.BAD
    assert "history was rewritten" in seen.problem


def test_a_backup_that_cannot_be_held_against_the_anchors_is_kept_and_marked(home: Home, store: Store) -> None:
    home.anchors.write_text("edited\n")
    backup = create_backup(home, now=START)

    assert (backup.soundness, backup.head_seq) == (Soundness.BAD, 120)
    assert "the file was edited" in backup.problem


def test_what_a_killed_backup_left_is_swept_and_two_at_once_are_refused(home: Home, store: Store) -> None:
    create_backup(home, now=START)
    (home.backups / ".20260302T140000Z.partial").write_bytes(b"half")
    (home.backups / ".20260302T140000Z.partial-journal").write_bytes(b"half")
    descriptor = os.open(home.backups / "lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(StateError, match="another backup"):
        create_backup(home, now=START + DAY)
    os.close(descriptor)
    create_backup(home, now=START + DAY)

    assert not [name for name in files(home.backups) if "partial" in name]


def start_child(what: str, *args: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.engine.safety.backup_child", what, *map(str, args)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_process_killed_while_it_takes_backups_leaves_every_older_one_whole(home: Home, store: Store) -> None:
    first = create_backup(home, now=START)
    grow(store, 300)
    child = start_child("many", home.root)
    told = [] if child.stdout is None else [child.stdout.readline().strip() for _ in range(4)][1:]
    child.kill()
    child.wait()
    seen = [verify_backup(home, backup, now=START) for backup in list_backups(home)]

    assert {first.name, *told} <= {backup.name for backup in seen}
    assert [backup.problem for backup in seen if backup.soundness is not Soundness.VERIFIED] == []
    assert create_backup(home, now=START + 9 * DAY).problem == ""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "rename"])
def test_a_kill_at_every_call_to_the_disk_leaves_a_whole_new_backup_or_none(home: Home, store: Store, call: str) -> None:
    first = create_backup(home, now=START)
    for nth in range(1, 400):
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={nth}"]
        command = [*inject, sys.executable, "-m", "tests.engine.safety.backup_child", "one", str(home.root)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        seen = [verify_backup(home, backup, now=START) for backup in list_backups(home)]

        assert all(backup.soundness is Soundness.VERIFIED for backup in seen)
        assert first.name in {backup.name for backup in seen}
        if done.returncode == 0:
            return
        for backup in seen[:-1]:
            backup.path.unlink()
    pytest.fail("the child never reached its end")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few hundred kilobytes; needs root."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "small", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs root and the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_in_one_sentence_and_older_backups_stay(home: Home, store: Store, small_disk: Path) -> None:
    home.backups.symlink_to(small_disk)
    first = create_backup(home, now=START)
    grow(store, 400)
    with pytest.raises(StateError, match=r"full|No space"):
        create_backup(home, now=START + DAY)

    assert [backup.name for backup in list_backups(home)] == [first.name]
    assert verify_backup(home, first, now=START).soundness is Soundness.VERIFIED
    assert not [name for name in files(home.backups) if "partial" in name]
    assert store.read_sync(lambda tx: tx.head().seq) == 520


def test_a_folder_that_cannot_be_written_is_named(home: Home, store: Store) -> None:
    home.backups.write_text("a file where the folder should be")

    with pytest.raises(StateError, match="cannot be written"):
        create_backup(home, now=START)


def test_a_store_that_cannot_be_read_gives_no_backup(home: Home) -> None:
    home.db.write_bytes(b"no database" * 100)

    with pytest.raises(StateError, match="no database"):
        create_backup(home, now=START)
    assert last_seq(home.db) == 0


def many(home: Home, days: int) -> list[Backup]:
    return [create_backup(home, now=START + DAY * number) for number in range(days)]


def test_thinning_out_removes_the_files_and_what_lay_beside_them(home: Home, store: Store) -> None:
    taken = many(home, 12)
    pruned = prune_backups(home, now=START + 11 * DAY)
    left = {backup.name for backup in list_backups(home)}

    assert pruned.problem == ""
    assert set(pruned.removed) == {backup.name for backup in taken} - left
    assert pruned.removed
    assert {name for name in files(home.backups) if NAME.fullmatch(name.removesuffix(".json"))} == left | {name + ".json" for name in left}


def test_nothing_is_removed_while_the_newest_backup_has_rotted(home: Home, store: Store) -> None:
    taken = many(home, 12)
    change(taken[-1].path, 9_000)
    pruned = prune_backups(home, now=START + 11 * DAY)

    assert pruned.removed == ()
    assert "checksum differs" in pruned.problem
    assert len(list_backups(home)) == 12


def test_nothing_is_removed_where_every_backup_is_bad(home: Home, store: Store) -> None:
    for backup in many(home, 5):
        change(backup.path, 9_000)
        verify_backup(home, backup, now=START)
    pruned = prune_backups(home, now=START + 11 * DAY)

    assert (pruned.removed, pruned.problem) == ((), "no backup is verified: nothing is removed")
    assert len(list_backups(home)) == 5


def test_the_age_is_that_of_the_newest_verified_backup(home: Home, store: Store) -> None:
    assert backup_age_s(home, START) is None

    first, second = many(home, 2)
    assert backup_age_s(home, START + 2 * DAY) == DAY.total_seconds()
    change(second.path, 9_000)
    verify_backup(home, second, now=START)
    assert backup_age_s(home, START + 2 * DAY) == 2 * DAY.total_seconds()
    assert newest_verified(home) == first
    assert backup_age_s(home, START - DAY) is None
    assert first.as_json()["verified"] is True


def test_a_backup_that_is_gone_is_said_to_be_unreadable(home: Home, store: Store) -> None:
    backup = create_backup(home, now=START)
    backup.path.unlink()

    with pytest.raises(StateError, match="cannot be read"):
        check_backup(backup.path, ())


def test_a_copy_never_replaces_a_file(home: Home, store: Store) -> None:
    copy = home.root / "elsewhere.db"
    copy_store(home.db, copy)
    with pytest.raises(StateError, match="could not be copied"):
        copy_store(home.db, copy)

    assert last_seq(copy) == 120
