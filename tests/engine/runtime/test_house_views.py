"""What the program tells of itself: its settings beside the file's, its log, its backups, its versions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.config import default_rules, load_rules, notes
from engine.config_checks import flatten
from engine.errors import ActionRefused
from engine.home import home_at
from engine.runtime import backups, log_tail, settings, versions
from engine.runtime.desk import Desk
from tests.scenarios.house import House, house


def kept(engine: House, root: Path) -> Desk:
    """The same desk in a home of its own."""
    home = home_at(root)
    home.log_dir.mkdir(exist_ok=True)
    return replace(engine.desk, home=home)


def test_every_shipped_value_has_its_note() -> None:
    assert set(notes()) == set(flatten(default_rules()))
    assert notes()["entry.dvol_min_pts"] == "vol points (E05)"
    assert notes()["freshness_s.chain"] == "seconds an input may be old before it counts as missing (E02)", "what stands behind the table"


async def test_settings_name_the_operators_own_values_and_where_the_strategy_explains_them(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[entry]\ndvol_min_pts = 40\n", encoding="utf-8")
    async with house(tmp_path, rules=load_rules(tmp_path / "config.toml").rules) as engine:
        view = settings.settings(kept(engine, tmp_path))

    (own,) = [row for row in view.rows if row.is_own]
    assert (own.key, own.value, own.default, own.section) == ("entry.dvol_min_pts", "40.0", "35.0", "E05")
    assert (view.waiting, view.problem) == ((), "")
    assert {row.key: row.value for row in view.rows}["entry.vrp_min_pts"] == "off"


async def test_a_changed_file_is_told_value_by_value_and_changes_nothing_that_runs(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[exit]\nstop_loss_x_credit = 3.0\n", encoding="utf-8")
    async with house(tmp_path) as engine:
        view = settings.settings(kept(engine, tmp_path))

    assert view.waiting == (("exit.stop_loss_x_credit", "2.5", "3.0"),)
    assert [row for row in view.rows if row.is_own] == []


async def test_a_file_that_cannot_be_read_is_a_sentence_and_counts_as_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[exit]\nstop_loss = 3\n", encoding="utf-8")
    async with house(tmp_path) as engine:
        desk = kept(engine, tmp_path)
        view = settings.settings(desk)

        assert "exit.stop_loss" in view.problem
        assert view.waiting == ()
        assert settings.differs(lambda: load_rules(path).fingerprint != desk.fingerprint)


async def test_a_run_that_keeps_nothing_has_no_file_no_log_and_no_backups(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        view = settings.settings(engine.desk)

        assert (view.waiting, view.problem) == ((), "")
        assert await engine.door.log_tail(10) == ()
        with pytest.raises(ActionRefused) as refused:
            await backups.back_up_now(engine.desk, actor="chat:7")
        assert refused.value.code == "backup-no-home"


async def test_the_log_is_told_from_its_end_over_the_days_and_without_broken_lines(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk = kept(engine, tmp_path)
        lines = [json.dumps({"at": f"2026-03-01T10:00:0{n}Z", "level": "info", "event": f"old.{n}", "logger": "x", "n": n}) for n in range(3)]
        (tmp_path / "log" / "2026-03-01.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (tmp_path / "log" / "2026-03-02.jsonl").write_text('{"at":"never","event":"new.0"}\nnot json\n[1]\n', encoding="utf-8")

        found = await log_tail.newest_lines(desk, 3)

    assert [(line.event, line.told) for line in found] == [("old.1", "n=1"), ("old.2", "n=2"), ("new.0", "")]
    assert found[0].at is not None
    assert found[0].at.second == 1
    assert found[2].at is None


async def test_of_a_long_log_only_the_end_is_read_from_a_lines_beginning(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk = kept(engine, tmp_path)
        line = json.dumps({"at": "2026-03-01T10:00:00Z", "level": "info", "event": "many.times", "fill": "x" * 200})
        (tmp_path / "log" / "2026-03-01.jsonl").write_text((line + "\n") * 3000, encoding="utf-8")

        found = await log_tail.newest_lines(desk, 100)

    assert [each.event for each in found] == ["many.times"] * 100


async def test_a_backup_on_demand_is_taken_listed_and_stands_in_the_audit_chain(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk = kept(engine, tmp_path)
        view = await backups.back_up_now(desk, actor="chat:7")

        assert view.problem == ""
        assert [line.name for line in view.backups] == [view.taken]
        assert view.backups[0].soundness == "verified"
        assert view.backups[0].age_s < 60
        (row,) = [row for row in await engine.audit() if row.type == "backup.asked"]
        assert (row.actor, json.loads(row.body_json)["name"]) == ("chat:7", view.taken)


async def test_a_backup_that_cannot_be_taken_says_why_and_still_lists_the_others(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        desk = kept(engine, tmp_path)
        (tmp_path / "backups").write_text("a file in the way", encoding="utf-8")
        view = await backups.back_up_now(desk, actor="chat:7")

    assert (view.taken, view.backups) == ("", ())
    assert "cannot be written" in view.problem


async def test_the_version_names_program_python_schema_and_packages(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        view = versions.versions(engine.desk, program="0.1.0")

    assert (view.version, view.origin) == ("0.1.0", "demo")
    assert view.schema >= 2
    assert "python-telegram-bot" in dict(view.libraries)
