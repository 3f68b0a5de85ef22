"""Settlement, loss, margin and fees of one ETH against the worked examples of the strategy."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.fees import FeeTerms, combo_fee_coin, delivery_fee_coin, leg_fee_coin, roundtrip_fees_coin
from engine.core.margin import maintenance_after_move_eth, margin_equity_eth, short_margin
from engine.core.model import Family, OptionType, Strategy
from engine.core.payoff import (
    PayoffTerms,
    Strikes,
    break_evens_sold_credit_usd,
    break_evens_usd,
    intrinsic_usd,
    loss_at_long_strike_usd,
    max_loss_usd,
    payoff_terms,
    payout_coin,
    pnl_coin,
    pnl_sold_credit_usd,
    pnl_usd,
)

from .builders import RULES, WEALTH, dec, spread


def inverse(option_type: OptionType, short: Decimal, long: Decimal) -> PayoffTerms:
    side = Strikes(option_type=option_type, short_strike_usd=short, long_strike_usd=long)
    return PayoffTerms(family=Family.INVERSE, sides=(side,))


PUT = inverse(OptionType.PUT, dec(1700), dec(1600))
CALL = inverse(OptionType.CALL, dec(2150), dec(2250))
FEES = FeeTerms(family=Family.INVERSE, index_usd=dec(2000), rules=RULES.fees)


@pytest.mark.parametrize(
    ("vertical", "credit", "index", "usd", "coin"),
    [
        (PUT, "0.0040", 1600, "-93.60", "-0.0585"),
        (PUT, "0.0040", 1000, "-96.00", "-0.0960"),
        (PUT, "0.0040", 1700, "6.80", "0.0040"),
        (CALL, "0.0034", 2250, "-92.35", "-0.0410"),
        (CALL, "0.0034", 4000, "-86.40", "-0.0216"),
    ],
)
def test_result_at_settlement_is_the_worked_example(vertical, credit, index, usd, coin) -> None:
    assert pnl_usd(vertical, credit_coin=dec(credit), index_usd=dec(index)) == dec(usd)
    assert pnl_coin(vertical, credit_coin=dec(credit), index_usd=dec(index)).quantize(dec("0.0001")) == dec(coin)


def test_break_even_is_the_worked_example() -> None:
    assert break_evens_usd(PUT, credit_coin=dec("0.0040"))[0].quantize(dec("0.1")) == dec("1693.2")
    assert break_evens_usd(CALL, credit_coin=dec("0.0034"))[0].quantize(dec("0.1")) == dec("2157.3")


@pytest.mark.parametrize(("vertical", "level"), [(PUT, "1692.34120"), (CALL, "2157.65880")])
def test_break_even_with_the_credit_sold_is_a_credit_away_from_the_short_strike(vertical, level) -> None:
    sold_at_usd = dec("1914.7")

    assert break_evens_sold_credit_usd(vertical, credit_coin=dec("0.0040"), sold_at_usd=sold_at_usd) == (dec(level),)
    assert pnl_sold_credit_usd(vertical, credit_coin=dec("0.0040"), sold_at_usd=sold_at_usd, index_usd=dec(level)) == 0


def test_settlement_between_the_strikes_pays_part_and_at_the_short_strike_nothing() -> None:
    assert payout_coin(PUT, index_usd=dec(1650)) == dec(50) / dec(1650)
    assert payout_coin(PUT, index_usd=dec(1700)) == 0
    assert intrinsic_usd(OptionType.CALL, strike_usd=dec(2150), index_usd=dec(2200)) == 50


def test_max_loss_of_a_put_spread_is_its_whole_width_and_fees() -> None:
    allowance = dec("0.0012") * dec(1914)

    assert max_loss_usd(PUT, credit_coin=dec("0.0040"), fee_allowance_usd=allowance) == dec("102.2968")


def test_max_loss_of_a_call_spread_is_its_loss_at_the_long_strike_and_fees() -> None:
    assert loss_at_long_strike_usd(CALL, credit_coin=dec("0.0034")) == dec("92.35")
    assert max_loss_usd(CALL, credit_coin=dec("0.0034"), fee_allowance_usd=dec(2)) == dec("94.35")


STRIKES = st.integers(500, 5000).map(Decimal)
CREDITS = st.decimals("0.0001", "0.02", places=4)


@given(STRIKES, st.integers(10, 400), CREDITS, st.integers(1, 20000).map(Decimal), st.sampled_from(OptionType))
def test_no_settlement_loses_more_than_the_strict_max_loss(strike: Decimal, width: int, credit: Decimal, index: Decimal, option_type: OptionType) -> None:
    long = strike - width if option_type is OptionType.PUT else strike + width
    vertical = inverse(option_type, strike, long)

    assert -pnl_usd(vertical, credit_coin=credit, index_usd=index) <= max_loss_usd(vertical, credit_coin=credit, fee_allowance_usd=dec(0))


@given(STRIKES, st.integers(10, 400), CREDITS, st.sampled_from(OptionType))
def test_the_break_even_earns_nothing_unless_it_lies_beyond_the_width(strike: Decimal, width: int, credit: Decimal, option_type: OptionType) -> None:
    long = strike - width if option_type is OptionType.PUT else strike + width
    vertical = inverse(option_type, strike, long)
    (level,) = break_evens_usd(vertical, credit_coin=credit)
    result = pnl_coin(vertical, credit_coin=credit, index_usd=level)

    assert abs(result) < dec("1e-20") or abs(level - strike) > width


def test_strikes_of_a_spread_are_its_vertical() -> None:
    assert payoff_terms(spread(1700, 1600)) == PUT


@pytest.mark.parametrize(
    ("option_type", "strike", "index", "mark", "initial", "maintenance"),
    [
        # 1 700 put at 1 914: out of the money by more than 5 %, so the floor of 10 % holds.
        (OptionType.PUT, 1700, 1914, "0.0076", "0.1076", "0.0826"),
        (OptionType.PUT, 2000, 2000, "0.0500", "0.2000", "0.1250"),
        (OptionType.PUT, 1940, 2000, "0.0200", "0.1400", "0.0950"),
        # Deep in the money a put's maintenance grows with its mark and lifts the initial margin.
        (OptionType.PUT, 6000, 2000, "2.1000", "2.2575", "2.2575"),
        (OptionType.CALL, 2150, 2000, "0.0080", "0.1080", "0.0830"),
        (OptionType.CALL, 2060, 2000, "0.0300", "0.1500", "0.1050"),
        (OptionType.CALL, 1900, 2000, "0.0800", "0.2300", "0.1550"),
    ],
)
def test_short_margin_follows_the_venue_formula(*, option_type, strike, index, mark, initial, maintenance) -> None:
    margin = short_margin(option_type, strike_usd=dec(strike), index_usd=dec(index), mark_eth=dec(mark))

    assert (margin.initial_eth, margin.maintenance_eth) == (dec(initial), dec(maintenance))


def test_a_short_put_needs_more_coin_after_a_fall_and_a_short_call_does_not() -> None:
    assert maintenance_after_move_eth(spread(1750, 1650).sides, moved_index_usd=dec(1400)) == dec("0.325")
    assert maintenance_after_move_eth(spread(2250, 2350, strategy=Strategy.BEAR_CALL).sides, moved_index_usd=dec(1400)) == dec("0.075")


@pytest.mark.parametrize(("price", "fee"), [("0.0100", "0.0003"), ("0.0024", "0.0003"), ("0.0023", "0.0002875"), ("0", "0"), ("-0.001", "0")])
def test_leg_fee_is_capped_by_an_eighth_of_the_price(price: str, fee: str) -> None:
    assert leg_fee_coin(dec(price), FEES) == dec(fee)


def test_a_vertical_in_one_order_pays_its_dearer_leg_only() -> None:
    both = replace(FEES, rules=replace(RULES.fees, combo_cheaper_group_free=False))
    prices = {"short_prices_coin": [dec("0.0070")], "long_prices_coin": [dec("0.0010")]}

    assert combo_fee_coin(**prices, terms=FEES) == dec("0.0003")
    assert combo_fee_coin(**prices, terms=both) == dec("0.000425")
    assert roundtrip_fees_coin(FEES, verticals=1) == dec("0.0006")
    assert roundtrip_fees_coin(both, verticals=1) == dec("0.0012")


@pytest.mark.parametrize(("value", "fee"), [("0", "0"), ("0.0008", "0.0001"), ("0.05", "0.00015")])
def test_delivery_fee_is_capped_and_free_when_worthless(value: str, fee: str) -> None:
    assert delivery_fee_coin(dec(value), FEES) == dec(fee)


def test_margins_are_a_share_of_the_free_funds_and_of_what_already_stands_as_initial_margin() -> None:
    assert margin_equity_eth(replace(WEALTH, available_funds_eth=dec(4), initial_margin_eth=dec("0.5"))) == dec("4.5")
