"""The macro calendar: local release times with their zone become instants, and coverage is told per event type.

Source: strategy section 3; an official date is only worth as much as the last one the file holds for its type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.core.model import MacroCalendar, MacroEvent, Severity
from engine.errors import ConfigError
from engine.market.series import read_rows

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
SEVERITY = {"FOMC": Severity.HIGH, "CPI": Severity.HIGH, "ECB": Severity.MEDIUM, "NFP": Severity.MEDIUM}
FOMC_MONTHS = (1, 3, 4, 6, 7, 9, 10, 12)
ECB_MONTHS = (1, 3, 4, 6, 7, 9, 10, 12)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Every known event, ascending, and the last covered date of each type."""

    events: tuple[MacroEvent, ...]
    covered_until: tuple[tuple[str, date], ...]

    def between(self, start_at: datetime, end_at: datetime) -> MacroCalendar:
        """The events with start_at <= at <= end_at."""
        return MacroCalendar(events=tuple(event for event in self.events if start_at <= event.at <= end_at), covered_until=dict(self.covered_until))


def read_calendar(path: Path) -> Calendar:
    """The calendar file of a recording. Raises ConfigError for a line it cannot read."""
    events = []
    for line, row in read_rows(path, ("date", "event", "time_local", "source")):
        clock_text = row["time_local"].removesuffix(" CET")
        zone = BERLIN if row["event"] == "ECB" or row["time_local"].endswith(" CET") else NEW_YORK
        try:
            at = datetime.combine(date.fromisoformat(row["date"]), time.fromisoformat(clock_text), zone)
        except ValueError:
            raise ConfigError(
                f"{row['date']} {row['time_local']} is no local time", fix="Write 2026-01-28 and 14:00, or 14:15 CET.", path=path, line=line
            ) from None
        events.append(_event(row["event"], at, source=row["source"]))
    return _calendar(events)


def generate_calendar(first_year: int, *, years: int) -> Calendar:
    """A plausible calendar for a synthetic market: the usual weekdays and hours of each release."""
    events = []
    for month_index in range(12 * years):
        year, month = first_year + month_index // 12, month_index % 12 + 1
        events.append(_event("NFP", _local(_weekday_of(year, month, weekday=FRIDAY, nth=1), time(8, 30), NEW_YORK)))
        events.append(_event("CPI", _local(_first_weekday_from(date(year, month, 10), TUESDAY), time(8, 30), NEW_YORK)))
        if month in FOMC_MONTHS:
            events.append(_event("FOMC", _local(_weekday_of(year, month, weekday=WEDNESDAY, nth=4), time(14, 0), NEW_YORK)))
        if month in ECB_MONTHS:
            events.append(_event("ECB", _local(_weekday_of(year, month, weekday=THURSDAY, nth=2), time(14, 15), BERLIN)))
    calendar = _calendar(events)
    last_day = date(first_year + years - 1, 12, 31)
    return Calendar(events=calendar.events, covered_until=tuple((name, last_day) for name, _ in calendar.covered_until))


def _event(name: str, at: datetime, *, source: str = "generated") -> MacroEvent:
    return MacroEvent(name=name, severity=SEVERITY.get(name, Severity.LOW), at=at.astimezone(UTC), source=source)


def _calendar(events: list[MacroEvent]) -> Calendar:
    ordered = sorted(events, key=lambda event: (event.at, event.name))
    covered: dict[str, date] = {}
    for event in ordered:
        covered[event.name] = event.at.date()
    return Calendar(events=tuple(ordered), covered_until=tuple(covered.items()))


def _local(on: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, clock, zone)


def _weekday_of(year: int, month: int, *, weekday: int, nth: int) -> date:
    return _first_weekday_from(date(year, month, 1), weekday) + timedelta(weeks=nth - 1)


def _first_weekday_from(on: date, weekday: int) -> date:
    return on + timedelta(days=(weekday - on.weekday()) % 7)
