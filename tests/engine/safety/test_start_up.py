"""The engine starts on HOLD and leaves it only when every check has passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from engine.clock import ManualClock
from engine.errors import StateError, VenueError
from engine.safety.kill_switch import OPERATOR_HOLD, KillSwitch
from engine.safety.start_up import START_UP_HOLD, THOROUGH_MAX_BYTES, WALKED_MAX, Reconcile, StartUpReport, conclude, start_up
from engine.state.repository import AnchorFile, Store


async def agrees() -> Sequence[str]:
    return ()


async def differs() -> Sequence[str]:
    return ("trade 7 is not at the venue", "order cb-9 is unknown here")


async def is_down() -> Sequence[str]:
    raise VenueError("no answer", server="deribit")


async def run(store: Store, home: Path, clock: ManualClock, reconcile: Reconcile = agrees) -> StartUpReport:
    report = await start_up(store=store, kill_switch=KillSwitch(home), clock=clock, anchors_path=home / "anchors.jsonl", reconcile=reconcile)
    assert hold_detail(store) == "checks_running"
    await store.write(lambda tx: conclude(tx, report, now=clock.now()))
    return report


def hold_detail(store: Store) -> str | None:
    details = [hold.detail for hold in store.read_sync(lambda tx: tx.holds()) if hold.code == START_UP_HOLD]
    return details[0] if details else None


async def test_all_checks_in_order_lift_the_hold(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    report = await run(store, tmp_path, clock)

    assert report.is_ready
    assert not report.is_killed
    assert report.problems == ()
    assert [step.name for step in report.steps] == ["integrity", "audit", "kill_switch", "reconcile"]
    assert hold_detail(store) is None
    assert not report.is_partial
    assert [row.type for row in store.read_sync(lambda tx: tx.audit_tail(1))] == ["engine.started"]


@pytest.mark.parametrize(("reconcile", "words"), [(differs, "trade 7 is not at the venue; order cb-9"), (is_down, "VenueError: deribit: no answer")])
async def test_a_venue_that_does_not_agree_keeps_the_hold_until_it_does(
    tmp_path: Path, store: Store, clock: ManualClock, reconcile: Reconcile, words: str
) -> None:
    report = await run(store, tmp_path, clock, reconcile)

    assert not report.is_ready
    assert words in report.problems[0]
    assert words in str(hold_detail(store))
    assert (await run(store, tmp_path, clock)).is_ready
    assert hold_detail(store) is None


async def test_history_that_does_not_match_its_anchors_keeps_the_hold(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "anchors.jsonl").write_text('{"seq":901,"hash":"ab","at":"","why":"due"}\n')
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b")
    report = await run(store, tmp_path, clock)

    assert "head 0 < anchor 901: 901 rows missing" in report.problems[0]
    assert str(hold_detail(store)).startswith("audit: ")
    store.close()


async def test_an_edited_anchor_file_keeps_the_hold(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    (tmp_path / "anchors.jsonl").write_text("edited\n")

    assert "edited" in (await run(store, tmp_path, clock)).problems[0]


def remember_anchors(store: Store, rows: int) -> None:
    """So many rows were anchored one by one, and the store knows it."""
    for _ in range(rows):
        store.write_sync(lambda tx: tx.audit(actor="a", type="kill.test", ref="", body={}))
    store.write_sync(lambda _: None)


LOSSES = {
    "gone": (lambda path: path.unlink(), "the anchor file is gone or empty, and the store remembers an anchor at row 3"),
    "emptied": (lambda path: path.write_bytes(b""), "the anchor file is gone or empty, and the store remembers an anchor at row 3"),
    "shortened": (lambda path: path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n"), "ends at row 1, and the store remembers an anchor at row 3"),
}


@pytest.mark.parametrize(("lose", "words"), LOSSES.values(), ids=LOSSES.keys())
async def test_lost_anchors_hold_until_a_person_resumes(tmp_path: Path, store: Store, clock: ManualClock, lose: Callable[[Path], object], words: str) -> None:
    remember_anchors(store, 3)
    lose(tmp_path / "anchors.jsonl")
    report = await run(store, tmp_path, clock)

    assert words in report.problems[0]
    assert words in str(hold_detail(store))
    assert {hold.code for hold in store.read_sync(lambda tx: tx.holds())} == {START_UP_HOLD, OPERATOR_HOLD}
    assert words in store.read_sync(lambda tx: tx.audit_tail(9, "anchors.lost"))[0].body_json
    # The file goes on from here; the next start finds it sound, and the person's hold still stands.
    assert (await run(store, tmp_path, clock)).is_ready
    assert {hold.code for hold in store.read_sync(lambda tx: tx.holds())} == {OPERATOR_HOLD}


async def test_anchors_put_back_from_a_copy_are_sound_again(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    path = tmp_path / "anchors.jsonl"
    remember_anchors(store, 3)
    copy = path.read_bytes()
    path.unlink()
    await run(store, tmp_path, clock)
    path.write_bytes(copy + path.read_bytes())

    assert (await run(store, tmp_path, clock)).is_ready


async def test_a_broken_chain_is_told_before_lost_anchors_and_leaves_no_hold_of_a_person(tmp_path: Path, clock: ManualClock) -> None:
    first = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    remember_anchors(first, 3)
    first.close()
    connection = apsw.Connection(str(tmp_path / "cerbero.db"))
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("UPDATE audit SET actor = 'x' WHERE seq = 2")
    connection.close()
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b")
    report = await run(store, tmp_path, clock)
    store.close()

    assert report.problems == ("the audit chain is broken at row 2: the row was changed after it was written",)


async def test_a_store_in_memory_is_walked_against_the_file_it_is_given(tmp_path: Path, clock: ManualClock) -> None:
    store = Store.open_memory(origin="demo", clock=clock, boot="b")
    report = await run(store, tmp_path, clock)
    store.close()

    assert report.is_ready


async def test_a_kill_survives_the_restart_and_its_file_is_made_again(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=datetime(2026, 3, 1, tzinfo=UTC)))
    report = await run(store, tmp_path, clock)

    assert report.is_killed
    assert report.is_ready
    assert report.steps[2].detail == "armed: smoke"
    assert KillSwitch(tmp_path).is_armed()


async def test_a_kill_that_cannot_be_written_to_disk_keeps_the_hold(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=clock.now()))
    switch = KillSwitch(tmp_path / "gone")
    report = await start_up(store=store, kill_switch=switch, clock=clock, anchors_path=tmp_path / "anchors.jsonl", reconcile=agrees)

    assert report.is_killed
    assert "could not be written" in report.problems[0]


async def test_a_damaged_store_ends_the_start(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    neighbour = apsw.Connection(str(tmp_path / "cerbero.db"))
    neighbour.execute("INSERT INTO marks (trade_id, at) VALUES (9, 'then')")
    neighbour.close()

    with pytest.raises(StateError, match="damaged"):
        await run(store, tmp_path, clock)

    assert hold_detail(store) == "checks_running"


async def test_a_large_store_leaves_its_references_to_the_daily_check_and_the_report_says_so(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    grown = apsw.Connection(str(tmp_path / "cerbero.db"))
    grown.execute("CREATE TABLE filling (what BLOB); INSERT INTO filling VALUES (zeroblob(?)); DROP TABLE filling", (THOROUGH_MAX_BYTES,))
    grown.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    grown.close()
    report = await run(store, tmp_path, clock)

    assert (tmp_path / "cerbero.db").stat().st_size > THOROUGH_MAX_BYTES
    assert (report.is_partial, report.is_ready) == (True, True)


@pytest.mark.slow
async def test_of_a_long_history_the_newest_rows_are_walked_and_the_report_says_so(tmp_path: Path, clock: ManualClock) -> None:
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    for _ in range(0, WALKED_MAX, 1000):
        store.write_sync(lambda tx: [tx.audit(actor="engine", type="test.row", ref="", body={}) for _ in range(1000)])
    whole = await run(store, tmp_path, clock)
    partial = await run(store, tmp_path, clock)
    store.close()

    assert (whole.is_partial, partial.is_partial) == (False, True)
    assert (whole.is_ready, partial.is_ready) == (True, True)
    assert partial.steps[1].detail.startswith(f"{WALKED_MAX + 1} rows follow")
