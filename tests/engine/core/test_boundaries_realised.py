"""Small values, worthless ones and short windows in a series of closes."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from engine.core.realised import Close, realised_vol_pts, return_frac, value_at
from tests.engine.core.builders import NOW

HOURS_PER_YEAR = 24 * 365


def hourly(*values: float) -> list[Close]:
    """One close an hour, the last of them now."""
    return [(NOW - timedelta(hours=len(values) - 1 - index), value) for index, value in enumerate(values)]


def test_a_value_below_one_is_a_value() -> None:
    closes = hourly(0.5, 0.4)

    assert value_at(closes, NOW) == 0.4
    assert return_frac(closes, hours=1, now=NOW) == pytest.approx(-0.2)
    assert realised_vol_pts(closes, days=1 / 24, now=NOW) == pytest.approx(100.0 * abs(math.log(0.8)) * math.sqrt(HOURS_PER_YEAR))


def test_the_close_at_the_start_of_the_window_begins_the_first_return() -> None:
    closes = hourly(100.0, 110.0, 110.0, 110.0)

    assert realised_vol_pts(closes, days=3 / 24, now=NOW) == pytest.approx(100.0 * math.log(1.1) * math.sqrt(HOURS_PER_YEAR / 3))


def test_half_an_hour_of_closes_is_measured_over_half_an_hour() -> None:
    closes = [(NOW - timedelta(minutes=30), 100.0), (NOW, 110.0)]

    assert realised_vol_pts(closes, days=0.5 / 24, now=NOW) == pytest.approx(100.0 * math.log(1.1) * math.sqrt(HOURS_PER_YEAR / 0.5))


@pytest.mark.parametrize("worthless", [0.0, -1.0, math.nan, math.inf])
def test_a_worthless_close_inside_the_window_leaves_no_volatility(worthless: float) -> None:
    assert realised_vol_pts(hourly(100.0, worthless, 110.0, 111.0), days=3 / 24, now=NOW) is None
