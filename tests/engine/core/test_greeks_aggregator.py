"""Signs, sizes and missing figures of net Greeks."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.greeks_aggregator import aggregate, combine
from engine.core.model import Family, GreekLeg, Greeks

from .builders import dec

FLOATS = st.floats(-10, 10)
GREEKS = st.builds(Greeks, delta=FLOATS, gamma_per_usd=FLOATS, vega_usd_per_pt=FLOATS, theta_usd_per_day=FLOATS)
SIZES = st.integers(-9, 9).map(Decimal)
ONE_LEG = st.builds(GreekLeg, family=st.sampled_from(Family), quantity_eth=SIZES, greeks=GREEKS, mark_coin=st.decimals("0", "1", places=4))
LEGS = st.lists(ONE_LEG, max_size=6)
FIELDS = ("delta_eth", "delta_ntd_eth", "delta_usd", "gamma_usd_per_1pct", "vega_usd_per_pt", "theta_usd_per_day")
PUT = Greeks(delta=-0.13, gamma_per_usd=0.0009, vega_usd_per_pt=0.90, theta_usd_per_day=-1.5)
SHORT = GreekLeg(family=Family.INVERSE, quantity_eth=dec(-2), greeks=PUT, mark_coin=dec("0.0076"))
LONG = GreekLeg(family=Family.INVERSE, quantity_eth=dec(2), greeks=replace(PUT, delta=-0.064, vega_usd_per_pt=0.52), mark_coin=dec("0.0036"))


def test_a_short_put_spread_is_long_delta_and_short_vega() -> None:
    total = aggregate([SHORT, LONG], spot_usd=dec(1914))

    assert total.delta_eth == pytest.approx(0.132)
    assert total.delta_ntd_eth == pytest.approx(0.132 + 2 * 0.0076 - 2 * 0.0036)
    assert total.delta_usd == pytest.approx(0.132 * 1914)
    assert total.vega_usd_per_pt == pytest.approx(-0.76)
    assert not total.is_partial


def test_gamma_is_the_usd_delta_gained_per_percent() -> None:
    one = GreekLeg(family=Family.INVERSE, quantity_eth=dec(1), greeks=PUT, mark_coin=dec("0.0076"))

    assert aggregate([one], spot_usd=dec(2000)).gamma_usd_per_1pct == pytest.approx(0.0009 * 2000**2 * 0.01)


@given(LEGS)
def test_reversing_quantities_flips_every_greek(legs: list[GreekLeg]) -> None:
    total = aggregate(legs, spot_usd=dec(2000))
    reversed_total = aggregate([replace(leg, quantity_eth=-leg.quantity_eth) for leg in legs], spot_usd=dec(2000))

    assert [getattr(total, name) for name in FIELDS] == [-getattr(reversed_total, name) for name in FIELDS]


@given(LEGS)
def test_long_and_short_together_are_nothing(legs: list[GreekLeg]) -> None:
    both = [*legs, *(replace(leg, quantity_eth=-leg.quantity_eth) for leg in legs)]

    assert [getattr(aggregate(both, spot_usd=dec(2000)), name) for name in FIELDS] == [0] * 6


@pytest.mark.parametrize(
    "leg",
    [replace(SHORT, greeks=None), replace(SHORT, mark_coin=None), replace(SHORT, mark_coin=dec("NaN")), replace(SHORT, greeks=replace(PUT, delta=math.nan))],
)
def test_a_leg_without_its_figures_makes_the_total_partial(leg: GreekLeg) -> None:
    assert aggregate([leg, LONG], spot_usd=dec(2000)).is_partial


def test_totals_add_up_and_stay_partial() -> None:
    whole, partial = aggregate([SHORT, LONG], spot_usd=dec(2000)), aggregate([replace(SHORT, greeks=None), LONG], spot_usd=dec(2000))
    total = combine([whole, partial])

    assert [getattr(total, name) for name in FIELDS] == [pytest.approx(getattr(whole, name) + getattr(partial, name)) for name in FIELDS]
    assert total.is_partial
    assert not combine([whole, whole]).is_partial
