"""Intervals around figures from few trades, against what probability says of them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.intervals import Quantiles, clustered_resamples, quantiles, wilson_interval

Z_90 = 1.6448536269514722


def resamples(values, *, draws: int, seed: int):
    """Every value a cluster of its own."""
    return clustered_resamples(values, [str(position) for position in range(len(values))], draws=draws, seed=seed)


def binomial_cdf(k: int, trades: int, rate: float) -> float:
    return math.fsum(math.comb(trades, i) * rate**i * (1 - rate) ** (trades - i) for i in range(k + 1))


def test_24_wins_in_30_cannot_tell_70_from_85_percent() -> None:
    interval = wilson_interval(24, 30, level=0.90)

    assert interval is not None
    assert (round(interval.low, 2), round(interval.high, 2)) == (0.66, 0.89)
    assert all(interval.low < rate < interval.high for rate in (0.70, 0.85))


@pytest.mark.parametrize(("wins", "trades"), [(24, 30), (1, 30), (29, 30), (110, 121)])
def test_each_end_of_the_wilson_interval_is_a_rate_just_rejected_by_the_score_test(wins: int, trades: int) -> None:
    interval = wilson_interval(wins, trades, level=0.90)

    assert interval is not None
    for rate in (interval.low, interval.high):
        assert abs(wins / trades - rate) / math.sqrt(rate * (1 - rate) / trades) == pytest.approx(Z_90, rel=1e-9)


def test_the_wilson_interval_of_nothing_but_wins_or_losses_ends_at_the_edge_and_stays_open_on_the_other_side() -> None:
    wins, losses = wilson_interval(30, 30, level=0.90), wilson_interval(0, 30, level=0.90)

    assert wins is not None
    assert losses is not None
    assert (wins.high, losses.low) == (1.0, 0.0)
    assert wins.low == pytest.approx(30 / (30 + Z_90**2), rel=1e-12)
    assert losses.high == pytest.approx(Z_90**2 / (30 + Z_90**2), rel=1e-12)


def test_without_trades_there_is_no_interval() -> None:
    assert wilson_interval(0, 0, level=0.90) is None


@given(st.integers(1, 400), st.data())
def test_a_higher_level_never_narrows_the_wilson_interval(trades: int, data: st.DataObject) -> None:
    wins = data.draw(st.integers(0, trades))
    narrow, wide = wilson_interval(wins, trades, level=0.80), wilson_interval(wins, trades, level=0.95)

    assert narrow is not None
    assert wide is not None
    assert 0.0 <= wide.low <= narrow.low <= wins / trades + 1e-12
    assert wins / trades - 1e-12 <= narrow.high <= wide.high <= 1.0


def test_a_resample_has_the_size_of_the_sample_and_only_its_values() -> None:
    samples = list(resamples([0.1, -0.2, 0.3], draws=50, seed=1))

    assert [len(sample) for sample in samples] == [3] * 50
    assert {value for sample in samples for value in sample} == {0.1, -0.2, 0.3}


def test_resamples_depend_on_the_seed_and_not_on_the_order() -> None:
    first = list(resamples([0.1, -0.2, 0.3, 0.1], draws=20, seed=1))

    assert list(resamples([0.3, 0.1, 0.1, -0.2], draws=20, seed=1)) == first
    assert list(resamples([0.1, -0.2, 0.3, 0.1], draws=20, seed=2)) != first


def test_resampled_wins_are_distributed_as_the_binomial_says() -> None:
    counts = [sum(sample) for sample in resamples([1.0] * 24 + [0.0] * 6, draws=10_000, seed=3)]
    spread = quantiles(counts, level=0.90)

    assert binomial_cdf(int(spread.low) - 1, 30, 0.8) < 0.05 <= binomial_cdf(int(spread.low), 30, 0.8)
    assert binomial_cdf(int(spread.high) - 1, 30, 0.8) < 0.95 <= binomial_cdf(int(spread.high), 30, 0.8)
    assert spread.median == 24


def test_resampled_means_scatter_as_the_standard_error_says() -> None:
    """The worked noise level of the references: r with sd 0.18, 121 trades, standard error 0.0164."""
    generator = random.Random(5)
    raw = [generator.gauss(0, 1) for _ in range(121)]
    middle = math.fsum(raw) / 121
    sd = math.sqrt(math.fsum((value - middle) ** 2 for value in raw) / 121)
    values = [0.18 * (value - middle) / sd for value in raw]
    means = [math.fsum(sample) / 121 for sample in resamples(values, draws=10_000, seed=6)]
    spread = quantiles(means, level=0.90)

    assert (spread.high - spread.low) / (2 * Z_90) == pytest.approx(0.0164, rel=0.03)


def test_as_many_figures_are_cut_off_below_as_above() -> None:
    assert quantiles(range(10_000), level=0.90) == Quantiles(low=500, median=4999.5, high=9499)
    assert quantiles(range(1_001), level=0.98) == Quantiles(low=10, median=500, high=990)


@pytest.mark.parametrize("level", [1e-9, 0.5, 0.999999])
@pytest.mark.parametrize("drawn", [[7.0], [1.0, 2.0], [3.0, 1.0, 2.0]])
def test_the_ends_never_cross(drawn: list[float], level: float) -> None:
    spread = quantiles(drawn, level=level)

    assert min(drawn) <= spread.low <= spread.median <= spread.high <= max(drawn)


def test_an_interval_of_hardly_anything_is_the_middle() -> None:
    assert quantiles([1, 2, 3, 4, 5], level=1e-9) == Quantiles(low=3, median=3, high=3)
    assert quantiles([1, 2, 3, 4, 5, 6], level=1e-9) == Quantiles(low=3, median=3.5, high=4)


def test_a_cluster_is_drawn_whole_and_the_order_of_the_pairs_does_not_matter() -> None:
    drawn = list(clustered_resamples([1.0, 2.0, 5.0], ["w1", "w1", "w2"], draws=200, seed=1))

    assert {tuple(sample) for sample in drawn} == {(1.0, 2.0, 1.0, 2.0), (1.0, 2.0, 5.0), (5.0, 1.0, 2.0), (5.0, 5.0)}
    assert drawn == list(clustered_resamples([5.0, 2.0, 1.0], ["w2", "w1", "w1"], draws=200, seed=1))


def test_every_value_needs_its_cluster() -> None:
    with pytest.raises(ValueError, match="zip"):
        list(clustered_resamples([1.0, 2.0], ["w1"], draws=1, seed=1))
