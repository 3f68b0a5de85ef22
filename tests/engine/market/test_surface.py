"""The surface: reference prices, no arbitrage on the stated grid, credits beside recorded chains."""

from __future__ import annotations

import math
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.core.model import Family, Quote
from engine.market.history import RecordedMarket
from engine.market.surface import (
    RV_WINDOW_H,
    Strip,
    SurfaceBand,
    SurfaceInputs,
    atm_volatility,
    black_76,
    implied_volatility,
    measure_inputs,
    normal_cdf,
    price_slice,
    weekend_share,
    years_between,
)
from engine.market.ticks import ceil_to_tick, floor_to_tick

MONDAY = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
GRID = [
    SurfaceInputs(spot_usd=2000.0, dvol_frac=dvol, realised_frac=dvol * math.exp(ln_ratio), return_7d_frac=week)
    for dvol in (0.35, 0.45, 0.6, 0.9)
    for ln_ratio in (-0.8, -0.6, 0.0, 0.6, 0.8)
    for week in (-0.35, 0.0, 0.3)
]


def nearest(options: list[Quote], *, delta: float) -> Quote:
    return min(options, key=lambda quote: abs(quote.greeks.delta - delta) if quote.greeks is not None else 9.0)


def strip(expiry_at: datetime, strikes: list[float], *, is_call: bool) -> Strip:
    return Strip(expiry_at=expiry_at, strikes_usd=np.array(strikes), is_call=np.full(len(strikes), is_call))


def test_the_normal_distribution_agrees_with_erfc_everywhere() -> None:
    x = np.linspace(-30, 30, 4001)
    expected = [0.5 * math.erfc(-value / math.sqrt(2.0)) for value in x]

    assert np.max(np.abs(normal_cdf(x) - expected)) < 1e-15


def test_black_76_agrees_with_the_independent_reference_values() -> None:
    """Our own recomputation (references C.4) and Hull's put on a future, undiscounted."""
    put = black_76(2500.0, np.array([2250.0]), 7 / 365, sigma=np.array([0.7]), is_call=np.array([False]))
    hull = black_76(20.0, np.array([20.0]), 4 / 12, sigma=np.array([0.25]), is_call=np.array([False]))

    assert put.price_usd[0] == pytest.approx(16.177963, abs=1e-6)
    assert put.delta[0] == pytest.approx(-0.128117, abs=1e-6)
    assert put.gamma_per_usd[0] == pytest.approx(0.000864, abs=1e-6)
    assert put.vega_usd_per_pt[0] == pytest.approx(0.725022, abs=1e-6)
    assert hull.price_usd[0] * math.exp(-0.09 * 4 / 12) == pytest.approx(1.116641, abs=1e-5)


def test_put_and_call_of_one_strike_differ_by_the_forward() -> None:
    strikes = np.array([1500.0, 2000.0, 2600.0])
    call = black_76(2000.0, strikes, 0.05, sigma=np.full(3, 0.6), is_call=np.full(3, True))
    put = black_76(2000.0, strikes, 0.05, sigma=np.full(3, 0.6), is_call=np.full(3, False))

    assert call.price_usd - put.price_usd == pytest.approx(2000.0 - strikes)
    assert call.delta - put.delta == pytest.approx(np.ones(3))


@pytest.mark.parametrize("days", [0.5, 1.0, 2.0, 4.0, 7.0, 14.0, 21.0, 45.0, 60.0])
def test_no_butterfly_costs_less_than_nothing(days: float) -> None:
    """Call prices are convex and fall with the strike out to three deviations, for every input of the grid."""
    expiry_at = MONDAY + timedelta(days=days)
    for inputs in GRID:
        sd = inputs.dvol_frac * math.sqrt(days / 365)
        strikes = 2000.0 * np.exp(np.linspace(-3 * sd, 3 * sd, 121))
        prices = black_76(
            2000.0,
            strikes,
            years_between(MONDAY, expiry_at),
            sigma=implied_volatility(inputs, MONDAY, expiry_at=expiry_at, log_moneyness=np.log(strikes / 2000.0)),
            is_call=np.full(121, True),
        ).price_usd
        slopes = np.diff(prices) / np.diff(strikes)

        assert (slopes < 1e-9).all()
        assert (np.diff(slopes) > -1e-9).all()


def test_no_calendar_spread_costs_less_than_nothing() -> None:
    """Total variance at one moneyness grows with the expiry, for every input of the grid."""
    moneyness = np.linspace(-0.3, 0.3, 41)
    for inputs in GRID:
        before = np.zeros(41)
        for days in (0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 21, 28, 35, 45, 60):
            expiry_at = MONDAY + timedelta(days=days)
            sigma = implied_volatility(inputs, MONDAY, expiry_at=expiry_at, log_moneyness=moneyness)
            total = sigma**2 * years_between(MONDAY, expiry_at)

            assert (total > before).all()
            before = total


def test_the_level_stands_below_dvol_as_measured() -> None:
    calm = SurfaceInputs(spot_usd=2000.0, dvol_frac=0.6, realised_frac=0.6, return_7d_frac=0.0)
    ratios = [atm_volatility(calm, MONDAY, MONDAY + timedelta(days=days)) / 0.6 for days in (7, 28)]

    assert ratios == pytest.approx([0.941, 0.953], abs=0.002)


def test_a_weekend_ahead_lowers_the_short_end_and_a_whole_week_is_neutral() -> None:
    friday = datetime(2026, 2, 20, 20, 0, tzinfo=UTC)
    calm = SurfaceInputs(spot_usd=2000.0, dvol_frac=0.6, realised_frac=0.6, return_7d_frac=0.0)

    assert weekend_share(MONDAY, MONDAY + timedelta(days=7)) == pytest.approx(2 / 7)
    assert weekend_share(friday + timedelta(hours=4), friday + timedelta(hours=52)) == 1.0
    assert weekend_share(MONDAY, MONDAY) == 0.0
    assert atm_volatility(calm, friday, friday + timedelta(days=2)) < 0.8 * atm_volatility(calm, MONDAY, MONDAY + timedelta(days=2))


def test_the_band_moves_level_skew_and_spread_one_at_a_time() -> None:
    inputs = SurfaceInputs(spot_usd=2000.0, dvol_frac=0.6, realised_frac=0.6, return_7d_frac=0.0)
    puts = strip(MONDAY + timedelta(days=18), [1700.0, 2000.0], is_call=False)
    point = price_slice(inputs, MONDAY, puts)
    lower = price_slice(inputs, MONDAY, puts, band=SurfaceBand(atm_factor=0.93))
    skewed = price_slice(inputs, MONDAY, puts, band=SurfaceBand(rho=-0.35))
    wide = price_slice(inputs, MONDAY, puts, band=SurfaceBand(spread_factor=1.6))

    assert (lower.iv < point.iv).all()
    assert skewed.iv[0] > point.iv[0]
    assert (wide.mark_coin == point.mark_coin).all()
    assert (wide.ask_coin - wide.bid_coin > point.ask_coin - point.bid_coin).all()


def test_quotes_stand_on_the_grid_around_their_mark() -> None:
    inputs = SurfaceInputs(spot_usd=2000.0, dvol_frac=0.6, realised_frac=0.7, return_7d_frac=-0.05)
    priced = price_slice(inputs, MONDAY, strip(MONDAY + timedelta(days=18), [float(strike) for strike in range(1000, 2050, 50)], is_call=False))

    assert (priced.bid_coin <= priced.mark_coin).all()
    assert (priced.ask_coin >= priced.mark_coin).all()
    for price in (*priced.bid_coin, *priced.ask_coin):
        tick = 0.0005 if price > 0.005 + 1e-9 else 0.0001
        assert abs(price / tick - round(price / tick)) < 1e-6
    assert priced.bid_coin[0] == 0.0


@pytest.mark.parametrize(
    ("family", "price", "floor", "ceiling"),
    [
        *((Family.INVERSE, *row) for row in ((0.0, 0.0, 0.0001), (0.00004, 0.0, 0.0001), (0.0049, 0.0049, 0.0049), (0.005, 0.005, 0.005))),
        *((Family.INVERSE, *row) for row in ((0.00501, 0.005, 0.0055), (0.0123, 0.012, 0.0125))),
        *(
            (Family.LINEAR_USDC, *row)
            for row in ((0.0, 0.0, 0.1), (0.04, 0.0, 0.1), (0.1, 0.1, 0.1), (12.34, 12.3, 12.4), (12.3, 12.3, 12.3), (980.06, 980.0, 980.1))
        ),
    ],
)
def test_rounding_goes_away_from_the_mark_and_onto_the_grid(family: Family, price: float, floor: float, ceiling: float) -> None:
    assert floor_to_tick(np.array([price]), family)[0] == pytest.approx(floor, abs=1e-12)
    assert ceil_to_tick(np.array([price]), family)[0] == pytest.approx(ceiling, abs=1e-12)


def test_inputs_are_measured_from_the_past_and_need_a_week_of_it() -> None:
    closes = 2000.0 * np.exp(np.cumsum(np.full(RV_WINDOW_H + 1, 0.001)))
    inputs = measure_inputs(closes, dvol_frac=0.5)

    assert inputs.realised_frac == pytest.approx(0.001 * math.sqrt(8760))
    assert inputs.return_7d_frac == pytest.approx(0.168)
    with pytest.raises(ValueError, match="169"):
        measure_inputs(closes[:168], dvol_frac=0.5)


def test_prices_stay_finite_at_the_bell() -> None:
    inputs = SurfaceInputs(spot_usd=2000.0, dvol_frac=0.6, realised_frac=0.6, return_7d_frac=0.0)
    priced = price_slice(inputs, MONDAY, strip(MONDAY, [1900.0, 2100.0], is_call=False))

    assert priced.mark_coin == pytest.approx([0.0, 0.05], abs=1e-6)
    assert np.isfinite(priced.theta_usd_per_day).all()


def test_modelled_credits_stand_near_recorded_ones_and_flat_dvol_does_not(history_dir: Path) -> None:
    """20/10-delta verticals of 4 to 21 days on every seventh recorded chain: credit of the model over credit of the marks."""
    errors: dict[str, list[float]] = {"put": [], "call": [], "flat put": [], "flat call": []}
    market = RecordedMarket(history_dir)
    instants = [at for month in market.snapshots.months for at in market.snapshots.recorded_at(month)][::7]
    for at in instants:
        chain = market.chain(at, expiry_from=at + timedelta(days=4), expiry_to=at + timedelta(days=21))
        dvol = market.dvol_pts(at)
        inputs = market.surface_inputs(at)
        assert chain is not None
        assert dvol is not None
        assert inputs is not None
        for expiry_at in {quote.instrument.expiry_at for quote in chain.quotes}:
            for side, sign in (("put", -1), ("call", 1)):
                options = [quote for quote in chain.quotes if quote.instrument.expiry_at == expiry_at and quote.instrument.option_type.value == side]
                pair = [nearest(options, delta=sign * delta) for delta in (0.20, 0.10)]
                if pair[0] is pair[1]:
                    continue
                strikes = np.array([float(quote.instrument.strike_usd) for quote in pair])
                forward = float(pair[0].forward_usd)
                years = years_between(at, expiry_at)
                is_call = np.full(2, sign > 0)
                real = float(pair[0].mark_coin - pair[1].mark_coin) * forward
                iv = implied_volatility(inputs, at, expiry_at=expiry_at, log_moneyness=np.log(strikes / forward))
                modelled = black_76(forward, strikes, years, sigma=iv, is_call=is_call).price_usd
                flat = black_76(forward, strikes, years, sigma=np.full(2, dvol.value / 100), is_call=is_call).price_usd
                errors[side].append((modelled[0] - modelled[1]) / real - 1)
                errors[f"flat {side}"].append((flat[0] - flat[1]) / real - 1)
    medians = {side: statistics.median(values) for side, values in errors.items()}
    absolute = {side: statistics.fmean(abs(value) for value in values) for side, values in errors.items()}
    print({side: f"median {medians[side]:+.1%}, mean absolute {absolute[side]:.1%}, n={len(errors[side])}" for side in errors})

    assert max(abs(medians["put"]), abs(medians["call"])) < 0.08
    assert min(medians["flat put"], medians["flat call"]) > 0.10
