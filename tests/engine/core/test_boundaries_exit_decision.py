"""Everything an exit decision tells: each rule's value, limit, relation, unit and cause, for a whole market and for one that is not there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.exit_decision import evaluate
from engine.core.model import Bias, BookState, OptionType
from tests.engine.core.builders import EXPIRY_AT, NOW, RULES, condor_spread, dec, exit_inputs, instrument, leg_changed, marked

PASSED, FAILED, UNSEEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED
BELOW, ABOVE, AT_LEAST, EQUAL = Relation.BELOW, Relation.ABOVE, Relation.AT_LEAST, Relation.EQUAL


def told(**changes: Any) -> dict[str, Check]:
    """The check of each rule by its code."""
    return {check.code: check for check in evaluate(exit_inputs(**changes), RULES).checks}


def number(rule: str, code: str, verdict: Verdict, observed: float | None, stands: tuple[Relation, float, Unit], *, cause: str = "") -> Check:
    relation, limit, unit = stands
    return Check(rule=rule, code=code, verdict=verdict, observed=observed, limit=limit, relation=relation, unit=unit, cause=cause)


def claim(rule: str, code: str, verdict: Verdict, *, cause: str = "") -> Check:
    return Check(rule=rule, code=code, verdict=verdict, observed=verdict is FAILED, limit=False, relation=EQUAL, cause=cause)


MARGIN, STOP, VOL = (BELOW, 0.7, Unit.FRAC), (BELOW, 2.5, Unit.MULTIPLE), (BELOW, 10.0, Unit.PTS)
DELTA, MOVE, PIN = (BELOW, 0.3, Unit.NONE), (ABOVE, -0.06, Unit.FRAC), (AT_LEAST, 0.03, Unit.FRAC)
EXPIRE, PROFIT, TIME, EVENT = (ABOVE, 0.1, Unit.MULTIPLE), (BELOW, 0.5, Unit.FRAC), (ABOVE, 7.0, Unit.DAYS), (ABOVE, 24.0, Unit.HOURS)


@pytest.mark.parametrize(
    "expected",
    [
        claim("X00", "manual", PASSED),
        claim("X01", "settled", PASSED),
        claim("X02", "blackout", PASSED),
        claim("X03", "data", PASSED),
        number("X04", "margin", PASSED, 0.2, MARGIN),
        number("X05", "stop_loss", PASSED, 1.0, STOP),
        number("X06", "vol_stop", PASSED, 0.0, VOL),
        number("X07", "delta_breach", PASSED, 0.12, DELTA),
        number("X08", "adverse_move", PASSED, -0.01, MOVE),
        number("X09", "pin_risk", PASSED, 0.125, PIN, cause="not_the_last_day"),
        number("X10", "expire", PASSED, 1.0, EXPIRE, cause="not_the_last_day_or_too_near"),
        number("X11", "profit_take", PASSED, pytest.approx((0.0037 - 0.00407 - 0.0003) / 0.0037), PROFIT),
        number("X12", "time_stop", PASSED, 17.75, TIME),
        number("X13", "event_guard", PASSED, None, EVENT, cause="none_ahead"),
        Check(rule="X14", code="bias_flip", verdict=PASSED, observed="bull", subject="bear"),
    ],
    ids=lambda check: check.code,
)
def test_a_rule_tells_what_it_saw_in_a_healthy_trade(expected: Check) -> None:
    assert told()[expected.code] == expected


@pytest.mark.parametrize(
    "expected",
    [
        claim("X03", "data", FAILED, cause="missing_or_stale"),
        number("X04", "margin", UNSEEN, None, MARGIN, cause="missing"),
        number("X05", "stop_loss", UNSEEN, None, STOP, cause="missing"),
        number("X06", "vol_stop", UNSEEN, None, VOL, cause="missing"),
        number("X07", "delta_breach", UNSEEN, None, DELTA, cause="missing"),
        number("X08", "adverse_move", UNSEEN, None, MOVE, cause="no_move"),
        number("X09", "pin_risk", UNSEEN, None, PIN, cause="no_index"),
        number("X10", "expire", UNSEEN, None, EXPIRE, cause="missing"),
        number("X11", "profit_take", UNSEEN, None, PROFIT, cause="missing"),
        number("X12", "time_stop", UNSEEN, None, TIME, cause="no_profit"),
        number("X13", "event_guard", UNSEEN, None, EVENT, cause="no_profit_or_delta"),
        Check(rule="X14", code="bias_flip", verdict=UNSEEN, cause="no_bias"),
    ],
    ids=lambda check: check.code,
)
def test_a_rule_without_its_input_tells_what_it_would_have_held_it_against(expected: Check) -> None:
    bare = leg_changed(leg_changed(exit_inputs().spread, "short", mark_coin=None, greeks=None, iv_frac=None), "long", mark_coin=None)
    absent = {"dvol_pts": None, "margin_usage_frac": None, "index_usd": None, "worst_4h_move_frac": None, "bias_now": None, "close_fee_coin": None}

    assert told(spread=bare, high_event_at=NOW + timedelta(hours=10), **absent)[expected.code] == expected


def test_a_move_without_a_delta_says_which_of_the_two_is_missing() -> None:
    without_delta = leg_changed(exit_inputs().spread, "short", greeks=None, iv_frac=None)

    assert told(spread=without_delta)["adverse_move"] == number("X08", "adverse_move", UNSEEN, None, MOVE, cause="no_delta")


def test_margin_over_its_limit_waits_for_the_trade_with_more_delta() -> None:
    assert told(margin_usage_frac=0.7, has_worst_delta=False)["margin"] == number("X04", "margin", PASSED, 0.7, MARGIN, cause="another_trade_first")
    assert told(margin_usage_frac=0.699, has_worst_delta=False)["margin"] == number("X04", "margin", PASSED, 0.699, MARGIN)
    assert told(margin_usage_frac=0.7)["margin"] == number("X04", "margin", FAILED, 0.7, MARGIN)


@pytest.mark.parametrize(
    ("move", "delta", "verdict", "cause"),
    [
        (-0.06, -0.12, PASSED, "short_delta_below_minimum"),
        (-0.0599, -0.12, PASSED, ""),
        (-0.06, -0.20, FAILED, ""),
        (-0.0599, -0.20, PASSED, ""),
        (-0.06, -0.199, PASSED, "short_delta_below_minimum"),
    ],
)
def test_an_adverse_move_says_when_the_short_leg_is_still_far(move: float, delta: float, verdict: Verdict, cause: str) -> None:
    spread = marked("0.0070", "0.0030", delta=delta)

    assert told(spread=spread, worst_4h_move_frac=move)["adverse_move"] == number("X08", "adverse_move", verdict, move, MOVE, cause=cause)


@pytest.mark.parametrize(
    ("hours", "credit", "verdict", "cause"),
    [(24, "0.0040", PASSED, "trade_not_weak"), (24, "0.0039", FAILED, ""), (24.01, "0.0039", PASSED, ""), (0, "0.0039", FAILED, "")],
)
def test_the_event_guard_says_when_the_trade_is_not_weak(hours: float, credit: str, verdict: Verdict, cause: str) -> None:
    weak = marked("0.0070", "0.0030", delta=-0.29)
    check = told(spread=weak, high_event_at=NOW + timedelta(hours=hours), credit_coin=dec(credit))["event_guard"]

    assert check == number("X13", "event_guard", verdict, pytest.approx(hours), EVENT, cause=cause)


def test_a_flip_of_the_bias_names_the_bias_against_the_trade() -> None:
    assert told(bias_now=Bias.BEAR)["bias_flip"] == Check(rule="X14", code="bias_flip", verdict=FAILED, observed="bear", subject="bear")


def test_a_flip_of_the_bias_names_both_directions_against_a_condor() -> None:
    whole = condor_spread()

    assert told(spread=whole, bias_now=Bias.NEUTRAL)["bias_flip"] == Check(
        rule="X14", code="bias_flip", verdict=PASSED, observed="neutral", subject="bull,bear"
    )
    assert told(spread=whole, bias_now=Bias.BULL)["bias_flip"] == Check(rule="X14", code="bias_flip", verdict=FAILED, observed="bull", subject="bull,bear")


def looked_at(now: datetime, **changes: Any) -> dict[str, Check]:
    """The healthy trade at another time with fresh quotes."""
    spread = marked("0.0070", "0.0030")
    for leg in ("short", "long"):
        spread = leg_changed(spread, leg, quoted_at=now)
    return told(now=now, spread=spread, **changes)


def test_a_delivered_trade_says_whether_the_price_was_there() -> None:
    assert looked_at(EXPIRY_AT, delivery_price_usd=dec(1900))["settled"] == claim("X01", "settled", FAILED, cause="delivered")
    assert looked_at(EXPIRY_AT + timedelta(minutes=5))["settled"] == claim("X01", "settled", FAILED)


def test_a_blackout_names_every_cause() -> None:
    spread = leg_changed(exit_inputs().spread, "long", state=BookState.HALTED)
    settling = EXPIRY_AT - timedelta(minutes=30)

    assert told(spread=spread, is_locked=True)["blackout"] == claim("X02", "blackout", FAILED, cause="book_not_open,venue_locked")
    assert looked_at(settling)["blackout"] == claim("X02", "blackout", FAILED, cause="settlement_window")


def test_the_last_day_takes_the_causes_of_waiting_away() -> None:
    checks = looked_at(EXPIRY_AT - timedelta(hours=20))

    assert (checks["pin_risk"].cause, checks["expire"].cause) == ("", "")


@pytest.mark.parametrize(
    ("short", "long", "verdict", "cause"),
    [("0.0042", "0.0030", PASSED, "profit_high_enough_to_hold"), ("0.00421", "0.0030", FAILED, ""), ("0.0070", "0.0030", FAILED, "")],
)
def test_a_profit_of_seven_tenths_holds_the_trade_on_the_last_week(short: str, long: str, verdict: Verdict, cause: str) -> None:
    late = EXPIRY_AT - timedelta(days=6)
    spread = marked(short, long)
    for leg in ("short", "long"):
        spread = leg_changed(spread, leg, quoted_at=late)

    assert told(now=late, spread=spread)["time_stop"] == number("X12", "time_stop", verdict, 6.0, TIME, cause=cause)


def last_day(index_usd: str, short_strike: int, short: str, long: str) -> dict[str, Check]:
    """The bull put with its short strike elsewhere, twenty hours before its expiry."""
    now = EXPIRY_AT - timedelta(hours=20)
    spread = marked(short, long)
    for leg, strike in (("short", short_strike), ("long", short_strike - 100)):
        spread = leg_changed(spread, leg, quoted_at=now, instrument=instrument(strike, OptionType.PUT))
    return told(now=now, spread=spread, index_usd=dec(index_usd))


@pytest.mark.parametrize(("index_usd", "verdict"), [("2000", PASSED), ("1999.99", FAILED)])
def test_three_percent_out_of_the_money_is_far_enough_on_the_last_day(index_usd: str, verdict: Verdict) -> None:
    assert last_day(index_usd, 1940, "0.0070", "0.0030")["pin_risk"].verdict is verdict


@pytest.mark.parametrize(("index_usd", "verdict"), [("2000", FAILED), ("1999.99", PASSED)])
def test_a_worthless_trade_is_left_to_expire_from_its_distance_on(index_usd: str, verdict: Verdict) -> None:
    strike = int(2000 * (1 - RULES.exit.let_expire.otm_min_frac))

    assert last_day(index_usd, strike, "0.0003", "0.0001")["expire"].verdict is verdict


def test_a_stop_at_the_most_loss_passes_and_says_that_the_trade_is_held() -> None:
    now = EXPIRY_AT - timedelta(hours=20)
    spread = marked("0.0574", "0.0101")
    for leg in ("short", "long"):
        spread = leg_changed(spread, leg, quoted_at=now)

    assert told(now=now, spread=spread)["stop_loss"] == number("X05", "stop_loss", PASSED, pytest.approx(0.0473 / 0.0040), STOP, cause="held_at_max_loss")
