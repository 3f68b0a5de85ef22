"""The next maintenance, as far as an announcement names its day and hour in a form that can be read.

Rules of this file: text is only ever searched for a date and a time; nothing else of
it goes further. An announcement in another form is not seen, and the books' own
states then tell what is going on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from engine.servers.shapes import Shape

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS)
SUBJECT = re.compile(r"maintenance|platform upgrade|scheduled upgrade", re.IGNORECASE)
DATES = (
    re.compile(r"(?P<year>20\d\d)-(?P<number>\d\d)-(?P<day>\d\d)"),
    re.compile(rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{MONTH}),? (?P<year>20\d\d)", re.IGNORECASE),
    re.compile(rf"(?P<month>{MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>20\d\d)", re.IGNORECASE),
)
CLOCK = re.compile(r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)? ?\(?UTC", re.IGNORECASE)
TAG = re.compile(r"<[^>]{0,200}>|&nbsp;|\s+")
TEXT_CHARS_MAX = 4_000


class Announcement(Shape):
    """A notice of the venue."""

    title: str
    body: str


def next_maintenance(announcements: Sequence[Announcement], *, now: datetime) -> datetime | None:
    """The earliest announced maintenance that is not over on the day of `now`; None when none can be read."""
    starts = (_start(announcement) for announcement in announcements)
    ahead = [start for start in starts if start is not None and start.date() >= now.date()]
    return min(ahead, default=None)


def _start(announcement: Announcement) -> datetime | None:
    if SUBJECT.search(announcement.title) is None:
        return None
    text = TAG.sub(" ", f"{announcement.title} {announcement.body}"[:TEXT_CHARS_MAX])
    clock = CLOCK.search(text)
    found = next((match for pattern in DATES if (match := pattern.search(text)) is not None), None)
    if clock is None or found is None:
        return None
    parts = found.groupdict()
    month = int(parts["number"]) if "number" in parts else _month(parts["month"])
    try:
        return datetime(int(parts["year"]), month, int(parts["day"]), int(clock["hour"]), int(clock["minute"]), tzinfo=UTC)
    except ValueError:
        return None


def _month(name: str) -> int:
    return next(number for number, full in enumerate(MONTHS, start=1) if full.startswith(name.lower()[:3]))
