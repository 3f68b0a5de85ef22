"""Who may use the bot, and how each wants to be spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who sent a pairing code from their private chat."""

    user_id: int
    chat_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One person on the list. `source` environment: named by how the engine was started, and changed there only."""

    user_id: int
    name: str
    role: str
    source: Literal["environment", "paired"]
    language: str
    zone: str
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """One kind of message and how loud it is; a fixed one stays as it is."""

    subject: str
    day: str
    night: str
    is_fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoudnessView:
    """Every kind of message, the loudest first; `quiet` is empty where no hours are."""

    subjects: tuple[SubjectView, ...]
    quiet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    """Everybody on the list, the person who asks first, and how many codes wait to be used."""

    people: tuple[PersonView, ...]
    waiting_codes: int
