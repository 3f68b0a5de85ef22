"""The program itself: its versions, its settings, its log and its backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """What runs: the program, the Python under it, the schema its store has, and the packages it stands on as (name, version)."""

    version: str
    python: str
    schema: int
    origin: str
    libraries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One event of the log; `told` are its facts as `key=value`. An instant that cannot be read is None."""

    at: datetime | None
    level: str
    event: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One value in force with its default; `section` names where the strategy explains it, empty when nowhere."""

    key: str
    value: str
    default: str
    section: str

    @property
    def is_own(self) -> bool:
        """The operator's value, not the one that ships."""
        return self.value != self.default


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """The values this run was started with. `waiting` are (key, running, in the file) of what the next start would change.

    `problem` is why the file could not be read now; empty when it can.
    """

    fingerprint: str
    rows: tuple[SettingRow, ...]
    waiting: tuple[tuple[str, str, str], ...]
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupLine:
    """One copy of the store; `soundness` is verified, bad or not verified, `problem` what the last look found."""

    name: str
    age_s: float
    head_seq: int
    size_bytes: int
    soundness: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupsView:
    """The backup just taken, or why there is none, and every one there is, the newest first."""

    taken: str
    problem: str
    backups: tuple[BackupLine, ...]
