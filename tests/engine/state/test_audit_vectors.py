"""The format as it is written down, and a second verifier that was written from it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import ManualClock
from engine.errors import InvariantBroken
from engine.safety.evidence import exported_rows, judge_copy
from engine.state.audit import COLUMNS, Anchor, RawRow, canonical, clean, export_line, row_hash, verify
from engine.state.repository import AnchorFile, Store
from tests import verify_audit as second
from tests.conftest import ROOT
from tests.engine.core.builders import NOW
from tests.engine.state.audit_vectors import BODIES, REFUSED

DOCUMENT = ROOT / "docs" / "audit-format.md"
LINES_MAX = 80


def chain(rows: int) -> list[RawRow]:
    """A sound chain that needs no store."""
    previous, made = "0" * 64, []
    for seq in range(1, rows + 1):
        text, _ = BODIES[seq % len(BODIES)]
        content = (seq, f"2026-03-02T14:00:{seq:02d}.000000+00:00", "boot-1", f"{seq}.500", "engine", "test.row", f"row:{seq}", canonical(text))
        digest = row_hash(content, prev_hash=previous)
        made.append((*content, previous, digest))
        previous = digest
    return made


CHAIN = chain(12)
EXPORT = b"".join(export_line(row).encode() + b"\n" for row in CHAIN)
WITNESSES = (Anchor(seq=5, hash=CHAIN[4][9]), Anchor(seq=12, hash=CHAIN[11][9]))


def judged(folder: Path, content: bytes, anchors: tuple[Anchor, ...]) -> tuple[int | None, int, int]:
    """(first bad row, rows that stand, last anchored row) of an export by both verifiers, which agree."""
    file = folder / "rows.jsonl"
    file.write_bytes(content)
    ours = verify(exported_rows(file), anchors)
    theirs = second.verify(second.rows_of(file), [(anchor.seq, anchor.hash) for anchor in anchors])

    assert (ours.first_bad_seq, ours.rows, ours.anchored_seq) == theirs
    return theirs


@pytest.mark.parametrize(("body", "text"), BODIES, ids=[text[:30] for _, text in BODIES])
def test_a_body_has_the_text_the_vector_says(body: dict[str, object], text: str) -> None:
    assert canonical(body) == text  # type: ignore[arg-type]
    assert second.canonical(json.loads(text)) == text


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_what_has_no_exact_text_is_refused_at_writing(store: Store, value: object) -> None:
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.audit(actor="a", type="t", ref="", body={"value": value}))  # type: ignore[dict-item]

    assert store.last_head().seq == 0


@given(st.text())
def test_cleaned_text_is_composed_without_controls_and_stays_as_it_is(text: str) -> None:
    once = clean(text)

    assert clean(once) == once == unicodedata.normalize("NFC", once)
    assert not {unicodedata.category(letter) for letter in once} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(once) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_both_implementations_write_the_same_canonical_text(body: dict[str, object]) -> None:
    try:
        text = canonical(body)  # type: ignore[arg-type]
    except InvariantBroken:
        return  # two keys became one text

    assert second.canonical(json.loads(text)) == text


def test_the_document_holds_these_vectors() -> None:
    """Each pair of the document's table of bodies, and its chain of three rows."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in re.findall(r'^\{"seq":.*\}$', text, re.M)]

    assert len(rows) == 3
    assert verify(tuple(row.values()) for row in rows).ok
    assert second.verify(list(row.values()) for row in rows) == (None, 3, 0)
    for wanted in ('{"b":"2","a":"1.50"}', '{"a":"1.50","b":"2"}', '{"max":9007199254740991}', '{"broken":"a\ufffdb"}'):
        assert wanted in text


def test_a_sound_chain_is_sound_to_both(tmp_path: Path) -> None:
    assert judged(tmp_path, EXPORT, WITNESSES) == (None, 12, 12)
    assert judged(tmp_path, EXPORT, WITNESSES[:1]) == (None, 12, 5)
    assert judged(tmp_path, b"", ()) == (None, 0, 0)
    assert judged(tmp_path, b"", WITNESSES) == (1, 0, 0)


@given(st.integers(0, len(EXPORT) - 1), st.integers(1, 255))
def test_any_byte_changed_in_an_export_is_found_by_both(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    folder = tmp_path_factory.getbasetemp()
    mutated = EXPORT[:place] + bytes([EXPORT[place] ^ change]) + EXPORT[place + 1 :]
    first_bad, _, _ = judged(folder, mutated, WITNESSES)

    assert first_bad == EXPORT[:place].count(b"\n") + 1


@given(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9]), st.integers(0, 11), st.data())
def test_any_letter_changed_in_a_column_is_found_by_both(column: int, number: int, data: st.DataObject) -> None:
    text = str(CHAIN[number][column])
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda other: other != text[place]))
    row = (*CHAIN[number][:column], text[:place] + letter + text[place + 1 :], *CHAIN[number][column + 1 :])
    rows = [*CHAIN[:number], row, *CHAIN[number + 1 :]]

    assert verify(rows).first_bad_seq == number + 1 == second.verify(rows)[0]  # type: ignore[arg-type]


FORGED_LINES = {
    "a space more": EXPORT.replace(b'{"seq":3,', b'{"seq": 3,'),
    "a key twice": EXPORT.replace(b'{"seq":3,', b'{"seq":3,"seq":3,'),
    "a key more": EXPORT.replace(b'{"seq":3,', b'{"seq":3,"note":"",'),
    "another order": EXPORT.replace(b'"boot_id":"boot-1","boot_s":"3.500"', b'"boot_s":"3.500","boot_id":"boot-1"'),
    "a float for a number": EXPORT.replace(b'{"seq":3,', b'{"seq":3.0,'),
    "true for a number": EXPORT.replace(b'{"seq":1,', b'{"seq":true,'),
    "not a number": EXPORT.replace(b'{"seq":3,', b'{"seq":NaN,'),
    "a number for a text": EXPORT.replace(b'"boot_s":"3.500"', b'"boot_s":3.5'),
    "half a letter": EXPORT.replace(b'"ref":"row:3"', b'"ref":"row:\\ud800"'),
    "no text at all": EXPORT.replace(b'"ref":"row:3"', b'"ref":"\xff"'),
    "another kind of line": EXPORT.replace(EXPORT.splitlines()[2], b"[1,2,3]"),
    "very deep": EXPORT.replace(EXPORT.splitlines()[2], b"[" * 100_000),
    "an empty line": EXPORT.replace(EXPORT.splitlines()[2], b""),
    "no last line end": EXPORT[:-1],
}


@pytest.mark.parametrize("content", FORGED_LINES.values(), ids=FORGED_LINES.keys())
def test_a_line_that_is_not_as_it_was_exported_is_no_row_to_both(tmp_path: Path, content: bytes) -> None:
    first_bad, _, _ = judged(tmp_path, content, ())

    assert content != EXPORT
    assert first_bad in (1, 3, 12)


@pytest.mark.parametrize("value", [None, 5, 2.5, b"raw", "X'FF'"], ids=["null", "number", "float", "bytes", "no text"])
def test_a_column_of_another_kind_in_the_store_is_found_by_both(tmp_path: Path, clock: ManualClock, value: object) -> None:
    path = tmp_path / "cerbero.db"
    store = Store.open(path, origin="demo", clock=clock, boot="b")
    store.write_sync(lambda tx: [tx.audit(actor="a", type="t", ref="", body={}) for _ in range(4)])
    store.close()
    connection = apsw.Connection(str(path))
    rows = list(connection.execute("SELECT * FROM audit"))
    connection.execute("DROP TABLE audit")
    connection.execute("CREATE TABLE audit (seq INTEGER PRIMARY KEY, at, boot_id, boot_s, actor, type, ref, body_json, prev_hash, hash)")
    connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    if value == "X'FF'":
        connection.execute("UPDATE audit SET actor = CAST(X'FF' AS TEXT) WHERE seq = 3")
    else:
        connection.execute("UPDATE audit SET actor = ? WHERE seq = 3", (value,))
    connection.close()

    assert judge_copy(path, anchors=None).result.first_bad_seq == 3 == second.verify(second.rows_of(path))[0]


def test_the_second_verifier_is_short_and_runs_by_itself(tmp_path: Path) -> None:
    """On another machine there is nothing but Python: an export, a store and a copy of the anchors are enough."""
    script = Path(str(second.__file__))
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=ManualClock(NOW), boot="b", anchors=AnchorFile(tmp_path / "anchors.jsonl"))
    store.write_sync(lambda tx: [tx.audit(actor="a", type="t", ref="", body={"n": n}) for n in range(60)])
    store.close()
    (tmp_path / "rows.jsonl").write_bytes(EXPORT)

    def run(*files: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-I", str(script), *files], cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    assert len(script.read_text(encoding="utf-8").splitlines()) <= LINES_MAX
    assert run("cerbero.db", "anchors.jsonl") == (0, "ok: 60 rows stand, anchored to 60, 0 after the last anchor")
    assert run("rows.jsonl") == (0, "ok: 12 rows stand, anchored to 0, 12 after the last anchor")
    assert run("rows.jsonl", "anchors.jsonl") == (1, "BROKEN at row 13: 12 rows stand, anchored to 0, 12 after the last anchor")
    assert list(COLUMNS) == second.COLUMNS
