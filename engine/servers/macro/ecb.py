"""The ECB's reference rate of the dollar: once a working day, known when it is published.

Source: the ECB data portal, series EXR.D.USD.EUR.SP00.A; publication around 16:00 in
Frankfurt.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.core.model import Reading
from engine.servers.upstream import HttpUpstream, UpstreamError

ECB = "the ECB"
PATH = "/service/data/EXR/D.USD.EUR.SP00.A"
LAST_DAYS = "5"
FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED = time(16, 0)


async def usd_per_eur(http: HttpUpstream, *, now: datetime) -> Reading[Decimal] | None:
    """The latest rate published before `now`; None when the last days have none. Raises UpstreamError."""
    body = await http.get(PATH, {"lastNObservations": LAST_DAYS, "format": "csvdata", "detail": "dataonly"})
    http.require_ok(body)
    rates = [rate for row in csv.DictReader(body.text.splitlines()) if (rate := _rate(row)) is not None]
    if body.text.strip() and not rates:
        raise UpstreamError(f"{ECB} answered no rate that can be read", retryable=False)
    # A rate is dated by its day and known in the afternoon of it.
    known = [rate for rate in rates if rate.observed_at <= now]
    return max(known, key=lambda rate: rate.observed_at, default=None)


def _rate(row: dict[str, str]) -> Reading[Decimal] | None:
    try:
        at = datetime.combine(date.fromisoformat(row["TIME_PERIOD"]), PUBLISHED, FRANKFURT).astimezone(UTC)
        value = Decimal(row["OBS_VALUE"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return Reading(value=value, observed_at=at) if value.is_finite() and value > 0 else None
