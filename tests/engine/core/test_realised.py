"""Returns and realised volatility, and what a hole in the series does to them."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest

from engine.core.model import OptionType
from engine.core.realised import realised_vol_pts, return_frac, value_at, worst_move_against

from .builders import NOW


def hourly(values: list[float], *, until=NOW) -> list[tuple]:
    return [(until - timedelta(hours=len(values) - 1 - index), value) for index, value in enumerate(values)]


def test_return_is_the_last_close_over_the_one_so_many_hours_before() -> None:
    closes = hourly([100, 110, 121, 90, 99])

    assert return_frac(closes, hours=4, now=NOW) == pytest.approx(-0.01)
    assert return_frac(closes, hours=1, now=NOW) == pytest.approx(0.10)


def test_return_is_none_when_the_series_does_not_reach_back() -> None:
    assert return_frac(hourly([100, 110]), hours=4, now=NOW) is None
    assert return_frac([], hours=4, now=NOW) is None


@pytest.mark.parametrize(("age", "value"), [(119, 100.0), (120, 100.0), (121, None)])
def test_a_close_is_believed_for_two_hours(age: int, value: float | None) -> None:
    assert value_at([(NOW - timedelta(minutes=age), 100.0)], NOW) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -5.0])
def test_a_worthless_close_is_no_close(value: float) -> None:
    assert value_at([(NOW, value)], NOW) is None


def test_a_close_of_the_future_is_not_known_yet() -> None:
    assert value_at([(NOW, 100.0), (NOW + timedelta(seconds=1), 200.0)], NOW) == 100.0


def test_realised_volatility_of_a_constant_step_is_that_step_per_year() -> None:
    step = 0.006
    closes = hourly([100 * math.exp(step if index % 2 else 0.0) for index in range(24 * 30 + 1)])

    assert realised_vol_pts(closes, days=30, now=NOW) == pytest.approx(100 * step * math.sqrt(24 * 365))


def test_realised_volatility_recovers_the_volatility_of_a_simulated_path() -> None:
    generator, value, values = random.Random(7), 2000.0, []
    for _ in range(24 * 60 + 1):
        values.append(value)
        value *= math.exp(generator.gauss(0, 0.60 / math.sqrt(24 * 365)))

    assert realised_vol_pts(hourly(values), days=60, now=NOW) == pytest.approx(60, rel=0.05)


def test_realised_volatility_is_none_across_a_hole_or_without_reach() -> None:
    closes = hourly([100.0] * 241)

    assert realised_vol_pts(closes, days=10, now=NOW) == 0
    assert realised_vol_pts(closes[:100] + closes[103:], days=10, now=NOW) is None
    assert realised_vol_pts(closes[:100] + closes[101:], days=10, now=NOW) == 0
    assert realised_vol_pts(closes, days=11, now=NOW) is None
    assert realised_vol_pts(closes[:-5], days=9, now=NOW) is None
    assert realised_vol_pts([*closes[:100], (closes[100][0], math.nan), *closes[101:]], days=10, now=NOW) is None
    assert realised_vol_pts(closes, days=0, now=NOW) is None


def test_the_worst_move_is_signed_against_the_trade() -> None:
    closes = hourly([100, 100, 100, 100, 100, 90, 95, 108, 112])
    since = NOW - timedelta(hours=8)

    assert worst_move_against(closes, (OptionType.PUT,), window_h=4, since_at=since, now=NOW) == pytest.approx(-0.10)
    assert worst_move_against(closes, (OptionType.CALL,), window_h=4, since_at=since, now=NOW) == pytest.approx(-0.12)


def test_the_worst_move_looks_only_at_windows_that_ended_since_the_last_check() -> None:
    closes = hourly([100, 100, 100, 100, 50, 100, 100, 100, 100])

    assert worst_move_against(closes, (OptionType.PUT,), window_h=4, since_at=NOW - timedelta(hours=4), now=NOW) == 0.0
    assert worst_move_against(closes, (OptionType.PUT,), window_h=4, since_at=NOW - timedelta(hours=5), now=NOW) == -0.5


def test_the_worst_move_is_none_when_no_window_can_be_measured() -> None:
    assert worst_move_against(hourly([100, 90]), (OptionType.PUT,), window_h=4, since_at=NOW - timedelta(days=1), now=NOW) is None
    assert worst_move_against([], (OptionType.PUT,), window_h=4, since_at=NOW, now=NOW) is None
