"""The simulated server through the real clients, over recorded and synthetic markets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.app import MarketPlan, build_market
from engine.clients import Clients, McpConnection, connect_clients
from engine.clients.mcp import in_memory
from engine.clock import ManualClock
from engine.config import load_rules
from engine.core.model import Family
from engine.core.rules import PaperAccountRules
from engine.errors import VenueError
from engine.market.history import RecordedMarket
from engine.market.model import Market
from engine.market.synthetic import SyntheticMarket
from engine.servers.sim import build_sim_server

NOW = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
ACCOUNT = PaperAccountRules(wealth_eur=Decimal(20000), eth_share_frac=Decimal("0.20"), exchange_share_frac=Decimal("0.30"))
YEAR = timedelta(days=400)


@asynccontextmanager
async def clients_of(market: Market, clock: ManualClock) -> AsyncIterator[Clients]:
    clients = connect_clients({"sim": McpConnection("sim", in_memory(build_sim_server(market, clock.now, ACCOUNT)))})
    try:
        yield clients
    finally:
        await clients.aclose()


async def test_every_input_of_a_decision_is_there_and_equals_what_the_market_says() -> None:
    market, clock = SyntheticMarket(7, NOW), ManualClock(NOW)
    async with clients_of(market, clock) as clients:
        deribit, hyperliquid, macro = clients.deribit, clients.hyperliquid, clients.macro
        assert deribit is not None
        assert hyperliquid is not None
        assert macro is not None
        assert clients.sentiment is not None
        assert clients.portfolio is not None

        assert await deribit.get_index_price() == market.index_usd(NOW)
        assert await deribit.get_dvol() == market.dvol_pts(NOW)
        assert await deribit.get_time() == NOW
        assert not (await deribit.get_status()).is_locked
        assert await deribit.get_candles(NOW - timedelta(days=30), NOW) == market.candles(NOW - timedelta(days=30), NOW, t=NOW)
        assert await deribit.get_dvol_history(NOW - timedelta(days=2), NOW) == market.dvol_history(NOW - timedelta(days=2), NOW, t=NOW)
        for family in Family:
            assert await deribit.get_instruments(family) == market.instruments(NOW, family=family)
            assert await deribit.get_option_chain(family, NOW, NOW + YEAR) == market.chain(NOW, expiry_from=NOW, expiry_to=NOW + YEAR, family=family)
        assert await deribit.get_delivery_prices(NOW.replace(hour=8)) == market.delivery_price(NOW.replace(hour=8), t=NOW)
        assert await deribit.get_delivery_prices(NOW + timedelta(days=1)) is None
        assert await hyperliquid.get_mark() == market.perp_mark_usd(NOW)
        assert await macro.get_fx() == market.fx_usd_per_eur(NOW)
        assert await macro.get_events(NOW, NOW + timedelta(days=30)) == market.macro(NOW, NOW + timedelta(days=30), t=NOW)
        assert await clients.sentiment.get_sentiment() == market.sentiment(NOW)
        funding = await hyperliquid.get_funding(168)
        rates = market.funding(NOW - timedelta(hours=168), NOW, t=NOW)
        assert funding is not None
        assert funding.value == pytest.approx(sum(rate.hourly_frac for rate in rates) / len(rates) * 8760)


@pytest.mark.parametrize("family", Family)
async def test_a_ticker_is_the_chain_s_own_quote_and_an_unknown_name_is_a_failure(family: Family) -> None:
    market = SyntheticMarket(7, NOW)
    chain = market.chain(NOW, expiry_from=NOW, expiry_to=NOW + YEAR, family=family)
    assert chain is not None
    async with clients_of(market, ManualClock(NOW)) as clients:
        assert clients.deribit is not None
        for quote in chain.quotes[::97]:
            assert await clients.deribit.get_ticker(quote.instrument.name) == quote
        for name in ("ETH-7SEP26-2000-P", "ETH_USDC-7SEP26-2000-P", "ETH-PERPETUAL", "BTC-27MAR26-2000-P"):
            with pytest.raises(VenueError):
                await clients.deribit.get_ticker(name)


async def test_wealth_is_converted_at_the_first_look_and_only_marked_afterwards() -> None:
    market, clock = SyntheticMarket(7, NOW), ManualClock(NOW)
    async with clients_of(market, clock) as clients:
        assert clients.portfolio is not None
        first = await clients.portfolio.get_portfolio()
        clock.advance_to(NOW + timedelta(days=20))
        later = await clients.portfolio.get_portfolio()

    index, index_later = market.index_usd(NOW), market.index_usd(NOW + timedelta(days=20))
    fx, fx_later = market.fx_usd_per_eur(NOW), market.fx_usd_per_eur(NOW + timedelta(days=20))
    assert None not in (first, later, index, index_later, fx, fx_later)
    assert first.value.wealth_eur == Decimal("20000.00")
    assert first.value.eth_share_frac == Decimal("0.2000")
    expected = Decimal(16000) + Decimal(4000) * (index_later.value / fx_later.value) / (index.value / fx.value)
    assert abs(later.value.wealth_eur - expected) < Decimal("0.02")
    assert abs(first.value.available_funds_eth - Decimal(6000) / (index.value / fx.value)) < Decimal("0.0001")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_index_price", {"currency": "DOGE"}),
        ("get_candles", {"currency": "ETH", "start_at": "2020-01-01T00:00:00Z", "end_at": "2026-01-01T00:00:00Z"}),
        ("get_candles", {"currency": "ETH", "start_at": "2026-01-01T00:00:00", "end_at": "2026-01-02T00:00:00Z"}),
        ("get_option_chain", {"currency": "ETH", "family": "linear_usdt", "expiry_from": "2026-01-01T00:00:00Z", "expiry_to": "2026-01-02T00:00:00Z"}),
        ("get_instruments", {"currency": "ETH", "family": "quanto"}),
        ("get_funding", {"coin": "ETH", "hours": 0}),
        ("get_fx", {"pair": "USDJPY"}),
        ("get_ticker", {}),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_for_good(tool: str, arguments: dict[str, object]) -> None:
    connection = McpConnection("sim", in_memory(build_sim_server(SyntheticMarket(7, NOW), lambda: NOW, ACCOUNT)))
    try:
        with pytest.raises(VenueError) as caught:
            await connection.call(tool, arguments)
    finally:
        await connection.aclose()

    assert caught.value.permanent


async def test_an_unknown_contract_family_is_refused_in_one_sentence() -> None:
    connection = McpConnection("sim", in_memory(build_sim_server(SyntheticMarket(7, NOW), lambda: NOW, ACCOUNT)))
    try:
        with pytest.raises(VenueError, match="contract family quanto is not traded here, only inverse and linear_usdc"):
            await connection.call("get_instruments", {"currency": "ETH", "family": "quanto"})
    finally:
        await connection.aclose()


async def test_before_its_own_past_the_synthetic_market_has_nothing_and_says_so() -> None:
    market, clock = SyntheticMarket(7, NOW), ManualClock(NOW - timedelta(days=300))
    async with clients_of(market, clock) as clients:
        assert clients.deribit is not None
        assert clients.hyperliquid is not None
        assert clients.portfolio is not None
        assert clients.sentiment is not None
        assert await clients.deribit.get_index_price() is None
        assert await clients.deribit.get_dvol() is None
        assert await clients.hyperliquid.get_mark() is None
        assert await clients.portfolio.get_portfolio() is None
        assert await clients.sentiment.get_sentiment() is None
        with pytest.raises(VenueError, match="no option chain"):
            await clients.deribit.get_option_chain(Family.INVERSE, NOW, NOW + YEAR)


async def test_a_carried_chain_keeps_both_instants_and_what_was_modelled(history_dir: Path) -> None:
    at = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
    async with clients_of(RecordedMarket(history_dir), ManualClock(at)) as clients:
        assert clients.deribit is not None
        chain = await clients.deribit.get_option_chain(Family.INVERSE, at, at + YEAR)

    assert (chain.source, chain.recorded_at, chain.taken_at) == ("carried", datetime(2026, 2, 16, 9, 44, 36, tzinfo=UTC), at)
    assert {quote.quoted_at for quote in chain.quotes} == {at}
    assert {quote.modelled for quote in chain.quotes} == {("greeks", "sizes")}


async def test_a_whole_chain_comes_over_in_one_call(history_dir: Path) -> None:
    at = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    async with clients_of(RecordedMarket(history_dir), ManualClock(at)) as clients:
        deribit = clients.deribit
        assert deribit is not None
        rows = len((await deribit.get_option_chain(Family.INVERSE, at, at + YEAR)).quotes)

    assert rows > 800


def test_a_recording_is_carried_for_as_long_as_the_rules_say_and_not_at_all_when_asked_exactly(history_dir: Path) -> None:
    at = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)
    rules = load_rules(None).rules
    impatient = replace(rules, recorded_chain_age_max_h=4)
    plan = MarketPlan(history=history_dir, start_at=at)
    sources = [
        chain.source
        for market in (build_market(plan, rules), build_market(plan, impatient), build_market(replace(plan, is_exact=True), rules))
        if (chain := market.chain(at, expiry_from=at, expiry_to=at + YEAR)) is not None
    ]

    assert sources == ["carried", "surface", "recorded"]
