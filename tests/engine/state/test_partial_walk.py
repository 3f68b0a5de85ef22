"""A long history at start-up: its newest rows are walked, every older anchor is looked up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from engine.clock import ManualClock
from engine.state.audit import Anchor, VerifyResult
from engine.state.repository import AnchorFile, Store, verify_file, verify_home

ROWS, NEWEST = 200, 60


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Path:
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    for number in range(ROWS):
        store.write_sync(lambda tx, number=number: tx.audit(actor="engine", type="test.row", ref=f"row:{number}", body={}))
    store.close()
    return tmp_path


def walked(home: Path) -> VerifyResult:
    return verify_home(home / "cerbero.db", home / "anchors.jsonl", newest=NEWEST)


def rewrite(home: Path, statement: str) -> None:
    connection = apsw.Connection(str(home / "cerbero.db"))
    connection.execute("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_deleted")
    connection.execute(statement)
    connection.close()


def test_a_sound_history_is_sound_and_its_tail_is_stated_like_after_a_whole_walk(home: Path) -> None:
    whole = verify_home(home / "cerbero.db", home / "anchors.jsonl")

    assert walked(home) == whole
    assert (whole.ok, whole.rows, whole.anchored_seq) == (True, ROWS, ROWS)


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET actor = 'x' WHERE seq = 180", 180),
        ("DELETE FROM audit WHERE seq = 170", 170),
        ("UPDATE audit SET hash = 'x' || substr(hash, 2) WHERE seq = 50", 50),
        ("DELETE FROM audit WHERE seq = 100", 100),
    ],
    ids=["walked row edited", "walked row deleted", "older anchored row rewritten", "older anchored row deleted"],
)
def test_what_it_looks_at_is_found(home: Path, statement: str, bad: int) -> None:
    rewrite(home, statement)

    assert walked(home).first_bad_seq == bad


def test_a_missing_tail_is_told(home: Path) -> None:
    rewrite(home, "DELETE FROM audit WHERE seq > 190")

    assert walked(home).problem == "head 190 < anchor 200: 10 rows missing"


def test_an_older_row_edited_without_its_hash_waits_for_the_whole_walk(home: Path) -> None:
    """The price of a bounded start; the whole walk runs beside the engine right after it."""
    rewrite(home, "UPDATE audit SET actor = 'x' WHERE seq = 40")

    assert walked(home).ok
    assert verify_home(home / "cerbero.db", home / "anchors.jsonl").first_bad_seq == 40


@pytest.mark.parametrize(("newest", "is_partial"), [(ROWS - 1, True), (ROWS, False), (ROWS + 1, False)])
def test_a_history_that_is_not_longer_is_walked_whole(home: Path, newest: int, *, is_partial: bool) -> None:
    rewrite(home, "UPDATE audit SET actor = 'x' WHERE seq = 1")

    assert verify_file(home / "cerbero.db", newest=newest).ok is is_partial


def test_anchors_before_the_walk_count_for_the_tail(home: Path) -> None:
    store = Store.open_readonly(home / "cerbero.db")
    seen = store.read_sync(lambda tx: tx.audit_head_at(120))
    result = store.read_sync(lambda tx: tx.verify_chain((Anchor(seq=120, hash="" if seen is None else seen.hash),), newest=NEWEST))
    store.close()

    assert (result.ok, result.anchored_seq, result.unanchored_rows) == (True, 120, 80)


@pytest.mark.parametrize(("wanted", "found"), [("test.", [200, 199]), ("test.row", [200, 199]), ("row", []), ("kill.", [])])
def test_the_last_rows_of_a_type_are_found_by_its_beginning(home: Path, wanted: str, found: list[int]) -> None:
    store = Store.open_readonly(home / "cerbero.db")
    rows = store.read_sync(lambda tx: tx.audit_tail(2, wanted))
    store.close()

    assert [row.seq for row in rows] == found


def test_rows_of_several_types_come_newest_first(tmp_path: Path, clock: ManualClock) -> None:
    write: Callable[[Store, str], object] = lambda store, kind: store.write_sync(lambda tx: tx.audit(actor="a", type=kind, ref="", body={}))  # noqa: E731
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b")
    for kind in ("kill.armed", "card.sent", "kill.disarmed", "kill.armed", "killer"):
        write(store, kind)
    rows = store.read_sync(lambda tx: tx.audit_tail(2, "kill."))
    store.close()

    assert [(row.seq, row.type) for row in rows] == [(4, "kill.armed"), (3, "kill.disarmed")]
