"""What the store tells of people: who may speak, how they want to be spoken to, what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRecord:
    """Who may speak in this run. `zone` is empty until they named one, `quiet` (`22:00-07:00`) while no hours are quiet.

    `loudness` is JSON: what they changed of the defaults, by subject and part of the day.
    """

    user_id: int
    chat_id: int
    role: str
    language: str
    zone: str = ""
    quiet: str = ""
    loudness: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Somebody admitted by a code, from run to run."""

    user_id: int
    chat_id: int
    name: str
    role: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """A code that admits whoever sends it first; `sealed` proves a code and does not tell it."""

    sealed: str
    role: str
    made_at: datetime
    made_by: str
    valid_until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """A critical message somebody must acknowledge; `next_at` is when it comes again, None once it has been said often enough."""

    alarm_id: int
    payload_json: str
    raised_at: datetime
    repeats: int
    next_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord:
    """What a person wrote about a trade."""

    trade_id: int
    at: datetime
    by: str
    words: str
