"""Where the home is and who may look into it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.home import home_at, open_home, resolve_home
from tests.people import own_folder, unprivileged


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_option_wins_over_the_environment_and_the_environment_over_the_platform(tmp_path: Path):
    environ = {"CERBERO_HOME": str(tmp_path / "env")}

    assert resolve_home(tmp_path / "option", environ) == tmp_path / "option"
    assert resolve_home(None, environ) == tmp_path / "env"
    assert resolve_home(None, {"CERBERO_HOME": " "}).name == "cerbero-bite"
    assert resolve_home(None, {}).is_absolute()


def test_relative_home_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert resolve_home("there", {}) == tmp_path / "there"


def test_relative_home_in_a_deleted_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigError, match="absolute path"):
        resolve_home("there", {})


def test_new_home_is_the_owners_alone_whatever_the_umask(tmp_path: Path):
    before = os.umask(0)
    try:
        home = open_home(tmp_path / "deep" / "home")
    finally:
        os.umask(before)

    assert [mode_of(folder) for folder in (home.root, home.log_dir, home.backups)] == [0o700, 0o700, 0o700]


def test_existing_home_is_kept_as_it_is(tmp_path: Path):
    tmp_path.chmod(0o755)
    (tmp_path / "cerbero.db").write_text("x")

    home = open_home(tmp_path)

    assert mode_of(tmp_path) == 0o755
    assert home.db.read_text() == "x"


def test_names_in_the_home_are_the_contract(tmp_path: Path):
    home = home_at(tmp_path)

    names = [home.config_toml, home.mcp_json, home.env_file, home.db, home.anchors, home.heartbeat, home.kill, home.log_dir, home.backups]
    assert [path.name for path in names] == ["config.toml", "mcp.json", ".env", "cerbero.db", "anchors.jsonl", "heartbeat", "KILL", "log", "backups"]
    assert not home.log_dir.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_environment_file_others_can_read_is_refused_with_the_command_that_helps(tmp_path: Path, mode: int):
    env = tmp_path / ".env"
    env.write_text("CERBERO_LANGUAGE=it\n")
    env.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        open_home(tmp_path)

    assert caught.value.fix == f"Run: chmod 600 {env}"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_private_environment_file_is_accepted(tmp_path: Path, mode: int):
    env = tmp_path / ".env"
    env.write_text("CERBERO_LANGUAGE=it\n")
    env.chmod(mode)

    assert open_home(tmp_path).env_file == env


def test_home_below_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        open_home(tmp_path / "file" / "home")


def test_home_that_cannot_be_written_is_refused():
    with own_folder() as home:
        home.chmod(0o500)
        with unprivileged(home), pytest.raises(ConfigError, match="cannot be written"):
            open_home(home)
