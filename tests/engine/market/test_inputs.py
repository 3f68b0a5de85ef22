"""What the surface is told of the past: measured alike alone and in bulk, weighed by what there is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.market.inputs import DVOL_MEAN_WINDOW_H, HOURS_AT_ONCE, REALISED_WINDOW_H, WEEK_H, HourlyPast, SurfaceInputs

NAMES = ("dvol_frac", "dvol_mean_frac", "realised_frac", "return_7d_frac")


def measured(past: HourlyPast, known: NDArray[np.int64], *, dvol_frac: float = 0.5) -> SurfaceInputs:
    return past.measure(known * 3600, spot_known=known, dvol_known=known, spot_usd=np.full(len(known), 2000.0), dvol_frac=np.full(len(known), dvol_frac))


def test_a_steady_climb_has_its_own_volatility_and_week_s_return() -> None:
    past = HourlyPast(2000.0 * np.exp(np.cumsum(np.full(600, 0.001))), np.full(600, 60.0))
    inputs = measured(past, np.array([500]))

    assert inputs.realised_frac[0] == pytest.approx(0.001 * math.sqrt(8760))
    assert inputs.return_7d_frac[0] == pytest.approx(0.168)
    assert inputs.dvol_mean_frac[0] == pytest.approx(0.6)


def test_the_mean_of_dvol_leans_to_the_last_days() -> None:
    dvol = np.full(600, 50.0)
    dvol[-72:] = 80.0
    inputs = measured(HourlyPast(np.full(600, 2000.0), dvol), np.array([600]))

    # Half the weight lies within the last half-life of 72 hours.
    assert inputs.dvol_mean_frac[0] == pytest.approx(math.sqrt(0.5 * 0.8), rel=0.01)


def test_every_instant_is_measured_alike_alone_and_among_thousands() -> None:
    random = np.random.default_rng(8)
    past = HourlyPast(2000.0 * np.exp(np.cumsum(random.normal(0, 0.007, 3000))), 60.0 * np.exp(np.cumsum(random.normal(0, 0.01, 3000))))
    known = np.sort(random.integers(WEEK_H + 1, 3000, HOURS_AT_ONCE + 200))
    bulk = measured(past, known)
    for number in (0, 1, 77, HOURS_AT_ONCE - 1, HOURS_AT_ONCE, len(known) - 1):
        alone = measured(past, known[number : number + 1])
        for name in NAMES:
            assert getattr(alone, name)[0] == getattr(bulk, name)[number], name


def test_nothing_after_the_instant_is_looked_at() -> None:
    random = np.random.default_rng(9)
    spot, dvol = 2000.0 * np.exp(np.cumsum(random.normal(0, 0.007, 900))), random.uniform(50, 70, 900)
    whole, cut = measured(HourlyPast(spot, dvol), np.array([700])), measured(HourlyPast(spot[:700], dvol[:700]), np.array([700]))

    assert [getattr(whole, name)[0] for name in NAMES] == [getattr(cut, name)[0] for name in NAMES]


@pytest.mark.parametrize("hours", [WEEK_H + 1, REALISED_WINDOW_H, DVOL_MEAN_WINDOW_H])
def test_a_window_that_reaches_behind_the_first_hour_is_weighed_by_what_there_is(hours: int) -> None:
    past = HourlyPast(2000.0 * np.exp(np.cumsum(np.full(hours, 0.001))), np.full(hours, 60.0))
    inputs = measured(past, np.array([hours]))

    assert inputs.realised_frac[0] == pytest.approx(0.001 * math.sqrt(8760))
    assert inputs.dvol_mean_frac[0] == pytest.approx(0.6)


def test_a_week_of_closes_is_needed() -> None:
    past = HourlyPast(np.full(400, 2000.0), np.full(400, 60.0))
    with pytest.raises(ValueError, match="169"):
        measured(past, np.array([WEEK_H]))
