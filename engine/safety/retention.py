"""Which backups may go: a choice by calendar place, never by age, so that no clock can talk the newest ones away.

Rules of this file: pure; what is not known to be sound never counts as kept; in doubt about the clock nothing goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

NEWEST_KEPT = 3
DAYS_KEPT = 7
WEEKS_KEPT = 5
GAP_MAX = timedelta(days=35)
"""A longer step between now and the newest three is a long stop or a clock that jumped: nothing goes until three lie close together again."""


class Soundness(StrEnum):
    """What the last look at a backup found; UNKNOWN was never looked at."""

    VERIFIED = "verified"
    BAD = "bad"
    UNKNOWN = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One copy of the store: when it was taken (wall clock), the audit row it ends at, and what the last look at it found."""

    path: Path
    taken_at: datetime
    head_seq: int
    size_bytes: int
    soundness: Soundness
    problem: str
    checked_at: datetime | None

    @property
    def name(self) -> str:
        return self.path.name

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "path": str(self.path),
            "taken_at": self.taken_at.isoformat(),
            "head_seq": self.head_seq,
            "size_bytes": self.size_bytes,
            "verified": self.soundness is Soundness.VERIFIED,
            "state": self.soundness.value,
            "problem": self.problem,
            "checked_at": None if self.checked_at is None else self.checked_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What may go, or in `problem` why nothing may; both empty when there are few."""

    removable: tuple[Backup, ...] = ()
    problem: str = ""


def choose(backups: Sequence[Backup], now: datetime) -> Choice:
    """The backups no rule keeps. Kept: the newest three sound ones, the newest of seven days and of five weeks that have any.

    One that was found bad goes once three sound ones are newer; one nobody verified stays.
    """
    newest_first = sorted(backups, key=lambda backup: (backup.taken_at, backup.head_seq), reverse=True)
    sound = [backup for backup in newest_first if backup.soundness is Soundness.VERIFIED]
    if len(sound) < NEWEST_KEPT:
        return Choice(problem=f"{len(sound)} verified backups: {NEWEST_KEPT} are always kept" if len(newest_first) > NEWEST_KEPT else "")
    if newest_first[0].taken_at > now:
        return Choice(problem=f"{newest_first[0].name} is dated after {now:%Y-%m-%d %H:%M} UTC: the clock is or was wrong")
    if any(later - earlier > GAP_MAX for later, earlier in pairwise([now, *(backup.taken_at for backup in sound[:NEWEST_KEPT])])):
        return Choice(problem=f"more than {GAP_MAX.days} days lie between the newest backups and now: a long stop, or the clock jumped")
    kept = {backup.path for backup in (*sound[:NEWEST_KEPT], *_newest_of_days(sound), *_newest_of_weeks(sound))}
    old_bad = [backup for backup in newest_first if backup.soundness is Soundness.BAD and backup.taken_at < sound[NEWEST_KEPT - 1].taken_at]
    return Choice(removable=(*(backup for backup in sound if backup.path not in kept), *old_bad))


def _newest_of_days(sound: Iterable[Backup]) -> list[Backup]:
    newest: dict[object, Backup] = {}
    for backup in sound:
        newest.setdefault(backup.taken_at.date(), backup)
    return list(newest.values())[:DAYS_KEPT]


def _newest_of_weeks(sound: Iterable[Backup]) -> list[Backup]:
    newest: dict[object, Backup] = {}
    for backup in sound:
        newest.setdefault(backup.taken_at.isocalendar()[:2], backup)
    return list(newest.values())[:WEEKS_KEPT]
