"""An amount that is no number takes its own reading away and no other."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from engine.core.model import MarketSnapshot, OptionType, Quote, Wealth
from engine.core.sound_snapshot import sound_quote, sound_snapshot
from tests.engine.core.builders import INDEX_USD, WEALTH, dec, priced, read, snapshot

PRICES = ("index_usd", "perp_mark_usd", "fx_usd_per_eur", "fx_before_usd_per_eur")
AMOUNTS = ("bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "ask_size_eth", "open_interest_eth", "volume_24h_eth")
NO_NUMBERS = [dec(text) for text in ("NaN", "sNaN", "Infinity", "-Infinity")]


def whole() -> MarketSnapshot:
    """Every price is there, each with a value of its own."""
    return snapshot(fx_before_usd_per_eur=read(dec("1.15")))


@pytest.mark.parametrize("name", PRICES)
@pytest.mark.parametrize("garbage", NO_NUMBERS)
def test_a_price_that_is_no_number_is_left_out_and_the_others_stay(name: str, garbage: Decimal) -> None:
    market = whole()

    assert sound_snapshot(replace(market, **{name: read(garbage)})) == replace(market, **{name: None})


@pytest.mark.parametrize("name", [field.name for field in fields(Wealth)])
@pytest.mark.parametrize("garbage", NO_NUMBERS)
def test_wealth_with_one_amount_that_is_no_number_is_left_out_and_the_prices_stay(name: str, garbage: Decimal) -> None:
    market = whole()

    assert sound_snapshot(replace(market, wealth=read(replace(WEALTH, **{name: garbage})))) == replace(market, wealth=None)


@pytest.mark.parametrize("name", [*PRICES, "wealth"])
def test_a_snapshot_without_a_reading_is_sound(name: str) -> None:
    market = replace(whole(), **{name: None})

    assert sound_snapshot(market) is market


@pytest.mark.parametrize("name", [*PRICES[1:], "wealth"])
def test_a_reading_that_is_missing_beside_garbage_stays_missing(name: str) -> None:
    market = replace(whole(), **{name: None})

    assert sound_snapshot(replace(market, index_usd=read(dec("NaN")))) == replace(market, index_usd=None)


@pytest.mark.parametrize("name", AMOUNTS)
@pytest.mark.parametrize("garbage", NO_NUMBERS)
def test_an_amount_of_a_quote_that_is_no_number_is_left_out_and_the_others_stay(name: str, garbage: Decimal) -> None:
    quote = priced(1750, OptionType.PUT)

    assert sound_quote(replace(quote, **{name: garbage})) == replace(quote, **{name: None})


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_quote_without_an_amount_is_sound(name: str) -> None:
    quote: Quote = replace(priced(1750, OptionType.PUT, forward_usd=INDEX_USD), **{name: None})

    assert sound_quote(quote) is quote
