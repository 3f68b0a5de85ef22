"""`audit verify` as an auditor types it: the sentence, the JSON and the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
import pytest

from bot.cli import cli
from engine import offline
from engine.clock import ManualClock
from engine.home import Home, home_at
from engine.state.repository import AnchorFile, Store
from tests.engine.core.builders import NOW


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_at(tmp_path / "home")
    made.root.mkdir()
    store = Store.open(made.db, origin="demo", clock=ManualClock(NOW), boot="b", anchors=AnchorFile(made.anchors))
    store.write_sync(lambda tx: [tx.audit(actor="a", type="test.row", ref="", body={"n": n}) for n in range(60)])
    store.close()
    offline.export_audit(made.root, out=made.root / "rows.jsonl")
    return made


def verify(*words: str | Path) -> int:
    code: int = cli.main(["audit", "verify", *map(str, words)], standalone_mode=False)
    return code


def test_an_auditor_verifies_an_export_elsewhere_without_a_home(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    rows, anchors = (Path(shutil.copy(file, elsewhere)) for file in (home.root / "rows.jsonl", home.anchors))
    shutil.rmtree(home.root)

    assert verify("--home", elsewhere / "none", "--file", rows, "--anchors", anchors) == 0
    assert capsys.readouterr().out.endswith("anchored to 60, un-anchored tail 0 rows, 0 s\n")
    rows.write_text(rows.read_text().replace('{\\"n\\":29}', '{\\"n\\":28}'))
    assert verify("--home", elsewhere / "none", "--file", rows, "--anchors", anchors, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["first_bad_seq"], told["problem"], told["rows"]) == (False, 30, "the row was changed after it was written", 29)


def test_a_home_is_verified_against_its_own_anchors_and_a_copy(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy.jsonl"
    shutil.copy(home.anchors, copy)

    assert verify("--home", home.root) == 0
    assert verify("--home", home.root, "--anchors", copy) == 0
    home.anchors.unlink()
    assert verify("--home", home.root) == 1
    assert "BROKEN: the anchor file is gone or empty" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_a_mistake_of_usage(home: Home) -> None:
    """The program turns it into exit code 2."""
    with pytest.raises(click.UsageError):
        verify("--home", home.root, "--anchors", home.root / "nowhere.jsonl")
