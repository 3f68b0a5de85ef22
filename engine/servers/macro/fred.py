"""Release dates of the United States' statistics, where a key of FRED is given.

FRED tells days, not hours; the hours are those at which the offices have published
for decades. The Federal Reserve's decisions are not taken from it: their release
there follows a daily series and not the meetings.
Source: FRED API, `release/dates`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import structlog
from pydantic import SecretStr

from engine.servers.shapes import Shape, shaped
from engine.servers.upstream import HttpUpstream, UpstreamError

log = structlog.get_logger(__name__)

FRED = "FRED"
NEW_YORK = ZoneInfo("America/New_York")
MORNING = time(8, 30)
RELEASES = {"CPI": 10, "NFP": 50, "PPI": 46, "GDP": 53, "PCE": 54}
"""Event types by the number of their release."""
DAYS_BETWEEN_MIN = 7
"""Releases nearer to each other than this are no calendar: such a series is updated all the time."""
DATES_MAX = "200"


class _Date(Shape):
    release_id: int
    date: str


class _Dates(Shape):
    release_dates: list[_Date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The official dates of one event type, ascending; `at` assumes the usual hour."""

    name: str
    at: tuple[datetime, ...]


async def announced(http: HttpUpstream, key: SecretStr, *, from_on: date) -> tuple[Announced, ...]:
    """Every type FRED has dates for from `from_on` on. Raises UpstreamError when it answers for none."""
    answers = await asyncio.gather(*(_dates(http, key, name, from_on=from_on) for name in RELEASES), return_exceptions=True)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    for failure in failures:
        if not isinstance(failure, UpstreamError):
            raise failure
    if len(failures) == len(answers):
        raise failures[0]
    return tuple(answer for answer in answers if isinstance(answer, Announced) and answer.at)


async def _dates(http: HttpUpstream, key: SecretStr, name: str, *, from_on: date) -> Announced:
    asked = {
        "release_id": str(RELEASES[name]),
        "api_key": key.get_secret_value(),
        "file_type": "json",
        "include_release_dates_with_no_data": "true",
        "realtime_start": from_on.isoformat(),
        "realtime_end": "9999-12-31",
        "sort_order": "asc",
        "limit": DATES_MAX,
    }
    rows = shaped(_Dates, http.sound(await http.get("/fred/release/dates", asked)), upstream=FRED).release_dates
    days = _days(name, [row for row in rows if row.release_id == RELEASES[name]], from_on=from_on)
    return Announced(name=name, at=tuple(datetime.combine(on, MORNING, NEW_YORK).astimezone(UTC) for on in days))


def _days(name: str, rows: Sequence[_Date], *, from_on: date) -> list[date]:
    try:
        days = sorted({on for row in rows if (on := date.fromisoformat(row.date)) >= from_on})
    except ValueError:
        raise UpstreamError(f"{FRED} answered a date that is none", retryable=False) from None
    if any((after - before).days < DAYS_BETWEEN_MIN for before, after in pairwise(days)):
        log.warning("macro.release_is_no_calendar", release=name, dates=len(days))
        return []
    return days
