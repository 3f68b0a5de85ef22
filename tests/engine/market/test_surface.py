"""The surface: no arbitrage whatever the inputs, levels as measured, credits beside recorded chains."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.model import Family
from engine.market.black import black_76
from engine.market.fitted import SURFACE
from engine.market.inputs import SurfaceInputs
from engine.market.parameters import SurfaceParameters
from engine.market.surface import SurfaceBand, business_days, implied_volatility, weekend_seconds
from engine.market.ticks import ceil_to_tick, floor_to_tick
from tests.engine.market.surfaces import MONDAY, atm_frac, inputs_of, options, seconds, slices_at

FRIDAY = datetime(2026, 2, 20, 20, 0, tzinfo=UTC)
CALM = inputs_of()

vols = st.floats(0.15, 2.5)
any_inputs = st.builds(
    inputs_of,
    at=st.integers(0, 7 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    spot_usd=st.floats(300.0, 9000.0),
    dvol_frac=vols,
    dvol_mean_frac=vols,
    realised_frac=st.floats(0.01, 6.0),
    return_7d_frac=st.floats(-1.0, 1.0),
)
bands = st.builds(SurfaceBand, rho=st.one_of(st.none(), st.floats(-0.9, 0.9)), atm_factor=st.floats(0.7, 1.4))
lives_days = st.floats(0.02, 400.0)


def later(inputs: SurfaceInputs, days: float) -> datetime:
    return datetime.fromtimestamp(int(inputs.at_s[0]), UTC) + timedelta(days=days)


@settings(max_examples=300)
@given(inputs=any_inputs, band=bands, days=lives_days)
def test_no_butterfly_costs_less_than_nothing(inputs: SurfaceInputs, band: SurfaceBand, days: float) -> None:
    """Call prices fall with the strike and are convex out to six deviations, for every input and every band."""
    slices = slices_at(inputs, later(inputs, days), band=band)
    forward, sd = float(slices.forward_usd[0]), float(slices.sd[0])
    strikes = forward * np.exp(np.linspace(-6.0, 6.0, 241) * min(sd, 1.2))
    row, same = np.zeros(len(strikes), dtype=np.int64), np.ones(len(strikes))
    iv = implied_volatility(slices, row, strikes)
    prices = black_76(forward * same, strikes, slices.years[0] * same, sigma=iv, is_call=same > 0).price_usd / forward
    slopes = np.diff(prices) / np.diff(strikes / forward)

    assert (slopes < 1e-9).all()
    assert (slopes > -1.0 - 1e-9).all()
    assert (np.diff(slopes) > -1e-9).all()


@settings(max_examples=300)
@given(inputs=any_inputs, band=bands, days=st.tuples(lives_days, lives_days), moneyness=st.floats(-2.0, 2.0))
def test_no_calendar_spread_costs_less_than_nothing(inputs: SurfaceInputs, band: SurfaceBand, days: tuple[float, float], moneyness: float) -> None:
    """At one moneyness the later expiry holds no less variance, over weekends and through any pull of the short end."""
    slices = slices_at(inputs, *(later(inputs, life) for life in sorted(days)), band=band)
    iv = implied_volatility(slices, np.array([0, 1]), slices.forward_usd * math.exp(moneyness))
    earlier, latest = iv**2 * slices.years

    assert latest >= earlier * (1.0 - 1e-12)


def test_the_shipped_parameters_keep_the_conditions_of_the_proof() -> None:
    assert SURFACE.problems() == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pull_max": 1.36}, "pull_max"),
        ({"level_drop": -0.01}, "level"),
        ({"level_drop": 1.0}, "level"),
        ({"pull_decay_days": 0.0}, "decays"),
        ({"weekend_weight": 0.0}, "weekend"),
        ({"weekend_weight": 1.01}, "weekend"),
        ({"skew_max": 1.0}, "rho"),
        ({"wing_decay": 0.5}, "wing must fall"),
        ({"wing_max": 2.2}, "too steep"),
        ({"wing": 1.4}, "too steep"),
    ],
)
def test_parameters_that_would_allow_arbitrage_say_which_condition_they_break(change: dict[str, float], said: str) -> None:
    broken: SurfaceParameters = replace(SURFACE, **change)
    (problem,) = broken.problems()

    assert said in problem


def test_the_level_stands_below_dvol_as_measured() -> None:
    """Medians of references C.1: 0.905 at five to eight days, 0.954 at thirty; a calm market lies a little above the first."""
    assert [atm_frac(CALM, days) / 0.6 for days in (7.0, 28.0)] == pytest.approx([0.941, 0.953], abs=0.002)


def test_a_fresh_jump_of_dvol_lifts_the_short_end_most_and_a_calm_after_the_storm_lowers_it() -> None:
    jumped, settled = inputs_of(dvol_mean_frac=0.5), inputs_of(dvol_mean_frac=0.7)
    lifts = [atm_frac(jumped, days) / atm_frac(CALM, days) for days in (2.0, 7.0, 18.0, 60.0)]

    assert lifts == sorted(lifts, reverse=True)
    assert lifts[-1] == pytest.approx(1.0, abs=0.001)
    assert atm_frac(settled, 7.0) < atm_frac(CALM, 7.0) < atm_frac(jumped, 7.0)


def test_realised_volatility_pulls_the_short_end_towards_itself() -> None:
    quiet, wild = inputs_of(realised_frac=0.3), inputs_of(realised_frac=1.0)

    assert atm_frac(quiet, 3.0) < atm_frac(CALM, 3.0) < atm_frac(wild, 3.0)
    assert atm_frac(wild, 60.0) == pytest.approx(atm_frac(CALM, 60.0), rel=0.001)


def test_a_weekend_ahead_lowers_the_short_end_and_a_whole_week_is_neutral() -> None:
    weight = SURFACE.weekend_weight
    week = business_days(seconds(MONDAY, FRIDAY), seconds(MONDAY + timedelta(days=7), FRIDAY + timedelta(days=7)), weekend_weight=weight)
    saturday = FRIDAY + timedelta(hours=4)
    two_days = business_days(seconds(saturday), seconds(saturday + timedelta(days=2)), weekend_weight=weight)

    assert week == pytest.approx([7.0, 7.0])
    assert two_days[0] == pytest.approx(2.0 * weight * 7.0 / (5.0 + 2.0 * weight))
    assert weekend_seconds(seconds(saturday + timedelta(days=2)))[0] - weekend_seconds(seconds(saturday))[0] == 2 * 86_400
    assert atm_frac(inputs_of(at=FRIDAY), 2.0, at=FRIDAY) < 0.8 * atm_frac(CALM, 2.0)


def test_a_falling_week_makes_puts_dearer_than_calls() -> None:
    fallen, flat = inputs_of(return_7d_frac=-0.25), inputs_of()
    expiry_at = MONDAY + timedelta(days=18)
    skews = []
    for inputs in (fallen, flat):
        put, call = (float(options(inputs, expiry_at, [strike], is_call=False).iv_frac[0]) for strike in (1750.0, 2250.0))
        skews.append(put - call)

    assert skews[0] > skews[1] > 0.0


def test_the_band_moves_level_skew_and_spread_one_at_a_time() -> None:
    expiry_at, strikes = MONDAY + timedelta(days=18), [1700.0, 2000.0]
    point = options(CALM, expiry_at, strikes, is_call=False)
    lower = options(CALM, expiry_at, strikes, is_call=False, band=SurfaceBand(atm_factor=0.93))
    skewed = options(CALM, expiry_at, strikes, is_call=False, band=SurfaceBand(rho=-0.35))
    wide = options(CALM, expiry_at, strikes, is_call=False, band=SurfaceBand(spread_factor=2.5))

    assert (lower.iv_frac < point.iv_frac).all()
    assert skewed.iv_frac[0] > point.iv_frac[0]
    assert (wide.mark_coin == point.mark_coin).all()
    assert (wide.ask_coin - wide.bid_coin > point.ask_coin - point.bid_coin).all()


def test_quotes_stand_on_the_grid_around_their_mark() -> None:
    inputs = inputs_of(realised_frac=0.7, return_7d_frac=-0.05)
    priced = options(inputs, MONDAY + timedelta(days=18), [float(strike) for strike in range(900, 2050, 50)], is_call=False)

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
    """And what it gives is the float that a person would write."""
    assert floor_to_tick(np.array([price]), family)[0] == floor
    assert ceil_to_tick(np.array([price]), family)[0] == ceiling


def test_prices_stay_finite_at_the_bell() -> None:
    priced = options(CALM, MONDAY, [1900.0, 2100.0], is_call=False)

    assert priced.mark_coin == pytest.approx([0.0, 0.05], abs=1e-6)
    assert np.isfinite(priced.theta_usd_per_day).all()
