"""A book after a jump: against the formula written down plainly, the Greeks, the margin rules and its own limits."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.margin import short_margin
from engine.core.model import Family, OptionType, Spread, Vertical
from engine.core.scenarios import Aftermath, Held, Jump, after_jump, is_priceable

from .builders import EXPIRY_AT, INDEX_USD, IV_FRAC, NOW, condor_spread, dec, leg_changed, priced

PUT, CALL = OptionType.PUT, OptionType.CALL
YEARS = (EXPIRY_AT - NOW).total_seconds() / (365 * 86400)
FORWARD_USD = Decimal(2040)
"""Not the index, so that a price over the forward and a price at the index cannot be mistaken for each other."""


def vertical(short: int, long: int, option: OptionType, *, family: Family = Family.INVERSE, iv_frac: float = IV_FRAC) -> Spread:
    legs = [replace(priced(strike, option, family=family), forward_usd=FORWARD_USD, iv_frac=iv_frac) for strike in (short, long)]
    return Spread(verticals=(Vertical(short=legs[0], long=legs[1]),))


def jumped(spread: Spread, *, index: str = "0", vol: float = 0.0, size: int = 2) -> Aftermath:
    return after_jump([Held(spread=spread, quantity_eth=dec(size))], Jump(index_frac=dec(index), vol_pts=vol), index_usd=INDEX_USD, now=NOW)


def plain_usd(option: OptionType, *, forward: float, strike: float, vol: float, years: float) -> float:
    """Straight from the formula: F·N(d1) − K·N(d2), the put by parity."""
    total = vol * math.sqrt(years)
    d1 = math.log(forward / strike) / total + total / 2
    call = forward * 0.5 * math.erfc(-d1 / math.sqrt(2)) - strike * 0.5 * math.erfc(-(d1 - total) / math.sqrt(2))
    return call if option is CALL else call - forward + strike


SPREADS = {
    "bull put": vertical(1750, 1650, PUT),
    "bear call": vertical(2250, 2350, CALL),
    "linear bull put": vertical(1750, 1650, PUT, family=Family.LINEAR_USDC),
}
EVERY = pytest.mark.parametrize("spread", SPREADS.values(), ids=list(SPREADS))


@EVERY
@pytest.mark.parametrize(("index", "vol"), [("0.2", -10.0), ("-0.2", 20.0), ("-0.05", 0.0), ("0", 10.0), ("0", 0.0)])
def test_the_pnl_is_the_difference_of_two_values_of_the_formula(spread: Spread, index: str, vol: float) -> None:
    """The options only: sold at their value before, bought back at their value after, in dollars at each index."""

    def worth_usd(forward: float, spot: float, iv_frac: float) -> float:
        total = 0.0
        for quote, sign in ((spread.verticals[0].short, -1.0), (spread.verticals[0].long, 1.0)):
            value = plain_usd(quote.instrument.option_type, forward=forward, strike=float(quote.instrument.strike_usd), vol=iv_frac, years=YEARS)
            total += sign * (value / forward * spot if spread.family is Family.INVERSE else value)
        return total

    after = jumped(spread, index=index, vol=vol)
    share = 1 + float(index)
    expected = 2 * (worth_usd(float(FORWARD_USD) * share, 2000 * share, IV_FRAC + vol / 100) - worth_usd(float(FORWARD_USD), 2000, IV_FRAC))

    assert float(after.pnl_usd) == pytest.approx(expected, abs=1e-6)
    assert after.index_usd == INDEX_USD * (1 + dec(index))


@EVERY
def test_without_a_jump_nothing_is_gained_and_the_greeks_are_the_books_own(spread: Spread) -> None:
    after = jumped(spread)

    assert (after.pnl_usd, after.pnl_eth) == (0, 0)
    assert after.index_usd == INDEX_USD
    assert not after.greeks.is_partial


@EVERY
def test_a_small_jump_is_what_the_greeks_say(spread: Spread) -> None:
    """Dollars per dollar of the index: the delta on the forward, and for coin-settled options the price itself moves with the index."""
    here, up, down, wilder = jumped(spread), jumped(spread, index="0.0005"), jumped(spread, index="-0.0005"), jumped(spread, vol=0.01)
    slope = float(up.pnl_usd - down.pnl_usd) / (2 * 0.0005 * 2000)
    per_forward = float(FORWARD_USD / INDEX_USD) if spread.family is Family.LINEAR_USDC else 1.0

    assert slope == pytest.approx(here.greeks.delta_eth * per_forward, rel=2e-3)
    assert float(wilder.pnl_usd) / 0.01 == pytest.approx(here.greeks.vega_usd_per_pt * (1.0 if spread.family is Family.LINEAR_USDC else 2000 / 2040), rel=1e-3)


def test_a_gain_in_eth_is_counted_in_the_coin_of_the_contract() -> None:
    inverse, linear = jumped(SPREADS["bull put"], index="-0.1"), jumped(SPREADS["linear bull put"], index="-0.1")
    spread = SPREADS["bull put"]
    before, after = (
        sum(
            (-1 if quote in spread.shorts else 1) * plain_usd(PUT, forward=f, strike=float(quote.instrument.strike_usd), vol=IV_FRAC, years=YEARS) / f
            for quote in spread.quotes
        )
        for f in (2040.0, 2040.0 * 0.9)
    )

    assert float(inverse.pnl_eth) == pytest.approx(2 * (after - before), abs=1e-9)
    assert float(linear.pnl_eth) == pytest.approx(float(linear.pnl_usd) / 1800, abs=1e-9)


@EVERY
def test_the_margin_is_that_of_the_short_leg_at_the_new_index_and_price(spread: Spread) -> None:
    after = jumped(spread, index="-0.1", vol=10.0)
    short = spread.shorts[0]
    strike = float(short.instrument.strike_usd)
    value = plain_usd(short.instrument.option_type, forward=2040 * 0.9, strike=strike, vol=IV_FRAC + 0.1, years=YEARS)
    mark_eth = value / (2040 * 0.9) if spread.family is Family.INVERSE else value / 1800
    expected = short_margin(short.instrument.option_type, strike_usd=short.instrument.strike_usd, index_usd=Decimal(1800), mark_eth=Decimal(repr(mark_eth)))

    assert float(after.initial_margin_eth) == pytest.approx(float(expected.initial_eth) * 2, abs=1e-9)
    assert float(after.maintenance_margin_eth) == pytest.approx(float(expected.maintenance_eth) * 2, abs=1e-9)


def test_a_book_is_the_sum_of_its_spreads() -> None:
    puts, calls, condor = SPREADS["bull put"], SPREADS["bear call"], condor_spread()
    jump = Jump(index_frac=dec("-0.1"), vol_pts=10.0)
    book = [Held(spread=puts, quantity_eth=dec(2)), Held(spread=calls, quantity_eth=dec(1)), Held(spread=condor, quantity_eth=dec(3))]
    whole = after_jump(book, jump, index_usd=INDEX_USD, now=NOW)
    parts = [after_jump([held], jump, index_usd=INDEX_USD, now=NOW) for held in book]

    for name in ("pnl_usd", "pnl_eth", "initial_margin_eth", "maintenance_margin_eth"):
        assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
    for name in ("delta_eth", "delta_ntd_eth", "gamma_usd_per_1pct", "vega_usd_per_pt", "theta_usd_per_day"):
        assert getattr(whole.greeks, name) == pytest.approx(sum(getattr(part.greeks, name) for part in parts))


def test_an_empty_book_moves_nothing() -> None:
    after = after_jump([], Jump(index_frac=dec("-0.2"), vol_pts=20.0), index_usd=INDEX_USD, now=NOW)

    assert (after.pnl_usd, after.pnl_eth, after.initial_margin_eth, after.maintenance_margin_eth) == (0, 0, 0, 0)
    assert (after.greeks.delta_eth, after.greeks.is_partial) == (0, False)


@pytest.mark.parametrize(("iv_frac", "vol", "alike"), [(0.12, -10.0, 0.05), (0.14, -10.0, 0.05), (0.16, -10.0, 0.06), (0.03, -10.0, 0.03), (0.03, 10.0, 0.13)])
def test_no_volatility_falls_below_its_floor_unless_it_lay_there_before(iv_frac: float, vol: float, alike: float) -> None:
    near = vertical(2050, 1950, PUT, iv_frac=iv_frac)
    told = jumped(near, vol=vol)
    expected = jumped(vertical(2050, 1950, PUT, iv_frac=alike)).greeks

    assert told.greeks.vega_usd_per_pt == pytest.approx(expected.vega_usd_per_pt, rel=1e-9)


def test_at_and_after_expiry_only_intrinsic_value_is_left() -> None:
    for now in (EXPIRY_AT, EXPIRY_AT + timedelta(hours=1)):
        held = Held(spread=SPREADS["bull put"], quantity_eth=dec(1))
        after = after_jump([held], Jump(index_frac=dec("-0.2"), vol_pts=20.0), index_usd=INDEX_USD, now=now)

        # Both puts are in the money at a forward of 1,632: the spread is worth its width, paid in coin over the forward.
        assert float(after.pnl_usd) == pytest.approx(-(118 - 18) / 1632 * 1600, rel=1e-9)


@pytest.mark.parametrize("changes", [{"iv_frac": None}, {"forward_usd": None}, {"iv_frac": float("nan")}, {"forward_usd": Decimal(0)}])
@pytest.mark.parametrize("leg", ["short", "long"])
def test_a_leg_without_a_volatility_or_a_forward_makes_the_spread_unpriceable(changes: dict[str, object], leg: str) -> None:
    spread = SPREADS["bull put"]
    broken = leg_changed(spread, leg, **changes)

    assert is_priceable(spread)
    assert not is_priceable(broken)
    with pytest.raises(ValueError, match="no volatility or no forward"):
        jumped(broken)


def test_a_stale_mark_and_an_empty_book_change_nothing() -> None:
    """The model prices both ends of the jump, so that a mark off the model is no gain."""
    spread = SPREADS["bull put"]
    bare = leg_changed(leg_changed(spread, "short", mark_coin=None, bid_coin=None, greeks=None), "long", mark_coin=dec(9))

    assert jumped(bare, index="-0.1", vol=10.0) == jumped(spread, index="-0.1", vol=10.0)


@given(index=st.integers(-20, 20), vol=st.integers(-10, 20), size=st.integers(1, 50))
def test_no_jump_of_a_linear_spread_costs_more_than_its_width(index: int, vol: int, size: int) -> None:
    after = jumped(SPREADS["linear bull put"], index=str(Decimal(index) / 100), vol=float(vol), size=size)

    assert -100 * size <= after.pnl_usd <= 100 * size


def test_the_greeks_after_a_jump_are_those_of_the_repriced_legs() -> None:
    spread = SPREADS["bull put"]
    moved = Spread(
        verticals=(
            Vertical(
                short=replace(priced(1750, PUT), forward_usd=Decimal(1836), iv_frac=0.7, greeks=None),
                long=replace(priced(1650, PUT), forward_usd=Decimal(1836), iv_frac=0.7, greeks=None),
            ),
        )
    )
    there = after_jump([Held(spread=moved, quantity_eth=dec(2))], Jump(index_frac=dec(0), vol_pts=0.0), index_usd=Decimal(1800), now=NOW)
    told = jumped(spread, index="-0.1", vol=10.0)

    assert told.greeks == there.greeks
    assert aggregate(spread_legs(moved, dec(2)), spot_usd=Decimal(1800)).is_partial
