"""The limits of an order only ever give way, a step at a time, and never beyond what was approved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import default_rules
from engine.core.limit_ladder import CloseCosts, Ladder, entry_ladder, hard_exit_ladder, soft_exit_ladder

RULES = default_rules().execution
TICK = Decimal("0.0001")
STEP_S = RULES.entry.step_s


def coin(text: str) -> Decimal:
    return Decimal(text)


def entry(limit: str, floor: str) -> Ladder:
    return entry_ladder(limit_coin=coin(limit), floor_coin=coin(floor), tick_coin=TICK, rules=RULES.entry)


def costs(mid: str, natural: str, cap: str = "0.05") -> CloseCosts:
    return CloseCosts(mid_coin=coin(mid), natural_coin=coin(natural), cap_coin=coin(cap), tick_coin=TICK)


def test_an_entry_begins_at_its_limit_and_gives_way_a_tick_a_minute_down_to_its_floor() -> None:
    ladder = entry("0.0063", "0.0060")

    assert ladder.limits_coin == (coin("0.0063"), coin("0.0062"), coin("0.0061"), coin("0.0060"))
    assert [ladder.limit_at(elapsed) for elapsed in (-1, 0, 59.9, 60, 120, 180, 599)] == [
        coin(text) for text in ("0.0063", "0.0063", "0.0063", "0.0062", "0.0061", "0.0060", "0.0060")
    ]
    assert (ladder.first_coin, ladder.last_coin, ladder.timeout_s) == (coin("0.0063"), coin("0.0060"), 600)


@pytest.mark.parametrize(("floor", "rungs"), [("0.0201", 1), ("0.0200", 1), ("0.0199", 2), ("0.0195", 6), ("0.0194", 7), ("0.0193", 7), ("0.0100", 7)])
def test_an_entry_takes_no_more_steps_than_the_rules_allow(floor: str, rungs: int) -> None:
    assert len(entry("0.0200", floor).limits_coin) == rungs


def test_an_entry_whose_floor_lies_above_its_limit_is_asked_at_the_floor() -> None:
    assert entry("0.0059", "0.0061").limits_coin == (coin("0.0061"),)


def test_a_soft_exit_climbs_from_mid_to_eight_percent_over_it() -> None:
    ladder = soft_exit_ladder(costs("0.00255", "0.0040"), RULES.soft_exit, step_s=STEP_S)

    assert ladder.limits_coin == (coin("0.0025"), coin("0.0026"), coin("0.0027"))
    assert ladder.timeout_s == 1200


def test_a_hard_exit_climbs_from_mid_to_beyond_natural_before_its_time_is_over() -> None:
    ladder = hard_exit_ladder(costs("0.0100", "0.0150"), RULES.hard_exit, step_s=STEP_S)

    assert ladder.first_coin == coin("0.0100")
    assert ladder.last_coin == coin("0.0165")
    assert (len(ladder.limits_coin) - 1) * STEP_S < ladder.timeout_s


@pytest.mark.parametrize(("natural", "last"), [("0.00041", "0.0005"), ("0.0010", "0.0011"), ("0.00109", "0.0011")])
def test_a_hard_exit_may_always_pay_the_natural_price_rounded_up_to_tick(natural: str, last: str) -> None:
    assert hard_exit_ladder(costs("0.0002", natural), RULES.hard_exit, step_s=STEP_S).last_coin == coin(last)


@pytest.mark.parametrize("mid", ["0", "-0.0003", "0.00004"])
def test_a_worthless_spread_is_worth_a_tick_to_be_rid_of(mid: str) -> None:
    ladder = soft_exit_ladder(costs(mid, "0.0002"), RULES.soft_exit, step_s=STEP_S)

    assert ladder.limits_coin == (coin("0"), TICK)


def test_no_exit_pays_more_than_the_width_is_worth() -> None:
    hard = hard_exit_ladder(costs("0.0400", "0.0490", cap="0.0450"), RULES.hard_exit, step_s=STEP_S)
    soft = soft_exit_ladder(costs("0.0460", "0.0490", cap="0.0450"), RULES.soft_exit, step_s=STEP_S)

    assert hard.last_coin == coin("0.0450")
    assert soft.limits_coin == (coin("0.0450"),)


TICKS = st.integers(min_value=0, max_value=500)


@given(limit=TICKS, floor=TICKS, seconds=st.lists(st.floats(min_value=0, max_value=2000), min_size=2, max_size=6))
def test_a_credit_only_falls_lies_on_tick_and_never_passes_the_floor(limit: int, floor: int, seconds: list[float]) -> None:
    ladder = entry_ladder(limit_coin=limit * TICK, floor_coin=floor * TICK, tick_coin=TICK, rules=RULES.entry)
    asked = [ladder.limit_at(elapsed) for elapsed in sorted(seconds)]

    assert asked == sorted(asked, reverse=True)
    assert all(price >= floor * TICK and price % TICK == 0 for price in asked)
    assert all(high - low == TICK for high, low in zip(ladder.limits_coin, ladder.limits_coin[1:], strict=False))


@given(mid=st.integers(min_value=-100, max_value=5000), over=TICKS, cap=st.integers(min_value=1, max_value=600), is_hard=st.booleans())
def test_a_debit_only_rises_lies_on_tick_and_never_passes_the_cap(mid: int, over: int, cap: int, is_hard: bool) -> None:
    tenth = TICK / 10
    told = CloseCosts(mid_coin=mid * tenth, natural_coin=mid * tenth + over * tenth, cap_coin=cap * TICK, tick_coin=TICK)
    ladder = hard_exit_ladder(told, RULES.hard_exit, step_s=STEP_S) if is_hard else soft_exit_ladder(told, RULES.soft_exit, step_s=STEP_S)

    assert list(ladder.limits_coin) == sorted(set(ladder.limits_coin))
    assert all(0 <= price <= told.cap_coin and price % TICK == 0 for price in ladder.limits_coin)
    assert (len(ladder.limits_coin) - 1) * STEP_S < ladder.timeout_s
