"""The exit table: each row at its edges, the order of the rows, and garbage that must not break it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Verdict
from engine.core.exit_decision import EXIT_RULES, evaluate
from engine.core.exit_prices import OpenTerms, exit_prices
from engine.core.model import Bias, BookState, ExitAction, ExitDecision, ExitReason, ExitUrgency, Greeks, OptionType, Quote, Spread, Strategy, Vertical
from engine.core.pricing import greeks, years_between

from .builders import EXPIRY_AT, INDEX_USD, IV_FRAC, NOW, RULES, dec, every_leg_changed, exit_inputs, instrument, leg_changed, marked, spread

SOFT, HARD, NONE = ExitUrgency.SOFT, ExitUrgency.HARD, ExitUrgency.NONE


def decide(**changes) -> ExitDecision:
    return evaluate(exit_inputs(**changes), RULES)


def fired(decision: ExitDecision) -> list[str]:
    return [check.code for check in decision.checks if check.verdict is Verdict.FAILED]


def unseen(decision: ExitDecision) -> list[str]:
    return [check.code for check in decision.checks if check.verdict is Verdict.NOT_EVALUATED]


def at(now: datetime, *, short: str = "0.0070", long: str = "0.0030", delta: float = -0.12, **changes) -> ExitDecision:
    """The healthy trade looked at at another time, its quotes as fresh as ever."""
    fresh = marked(short, long, delta=delta)
    fresh = every_leg_changed(fresh, quoted_at=now)
    return decide(now=now, spread=fresh, **changes)


def days_left(days: float) -> datetime:
    return EXPIRY_AT - timedelta(days=days)


def test_a_healthy_trade_is_held_and_every_rule_was_looked_at() -> None:
    decision = decide()

    assert (decision.action, decision.reason, decision.priority, decision.urgency) == (ExitAction.HOLD, ExitReason.HOLD, 15, NONE)
    assert [check.rule for check in decision.checks] == [f"X{number:02d}" for number in range(15)]
    assert {check.verdict for check in decision.checks} == {Verdict.PASSED}
    assert not decision.needs_escalation


def test_the_order_of_the_table_is_the_priority() -> None:
    assert [rule.priority for rule in EXIT_RULES] == list(range(15))
    assert [rule.reason for rule in EXIT_RULES] == [reason for reason in ExitReason if reason is not ExitReason.HOLD]
    assert [check.code for check in decide().checks] == [rule.reason.value for rule in EXIT_RULES]


def test_the_evidence_is_the_worked_figures() -> None:
    # Marks 0.0070 and 0.0030 with books 0.0001 to each side; credit 0.0040, fees 0.0003 each way.
    evidence = decide().evidence

    assert (evidence.mark_coin, evidence.natural_coin, evidence.expected_close_coin) == (dec("0.0040"), dec("0.0042"), dec("0.00407"))
    assert evidence.profit_frac == 0.0
    assert evidence.profit_net_frac == pytest.approx((0.0037 - 0.00407 - 0.0003) / 0.0037)
    assert (evidence.short_delta, evidence.dvol_change_pts, evidence.dte_days) == (0.12, 0.0, 17.75)
    assert evidence.otm_frac == pytest.approx(250 / 2000)


def test_a_manual_close_comes_before_everything() -> None:
    decision = at(EXPIRY_AT, is_manual=True, is_locked=True)

    assert (decision.reason, decision.action, decision.priority, decision.urgency) == (ExitReason.MANUAL, ExitAction.CLOSE, 0, HARD)


@pytest.mark.parametrize(
    ("minutes", "delivery", "reason", "escalates"),
    [
        (-1, "1900", ExitReason.BLACKOUT, False),
        (0, "1900", ExitReason.SETTLED, False),
        (0, None, ExitReason.BLACKOUT, False),
        (4.99, None, ExitReason.BLACKOUT, False),
        (5, None, ExitReason.SETTLED, False),
        (0, "NaN", ExitReason.BLACKOUT, False),
        (0, "0", ExitReason.BLACKOUT, False),
        (29.9, None, ExitReason.SETTLED, False),
        (30, None, ExitReason.SETTLED, True),
        (30, "1900", ExitReason.SETTLED, False),
    ],
)
def test_a_delivered_trade_is_settled_and_a_missing_price_is_escalated(minutes: float, delivery: str | None, reason: ExitReason, escalates: bool) -> None:
    decision = at(EXPIRY_AT + timedelta(minutes=minutes), delivery_price_usd=None if delivery is None else dec(delivery))

    assert (decision.reason, decision.needs_escalation) == (reason, escalates)


@pytest.mark.parametrize(("clock", "is_blackout"), [((7, 24), False), ((7, 25), True), ((7, 59), True)])
def test_the_blackout_holds_on_the_expiry_day(clock: tuple[int, int], is_blackout: bool) -> None:
    decision = at(EXPIRY_AT.replace(hour=clock[0], minute=clock[1]), short="0.0200")

    assert decision.reason is (ExitReason.BLACKOUT if is_blackout else ExitReason.STOP_LOSS)
    assert decision.action is (ExitAction.HOLD if is_blackout else ExitAction.CLOSE)


def test_the_blackout_of_another_day_does_not_stop_an_exit() -> None:
    assert at(datetime(2026, 3, 19, 7, 30, tzinfo=UTC), short="0.0200").reason is ExitReason.STOP_LOSS


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"is_locked": True}, "venue_locked"),
        ({"spread": leg_changed(marked("0.0200", "0.0030"), "short", state=BookState.LOCKED)}, "book_not_open"),
        ({"spread": leg_changed(marked("0.0200", "0.0030"), "long", state=BookState.HALTED), "is_locked": True}, "book_not_open,venue_locked"),
    ],
)
def test_a_closed_book_is_waited_for(changes, cause: str) -> None:
    decision = decide(**changes)

    assert decision.reason is ExitReason.BLACKOUT
    assert decision.checks[2].cause == cause


@pytest.mark.parametrize(
    ("leg", "changes", "is_data"),
    [
        ("short", {"mark_coin": None}, True),
        ("short", {"ask_coin": None}, True),
        ("long", {"mark_coin": None}, True),
        ("long", {"bid_coin": None}, False),
        ("long", {"ask_coin": None}, False),
        ("short", {"bid_coin": None}, False),
        ("short", {"ask_coin": dec("NaN")}, True),
        ("short", {"ask_coin": dec("Infinity")}, True),
        ("short", {"mark_coin": dec("-0.001")}, True),
        ("short", {"mark_coin": dec("1e300")}, True),
        ("short", {"quoted_at": NOW - timedelta(seconds=30)}, False),
        ("short", {"quoted_at": NOW - timedelta(seconds=31)}, True),
        ("long", {"quoted_at": NOW - timedelta(seconds=31)}, True),
        ("long", {"recorded_at": NOW - timedelta(hours=10)}, False),
        ("long", {"recorded_at": NOW - timedelta(hours=10.1)}, True),
    ],
)
def test_missing_or_stale_quotes_hold_and_alert(leg: str, changes, is_data: bool) -> None:
    decision = decide(spread=leg_changed(marked("0.0070", "0.0030"), leg, **changes))

    assert decision.reason is (ExitReason.DATA if is_data else ExitReason.HOLD)
    assert decision.action is ExitAction.HOLD


@pytest.mark.parametrize(("misses", "escalates"), [(0, False), (1, True), (5, True)])
def test_the_second_miss_in_a_row_is_escalated(misses: int, escalates: bool) -> None:
    blind = leg_changed(marked("0.0070", "0.0030"), "short", mark_coin=None)

    assert decide(spread=blind, stale_misses=misses).needs_escalation is escalates
    assert not decide(stale_misses=misses).needs_escalation


def test_a_missing_dvol_skips_only_the_volatility_stop() -> None:
    decision = decide(dvol_pts=None)

    assert unseen(decision) == ["vol_stop"]
    assert decision.reason is ExitReason.HOLD


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"margin_usage_frac": 0.6999}, ExitReason.HOLD),
        ({"margin_usage_frac": 0.70}, ExitReason.MARGIN),
        ({"margin_usage_frac": 0.90, "has_worst_delta": False}, ExitReason.HOLD),
        ({"margin_usage_frac": None}, ExitReason.HOLD),
        ({"margin_usage_frac": math.nan}, ExitReason.HOLD),
        ({"spread": marked("0.012999", "0.0030")}, ExitReason.HOLD),
        ({"spread": marked("0.0130", "0.0030")}, ExitReason.STOP_LOSS),
        ({"spread": marked("0.0131", "0.0030")}, ExitReason.STOP_LOSS),
        ({"dvol_pts": 69.9}, ExitReason.HOLD),
        ({"dvol_pts": 70.0}, ExitReason.VOL_STOP),
        ({"dvol_pts": 70.1}, ExitReason.VOL_STOP),
        ({"spread": marked("0.0070", "0.0030", delta=-0.2999)}, ExitReason.HOLD),
        ({"spread": marked("0.0070", "0.0030", delta=-0.30)}, ExitReason.DELTA_BREACH),
        ({"spread": marked("0.0070", "0.0030", delta=-0.301)}, ExitReason.DELTA_BREACH),
        ({"spread": marked("0.0070", "0.0030", delta=-0.20), "worst_4h_move_frac": -0.0599}, ExitReason.HOLD),
        ({"spread": marked("0.0070", "0.0030", delta=-0.20), "worst_4h_move_frac": -0.06}, ExitReason.ADVERSE_MOVE),
        ({"spread": marked("0.0070", "0.0030", delta=-0.1999), "worst_4h_move_frac": -0.10}, ExitReason.HOLD),
        ({"worst_4h_move_frac": None}, ExitReason.HOLD),
    ],
)
def test_the_hard_stops_fire_at_their_limits(changes, reason: ExitReason) -> None:
    decision = decide(**changes)

    assert decision.reason is reason
    if reason is not ExitReason.HOLD:
        assert (decision.action, decision.urgency) == (ExitAction.CLOSE, HARD)


def test_another_trade_with_a_worse_delta_is_closed_first() -> None:
    assert decide(margin_usage_frac=0.9, has_worst_delta=False).checks[4].cause == "another_trade_first"


@pytest.mark.parametrize(
    ("days", "index", "reason"),
    [
        (1.0, "1804", ExitReason.PIN_RISK),
        (1.0, "1804.13", ExitReason.TIME_STOP),
        (1.01, "1780", ExitReason.TIME_STOP),
        (0.5, "1700", ExitReason.PIN_RISK),
        (0.5, "1600", ExitReason.PIN_RISK),
    ],
)
def test_a_short_strike_near_on_the_last_day_is_closed(days: float, index: str, reason: ExitReason) -> None:
    assert at(days_left(days), index_usd=dec(index)).reason is reason


@pytest.mark.parametrize(
    ("days", "short", "index", "reason"),
    [
        (1.0, "0.0006", "2000", ExitReason.EXPIRE),
        (1.0, "0.0007", "2000", ExitReason.PROFIT_TAKE),
        (1.01, "0.0006", "2000", ExitReason.PROFIT_TAKE),
        (1.0, "0.0006", "1804.2", ExitReason.EXPIRE),
        (1.0, "0.0006", "1804", ExitReason.PIN_RISK),
    ],
)
def test_a_worthless_spread_far_from_its_strike_is_left_to_expire(days: float, short: str, index: str, reason: ExitReason) -> None:
    # 10 % of the credit of 0.0040 is a mark of 0.0004.
    decision = at(days_left(days), short=short, long="0.0002", index_usd=dec(index))

    assert decision.reason is reason
    if reason is ExitReason.EXPIRE:
        assert (decision.action, decision.urgency) == (ExitAction.LET_EXPIRE, NONE)


@pytest.mark.parametrize(("short", "reason"), [("0.004481", ExitReason.HOLD), ("0.00448", ExitReason.PROFIT_TAKE), ("0.0040", ExitReason.PROFIT_TAKE)])
def test_half_of_the_net_credit_takes_the_profit(short: str, reason: ExitReason) -> None:
    # X = M + 0.35 * 0.0002 and U_net = (0.0037 - X - 0.0003) / 0.0037 is one half at M = 0.00148.
    decision = decide(spread=marked(short, "0.0030"))

    assert decision.reason is reason
    assert (decision.evidence.profit_net_frac >= 0.50) is (reason is ExitReason.PROFIT_TAKE)
    assert decision.urgency is (SOFT if reason is ExitReason.PROFIT_TAKE else NONE)


@pytest.mark.parametrize(
    ("days", "unanswered", "urgency"),
    [(7.01, 0, NONE), (7.0, 0, SOFT), (6.0, 1, SOFT), (6.0, 2, HARD), (5.0, 3, HARD)],
)
def test_the_last_week_asks_to_close_and_insists_after_the_second_silence(days: float, unanswered: int, urgency: ExitUrgency) -> None:
    decision = at(days_left(days), unanswered_time_stops=unanswered)

    assert decision.urgency is urgency
    assert decision.reason is (ExitReason.HOLD if urgency is NONE else ExitReason.TIME_STOP)


@pytest.mark.parametrize(("short", "holds"), [("0.00421", False), ("0.0042", True)])
def test_a_trade_that_earned_seventy_percent_is_not_timed_out(short: str, holds: bool) -> None:
    # A closing fee as large as the credit keeps the profit take silent here.
    decision = at(days_left(6), short=short, close_fee_coin=dec("0.0040"))

    assert ("time_stop" in fired(decision)) is not holds


@pytest.mark.parametrize(
    ("hours", "short", "delta", "reason"),
    [
        (24, "0.0071", -0.20, ExitReason.EVENT_GUARD),
        (24.1, "0.0071", -0.20, ExitReason.HOLD),
        (0, "0.0071", -0.20, ExitReason.EVENT_GUARD),
        (-1, "0.0071", -0.20, ExitReason.HOLD),
        (24, "0.0070", -0.20, ExitReason.HOLD),
        (24, "0.0071", -0.1999, ExitReason.HOLD),
    ],
)
def test_a_weak_trade_before_a_release_is_proposed_for_closing(hours: float, short: str, delta: float, reason: ExitReason) -> None:
    decision = decide(spread=marked(short, "0.0030", delta=delta), high_event_at=NOW + timedelta(hours=hours))

    assert decision.reason is reason
    assert decision.urgency is (SOFT if reason is ExitReason.EVENT_GUARD else NONE)


@pytest.mark.parametrize(
    ("strategy", "bias", "flips"),
    [
        (Strategy.BULL_PUT, Bias.BEAR, True),
        (Strategy.BULL_PUT, Bias.BULL, False),
        (Strategy.BULL_PUT, Bias.NO_ENTRY, False),
        (Strategy.BEAR_CALL, Bias.BULL, True),
        (Strategy.BEAR_CALL, Bias.BEAR, False),
        (Strategy.BULL_PUT, None, False),
    ],
)
def test_a_reversed_bias_only_alerts(strategy: Strategy, bias: Bias | None, flips: bool) -> None:
    whole = spread(1750, 1650) if strategy is Strategy.BULL_PUT else spread(2250, 2350, strategy=strategy)
    decision = decide(spread=whole, credit_coin=whole.mark_coin, bias_now=bias)

    assert (decision.reason is ExitReason.BIAS_FLIP) is flips
    assert decision.action is (ExitAction.ALERT if flips else ExitAction.HOLD)


def test_the_move_of_a_bear_call_and_its_distance_are_measured_upwards() -> None:
    decision = decide(spread=spread(2250, 2350, strategy=Strategy.BEAR_CALL), bias_now=Bias.BEAR)

    assert decision.evidence.otm_frac == pytest.approx(0.125)
    assert decision.evidence.short_delta == pytest.approx(greeks(OptionType.CALL, F=2000, K=2250, sigma=IV_FRAC, T=17.75 / 365).delta)


def test_the_first_of_several_rules_that_fire_decides() -> None:
    decision = at(days_left(1), short="0.0200", delta=-0.40, dvol_pts=80.0, index_usd=dec(1700), bias_now=Bias.BEAR)

    assert fired(decision) == ["stop_loss", "vol_stop", "delta_breach", "pin_risk", "time_stop", "bias_flip"]
    assert decision.reason is ExitReason.STOP_LOSS


@pytest.mark.parametrize(
    ("days", "short", "reason"), [(0.99, "0.0600", ExitReason.HOLD), (0.99, "0.0550", ExitReason.STOP_LOSS), (1.0, "0.0600", ExitReason.STOP_LOSS)]
)
def test_on_the_last_day_a_loss_that_is_already_whole_is_held(days: float, short: str, reason: ExitReason) -> None:
    # The width is worth 100/1700 = 0.0588 ETH; 95 % of it is 0.0559.
    decision = at(days_left(days), short=short, long="0.0010", index_usd=dec(1700), delta=-0.9)

    assert decision.reason is reason
    if reason is ExitReason.HOLD:
        assert decision.checks[5].cause == "held_at_max_loss"
        assert not fired(decision)


def test_a_manual_close_and_the_margin_rule_do_not_yield_at_max_loss() -> None:
    lost = {"short": "0.0600", "long": "0.0010", "index_usd": dec(1700)}

    assert at(days_left(0.5), is_manual=True, **lost).reason is ExitReason.MANUAL
    assert at(days_left(0.5), margin_usage_frac=0.8, **lost).reason is ExitReason.MARGIN


def test_without_greeks_delta_comes_from_the_volatility() -> None:
    blind = leg_changed(marked("0.0070", "0.0030"), "short", greeks=None)

    assert decide(spread=blind).evidence.short_delta == pytest.approx(0.1411, abs=1e-4)


def test_without_a_delta_its_rules_say_so() -> None:
    blind = leg_changed(marked("0.0071", "0.0030"), "short", greeks=None, iv_frac=None)

    assert unseen(decide(spread=blind, high_event_at=NOW)) == ["delta_breach", "adverse_move", "event_guard"]


def test_without_an_index_and_a_bias_their_rules_say_so() -> None:
    assert unseen(decide(index_usd=None, bias_now=None)) == ["pin_risk", "expire", "bias_flip"]


@pytest.mark.parametrize("credit", ["0", "-0.001", "NaN", "Infinity"])
def test_an_impossible_credit_leaves_the_profit_rules_unseen(credit: str) -> None:
    assert unseen(decide(credit_coin=dec(credit))) == ["stop_loss", "expire", "profit_take", "time_stop"]


def test_a_credit_eaten_by_its_fee_has_no_net_profit() -> None:
    assert decide(open_fee_coin=dec("0.0040")).evidence.profit_net_frac is None


DECIMALS = (
    st.none()
    | st.sampled_from([dec("NaN"), dec("sNaN"), dec("Infinity"), dec("-Infinity"), dec(0), dec("1e300"), dec("-1e300"), dec("1e-300")])
    | st.decimals()
)
FLOATS = st.none() | st.floats()
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
GREEKS = st.none() | st.builds(Greeks, delta=st.floats(), gamma_per_usd=st.floats(), vega_usd_per_pt=st.floats(), theta_usd_per_day=st.floats())


def quotes(strike: int, option_type: OptionType) -> st.SearchStrategy[Quote]:
    return st.builds(
        Quote,
        instrument=st.just(instrument(strike, option_type)),
        quoted_at=st.just(NOW) | INSTANTS,
        state=st.sampled_from([BookState.OPEN, BookState.OPEN, BookState.INACTIVE]),
        bid_coin=DECIMALS,
        ask_coin=DECIMALS,
        mark_coin=DECIMALS,
        iv_frac=FLOATS,
        greeks=GREEKS,
        forward_usd=DECIMALS,
        recorded_at=st.none() | INSTANTS,
    )


PUT_SIDES = st.builds(Vertical, short=quotes(1750, OptionType.PUT), long=quotes(1650, OptionType.PUT))
CALL_SIDES = st.builds(Vertical, short=quotes(2250, OptionType.CALL), long=quotes(2350, OptionType.CALL))
SPREADS = st.builds(Spread, verticals=st.tuples(PUT_SIDES) | st.tuples(CALL_SIDES) | st.tuples(PUT_SIDES, CALL_SIDES))


@given(st.data())
def test_no_garbage_makes_the_decision_raise(data: st.DataObject) -> None:
    drawn = data.draw(
        st.fixed_dictionaries(
            {
                "now": st.just(NOW) | INSTANTS,
                "spread": SPREADS | st.just(marked("0.0070", "0.0030")),
                "credit_coin": DECIMALS.filter(lambda value: value is not None),
                "open_fee_coin": DECIMALS.filter(lambda value: value is not None),
                "close_fee_coin": DECIMALS.filter(lambda value: value is not None),
                "dvol_entry_pts": st.floats(),
                "dvol_pts": FLOATS,
                "index_usd": DECIMALS,
                "worst_4h_move_frac": FLOATS,
                "margin_usage_frac": FLOATS,
                "has_worst_delta": st.booleans(),
                "high_event_at": st.none() | INSTANTS,
                "bias_now": st.none() | st.sampled_from(Bias),
                "delivery_price_usd": DECIMALS,
                "is_manual": st.booleans(),
                "is_locked": st.booleans(),
            }
        )
    )
    decision = decide(**drawn)

    assert len(decision.checks) == len(EXIT_RULES)
    assert decision.reason is ExitReason.HOLD or decision.checks[decision.priority].verdict is Verdict.FAILED
    figures = (decision.evidence.profit_frac, decision.evidence.profit_net_frac, decision.evidence.short_delta, decision.evidence.otm_frac)
    assert all(figure is None or math.isfinite(figure) for figure in figures)


@given(st.decimals("0.0001", "0.05", places=4), st.decimals("0", "0.05", places=4), st.floats(-0.99, 0), st.floats(40, 100))
def test_a_lower_stop_never_keeps_a_trade_that_a_higher_one_closed(short: Decimal, long: Decimal, delta: float, dvol: float) -> None:
    inputs = exit_inputs(spread=marked(str(short), str(long), delta=delta), dvol_pts=dvol)
    tight = replace(RULES, exit=replace(RULES.exit, stop_loss_x_credit=dec(2), vol_stop_pts=8.0, short_delta_breach=0.25))
    hard_before = evaluate(inputs, RULES).urgency is HARD

    assert evaluate(inputs, tight).urgency is HARD or not hard_before


def test_planned_exits_are_where_the_rules_fire() -> None:
    terms = OpenTerms(credit_coin=dec("0.0040"), open_fee_coin=dec("0.0003"), close_fee_coin=dec("0.0003"), dvol_entry_pts=60.0)
    planned = exit_prices(spread(), terms, index_usd=INDEX_USD, now=NOW, rules=RULES.exit)
    stop_delta = greeks(OptionType.PUT, F=planned.delta_stops_spot_usd[0], K=1750, sigma=IV_FRAC, T=years_between(NOW, EXPIRY_AT)).delta

    assert planned.profit_take_debit_coin == dec("0.00155")
    assert planned.stop_loss_mark_coin == dec("0.0100")
    assert planned.vol_stop_dvol_pts == 70.0
    assert stop_delta == pytest.approx(-0.30)
    assert 1750 < planned.delta_stops_spot_usd[0] < 2000
    assert planned.time_stop_at == EXPIRY_AT - timedelta(days=7)


@pytest.mark.parametrize("changes", [{"iv_frac": None}, {"forward_usd": None}])
def test_the_spot_of_the_delta_stop_needs_a_volatility_and_a_forward(changes) -> None:
    terms = OpenTerms(credit_coin=dec("0.0040"), open_fee_coin=dec("0.0003"), close_fee_coin=dec("0.0003"), dvol_entry_pts=60.0)

    assert exit_prices(leg_changed(spread(), "short", **changes), terms, index_usd=INDEX_USD, now=NOW, rules=RULES.exit).delta_stops_spot_usd == (None,)


def test_past_expiry_there_is_no_spot_of_the_delta_stop() -> None:
    terms = OpenTerms(credit_coin=dec("0.0040"), open_fee_coin=dec("0.0003"), close_fee_coin=dec("0.0003"), dvol_entry_pts=60.0)

    assert exit_prices(spread(), terms, index_usd=INDEX_USD, now=EXPIRY_AT, rules=RULES.exit).delta_stops_spot_usd == (None,)
