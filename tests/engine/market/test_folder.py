"""A folder of history: what may be absent, what is refused in words, what packed and half-written files do."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ConfigError
from engine.market.calendar import generate_calendar
from engine.market.folder import DVOL, SPOT, UNKNOWN_SOURCE, Manifest, manifest_text, read_manifest, write_whole
from engine.market.history import RecordedMarket
from tests.engine.market.histories import FIRST_AT, HOURS, candle_lines, spot_at, write_history

AT = FIRST_AT + timedelta(days=35, hours=14)
FAR = timedelta(days=60)


def chain_source(market: RecordedMarket) -> str:
    chain = market.chain(AT, expiry_from=AT, expiry_to=AT + FAR)
    assert chain is not None
    return chain.source


def test_spot_and_dvol_alone_make_a_market_and_what_is_absent_is_missing(tmp_path: Path) -> None:
    market = RecordedMarket(write_history(tmp_path))

    assert chain_source(market) == "surface"
    assert (market.fx_usd_per_eur(AT), market.sentiment(AT), market.macro(AT, AT + FAR, t=AT)) == (None, None, None)
    assert market.funding(AT - timedelta(days=7), AT, t=AT) == ()
    assert market.manifest == Manifest(source=UNKNOWN_SOURCE)
    assert float(market.index_usd(AT).value) == spot_at(35 * 24 + 14)


def test_a_calendar_from_outside_answers_where_the_folder_has_none(tmp_path: Path) -> None:
    market = RecordedMarket(write_history(tmp_path), calendar=generate_calendar(2026, years=1))
    told = market.macro(AT, AT + FAR, t=AT)

    assert told is not None
    assert {event.name for event in told.value.events} >= {"CPI", "NFP"}


def test_a_synthetic_history_says_so_on_every_chain(tmp_path: Path) -> None:
    manifest = Manifest(source="made up", is_synthetic=True, fetched_at=datetime(2026, 2, 1, tzinfo=UTC))
    market = RecordedMarket(write_history(tmp_path, manifest=manifest))

    assert market.manifest == manifest
    assert chain_source(market) == "synthetic"


def test_a_packed_file_is_read_like_a_plain_one(tmp_path: Path) -> None:
    plain, packed = write_history(tmp_path / "plain"), write_history(tmp_path / "packed")
    for name in (SPOT, DVOL):
        (packed / f"{name}.gz").write_bytes(gzip.compress((packed / name).read_bytes()))
        (packed / name).unlink()
    chains = [RecordedMarket(folder).chain(AT, expiry_from=AT, expiry_to=AT + FAR) for folder in (plain, packed)]

    assert chains[0] == chains[1]


def test_hourly_funding_is_what_each_hour_paid_and_a_hole_stays_a_hole(tmp_path: Path) -> None:
    lines = [f"{AT - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ},{0.00001 * ago:.6f},2000.0" for ago in (5, 4, 2, 1)]
    (write_history(tmp_path) / "eth_funding_1h.csv").write_text("\n".join(["timestamp,funding_rate,index_price", *lines]) + "\n")
    rates = RecordedMarket(tmp_path).funding(AT - timedelta(hours=5), AT + timedelta(hours=3), t=AT)

    assert [(rate.at, rate.hourly_frac) for rate in rates] == [
        (AT - timedelta(hours=4), 0.00004),
        (AT - timedelta(hours=2), 0.00002),
        (AT - timedelta(hours=1), 0.00001),
    ]


def test_the_venue_s_own_delivery_price_goes_before_the_hourly_close(tmp_path: Path) -> None:
    expiry_at, other = datetime(2026, 1, 30, 8, 0, tzinfo=UTC), datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    (write_history(tmp_path) / "eth_delivery_1d.csv").write_text("date,price_usd\n2026-01-30,1987.65\n")
    market = RecordedMarket(tmp_path)

    assert market.delivery_price(expiry_at, t=expiry_at - timedelta(seconds=1)) is None
    assert market.delivery_price(expiry_at, t=expiry_at) == Decimal("1987.65")
    assert market.delivery_price(other, t=other) == Decimal(str(spot_at(30 * 24 + 8)))


FIRST, SECOND = "2026-01-01T00:00:00Z,2000.0,2001.62,2000.0,2001.62", "2026-01-01T01:00:00Z,2001.62,2003.24,2001.62,2003.24"


@pytest.mark.parametrize(
    ("name", "line", "text", "said"),
    [
        (SPOT, 3, FIRST, "does not come after"),
        (SPOT, 3, "2025-12-31T23:00:00Z,2000,2000,2000,2000", "does not come after"),
        (SPOT, 3, "2026-01-01T05:00:00Z,2000,2000,2000,2000", "4 hours are missing"),
        (SPOT, 3, "2026-01-01T01:30:00Z,2000,2000,2000,2000", "the hour after 2026-01-01 00:00 is 2026-01-01 01:30"),
        (SPOT, 3, "2026-01-01T01:00:00Z,2000,nan,2000,2000", "high is 'nan'"),
        (SPOT, 3, "2026-01-01T01:00:00Z,2000,inf,2000,2000", "high is 'inf'"),
        (SPOT, 3, "2026-01-01T01:00:00Z,2000,2000,2000,0", "close is 0, expected 10 to 1e.06 USD"),
        (SPOT, 3, "2026-01-01T01:00:00Z,2000,2000,2000,-5", "close is -5"),
        (SPOT, 3, "2026-01-01T01:00:00Z,2000,1990,2000,2000", "between low and high"),
        (DVOL, 3, "2026-01-01T01:00:00Z,0.6,0.61,0.6,0.61", "expected 5 to 500 points .61.5, not 0.615."),
        (DVOL, 1, "timestamp,open,high,low,last", "column close is missing"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_what_was_expected(tmp_path: Path, name: str, line: int, text: str, said: str) -> None:
    lines = (write_history(tmp_path) / name).read_text().splitlines()
    lines[line - 1] = text
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    with pytest.raises(ConfigError, match=said) as caught:
        RecordedMarket(tmp_path)

    assert (caught.value.path, caught.value.line, caught.value.fix != "") == (tmp_path / name, line, True)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("eurusd_1d.csv", "date,eurusd\n2026-01-05,0.58\n", "expected 0.8 to 1.6 USD per EUR"),
        ("fear_greed_1d.csv", "timestamp,fear_greed_index\n2026-01-05T00:00:00Z,140\n", "expected 0 to 100"),
        ("eth_funding_8h.csv", "timestamp,funding_rate\n2026-01-05T00:00:00Z,10.95\n", "per eight hours"),
        ("eth_funding_1h.csv", "timestamp,funding_rate\n2026-01-05T00:00:00Z,0.5\n", "per hour"),
        ("eth_delivery_1d.csv", "date,price_usd\n2026-01-05,\n", "price_usd is ''"),
        ("history.json", "[]", "where the history comes from"),
        ("history.json", '{"source": "x"}', "is_synthetic"),
        ("history.json", '{"source": "x", "is_synthetic": "no"}', "true or false"),
    ],
)
def test_a_figure_in_another_unit_is_refused_with_the_unit_that_is_meant(tmp_path: Path, name: str, text: str, said: str) -> None:
    (write_history(tmp_path) / name).write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        RecordedMarket(tmp_path)

    assert caught.value.path == tmp_path / name


@pytest.mark.parametrize("name", [SPOT, DVOL])
def test_without_spot_or_dvol_the_words_say_how_to_get_it(tmp_path: Path, name: str) -> None:
    (write_history(tmp_path) / name).unlink()
    with pytest.raises(ConfigError, match="history fetch"):
        RecordedMarket(tmp_path)


def test_what_is_no_text_and_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (write_history(tmp_path) / SPOT).write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(ConfigError, match="cannot be read"):
        RecordedMarket(tmp_path)
    (tmp_path / SPOT).unlink()
    (tmp_path / f"{SPOT}.gz").write_bytes(b"no gzip")
    with pytest.raises(ConfigError, match="cannot be read"):
        RecordedMarket(tmp_path)


def refusal_of(folder: Path) -> ConfigError | None:
    try:
        RecordedMarket(folder)
    except ConfigError as refusal:
        return refusal
    return None


@settings(max_examples=150)
@given(place=st.integers(0, 40 * 60), broken=st.binary(min_size=0, max_size=12))
def test_a_damaged_file_is_either_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, place: int, broken: bytes) -> None:
    """Bytes written over at a random place: never another exception than the one that names the file."""
    folder = write_history(tmp_path_factory.mktemp("history"), hours=200)
    content = (folder / SPOT).read_bytes()
    (folder / SPOT).write_bytes(content[:place] + broken + content[place + len(broken) :])
    told = refusal_of(folder)

    assert told is None or (told.path, told.fix != "") == (folder / SPOT, True)


def test_filled_hours_are_counted_and_are_otherwise_hours_like_any_other(tmp_path: Path) -> None:
    head, *rows = candle_lines([spot_at(hour) for hour in range(HOURS + 1)])
    marked = [f"{row},{1 if place in (10, 11) else 0}" for place, row in enumerate(rows)]
    (write_history(tmp_path) / SPOT).write_text("\n".join([f"{head},filled", *marked]) + "\n")

    assert chain_source(RecordedMarket(tmp_path)) == "surface"


@pytest.mark.parametrize("name", ["eth_usd_1h.csv", "eth_usd_1h.csv.gz"])
def test_a_file_is_replaced_at_once_and_the_same_rows_are_the_same_bytes(tmp_path: Path, name: str) -> None:
    path = tmp_path / "deep" / name
    write_whole(path, "a\n1\n")
    first = path.read_bytes()
    write_whole(path, "a\n2\n")
    second = path.read_bytes()
    write_whole(path, "a\n1\n")

    assert (path.read_bytes(), second != first) == (first, True)
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_whole(tmp_path / "file" / "eth_usd_1h.csv", "")


def test_a_manifest_says_what_was_written_into_it(tmp_path: Path) -> None:
    for manifest in (Manifest(source="a"), Manifest(source="b", is_synthetic=True, fetched_at=datetime(2026, 5, 1, 12, 0, tzinfo=UTC))):
        (tmp_path / "history.json").write_text(manifest_text(manifest))

        assert read_manifest(tmp_path) == manifest
