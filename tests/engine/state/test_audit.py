"""The chain: what is hashed, what is found, and what an anchor adds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import ManualClock
from engine.core.model import Bias
from engine.errors import InvariantBroken, StateError
from engine.state.anchors import AnchorFile, read_anchors, refuse_inconsistent
from engine.state.audit import Anchor, RawRow, canonical, clean, export_line, parse_footer, record_of, row_hash, verify
from engine.state.records import Head
from engine.state.repository import Store, Transaction, verify_file, verify_footer, verify_home


def fill_chain(store: Store, rows: int) -> None:
    def work(tx: Transaction) -> None:
        for number in range(rows):
            tx.audit(actor="engine", type="test.row", ref=f"row:{number}", body={"number": number, "price": Decimal("0.0125")})

    store.write_sync(work)


def rows_of(store: Store) -> list[RawRow]:
    return store.read_sync(lambda tx: list(tx.audit_stream()))


def rehashed(rows: list[RawRow]) -> list[RawRow]:
    """What an attacker who may write everything makes of `rows`: renumbered and hashed anew."""
    previous, forged = "0" * 64, []
    for seq, row in enumerate(rows, start=1):
        content = (seq, *row[1:8])
        digest = row_hash(content, prev_hash=previous)
        forged.append((*content, previous, digest))
        previous = digest
    return forged


def test_the_hash_covers_what_the_docstring_says(store: Store) -> None:
    fill_chain(store, 2)
    first, second = rows_of(store)
    content = "\x1f".join(str(part) for part in second[:8]).encode()

    assert sha256(b"\0" + bytes.fromhex(first[9]) + content).hexdigest() == second[9]
    assert second[8] == first[9]
    assert first[8] == "0" * 64


def test_a_row_reads_back_as_it_was_told(store: Store, clock: ManualClock) -> None:
    head = store.write_sync(lambda tx: tx.audit(actor="user:1", type="card.claimed", ref="proposal:7", body={"b": 1, "a": Decimal("1.50"), "at": clock.now()}))
    record = store.read_sync(lambda tx: tx.audit_tail(1))[0]

    assert (head.seq, head.hash) == (record.seq, record.hash)
    assert record.body_json == '{"a":"1.50","at":"2026-03-02T14:00:00.000000+00:00","b":1}'
    assert (record.actor, record.type, record.ref, record.boot_id, record.at) == ("user:1", "card.claimed", "proposal:7", "boot-1", clock.now())
    assert record_of(rows_of(store)[0]) == record


def test_rows_are_found_by_number_and_by_type(store: Store) -> None:
    fill_chain(store, 5)
    store.write_sync(lambda tx: tx.audit(actor="engine", type="kill.armed", ref="", body={}))

    assert [row.seq for row in store.read_sync(lambda tx: tx.audit_rows(2, 3))] == [2, 3, 4]
    assert [row.seq for row in store.read_sync(lambda tx: tx.audit_tail(2))] == [6, 5]
    assert [row.type for row in store.read_sync(lambda tx: tx.audit_tail(9, "kill."))] == ["kill.armed"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "INSERT INTO audit SELECT 9, at, boot_id, boot_s, actor, type, ref, body_json, prev_hash, 'h' FROM audit",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(store: Store, statement: str) -> None:
    fill_chain(store, 1)
    connection = apsw.Connection(str(store.path))

    with pytest.raises(apsw.ConstraintError, match="audit row"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), 2**53, {1, 2}, datetime(2026, 1, 1)])  # noqa: DTZ001 -- the naive instant is the case
def test_a_body_that_cannot_be_told_exactly_is_refused(value: object) -> None:
    with pytest.raises(InvariantBroken):
        canonical({"value": value})  # type: ignore[dict-item]


def test_a_body_has_one_text() -> None:
    body = {"z": [1, True, None], "e\u0301": 0.1, "bias": Bias.BULL, "at": datetime(2026, 1, 1, tzinfo=UTC), "big": -(2**53) + 1}

    assert canonical(body) == '{"at":"2026-01-01T00:00:00.000000+00:00","bias":"bull","big":-9007199254740991,"z":[1,true,null],"é":"0.1"}'
    with pytest.raises(InvariantBroken, match="same text"):
        canonical({"e\u0301": 1, "\u00e9": 2})


def test_text_is_cleaned_visibly() -> None:
    assert clean("plain ⛓ text") == "plain ⛓ text"
    assert clean("a\nb\u202ec\ud800d\x1f") == "a\ufffdb\ufffdc\ufffdd\ufffd"


@given(st.text(), st.text(), st.text())
def test_no_column_can_hold_the_separator(actor: str, ref: str, body: str) -> None:
    assert "\x1f" not in clean(actor) + clean(ref) + canonical({"text": body})


ATTACKS: dict[str, Callable[[list[RawRow]], list[RawRow]]] = {
    "edit without rehash": lambda rows: [*rows[:9], (*rows[9][:7], '{"number":1}', *rows[9][8:]), *rows[10:]],
    "edit and rehash": lambda rows: rehashed([*rows[:9], (*rows[9][:7], '{"number":1}', *rows[9][8:]), *rows[10:]]),
    "delete and rehash": lambda rows: rehashed([*rows[:9], *rows[10:]]),
    "insert and rehash": lambda rows: rehashed([*rows[:9], rows[3], *rows[9:]]),
    "swap and rehash": lambda rows: rehashed([*rows[:9], rows[10], rows[9], *rows[11:]]),
    "truncate a tail": lambda rows: rows[:-12],
    "truncate the last row": lambda rows: rows[:-1],
    "replace the whole history": lambda rows: rehashed([(row[0], row[1], "other", *row[3:]) for row in rows]),
    "fork": lambda rows: rehashed([*rows[:20], *((row[0], row[1], "other", *row[3:]) for row in rows[20:])]),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_every_attack_is_found_from_the_anchors(store: Store, attack: Callable[[list[RawRow]], list[RawRow]]) -> None:
    fill_chain(store, 40)
    rows = rows_of(store)
    anchors = (Anchor(seq=25, hash=rows[24][9]), Anchor(seq=40, hash=rows[39][9]))

    assert verify(rows, anchors).ok
    found = verify(attack(rows), anchors)

    assert not found.ok
    assert found.first_bad_seq is not None
    assert found.problem


@pytest.mark.parametrize("column", range(10))
def test_a_change_in_any_column_is_found_where_it_was_made(store: Store, column: int) -> None:
    fill_chain(store, 5)
    rows = rows_of(store)
    row = list(rows[2])
    row[column] = 99 if column == 0 else str(row[column])[:-1] + ("0" if str(row[column])[-1] != "0" else "1")
    rows[2] = tuple(row)  # type: ignore[call-overload]

    assert verify(rows).first_bad_seq == 3


def test_the_unanchored_tail_is_told_in_rows_and_seconds(store: Store, clock: ManualClock) -> None:
    fill_chain(store, 3)
    clock.advance_to(clock.now().replace(second=41))
    fill_chain(store, 2)
    rows = rows_of(store)
    result = verify(rows, (Anchor(seq=3, hash=rows[2][9]),))

    assert (result.anchored_seq, result.unanchored_rows, result.unanchored_s) == (3, 2, 41.0)
    assert verify([]).ok
    assert verify(rows).unanchored_rows == 5


def test_anchors_that_contradict_each_other_are_a_problem() -> None:
    result = verify([], (Anchor(seq=1, hash="a"), Anchor(seq=1, hash="b")))

    assert (result.ok, result.first_bad_seq) == (False, 1)


def test_a_missing_tail_is_told_with_its_size(store: Store) -> None:
    fill_chain(store, 5)
    result = verify(rows_of(store), (Anchor(seq=9, hash="x"),))

    assert result.problem == "head 5 < anchor 9: 4 rows missing"
    with pytest.raises(StateError, match="4 rows missing"):
        refuse_inconsistent(result)


def test_an_exported_chain_verifies_elsewhere(store: Store) -> None:
    fill_chain(store, 5)
    lines = [export_line(row) for row in rows_of(store)]

    assert verify(tuple(json.loads(line).values()) for line in lines).ok


def test_a_footer_is_checked_against_its_row(store: Store) -> None:
    fill_chain(store, 3)
    footer = store.last_head().footer
    fill_chain(store, 3)

    assert verify_footer(store, footer).ok
    assert verify_footer(store, f"⛓ {footer}").ok
    assert verify_footer(store, "3·00000000").problem == "row 3 is another row than the message saw"
    assert verify_footer(store, "99·00000000").problem == "row 99 is not in the chain"
    assert verify_footer(store, "hello").seq is None
    whole = store.last_head().whole
    assert verify_footer(store, whole).ok
    assert verify_footer(store, whole[:-1] + ("0" if whole[-1] != "0" else "1")).problem == "row 6 is another row than the message saw"
    assert parse_footer(whole[:-1]) is None
    assert parse_footer("١·00000000") is None


def test_heads_are_anchored_by_rows_by_event_and_at_the_end(tmp_path: Path, store: Store) -> None:
    fill_chain(store, 49)
    assert read_anchors(tmp_path / "anchors.jsonl") == ()
    fill_chain(store, 1)
    store.write_sync(lambda tx: tx.audit(actor="engine", type="kill.armed", ref="", body={}, anchor=True))
    fill_chain(store, 1)
    store.close()
    anchors = read_anchors(tmp_path / "anchors.jsonl")

    assert [(anchor.seq, anchor.why) for anchor in anchors] == [(50, "due"), (51, "kill.armed"), (52, "shutdown")]
    assert (tmp_path / "anchors.jsonl").stat().st_mode & 0o777 == 0o600
    assert verify_home(tmp_path / "cerbero.db", tmp_path / "anchors.jsonl").ok


@pytest.mark.parametrize("left", [b'{"seq":2,"ha', b"\0" * 90, b"\0" * 60 + b'20:00","why":"due"}\n', b'{"seq":2,' + b"\0" * 60 + b"\n"])
def test_an_anchor_file_goes_on_after_a_torn_line(tmp_path: Path, clock: ManualClock, left: bytes) -> None:
    path = tmp_path / "anchors.jsonl"
    AnchorFile(path).append(Head(seq=1, hash="a" * 64), at=clock.now(), why="due")
    with path.open("ab") as torn:
        torn.write(left)
    again = AnchorFile(path)

    assert again.last_seq == 1
    assert again.append(Head(seq=3, hash="b" * 64), at=clock.now(), why="due")
    assert not again.append(Head(seq=3, hash="b" * 64), at=clock.now(), why="due")
    assert [anchor.seq for anchor in read_anchors(path)] == [1, 3]


@pytest.mark.parametrize(
    "line", ["garbage", "{}", "[1]", '{"seq":0,"hash":"x","at":"","why":""}', '{"seq":1,"hash":"x","at":"","why":""}', '{"seq":5,"hash":7,"at":"","why":""}']
)
def test_an_edited_anchor_file_is_refused(tmp_path: Path, clock: ManualClock, line: str) -> None:
    path = tmp_path / "anchors.jsonl"
    AnchorFile(path).append(Head(seq=2, hash="a" * 64), at=clock.now(), why="due")
    with path.open("a") as edited:
        edited.write(line + "\n")

    with pytest.raises(StateError, match=r"anchors\.jsonl:2"):
        read_anchors(path)


async def test_an_anchor_that_cannot_be_written_is_told_and_loses_no_row(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "gone").mkdir()
    anchors = AnchorFile(tmp_path / "gone" / "anchors.jsonl")
    (tmp_path / "gone").rmdir()
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b", anchors=anchors)
    await store.write(lambda tx: tx.audit(actor="engine", type="test", ref="", body={}, anchor=True))

    assert "anchors.jsonl" in store.anchor_problem
    assert store.last_head().seq == 1
    (tmp_path / "gone").mkdir()
    assert await store.anchor("again")
    assert not store.anchor_problem
    store.close()


def test_a_rewritten_database_is_found_by_its_own_anchor_file(tmp_path: Path, store: Store) -> None:
    fill_chain(store, 60)
    store.close()
    connection = apsw.Connection(str(tmp_path / "cerbero.db"))
    connection.execute("DROP TRIGGER audit_is_never_deleted")
    connection.execute("DELETE FROM audit WHERE seq > 55")
    connection.close()

    assert verify_file(tmp_path / "cerbero.db").ok
    assert verify_home(tmp_path / "cerbero.db", tmp_path / "anchors.jsonl").problem == "head 55 < anchor 60: 5 rows missing"
