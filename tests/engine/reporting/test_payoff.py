"""The payoff curves: what the position makes now and at expiry, in EUR."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.reporting.payoff import payoff
from tests.bot.cards.samples import payoff_chart, payoff_inputs, timeline_chart

CHART = payoff_chart()


def test_at_the_break_even_the_position_loses_only_its_fee() -> None:
    at_break_even = dict(CHART.at_expiry)[CHART.break_evens_usd[0]]
    inputs = payoff_inputs()

    assert at_break_even == pytest.approx(-float(inputs.fee_coin * 2 / inputs.fx_usd_per_eur) * CHART.break_evens_usd[0], abs=1e-6)


def test_the_strict_max_loss_is_never_exceeded() -> None:
    assert min(pnl for _, pnl in CHART.at_expiry) >= -CHART.max_loss_eur
    assert min(pnl for _, pnl in CHART.now) >= -CHART.max_loss_eur


def test_curves_ascend_in_price_and_reach_past_both_strikes_and_the_expected_move() -> None:
    grid = [index_usd for index_usd, _ in CHART.at_expiry]

    assert grid == sorted(set(grid))
    assert grid == [index_usd for index_usd, _ in CHART.now]
    (side,) = CHART.sides
    assert grid[0] < side.long_strike_usd < side.short_strike_usd < grid[-1]
    assert grid[0] < CHART.expected_move_usd[0] < CHART.expected_move_usd[1] < grid[-1]


def test_now_the_position_is_worth_about_nothing_at_spot() -> None:
    nearest = min(CHART.now, key=lambda point: abs(point[0] - CHART.spot_usd))

    assert abs(nearest[1]) < 0.15 * CHART.max_profit_eur + 2.0


def test_the_now_curve_ends_as_the_expiry_curve() -> None:
    inputs = payoff_inputs()
    chart = payoff(replace(inputs, as_of=inputs.expiry_at, forward_usd=inputs.spot_usd))

    assert [pnl for _, pnl in chart.now] == pytest.approx([pnl for _, pnl in chart.at_expiry], rel=1e-6, abs=1e-6)


def test_the_timeline_marks_where_the_rules_would_leave() -> None:
    chart = timeline_chart()

    assert chart.profit_take_coin == pytest.approx((0.0040 - 0.0003) * 0.5 - 0.0003)
    assert chart.stop_loss_coin == pytest.approx(0.0100)
