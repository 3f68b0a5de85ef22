"""How loud a message is for whom: what it is about, whether that person's hours are quiet, and what they changed of the defaults.

Rules of this file: what must wake somebody cannot be made quieter; whoever set no quiet hours has none; a message nobody classified is loud.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.core.model import ExitUrgency
from engine.notices import (
    AlertNotice,
    AwayNotice,
    CardOutcome,
    ClosedAllNotice,
    DigestNotice,
    EntryCard,
    ExitCard,
    FillNotice,
    FollowNotice,
    MonthlyNotice,
    Notice,
    PracticeCard,
    RefusalNotice,
    SettlementNotice,
    StartUpNotice,
)
from engine.state.records import OperatorRecord

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Loudness(StrEnum):
    """LOUD rings, SILENT arrives without a sound, OFF does not arrive."""

    LOUD = "loud"
    SILENT = "silent"
    OFF = "off"


class Part(StrEnum):
    """Which part of a person's day it is: NIGHT is their quiet hours."""

    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True, slots=True)
class Usual:
    """How loud a subject is by default, by day and by night; a fixed one cannot be changed."""

    day: Loudness = Loudness.LOUD
    night: Loudness = Loudness.SILENT
    is_fixed: bool = False


ALWAYS = Usual(Loudness.LOUD, Loudness.LOUD, is_fixed=True)
QUIET = Usual(Loudness.SILENT, Loudness.SILENT)

SUBJECTS: Mapping[str, Usual] = {
    "alert.kill": ALWAYS,
    "alert.breach": ALWAYS,
    "alert.link": ALWAYS,
    "exit.hard": ALWAYS,
    "entry.card": Usual(),
    "exit.soft": Usual(),
    "alert.trade": Usual(),
    "alert.people": Usual(),
    "alert.house": Usual(),
    "fill.open": QUIET,
    "fill.close": QUIET,
    "settlement": QUIET,
    "look.refused": QUIET,
    "digest": QUIET,
    "alert.recovery": QUIET,
    "alert.note": QUIET,
    "start": QUIET,
}
"""Type and reason of everything the engine says by itself, the loudest first. Source: the console's design §6."""

KILLS = frozenset({"kill", "kill-found", "killed-by"})
LINKS = frozenset({"telegram", "telegram_chat", "telegram-silent", "venue-silent", "venue-locked"})
RECOVERIES = frozenset({"hold-lifted", "hold-lifted-held"})
PEOPLE = frozenset({"paused-by", "resumed-by", "disarmed-by", "paired-by", "appointed-by", "removed-by"})
KINDS: Mapping[type[object], str] = {
    AwayNotice: "start",
    DigestNotice: "digest",
    FollowNotice: "alert.note",
    MonthlyNotice: "digest",
    PracticeCard: "entry.card",
    RefusalNotice: "look.refused",
    SettlementNotice: "settlement",
}


def subject_of(notice: Notice) -> str:
    """What the message is about, as a key of `SUBJECTS`."""
    if isinstance(notice, AlertNotice):
        return _of_alert(notice)
    if isinstance(notice, CardOutcome):
        return subject_of(notice.card)
    if isinstance(notice, EntryCard):
        return "entry.card"
    if isinstance(notice, ExitCard):
        return "exit.hard" if notice.report.urgency is ExitUrgency.HARD else "exit.soft"
    if isinstance(notice, FillNotice):
        return f"fill.{notice.report.side}"
    if isinstance(notice, ClosedAllNotice):
        return "fill.close" if all(end.is_over for end in notice.ends) else "alert.trade"
    if isinstance(notice, StartUpNotice):
        return "alert.breach" if notice.problems or notice.is_killed else "start"
    return KINDS[type(notice)]


def _of_alert(notice: AlertNotice) -> str:
    if notice.code in KILLS:
        return "alert.kill"
    if notice.level == "critical":
        return "alert.link" if notice.facts.get("hold") in LINKS else "alert.breach"
    if notice.code in RECOVERIES:
        return "alert.recovery"
    if notice.code in PEOPLE:
        return "alert.people"
    if notice.level == "info":
        return "alert.note"
    return "alert.trade" if "trade" in notice.facts else "alert.house"


def loudness_of(subject: str, reader: OperatorRecord, at: datetime) -> Loudness:
    """How loud the subject is for this reader at this instant of the wall."""
    return chosen(subject, part_of(reader, at), reader.loudness)


def chosen(subject: str, part: Part, changes: str) -> Loudness:
    """What a person's `changes` (JSON) say of the subject in this part of the day, else the default."""
    usual = SUBJECTS[subject]
    told = "" if usual.is_fixed else _changes(changes).get(f"{subject}.{part}", "")
    if told in Loudness.__members__.values():
        return Loudness(told)
    return usual.day if part is Part.DAY else usual.night


def changed(changes: str, subject: str, part: Part, to: Loudness) -> str:
    """The same changes with this one among them."""
    return json.dumps({**_changes(changes), f"{subject}.{part}": to.value}, sort_keys=True)


def part_of(reader: OperatorRecord, at: datetime) -> Part:
    """NIGHT between the two hours they named, by the clock of their zone; past midnight too."""
    hours = quiet_hours(reader.quiet)
    if hours is None:
        return Part.DAY
    first, last = hours
    now = at.astimezone(_zone(reader.zone)).time()
    is_night = first <= now < last if first <= last else now >= first or now < last
    return Part.NIGHT if is_night else Part.DAY


def quiet_hours(written: str) -> tuple[time, time] | None:
    """The hours of `22:00-07:00`; None for none, for no such hours, and for an empty night."""
    match = HOURS.fullmatch(written)
    if match is None:
        return None
    first, last = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    return None if first == last else (first, last)


def _changes(written: str) -> dict[str, str]:
    try:
        told = json.loads(written)
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
