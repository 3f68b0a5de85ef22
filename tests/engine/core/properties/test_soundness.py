"""Model figures of any quote: garbage never raises, and what comes out is possible."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import Chain, Greeks, OptionType, Quote, Spread
from engine.core.portfolio_margin import portfolio_margin_usd
from engine.core.quote_soundness import sound_forward_usd, sound_greeks, sound_iv_frac, with_sound_greeks
from engine.core.skew import atm_iv_frac, rr25_pts
from tests.engine.core.builders import EXPIRY_AT, NOW, chain, dec, leg_changed, priced

from .worlds import SPREADS

ANY_FLOATS = st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e300, -1e300, 1e-300, 5e-324, 1.7e308]) | st.floats()
ANY_FORWARDS = (
    st.none()
    | st.sampled_from([dec(text) for text in ("NaN", "sNaN", "Infinity", "-Infinity", "0", "-1", "1e300", "1e400", "1e-300", "1e-400")])
    | st.decimals()
)
ANY_GREEKS = st.none() | st.builds(Greeks, delta=ANY_FLOATS, gamma_per_usd=ANY_FLOATS, vega_usd_per_pt=ANY_FLOATS, theta_usd_per_day=ANY_FLOATS)
MOMENTS = st.sampled_from([NOW, EXPIRY_AT - timedelta(minutes=31), EXPIRY_AT - timedelta(seconds=1), EXPIRY_AT, EXPIRY_AT + timedelta(days=1)])
SIDES = st.sampled_from(OptionType)
STRIKES = st.integers(1, 40).map(lambda step: 50 * step)
QUOTES = st.builds(priced, STRIKES, SIDES, iv_frac=st.none() | ANY_FLOATS, forward_usd=ANY_FORWARDS, greeks=ANY_GREEKS)
USUAL_QUOTES = st.builds(priced, STRIKES, SIDES, iv_frac=st.floats(0.2, 2.0))


def is_possible(greeks: Greeks, option_type: OptionType) -> bool:
    figures = (greeks.delta, greeks.gamma_per_usd, greeks.vega_usd_per_pt, greeks.theta_usd_per_day)
    low, high = (-1.0, 0.0) if option_type is OptionType.PUT else (0.0, 1.0)
    return all(math.isfinite(figure) for figure in figures) and low <= greeks.delta <= high


@given(QUOTES, MOMENTS)
def test_garbage_gives_possible_figures_or_none(quote: Quote, now: datetime) -> None:
    iv_frac, forward_usd, greeks = sound_iv_frac(quote), sound_forward_usd(quote), sound_greeks(quote, now)

    assert iv_frac is None or (math.isfinite(iv_frac) and iv_frac > 0.0)
    assert forward_usd is None or (math.isfinite(forward_usd) and forward_usd > 0.0)
    assert greeks is None or is_possible(greeks, quote.instrument.option_type)


@given(QUOTES, MOMENTS)
def test_greeks_that_are_filled_in_are_marked_and_change_nothing_else(quote: Quote, now: datetime) -> None:
    whole = with_sound_greeks(quote, now)

    assert replace(whole, greeks=quote.greeks, modelled=quote.modelled) == quote or quote != quote  # noqa: PLR0124 - a NaN equals nothing
    assert whole is quote or whole.greeks is None or "greeks" in whole.modelled


@given(st.lists(QUOTES | USUAL_QUOTES, max_size=12), MOMENTS)
def test_the_shape_of_a_garbage_expiry_is_a_number_or_none(quotes: list[Quote], now: datetime) -> None:
    rr25, atm = rr25_pts(with_quotes(quotes), EXPIRY_AT, now), atm_iv_frac(quotes)

    assert rr25 is None or not math.isnan(rr25)
    assert atm is None or not math.isnan(atm)


WHOLE = chain()


def with_quotes(quotes: list[Quote]) -> Chain:
    return replace(WHOLE, quotes=tuple(quotes))


NEAR_QUOTES = st.builds(priced, st.sampled_from([1900, 1950, 2000, 2050]), SIDES, iv_frac=st.floats(0.2, 2.0))


@given(st.lists(USUAL_QUOTES | NEAR_QUOTES, max_size=12, unique_by=lambda quote: quote.instrument.name), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_change_the_shape(quotes: list[Quote], generator: random.Random) -> None:
    shuffled = list(quotes)
    generator.shuffle(shuffled)

    assert rr25_pts(with_quotes(shuffled), EXPIRY_AT, NOW) == rr25_pts(with_quotes(quotes), EXPIRY_AT, NOW)
    assert atm_iv_frac(shuffled) == atm_iv_frac(quotes)


@given(st.lists(USUAL_QUOTES, max_size=12, unique_by=lambda quote: quote.instrument.name))
def test_a_volatility_between_strikes_lies_between_theirs(quotes: list[Quote]) -> None:
    atm = atm_iv_frac(quotes)
    known = [quote.iv_frac for quote in quotes]

    assert atm is None or min(known) <= atm <= max(known)


@st.composite
def garbage_spreads(draw: st.DrawFn) -> Spread:
    whole = SPREADS[draw(st.sampled_from(sorted(SPREADS)))]
    side, leg = draw(st.integers(0, len(whole.verticals) - 1)), draw(st.sampled_from(["short", "long"]))
    return leg_changed(whole, leg, side=side, iv_frac=draw(st.none() | ANY_FLOATS), forward_usd=draw(ANY_FORWARDS))


@given(garbage_spreads(), MOMENTS)
def test_a_garbage_leg_has_a_portfolio_margin_or_none(spread: Spread, now: datetime) -> None:
    margin_usd = portfolio_margin_usd(spread, now=now)

    assert margin_usd is None or margin_usd >= 0.0


def test_at_a_strike_that_is_the_forward_the_put_is_read_whatever_the_order() -> None:
    quotes = [priced(2000, OptionType.PUT, iv_frac=0.6), priced(2000, OptionType.CALL, iv_frac=0.5), priced(2050, OptionType.CALL, iv_frac=0.5)]

    assert atm_iv_frac(quotes) == atm_iv_frac(quotes[::-1]) == 0.6
