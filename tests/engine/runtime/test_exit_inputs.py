"""What the exit table is given of an open trade: a dead feed is an absence, and one trade frees margin first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.decision import Verdict
from engine.core.exit_decision import evaluate
from engine.core.lifecycle import TradeState
from engine.core.model import ExitDecision, ExitReason, MacroCalendar, MacroEvent, MarketSnapshot, OptionType, Severity, Spread
from engine.runtime.gather import Gathered
from engine.runtime.positions import Look, exit_inputs
from engine.state.records import NewTrade, TradeRecord
from tests.engine.core.builders import COVERED_UNTIL, EXPIRY_AT, NOW, RULES, WEALTH, dec, every_leg_changed, leg_changed, marked, read, snapshot
from tests.engine.state.builders import new_trade, side

HEALTHY = marked("0.0070", "0.0030")
# Maintenance of 0.075 and the mark of 0.0070 is asked for of every ETH sold.
PER_ETH = dec("0.082")


def trade(trade_id: int = 1, **changes: Any) -> TradeRecord:
    """An open 1750/1650 put spread of credit 0.0040, looked at for the first time."""
    base = replace(
        new_trade(trade_id), expiry_at=EXPIRY_AT, sides=(side(OptionType.PUT, 1750, 1650, mid_coin="0.0040"),), quantity_eth=dec(1), dvol_entry_pts=60.0
    )
    known = {field.name: getattr(base, field.name) for field in fields(NewTrade)}
    unset = {field.name: None for field in fields(TradeRecord) if field.name not in known}
    opened = {
        "trade_id": trade_id,
        "state": TradeState.OPEN,
        "created_at": NOW - timedelta(days=1),
        "opened_at": NOW - timedelta(days=1),
        "credit_coin": dec("0.0040"),
        "open_fee_coin": dec("0.0003"),
        "stale_misses": 0,
        "unanswered_time_stops": 0,
    }
    return TradeRecord(**{**unset, **known, **opened, **changes})


def look(trade_id: int = 1, spread: Spread = HEALTHY, *, is_quoted: bool = True, **changes: Any) -> Look:
    return Look(trade=trade(trade_id, **changes), spread=spread, is_quoted=is_quoted, delivery_price_usd=None)


def gathered(**changes: Any) -> Gathered:
    market: MarketSnapshot = snapshot(**changes)
    closes = tuple((NOW - timedelta(hours=hour), 2000.0) for hour in range(24, -1, -1))
    return Gathered(snapshot=market, closes=closes, dvols=(), failures=())


def wealth(equity_eth: Decimal, *, age_s: float = 0.0) -> Any:
    return read(replace(WEALTH, available_funds_eth=equity_eth, initial_margin_eth=dec(0), maintenance_margin_eth=dec(0)), age_s=age_s)


def decided(looked: Look, *others: Look, **market: Any) -> ExitDecision:
    return evaluate(exit_inputs(looked, (looked, *others), gathered(**market), RULES, bias_now=None), RULES)


def verdict(decision: ExitDecision, code: str) -> Verdict:
    return next(check.verdict for check in decision.checks if check.code == code)


def test_a_healthy_trade_in_a_calm_market_is_held() -> None:
    assert decided(look()).reason is ExitReason.HOLD


@pytest.mark.parametrize(("age_s", "reason", "seen"), [(900.0, ExitReason.VOL_STOP, Verdict.FAILED), (900.1, ExitReason.HOLD, Verdict.NOT_EVALUATED)])
def test_a_volatility_index_of_a_quarter_of_an_hour_ago_stops_nothing(age_s: float, reason: ExitReason, seen: Verdict) -> None:
    decision = decided(look(), dvol_pts=read(75.0, age_s=age_s))

    assert (decision.reason, verdict(decision, "vol_stop")) == (reason, seen)


@pytest.mark.parametrize(("age_s", "is_known"), [(60.0, True), (60.1, False)])
def test_an_index_older_than_a_minute_measures_neither_margin_nor_distance(age_s: float, is_known: bool) -> None:
    inputs = exit_inputs(look(), (look(),), gathered(index_usd=read(dec(2000), age_s=age_s), wealth=wealth(PER_ETH)), RULES, bias_now=None)
    decision = evaluate(inputs, RULES)

    assert (inputs.index_usd, inputs.margin_usage_frac) == ((dec(2000), 1.0) if is_known else (None, None))
    assert decision.reason is (ExitReason.MARGIN if is_known else ExitReason.HOLD)
    assert verdict(decision, "margin") is (Verdict.FAILED if is_known else Verdict.NOT_EVALUATED)
    assert (verdict(decision, "pin_risk") is Verdict.NOT_EVALUATED) is not is_known


@pytest.mark.parametrize(("age_s", "is_known"), [(93600.0, True), (93600.1, False)])
def test_an_account_of_the_day_before_yesterday_closes_nothing(age_s: float, is_known: bool) -> None:
    decision = decided(look(), wealth=wealth(PER_ETH, age_s=age_s))

    assert decision.reason is (ExitReason.MARGIN if is_known else ExitReason.HOLD)
    assert verdict(decision, "margin") is (Verdict.FAILED if is_known else Verdict.NOT_EVALUATED)


@pytest.mark.parametrize(("equity", "reason"), [("0.11715", ExitReason.HOLD), ("0.11714", ExitReason.MARGIN), ("0", ExitReason.HOLD)])
def test_margin_is_a_share_of_what_the_account_is_worth(equity: str, reason: ExitReason) -> None:
    """0.082 are 70 % of 0.117142…; of nothing there is no share."""
    assert decided(look(), wealth=wealth(dec(equity))).reason is reason


# Which trade frees margin first.


def with_delta(delta: float | None) -> Spread:
    return leg_changed(HEALTHY, "short", greeks=None, iv_frac=None) if delta is None else marked("0.0070", "0.0030", delta=delta)


def first(looks: Sequence[Look]) -> list[int]:
    """The trades that are closed for margin; the account is worth next to nothing."""
    broke = gathered(wealth=wealth(dec("0.05")))
    return [each.trade.trade_id for each in looks if exit_inputs(each, tuple(looks), broke, RULES, bias_now=None).has_worst_delta]


STALE = every_leg_changed(with_delta(-0.30), quoted_at=NOW - timedelta(seconds=31))


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ((look(1, with_delta(-0.14)), look(2, with_delta(-0.15)), look(3, with_delta(-0.13))), 2),
        ((look(3, with_delta(-0.15)), look(2, with_delta(-0.15)), look(4, with_delta(-0.15))), 2),
        ((look(1, with_delta(-0.29)), look(2, with_delta(None))), 2),
        ((look(2, with_delta(None)), look(1, with_delta(None))), 1),
        ((look(1, STALE), look(2, with_delta(-0.10))), 2),
        ((look(1, with_delta(-0.30), is_quoted=False), look(2, with_delta(-0.10))), 2),
        ((look(1, leg_changed(with_delta(-0.30), "long", mark_coin=None)), look(2, with_delta(-0.10))), 2),
        ((look(1, leg_changed(with_delta(-0.30), "short", ask_coin=None)), look(2, with_delta(-0.10))), 2),
    ],
    ids=["largest", "oldest of equals", "unknown before all", "oldest unknown", "not stale", "not unquoted", "not unmarked", "not without an ask"],
)
def test_one_trade_frees_margin_first_and_it_can_be_closed(looks: tuple[Look, ...], expected: int) -> None:
    assert first(looks) == [expected]
    assert first(tuple(reversed(looks))) == [expected]


def test_where_no_trade_can_be_closed_none_is_first() -> None:
    assert first((look(1, STALE), look(2, with_delta(-0.20), is_quoted=False))) == []


@pytest.mark.parametrize(("seen_at", "reason"), [("0.0018", ExitReason.MARGIN), ("0.0017", ExitReason.HOLD)])
def test_a_trade_nobody_quotes_counts_with_the_margin_it_was_last_seen_at(seen_at: str, reason: ExitReason) -> None:
    """0.0820 of the quoted one and 0.0020 hidden: 70 % of 0.12 is 0.084."""
    unquoted = every_leg_changed(HEALTHY, mark_coin=None, bid_coin=None, ask_coin=None)
    hidden = look(2, unquoted, is_quoted=False, maintenance_margin_eth=dec(seen_at) + dec("0.0002"))

    assert decided(look(1), hidden, wealth=wealth(dec("0.12"))).reason is reason


# The calendar as it stands at each look.


def calendar(*hours: float, name: str = "FOMC") -> Any:
    events = tuple(MacroEvent(name=name, severity=Severity.HIGH, at=NOW + timedelta(hours=each), source="feed") for each in hours)
    return read(MacroCalendar(events=events, covered_until=COVERED_UNTIL))


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ((48.0,), (20.0,), (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
        ((20.0,), (48.0,), (ExitReason.EVENT_GUARD, ExitReason.HOLD)),
        ((20.0,), (), (ExitReason.EVENT_GUARD, ExitReason.HOLD)),
        ((), (24.0,), (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
        ((-1.0, 48.0), (-1.0, 24.0), (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
        ((24.01, 300.0), (300.0, 23.99), (ExitReason.HOLD, ExitReason.EVENT_GUARD)),
    ],
)
def test_an_event_moved_after_the_entry_is_guarded_against_where_the_calendar_has_it_now(
    before: tuple[float, ...], after: tuple[float, ...], reasons: tuple[ExitReason, ExitReason]
) -> None:
    """The trade is weak: a small loss, and its short leg near."""
    weak = look(1, marked("0.0071", "0.0030", delta=-0.20))

    assert (decided(weak, macro=calendar(*before)).reason, decided(weak, macro=calendar(*after)).reason) == reasons
