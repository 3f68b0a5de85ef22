"""What the exchange tells of the past beside its candles: hourly funding and delivery prices, as rows of our files."""

from __future__ import annotations

from datetime import UTC, date, datetime

from engine.servers.deribit.market import VENUE, index_name
from engine.servers.deribit.rpc import Reader, instant_of_ms, ms_of
from engine.servers.shapes import Number, Shape, shaped
from engine.servers.upstream import UpstreamError

CURRENCY = "ETH"
PERPETUAL = "ETH-PERPETUAL"
DELIVERIES_PER_QUESTION = 1000


class _Rate(Shape):
    timestamp: int
    interest_1h: Number
    index_price: Number


class _Delivery(Shape):
    date: str
    delivery_price: Number


class _Deliveries(Shape):
    data: list[_Delivery]


async def funding_rates(reader: Reader, *, start_at: datetime, end_at: datetime) -> dict[datetime, tuple[str, str]]:
    """Rate and index of every hour of the span, by the hour's end. Raises UpstreamError."""
    asked = {"instrument_name": PERPETUAL, "start_timestamp": ms_of(start_at), "end_timestamp": ms_of(end_at)}
    answer = await reader.ask("public/get_funding_rate_history", asked)
    rates: list[_Rate] = shaped(list[_Rate], answer.result, upstream=VENUE)
    return {instant_of_ms(rate.timestamp): (f"{rate.interest_1h:f}", f"{rate.index_price:f}") for rate in rates}


async def delivery_prices(reader: Reader, *, page: int) -> dict[datetime, tuple[str]]:
    """Delivery prices by day, the newest on page 0. Raises UpstreamError."""
    asked = {"index_name": index_name(CURRENCY), "offset": page * DELIVERIES_PER_QUESTION, "count": DELIVERIES_PER_QUESTION}
    rows: list[_Delivery] = shaped(_Deliveries, (await reader.ask("public/get_delivery_prices", asked)).result, upstream=VENUE).data
    return {_day(row.date): (f"{row.delivery_price:f}",) for row in rows}


def _day(text: str) -> datetime:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise UpstreamError(f"{VENUE} told a delivery of no day", retryable=False) from None
    return datetime(on.year, on.month, on.day, tzinfo=UTC)
