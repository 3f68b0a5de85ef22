"""Geometry of labels and ticks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.labels import Box, flags, free_spot, number_ticks, places_of, spread, time_ticks
from bot.figures import Figures

poles = st.lists(st.tuples(st.floats(min_value=100, max_value=1030), st.floats(min_value=80, max_value=330)), min_size=1, max_size=4)


@given(poles)
@settings(max_examples=150, deadline=None)
def test_flags_never_cover_each_other_nor_leave_the_sheet(given_poles: list[tuple[float, float]]):
    placed = flags(given_poles, left=48, right=1032, lanes=4)

    assert all(flag.left >= 48 and flag.right <= 1032 for flag in placed)
    assert [flag.x for flag in placed] == [x for x, _ in given_poles]
    for one, other in combinations(placed, 2):
        assert one.lane != other.lane or one.right <= other.left or other.right <= one.left


def test_flags_that_fit_stay_in_the_lowest_lane():
    assert [flag.lane for flag in flags([(100, 80), (400, 80), (700, 80)], left=0, right=1000, lanes=4)] == [0, 0, 0]


@given(st.lists(st.floats(min_value=0, max_value=700), min_size=1, max_size=6))
def test_spread_labels_keep_their_distance_and_their_order(wanted: list[float]):
    middles = spread(wanted, height=92, top=0, bottom=700)

    for one, other in combinations(range(len(wanted)), 2):
        assert abs(middles[one] - middles[other]) >= 92 - 1e-9
        if wanted[one] < wanted[other]:
            assert middles[one] < middles[other]
    assert all(46 - 1e-9 <= middle <= 654 + 1e-9 for middle in middles)


def test_spot_is_refused_where_it_would_hide_something():
    inside = Box(0, 0, 100, 100)
    candidate = Box(10, 10, 50, 40)

    assert free_spot([candidate], inside=inside, points=[], taken=[]) == candidate
    assert free_spot([candidate], inside=inside, points=[(30, 20)], taken=[]) is None
    assert free_spot([candidate], inside=inside, points=[], taken=[Box(40, 30, 90, 60)]) is None
    assert free_spot([Box(90, 90, 120, 110)], inside=inside, points=[], taken=[]) is None


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (-160.0, 40.0, (-150.0, -100.0, -50.0, 0.0)),
        (0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0)),
        (-0.03, 0.02, (-0.02, 0.0, 0.02)),
        (5.0, 5.0, (5.0,)),
        (0.0, 1e6, (0.0, 250000.0, 500000.0, 750000.0, 1000000.0)),
    ],
)
def test_number_ticks_are_round(low: float, high: float, ticks: tuple[float, ...]):
    assert number_ticks(low, high, 5) == ticks


@given(st.floats(min_value=-1e7, max_value=1e7), st.floats(min_value=1e-3, max_value=1e7))
def test_number_ticks_stay_within_their_count_and_range(low: float, span: float):
    ticks = number_ticks(low, low + span, 5)

    assert 1 <= len(ticks) <= 5
    assert all(low - span * 1e-3 <= tick <= low + span * 1.001 for tick in ticks)


@pytest.mark.parametrize(("ticks", "places"), [((0.0, 50.0), 0), ((0.5, 1.0), 1), ((0.25, 0.5), 2), ((0.0025,), 4)])
def test_ticks_are_written_with_the_decimals_they_need(ticks: tuple[float, ...], places: int):
    assert places_of(ticks) == places


@pytest.mark.parametrize(("days", "count_min"), [(0.04, 2), (0.5, 3), (1, 3), (3, 3), (17.75, 2), (45, 3), (90, 3), (400, 3), (2000, 2), (7000, 2)])
def test_time_ticks_are_few_and_inside(days: float, count_min: int):
    low = datetime(2026, 1, 3, 9, 17, tzinfo=UTC)
    high = low + timedelta(days=days)

    ticks = time_ticks(low, high, Figures("en"), 5)

    assert count_min <= len(ticks) <= 5
    assert all(low <= at <= high for at, _ in ticks)
    assert len({label for _, label in ticks}) == len(ticks)


def test_more_than_some_months_are_ticked_at_the_first_of_one():
    ticks = time_ticks(datetime(2024, 1, 1, 8, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC), Figures("en"), 5)

    assert [label for _, label in ticks] == ["Jul 2024", "Jan 2025", "Jul 2025", "Jan 2026"]
    assert all((at.day, at.hour) == (1, 0) for at, _ in ticks)
