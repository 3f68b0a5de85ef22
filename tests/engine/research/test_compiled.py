"""Where compiled functions are kept."""

from __future__ import annotations

from pathlib import Path

from engine.research.compiled import KEPT_IN, cache_folder, stamp_of


def test_the_folder_that_is_named_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = cache_folder(str(tmp_path / "deep" / "kept"))

    assert folder == tmp_path / "deep" / "kept"
    assert folder.stat().st_mode & 0o077 == 0


def test_without_a_folder_that_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")

    assert cache_folder(str(tmp_path / "file" / "kept")) is None


def test_nothing_is_kept_beside_the_program() -> None:
    program = Path(__file__).resolve().parents[3] / "engine"

    assert KEPT_IN is None or program not in KEPT_IN.resolve().parents


def test_what_is_kept_changes_its_place_with_any_rule_it_was_compiled_from(tmp_path: Path) -> None:
    (tmp_path / "paths.py").write_text("one")
    (tmp_path / "path_rules.py").write_text("two")
    before = stamp_of(tmp_path)
    (tmp_path / "policy.py").write_text("not compiled")
    beside = stamp_of(tmp_path)
    (tmp_path / "path_rules.py").write_text("another rule")

    assert before == beside
    assert before != stamp_of(tmp_path)
