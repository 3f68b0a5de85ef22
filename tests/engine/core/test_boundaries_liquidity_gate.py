"""Everything the liquidity gate tells of each leg and of the spread."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.liquidity_gate import check
from engine.core.model import Family, Spread
from tests.engine.core.builders import INDEX_USD, NOW, RULES, condor_spread, dec, leg_changed, marked, spread

PASSED, FAILED, UNSEEN, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED
AT_LEAST, AT_MOST, ABOVE = Relation.AT_LEAST, Relation.AT_MOST, Relation.ABOVE
SHORT, LONG = "ETH-20MAR26-1750-P", "ETH-20MAR26-1650-P"
# Short 0.0069 at 0.0071, long 0.0029 at 0.0031, marks in the middle.
TIGHT = marked("0.0070", "0.0030")
THREE_LOTS = dec(3)


def told(whole: Spread, quantity_eth: Decimal = THREE_LOTS) -> tuple[Check, ...]:
    return check(whole, quantity_eth, rules=RULES.liquidity, now=NOW, index_usd=INDEX_USD, freshness=RULES.freshness_s)


def leg(code: str, name: str, **changes: Any) -> Check:
    return next(one for one in told(leg_changed(TIGHT, name, **changes)) if (one.code, one.subject) == (code, SHORT if name == "short" else LONG))


def test_a_liquid_spread_tells_every_check_of_its_legs_and_of_itself() -> None:
    assert told(TIGHT) == (
        Check("L01", "short_has_bid", PASSED, dec("0.0069"), dec(0), ABOVE, Unit.COIN, SHORT),
        Check("L02", "book_not_crossed", PASSED, dec("0.0071"), dec("0.0069"), ABOVE, Unit.COIN, SHORT),
        Check("L03", "open_interest", PASSED, dec(1000), dec(100), AT_LEAST, Unit.ETH, SHORT),
        Check("L04", "book_spread", PASSED, dec("0.0002"), dec("0.00105"), AT_MOST, Unit.COIN, SHORT),
        Check("L05", "top_size", PASSED, dec(50), dec(6), AT_LEAST, Unit.ETH, SHORT),
        Check("L06", "mark_mid_divergence", PASSED, dec(0), dec("0.15"), AT_MOST, Unit.FRAC, SHORT),
        Check("L08", "volume_24h", PASSED, dec(100), dec(10), AT_LEAST, Unit.ETH, SHORT),
        Check("L07", "quote_age", PASSED, 0.0, 30.0, AT_MOST, Unit.SECONDS, SHORT),
        Check("L01", "long_has_ask", PASSED, dec("0.0031"), dec(0), ABOVE, Unit.COIN, LONG),
        Check("L02", "book_not_crossed", PASSED, dec("0.0031"), dec("0.0029"), ABOVE, Unit.COIN, LONG),
        Check("L03", "open_interest", PASSED, dec(1000), dec(50), AT_LEAST, Unit.ETH, LONG),
        Check("L04", "book_spread", PASSED, dec("0.0002"), dec("0.00075"), AT_MOST, Unit.COIN, LONG),
        Check("L05", "top_size", PASSED, dec(50), dec(6), AT_LEAST, Unit.ETH, LONG),
        Check("L06", "mark_mid_divergence", PASSED, dec(0), dec("0.15"), AT_MOST, Unit.FRAC, LONG),
        Check("L08", "volume_24h", PASSED, dec(100), dec(10), AT_LEAST, Unit.ETH, LONG),
        Check("L07", "quote_age", PASSED, 0.0, 30.0, AT_MOST, Unit.SECONDS, LONG),
        Check("L09", "expected_slippage", PASSED, dec("0.35") * dec("0.0002") / dec("0.0040"), dec("0.05"), AT_MOST, Unit.FRAC),
    )


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("short", {"bid_coin": None}, Check("L01", "short_has_bid", UNSEEN, None, dec(0), ABOVE, Unit.COIN, SHORT, "missing")),
        ("long", {"ask_coin": None}, Check("L01", "long_has_ask", UNSEEN, None, dec(0), ABOVE, Unit.COIN, LONG, "missing")),
        ("short", {"bid_coin": None}, Check("L02", "book_not_crossed", PASSED, dec("0.0071"), dec(0), ABOVE, Unit.COIN, SHORT)),
        ("long", {"ask_coin": None}, Check("L04", "book_spread", UNSEEN, relation=AT_MOST, unit=Unit.COIN, subject=LONG, cause="no_ask")),
        # Without a bid the whole ask is the width of the book.
        ("long", {"bid_coin": None}, Check("L04", "book_spread", FAILED, dec("0.0031"), dec("0.0006"), AT_MOST, Unit.COIN, LONG)),
        ("short", {"ask_size_eth": dec(1), "bid_size_eth": dec(7)}, Check("L05", "top_size", PASSED, dec(7), dec(6), AT_LEAST, Unit.ETH, SHORT)),
        ("long", {"bid_size_eth": dec(1), "ask_size_eth": dec(7)}, Check("L05", "top_size", PASSED, dec(7), dec(6), AT_LEAST, Unit.ETH, LONG)),
        ("short", {"mark_coin": dec("0.0080")}, Check("L06", "mark_mid_divergence", PASSED, dec("0.125"), dec("0.15"), AT_MOST, Unit.FRAC, SHORT)),
        ("long", {"bid_coin": None}, Check("L06", "mark_mid_divergence", FAILED, dec("0.00145") / dec("0.0030"), dec("0.15"), AT_MOST, Unit.FRAC, LONG)),
        ("short", {"mark_coin": None}, Check("L06", "mark_mid_divergence", UNSEEN, None, dec("0.15"), AT_MOST, Unit.FRAC, SHORT, "no_mark_or_ask")),
        ("long", {"ask_coin": None}, Check("L06", "mark_mid_divergence", UNSEEN, None, dec("0.15"), AT_MOST, Unit.FRAC, LONG, "no_mark_or_ask")),
        ("long", {"quoted_at": NOW + timedelta(seconds=31)}, Check("L07", "quote_age", FAILED, 31.0, 30.0, AT_MOST, Unit.SECONDS, LONG)),
        ("short", {"volume_24h_eth": dec(9)}, Check("L08", "volume_24h", WARNED, dec(9), dec(10), AT_LEAST, Unit.ETH, SHORT)),
        ("short", {"volume_24h_eth": None}, Check("L08", "volume_24h", WARNED, None, dec(10), AT_LEAST, Unit.ETH, SHORT, "missing")),
    ],
)
def test_a_leg_tells_what_was_seen_and_what_was_missing(name: str, changes: dict[str, Any], expected: Check) -> None:
    assert leg(expected.code, name, **changes) == expected


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("short", {"bid_coin": None}, Check("L09", "expected_slippage", UNSEEN, None, dec("0.05"), AT_MOST, Unit.FRAC, cause="empty_side")),
        ("long", {"ask_coin": None}, Check("L09", "expected_slippage", UNSEEN, None, dec("0.05"), AT_MOST, Unit.FRAC, cause="empty_side")),
        # A long leg at 0.0069/0.0071 costs what the short one brings.
        (
            "long",
            {"bid_coin": dec("0.0069"), "ask_coin": dec("0.0071")},
            Check("L09", "expected_slippage", UNSEEN, None, dec("0.05"), AT_MOST, Unit.FRAC, cause="credit_not_positive"),
        ),
        (
            "short",
            {"bid_coin": dec("0.0059")},
            Check("L09", "expected_slippage", FAILED, dec("0.35") * dec("0.0007") / dec("0.0035"), dec("0.05"), AT_MOST, Unit.FRAC),
        ),
    ],
)
def test_the_price_of_impatience_is_told_or_why_there_is_none(name: str, changes: dict[str, Any], expected: Check) -> None:
    assert told(leg_changed(TIGHT, name, **changes))[-1] == expected


def test_a_linear_leg_is_told_in_dollars_and_its_width_at_the_index() -> None:
    found = {(one.code, one.subject): one for one in told(spread(family=Family.LINEAR_USDC), dec("0.1"))}
    short = "ETH_USDC-20MAR26-1750-P"

    assert {found[code, short].unit for code in ("short_has_bid", "book_not_crossed", "book_spread")} == {Unit.USDC}
    assert found["top_size", short].limit == 5
    # 0.0006 ETH of a long leg are 1.2 dollars at 2000.
    thin = leg_changed(spread(family=Family.LINEAR_USDC), "long", bid_coin=dec("1.0"), ask_coin=dec("2.2"))
    assert next(one for one in told(thin) if one.code == "book_spread" and one.subject != short).limit == dec("1.2")


def test_a_condor_is_told_put_side_first_and_its_slippage_once() -> None:
    found = told(condor_spread())

    assert [one.subject for one in found[::8]] == [SHORT, LONG, "ETH-20MAR26-2300-C", "ETH-20MAR26-2400-C", ""]
    assert [one.code for one in found].count("expected_slippage") == 1


def test_a_leg_of_a_mark_that_is_not_positive_has_no_divergence() -> None:
    assert [leg("mark_mid_divergence", "short", mark_coin=dec(mark)).verdict for mark in ("-0.001", "0", "0.0070")] == [UNSEEN, UNSEEN, PASSED]


def test_a_bigger_order_needs_a_bigger_book() -> None:
    limits = [next(one.limit for one in told(TIGHT, dec(size)) if one.code == "top_size") for size in ("1", "2.5", "2.6")]

    assert limits == [dec(5), dec(5), dec("5.2")]
