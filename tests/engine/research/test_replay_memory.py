"""What a replay holds at once: some weeks of its market and its own results, however many years it lives through."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from engine.config import default_rules
from engine.market.history import RecordedMarket
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT, SyntheticMarket
from engine.research.fast_replay import FastPlan
from engine.research.fast_summary import fast_summary
from engine.research.past import STRETCH_S, Past
from engine.research.summary import trades_chart
from engine.views import ReplaySummary
from tests.engine.market.histories import write_history

FIRST_AT = datetime(2020, 1, 1, tzinfo=UTC)
HOURS_BEFORE, HOURS_PER_YEAR = 31 * 24, 8760
RULES = default_rules()
MIB = 2**20


def peak_mib(work: Callable[[], object]) -> float:
    """The most that `work` holds at once."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


def history(folder: Path, years: float) -> Path:
    return write_history(folder / f"{years}", hours=HOURS_BEFORE + int(years * HOURS_PER_YEAR), first_at=FIRST_AT)


def lived(folder: Path) -> ReplaySummary:
    market = RecordedMarket(folder)
    return fast_summary(FastPlan(market=market, rules=RULES, from_at=market.starts_at, to_at=market.ends_at), history="made up")


@cache
def a_day() -> ReplaySummary:
    market = SyntheticMarket(DEMO_SEED, DEMO_START_AT)
    plan = FastPlan(market=market, rules=RULES, from_at=DEMO_START_AT, to_at=DEMO_START_AT + timedelta(days=1))
    return fast_summary(plan, history="sim")


def test_reading_years_of_hours_holds_their_text_and_little_more(tmp_path: Path) -> None:
    """Fields of every line at once would be twelve times the text of a file."""
    folder = history(tmp_path, 4)
    text_mib = max(path.stat().st_size for path in folder.iterdir()) / MIB

    assert peak_mib(lambda: RecordedMarket(folder)) <= 8 * text_mib


def test_the_picture_of_years_is_made_of_columns_and_not_of_every_candle(tmp_path: Path) -> None:
    market = RecordedMarket(history(tmp_path, 3))
    years = replace(a_day(), from_at=market.starts_at, to_at=market.ends_at)
    chart = trades_chart(years, market, RULES)

    assert (chart.spot[-1][0], chart.dvol[-1][0]) == (market.ends_at, market.ends_at)
    assert peak_mib(lambda: trades_chart(years, market, RULES)) <= 3.0


def test_the_weeks_that_are_over_are_let_go(tmp_path: Path) -> None:
    market = RecordedMarket(history(tmp_path, 0.6))
    past = Past(market, RULES, market.starts_at, market.ends_at)
    first_s, step = int(market.starts_at.timestamp()), range(3)
    stretches = [past.stretch(first_s + number * STRETCH_S) for number in step]
    again = [past.stretch(first_s + number * STRETCH_S) for number in step[::-1]]

    assert [one is other for one, other in zip(stretches[::-1], again, strict=True)] == [True, True, False]


@pytest.mark.slow
def test_four_years_hold_little_more_than_one(tmp_path: Path) -> None:
    """A year adds its hours, due runs and curve as columns; its candles as objects would be five times that, its chains fifty times."""
    lived(history(tmp_path, 0.1))
    short, long = history(tmp_path, 1), history(tmp_path, 4)
    one, four = peak_mib(lambda: lived(short)), peak_mib(lambda: lived(long))

    assert four <= one + 3 * 2.2, f"{one:.1f} MiB for one year, {four:.1f} MiB for four"
