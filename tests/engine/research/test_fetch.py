"""Fetching history from a venue over HTTP: complete, resumable, honest about what was not there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.model import Candle
from engine.errors import ConfigError
from engine.market.folder import DELIVERIES, DVOL, FEAR_GREED, FUNDING_1H, FX, SPOT, read_manifest
from engine.market.history import RecordedMarket
from engine.market.holdings import holdings_of
from engine.market.sound import DVOL_BOUNDS, SPOT_BOUNDS
from engine.research.fetch import FetchPlan, FetchReport, Sources, fetch_history
from engine.research.fetch_files import FILL_HOURS_MAX, CandleFile
from engine.servers.deribit import Network, VenueSettings
from tests.fakes.upstream import FakeSurroundings
from tests.fakes.venue import FakeVenue
from tests.fakes.venue.faults import Answered, Drop, Garbled, Refuse

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHART, VOLATILITY = "public/get_tradingview_chart_data", "public/get_volatility_index_data"
SUMMARY, FUNDING, PRICES = "public/get_book_summary_by_currency", "public/get_funding_rate_history", "public/get_delivery_prices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A venue, its surroundings, and a folder to fetch into."""

    venue: FakeVenue
    surroundings: FakeSurroundings
    folder: Path

    def plan(self, *, days: float | None = 70, to_at: datetime | None = None) -> FetchPlan:
        network = VenueSettings(network=Network.TESTNET, url=self.venue.http_url)
        sources = Sources(venue=network, ecb_url=self.surroundings.url, fear_greed_url=self.surroundings.url)
        from_at = None if days is None else self.venue.now() - timedelta(days=days)
        return FetchPlan(folder=self.folder, sources=sources, now=self.venue.now, from_at=from_at, to_at=to_at, pause_s=0.0)

    async def fetch(self, *, days: float | None = 70, to_at: datetime | None = None) -> FetchReport:
        return await fetch_history(self.plan(days=days, to_at=to_at))

    def asked(self, method: str) -> int:
        return sum(call.method == method for call in self.venue.calls)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with FakeVenue() as venue, FakeSurroundings(venue.now) as surroundings:
        surroundings.rates = {(venue.now() - ago * DAY).date(): f"1.1{ago % 10}00" for ago in range(1, 100)}
        yield Scene(venue=venue, surroundings=surroundings, folder=tmp_path / "history")


async def test_a_fetched_folder_is_whole_and_can_be_replayed_at_once(scene: Scene) -> None:
    report = await scene.fetch()
    held = holdings_of(scene.folder)
    market, now = RecordedMarket(scene.folder), scene.venue.now()

    assert (report.ok, len(report.brought)) == (True, 7), report.problems
    assert (held.problem, held.is_synthetic, len(held.files), len(held.snapshots)) == (None, False, 6, 1)
    assert all(not file.holes and file.filled == 0 for file in held.files)
    assert held.playable is not None
    assert held.playable[1] == now.replace(minute=0, second=0, microsecond=0)
    assert market.index_usd(now) is not None
    assert market.fx_usd_per_eur(now) is not None
    assert market.sentiment(now).value.fear_greed == 47
    assert len(market.funding(now - 7 * DAY, now, t=now)) == 168
    assert read_manifest(scene.folder).fetched_at == now
    assert not list(scene.folder.rglob("*.new"))


async def test_the_chain_of_the_moment_is_kept_as_the_venue_told_it_and_carried_from_then_on(scene: Scene) -> None:
    await scene.fetch()
    now = scene.venue.now()
    exact = RecordedMarket(scene.folder, exact=True).chain(now, expiry_from=now, expiry_to=now + 400 * DAY)
    summary = next(row for row in await summaries(scene) if row["bid_price"] is not None and row["instrument_name"].endswith("-P"))
    assert exact is not None
    quote = next(quote for quote in exact.quotes if quote.instrument.name == summary["instrument_name"])

    assert (exact.source, exact.taken_at) == ("recorded", now.replace(microsecond=0))
    assert [float(value) for value in (quote.bid_coin, quote.ask_coin)] == [summary["bid_price"], summary["ask_price"]]
    assert quote.iv_frac == pytest.approx(summary["mark_iv"] / 100, abs=1e-9)
    assert float(quote.open_interest_eth) == summary["open_interest"]
    later = RecordedMarket(scene.folder).chain(now + timedelta(minutes=30), expiry_from=now, expiry_to=now + 400 * DAY)
    assert later is not None
    assert later.source == "carried"


async def summaries(scene: Scene) -> list[dict[str, object]]:
    from tests.fakes.venue.client import VenueClient

    async with VenueClient(scene.venue) as client:
        told = await client.call(SUMMARY, currency="ETH", kind="option")
    return [row for row in told if row["instrument_name"].startswith("ETH-")]


async def test_another_snapshot_joins_the_month_s_file(scene: Scene) -> None:
    await scene.fetch(days=40)
    scene.venue.advance(6 * HOUR)
    await scene.fetch(days=40)

    assert len(holdings_of(scene.folder).snapshots) == 2


async def test_a_second_run_asks_for_what_is_new_only(scene: Scene) -> None:
    await scene.fetch()
    before = scene.asked(CHART), scene.asked(FUNDING)
    scene.venue.advance(5 * HOUR)
    report = await scene.fetch(days=None)

    assert (scene.asked(CHART) - before[0], scene.asked(FUNDING) - before[1]) == (1, 1)
    assert report.ok
    assert f"{SPOT}: 5 new hours" in report.brought[0]


async def test_an_earlier_start_fetches_what_lies_before_without_a_hole(scene: Scene) -> None:
    await scene.fetch(days=40)
    await scene.fetch(days=70)
    await scene.fetch(days=10)
    files = {file.name: file for file in holdings_of(scene.folder).files}

    for name in (SPOT, DVOL, FUNDING_1H):
        assert files[name].first_at <= scene.venue.now() - 69 * DAY
        assert files[name].holes == ()


async def test_an_interrupted_fetch_goes_on_where_it_was_stopped(scene: Scene) -> None:
    """The third question is refused for good: two months are on the disk, the next run asks for the rest."""
    scene.venue.script(CHART, Answered(chart(scene, days=(90, 60))), times=1)
    scene.venue.script(CHART, Answered(chart(scene, days=(60, 30))), times=1)
    scene.venue.script(CHART, Refuse(13028), times=None)
    stopped = await scene.fetch(days=90)
    held = CandleFile(scene.folder / SPOT, SPOT_BOUNDS)
    scene.venue.heal()
    asked = scene.asked(CHART)
    resumed = await scene.fetch(days=90)

    assert [problem.split(":")[0] for problem in stopped.problems] == [SPOT]
    assert len(held.rows) == 60 * 24
    assert (resumed.ok, scene.asked(CHART) - asked) == (True, 1)


def chart(scene: Scene, *, days: tuple[int, int]) -> dict[str, object]:
    """What the venue would tell of hours between `days` ago."""
    start, end = (scene.venue.now().replace(minute=0, second=0, microsecond=0) - ago * DAY for ago in days)
    opens = [start + hour * HOUR for hour in range((end - start) // HOUR)]
    columns = {name: [2500.0] * len(opens) for name in ("open", "high", "low", "close", "volume", "cost")}
    return {"status": "ok", "ticks": [int(at.timestamp() * 1000) for at in opens], **columns}


@pytest.mark.parametrize("fault", [Refuse(13028), Drop(), Garbled()])
async def test_a_question_that_failed_once_is_asked_again(scene: Scene, fault: object) -> None:
    for method in (CHART, VOLATILITY, FUNDING, PRICES, SUMMARY):
        scene.venue.script(method, fault, times=1)
    report = await scene.fetch(days=40)

    assert report.ok, report.problems


async def test_one_source_that_refuses_stops_none_of_the_others(scene: Scene) -> None:
    scene.venue.script(FUNDING, Refuse(11029), times=None)
    scene.surroundings.instead["/fng/"] = (500, "gone")
    report = await scene.fetch(days=40)

    assert [problem.split(":")[0] for problem in report.problems] == [FUNDING_1H, FEAR_GREED]
    assert {file.name for file in holdings_of(scene.folder).files} == {SPOT, DVOL, DELIVERIES, FX}
    assert json.dumps(report.as_json())


async def test_without_any_source_nothing_is_written_and_every_source_is_named(scene: Scene) -> None:
    await scene.venue.stop()
    report = await fetch_history(
        replace(scene.plan(), sources=replace(scene.plan().sources, ecb_url="http://127.0.0.1:9", fear_greed_url="http://127.0.0.1:9"))
    )

    assert len(report.problems) == 7
    assert not scene.folder.exists()


async def test_the_hour_that_is_not_over_is_left_out_and_so_is_what_was_not_asked(scene: Scene) -> None:
    until = scene.venue.now() - 2 * DAY
    await scene.fetch(days=40, to_at=until)
    file = CandleFile(scene.folder / SPOT, SPOT_BOUNDS)

    assert file.last_at + HOUR <= until
    assert holdings_of(scene.folder).snapshots == ()


async def test_volatility_told_as_a_fraction_is_refused_in_words(scene: Scene) -> None:
    now_ms = int((scene.venue.now().replace(minute=0, second=0, microsecond=0) - 3 * HOUR).timestamp() * 1000)
    scene.venue.script(VOLATILITY, Answered({"data": [[now_ms, 0.61, 0.62, 0.6, 0.61]], "continuation": None}), times=None)
    report = await scene.fetch(days=20)

    assert [DVOL in problem and "0.61" in problem and "points" in problem for problem in report.problems] == [True]
    assert not (scene.folder / DVOL).exists()


def candle(at: datetime, close: float = 2000.0) -> Candle:
    return Candle(open_at=at, open=close, high=close + 1, low=close - 1, close=close)


FIRST_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("missing", [1, FILL_HOURS_MAX])
def test_a_few_hours_nobody_has_repeat_the_close_and_say_so(tmp_path: Path, missing: int) -> None:
    file = CandleFile(tmp_path / SPOT, SPOT_BOUNDS)
    hours = [hour for hour in range(60) if not 20 <= hour < 20 + missing]
    file.add_candles(tuple(candle(FIRST_AT + hour * HOUR, 2000.0 + hour) for hour in hours))
    filled = file.close_holes()
    again = CandleFile(tmp_path / SPOT, SPOT_BOUNDS)

    assert filled == (missing, None)
    assert len(again.rows) == 60
    assert [again.rows[int((FIRST_AT + hour * HOUR).timestamp())][3:] for hour in (19, 20)] == [("2019.0", "0"), ("2019.0", "1")]
    # What was filled is asked for again, and gives way to a true candle.
    assert again.lacking(FIRST_AT, FIRST_AT + 60 * HOUR) == [(FIRST_AT + 20 * HOUR, FIRST_AT + (20 + missing) * HOUR)]
    again.add_candles((candle(FIRST_AT + 20 * HOUR, 2222.0),))
    assert again.rows[int((FIRST_AT + 20 * HOUR).timestamp())][3:] == ("2222.0", "0")


def test_after_a_hole_too_long_to_fill_only_what_follows_is_kept(tmp_path: Path) -> None:
    file = CandleFile(tmp_path / SPOT, SPOT_BOUNDS)
    hours = [hour for hour in range(60) if not 20 <= hour < 21 + FILL_HOURS_MAX]
    file.add_candles(tuple(candle(FIRST_AT + hour * HOUR) for hour in hours))
    _, cut = file.close_holes()

    assert cut == (FIRST_AT + 19 * HOUR, FIRST_AT + (21 + FILL_HOURS_MAX) * HOUR)
    assert file.first_at == FIRST_AT + (21 + FILL_HOURS_MAX) * HOUR


async def test_a_long_hole_of_the_venue_is_told_and_what_lies_before_left_out(scene: Scene) -> None:
    told = chart(scene, days=(60, 30))
    kept = {name: (column[:100] + column[130:] if isinstance(column, list) else column) for name, column in told.items()}
    scene.venue.script(CHART, Answered(kept), times=1)
    report = await scene.fetch(days=60)

    assert [SPOT in problem and "left out" in problem for problem in report.problems] == [True]
    assert holdings_of(scene.folder).problem is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Candle(open_at=FIRST_AT, open=2000.0, high=1990.0, low=1980.0, close=1985.0), "cannot be"),
        (Candle(open_at=FIRST_AT, open=0.0, high=0.0, low=0.0, close=0.0), "expected 10"),
        (Candle(open_at=FIRST_AT, open=2000.0, high=float("nan"), low=2000.0, close=2000.0), "nan"),
    ],
)
def test_a_candle_that_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, wrong: Candle, said: str) -> None:
    file = CandleFile(tmp_path / SPOT, SPOT_BOUNDS)
    with pytest.raises(ConfigError, match=said):
        file.add_candles((candle(FIRST_AT - HOUR), wrong))

    assert not (tmp_path / SPOT).exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("timestamp,open,high,low\n2026-01-01T00:00:00Z,1,1,1\n", "column close is missing"),
        ("timestamp,open,high,low,close\n2026-01-01T00:00:00Z,1\n", "too short"),
    ],
)
async def test_a_file_that_is_not_ours_is_left_alone_and_named(scene: Scene, text: str, said: str) -> None:
    scene.folder.mkdir(parents=True)
    (scene.folder / SPOT).write_text(text)
    report = await scene.fetch(days=40)

    assert [said in problem and "Move the file away" in problem for problem in report.problems] == [True]
    assert (scene.folder / SPOT).read_text() == text


def test_a_dvol_of_a_thousand_points_is_no_dvol(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="points"):
        CandleFile(tmp_path / DVOL, DVOL_BOUNDS).add_candles((candle(FIRST_AT, 1000.0),))


async def test_progress_is_told_by_file_and_share(scene: Scene) -> None:
    seen: list[tuple[str, float]] = []
    await fetch_history(scene.plan(days=70), progress=lambda name, share: seen.append((name, share)))

    assert {name for name, _ in seen} == {SPOT, DVOL, FUNDING_1H}
    assert all(0.0 <= share < 1.0 for _, share in seen)


async def test_deliveries_are_the_venue_s_and_settle_what_expires(scene: Scene) -> None:
    await scene.fetch(days=50)
    lines = (scene.folder / DELIVERIES).read_text().splitlines()
    day, price = lines[-1].split(",")
    expiry_at = datetime.fromisoformat(f"{day}T08:00:00+00:00")

    assert RecordedMarket(scene.folder).delivery_price(expiry_at, t=scene.venue.now()) == Decimal(price).quantize(Decimal("0.01"))
