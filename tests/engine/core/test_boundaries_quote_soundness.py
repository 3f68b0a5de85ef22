"""Which figures of a quote are believed, exactly at the edges of what is possible."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.model import Greeks, OptionType, Quote
from engine.core.pricing import greeks, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_greeks, sound_iv_frac, with_sound_greeks
from tests.engine.core.builders import EXPIRY_AT, NOW, dec, priced

PUT, CALL = OptionType.PUT, OptionType.CALL
HALF_AN_HOUR = timedelta(minutes=30)
SENT = Greeks(delta=-0.5, gamma_per_usd=0.001, vega_usd_per_pt=1.0, theta_usd_per_day=-1.0)


def quote_of(option_type: OptionType = PUT, *, strike: int = 1750, forward_usd: str = "2100", **changes: object) -> Quote:
    """A quote whose forward is not the index, with a volatility of its own."""
    return replace(priced(strike, option_type), **{"forward_usd": dec(forward_usd), "iv_frac": 0.7, **changes})


def computed(quote: Quote, now: datetime) -> Greeks:
    """What Black-76 gives on the quote's own forward and volatility."""
    option = quote.instrument
    return greeks(option.option_type, F=float(quote.forward_usd or 0), K=float(option.strike_usd), sigma=quote.iv_frac or 0.0, T=years_between(now, EXPIRY_AT))


@pytest.mark.parametrize("iv_frac", [5e-324, 0.5, 1.0, 20.0])
def test_any_positive_number_is_a_volatility(iv_frac: float) -> None:
    assert sound_iv_frac(quote_of(iv_frac=iv_frac)) == iv_frac


@pytest.mark.parametrize("iv_frac", [None, 0.0, -0.5, math.nan, math.inf])
def test_what_is_not_a_positive_number_is_no_volatility(iv_frac: float | None) -> None:
    assert sound_iv_frac(quote_of(iv_frac=iv_frac)) is None


@pytest.mark.parametrize("forward_usd", ["0.001", "0.5", "1", "2000"])
def test_any_positive_amount_is_a_forward(forward_usd: str) -> None:
    assert sound_forward_usd(quote_of(forward_usd=forward_usd)) == float(forward_usd)


@pytest.mark.parametrize("forward_usd", [None, dec(0), dec(-1), dec("NaN"), dec("sNaN"), dec("Infinity"), dec("1e400")])
def test_what_is_not_a_positive_amount_is_no_forward(forward_usd: Decimal | None) -> None:
    assert sound_forward_usd(replace(quote_of(), forward_usd=forward_usd)) is None


@pytest.mark.parametrize("option_type", list(OptionType))
@pytest.mark.parametrize(
    ("delta", "possible_for"), [(-1.0, {PUT}), (-0.5, {PUT}), (0.0, {PUT, CALL}), (0.5, {CALL}), (1.0, {CALL}), (-1.01, set()), (1.01, set())]
)
def test_a_put_falls_and_a_call_rises_with_the_forward_by_no_more_than_it(option_type: OptionType, delta: float, possible_for: set[OptionType]) -> None:
    quote = quote_of(option_type, greeks=replace(SENT, delta=delta))
    is_possible = option_type in possible_for

    assert sound_greeks(quote, NOW) == (quote.greeks if is_possible else None)
    assert with_sound_greeks(quote, NOW) == (quote if is_possible else replace(quote, greeks=None))


@pytest.mark.parametrize("name", ["delta", "gamma_per_usd", "vega_usd_per_pt", "theta_usd_per_day"])
@pytest.mark.parametrize("garbage", [math.nan, math.inf])
def test_one_figure_that_is_no_number_makes_the_greeks_impossible(name: str, garbage: float) -> None:
    quote = quote_of(greeks=replace(SENT, **{name: garbage}))

    assert sound_greeks(quote, NOW) is None
    assert with_sound_greeks(quote, NOW).greeks is None


@pytest.mark.parametrize("name", ["gamma_per_usd", "vega_usd_per_pt"])
@pytest.mark.parametrize(("figure", "is_possible"), [(-5e-324, False), (0.0, True), (2.0, True)])
def test_a_bought_option_never_loses_by_curvature_or_by_more_volatility(name: str, figure: float, is_possible: bool) -> None:
    quote = quote_of(greeks=replace(SENT, **{name: figure}))

    assert (sound_greeks(quote, NOW) is not None) is is_possible


@pytest.mark.parametrize("option_type", list(OptionType))
def test_greeks_the_venue_did_not_send_are_computed_on_the_quotes_own_figures(option_type: OptionType) -> None:
    quote = quote_of(option_type, greeks=None, modelled=("greeks", "iv"))
    whole = with_sound_greeks(quote, NOW)

    assert sound_greeks(quote, NOW) == computed(quote, NOW)
    assert whole == replace(quote, greeks=computed(quote, NOW), modelled=("iv", "greeks"))


@pytest.mark.parametrize("missing", [{"iv_frac": None}, {"forward_usd": None}, {"iv_frac": 0.0}, {"iv_frac": None, "forward_usd": None}])
def test_greeks_are_not_computed_without_a_volatility_and_a_forward(missing: dict[str, None]) -> None:
    quote = replace(quote_of(greeks=None), **missing)

    assert sound_greeks(quote, NOW) is None
    assert with_sound_greeks(quote, NOW) == quote


@pytest.mark.parametrize(
    ("before", "is_believed"),
    [(timedelta(0), False), (timedelta(microseconds=1), False), (HALF_AN_HOUR, False), (HALF_AN_HOUR + timedelta(microseconds=1), True)],
)
def test_the_venues_greeks_are_believed_until_half_an_hour_before_expiry(before: timedelta, is_believed: bool) -> None:
    now = EXPIRY_AT - before
    quote = quote_of(greeks=SENT)
    instead = computed(quote, now) if before else None

    assert sound_greeks(quote, now) == (SENT if is_believed else instead)
    assert with_sound_greeks(quote, now).greeks == (SENT if is_believed else instead)
    assert with_sound_greeks(quote, now).modelled == (() if is_believed or instead is None else ("greeks",))


def test_once_expired_the_venues_greeks_are_its_own_again_and_none_are_computed() -> None:
    late = EXPIRY_AT + timedelta(microseconds=1)

    assert sound_greeks(quote_of(greeks=SENT), late) == SENT
    assert sound_greeks(quote_of(greeks=None), late) is None


def test_computed_greeks_that_are_impossible_are_none() -> None:
    # A gamma per dollar on a forward of next to nothing has no end.
    quote = quote_of(forward_usd="1e-315", iv_frac=175.0, greeks=None)

    assert sound_greeks(quote, NOW) is None
    assert with_sound_greeks(quote, NOW).greeks is None
