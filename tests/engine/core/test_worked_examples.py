"""The strategy's worked examples to the digit printed there, and a condor worked out by hand.

Source: strategy §0 F2, F3, F8, F9; §1.2 E18; §1.6; §1.7; §1.11; §2.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from engine.core.combo_builder import dte_days
from engine.core.decision import Approved, Refused
from engine.core.economics import width_that_fits_usd
from engine.core.fees import FeeTerms, combo_fee_coin, fee_allowance_eth, leg_fee_coin, roundtrip_fees_coin
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.margin import short_margin
from engine.core.model import Binding, Family, GreekLeg, Greeks, OptionType
from engine.core.model_kelly import KellyLimit, KellyStake
from engine.core.payoff import (
    PayoffTerms,
    Strikes,
    break_evens_sold_credit_usd,
    break_evens_usd,
    loss_at_long_strike_usd,
    max_loss_coin,
    max_loss_usd,
    payoff_terms,
    payout_coin,
    pnl_coin,
    pnl_sold_credit_usd,
    pnl_usd,
)
from engine.core.pricing import greeks, implied_vol, price_usd
from engine.core.sizing_engine import SizingInputs, compute_contracts, dvol_scale

from .builders import EXPIRY_AT, NOW, RULES, dec, leg_changed, spread

PUT_STRIKES = Strikes(option_type=OptionType.PUT, short_strike_usd=dec(1700), long_strike_usd=dec(1600))
CALL_STRIKES = Strikes(option_type=OptionType.CALL, short_strike_usd=dec(2150), long_strike_usd=dec(2250))


def settled_in(family: Family, *sides: Strikes) -> PayoffTerms:
    return PayoffTerms(family=family, sides=sides)


PUT = settled_in(Family.INVERSE, PUT_STRIKES)
CALL = settled_in(Family.INVERSE, CALL_STRIKES)
CONDOR = settled_in(Family.INVERSE, PUT_STRIKES, CALL_STRIKES)
USDC_PUT = settled_in(Family.LINEAR_USDC, PUT_STRIKES)
USDC_CALL = settled_in(Family.LINEAR_USDC, CALL_STRIKES)
USDC_CONDOR = settled_in(Family.LINEAR_USDC, PUT_STRIKES, CALL_STRIKES)
# The day of the example: index, years to expiry, and the volatility at which the 1700 put has the printed delta.
INDEX_USD = dec("1914.7")
FORWARD_USD, YEARS, SHORT_IV_FRAC = 1914.0, 19.8 / 365.0, 0.4775


def printed(value: Decimal, digits: str) -> Decimal:
    return value.quantize(dec(digits), rounding=ROUND_HALF_EVEN)


@pytest.mark.parametrize(
    ("terms", "credit", "index", "usd", "coin"),
    [
        (PUT, "0.0040", 1600, "-93.60", "-0.0585"),
        (PUT, "0.0040", 1000, "-96.00", "-0.0960"),
        (CALL, "0.0034", 2250, "-92.35", "-0.0410"),
        (CALL, "0.0034", 4000, "-86.40", "-0.0216"),
        # The same strikes in USDC with the same credit in dollars: the loss is the same in both units.
        (USDC_PUT, "7.62", 1600, "-92.38", "-92.3800"),
        (USDC_PUT, "7.62", 1000, "-92.38", "-92.3800"),
        (USDC_CALL, "6.57", 2250, "-93.43", "-93.4300"),
        (USDC_CALL, "6.57", 4000, "-93.43", "-93.4300"),
        # Both sides' credits together, at most one side's width to pay.
        (CONDOR, "0.0074", 1600, "-88.16", "-0.0551"),
        (CONDOR, "0.0074", 1000, "-92.60", "-0.0926"),
        (CONDOR, "0.0074", 1900, "14.06", "0.0074"),
        (CONDOR, "0.0074", 2250, "-83.35", "-0.0370"),
        (CONDOR, "0.0074", 4000, "-70.40", "-0.0176"),
        (USDC_CONDOR, "14.19", 1600, "-85.81", "-85.8100"),
        (USDC_CONDOR, "14.19", 1900, "14.19", "14.1900"),
        (USDC_CONDOR, "14.19", 4000, "-85.81", "-85.8100"),
    ],
)
def test_result_at_delivery_is_the_worked_example_in_dollars_and_in_coin(*, terms: PayoffTerms, credit: str, index: int, usd: str, coin: str) -> None:
    assert pnl_usd(terms, credit_coin=dec(credit), index_usd=dec(index)) == dec(usd)
    assert printed(pnl_coin(terms, credit_coin=dec(credit), index_usd=dec(index)), "0.0001") == dec(coin)


@pytest.mark.parametrize(
    ("terms", "credit", "levels"),
    [
        (PUT, "0.0040", ["1693.2"]),
        (CALL, "0.0034", ["2157.3"]),
        (USDC_PUT, "7.62", ["1692.4"]),
        (USDC_CALL, "6.57", ["2156.6"]),
        (CONDOR, "0.0074", ["1687.5", "2166.0"]),
        (USDC_CONDOR, "14.19", ["1685.8", "2164.2"]),
    ],
)
def test_break_even_in_coin_is_the_worked_example_and_earns_nothing(terms: PayoffTerms, credit: str, levels: list[str]) -> None:
    found = break_evens_usd(terms, credit_coin=dec(credit))

    assert [printed(level, "0.1") for level in found] == [dec(level) for level in levels]
    assert [abs(pnl_coin(terms, credit_coin=dec(credit), index_usd=level)) < dec("1e-20") for level in found] == [True] * len(levels)


@pytest.mark.parametrize(
    ("terms", "credit", "levels"),
    [
        # Ks − c·S0 and Ks + c·S0 with S0 = 1 914.7.
        (PUT, "0.0040", ["1692.34120"]),
        (CALL, "0.0034", ["2156.50998"]),
        (CONDOR, "0.0074", ["1685.83122", "2164.16878"]),
        # A credit that is dollars already has one convention only.
        (USDC_PUT, "7.62", ["1692.38"]),
        (USDC_CALL, "6.57", ["2156.57"]),
    ],
)
def test_break_even_with_the_credit_sold_is_the_worked_example_and_earns_nothing(terms: PayoffTerms, credit: str, levels: list[str]) -> None:
    found = break_evens_sold_credit_usd(terms, credit_coin=dec(credit), sold_at_usd=INDEX_USD)

    assert found == tuple(dec(level) for level in levels)
    assert {pnl_sold_credit_usd(terms, credit_coin=dec(credit), sold_at_usd=INDEX_USD, index_usd=level) for level in found} == {0}


@pytest.mark.parametrize(("terms", "credit", "index"), [(PUT, "0.0040", 1600), (PUT, "0.0040", 100), (CALL, "0.0034", 2250), (CALL, "0.0034", 9000)])
def test_with_the_credit_sold_the_loss_is_the_width_less_the_credit_from_the_long_strike_on(terms: PayoffTerms, credit: str, index: int) -> None:
    loss_usd = -pnl_sold_credit_usd(terms, credit_coin=dec(credit), sold_at_usd=INDEX_USD, index_usd=dec(index))

    assert loss_usd == 100 - dec(credit) * INDEX_USD


@pytest.mark.parametrize(
    ("terms", "credit", "at_long_strike", "most_coin", "strict"),
    [
        # With 2.2968 USD set aside for fees at 1 914: w, w − c·Kl, w − c.
        (PUT, "0.0040", "93.60", None, "102.2968"),
        (CALL, "0.0034", "92.35", "0.0410", "94.6468"),
        (USDC_PUT, "7.62", "92.38", "92.3800", "94.6768"),
        (USDC_CALL, "6.57", "93.43", "93.4300", "95.7268"),
        (CONDOR, "0.0074", "88.16", None, "102.2968"),
        (USDC_CONDOR, "14.19", "85.81", "85.8100", "88.1068"),
    ],
)
def test_max_loss_is_the_worked_example(*, terms: PayoffTerms, credit: str, at_long_strike: str, most_coin: str | None, strict: str) -> None:
    most = max_loss_coin(terms, credit_coin=dec(credit))

    assert loss_at_long_strike_usd(terms, credit_coin=dec(credit)) == dec(at_long_strike)
    assert (None if most is None else printed(most, "0.0001")) == (None if most_coin is None else dec(most_coin))
    assert max_loss_usd(terms, credit_coin=dec(credit), fee_allowance_usd=dec("0.0012") * 1914) == dec(strict)


def test_a_condor_with_unequal_wings_loses_by_its_worse_side() -> None:
    """Put side 50 wide, call side 100 wide, credit 0.0074: max(50, 100 − 0.0074·2250) and 0.0018 ETH for fees at 1 914."""
    narrow_put = Strikes(option_type=OptionType.PUT, short_strike_usd=dec(1700), long_strike_usd=dec(1650))
    terms = settled_in(Family.INVERSE, narrow_put, CALL_STRIKES)
    allowance_usd = fee_allowance_eth(2, RULES.sizing) * 1914

    assert allowance_usd == dec("3.4452")
    assert max_loss_usd(terms, credit_coin=dec("0.0074"), fee_allowance_usd=allowance_usd) == dec("83.35") + dec("3.4452")
    assert terms.width_usd == 100


@pytest.mark.parametrize(
    ("terms", "index", "coin"),
    [
        (PUT, "1700", "0"),
        (PUT, "1699", "0.000589"),
        (PUT, "1650", "0.030303"),
        (PUT, "1600", "0.062500"),
        (PUT, "10", "10.000000"),
        (CALL, "2150", "0"),
        (CALL, "2200", "0.022727"),
        (CALL, "2250", "0.044444"),
        (CALL, "4500", "0.022222"),
        (USDC_PUT, "1650", "50"),
        (USDC_CALL, "2200", "50"),
        (CONDOR, "1900", "0"),
        (CONDOR, "1650", "0.030303"),
        (CONDOR, "2200", "0.022727"),
    ],
)
def test_payout_per_contract_is_the_settlement_formula(terms: PayoffTerms, index: str, coin: str) -> None:
    assert printed(payout_coin(terms, index_usd=dec(index)), "0.000001") == dec(coin)


def test_a_put_spread_kept_in_ether_approaches_its_whole_width_and_never_more() -> None:
    losses = [-pnl_usd(PUT, credit_coin=dec("0.0040"), index_usd=dec(index)) for index in ("1600", "100", "1", "0.01")]

    assert losses == [dec("93.60"), dec("99.60"), dec("99.996"), dec("99.99996")]


@pytest.mark.parametrize(("terms", "credit_coin", "credit_usd", "over_width"), [(PUT, "0.0040", "7.62", "0.076"), (CALL, "0.0034", "6.57", "0.066")])
def test_credit_over_width_of_the_real_chain_is_under_ten_percent(terms: PayoffTerms, credit_coin: str, credit_usd: str, over_width: str) -> None:
    """F3: spot 1 914; the credit in dollars, in coin at the tick, and as a share of the width."""
    assert printed(terms.family.coin_of_usd(dec(credit_usd), index_usd=dec(1914)), "0.0001") == dec(credit_coin)
    assert printed(dec(credit_usd) / terms.width_usd, "0.001") == dec(over_width)


def test_the_greeks_of_one_spread_are_the_printed_ones() -> None:
    """E18: one 1700/1600 put spread has Δ 0.066, vega 0.38, γ_1% 17, from F3's delta of −0.131 and credit of 7.62 USD."""
    short_usd = price_usd(OptionType.PUT, F=FORWARD_USD, K=1700.0, sigma=SHORT_IV_FRAC, T=YEARS)
    long_iv_frac = implied_vol(OptionType.PUT, price=short_usd - 7.62, F=FORWARD_USD, K=1600.0, T=YEARS)
    assert long_iv_frac is not None
    short = greeks(OptionType.PUT, F=FORWARD_USD, K=1700.0, sigma=SHORT_IV_FRAC, T=YEARS)
    long = greeks(OptionType.PUT, F=FORWARD_USD, K=1600.0, sigma=long_iv_frac, T=YEARS)
    held = leg_changed(leg_changed(spread(1700, 1600), "short", greeks=short), "long", greeks=long)
    net = aggregate(spread_legs(held, dec(1)), spot_usd=dec(1914))

    assert round(short.delta, 3) == -0.131
    assert round(net.delta_eth, 3) == 0.066
    assert round(net.vega_usd_per_pt, 2) == -0.38
    assert round(net.gamma_usd_per_1pct) == -17


SEEN = Greeks(delta=-0.0041, gamma_per_usd=0.0000144, vega_usd_per_pt=0.137, theta_usd_per_day=-0.041)


@pytest.mark.parametrize(("family", "mark"), [(Family.LINEAR_USDC, "1.23"), (Family.INVERSE, "0.00064")])
@pytest.mark.parametrize("quantity", ["-3.5", "-0.2", "0.2", "1"])
def test_the_seen_row_counts_by_its_size_in_ether_in_both_families(family: Family, mark: str, quantity: str) -> None:
    """§1.11: mark 1.23 USD, vega 0.137 USD per point, theta −0.041 USD a day, all per 1 ETH."""
    net = aggregate([GreekLeg(family=family, quantity_eth=dec(quantity), greeks=SEEN, mark_coin=dec(mark))], spot_usd=dec(1914))
    size = float(quantity)

    assert net.vega_usd_per_pt == pytest.approx(0.137 * size)
    assert net.theta_usd_per_day == pytest.approx(-0.041 * size)
    assert net.delta_ntd_eth - net.delta_eth == pytest.approx(0.0 if family is Family.LINEAR_USDC else -0.00064 * size)


def test_mark_vega_and_theta_of_the_seen_row_belong_to_one_option() -> None:
    """A put struck at 665 with 125 days to go and a volatility of 74.6 % has all three printed figures at once."""
    model = {"F": 1914.0, "K": 665.0, "sigma": 0.746, "T": 125.0 / 365.0}
    row = greeks(OptionType.PUT, **model)

    assert round(price_usd(OptionType.PUT, **model), 2) == 1.23
    assert (round(row.vega_usd_per_pt, 3), round(row.theta_usd_per_day, 3)) == (0.137, -0.041)


@pytest.mark.parametrize(("mark", "initial"), [("0.004", "0.104"), ("0.007", "0.107"), ("0.008", "0.108")])
def test_each_short_leg_ties_up_a_tenth_of_an_ether_and_its_mark(mark: str, initial: str) -> None:
    """F8: ≈ 0.104 to 0.108 ETH of initial margin, about 205 USD at 1 914."""
    margin = short_margin(OptionType.PUT, strike_usd=dec(1700), index_usd=dec(1914), mark_eth=dec(mark))

    assert margin.initial_eth == dec(initial)
    assert abs(margin.initial_eth * 1914 - 205) < 7


def test_the_account_needs_over_four_times_what_is_engaged() -> None:
    """F8: with 0.107 ETH of margin and half the funds usable, 409.6 USD for a loss of 93.60 USD."""
    margin = short_margin(OptionType.PUT, strike_usd=dec(1700), index_usd=dec(1914), mark_eth=dec("0.007"))
    needed_usd = margin.initial_eth * 1914 / RULES.sizing.margin_use_max_frac

    assert printed(needed_usd / loss_at_long_strike_usd(PUT, credit_coin=dec("0.0040")), "0.1") == dec("4.4")


FEES = FeeTerms(family=Family.INVERSE, index_usd=dec(1914), rules=RULES.fees)


@pytest.mark.parametrize(("credit", "share"), [("0.003", "0.200"), ("0.007", "0.086")])
def test_the_round_trip_costs_eight_to_twenty_percent_of_the_credit(credit: str, share: str) -> None:
    """F2: one combo fill costs 0.0003 ETH per contract, there and back 0.0006."""
    assert combo_fee_coin(short_prices_coin=[dec("0.0078")], long_prices_coin=[dec("0.0038")], terms=FEES) == dec("0.0003")
    assert roundtrip_fees_coin(FEES, verticals=1) == dec("0.0006")
    assert printed(roundtrip_fees_coin(FEES, verticals=1) / dec(credit), "0.001") == dec(share)


def test_a_condor_in_one_order_pays_two_legs() -> None:
    """§2: of four legs the cheaper group of two is free."""
    fee_coin = combo_fee_coin(short_prices_coin=[dec("0.0078"), dec("0.0064")], long_prices_coin=[dec("0.0038"), dec("0.0030")], terms=FEES)

    assert fee_coin == dec("0.0006")
    assert roundtrip_fees_coin(FEES, verticals=2) == dec("0.0012")


def test_the_verified_linear_fee_is_the_formula_at_the_rate_it_was_charged_at() -> None:
    """§2: 1.0487 USDC for 1.5 ETH at 2 330 is 0.03 % of the index; the default rate is higher and errs on the safe side."""
    charged = replace(RULES.fees, linear_of_underlying_frac=dec("0.0003"))
    terms = FeeTerms(family=Family.LINEAR_USDC, index_usd=dec("2330.44"), rules=charged)

    assert printed(leg_fee_coin(dec(40), terms) * dec("1.5"), "0.0001") == dec("1.0487")
    assert leg_fee_coin(dec(40), replace(terms, rules=RULES.fees)) > leg_fee_coin(dec(40), terms)


def test_the_monday_open_is_seventeen_and_three_quarter_days_from_its_friday() -> None:
    """§1.4: Monday 14:00 to Friday 08:00."""
    assert dte_days(EXPIRY_AT, NOW) == 17.75


def sized(**changes: object) -> Approved | Refused:
    """§1.7: index 1 914, width 100, 1.16 USD per EUR, full caps, nothing engaged, plenty of book and margin."""
    allowance_eth = fee_allowance_eth(1, RULES.sizing)
    inputs = SizingInputs(
        max_loss_usd=max_loss_usd(PUT, credit_coin=dec("0.0040"), fee_allowance_usd=allowance_eth * 1914),
        initial_margin_eth=dec("0.107"),
        lot_eth=dec(1),
        index_usd=dec(1914),
        fx_usd_per_eur=dec("1.16"),
        dvol_pts=47.5,
        cap_trade_eur=dec(200),
        cap_total_eur=dec(1000),
        engaged_eur=dec(0),
        kelly=KellyLimit(stake=KellyStake.HARD_CAPS),
        top_size_eth=dec(50),
        available_funds_eth=dec(4),
        fee_allowance_eth=allowance_eth,
    )
    return compute_contracts(replace(inputs, **changes), RULES.sizing)


@pytest.mark.parametrize(
    ("caps", "dvol_pts", "scale", "quantity", "binding"),
    [
        # Max loss 102.3 USD = 88.2 EUR: 100 EUR hold one, 200 EUR hold two, three quarters of 200 EUR one.
        ((100, 500), 47.5, 1.0, 1, Binding.TRADE_CAP),
        ((200, 1000), 47.5, 1.0, 2, Binding.TRADE_CAP),
        ((200, 1000), 80.0, 0.75, 1, Binding.TRADE_CAP),
        # The scale alone may not veto: 75 EUR would hold none, the one lot the cap itself holds is kept up to 80 points.
        ((100, 500), 80.0, 0.75, 1, Binding.ONE_LOT_FLOOR),
    ],
)
def test_sizing_is_the_worked_example(caps: tuple[int, int], dvol_pts: float, scale: float, quantity: int, binding: Binding) -> None:
    outcome = sized(cap_trade_eur=dec(caps[0]), cap_total_eur=dec(caps[1]), dvol_pts=dvol_pts)

    assert isinstance(outcome, Approved)
    assert (outcome.value.quantity_eth, outcome.value.dvol_scale, outcome.value.binding) == (dec(quantity), scale, binding)
    assert printed(outcome.value.max_loss_eur / quantity, "0.1") == dec("88.2")


def test_above_eighty_points_the_scale_does_veto() -> None:
    outcome = sized(cap_trade_eur=dec(100), cap_total_eur=dec(500), dvol_pts=80.01)

    assert isinstance(outcome, Refused)
    assert [(check.code, check.subject, check.cause) for check in outcome.checks] == [("size_zero", "trade_cap", "dvol_scale")]


@pytest.mark.parametrize(("dvol_pts", "scale"), [(47.5, "1"), (60.0, "1"), (60.01, "0.9998"), (75.0, "0.8"), (119.9, "0.5004"), (120.0, "0.5"), (150.0, "0.5")])
def test_the_volatility_scale_is_sixty_over_dvol_between_a_half_and_one(dvol_pts: float, scale: str) -> None:
    assert printed(dvol_scale(dvol_pts, RULES.sizing), "0.0001") == dec(scale)


@pytest.mark.parametrize(
    ("spot", "lot", "width"),
    [
        # F9: 100 EUR are 116 USD; above 2 100 that is less than the target of 6 % of spot for a whole ether, and plenty for a tenth.
        (1800, "1", "113.84"),
        (2100, "1", "113.48"),
        (2100, "0.1", "1157.48"),
        (3800, "1", "111.44"),
    ],
)
def test_the_width_that_fits_the_first_cap_shrinks_with_the_spot(spot: int, lot: str, width: str) -> None:
    fits_usd = width_that_fits_usd(cap_eur=dec(100), fx_usd_per_eur=dec("1.16"), index_usd=dec(spot), lot_eth=dec(lot), fee_allowance_eth=dec("0.0012"))

    assert fits_usd == dec(width)


def test_the_first_cap_holds_no_whole_ether_at_the_target_width_from_two_thousand_on() -> None:
    """F9: the share of spot that fits falls below 6 % before 2 100 and below the least allowed width of 3 % before 3 800."""
    shares = [
        width_that_fits_usd(cap_eur=dec(100), fx_usd_per_eur=dec("1.16"), index_usd=dec(spot), lot_eth=dec(1), fee_allowance_eth=dec("0.0012")) / spot
        for spot in (1800, 2100, 3600, 3800)
    ]

    assert [share >= RULES.strikes.width_target_frac for share in shares] == [True, False, False, False]
    assert [share >= RULES.strikes.width_min_frac for share in shares] == [True, True, True, False]


def test_strikes_and_family_of_a_spread_are_its_payoff_terms() -> None:
    assert payoff_terms(spread(1700, 1600)) == PUT
    assert payoff_terms(spread(1700, 1600, family=Family.LINEAR_USDC)) == USDC_PUT
