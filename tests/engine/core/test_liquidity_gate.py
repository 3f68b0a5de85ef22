"""Each liquidity question just below, at and just above its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Check, Verdict
from engine.core.liquidity_gate import check
from engine.core.model import Spread
from engine.core.rules import LiquidityRules

from .builders import INDEX_USD, NOW, RULES, dec, leg_changed, spread

ONE_LOT = dec(1)
PASSED, FAILED, UNSEEN, WARNED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED, Verdict.WARNED


def checks(whole: Spread, quantity: Decimal = ONE_LOT, *, rules: LiquidityRules = RULES.liquidity) -> tuple[Check, ...]:
    return check(whole, quantity, rules=rules, now=NOW, index_usd=INDEX_USD, freshness=RULES.freshness_s)


def one(whole: Spread, code: str, leg: str | None = None, quantity: Decimal = ONE_LOT) -> Check:
    subject = "" if leg is None else getattr(whole.verticals[0], leg).instrument.name
    found = [check for check in checks(whole, quantity) if check.code == code and check.subject == subject]
    assert len(found) == 1
    return found[0]


def test_a_liquid_spread_passes_everything() -> None:
    found = checks(spread())

    assert {check.verdict for check in found} == {PASSED}
    assert [check.rule for check in found if check.subject == "ETH-20MAR26-1750-P"] == ["L01", "L02", "L03", "L04", "L05", "L06", "L08", "L07"]
    assert found[-1].code == "expected_slippage"


@pytest.mark.parametrize(
    ("leg", "changes", "code", "verdict"),
    [
        ("short", {"bid_coin": dec(0)}, "short_has_bid", FAILED),
        ("short", {"bid_coin": None}, "short_has_bid", UNSEEN),
        ("short", {"bid_coin": dec("0.0001")}, "short_has_bid", PASSED),
        ("long", {"ask_coin": dec(0)}, "long_has_ask", FAILED),
        ("long", {"ask_coin": None}, "long_has_ask", UNSEEN),
        ("short", {"ask_coin": dec("0.0100")}, "book_not_crossed", FAILED),
        ("short", {"ask_coin": dec("0.0099")}, "book_not_crossed", FAILED),
        ("short", {"ask_coin": dec("0.0101")}, "book_not_crossed", PASSED),
        ("long", {"ask_coin": None}, "book_not_crossed", UNSEEN),
        ("short", {"open_interest_eth": dec("99.9")}, "open_interest", FAILED),
        ("short", {"open_interest_eth": dec(100)}, "open_interest", PASSED),
        ("short", {"open_interest_eth": None}, "open_interest", UNSEEN),
        ("long", {"open_interest_eth": dec("49.9")}, "open_interest", FAILED),
        ("long", {"open_interest_eth": dec(50)}, "open_interest", PASSED),
        # 15 % of a mid of 0.0100 is 0.0015; 25 % of 0.0040 is 0.0010.
        ("short", {"bid_coin": dec("0.00925"), "ask_coin": dec("0.01075")}, "book_spread", PASSED),
        ("short", {"bid_coin": dec("0.00924"), "ask_coin": dec("0.01076")}, "book_spread", FAILED),
        ("long", {"bid_coin": dec("0.0035"), "ask_coin": dec("0.0045")}, "book_spread", PASSED),
        ("long", {"bid_coin": dec("0.00349"), "ask_coin": dec("0.00451")}, "book_spread", FAILED),
        ("long", {"bid_coin": dec("0.0002"), "ask_coin": dec("0.0008")}, "book_spread", PASSED),
        ("long", {"bid_coin": dec("0.0002"), "ask_coin": dec("0.0009")}, "book_spread", FAILED),
        ("long", {"ask_coin": None}, "book_spread", UNSEEN),
        ("short", {"bid_size_eth": dec("4.9")}, "top_size", FAILED),
        ("short", {"bid_size_eth": dec(5)}, "top_size", PASSED),
        ("short", {"bid_size_eth": None}, "top_size", UNSEEN),
        ("short", {"ask_size_eth": None}, "top_size", PASSED),
        ("long", {"ask_size_eth": dec("4.9")}, "top_size", FAILED),
        ("long", {"bid_size_eth": None}, "top_size", PASSED),
        ("short", {"bid_coin": dec("0.0114"), "ask_coin": dec("0.0116"), "mark_coin": dec("0.0100")}, "mark_mid_divergence", PASSED),
        ("short", {"bid_coin": dec("0.0114"), "ask_coin": dec("0.01161"), "mark_coin": dec("0.0100")}, "mark_mid_divergence", FAILED),
        ("short", {"bid_coin": dec("0.0084"), "ask_coin": dec("0.0086"), "mark_coin": dec("0.0100")}, "mark_mid_divergence", PASSED),
        ("short", {"mark_coin": None}, "mark_mid_divergence", UNSEEN),
        ("short", {"mark_coin": dec(0)}, "mark_mid_divergence", UNSEEN),
        ("short", {"quoted_at": NOW - timedelta(seconds=30)}, "quote_age", PASSED),
        ("short", {"quoted_at": NOW - timedelta(seconds=31)}, "quote_age", FAILED),
        ("long", {"quoted_at": NOW + timedelta(seconds=31)}, "quote_age", FAILED),
        ("short", {"volume_24h_eth": dec("9.9")}, "volume_24h", WARNED),
        ("short", {"volume_24h_eth": dec(10)}, "volume_24h", PASSED),
        ("short", {"volume_24h_eth": None}, "volume_24h", WARNED),
    ],
)
def test_each_leg_is_held_against_its_limit(leg: str, changes, code: str, verdict: Verdict) -> None:
    assert one(leg_changed(spread(), leg, **changes), code, leg).verdict is verdict


@pytest.mark.parametrize(("quantity", "size", "verdict"), [(3, "5.9", FAILED), (3, "6", PASSED), (2, "5", PASSED)])
def test_the_top_of_the_book_must_hold_twice_the_size(quantity: int, size: str, verdict: Verdict) -> None:
    assert one(leg_changed(spread(), "short", bid_size_eth=dec(size)), "top_size", "short", dec(quantity)).verdict is verdict


def test_a_long_leg_without_a_bid_is_allowed() -> None:
    far = leg_changed(spread(), "long", bid_coin=None, ask_coin=dec("0.0005"), mark_coin=dec("0.00025"))

    assert not [check for check in checks(far) if check.blocks and check.code != "expected_slippage"]


@pytest.mark.parametrize(
    ("short_bid", "verdict"),
    # Mid = (bid + 0.0100)/2 - 0.0040; 0.35 of the way to natural may cost 5 % of it, a seventh of the way from mid to natural.
    [("0.0090", PASSED), ("0.00868", PASSED), ("0.008675", PASSED), ("0.00867", FAILED), ("0.0080", FAILED)],
)
def test_expected_slippage_is_held_against_five_percent_of_the_credit(short_bid: str, verdict: Verdict) -> None:
    book = leg_changed(leg_changed(spread(), "long", bid_coin=dec("0.0039"), ask_coin=dec("0.0041")), "short", ask_coin=dec("0.0100"), bid_coin=dec(short_bid))
    found = one(book, "expected_slippage")
    mid, natural = (dec(short_bid) + dec("0.0100")) / 2 - dec("0.0040"), dec(short_bid) - dec("0.0041")

    assert found.observed == dec("0.35") * (mid - natural) / mid
    assert found.verdict is verdict


@pytest.mark.parametrize(("leg", "changes"), [("short", {"bid_coin": None}), ("long", {"ask_coin": None}), ("long", {"ask_coin": dec("0.0200")})])
def test_slippage_is_not_evaluated_without_a_positive_mid(leg: str, changes) -> None:
    assert one(leg_changed(spread(), leg, **changes), "expected_slippage").verdict is UNSEEN


PRICES = st.none() | st.decimals("0", "0.02", places=4)


@given(
    st.fixed_dictionaries({"bid_coin": PRICES, "ask_coin": PRICES, "mark_coin": PRICES}), st.sampled_from(["short", "long"]), st.decimals("0.1", "1", places=2)
)
def test_tightening_a_limit_never_admits_a_spread(changes, leg: str, share: Decimal) -> None:
    book, loose = leg_changed(spread(), leg, **changes), RULES.liquidity
    tight = replace(
        loose,
        expected_slippage_max_frac=loose.expected_slippage_max_frac * share,
        mark_mid_divergence_max_frac=loose.mark_mid_divergence_max_frac * share,
        short_leg=replace(loose.short_leg, spread_rel_max_frac=loose.short_leg.spread_rel_max_frac * share),
    )
    refused_loose = {index for index, found in enumerate(checks(book)) if found.blocks}
    refused_tight = {index for index, found in enumerate(checks(book, rules=tight)) if found.blocks}

    assert refused_loose <= refused_tight
