"""What the venue remembers: candles, volatility, funding, delivery prices, settlements and trades of the public."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import pstdev
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.clock import from_ms, to_ms
from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.listing import EXPIRY_HOUR
from tests.fakes.venue.market import INDEX_NAMES, PERPETUAL
from tests.fakes.venue.series import Series

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]
ROWS_MAX = 1000
CHART_ROWS_MAX = 5000
FUNDING_ROWS_MAX = 744
DELIVERIES_KEPT = 60
TWAP = timedelta(minutes=30)
DAY_S = 86_400


def get_volatility_index_data(exchange: Exchange, _session: Session, params: Json) -> Json:
    """The newest thousand candles of the window; `continuation` is where the next older page ends."""
    _require_coin(params["currency"])
    seconds = DAY_S if str(params["resolution"]) == "1D" else int(params["resolution"])
    opens = _opens(exchange, params, seconds)
    kept = opens[-ROWS_MAX:]
    rows = [[to_ms(at), *_candle(exchange.market.dvol, at, seconds, exchange.now())] for at in kept]
    return {"data": rows, "continuation": to_ms(kept[0]) - 1 if len(opens) > ROWS_MAX else None}


def get_historical_volatility(exchange: Exchange, _session: Session, params: Json) -> list[list[float]]:
    """Fifteen-day realised volatility, hourly, as [ms, percent]: what servers send, whatever the description says."""
    _require_coin(params["currency"])
    last = _floor(exchange.now(), 3600)
    closes = [exchange.market.index.at(last - timedelta(days=ago)) for ago in range(15, -1, -1)]
    moves = [after / before - 1 for before, after in pairwise(closes)]
    level = pstdev(moves) * 365**0.5 * 100
    return [[to_ms(last - timedelta(hours=ago)), level] for ago in range(24, -1, -1)]


def get_tradingview_chart_data(exchange: Exchange, _session: Session, params: Json) -> Json:
    contract = exchange.market.contract(params["instrument_name"])
    columns = ("open", "high", "low", "close")
    seconds = DAY_S if params["resolution"] == "1D" else int(params["resolution"]) * 60
    opens = _opens(exchange, params, seconds)[-CHART_ROWS_MAX:] if contract.name == PERPETUAL else []
    rows = [_candle(exchange.market.index, at, seconds, exchange.now()) for at in opens]
    told: Json = {"status": "ok" if rows else "no_data", "ticks": [to_ms(at) for at in opens]}
    told |= {column: [row[place] for row in rows] for place, column in enumerate(columns)}
    return told | {"volume": [100.0] * len(rows), "cost": [row[3] * 100 for row in rows]}


def get_funding_rate_history(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    _require_perpetual(params["instrument_name"])
    index, rate = exchange.market.index, exchange.market.hourly_funding
    hours = [at for at in _opens(exchange, params, 3600) if to_ms(at) >= params["start_timestamp"]][-FUNDING_ROWS_MAX:]
    hour = timedelta(hours=1)
    return [
        {"timestamp": to_ms(at), "index_price": index.at(at), "prev_index_price": index.at(at - hour), "interest_1h": rate, "interest_8h": rate * 8}
        for at in hours
    ]


def get_funding_rate_value(exchange: Exchange, _session: Session, params: Json) -> float:
    _require_perpetual(params["instrument_name"])
    hours: float = max(params["end_timestamp"] - params["start_timestamp"], 0) / 3_600_000
    return exchange.market.hourly_funding * hours


def get_delivery_prices(exchange: Exchange, _session: Session, params: Json) -> Json:
    if params["index_name"] not in INDEX_NAMES:
        raise bad_param("index_name", "wrong format")
    offset, count = params.get("offset", 0), params.get("count", 10)
    known = [{"date": f"{at:%Y-%m-%d}", "delivery_price": price} for at, price in deliveries(exchange)]
    return {"data": known[offset : offset + count], "records_total": len(known)}


def deliveries(exchange: Exchange) -> list[tuple[datetime, float]]:
    """Every delivery price told so far, newest first: those settled here, before them the made-up past's."""
    now = exchange.now()
    last = now.replace(hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0)
    days = [last - timedelta(days=ago) for ago in range(DELIVERIES_KEPT)]
    known = {at: float(price) for at, price in exchange.settlement.deliveries.items()}
    told = []
    for at in days:
        if at in known:
            told.append((at, known[at]))
        elif at < exchange.settlement.since:
            told.append((at, round(exchange.market.index.mean(at - TWAP, at), 4)))
    return told


def get_last_settlements_by_currency(exchange: Exchange, _session: Session, params: Json) -> Json:
    return page_of_settlements([row for row in exchange.settlement.public_rows if row["_coin"] == params["currency"]], params)


def get_last_settlements_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Json:
    return page_of_settlements([row for row in exchange.settlement.public_rows if row["instrument_name"] == params["instrument_name"]], params)


def get_last_trades_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Json:
    exchange.book(params["instrument_name"])
    trades = [trade for trade in exchange.public_trades if trade["instrument_name"] == params["instrument_name"]]
    count = params.get("count", 10)
    newest = list(reversed(trades))
    return {"trades": newest[:count], "has_more": len(newest) > count}


def page_of_settlements(rows: list[Json], params: Json) -> Json:
    """Newest first, with the token of the next older page."""
    wanted = [row for row in reversed(rows) if params.get("type") in (None, row["type"])]
    if "search_start_timestamp" in params:
        wanted = [row for row in wanted if row["timestamp"] <= params["search_start_timestamp"]]
    start = int(params["continuation"].removeprefix("next")) if "continuation" in params else 0
    end = start + params.get("count", 20)
    page = [{name: told for name, told in row.items() if not name.startswith("_")} for row in wanted[start:end]]
    return {"settlements": page, "continuation": f"next{end}" if end < len(wanted) else "none"}


def _opens(exchange: Exchange, params: Json, seconds: int) -> list[datetime]:
    start = _floor(from_ms(params["start_timestamp"]), seconds)
    end = min(from_ms(params["end_timestamp"]), exchange.now())
    if params["end_timestamp"] < params["start_timestamp"]:
        raise bad_param("end_timestamp", "must not be before start_timestamp")
    count = int((end - start).total_seconds() // seconds) + 1
    if count > 200_000:
        raise refusal(11029)
    return [start + timedelta(seconds=seconds * place) for place in range(max(count, 0))]


def _candle(series: Series, at: datetime, seconds: int, now: datetime) -> list[float]:
    return list(series.candle(at, min(at + timedelta(seconds=seconds), max(now, at + timedelta(milliseconds=1)))))


def _floor(at: datetime, seconds: int) -> datetime:
    return from_ms(int(at.timestamp()) // seconds * seconds * 1000)


def _require_coin(currency: str) -> None:
    if currency != "ETH":
        raise bad_param("currency", "wrong format")


def _require_perpetual(name: str) -> None:
    if name != PERPETUAL:
        raise bad_param("instrument_name", "wrong format")
