"""Marks, prices and points an open trade is judged by: what no market can mean is no market, and noise is no change."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.core.decision import Verdict
from engine.core.model import ExitAction, ExitReason, Family, MarketSnapshot, Spread
from engine.core.quote_soundness import sound_greeks

from .builders import NOW, condor_spread, dec, exit_inputs, leg_changed, marked, read, snapshot, spread
from .edge_cases import entry_check, exit_of


def marks(short: str, long: str) -> Spread:
    """The healthy trade with these marks; its books stand as they were."""
    return leg_changed(leg_changed(exit_inputs().spread, "short", mark_coin=dec(short)), "long", mark_coin=dec(long))


@pytest.mark.parametrize(
    ("short", "long", "is_market"),
    [
        # 100 USD of 2000 are 0.05 ETH, and 5 % more as the forward may stand beside the index; the coarsest tick is 0.0005.
        ("0.0530", "0.0030", True),
        ("0.0555", "0.0030", True),
        ("0.0560", "0.0030", True),
        ("0.0561", "0.0030", False),
        ("0.2000", "0.0030", False),
        ("0.0030", "0.0030", True),
        ("0.0025", "0.0030", True),
        ("0.0024", "0.0030", False),
        ("0", "0.0030", False),
        ("NaN", "0.0030", False),
        ("0.0070", "NaN", False),
        ("Infinity", "0.0030", False),
    ],
)
def test_an_impossible_mark_stops_no_loss_it_is_missing_data(short: str, long: str, is_market: bool) -> None:
    decision = exit_of(spread=marks(short, long))
    data = next(check for check in decision.checks if check.code == "data")

    assert (data.verdict is Verdict.PASSED) is is_market
    assert (decision.reason is ExitReason.DATA) is not is_market
    if not is_market:
        assert (decision.action, decision.needs_escalation) == (ExitAction.HOLD, False)


@pytest.mark.parametrize(("mark", "reason"), [("105.1", ExitReason.STOP_LOSS), ("105.2", ExitReason.DATA)])
def test_a_linear_mark_is_held_against_the_width_in_dollars(mark: str, reason: ExitReason) -> None:
    """The books are dear, so that no profit is seen; 100 USD, 5 % more, and a tick of 0.1."""
    whole = leg_changed(spread(family=Family.LINEAR_USDC), "long", mark_coin=dec(0))

    assert exit_of(spread=leg_changed(whole, "short", mark_coin=dec(mark)), credit_coin=dec(12)).reason is reason


@pytest.mark.parametrize("short", ["0.0561", "0.0024", "NaN"])
@pytest.mark.parametrize(("misses", "escalates"), [(0, False), (1, True), (2, True)])
def test_the_second_impossible_mark_in_a_row_is_for_a_person(short: str, misses: int, escalates: bool) -> None:
    decision = exit_of(spread=marks(short, "0.0030"), stale_misses=misses)

    assert (decision.action, decision.reason, decision.needs_escalation) == (ExitAction.HOLD, ExitReason.DATA, escalates)


@pytest.mark.parametrize("side", [0, 1])
def test_of_a_condor_each_side_is_held_against_its_own_width(side: int) -> None:
    """A side above its width is not saved by another that is worth nothing."""
    whole = leg_changed(leg_changed(condor_spread(), "short", side=1 - side, mark_coin=dec("0.0030")), "long", side=1 - side, mark_coin=dec("0.0030"))
    dear = leg_changed(leg_changed(whole, "long", side=side, mark_coin=dec("0.0030")), "short", side=side, mark_coin=dec("0.0561"))

    assert exit_of(spread=dear, credit_coin=dec("0.0400")).reason is ExitReason.DATA


# Where nobody bids for the short leg, its ask is what it costs.


@pytest.mark.parametrize("short_bid", [None, "0", "0.0039"])
def test_a_missing_bid_of_the_short_leg_is_no_profit(short_bid: str | None) -> None:
    """Credit 0.0040, marks 0.0040 and 0.0020, natural 0.0022: at half the ask of 0.0041 nearly all would seem earned."""
    short = {"mark_coin": dec("0.0040"), "ask_coin": dec("0.0041"), "bid_coin": None if short_bid is None else dec(short_bid)}
    long = {"mark_coin": dec("0.0020"), "ask_coin": dec("0.0021"), "bid_coin": dec("0.0019")}
    decision = exit_of(spread=leg_changed(leg_changed(exit_inputs().spread, "short", **short), "long", **long))
    evidence = decision.evidence

    assert decision.reason is ExitReason.HOLD
    assert evidence.natural_coin == dec("0.0022")
    # 0.0040 less 0.0003 to open: 0.0037, of which the expected close and 0.0003 to pay for it are taken.
    expected_coin = dec("0.00207") if short_bid == "0.0039" else dec("0.002135")
    assert evidence.expected_close_coin == expected_coin
    assert evidence.profit_net_frac == pytest.approx(float((dec("0.0034") - expected_coin) / dec("0.0037")))


@pytest.mark.parametrize(
    ("ask", "reason"),
    [("0.00156", ExitReason.HOLD), ("0.00155", ExitReason.PROFIT_TAKE), ("0.00154", ExitReason.PROFIT_TAKE), ("0.0010", ExitReason.PROFIT_TAKE)],
)
def test_a_profit_is_taken_at_the_ask_where_nobody_bids(ask: str, reason: ExitReason) -> None:
    """Half of 0.0037 is 0.00185; with the fee of 0.0003 a close may cost 0.00155, and a worthless long leg brings nothing."""
    short = {"mark_coin": dec("0.0015"), "ask_coin": dec(ask), "bid_coin": None}
    long = {"mark_coin": dec(0), "ask_coin": dec("0.0001"), "bid_coin": None}

    assert exit_of(spread=leg_changed(leg_changed(exit_inputs().spread, "short", **short), "long", **long)).reason is reason


# Greeks no bought option has.


@pytest.mark.parametrize("name", ["gamma_per_usd", "vega_usd_per_pt"])
@pytest.mark.parametrize(("figure", "is_believed"), [(-0.0001, False), (0.0, True), (0.0001, True)])
def test_a_delta_beside_a_gamma_or_a_vega_below_nothing_closes_no_trade(name: str, figure: float, is_believed: bool) -> None:
    breached = marked("0.0070", "0.0030", delta=-0.40)
    short = breached.shorts[0]
    assert short.greeks is not None
    whole = leg_changed(breached, "short", greeks=replace(short.greeks, **{name: figure}))
    decision = exit_of(spread=whole)

    assert (sound_greeks(whole.shorts[0], NOW) is not None) is is_believed
    assert decision.reason is (ExitReason.DELTA_BREACH if is_believed else ExitReason.HOLD)
    assert decision.evidence.short_delta == (0.40 if is_believed else None)


# Points are told to the last digit that is one.


@pytest.mark.parametrize(
    ("entry_pts", "now_pts", "reason"),
    [
        (60.1, 70.1, ExitReason.VOL_STOP),
        (60.0, 70.0, ExitReason.VOL_STOP),
        (57.3, 67.3, ExitReason.VOL_STOP),
        (60.1, 70.09, ExitReason.HOLD),
        (60.1, 70.11, ExitReason.VOL_STOP),
        (math.nan, 80.0, ExitReason.HOLD),
    ],
)
def test_ten_points_more_are_ten_points_more_whatever_the_level(entry_pts: float, now_pts: float, reason: ExitReason) -> None:
    assert exit_of(dvol_entry_pts=entry_pts, dvol_pts=now_pts).reason is reason


@pytest.mark.parametrize(
    ("before_pts", "now_pts", "passes"),
    [(60.1, 68.1, True), (51.99999999999999, 60.0, True), (54.3, 62.3, True), (60.1, 68.09, True), (60.1, 68.11, False), (60.0, 68.000001, False)],
)
def test_eight_points_more_in_a_day_still_let_an_entry_through(before_pts: float, now_pts: float, passes: bool) -> None:
    market: MarketSnapshot = snapshot(dvol_24h_ago_pts=before_pts, dvol_pts=read(now_pts))

    assert (entry_check(market, "dvol_jump_24h").verdict is Verdict.PASSED) is passes
    assert (entry_check(market, "bias").verdict is Verdict.PASSED) is passes
