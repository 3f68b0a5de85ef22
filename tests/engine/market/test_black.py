"""Prices and Greeks over arrays are core's, row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import pricing
from engine.core.model import OptionType
from engine.market.black import ROWS_AT_ONCE, Black, black_76, mills_ratio

COLUMNS = ("price_usd", "delta", "gamma_per_usd", "vega_usd_per_pt", "theta_usd_per_day")
TOLERANCE = 1e-12


def priced(forward: list[float], strike: list[float], years: list[float], sigma: list[float], is_call: list[bool]) -> Black:
    return black_76(np.array(forward), np.array(strike), np.array(years), sigma=np.array(sigma), is_call=np.array(is_call))


def core_row(forward: float, strike: float, years: float, sigma: float, is_call: bool) -> tuple[float, ...]:
    side = OptionType.CALL if is_call else OptionType.PUT
    greeks = pricing.greeks(side, F=forward, K=strike, sigma=sigma, T=years)
    price = pricing.price_usd(side, F=forward, K=strike, sigma=sigma, T=years)
    return (price, greeks.delta, greeks.gamma_per_usd, greeks.vega_usd_per_pt, greeks.theta_usd_per_day)


@settings(max_examples=400)
@given(
    forward=st.floats(300.0, 9000.0),
    deviations=st.floats(-8.0, 8.0),
    total=st.floats(0.005, 2.0),
    years=st.floats(1e-5, 2.0),
    is_call=st.booleans(),
)
def test_every_column_is_core_s_to_twelve_digits(forward: float, deviations: float, total: float, years: float, is_call: bool) -> None:
    """Of each figure itself, so far out of the money too; in the money of the forward, where a price is mostly intrinsic value."""
    sigma, strike = total / math.sqrt(years), forward * math.exp(deviations * total)
    black = priced([forward], [strike], [years], [sigma], [is_call])
    for name, expected in zip(COLUMNS, core_row(forward, strike, years, sigma, is_call), strict=True):
        assert getattr(black, name)[0] == pytest.approx(expected, rel=TOLERANCE, abs=0.0), name


def test_the_independent_reference_values_are_met() -> None:
    """Our own recomputation (references C.4) and Hull's put on a future, undiscounted."""
    put = priced([2500.0], [2250.0], [7 / 365], [0.7], [False])
    hull = priced([20.0], [20.0], [4 / 12], [0.25], [False])

    assert put.price_usd[0] == pytest.approx(16.177963, abs=1e-6)
    assert put.delta[0] == pytest.approx(-0.128117, abs=1e-6)
    assert put.gamma_per_usd[0] == pytest.approx(0.000864, abs=1e-6)
    assert put.vega_usd_per_pt[0] == pytest.approx(0.725022, abs=1e-6)
    assert hull.price_usd[0] * math.exp(-0.09 * 4 / 12) == pytest.approx(1.116641, abs=1e-5)


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    """Alone, among a few and across the border of two blocks: the same bits."""
    random = np.random.default_rng(4)
    rows = ROWS_AT_ONCE + 37
    forward, strike = random.uniform(1500, 4500, rows), random.uniform(800, 6000, rows)
    years, sigma, is_call = random.uniform(0.001, 1.0, rows), random.uniform(0.2, 1.8, rows), random.random(rows) < 0.5
    whole = black_76(forward, strike, years, sigma=sigma, is_call=is_call)
    for start, end in ((0, 1), (5, 12), (ROWS_AT_ONCE - 3, ROWS_AT_ONCE + 4), (rows - 1, rows)):
        part = slice(start, end)
        alone = black_76(forward[part], strike[part], years[part], sigma=sigma[part], is_call=is_call[part])
        for name in COLUMNS:
            assert (getattr(alone, name) == getattr(whole, name)[part]).all(), name


def test_no_rows_are_no_prices() -> None:
    assert len(priced([], [], [], [], []).price_usd) == 0


def test_the_tail_of_the_normal_distribution_keeps_its_digits() -> None:
    x = np.linspace(0.0, 30.0, 3001)
    expected = np.array([0.5 * math.erfc(value / math.sqrt(2.0)) for value in x]) * np.exp(0.5 * x * x) * math.sqrt(2.0 * math.pi)
    # The library's own erfc loses digits with the square of its argument.
    loss = 1e-14 * (1.0 + x * x)

    assert (np.abs(mills_ratio(x) / expected - 1.0) < loss).all()
