"""When a head is anchored: after 50 rows, within a minute, at every decision, kill and resume, and at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import monotonic_s
from engine.config import default_rules
from engine.state.anchors import EVERY_ROWS, EVERY_S, AnchorFile, lost_anchors, read_anchors, remembered
from engine.state.records import Head
from engine.state.repository import Store

ROW_WAITS_MAX_S = 60
DECISIONS = ("entry.proposed", "entry.refused", "entry.approved", "exit.proposed", "exit.approved", "card.rejected", "card.postponed", "trade.closed")
WEIGHTY = (*DECISIONS, "kill.armed", "kill.disarmed", "hold.set", "hold.lifted")


def anchored(folder: Path) -> list[tuple[int, str]]:
    return [(anchor.seq, anchor.why) for anchor in read_anchors(folder / "anchors.jsonl")]


@pytest.mark.parametrize("type_", WEIGHTY)
def test_what_is_weighty_is_anchored_at_once(tmp_path: Path, store: Store, type_: str) -> None:
    store.write_sync(lambda tx: tx.audit(actor="a", type=type_, ref="", body={}))

    assert anchored(tmp_path) == [(1, type_)]


@pytest.mark.parametrize("type_", ["card.claimed", "config.loaded", "access.refused", "monitor.asked"])
def test_what_is_not_waits_for_its_turn(tmp_path: Path, store: Store, type_: str) -> None:
    store.write_sync(lambda tx: tx.audit(actor="a", type=type_, ref="", body={}))

    assert anchored(tmp_path) == []
    store.close()
    assert anchored(tmp_path) == [(1, "shutdown")]


def test_no_more_than_fifty_rows_and_a_minute_stay_without_anchor(tmp_path: Path) -> None:
    """Looked at with every write; the heartbeat is a write."""
    file = AnchorFile(tmp_path / "anchors.jsonl")

    assert not file.is_due(Head(seq=EVERY_ROWS - 1, hash="a" * 64))
    assert file.is_due(Head(seq=EVERY_ROWS, hash="a" * 64))
    assert not file.is_due(Head(seq=0, hash="a" * 64))
    assert EVERY_S + default_rules().schedule.heartbeat_s <= ROW_WAITS_MAX_S
    file._last_s = monotonic_s() - EVERY_S
    assert file.is_due(Head(seq=1, hash="a" * 64))
    assert not file.is_due(Head(seq=0, hash="a" * 64))


def test_the_store_remembers_its_last_anchor_with_the_next_change_and_at_the_end(store: Store) -> None:
    def memory() -> str | None:
        return store.read_sync(lambda tx: tx.get_meta("last_anchor"))

    head = store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    assert memory() is None, "the file is ahead of the note, never behind"
    store.write_sync(lambda _: None)

    assert memory() == remembered(head)
    assert store.path is not None
    store.write_sync(lambda tx: tx.audit(actor="a", type="test.row", ref="", body={}))
    store.close()
    again = Store.open_readonly(store.path)
    assert again.read_sync(lambda tx: tx.get_meta("last_anchor")) == remembered(store.last_head())
    again.close()


def test_a_crash_between_line_and_note_is_no_alarm(tmp_path: Path, store: Store) -> None:
    store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    memory = store.read_sync(lambda tx: tx.get_meta("last_anchor"))

    assert [seq for seq, _ in anchored(tmp_path)] == [1, 2]
    assert memory is not None
    assert memory.startswith("1 ")
    assert lost_anchors(read_anchors(tmp_path / "anchors.jsonl"), memory) == ""
    assert lost_anchors((), None) == ""


async def test_a_running_engine_says_that_its_anchors_are_gone(tmp_path: Path, store: Store) -> None:
    store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    store.write_sync(lambda _: None)
    assert (await store.verify_anchored()).ok
    (tmp_path / "anchors.jsonl").unlink()
    result = await store.verify_anchored()

    assert (result.ok, result.first_bad_seq, result.rows) == (False, None, 1)
    assert "gone or empty" in result.problem
