"""Portfolio margin nets the legs of a spread: against its bounds and against the same grid written down plainly."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.margin import spread_margin
from engine.core.model import Family, OptionType, Quote, Spread, Strategy, Vertical
from engine.core.portfolio_margin import portfolio_margin_eth, portfolio_margin_usd

from .builders import EXPIRY_AT, INDEX_USD, NOW, condor_spread, dec, every_leg_changed, leg_changed, priced, spread

PUT, CALL = OptionType.PUT, OptionType.CALL
normal_cdf = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2.0)))


def black_76(kind: OptionType, *, forward: np.ndarray, strike: float, vol: np.ndarray, years: float) -> np.ndarray:
    """Straight from the formula: F·N(d1) − K·N(d2), the put by parity."""
    total = vol * math.sqrt(years)
    d1 = np.log(forward / strike) / total + total / 2.0
    call = forward * normal_cdf(d1) - strike * normal_cdf(d1 - total)
    return call if kind is CALL else call - forward + strike


def plain_grid_usd(whole: Spread, *, days: float) -> float:
    """Nine moves of up to 16 % by three volatilities, every leg revalued, the worst sum kept; less than a day counts as one for the volatility."""
    moves, years = np.arange(-16, 17, 4) / 100.0, days / 365.0
    widened = (30.0 / max(days, 1.0)) ** (0.30 if days < 30.0 else 0.13)
    shocks = np.array([1.0 + 0.50 * widened, 1.0, 1.0 - 0.25 * widened])
    total = np.zeros((9, 3))
    for quote in whole.quotes:
        assert quote.forward_usd is not None
        assert quote.iv_frac is not None
        forward, strike = float(quote.forward_usd), float(quote.instrument.strike_usd)
        moved = np.broadcast_to((forward * (1.0 + moves))[:, None], (9, 3))
        vols = np.broadcast_to((quote.iv_frac * shocks)[None, :], (9, 3))
        now = black_76(quote.instrument.option_type, forward=np.array(forward), strike=strike, vol=np.array(quote.iv_frac), years=years)
        then = black_76(quote.instrument.option_type, forward=moved, strike=strike, vol=vols, years=years)
        total += (then - now) * (-1.0 if quote in whole.shorts else 1.0)
    return max(float(-total.min()), 0.0)


def margin_usd(whole: Spread) -> float:
    found = portfolio_margin_usd(whole, now=NOW)
    if found is None:
        raise LookupError("every volatility and forward is there")
    return found


SPREADS = {
    "put": spread(1750, 1650),
    "put near the money": spread(1950, 1850),
    "wide put": spread(1750, 1300),
    "put out of every scenario": spread(1300, 1200),
    "call": spread(2300, 2400, strategy=Strategy.BEAR_CALL),
    "condor": condor_spread(),
    "uneven condor": condor_spread(put=(1800, 1700), call=(2200, 2500)),
    "smile": leg_changed(leg_changed(spread(), "long", iv_frac=0.72, forward_usd=dec(2004)), "short", iv_frac=0.66, forward_usd=dec(2004)),
    "linear": spread(1750, 1650, family=Family.LINEAR_USDC),
}


@pytest.mark.parametrize("name", SPREADS)
def test_the_margin_is_the_worst_of_the_plain_grid(name: str) -> None:
    assert margin_usd(SPREADS[name]) == pytest.approx(plain_grid_usd(SPREADS[name], days=17.75), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("days", [1, 2, 7, 29, 30, 31, 90, 365])
@pytest.mark.parametrize("whole", [spread(1900, 1800), condor_spread()], ids=["put", "condor"])
def test_volatility_moves_more_the_nearer_the_expiry(whole: Spread, days: int) -> None:
    found = portfolio_margin_usd(whole, now=EXPIRY_AT - timedelta(days=days))

    assert found == pytest.approx(plain_grid_usd(whole, days=float(days)), rel=1e-9)


@pytest.mark.parametrize("hours", [25, 24, 23, 6, 1])
def test_inside_the_last_day_the_shock_grows_no_further(hours: int) -> None:
    """With an hour to go the upper volatility is still 1 + 0.5·30^0.3 = 2.39 times the present one, not 4.6 times."""
    found = portfolio_margin_usd(spread(1900, 1800), now=EXPIRY_AT - timedelta(hours=hours))

    assert found == pytest.approx(plain_grid_usd(spread(1900, 1800), days=hours / 24.0), rel=1e-9)


@pytest.mark.parametrize("whole", [SPREADS["put"], SPREADS["condor"]], ids=["put", "condor"])
def test_at_expiry_only_what_a_move_makes_of_the_strikes_is_left(whole: Spread) -> None:
    """A fall of 16 % ends at 1 680: 70 in the money of the 1750 put, and nothing else."""
    assert portfolio_margin_usd(whole, now=EXPIRY_AT) == pytest.approx(70.0)


STRIKES = st.integers(20, 60).map(lambda step: 50 * step)


@given(STRIKES, st.integers(1, 12), st.sampled_from(OptionType), st.floats(0.2, 1.5))
def test_a_vertical_never_needs_more_than_its_width(short: int, steps: int, kind: OptionType, iv_frac: float) -> None:
    long = short - 50 * min(steps, short // 50 - 1) if kind is PUT else short + 50 * steps
    whole = every_leg_changed(Spread(verticals=(Vertical(short=priced(short, kind), long=priced(long, kind)),)), iv_frac=iv_frac)

    assert 0.0 <= margin_usd(whole) <= float(whole.width_usd)


@pytest.mark.parametrize("put", [(1750, 1650), (1850, 1750)])
@pytest.mark.parametrize("call", [(2300, 2400), (2200, 2350)])
def test_a_condor_needs_about_what_its_worse_side_needs(put: tuple[int, int], call: tuple[int, int]) -> None:
    """The side the market moves away from gains, so both together need no more than the worse one, and not much less."""
    sides = margin_usd(spread(*put)), margin_usd(spread(*call, strategy=Strategy.BEAR_CALL))
    both = margin_usd(condor_spread(put=put, call=call))

    assert both <= max(sides) + 1e-9
    assert both > max(sides) / 2
    assert both < sum(sides)


def test_the_wider_the_spread_the_more_it_resembles_the_naked_short() -> None:
    margins = [margin_usd(spread(1750, long)) for long in (1700, 1650, 1600, 1500, 1300, 1000, 500, 50)]
    naked = margin_usd(spread(1750, 1))

    assert margins == sorted(margins)
    assert margins[0] < 50
    assert margins[-1] == pytest.approx(naked, rel=1e-3)
    assert margins[-1] > 100 > margins[1]


def test_the_legs_net_where_the_standard_model_adds() -> None:
    standard, netted = spread_margin(condor_spread(), index_usd=INDEX_USD), portfolio_margin_eth(condor_spread(), index_usd=INDEX_USD, now=NOW)

    assert standard is not None
    assert netted is not None
    assert netted < standard.initial_eth / 5


def test_a_spread_far_from_every_scenario_needs_next_to_nothing() -> None:
    assert 0.0 <= margin_usd(spread(300, 250)) < 0.01


def test_a_book_that_only_gains_needs_nothing() -> None:
    """A short with no time value left and the same option bought: nothing can be lost."""
    same = priced(1750, PUT)

    assert margin_usd(Spread(verticals=(Vertical(short=same, long=same),))) == 0.0


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("leg", ["short", "long"])
@pytest.mark.parametrize(
    "changes",
    [
        {"iv_frac": None},
        {"iv_frac": float("nan")},
        {"iv_frac": -0.5},
        {"iv_frac": 0.0},
        {"forward_usd": None},
        {"forward_usd": dec(0)},
        {"forward_usd": dec("NaN")},
    ],
    ids=str,
)
def test_without_a_volatility_or_a_forward_for_every_leg_there_is_no_figure(side: int, leg: str, changes: dict[str, float | Decimal | None]) -> None:
    whole = leg_changed(condor_spread(), leg, side=side, **changes)

    assert portfolio_margin_usd(whole, now=NOW) is None
    assert portfolio_margin_eth(whole, index_usd=INDEX_USD, now=NOW) is None


@pytest.mark.parametrize("index", [1000, 2000, 4000])
def test_the_margin_in_ether_is_the_one_in_dollars_at_the_index(index: int) -> None:
    in_eth = portfolio_margin_eth(spread(), index_usd=dec(index), now=NOW)

    assert in_eth is not None
    assert float(in_eth) * index == pytest.approx(margin_usd(spread()))


def test_a_spread_in_dollars_needs_what_the_same_strikes_need_in_ether() -> None:
    assert margin_usd(SPREADS["linear"]) == margin_usd(SPREADS["put"])


def test_book_prices_play_no_part() -> None:
    bare: Quote = priced(1750, PUT, bid_coin=None, ask_coin=None, mark_coin=None, greeks=None)
    whole = Spread(verticals=(Vertical(short=bare, long=priced(1650, PUT)),))

    assert margin_usd(whole) == margin_usd(spread())
