"""Edge cases of open trades, of their settlement and of what they owe; see `test_edge_cases.py`."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.core.decision import Verdict
from engine.core.exit_decision import evaluate
from engine.core.model import ExitAction, ExitDecision, ExitInputs, ExitReason, ExitUrgency, Family, Greeks, OptionType, Spread, Strategy
from engine.core.payoff import payoff_terms, payout_coin
from engine.core.quote_soundness import sound_greeks
from engine.core.realised import worst_move_against
from engine.core.spread_prices import paper_exit_price

from .builders import EXPIRY_AT, INDEX_USD, NOW, RULES, condor_spread, dec, every_leg_changed, exit_inputs, leg_changed, marked, priced, spread
from .edge_cases import exit_of

PUT, CALL = OptionType.PUT, OptionType.CALL
STOPPED = marked("0.0130", "0.0030")


def at(now: datetime, whole: Spread, **changes: Any) -> ExitDecision:
    """The trade looked at at another time, its quotes as fresh as ever."""
    return exit_of(now=now, spread=every_leg_changed(whole, quoted_at=now), **changes)


def cause(decision: ExitDecision, code: str) -> str:
    return next(check.cause for check in decision.checks if check.code == code)


def verdict(decision: ExitDecision, code: str) -> Verdict:
    return next(check.verdict for check in decision.checks if check.code == code)


@pytest.mark.parametrize("dvol_pts", [None, math.nan, math.inf])
def test_case_07_without_dvol_the_volatility_stop_is_skipped_and_the_other_rules_run(dvol_pts: float | None) -> None:
    calm, stopped = exit_of(dvol_pts=dvol_pts), exit_of(dvol_pts=dvol_pts, spread=STOPPED)

    assert (calm.reason, stopped.reason) == (ExitReason.HOLD, ExitReason.STOP_LOSS)
    assert {verdict(calm, "vol_stop"), verdict(stopped, "vol_stop")} == {Verdict.NOT_EVALUATED}


@pytest.mark.parametrize("leg", ["short", "long"])
@pytest.mark.parametrize(("age_s", "reason"), [(29.9, ExitReason.STOP_LOSS), (30.0, ExitReason.STOP_LOSS), (30.1, ExitReason.DATA)])
def test_case_08_nothing_is_decided_on_a_stale_quote(leg: str, age_s: float, reason: ExitReason) -> None:
    decision = exit_of(spread=leg_changed(STOPPED, leg, quoted_at=NOW - timedelta(seconds=age_s)))

    assert decision.reason is reason


@pytest.mark.parametrize(("misses", "escalates"), [(0, False), (1, True), (2, True)])
def test_case_08_the_second_miss_is_for_a_person(misses: int, escalates: bool) -> None:
    decision = exit_of(spread=every_leg_changed(STOPPED, quoted_at=NOW - timedelta(minutes=5)), stale_misses=misses)

    assert (decision.action, decision.needs_escalation) == (ExitAction.HOLD, escalates)


def test_case_10_a_fall_between_two_checks_counts_although_the_spot_came_back() -> None:
    """Twelve hours at 2 000 with four at 1 840 in the middle: 8 % down in four hours, nothing on average."""
    closes = [(NOW + timedelta(hours=hour), 1840.0 if 4 < hour < 8 else 2000.0) for hour in range(-4, 13)]
    move = worst_move_against(closes, (PUT,), window_h=4.0, since_at=NOW, now=NOW + timedelta(hours=12))

    assert move == pytest.approx(-0.08)
    assert exit_of(worst_4h_move_frac=move, spread=marked("0.0070", "0.0030", delta=-0.20)).reason is ExitReason.ADVERSE_MOVE


def test_case_10_a_gap_before_the_last_check_was_that_checks_business() -> None:
    closes = [(NOW + timedelta(hours=hour), 2000.0 if hour < 0 else 1840.0) for hour in range(-4, 13)]

    assert worst_move_against(closes, (PUT,), window_h=4.0, since_at=NOW + timedelta(hours=4), now=NOW + timedelta(hours=12)) == 0.0


def test_case_16_on_a_locked_venue_an_open_trade_is_held() -> None:
    decision = exit_of(spread=STOPPED, is_locked=True)

    assert (decision.action, decision.reason, cause(decision, "blackout")) == (ExitAction.HOLD, ExitReason.BLACKOUT, "venue_locked")


@pytest.mark.parametrize(
    ("strategy", "index", "usd"),
    [
        (Strategy.BULL_PUT, 1651, 99),
        (Strategy.BULL_PUT, 1700, 50),
        (Strategy.BULL_PUT, 1749, 1),
        (Strategy.BEAR_CALL, 2301, 1),
        (Strategy.BEAR_CALL, 2350, 50),
        (Strategy.BEAR_CALL, 2399, 99),
    ],
)
@pytest.mark.parametrize("family", Family)
def test_case_34_delivery_price_between_the_strikes_is_a_partial_loss(*, family: Family, strategy: Strategy, index: int, usd: int) -> None:
    strikes = (1750, 1650) if strategy is Strategy.BULL_PUT else (2300, 2400)
    owed = payout_coin(payoff_terms(spread(*strikes, strategy=strategy, family=family)), index_usd=dec(index))

    assert owed == (dec(usd) / index if family is Family.INVERSE else usd)


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize(("index", "owes"), [("1749.99", True), ("1750", False), ("1750.01", False), ("2299.99", False), ("2300", False), ("2300.01", True)])
def test_case_35_delivery_exactly_at_the_short_strike_pays_nothing(family: Family, index: str, owes: bool) -> None:
    owed = payout_coin(payoff_terms(condor_spread(family=family)), index_usd=dec(index))

    assert (owed > 0) is owes


THURSDAY_EVENING, THURSDAY_MORNING = EXPIRY_AT - timedelta(hours=13), EXPIRY_AT - timedelta(hours=25)


@pytest.mark.parametrize(
    ("now", "index", "reason"),
    [
        # 3 % out of the money of the 1750 put lies at 1804.12.
        (THURSDAY_EVENING, "1804.1", ExitReason.PIN_RISK),
        (THURSDAY_EVENING, "1804.2", ExitReason.TIME_STOP),
        (THURSDAY_EVENING, "1700", ExitReason.PIN_RISK),
        (THURSDAY_MORNING, "1804.1", ExitReason.TIME_STOP),
        (EXPIRY_AT - timedelta(hours=24), "1804.1", ExitReason.PIN_RISK),
    ],
)
def test_case_37_pin_risk_is_decided_on_the_evening_before_the_expiry(now: datetime, index: str, reason: ExitReason) -> None:
    assert at(now, marked("0.0070", "0.0030"), index_usd=dec(index)).reason is reason


@pytest.mark.parametrize(("minutes", "is_believed"), [(30.1, True), (30.0, False), (1.0, False)])
def test_case_38_deltas_of_the_last_half_hour_are_ignored(minutes: float, is_believed: bool) -> None:
    """The venue says a hundredth for a put that lies 50 in the money."""
    faded = Greeks(delta=-0.01, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)
    now = EXPIRY_AT - timedelta(minutes=minutes)
    whole = leg_changed(marked("0.0290", "0.0030"), "short", greeks=faded, forward_usd=dec(1700))
    decision = at(now, whole)

    assert decision.evidence.short_delta == pytest.approx(0.01 if is_believed else 1.0, abs=0.01)
    assert (sound_greeks(whole.shorts[0], now) == faded) is is_believed


def test_case_39_without_an_exchange_rate_exits_go_on_because_they_are_reckoned_in_coin() -> None:
    """Neither the rate nor anything in EUR is an input of the exit table."""
    assert not [field.name for field in fields(ExitInputs) if "fx" in field.name or field.name.endswith("_eur")]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (ExitReason.HOLD, {}),
        (ExitReason.STOP_LOSS, {"spread": STOPPED}),
        (ExitReason.PROFIT_TAKE, {"spread": marked("0.0020", "0.0010")}),
        (ExitReason.VOL_STOP, {"dvol_pts": 75.0}),
        (ExitReason.MARGIN, {"margin_usage_frac": 0.9}),
        (ExitReason.DATA, {"spread": marked("0.0900", "0.0010")}),
    ],
    ids=lambda value: str(value) if isinstance(value, ExitReason) else "",
)
@pytest.mark.parametrize("key", ["trade_eur", "total_eur"])
def test_case_45_a_trade_larger_than_the_stage_allows_is_kept_and_guarded_like_any_other(key: str, reason: ExitReason, changes: dict[str, Any]) -> None:
    """No stage, size or cap is an input of the exit table, and caps of next to nothing change not one of its checks."""
    tiny = RULES
    for stage in ("paper", "soft", "full"):
        caps = getattr(tiny.caps, stage)
        tiny = replace(tiny, caps=replace(tiny.caps, **{stage: replace(caps, **{key: dec("0.01")})}))

    assert not [field.name for field in fields(ExitInputs) if any(word in field.name for word in ("stage", "quantity", "cap", "_eth"))]
    assert evaluate(exit_inputs(**changes), tiny) == exit_of(**changes)
    assert exit_of(**changes).reason is reason


@pytest.mark.parametrize(
    ("announced_h", "moved_h", "reasons"),
    [
        (25, 24, (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
        (24, 25, (ExitReason.EVENT_GUARD, ExitReason.HOLD)),
        (23, None, (ExitReason.EVENT_GUARD, ExitReason.HOLD)),
        (None, 23, (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
        (1, -1, (ExitReason.EVENT_GUARD, ExitReason.HOLD)),
    ],
)
def test_case_51_an_event_moved_after_the_entry_is_guarded_against_where_it_is_now(
    announced_h: float | None, moved_h: float | None, reasons: tuple[ExitReason, ExitReason]
) -> None:
    """The same weak trade looked at twice; where the calendar has its date from is proven with the runtime's inputs."""
    looks = [None if hours is None else NOW + timedelta(hours=hours) for hours in (announced_h, moved_h)]
    found = [exit_of(spread=marked("0.0071", "0.0030", delta=-0.20), high_event_at=event_at).reason for event_at in looks]

    assert tuple(found) == reasons


@pytest.mark.parametrize(("side", "leg", "gone"), [(0, "short", "mark_coin"), (0, "short", "ask_coin"), (0, "long", "mark_coin")])
def test_case_55_a_leg_without_prices_is_missing_data(side: int, leg: str, gone: str) -> None:
    decision = exit_of(spread=leg_changed(STOPPED, leg, side=side, **{gone: None}))

    assert (decision.action, decision.reason) == (ExitAction.HOLD, ExitReason.DATA)


@pytest.mark.parametrize(
    ("family", "ask", "price"),
    [
        (Family.INVERSE, "0.0498", "0.0498"),
        (Family.INVERSE, "0.0500", "0.0500"),
        (Family.INVERSE, "0.0900", "0.0500"),
        (Family.LINEAR_USDC, "99.9", "99.9"),
        (Family.LINEAR_USDC, "180", "100"),
    ],
)
def test_case_58_a_close_is_capped_at_what_the_width_is_worth(family: Family, ask: str, price: str) -> None:
    """100 USD wide at 2 000: 0.05 ETH or 100 USDC."""
    whole = leg_changed(leg_changed(spread(family=family), "short", bid_coin=dec(ask), ask_coin=dec(ask)), "long", bid_coin=dec(0))

    assert paper_exit_price(whole, RULES.execution, index_usd=INDEX_USD) == dec(price)


@pytest.mark.parametrize(
    ("hours", "ask", "is_held"),
    [(23.99, "0.0475", True), (23.99, "0.0474", False), (23.99, "0.0476", True), (24.0, "0.0475", False), (1.0, "0.0475", True)],
)
def test_case_58_on_the_last_day_a_close_at_nearly_the_whole_loss_is_not_worth_it(hours: float, ask: str, is_held: bool) -> None:
    """95 % of 100 USD at 2 000 is 0.0475 ETH."""
    lost = leg_changed(marked("0.0470", "0"), "long", bid_coin=dec(0), mark_coin=dec(0))
    decision = at(EXPIRY_AT - timedelta(hours=hours), leg_changed(lost, "short", ask_coin=dec(ask)))

    assert (cause(decision, "stop_loss") == "held_at_max_loss") is is_held
    assert (decision.reason is ExitReason.STOP_LOSS) is not is_held


@pytest.mark.parametrize(("left", "strategy"), [(0, Strategy.BULL_PUT), (1, Strategy.BEAR_CALL)])
def test_case_59_a_condor_that_lost_a_side_is_a_vertical_of_its_own_credit(left: int, strategy: Strategy) -> None:
    rest = Spread(verticals=(condor_spread().verticals[left],))
    mark = rest.mark_coin
    assert mark is not None
    share = mark / dec("2.5")
    decisions = [exit_of(spread=rest, credit_coin=share + difference) for difference in (dec("-0.000001"), dec(0), dec("0.000001"))]

    assert rest.strategy is strategy
    assert [decision.reason is ExitReason.STOP_LOSS for decision in decisions] == [True, True, False]


@pytest.mark.parametrize(
    ("usage", "is_worst", "reason"),
    [(0.699, True, ExitReason.HOLD), (0.70, True, ExitReason.MARGIN), (0.95, True, ExitReason.MARGIN), (0.95, False, ExitReason.HOLD)],
)
def test_case_60_a_margin_call_closes_the_trade_with_the_worst_delta_by_itself(usage: float, is_worst: bool, reason: ExitReason) -> None:
    decision = exit_of(margin_usage_frac=usage, has_worst_delta=is_worst)

    assert decision.reason is reason
    assert (decision.urgency is ExitUrgency.HARD) is (reason is ExitReason.MARGIN)
    assert (cause(decision, "margin") == "another_trade_first") is (usage >= 0.70 and not is_worst)


@pytest.mark.parametrize(
    ("minutes", "delivery", "reason", "escalates"),
    [
        (4.9, None, ExitReason.BLACKOUT, False),
        (5.0, None, ExitReason.SETTLED, False),
        (29.9, None, ExitReason.SETTLED, False),
        (30.0, None, ExitReason.SETTLED, True),
        (300.0, None, ExitReason.SETTLED, True),
        (30.0, "1900", ExitReason.SETTLED, False),
    ],
)
def test_case_64_a_delivery_price_that_does_not_come_is_asked_for_half_an_hour_and_then_told(
    minutes: float, delivery: str | None, reason: ExitReason, escalates: bool
) -> None:
    decision = at(EXPIRY_AT + timedelta(minutes=minutes), marked("0.0070", "0.0030"), delivery_price_usd=None if delivery is None else dec(delivery))

    assert (decision.reason, decision.needs_escalation) == (reason, escalates)


@pytest.mark.parametrize(
    "changes",
    [
        {"greeks": Greeks(delta=0.31, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)},
        {"greeks": Greeks(delta=-1.31, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)},
        {"greeks": Greeks(delta=math.nan, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)},
        {"greeks": None, "iv_frac": math.nan},
        {"greeks": None, "iv_frac": -0.6},
    ],
    ids=str,
)
def test_case_65_a_delta_that_cannot_be_is_unknown_and_closes_nothing(changes: dict[str, Any]) -> None:
    decision = exit_of(spread=leg_changed(marked("0.0070", "0.0030"), "short", **changes))

    assert decision.reason is ExitReason.HOLD
    assert (decision.evidence.short_delta, verdict(decision, "delta_breach")) == (None, Verdict.NOT_EVALUATED)


def test_case_65_calls_and_puts_have_their_own_signs() -> None:
    put, call = priced(1750, PUT), priced(2300, CALL)
    swapped = replace(put, greeks=call.greeks), replace(call, greeks=put.greeks)

    assert [sound_greeks(quote, NOW) for quote in (put, call)] == [put.greeks, call.greeks]
    assert [sound_greeks(quote, NOW) for quote in swapped] == [None, None]
