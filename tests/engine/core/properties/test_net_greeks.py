"""Net Greeks of any legs: signs, sums, order and missing figures."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.greeks_aggregator import aggregate, combine, spread_legs
from engine.core.model import Family, GreekLeg, Greeks, NetGreeks
from tests.engine.core.builders import dec

from .worlds import SPREADS

FIELDS = tuple(field.name for field in fields(NetGreeks) if field.name != "is_partial")
FLOATS = st.floats(-10, 10)
GREEKS = st.builds(Greeks, delta=FLOATS, gamma_per_usd=FLOATS, vega_usd_per_pt=FLOATS, theta_usd_per_day=FLOATS)
MARKS = st.decimals("0", "1", places=4)
SIZES = st.decimals("-9", "9", places=1)
WHOLE_LEGS = st.lists(st.builds(GreekLeg, family=st.sampled_from(Family), quantity_eth=SIZES, greeks=GREEKS, mark_coin=MARKS), max_size=6)
NOT_NUMBERS = st.sampled_from([math.nan, math.inf, -math.inf])
SPOTS = st.decimals("500", "6000", places=2)


def figures(total: NetGreeks) -> list[float]:
    return [getattr(total, name) for name in FIELDS]


def turned(legs: list[GreekLeg]) -> list[GreekLeg]:
    return [replace(leg, quantity_eth=-leg.quantity_eth) for leg in legs]


@given(WHOLE_LEGS, SPOTS)
def test_reversing_a_position_flips_every_greek(legs: list[GreekLeg], spot_usd: Decimal) -> None:
    there, back = aggregate(legs, spot_usd=spot_usd), aggregate(turned(legs), spot_usd=spot_usd)

    assert figures(there) == [-figure for figure in figures(back)]


@given(WHOLE_LEGS, SPOTS)
def test_a_position_and_its_opposite_are_nothing(legs: list[GreekLeg], spot_usd: Decimal) -> None:
    total = aggregate([*legs, *turned(legs)], spot_usd=spot_usd)

    assert figures(total) == [0.0] * len(FIELDS)
    assert not total.is_partial


@given(WHOLE_LEGS, SPOTS, st.randoms(use_true_random=False))
def test_the_order_of_the_legs_is_irrelevant(legs: list[GreekLeg], spot_usd: Decimal, generator: random.Random) -> None:
    shuffled = list(legs)
    generator.shuffle(shuffled)

    assert aggregate(shuffled, spot_usd=spot_usd) == aggregate(legs, spot_usd=spot_usd)


@given(WHOLE_LEGS, WHOLE_LEGS, SPOTS)
def test_two_positions_together_are_the_sum_of_both(one: list[GreekLeg], other: list[GreekLeg], spot_usd: Decimal) -> None:
    whole = aggregate([*one, *other], spot_usd=spot_usd)
    added = combine([aggregate(one, spot_usd=spot_usd), aggregate(other, spot_usd=spot_usd)])

    assert figures(whole) == pytest.approx(figures(added), rel=1e-9, abs=1e-6)


@given(WHOLE_LEGS, SPOTS, st.integers(1, 9))
def test_a_position_of_n_times_the_size_has_n_times_the_greeks(legs: list[GreekLeg], spot_usd: Decimal, times: int) -> None:
    bigger = [replace(leg, quantity_eth=leg.quantity_eth * times) for leg in legs]

    assert figures(aggregate(bigger, spot_usd=spot_usd)) == pytest.approx([times * figure for figure in figures(aggregate(legs, spot_usd=spot_usd))], abs=1e-6)


@st.composite
def broken_legs(draw: st.DrawFn) -> GreekLeg:
    """A leg without Greeks, with one that is no number, or an inverse one without a mark."""
    leg = GreekLeg(family=draw(st.sampled_from(Family)), quantity_eth=draw(SIZES), greeks=draw(GREEKS), mark_coin=draw(MARKS))
    how = draw(st.sampled_from(["greeks", "mark", "mark_nan", *(field.name for field in fields(Greeks))]))
    if how == "greeks":
        return replace(leg, greeks=None)
    if how.startswith("mark"):
        return replace(leg, family=Family.INVERSE, mark_coin=None if how == "mark" else dec("NaN"))
    return replace(leg, greeks=replace(leg.greeks, **{how: draw(NOT_NUMBERS)}))


@given(WHOLE_LEGS, broken_legs(), st.integers(0, 6))
def test_a_leg_without_its_figures_is_left_out_and_flagged(legs: list[GreekLeg], broken: GreekLeg, place: int) -> None:
    total = aggregate([*legs[:place], broken, *legs[place:]], spot_usd=dec(2000))

    assert total == replace(aggregate(legs, spot_usd=dec(2000)), is_partial=True)
    assert combine([aggregate(legs, spot_usd=dec(2000)), total]).is_partial


@given(st.sampled_from(sorted(SPREADS)), st.decimals("0.1", "20", places=1))
def test_a_sold_spread_is_short_volatility_and_earns_time(kind: str, quantity_eth: Decimal) -> None:
    """Linear legs are paid in dollars: nothing comes off their delta."""
    spread = SPREADS[kind]
    legs = spread_legs(spread, quantity_eth)
    total = aggregate(legs, spot_usd=dec(2000))

    assert sum(leg.quantity_eth for leg in legs) == 0
    assert total.vega_usd_per_pt < 0 < total.theta_usd_per_day
    assert total.gamma_usd_per_1pct < 0
    assert (total.delta_ntd_eth == total.delta_eth) is (spread.family is Family.LINEAR_USDC)
