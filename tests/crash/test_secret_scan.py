"""The search finds a planted secret in every spelling, and nothing of them in what a whole session leaves."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crash.secret_scan import API_SECRET, SECRETS, TOKEN, left_in, run, search

SPELLINGS = {
    "plain": API_SECRET,
    "in an address": quote(API_SECRET, safe=""),
    "in JSON": json.dumps({"key": API_SECRET}),
    "as bytes": repr(API_SECRET.encode()),
    "in base64": base64.b64encode(API_SECRET.encode()).decode(),
    "cut off": API_SECRET[:20],
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_secret_is_found_in_every_spelling(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.jsonl").write_text(f"before {text} after", encoding="utf-8")

    assert search(left_in(tmp_path)).hits == ("secret 2 in rows.jsonl",)


def test_only_where_secrets_live_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "mcp.json").write_text(TOKEN, encoding="utf-8")
    (tmp_path / "cerbero.db-wal").write_bytes(b"\0" + TOKEN.encode() + b"\0")
    found = search(left_in(tmp_path))

    assert (found.files, found.hits) == (1, ("secret 1 in cerbero.db-wal",))
    assert len(SECRETS) == 4


@pytest.mark.slow
def test_a_whole_session_at_debug_leaves_none() -> None:
    rows = run(heavy=False)

    assert [row.measure for row in rows if not row.is_passed] == []
