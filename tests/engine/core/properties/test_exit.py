"""The exit table over any trade and any garbage: one answer, the first row that fired, and no rule without its figure."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.decision import Verdict
from engine.core.exit_decision import EXIT_RULES, HOLD_PRIORITY, evaluate
from engine.core.exit_prices import OpenTerms, exit_prices
from engine.core.model import Bias, BookState, ExitAction, ExitDecision, ExitInputs, ExitReason, Greeks, OptionType, Spread
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, RULES, dec, every_leg_changed, exit_inputs, leg_changed

from .worlds import SPREADS, moved, rule_keys, with_rule

GARBAGE_DECIMALS = st.sampled_from([None, *(dec(text) for text in ("NaN", "sNaN", "Infinity", "-Infinity", "0", "-1", "1e300", "-1e300", "1e-300"))])
GARBAGE_FLOATS = st.sampled_from([None, math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300, -1e300, 1e-300])
FEW = settings(max_examples=60)
KINDS = st.sampled_from(sorted(SPREADS))
INSTANTS = st.datetimes(datetime(2026, 2, 1), datetime(2026, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds
ALL_REASONS = [rule.reason for rule in EXIT_RULES]


def trade(kind: str, **changes: Any) -> ExitInputs:
    """A trade of any kind opened at its present mark, with nothing against it."""
    spread = SPREADS[kind]
    credit_coin, unit = spread.mark_coin, spread.family.coin_of_eth(dec("0.0003"), index_usd=INDEX_USD)
    healthy = exit_inputs(spread=spread, credit_coin=credit_coin, open_fee_coin=unit, close_fee_coin=unit, bias_now=None)
    return replace(healthy, **changes)


def decide(inputs: ExitInputs) -> ExitDecision:
    return evaluate(inputs, RULES)


def fired(decision: ExitDecision) -> list[ExitReason]:
    return [rule.reason for rule, check in zip(EXIT_RULES, decision.checks, strict=True) if check.verdict is Verdict.FAILED]


@st.composite
def trades(draw: st.DrawFn) -> ExitInputs:
    """A trade of any kind at any time with finite figures around the limits of the table."""
    kind = draw(KINDS)
    inputs = trade(kind)
    now = draw(st.just(NOW) | st.sampled_from([EXPIRY_AT - timedelta(hours=hours) for hours in (0, 1, 20, 24, 100, 168, 200)]))
    spread = every_leg_changed(inputs.spread, quoted_at=now)
    for side in range(len(spread.verticals)):
        delta = draw(st.floats(0.02, 0.6)) * (-1.0 if spread.verticals[side].option_type is OptionType.PUT else 1.0)
        mark = spread.verticals[side].short.mark_coin * draw(st.decimals("0.1", "6", places=2))
        greeks = replace(spread.verticals[side].short.greeks, delta=delta)
        spread = leg_changed(spread, "short", side=side, mark_coin=mark, bid_coin=mark * dec("0.98"), ask_coin=mark * dec("1.02"), greeks=greeks)
    return replace(
        inputs,
        now=now,
        spread=spread,
        dvol_pts=draw(st.floats(40, 90)),
        index_usd=draw(st.decimals("1600", "2500", places=0)),
        worst_4h_move_frac=draw(st.floats(-0.15, 0.05)),
        margin_usage_frac=draw(st.floats(0, 1)),
        has_worst_delta=draw(st.booleans()),
        high_event_at=draw(st.none() | st.integers(-5, 48).map(lambda hours: now + timedelta(hours=hours))),
        bias_now=draw(st.none() | st.sampled_from(Bias)),
        is_manual=draw(st.sampled_from([False, False, False, True])),
        is_locked=draw(st.sampled_from([False, False, False, True])),
    )


def is_one_answer(decision: ExitDecision) -> bool:
    """The decision is the first fired row of the table, or HOLD when none fired."""
    rows = [rule for rule in EXIT_RULES if rule.reason in fired(decision)]
    if not rows:
        return (decision.action, decision.reason, decision.priority) == (ExitAction.HOLD, ExitReason.HOLD, HOLD_PRIORITY)
    return (decision.action, decision.reason, decision.priority) == (rows[0].action, rows[0].reason, rows[0].priority)


def test_the_table_is_in_the_order_of_its_priorities_and_has_every_reason() -> None:
    assert [rule.priority for rule in EXIT_RULES] == list(range(HOLD_PRIORITY))
    assert {*ALL_REASONS, ExitReason.HOLD} == set(ExitReason)


@given(trades())
def test_every_trade_gets_one_answer_and_it_is_the_first_row_that_fired(inputs: ExitInputs) -> None:
    decision = decide(inputs)

    assert is_one_answer(decision)
    assert [check.rule for check in decision.checks] == [f"X{rule.priority:02d}" for rule in EXIT_RULES]


@given(trades())
def test_the_order_of_the_verticals_decides_nothing(inputs: ExitInputs) -> None:
    turned = replace(inputs, spread=Spread(verticals=inputs.spread.verticals[::-1]))

    assert fired(decide(turned)) == fired(decide(inputs))


# Garbage in one place at a time, of every field there is.

DECIMAL_INPUTS = ("credit_coin", "open_fee_coin", "close_fee_coin", "index_usd", "delivery_price_usd")
FLOAT_INPUTS = ("dvol_entry_pts", "dvol_pts", "worst_4h_move_frac", "margin_usage_frac")
OTHER_INPUTS = {
    "now": INSTANTS,
    "opened_at": INSTANTS,
    "has_worst_delta": st.booleans(),
    "high_event_at": st.none() | INSTANTS,
    "bias_now": st.none() | st.sampled_from(Bias),
    "stale_misses": st.integers(-1, 9),
    "unanswered_time_stops": st.integers(-1, 9),
    "is_locked": st.booleans(),
    "is_manual": st.booleans(),
}
DECIMAL_FIGURES = (
    "bid_coin",
    "ask_coin",
    "mark_coin",
    "bid_size_eth",
    "ask_size_eth",
    "open_interest_eth",
    "volume_24h_eth",
    "forward_usd",
)
GREEKS = st.none() | st.builds(
    Greeks,
    delta=GARBAGE_FLOATS.filter(lambda value: value is not None),
    gamma_per_usd=GARBAGE_FLOATS.filter(lambda value: value is not None),
    vega_usd_per_pt=st.just(1.0),
    theta_usd_per_day=st.floats(),
)
OTHER_FIGURES = {
    "iv_frac": GARBAGE_FLOATS,
    "greeks": GREEKS,
    "state": st.sampled_from(BookState),
    "quoted_at": INSTANTS,
    "recorded_at": st.none() | INSTANTS,
    "modelled": st.just(()),
}
NEEDED = {"credit_coin", "open_fee_coin", "close_fee_coin", "dvol_entry_pts"}


def garbage_of(name: str) -> st.SearchStrategy[Any]:
    known = dict.fromkeys(DECIMAL_INPUTS, GARBAGE_DECIMALS) | dict.fromkeys(FLOAT_INPUTS, GARBAGE_FLOATS) | OTHER_INPUTS
    return known[name].filter(lambda value: value is not None) if name in NEEDED else known[name]


def figure_of(name: str) -> st.SearchStrategy[Any]:
    return (dict.fromkeys(DECIMAL_FIGURES, GARBAGE_DECIMALS) | OTHER_FIGURES)[name]


def test_every_field_has_its_garbage() -> None:
    inputs, quote = trade("inverse condor"), SPREADS["inverse condor"].verticals[0].short

    assert {*DECIMAL_INPUTS, *FLOAT_INPUTS, *OTHER_INPUTS, "spread"} == {field.name for field in fields(inputs)}
    assert {*DECIMAL_FIGURES, *OTHER_FIGURES, "instrument"} == {field.name for field in fields(quote)}


@given(trades(), st.data())
def test_garbage_anywhere_still_gets_one_answer(inputs: ExitInputs, data: st.DataObject) -> None:
    for name in data.draw(st.sets(st.sampled_from([*DECIMAL_INPUTS, *FLOAT_INPUTS, *OTHER_INPUTS]), max_size=3)):
        inputs = replace(inputs, **{name: data.draw(garbage_of(name), label=name)})
    for name in data.draw(st.sets(st.sampled_from([*DECIMAL_FIGURES, *OTHER_FIGURES]), max_size=3)):
        place = data.draw(st.tuples(st.integers(0, len(inputs.spread.verticals) - 1), st.sampled_from(["short", "long"])))
        changed = leg_changed(inputs.spread, place[1], side=place[0], **{name: data.draw(figure_of(name), label=name)})
        inputs = replace(inputs, spread=changed)
    decision = decide(inputs)
    evidence = decision.evidence

    assert is_one_answer(decision)
    figures = (evidence.profit_frac, evidence.profit_net_frac, evidence.short_delta, evidence.dvol_change_pts, evidence.otm_frac)
    assert all(figure is None or math.isfinite(figure) for figure in figures)


# Which rows need which figure: without it they may not fire.
NEEDS: dict[str, set[ExitReason]] = {
    "margin_usage_frac": {ExitReason.MARGIN},
    "dvol_pts": {ExitReason.VOL_STOP},
    "worst_4h_move_frac": {ExitReason.ADVERSE_MOVE},
    "index_usd": {ExitReason.PIN_RISK, ExitReason.EXPIRE},
    "credit_coin": {ExitReason.STOP_LOSS, ExitReason.EXPIRE, ExitReason.PROFIT_TAKE, ExitReason.TIME_STOP, ExitReason.EVENT_GUARD},
    "open_fee_coin": {ExitReason.PROFIT_TAKE},
    "close_fee_coin": {ExitReason.PROFIT_TAKE},
}


@given(trades(), st.sampled_from(sorted(NEEDS)))
def test_a_figure_that_is_not_a_number_never_fires_a_rule_that_needs_it(inputs: ExitInputs, name: str) -> None:
    broken = replace(inputs, **{name: math.nan if name in FLOAT_INPUTS else dec("NaN")})

    assert not set(fired(decide(broken))) & NEEDS[name]


@given(trades(), st.data())
def test_without_a_mark_no_rule_about_it_fires_and_the_data_row_does(inputs: ExitInputs, data: st.DataObject) -> None:
    side = data.draw(st.integers(0, len(inputs.spread.verticals) - 1))
    leg = data.draw(st.sampled_from(["short", "long"]))
    garbage = data.draw(st.sampled_from([None, dec("NaN"), dec("-1"), dec("1e300"), dec("Infinity")]))
    decision = decide(replace(inputs, spread=leg_changed(inputs.spread, leg, side=side, mark_coin=garbage)))

    assert not set(fired(decision)) & {*NEEDS["credit_coin"]} - {ExitReason.PROFIT_TAKE}
    assert ExitReason.DATA in fired(decision)


@given(trades())
def test_without_a_delta_of_any_leg_no_rule_about_delta_fires(inputs: ExitInputs) -> None:
    blind = every_leg_changed(inputs.spread, greeks=None, iv_frac=None)

    assert not set(fired(decide(replace(inputs, spread=blind)))) & {ExitReason.DELTA_BREACH, ExitReason.ADVERSE_MOVE, ExitReason.EVENT_GUARD}


# Worse for the trade never fires less.

STOPS = {ExitReason.MARGIN, ExitReason.STOP_LOSS, ExitReason.VOL_STOP, ExitReason.DELTA_BREACH, ExitReason.ADVERSE_MOVE}
WORSE = st.decimals("1", "4", places=2)


@FEW
@given(trades(), WORSE, st.integers(0, 1))
def test_a_dearer_mark_never_silences_a_stop_and_never_lets_expire_or_takes_profit(inputs: ExitInputs, times: Decimal, side: int) -> None:
    side %= len(inputs.spread.verticals)
    short = inputs.spread.verticals[side].short
    dearer = leg_changed(inputs.spread, "short", side=side, mark_coin=short.mark_coin * times)
    before, after = set(fired(decide(inputs))), set(fired(decide(replace(inputs, spread=dearer))))

    assert before & STOPS <= after
    assert ExitReason.EXPIRE not in after - before


@FEW
@given(trades(), WORSE, st.integers(0, 1))
def test_a_dearer_book_never_takes_a_profit_that_was_not_there(inputs: ExitInputs, times: Decimal, side: int) -> None:
    side %= len(inputs.spread.verticals)
    short = inputs.spread.verticals[side].short
    dearer = leg_changed(inputs.spread, "short", side=side, bid_coin=short.bid_coin * times, ask_coin=short.ask_coin * times)

    assert ExitReason.PROFIT_TAKE not in set(fired(decide(replace(inputs, spread=dearer)))) - set(fired(decide(inputs)))


MORE = st.floats(0, 0.5)


@FEW
@given(trades(), MORE, st.sampled_from(["dvol_pts", "margin_usage_frac", "worst_4h_move_frac"]))
def test_a_worse_figure_never_silences_its_stop(inputs: ExitInputs, more: float, name: str) -> None:
    worse = {
        "dvol_pts": lambda: inputs.dvol_pts + 40 * more,
        "margin_usage_frac": lambda: inputs.margin_usage_frac + more,
        "worst_4h_move_frac": lambda: inputs.worst_4h_move_frac - more,
    }

    assert set(fired(decide(inputs))) & STOPS <= set(fired(decide(replace(inputs, **{name: worse[name]()}))))


@FEW
@given(trades(), MORE, st.integers(0, 1))
def test_a_bigger_delta_never_silences_a_rule_about_delta(inputs: ExitInputs, more: float, side: int) -> None:
    side %= len(inputs.spread.verticals)
    greeks = inputs.spread.verticals[side].short.greeks
    bigger = replace(greeks, delta=math.copysign(min(abs(greeks.delta) + more, 1.0), greeks.delta))
    worse = replace(inputs, spread=leg_changed(inputs.spread, "short", side=side, greeks=bigger))

    assert set(fired(decide(inputs))) <= set(fired(decide(worse)))


@given(trades(), st.integers(0, 1))
def test_a_side_whose_delta_is_not_known_never_adds_a_stop(inputs: ExitInputs, side: int) -> None:
    side %= len(inputs.spread.verticals)
    blind = leg_changed(inputs.spread, "short", side=side, greeks=None, iv_frac=None)

    assert set(fired(decide(replace(inputs, spread=blind)))) <= set(fired(decide(inputs)))


KEYS = rule_keys(RULES)
# In which direction each number of the exit table makes it close earlier; its two warnings and counts fire nothing.
EARLIER = {
    "exit.margin_usage_close_frac": -1,
    "exit.stop_loss_x_credit": -1,
    "exit.vol_stop_pts": -1,
    "exit.short_delta_breach": -1,
    "exit.adverse_move.move_frac": -1,
    "exit.adverse_move.short_delta_min": -1,
    "exit.pin_risk.dte_max_d": 1,
    "exit.pin_risk.otm_min_frac": 1,
    "exit.let_expire.dte_max_d": 1,
    "exit.let_expire.otm_min_frac": -1,
    "exit.let_expire.mark_over_credit_max_frac": 1,
    "exit.profit_take_net_frac": -1,
    "exit.time_stop_dte_d": 1,
    "exit.time_stop_hold_above_profit_frac": 1,
    "exit.event_guard.high_event_within_h": 1,
    "exit.event_guard.short_delta_min": -1,
}
FIRES_NOTHING = {"exit.margin_usage_warn_frac", "exit.stale_misses_escalate", "exit.adverse_move.window_h"}


def test_the_table_of_directions_knows_every_number_of_the_exit_rules() -> None:
    assert set(EARLIER) | FIRES_NOTHING == {key for key in KEYS if key.startswith("exit.")}


@given(trades(), st.sampled_from(sorted(EARLIER)), st.floats(0.001, 0.9))
def test_an_earlier_limit_never_keeps_what_a_later_one_closed(inputs: ExitInputs, key: str, share: float) -> None:
    earlier = with_rule(RULES, key, moved(KEYS[key], EARLIER[key], share))

    assert set(fired(decide(inputs))) <= set(fired(evaluate(inputs, earlier)))


@given(trades(), st.data())
def test_planned_exits_never_raise(inputs: ExitInputs, data: st.DataObject) -> None:
    spread = inputs.spread
    for name in ("iv_frac", "forward_usd", "greeks"):
        spread = leg_changed(spread, "short", **{name: data.draw(figure_of(name))})
    terms = OpenTerms(credit_coin=inputs.credit_coin, open_fee_coin=dec(0), close_fee_coin=dec(0), dvol_entry_pts=60.0)
    planned = exit_prices(spread, terms, index_usd=INDEX_USD, now=inputs.now, rules=RULES.exit)

    assert len(planned.delta_stops_spot_usd) == len(spread.verticals)
    assert all(level is None or math.isfinite(level) for level in planned.delta_stops_spot_usd)
