"""Every figure of a spread at once, the edges at which there are none, and everything the credit gates tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.economics import credit_checks, credit_floor_coin, credit_min_coin, spread_economics, strict_loss_usd, width_that_fits_usd
from engine.core.fees import fee_terms
from engine.core.model import Family, OptionType, SideCredit, Spread, SpreadEconomics
from engine.core.pricing import probability_above, probability_below, years_between
from engine.core.rules import StrategyRules
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, RULES, condor_spread, dec, leg_changed, marked, spread

PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
AT_LEAST, AT_MOST = Relation.AT_LEAST, Relation.AT_MOST
YEARS = years_between(NOW, EXPIRY_AT)
EACH_GROUP_PAYS = replace(RULES, fees=replace(RULES.fees, combo_cheaper_group_free=False))


def figures(whole: Spread, rules: StrategyRules = RULES) -> SpreadEconomics | None:
    return spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=rules)


def test_a_vertical_has_every_figure() -> None:
    level = 1750 / dec("1.0040")

    assert figures(marked("0.0070", "0.0030")) == SpreadEconomics(
        sides=(SideCredit(option_type=OptionType.PUT, credit_mid_coin=dec("0.0040"), credit_over_width_frac=dec("0.08"), roundtrip_fees_coin=dec("0.0006")),),
        credit_mid_coin=dec("0.0040"),
        credit_natural_coin=dec("0.0038"),
        credit_expected_coin=dec("0.00393"),
        credit_floor_coin=dec("0.0038"),
        credit_over_width_frac=dec("0.08"),
        open_fee_coin=dec("0.0003"),
        roundtrip_fees_coin=dec("0.0006"),
        expected_slippage_frac=dec("0.0175"),
        max_loss_usd=dec("102.4"),
        loss_at_long_strike_usd=dec("93.4"),
        break_evens_usd=(level,),
        initial_margin_eth=dec("0.1070"),
        maintenance_margin_eth=dec("0.0820"),
        prob_profit_frac=pytest.approx(1 - probability_below(F=2000.0, K=float(level), sigma=0.6, T=YEARS)),
        break_even_win_rate_frac=pytest.approx(0.926),
    )


def test_a_condor_has_every_figure_and_each_side_the_volatility_of_its_own_short() -> None:
    whole = leg_changed(leg_changed(condor_spread(), "short", side=1, iv_frac=0.5, forward_usd=dec(2010)), "long", side=1, iv_frac=0.9)
    low, high = 1750 / dec("1.01120"), 2300 / dec("0.98880")
    below = probability_below(F=2000.0, K=float(low), sigma=0.6, T=YEARS)
    above = probability_above(F=2010.0, K=float(high), sigma=0.5, T=YEARS)

    assert figures(whole) == SpreadEconomics(
        sides=(
            SideCredit(option_type=OptionType.PUT, credit_mid_coin=dec("0.00625"), credit_over_width_frac=dec("0.125"), roundtrip_fees_coin=dec("0.0006")),
            SideCredit(option_type=OptionType.CALL, credit_mid_coin=dec("0.00495"), credit_over_width_frac=dec("0.099"), roundtrip_fees_coin=dec("0.0006")),
        ),
        credit_mid_coin=dec("0.01120"),
        credit_natural_coin=dec("0.0107"),
        credit_expected_coin=dec("0.011025"),
        credit_floor_coin=dec("0.0106"),
        credit_over_width_frac=dec("0.224"),
        open_fee_coin=dec("0.0006"),
        roundtrip_fees_coin=dec("0.0012"),
        expected_slippage_frac=dec("0.015625"),
        max_loss_usd=dec("103.6"),
        loss_at_long_strike_usd=dec("81.52"),
        break_evens_usd=(low, high),
        initial_margin_eth=dec("0.220711"),
        maintenance_margin_eth=dec("0.170711"),
        prob_profit_frac=pytest.approx(1 - below - above),
        break_even_win_rate_frac=pytest.approx(0.788),
    )


@pytest.mark.parametrize(
    ("leg", "changes"),
    [
        ("long", {"iv_frac": None}),
        ("long", {"iv_frac": 0.0}),
        ("short", {"forward_usd": None}),
        ("short", {"bid_coin": None}),
        ("short", {"ask_coin": None}),
        ("long", {"ask_coin": None}),
        # The long leg costs what the short one brings, or one hundredth of a tick more.
        ("long", {"bid_coin": dec("0.0069"), "ask_coin": dec("0.0071")}),
        ("long", {"bid_coin": dec("0.0069"), "ask_coin": dec("0.007102")}),
    ],
)
def test_one_missing_figure_or_no_credit_leaves_none(leg: str, changes: dict[str, Any]) -> None:
    assert figures(leg_changed(marked("0.0070", "0.0030"), leg, **changes)) is None


def test_the_smallest_positive_credit_has_figures() -> None:
    found = figures(leg_changed(marked("0.0070", "0.0030"), "long", bid_coin=dec("0.0069"), ask_coin=dec("0.007098")))

    assert found.credit_mid_coin == dec("0.000001")


@pytest.mark.parametrize(("ask", "is_priced"), [("1.0051", False), ("1.0052", False), ("1.0050", True)])
def test_a_credit_of_a_whole_ether_is_garbage(ask: str, is_priced: bool) -> None:
    """Short bid at 1.0009, long at 0.0030: the mid is a whole ETH when the short is offered at 1.0051."""
    whole = leg_changed(marked("0.0070", "0.0030"), "short", bid_coin=dec("1.0009"), ask_coin=dec(ask))

    assert (figures(whole) is not None) is is_priced


@pytest.mark.parametrize(("credit", "is_priced"), [("1749", True), ("1750", False), ("1751", False)])
def test_a_break_even_at_nothing_is_none(credit: str, is_priced: bool) -> None:
    whole = leg_changed(spread(family=Family.LINEAR_USDC), "long", bid_coin=dec(3), ask_coin=dec(3))
    rich = leg_changed(whole, "short", bid_coin=dec(credit) + 3, ask_coin=dec(credit) + 3)

    assert (figures(rich) is not None) is is_priced


def test_a_cheap_leg_pays_an_eighth_of_its_mid_and_a_missing_long_bid_is_nothing() -> None:
    """0.0016 and 0.0004 at mid: an eighth of each where both groups pay."""
    cheap = leg_changed(marked("0.0016", "0.0004"), "long", bid_coin=None, ask_coin=dec("0.0008"))

    assert figures(cheap).open_fee_coin == dec("0.0002")
    assert (figures(cheap, EACH_GROUP_PAYS).open_fee_coin, figures(cheap, EACH_GROUP_PAYS).roundtrip_fees_coin) == (dec("0.00025"), dec("0.0012"))


def test_the_win_rate_that_breaks_even_counts_the_opening_fee_alone() -> None:
    assert figures(marked("0.0070", "0.0030")).break_even_win_rate_frac == pytest.approx(1 - (0.0040 - 0.0003) * 2000 / 100)


@pytest.mark.parametrize(("whole", "loss"), [(spread(), "102.4"), (condor_spread(), "103.6")])
def test_the_strict_loss_sets_fees_aside_for_one_side_or_two(whole: Spread, loss: str) -> None:
    assert strict_loss_usd(whole, credit_coin=dec("0.0040"), index_usd=INDEX_USD, rules=RULES.sizing) == dec(loss)


@pytest.mark.parametrize(
    ("mid", "width", "floor"),
    [
        ("0.0040", 100, "0.0038"),  # five percent under the mid
        ("0.0030", 100, "0.0030"),  # the least credit, and a fifth of it is fees
        ("0.0050", 180, "0.0047"),
        ("0.0045", 178, "0.0045"),  # five percent of the width is 0.00445, up to the tick
    ],
)
def test_the_floor_is_the_concession_or_the_highest_gate(mid: str, width: int, floor: str) -> None:
    whole = spread(1750, 1750 - width)

    assert credit_floor_coin(whole, mid_coin=dec(mid), fees=fee_terms(whole, index_usd=INDEX_USD, rules=RULES.fees), rules=RULES) == dec(floor)


@pytest.mark.parametrize(("fees", "floor"), [("0.0001", "0.0030"), ("0.0003", "0.0030"), ("0.00035", "0.0035"), ("0.000355", "0.0036")])
def test_dearer_fees_lift_the_floor(fees: str, floor: str) -> None:
    dear = replace(RULES.fees, inverse_of_underlying_frac=dec(fees))

    assert credit_floor_coin(spread(), mid_coin=dec("0.0031"), fees=fee_terms(spread(), index_usd=INDEX_USD, rules=dear), rules=RULES) == dec(floor)


def test_the_least_credit_is_that_of_the_family() -> None:
    assert [credit_min_coin(family, RULES.strikes) for family in (Family.INVERSE, Family.LINEAR_USDC)] == [dec("0.0030"), 6]


def gates(subject: str, credit: str, over_width: str, fees: str, *, least: str = "0.0030", unit: Unit = Unit.COIN) -> tuple[Check, ...]:
    return (
        Check("E13", "credit_min", PASSED, dec(credit), dec(least), AT_LEAST, unit, subject),
        Check("E13", "credit_over_width", PASSED, dec(over_width), dec("0.05"), AT_LEAST, Unit.FRAC, subject),
        Check("E13", "fees_over_credit", PASSED, dec(fees) / dec(credit), dec("0.2"), AT_MOST, Unit.FRAC, subject),
        Check("E13", "credit_below_width", PASSED, dec(over_width), dec(1), AT_MOST, Unit.FRAC, subject),
    )


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        (marked("0.0070", "0.0030"), gates("", "0.0040", "0.08", "0.0006")),
        (spread(family=Family.LINEAR_USDC), gates("", "12.45", "0.1245", "2", least="6", unit=Unit.USDC)),
        (condor_spread(), (*gates("put", "0.00625", "0.125", "0.0006"), *gates("call", "0.00495", "0.099", "0.0006"))),
    ],
    ids=["vertical", "linear", "condor"],
)
def test_the_credit_gates_tell_each_side_and_name_those_of_a_condor(whole: Spread, expected: tuple[Check, ...]) -> None:
    assert credit_checks(figures(whole), whole.family, RULES.strikes) == expected


def test_the_width_that_fits_is_the_cap_in_dollars_per_lot_less_the_fees() -> None:
    fits = width_that_fits_usd(cap_eur=dec(50), fx_usd_per_eur=dec("1.25"), index_usd=dec(2000), lot_eth=dec("0.5"), fee_allowance_eth=dec("0.002"))

    assert fits == 121
