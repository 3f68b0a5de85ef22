"""The venue's public side without its options: state, clock, index, volatility index, candles, delivery prices.

Rules of this file: a currency is ETH or BTC; the index, the perpetual and the names
follow from it; what the venue does not have is None.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, Strict

from engine.core.model import Candle, Reading, VenueStatus
from engine.servers.deribit.announcements import Announcement, next_maintenance
from engine.servers.deribit.rpc import Answer, Reader, instant_of_ms, ms_of
from engine.servers.shapes import Number, Shape, shaped

VENUE = "the venue"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DVOL_LOOK_BACK = timedelta(minutes=15)
CANDLES_PER_QUESTION = 2_000
DVOL_PAGES_MAX = 12
DELIVERIES_PER_QUESTION = 100
DELIVERY_PAGES_MAX = 20
ANNOUNCEMENTS = 20


class _Status(Shape):
    locked: str | bool
    locked_indices: list[str] = Field(default_factory=list)
    locked_currencies: list[str] = Field(default_factory=list)


class _Index(Shape):
    index_price: Number


# The documents hold lists where a row of fixed columns is meant.
_VolatilityRow = Annotated[tuple[int, Number, Number, Number, Number], Strict(strict=False)]


class _Volatility(Shape):
    data: list[_VolatilityRow]
    continuation: int | None = None


class _Chart(Shape):
    status: str
    ticks: list[int] = Field(default_factory=list)
    open: list[Number] = Field(default_factory=list)
    high: list[Number] = Field(default_factory=list)
    low: list[Number] = Field(default_factory=list)
    close: list[Number] = Field(default_factory=list)


class _Delivery(Shape):
    date: str
    delivery_price: Number


class _Deliveries(Shape):
    data: list[_Delivery]


def index_name(currency: str) -> str:
    return f"{currency.lower()}_usd"


async def status(reader: Reader, currency: str) -> VenueStatus:
    """Whether the venue takes orders in this currency, and the next announced maintenance."""
    wire: _Status = shaped(_Status, (await reader.ask("public/status", {})).result, upstream=VENUE)
    said = str(wire.locked).lower()
    locked_here = any(name.lower().startswith(currency.lower()) for name in (*wire.locked_indices, *wire.locked_currencies))
    # A word that is not known is no promise that orders are taken.
    is_locked = locked_here if said == "partial" else said != "false"
    answer = await reader.ask("public/get_announcements", {"count": ANNOUNCEMENTS})
    announced: list[Announcement] = shaped(list[Announcement], answer.result, upstream=VENUE)
    return VenueStatus(is_locked=is_locked, maintenance_at=next_maintenance(announced, now=answer.at))


async def time(reader: Reader) -> datetime:
    """The venue's clock."""
    result: int = shaped(int, (await reader.ask("public/get_time", {})).result, upstream=VENUE)
    return instant_of_ms(result)


async def index_usd(reader: Reader, currency: str) -> Reading[Decimal]:
    """The index, true at the instant of the answer."""
    answer = await reader.ask("public/get_index_price", {"index_name": index_name(currency)})
    wire: _Index = shaped(_Index, answer.result, upstream=VENUE)
    return Reading(value=wire.index_price, observed_at=answer.at)


async def dvol_pts(reader: Reader, currency: str, *, now: datetime) -> Reading[float] | None:
    """The volatility index in points; None when the last quarter of an hour has none."""
    answer = await _volatility(reader, currency, start_at=now - DVOL_LOOK_BACK, end_at=now, resolution="60")
    rows = sorted(shaped(_Volatility, answer.result, upstream=VENUE).data)
    if not rows:
        return None
    opened_ms, *_, close = rows[-1]
    # The candle of the present minute is still being drawn: its close is what the index is now.
    return Reading(value=float(close), observed_at=min(answer.at, instant_of_ms(opened_ms) + MINUTE))


async def dvol_history(reader: Reader, currency: str, *, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
    """Closed hourly candles of the volatility index with start_at <= open_at < end_at, oldest first."""
    rows: dict[int, Candle] = {}
    last_at = end_at
    for _ in range(DVOL_PAGES_MAX):
        answer = await _volatility(reader, currency, start_at=start_at, end_at=last_at, resolution="3600")
        page: _Volatility = shaped(_Volatility, answer.result, upstream=VENUE)
        for opened_ms, opened, high, low, close in page.data:
            rows[opened_ms] = Candle(open_at=instant_of_ms(opened_ms), open=float(opened), high=float(high), low=float(low), close=float(close))
        if page.continuation is None or instant_of_ms(page.continuation) >= last_at:
            break
        last_at = instant_of_ms(page.continuation)
    return _closed(rows, start_at=start_at, end_at=end_at, now=answer.at)


async def candles(reader: Reader, currency: str, *, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
    """Closed hourly candles of the perpetual, which the venue keeps at its index, with start_at <= open_at < end_at, oldest first.

    The venue tells no candles of the index itself.
    """
    rows: dict[int, Candle] = {}
    from_at = start_at
    while True:
        to_at = min(end_at, from_at + CANDLES_PER_QUESTION * HOUR)
        asked = {"instrument_name": f"{currency}-PERPETUAL", "start_timestamp": ms_of(from_at), "end_timestamp": ms_of(to_at), "resolution": "60"}
        answer = await reader.ask("public/get_tradingview_chart_data", asked)
        chart: _Chart = shaped(_Chart, answer.result, upstream=VENUE)
        for opened_ms, opened, high, low, close in zip(chart.ticks, chart.open, chart.high, chart.low, chart.close, strict=False):
            rows[opened_ms] = Candle(open_at=instant_of_ms(opened_ms), open=float(opened), high=float(high), low=float(low), close=float(close))
        if to_at >= end_at:
            return _closed(rows, start_at=start_at, end_at=end_at, now=answer.at)
        from_at = to_at


async def delivery_price_usd(reader: Reader, currency: str, *, expiry_at: datetime) -> Decimal | None:
    """What the options of `expiry_at` were settled at; None before the venue tells it."""
    wanted = expiry_at.date().isoformat()
    for page in range(DELIVERY_PAGES_MAX):
        asked = {"index_name": index_name(currency), "offset": page * DELIVERIES_PER_QUESTION, "count": DELIVERIES_PER_QUESTION}
        rows: list[_Delivery] = shaped(_Deliveries, (await reader.ask("public/get_delivery_prices", asked)).result, upstream=VENUE).data
        found = next((row.delivery_price for row in rows if row.date == wanted), None)
        # The newest come first: past the wanted day there is nothing to find.
        if found is not None or not rows or min(row.date for row in rows) < wanted:
            return found
    return None


async def _volatility(reader: Reader, currency: str, *, start_at: datetime, end_at: datetime, resolution: str) -> Answer:
    asked = {"currency": currency, "start_timestamp": ms_of(start_at), "end_timestamp": ms_of(end_at), "resolution": resolution}
    return await reader.ask("public/get_volatility_index_data", asked)


def _closed(rows: dict[int, Candle], *, start_at: datetime, end_at: datetime, now: datetime) -> tuple[Candle, ...]:
    known = (rows[opened_ms] for opened_ms in sorted(rows))
    return tuple(candle for candle in known if start_at <= candle.open_at < end_at and candle.open_at + HOUR <= now)
