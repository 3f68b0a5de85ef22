"""The home folder: where it is, what lies in it, and that only its owner can look inside."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from engine.errors import ConfigError

FOLDER_MODE = 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The paths of one home; none but the folders needs to exist."""

    root: Path
    config_toml: Path
    mcp_json: Path
    env_file: Path
    db: Path
    anchors: Path
    anchors_command: Path
    anchors_carried: Path
    alert_command: Path
    pairing: Path
    heartbeat: Path
    kill: Path
    log_dir: Path
    backups: Path
    history: Path


def resolve_home(option: Path | str | None, environ: Mapping[str, str]) -> Path:
    """The absolute path of the home: `--home`, else CERBERO_HOME, else the platform's data folder."""
    wanted = option if option is not None else environ.get("CERBERO_HOME", "").strip()
    if not wanted:
        return Path(platformdirs.user_data_dir("cerbero-bite", appauthor=False))
    try:
        return Path(os.path.abspath(Path(wanted).expanduser()))  # noqa: PTH100 - links stay as the operator wrote them
    except (OSError, RuntimeError) as problem:
        raise ConfigError(f"the home {wanted} has no absolute path ({problem})", fix="Give --home or CERBERO_HOME as an absolute path.") from problem


def home_at(root: Path) -> Home:
    """The paths of the home at `root`; touches nothing."""
    return Home(
        root=root,
        config_toml=root / "config.toml",
        mcp_json=root / "mcp.json",
        env_file=root / ".env",
        db=root / "cerbero.db",
        anchors=root / "anchors.jsonl",
        anchors_command=root / "anchors.command",
        anchors_carried=root / "anchors.carried",
        alert_command=root / "alert.command",
        pairing=root / "pairing.json",
        heartbeat=root / "heartbeat",
        kill=root / "KILL",
        log_dir=root / "log",
        backups=root / "backups",
        history=root / "history",
    )


def open_home(root: Path) -> Home:
    """The home at `root` exists with mode 0700, is writable, and keeps its `.env` private.

    Raises ConfigError when it cannot be made or written, or when others can read `.env`.
    """
    home = home_at(root)
    _make(root)
    if not os.access(root, os.W_OK | os.X_OK):
        raise ConfigError("the home folder cannot be written", fix=f"Make it yours (chmod u+rwx {root}) or choose another with --home.", path=root)
    _make(home.log_dir)
    _make(home.backups)
    refuse_open_secrets(home.env_file)
    return home


def refuse_open_secrets(env_file: Path) -> None:
    """Raise ConfigError when anyone but its owner can read or write `env_file`; no file is no problem."""
    try:
        mode = env_file.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as problem:
        raise ConfigError(f"cannot be looked at ({problem.strerror})", fix="Make it a plain file you may read.", path=env_file) from problem
    if mode & OTHERS:
        raise ConfigError(f"others on this machine can read it (mode {stat.S_IMODE(mode):04o})", fix=f"Run: chmod 600 {env_file}", path=env_file)


def _make(folder: Path) -> None:
    """`folder` exists; one that is made here is the owner's alone, whatever the umask."""
    if folder.is_dir():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER_MODE)
        folder.chmod(FOLDER_MODE)
    except OSError as problem:
        fix = "Choose another with --home or CERBERO_HOME."
        raise ConfigError(f"the folder cannot be made ({problem.strerror})", fix=fix, path=folder) from problem
