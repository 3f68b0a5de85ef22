"""The verdict is the same wherever the chain lies, and needs neither key nor engine."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest

from engine.clock import ManualClock
from engine.errors import StateError
from engine.home import Home, home_at
from engine.safety.evidence import judge_copy, judge_home
from engine.state.audit import export_line
from engine.state.repository import AnchorFile, Store


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Home:
    """A home whose engine was stopped with three rows, and killed after two more in 41 seconds."""
    made = home_at(tmp_path)
    for rows, anchors in ((3, AnchorFile(made.anchors)), (2, None)):
        store = Store.open(made.db, origin="demo", clock=clock, boot="b", anchors=anchors)
        store.write_sync(lambda tx, rows=rows: [tx.audit(actor="a", type="test.row", ref="", body={"n": n}) for n in range(rows)])
        store.close()
        clock.advance_to(clock.now().replace(second=41))
    return made


def export(home: Home) -> Path:
    store = Store.open_readonly(home.db)
    lines = store.read_sync(lambda tx: [export_line(row) for row in tx.audit_stream()])
    store.close()
    file = home.root / "rows.jsonl"
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_home_a_copied_store_and_an_export_get_the_same_verdict(home: Home) -> None:
    verdicts = [judge_home(home, anchors=None), judge_home(home, anchors=home.anchors), judge_copy(home.db, anchors=home.anchors)]
    verdicts.append(judge_copy(export(home), anchors=home.anchors))

    assert {verdict.sentence() for verdict in verdicts} == {verdicts[0].sentence()}
    assert verdicts[0].sentence().startswith("audit ok: 5 rows, head 5·")
    assert verdicts[0].sentence().endswith("anchored to 3, un-anchored tail 2 rows, 41 s")
    assert verdicts[0].as_json()["unanchored_s"] == 41.0


def test_without_anchors_the_whole_chain_is_the_tail(home: Home) -> None:
    assert judge_copy(home.db, anchors=None).sentence().endswith("anchored to 0, un-anchored tail 5 rows, 41 s")


def test_a_copy_of_the_anchors_may_repeat_lines_in_any_order(home: Home) -> None:
    copy = home.root / "copy.jsonl"
    copy.write_bytes(b"\n" + home.anchors.read_bytes() * 2 + b"\r\n")

    assert judge_home(home, anchors=copy).ok
    copy.write_bytes(home.anchors.read_bytes() + b"torn")
    with pytest.raises(StateError, match=r"copy\.jsonl:2 is no anchor"):
        judge_home(home, anchors=copy)


def test_a_store_carried_away_without_its_anchor_file_is_judged_by_the_copy(home: Home) -> None:
    copy = home.root / "copy.jsonl"
    home.anchors.rename(copy)

    assert judge_home(home, anchors=copy).ok
    alone = judge_home(home, anchors=None)
    assert alone.sentence().splitlines() == [
        "audit BROKEN: the anchor file is gone or empty, and the store remembers an anchor at row 3",
        f"5 rows follow, head {alone.result.head.footer}, un-anchored tail 5 rows, 41 s",
    ]


def test_a_local_anchor_that_says_something_else_than_the_copy_is_found(home: Home) -> None:
    copy = home.root / "copy.jsonl"
    copy.write_text(json.dumps(json.loads(home.anchors.read_text()) | {"hash": "f" * 64}) + "\n")

    verdict = judge_home(home, anchors=copy)

    assert verdict.sentence().splitlines() == [
        "audit BROKEN at row 3: an anchor saw another row here: history was rewritten",
        "2 rows before it follow, anchored to 0, un-anchored tail 2 rows, 0 s",
    ]


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        ("3 " + "f" * 64, "does not hold the anchor the store remembers at row 3: it was edited"),
        ("words", "the store's own note of the last anchor cannot be read"),
    ],
)
def test_a_note_that_does_not_fit_the_file_is_told(home: Home, memory: str, words: str) -> None:
    connection = apsw.Connection(str(home.db))
    connection.execute("UPDATE meta SET value = ? WHERE key = 'last_anchor'", (memory,))
    connection.close()

    assert words in judge_home(home, anchors=None).result.problem


def test_an_edited_anchor_file_is_told_beside_the_walk(home: Home) -> None:
    home.anchors.write_text("edited\n")
    verdict = judge_home(home, anchors=None)

    assert (verdict.ok, verdict.result.rows) == (False, 5)
    assert "anchors.jsonl:1 is no anchor in its place" in verdict.sentence()


def test_a_home_without_a_store_has_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="there is no store"):
        judge_home(home_at(tmp_path), anchors=None)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-03-02T14:00:41"])
def test_a_forged_instant_is_no_reason_to_stop(home: Home, at: str) -> None:
    """The hash was computed anew, so the row follows; how long the tail is cannot be said."""
    from engine.state.audit import row_hash

    store = Store.open_readonly(home.db)
    rows = store.read_sync(lambda tx: list(tx.audit_stream()))
    store.close()
    content = (5, at, *rows[4][2:8])
    forged = (*content, rows[3][9], row_hash(content, prev_hash=rows[3][9]))  # type: ignore[arg-type]
    file = home.root / "rows.jsonl"
    file.write_text("".join(export_line(row) + "\n" for row in (*rows[:4], forged)), encoding="utf-8")

    assert judge_copy(file, anchors=None).result.unanchored_s == 0.0
