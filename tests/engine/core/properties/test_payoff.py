"""What a spread pays, costs and risks, over any strikes, credit and settlement price, in both families."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.core.fees import FeeTerms, combo_fee_coin, delivery_fee_coin, leg_fee_coin, roundtrip_fees_coin
from engine.core.model import Family, OptionType
from engine.core.payoff import (
    PayoffTerms,
    Strikes,
    break_evens_sold_credit_usd,
    break_evens_usd,
    loss_at_long_strike_usd,
    max_loss_coin,
    max_loss_usd,
    payout_coin,
    payout_usd,
    pnl_coin,
    pnl_sold_credit_usd,
    pnl_usd,
)
from engine.core.result import TradeFlows, trade_result
from tests.engine.core.builders import RULES, dec

ROUNDING = dec("1e-18")
INDICES = st.decimals("0.01", "50000", places=2)
SHARES = st.decimals("0.0001", "1", places=4)


@st.composite
def payoffs(draw: st.DrawFn) -> PayoffTerms:
    """A put side below, a call side above, or both, of any widths."""
    middle, family = draw(st.integers(500, 6000)), draw(st.sampled_from(Family))
    gaps = [draw(st.integers(1, 300)) for _ in range(4)]
    put_short, call_short = Decimal(middle - gaps[0]), Decimal(middle + gaps[1])
    put = Strikes(option_type=OptionType.PUT, short_strike_usd=put_short, long_strike_usd=max(put_short - gaps[2], dec(1)))
    call = Strikes(option_type=OptionType.CALL, short_strike_usd=call_short, long_strike_usd=call_short + gaps[3])
    return PayoffTerms(family=family, sides=draw(st.sampled_from([(put,), (call,), (put, call)])))


def only(terms: PayoffTerms, place: int) -> PayoffTerms:
    return PayoffTerms(family=terms.family, sides=(terms.sides[place],))


def sold(terms: PayoffTerms, share: Decimal, index_usd: Decimal) -> Decimal:
    """A credit that is a share of the narrowest width at this index."""
    return terms.family.coin_of_usd(share * min(side.width_usd for side in terms.sides), index_usd=index_usd)


@given(payoffs(), INDICES)
def test_a_payout_lies_between_nothing_and_the_width(terms: PayoffTerms, index_usd: Decimal) -> None:
    assert 0 <= payout_usd(terms, index_usd=index_usd) <= terms.width_usd


@given(payoffs(), INDICES)
def test_a_condor_pays_what_its_sides_pay_and_at_most_one_of_them_does(terms: PayoffTerms, index_usd: Decimal) -> None:
    sides = [payout_usd(only(terms, place), index_usd=index_usd) for place in range(len(terms.sides))]

    assert payout_usd(terms, index_usd=index_usd) == sum(sides)
    assert sum(side > 0 for side in sides) <= 1


@given(payoffs(), INDICES, INDICES)
def test_a_put_side_pays_more_the_lower_it_settles_and_a_call_side_the_higher(terms: PayoffTerms, one_usd: Decimal, other_usd: Decimal) -> None:
    low, high = sorted((one_usd, other_usd))
    for place, side in enumerate(terms.sides):
        at_low, at_high = (payout_usd(only(terms, place), index_usd=index_usd) for index_usd in (low, high))

        assert at_low >= at_high if side.option_type is OptionType.PUT else at_low <= at_high


@given(payoffs(), INDICES, st.decimals("0", "1", places=6))
def test_the_result_in_coin_at_the_settlement_price_is_the_result_in_dollars(terms: PayoffTerms, index_usd: Decimal, credit_coin: Decimal) -> None:
    in_coin, in_usd = (result(terms, credit_coin=credit_coin, index_usd=index_usd) for result in (pnl_coin, pnl_usd))
    rate = index_usd if terms.family is Family.INVERSE else dec(1)

    assert abs(in_coin * rate - in_usd) < ROUNDING
    assert abs(payout_coin(terms, index_usd=index_usd) * rate - payout_usd(terms, index_usd=index_usd)) < ROUNDING


@given(payoffs(), INDICES, SHARES, st.decimals("300", "7000", places=2))
def test_no_settlement_loses_more_than_the_strict_loss(terms: PayoffTerms, index_usd: Decimal, share: Decimal, opened_usd: Decimal) -> None:
    credit_coin = sold(terms, share, opened_usd)
    strict_usd = max_loss_usd(terms, credit_coin=credit_coin, fee_allowance_usd=dec(0))
    in_coin = max_loss_coin(terms, credit_coin=credit_coin)

    assert -pnl_usd(terms, credit_coin=credit_coin, index_usd=index_usd) <= strict_usd + ROUNDING
    assert in_coin is None or -pnl_coin(terms, credit_coin=credit_coin, index_usd=index_usd) <= in_coin + ROUNDING
    assert loss_at_long_strike_usd(terms, credit_coin=credit_coin) <= strict_usd


@given(payoffs(), SHARES, st.decimals("0.0001", "100", places=4))
def test_a_credit_within_the_width_leaves_something_to_lose(terms: PayoffTerms, share: Decimal, allowance_usd: Decimal) -> None:
    """The strict loss is positive once the fees are in it, and nothing at all when the credit is the whole width of a linear spread."""
    index_usd = min(side.short_strike_usd for side in terms.sides)
    credit_coin = sold(terms, share, index_usd)

    assert max_loss_usd(terms, credit_coin=credit_coin, fee_allowance_usd=allowance_usd) >= allowance_usd > 0
    if share < 1 and terms.family is Family.LINEAR_USDC:
        assert max_loss_usd(terms, credit_coin=credit_coin, fee_allowance_usd=dec(0)) > 0


@given(payoffs(), SHARES, SHARES)
def test_a_bigger_credit_never_loses_more(terms: PayoffTerms, one: Decimal, other: Decimal) -> None:
    small, big = (sold(terms, share, dec(2000)) for share in sorted((one, other)))

    assert max_loss_usd(terms, credit_coin=big, fee_allowance_usd=dec(0)) <= max_loss_usd(terms, credit_coin=small, fee_allowance_usd=dec(0))


@given(payoffs(), SHARES)
def test_at_a_break_even_nothing_is_earned_or_lost(terms: PayoffTerms, share: Decimal) -> None:
    credit_coin = sold(terms, share, dec(2000))
    levels = break_evens_usd(terms, credit_coin=credit_coin)

    assert list(levels) == sorted(levels)
    for side, level_usd in zip(terms.sides, levels, strict=True):
        # Beyond its long strike a side owes its whole width, and a credit that large is never lost there.
        if abs(level_usd - side.short_strike_usd) <= side.width_usd:
            assert abs(pnl_coin(terms, credit_coin=credit_coin, index_usd=level_usd)) < ROUNDING


@given(payoffs(), SHARES, st.decimals("500", "6000", places=2))
def test_with_the_credit_sold_the_break_evens_are_a_credit_away_from_the_strikes(terms: PayoffTerms, share: Decimal, sold_at_usd: Decimal) -> None:
    credit_coin = sold(terms, share, sold_at_usd)
    for level_usd in break_evens_sold_credit_usd(terms, credit_coin=credit_coin, sold_at_usd=sold_at_usd):
        assume(level_usd > 0)

        assert abs(pnl_sold_credit_usd(terms, credit_coin=credit_coin, sold_at_usd=sold_at_usd, index_usd=level_usd)) < ROUNDING


@given(payoffs(), INDICES, SHARES)
def test_a_linear_spread_is_the_inverse_one_with_its_credit_turned_into_dollars_at_settlement(terms: PayoffTerms, index_usd: Decimal, share: Decimal) -> None:
    inverse, linear = (PayoffTerms(family=family, sides=terms.sides) for family in (Family.INVERSE, Family.LINEAR_USDC))
    credit_usd = share * terms.width_usd
    in_coin = pnl_coin(inverse, credit_coin=credit_usd / index_usd, index_usd=index_usd)

    assert abs(in_coin * index_usd - pnl_coin(linear, credit_coin=credit_usd, index_usd=index_usd)) < ROUNDING


# Fees

PRICES = st.decimals("-0.01", "3000", places=4)
TERMS = st.builds(FeeTerms, family=st.sampled_from(Family), index_usd=st.decimals("100", "10000", places=2), rules=st.just(RULES.fees))


@given(PRICES, TERMS)
def test_a_fee_is_never_negative_and_never_above_its_caps(price_coin: Decimal, terms: FeeTerms) -> None:
    trade, delivery = leg_fee_coin(price_coin, terms), delivery_fee_coin(price_coin, terms)
    uncapped = {Family.INVERSE: dec("0.0003"), Family.LINEAR_USDC: dec("0.0005") * terms.index_usd}

    assert 0 <= trade <= min(uncapped[terms.family], dec("0.125") * max(price_coin, dec(0)))
    assert 0 <= delivery <= min(terms.delivery_fee_coin, dec("0.125") * max(price_coin, dec(0)))


@given(st.lists(PRICES, min_size=1, max_size=2), st.lists(PRICES, min_size=1, max_size=2), TERMS)
def test_one_order_never_costs_more_than_its_legs_apart_nor_less_than_half(shorts: list[Decimal], longs: list[Decimal], terms: FeeTerms) -> None:
    together = combo_fee_coin(short_prices_coin=shorts, long_prices_coin=longs, terms=terms)
    apart = sum((leg_fee_coin(price_coin, terms) for price_coin in (*shorts, *longs)), dec(0))

    assert apart / 2 <= together <= apart
    assert 2 * together <= roundtrip_fees_coin(terms, verticals=max(len(shorts), len(longs)))


@given(st.lists(PRICES, min_size=1, max_size=2), st.lists(PRICES, min_size=1, max_size=2), TERMS)
def test_buying_back_costs_what_selling_cost_at_the_same_prices(shorts: list[Decimal], longs: list[Decimal], terms: FeeTerms) -> None:
    there = combo_fee_coin(short_prices_coin=shorts, long_prices_coin=longs, terms=terms)

    assert there == combo_fee_coin(short_prices_coin=longs, long_prices_coin=shorts, terms=terms)


@given(
    st.builds(
        TradeFlows,
        family=st.sampled_from(Family),
        credit_coin=st.decimals("0", "1", places=4),
        debit_coin=st.decimals("0", "1", places=4),
        open_fee_coin=st.decimals("0", "0.01", places=5),
        close_fee_coin=st.decimals("0", "0.01", places=5),
        quantity_eth=st.decimals("0.1", "20", places=1),
    ),
    st.decimals("100", "10000", places=2),
)
def test_a_result_is_the_same_in_every_currency(flows: TradeFlows, index_usd: Decimal) -> None:
    result = trade_result(flows, index_usd=index_usd, fx_usd_per_eur=dec("1.25"))

    assert result.pnl_usd == (result.pnl_coin * index_usd if flows.family is Family.INVERSE else result.pnl_coin)
    assert result.pnl_eur * dec("1.25") == result.pnl_usd
