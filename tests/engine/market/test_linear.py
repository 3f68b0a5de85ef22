"""Linear options beside the inverse ones of the same instant: the same surface and the same recording, told in USDC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.model import Chain, Family, OptionType, Quote
from engine.market.history import RecordedMarket
from engine.market.model import Market
from engine.market.surface import SurfaceBand
from engine.market.synthetic import SyntheticMarket
from tests.engine.market.surfaces import inputs_of, options

START = datetime(2026, 9, 7, 13, 58, tzinfo=UTC)
RECORDED_AT = datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC)
AT = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
TICK = Decimal("0.1")
MARK_STEP = Decimal("0.000001")


def chain_of(market: Market, t: datetime, family: Family, *, days: int = 400) -> Chain:
    chain = market.chain(t, expiry_from=t, expiry_to=t + timedelta(days=days), family=family)
    assert chain is not None
    assert chain.family is family
    return chain


def pairs(market: Market, t: datetime) -> list[tuple[Quote, Quote]]:
    """Each listed option as (inverse, linear)."""
    return list(zip(chain_of(market, t, Family.INVERSE).quotes, chain_of(market, t, Family.LINEAR_USDC).quotes, strict=True))


def usd_of(price_coin: Decimal | None, quote: Quote) -> Decimal:
    assert price_coin is not None
    assert quote.forward_usd is not None
    return price_coin * quote.forward_usd


@pytest.fixture(scope="module")
def recorded(history_dir: Path) -> RecordedMarket:
    return RecordedMarket(history_dir)


def test_a_linear_option_is_the_inverse_one_of_another_name_with_the_same_model_behind_it() -> None:
    for inverse, linear in pairs(SyntheticMarket(5, START), START):
        assert linear.instrument.name == inverse.instrument.name.replace("ETH-", "ETH_USDC-")
        assert (linear.instrument.strike_usd, linear.instrument.expiry_at) == (inverse.instrument.strike_usd, inverse.instrument.expiry_at)
        assert (linear.iv_frac, linear.greeks, linear.forward_usd, linear.modelled) == (inverse.iv_frac, inverse.greeks, inverse.forward_usd, inverse.modelled)
        assert abs(usd_of(linear.mark_coin, linear) / linear.forward_usd - usd_of(inverse.mark_coin, inverse)) < Decimal("0.02")


def test_a_linear_quote_stands_on_its_grid_around_its_mark_in_usd() -> None:
    for linear in chain_of(SyntheticMarket(5, START), START, Family.LINEAR_USDC).quotes:
        assert linear.ask_coin is not None
        assert linear.mark_coin is not None
        assert linear.ask_coin % TICK == 0
        assert linear.ask_coin >= linear.mark_coin - MARK_STEP
        assert linear.bid_coin is None or (linear.bid_coin % TICK == 0 and TICK <= linear.bid_coin <= linear.mark_coin + MARK_STEP)
        assert (linear.bid_size_eth is None) == (linear.bid_coin is None)


def test_a_linear_book_is_as_wide_as_the_inverse_one_up_to_a_step_of_both_grids() -> None:
    compared = [
        (inverse, linear) for inverse, linear in pairs(SyntheticMarket(5, START), START) if inverse.bid_coin is not None and linear.bid_coin is not None
    ]

    assert len(compared) > 200
    for inverse, linear in compared:
        inverse_usd = usd_of(inverse.ask_coin, inverse) - usd_of(inverse.bid_coin, inverse)
        steps_usd = 2 * TICK + 2 * Decimal("0.0005") * linear.forward_usd
        assert abs(linear.ask_coin - linear.bid_coin - inverse_usd) <= steps_usd


def test_put_and_call_of_one_strike_differ_by_forward_less_strike_in_usdc() -> None:
    quotes = {quote.instrument.name: quote for quote in chain_of(SyntheticMarket(5, START), START, Family.LINEAR_USDC).quotes}
    calls = [quote for quote in quotes.values() if quote.instrument.option_type is OptionType.CALL]

    assert len(calls) > 100
    for call in calls:
        put = quotes[f"{call.instrument.name[:-1]}P"]
        assert abs(call.mark_coin - put.mark_coin - (call.forward_usd - call.instrument.strike_usd)) < Decimal("0.011")


def test_a_wider_band_widens_a_linear_book_and_leaves_its_mark() -> None:
    expiry_at, strikes, family = START + timedelta(days=18), [1600.0, 1700.0], Family.LINEAR_USDC
    point = options(inputs_of(at=START), expiry_at, strikes, is_call=False, family=family)
    wide = options(inputs_of(at=START), expiry_at, strikes, is_call=False, family=family, band=SurfaceBand(spread_factor=2.0))

    assert (wide.mark_coin == point.mark_coin).all()
    assert (wide.ask_coin - wide.bid_coin > point.ask_coin - point.bid_coin).all()


@pytest.mark.parametrize("family", Family)
def test_ticker_and_list_agree_with_the_chain_of_the_family(family: Family) -> None:
    market = SyntheticMarket(5, START)
    chain = chain_of(market, START, family)

    assert market.instruments(START, family=family) == tuple(quote.instrument for quote in chain.quotes)
    for quote in chain.quotes[::53]:
        assert market.ticker(START, quote.instrument.name) == quote


@pytest.mark.parametrize("t", [AT, RECORDED_AT, datetime(2025, 6, 16, 14, 0, tzinfo=UTC)])
def test_a_recording_lists_and_quotes_the_linear_twin_of_every_option(recorded: RecordedMarket, t: datetime) -> None:
    told = pairs(recorded, t)

    assert recorded.instruments(t, family=Family.LINEAR_USDC) == tuple(linear.instrument for _, linear in told)
    for inverse, linear in told[::37]:
        assert linear.instrument.name == inverse.instrument.name.replace("ETH-", "ETH_USDC-")
        assert recorded.ticker(t, linear.instrument.name) == linear


def test_a_recorded_linear_quote_is_the_inverse_book_at_the_forward_rounded_against_us(history_dir: Path) -> None:
    """At the snapshot's own instant nothing has moved: bid down, ask up, each by less than a tick."""
    exact = RecordedMarket(history_dir, exact=True)
    told, quoted = pairs(exact, AT), 0
    for inverse, linear in told:
        assert (linear.quoted_at, linear.recorded_at, linear.iv_frac, linear.greeks) == (RECORDED_AT, RECORDED_AT, inverse.iv_frac, inverse.greeks)
        assert (linear.open_interest_eth, linear.volume_24h_eth) == (inverse.open_interest_eth, inverse.volume_24h_eth)
        if inverse.ask_coin is not None:
            quoted += 1
            # The forward a quote shows is rounded to the cent, its prices are not made of that rounding.
            assert -Decimal("0.01") < linear.ask_coin - usd_of(inverse.ask_coin, inverse) < TICK + Decimal("0.01")
        if inverse.bid_coin is not None and linear.bid_coin is not None:
            assert -Decimal("0.01") < usd_of(inverse.bid_coin, inverse) - linear.bid_coin < TICK + Decimal("0.01")
        assert (linear.ask_coin is None) == (inverse.ask_coin is None)

    assert quoted > 300


def test_a_carried_linear_quote_says_what_of_it_was_never_recorded(recorded: RecordedMarket) -> None:
    chain = chain_of(recorded, AT, Family.LINEAR_USDC, days=30)

    assert (chain.source, chain.recorded_at) == ("carried", RECORDED_AT)
    assert {quote.modelled for quote in chain.quotes} == {("bid", "ask", "mark", "greeks", "sizes", "open_interest")}
    assert all(quote.instrument.lot_eth == TICK for quote in chain.quotes)
    assert all(quote.bid_coin is None or quote.bid_coin % TICK == 0 for quote in chain.quotes)
    assert all(quote.bid_coin is None or quote.ask_coin is None or quote.bid_coin <= quote.mark_coin <= quote.ask_coin for quote in chain.quotes[::7])
