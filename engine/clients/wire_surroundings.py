"""What travels of the market's surroundings beyond what a decision reads: other venues' funding, predictions, precision of dates."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from engine.clients.wire import EventWire, Instant, SentimentWire, Wire


class VenueFundingWire(Wire):
    """The funding one venue expects next, as a fraction per hour."""

    venue: str
    hourly_frac: float
    next_at: Instant | None = None


class PredictedFundingsWire(Wire):
    observed_at: Instant
    fundings: list[VenueFundingWire]


class MoodWire(SentimentWire):
    """Fear & greed with what other venues' perpetuals say; a part nobody told is empty or null."""

    fundings: list[VenueFundingWire] = Field(default_factory=list)
    open_interest_eth: float | None = None


class DatedEventWire(EventWire):
    """`precision` day: only the date is official, the hour is the usual one."""

    precision: Literal["minute", "day"]


class CalendarWire(Wire):
    """`EventsWire` with the precision of each date."""

    observed_at: Instant
    events: list[DatedEventWire]
    covered_until: dict[str, date]
