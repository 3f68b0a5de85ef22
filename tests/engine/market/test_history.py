"""Recorded history as a market: no foresight, honest ages, clear complaints about bad files."""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.model import Severity
from engine.errors import ConfigError
from engine.market.history import RecordedMarket

AT = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
YEAR = timedelta(days=400)
HOURLY = ("eth_usd_1h.csv", "eth_dvol_1h.csv")
DAILY = {"eth_funding_8h.csv": timedelta(0), "fear_greed_1d.csv": timedelta(0), "eurusd_1d.csv": timedelta(days=1)}


@pytest.fixture(scope="module")
def market(history_dir: Path) -> RecordedMarket:
    return RecordedMarket(history_dir)


def cut_at(folder: Path, target: Path, t: datetime) -> Path:
    """The recording as it was at `t`: every line not yet known is gone."""
    (target / "chains").mkdir(parents=True)
    shutil.copy(folder / "macro_calendar_2024_2027.csv", target)
    for name, delay in {**dict.fromkeys(HOURLY, timedelta(hours=1)), **DAILY}.items():
        head, *lines = (folder / name).read_text().splitlines()
        latest = (t - delay).strftime("%Y-%m-%dT%H:%M:%SZ")
        (target / name).write_text("\n".join([head, *(line for line in lines if line.split(",")[0] <= latest)]) + "\n")
    with gzip.open(folder / "chains" / f"eth_chain_{t:%Y-%m}.csv.gz", "rt") as text:
        head, *lines = text.read().splitlines()
    known = [line for line in lines if line[:19] <= f"{t:%Y-%m-%dT%H:%M:%S}"]
    with gzip.open(target / "chains" / f"eth_chain_{t:%Y-%m}.csv.gz", "wt", compresslevel=1) as text:
        text.write("\n".join([head, *known]) + "\n")
    return target


def answers(market: RecordedMarket, t: datetime) -> list[object]:
    """Everything a market can be asked at `t`."""
    chain = market.chain(t, expiry_from=t, expiry_to=t + YEAR)
    name = chain.quotes[len(chain.quotes) // 2].instrument.name if chain is not None else ""
    month = t - timedelta(days=30)
    return [
        market.index_usd(t),
        market.perp_mark_usd(t),
        market.dvol_pts(t),
        market.candles(month, t + YEAR, t=t),
        market.dvol_history(month, t + YEAR, t=t),
        chain,
        market.instruments(t),
        market.ticker(t, name),
        market.ticker(t, "ETH-26JUN26-2000-P"),
        market.delivery_price(t.replace(hour=8, minute=0), t=t),
        market.funding(t - timedelta(days=7), t + YEAR, t=t),
        market.fx_usd_per_eur(t),
        market.sentiment(t),
        market.macro(t, t + YEAR, t=t),
    ]


@pytest.mark.parametrize("t", [AT, AT.replace(minute=17), datetime(2026, 2, 5, 20, 59, 59, tzinfo=UTC), datetime(2026, 3, 20, 7, 59, tzinfo=UTC)])
def test_a_recording_cut_at_an_instant_gives_the_same_answers_there(market: RecordedMarket, history_dir: Path, tmp_path: Path, t: datetime) -> None:
    """The strongest form of no look-ahead: nothing after `t` exists, and nothing changes."""
    cut = RecordedMarket(cut_at(history_dir, tmp_path / "cut", t))

    for whole, known in zip(answers(market, t), answers(cut, t), strict=True):
        assert whole == known


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(min_value=0, max_value=2 * 365 * 24 * 60))
def test_nothing_answered_was_made_after_the_question(market: RecordedMarket, minutes: int) -> None:
    t = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    candles = market.candles(t - timedelta(days=1), t + timedelta(days=1), t=t)
    readings = (market.index_usd(t), market.dvol_pts(t), market.fx_usd_per_eur(t), market.sentiment(t))

    assert candles[-1].open_at + timedelta(hours=1) <= t
    assert len(candles) >= 23
    assert all(reading is not None and reading.observed_at <= t for reading in readings)
    assert all(rate.at <= t for rate in market.funding(t - timedelta(days=2), t + timedelta(days=2), t=t))


def test_the_index_at_an_hour_is_the_close_of_the_hour_before(market: RecordedMarket) -> None:
    candle = market.candles(AT - timedelta(hours=1), AT, t=AT)[0]
    index = market.index_usd(AT)

    assert index is not None
    assert (candle.open_at, Decimal(str(candle.close)), index.observed_at) == (AT - timedelta(hours=1), index.value, AT)
    assert market.candles(AT - timedelta(hours=1), AT, t=AT - timedelta(seconds=1)) == ()


def test_past_the_end_of_the_recording_a_reading_keeps_its_true_age(market: RecordedMarket) -> None:
    later = market.ends_at + timedelta(hours=5)
    index = market.index_usd(later)

    assert index is not None
    assert index.observed_at == market.ends_at


def test_a_fresh_snapshot_is_carried_and_says_from_when(market: RecordedMarket) -> None:
    chain = market.chain(AT, expiry_from=AT + timedelta(days=14), expiry_to=AT + timedelta(days=21))

    assert chain is not None
    assert (chain.source, chain.recorded_at) == ("carried", datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC))
    assert {quote.instrument.expiry_at for quote in chain.quotes} == {datetime(2026, 3, 6, 8, 0, tzinfo=UTC)}
    assert {quote.modelled for quote in chain.quotes} == {("greeks", "sizes")}


def test_a_carried_bid_and_ask_keep_their_distance_from_the_mark_to_a_tick(market: RecordedMarket, history_dir: Path) -> None:
    after = market.chain(AT, expiry_from=AT + timedelta(days=14), expiry_to=AT + timedelta(days=21))
    exact = RecordedMarket(history_dir, exact=True).chain(AT, expiry_from=AT + timedelta(days=14), expiry_to=AT + timedelta(days=21))
    assert after is not None
    assert exact is not None
    for old, new in zip(exact.quotes, after.quotes, strict=True):
        if old.bid_coin is not None and new.bid_coin is not None:
            assert abs((new.mark_coin - new.bid_coin) - (old.mark_coin - old.bid_coin)) <= Decimal("0.0005")
        if old.ask_coin is not None and new.ask_coin is not None:
            assert abs((new.ask_coin - new.mark_coin) - (old.ask_coin - old.mark_coin)) <= Decimal("0.0005")


def test_at_its_own_instant_a_carried_chain_reproduces_the_recorded_marks(market: RecordedMarket, history_dir: Path) -> None:
    """Re-pricing at the recorded volatility and forward gives the recorded mark: the median error is below 1e-5 ETH."""
    snapshot = market.snapshots.last(AT, age_max=timedelta(hours=10))
    assert snapshot is not None
    recorded = RecordedMarket(history_dir, exact=True).chain(AT, expiry_from=AT, expiry_to=AT + YEAR)
    carried = market.chain(snapshot.recorded_at + timedelta(seconds=1), expiry_from=AT, expiry_to=AT + YEAR)
    assert recorded is not None
    assert carried is not None
    index = market.index_usd(snapshot.recorded_at)
    assert index is not None
    drift = abs(float(index.value) / snapshot.index_usd - 1)
    errors = sorted(abs(old.mark_coin - new.mark_coin) for old, new in zip(recorded.quotes, carried.quotes, strict=True))

    assert float(errors[len(errors) // 2]) < 1e-5 + drift


def test_a_snapshot_ten_hours_old_is_carried_and_one_second_more_gives_way_to_the_surface(market: RecordedMarket) -> None:
    """Snapshots lie further apart than ten hours now and then; the first such gap is tried at its edge."""
    instants = [at for month in market.snapshots.months for at in market.snapshots.recorded_at(month)]
    limit = timedelta(hours=10)
    last = next(before for before, after in pairwise(instants) if after - before > limit + timedelta(hours=1))
    sources = [market.chain(at, expiry_from=at, expiry_to=at + YEAR).source for at in (last + limit, last + limit + timedelta(seconds=1))]

    assert sources == ["carried", "surface"]


def test_exact_serves_the_snapshot_s_own_prices_at_its_own_instant(history_dir: Path) -> None:
    exact = RecordedMarket(history_dir, exact=True)
    chain = exact.chain(AT, expiry_from=AT, expiry_to=AT + YEAR)
    year_before = AT - timedelta(days=365)

    assert chain is not None
    assert (chain.source, chain.taken_at) == ("recorded", datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC))
    assert {quote.quoted_at for quote in chain.quotes} == {chain.taken_at}
    assert exact.chain(year_before, expiry_from=year_before, expiry_to=AT) is None
    assert exact.ticker(year_before, "ETH-28FEB25-2500-P") is None


def test_without_recorded_chains_the_surface_speaks_and_every_part_is_flagged(market: RecordedMarket) -> None:
    at = datetime(2025, 6, 16, 14, 0, tzinfo=UTC)
    chain = market.chain(at, expiry_from=at, expiry_to=at + YEAR)

    assert chain is not None
    assert (chain.source, chain.recorded_at) == ("surface", None)
    assert all("mark" in quote.modelled and quote.bid_coin != 0 for quote in chain.quotes)
    assert market.ticker(at, chain.quotes[100].instrument.name) == chain.quotes[100]
    assert len(market.instruments(at)) == len(chain.quotes)


def test_a_strike_the_spot_left_behind_still_has_a_ticker(market: RecordedMarket) -> None:
    at = datetime(2025, 6, 16, 14, 0, tzinfo=UTC)

    assert market.ticker(at, "ETH-4JUL25-700-P") is not None
    assert market.ticker(at, "ETH-3JUL25-2500-P") is None
    assert market.ticker(at, "ETH-13JUN25-2500-P") is None


def test_the_delivery_price_is_known_at_the_expiry_and_not_before(market: RecordedMarket) -> None:
    expiry_at = datetime(2026, 2, 13, 8, 0, tzinfo=UTC)

    assert market.delivery_price(expiry_at, t=expiry_at - timedelta(seconds=1)) is None
    assert market.delivery_price(expiry_at, t=expiry_at) == market.index_usd(expiry_at).value
    assert market.delivery_price(datetime(2030, 1, 4, 8, 0, tzinfo=UTC), t=datetime(2030, 1, 5, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("t", "hours_known"),
    [
        (datetime(2025, 9, 1, 14, 0, tzinfo=UTC), 168),
        (datetime(2025, 12, 1, 14, 0, tzinfo=UTC), 0),
        (datetime(2026, 3, 21, 0, 0, tzinfo=UTC), 152),
        (datetime(2026, 3, 30, 14, 0, tzinfo=UTC), 0),
    ],
)
def test_the_holes_of_the_funding_record_stay_holes(market: RecordedMarket, t: datetime, hours_known: int) -> None:
    assert len(market.funding(t - timedelta(hours=168), t, t=t)) == hours_known


def test_an_exchange_rate_is_known_the_day_after_its_date(market: RecordedMarket) -> None:
    monday = market.fx_usd_per_eur(datetime(2026, 2, 16, 14, 0, tzinfo=UTC))
    tuesday = market.fx_usd_per_eur(datetime(2026, 2, 17, 0, 0, tzinfo=UTC))

    assert monday is not None
    assert tuesday is not None
    assert monday.observed_at == datetime(2026, 2, 13, 15, 0, tzinfo=UTC)
    assert tuesday.observed_at == datetime(2026, 2, 16, 15, 0, tzinfo=UTC)


def test_events_carry_their_own_zone_through_summer_time(market: RecordedMarket) -> None:
    calendar = market.macro(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 11, tzinfo=UTC), t=AT)
    assert calendar is not None
    instants = {(event.name, event.at.isoformat()) for event in calendar.value.events}

    assert ("NFP", "2026-03-06T13:30:00+00:00") in instants
    assert ("FOMC", "2026-03-18T18:00:00+00:00") in instants
    assert ("ECB", "2026-03-19T13:15:00+00:00") in instants
    assert ("NFP", "2026-04-03T12:30:00+00:00") in instants
    assert {event.severity for event in calendar.value.events if event.name == "FOMC"} == {Severity.HIGH}
    assert calendar.value.covered_until["CPI"].isoformat() == "2026-12-10"


def test_a_period_the_recording_does_not_hold_is_refused_with_what_it_has(market: RecordedMarket) -> None:
    market.require(datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC))
    for from_at, to_at in ((datetime(2022, 6, 1, tzinfo=UTC), AT), (AT, datetime(2026, 6, 1, tzinfo=UTC))):
        with pytest.raises(ConfigError, match="history can answer 2022-06-19"):
            market.require(from_at, to_at)


@pytest.mark.parametrize(
    ("place", "new", "said"),
    [
        (("eth_usd_1h.csv", 0), "timestamp,open,high,low,last", "column close is missing"),
        (("eth_usd_1h.csv", 5), "2022-05-18T00:00:00Z,1,1,1,nan,1", "close is 'nan'"),
        (("eth_usd_1h.csv", 5), "2022-05-18T00:00:00Z,1,1", "too short"),
        (("eth_usd_1h.csv", 5), "someday,1,1,1,1,1", "no instant"),
        (("eth_dvol_1h.csv", 5), None, "is 2022-06-18 06:00"),
        (("eth_funding_8h.csv", 5), "2019-11-27T08:00:00Z,0.0001,x", "does not come after"),
        (("eth_funding_8h.csv", 5), "2019-11-28T16:00:00Z,,x", "funding_rate is ''"),
        (("eurusd_1d.csv", 5), "x,1.1", "no instant"),
        (("eurusd_1d.csv", 5), "2020-01-08", "too short"),
        (("macro_calendar_2024_2027.csv", 5), "2024-02-30,CPI,08:30,x", "no local time"),
    ],
)
def test_a_bad_line_is_named_with_file_line_and_fix(history_dir: Path, tmp_path: Path, place: tuple[str, int], new: str | None, said: str) -> None:
    name, line = place
    shutil.copytree(history_dir, tmp_path / "data", ignore=shutil.ignore_patterns("chains", "btc*"))
    path = tmp_path / "data" / name
    path.chmod(0o644)
    lines = path.read_text().splitlines()
    lines[line : line + 1] = [] if new is None else [new]
    path.unlink()
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ConfigError, match=said) as caught:
        RecordedMarket(tmp_path / "data")

    assert (caught.value.path, caught.value.line, caught.value.fix != "") == (path, line + 1, True)


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing"):
        RecordedMarket(tmp_path)
    (tmp_path / "eth_usd_1h.csv").write_text("timestamp,open,high,low,close\n")
    with pytest.raises(ConfigError, match="no data"):
        RecordedMarket(tmp_path)


CHAIN_HEAD = (
    "timestamp,instrument_name,expiry,option_type,strike,bid,ask,mark,mark_iv,delta,vega,open_interest,volume_24h,underlying_price,underlying_name,index_price"
)
CHAIN_LINE = "2026-02-01T04:54:02Z,ETH-6FEB26-2000-C,2026-02-06T08:00:00Z,call,2000.0,,,0.2,0.9,,,18.0,18.0,2449.0,x,2448.9"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CHAIN_HEAD.replace("mark_iv", "iv") + "\n" + CHAIN_LINE, "column mark_iv is missing"),
        (CHAIN_HEAD + "\n" + CHAIN_LINE + "\n" + CHAIN_LINE.replace("0.9,", ","), "mark_iv is missing"),
        (CHAIN_HEAD + "\n" + CHAIN_LINE.replace("0.2,", "much,"), "cannot be read"),
        (CHAIN_HEAD + "\n" + CHAIN_LINE + "\n" + CHAIN_LINE.replace("2026-02-01", "2026-01-01"), "not in order"),
        (CHAIN_HEAD + "\n" + CHAIN_LINE.replace("2026-02-06T08", "soonT08"), "timestamp cannot be read"),
        (None, "cannot be unpacked"),
    ],
)
def test_a_bad_chain_file_is_named(history_dir: Path, tmp_path: Path, text: str | None, said: str) -> None:
    shutil.copytree(history_dir, tmp_path / "data", ignore=shutil.ignore_patterns("chains", "btc*"))
    (tmp_path / "data").chmod(0o755)
    chains = tmp_path / "data" / "chains"
    chains.mkdir()
    path = chains / "eth_chain_2026-02.csv.gz"
    path.write_bytes(gzip.compress(text.encode()) if text is not None else b"no gzip")
    at = datetime(2026, 2, 1, 5, 0, tzinfo=UTC)
    with pytest.raises(ConfigError, match=said) as caught:
        RecordedMarket(tmp_path / "data").chain(at, expiry_from=at, expiry_to=at + YEAR)

    assert caught.value.path == path
