"""Hyperliquid's info API, alternative.me, FRED and the ECB as their documents describe them, on one loopback port.

Rules of this file: what is asked wrongly is refused as the upstream would; a test
sets what is told and may put a whole answer in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any

from tests.fakes.http_server import Dropped, HttpReply, HttpRequest, HttpServer

FRED_KEY = "0123456789abcdef0123456789abcdef"
HOUR_MS = 3_600_000
FUNDING_ROWS_MAX = 500
FEAR_GREED_DAYS = 400
ECB_PATH = "/service/data/EXR/D.USD.EUR.SP00.A"
ECB_HEAD = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
RELEASE_NAMES = {
    10: "Consumer Price Index",
    50: "Employment Situation",
    46: "Producer Price Index",
    53: "Gross Domestic Product",
    54: "Personal Income and Outlays",
}


@dataclass(slots=True)
class FakeSurroundings:
    """What the four upstreams tell at `now`; `instead` puts (status, text) in the place of a path's answers, None hangs up."""

    now: Callable[[], datetime]
    hourly_funding: str = "0.0000125"
    missing_hours: set[int] = field(default_factory=set)
    mark_usd: str | None = "2501.5"
    open_interest: str = "412345.6"
    predicted: list[Any] = field(default_factory=lambda: [["BinPerp", {"fundingRate": "0.0001", "nextFundingTime": 0, "fundingIntervalHours": 8}]])
    fear_greed: str = "47"
    releases: dict[int, list[date]] = field(default_factory=dict)
    rates: dict[date, str] = field(default_factory=dict)
    instead: dict[str, tuple[int, str] | None] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    _server: HttpServer = field(init=False)

    def __post_init__(self) -> None:
        self._server = HttpServer(self._answer)
        today = self.now().date()
        self.rates = {today - timedelta(days=ago): f"1.1{ago}00" for ago in range(1, 6)}

    async def __aenter__(self) -> FakeSurroundings:
        await self._server.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that send the product here."""
        names = ("HYPERLIQUID", "FEAR_GREED", "FRED", "ECB")
        return {f"CERBERO_{name}_URL": self.url for name in names}

    async def _answer(self, request: HttpRequest) -> HttpReply:
        self.asked.append((request.path, request.params))
        if request.path in self.instead:
            told = self.instead[request.path]
            if told is None:
                raise Dropped
            return HttpReply(status=told[0], body=told[1].encode())
        by_path: dict[str, Callable[[dict[str, str]], HttpReply]] = {
            "/info": self._info,
            "/fng/": self._index,
            "/fred/release/dates": self._release_dates,
            ECB_PATH: self._reference_rates,
        }
        handler = by_path.get(request.path)
        return HttpReply(status=404, body=b"not found") if handler is None else handler(request.params)

    def _info(self, asked: dict[str, str]) -> HttpReply:
        kind = asked.get("type")
        if kind == "metaAndAssetCtxs":
            coins = [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40}, {"name": "ETH", "szDecimals": 4, "maxLeverage": 25}]
            contexts = [self._context("98000.0"), self._context(self.mark_usd)]
            return _json([{"universe": coins}, contexts])
        if kind == "predictedFundings":
            return _json([["BTC", []], ["ETH", self.predicted]])
        if kind == "fundingHistory" and asked.get("coin") == "ETH" and "startTime" in asked:
            return _json(self._fundings(int(asked["startTime"]), int(asked.get("endTime", str(2**62)))))
        return HttpReply(status=422, body=b"Failed to deserialize the JSON body into the target type")

    def _context(self, mark_usd: str | None) -> dict[str, object]:
        return {"funding": self.hourly_funding, "openInterest": self.open_interest, "oraclePx": "2500.0", "markPx": mark_usd, "midPx": None}

    def _fundings(self, start_ms: int, end_ms: int) -> list[dict[str, object]]:
        first = -(-start_ms // HOUR_MS)
        last = min(end_ms, _ms(self.now())) // HOUR_MS
        hours = [hour for hour in range(first, last + 1) if hour not in self.missing_hours][:FUNDING_ROWS_MAX]
        return [{"coin": "ETH", "fundingRate": self.hourly_funding, "premium": "0.0001", "time": hour * HOUR_MS + 31} for hour in hours]

    def _index(self, asked: dict[str, str]) -> HttpReply:
        today = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        # A limit of 0 asks for every day there is.
        limit = int(asked.get("limit", "1"))
        days = [today - timedelta(days=ago) for ago in range(FEAR_GREED_DAYS if limit == 0 else min(limit, FEAR_GREED_DAYS))]
        rows: list[dict[str, str]] = [{"value": self.fear_greed, "value_classification": "Neutral", "timestamp": str(_ms(at) // 1000)} for at in days]
        rows[0]["time_until_update"] = "68499"
        return _json({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": None}})

    def _release_dates(self, asked: dict[str, str]) -> HttpReply:
        if asked.get("api_key") != FRED_KEY:
            return _json({"error_code": 400, "error_message": "Bad Request. The value for variable api_key is not registered."}, status=400)
        release = int(asked["release_id"])
        if release not in RELEASE_NAMES or asked.get("file_type") != "json":
            return _json({"error_code": 400, "error_message": "Bad Request."}, status=400)
        since = date.fromisoformat(asked["realtime_start"])
        shows_future = asked.get("include_release_dates_with_no_data") == "true"
        dates = [on for on in sorted(self.releases.get(release, [])) if on >= since and (shows_future or on <= self.now().date())]
        rows = [{"release_id": release, "date": on.isoformat()} for on in dates]
        return _json({"count": len(rows), "offset": 0, "limit": int(asked["limit"]), "release_dates": rows})

    def _reference_rates(self, asked: dict[str, str]) -> HttpReply:
        if asked.get("format") != "csvdata":
            return HttpReply(status=406, body=b"")
        days = [on for on in sorted(self.rates) if on.isoformat() >= asked.get("startPeriod", "")][-int(asked.get("lastNObservations", "9999")) :]
        lines = [f"EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,{on.isoformat()},{self.rates[on]}" for on in days]
        return HttpReply(body="\r\n".join([ECB_HEAD, *lines, ""]).encode(), content_type="text/csv")


def _json(document: object, *, status: int = 200) -> HttpReply:
    return HttpReply(status=status, body=json.dumps(document).encode())


def _ms(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1000)
