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
    rates = await _asked(http, {"lastNObservations": LAST_DAYS})
    # A rate is dated by its day and known in the afternoon of it.
    readings = [Reading(value=rate, observed_at=datetime.combine(on, PUBLISHED, FRANKFURT).astimezone(UTC)) for on, rate in rates.items()]
    return max((reading for reading in readings if reading.observed_at <= now), key=lambda reading: reading.observed_at, default=None)


async def reference_rates(http: HttpUpstream, *, since: date) -> dict[date, Decimal]:
    """The rate of every working day from `since` on. Raises UpstreamError."""
    return await _asked(http, {"startPeriod": since.isoformat()})


async def _asked(http: HttpUpstream, which: dict[str, str]) -> dict[date, Decimal]:
    body = await http.get(PATH, {**which, "format": "csvdata", "detail": "dataonly"})
    http.require_ok(body)
    rates = dict(rate for row in csv.DictReader(body.text.splitlines()) if (rate := _rate(row)) is not None)
    if body.text.strip() and not rates:
        raise UpstreamError(f"{ECB} answered no rate that can be read", retryable=False)
    return rates


def _rate(row: dict[str, str]) -> tuple[date, Decimal] | None:
    try:
        on, value = date.fromisoformat(row["TIME_PERIOD"]), Decimal(row["OBS_VALUE"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return (on, value) if value.is_finite() and value > 0 else None
