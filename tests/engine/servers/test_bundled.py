"""The bundled servers together: one desk's world over loopback stand-ins, with and without an operator's own server among them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from engine.clients import Clients, McpConnection, connect_clients
from engine.clients.call_log import read_calls
from engine.clients.mcp import in_memory
from engine.clients.ping import ServerHealth, ping_all
from engine.clients.roles import ROLES
from engine.config import SERVER_VARIABLES, default_rules
from engine.errors import ConfigError, VenueError
from engine.home import home_at
from engine.market.synthetic import SyntheticMarket
from engine.servers.bundled import Setup, bundle, desk_clients
from engine.servers.sim import build_sim_server
from tests.conftest import ROOT
from tests.fakes.upstream import FakeSurroundings
from tests.fakes.venue import FakeVenue


@asynccontextmanager
async def world(*, is_testnet: bool = False) -> AsyncIterator[tuple[FakeVenue, FakeSurroundings, dict[str, str]]]:
    """A venue and the other upstreams at its time, and the variables that lead there."""
    async with FakeVenue(is_testnet=is_testnet) as venue, FakeSurroundings(venue.now) as surroundings:
        yield venue, surroundings, {**surroundings.environ, "CERBERO_DERIBIT_URL": venue.http_url}


@asynccontextmanager
async def desk(
    venue: FakeVenue,
    variables: Mapping[str, str],
    *,
    home: Path | None = None,
    named: Mapping[str, McpConnection] | None = None,
) -> AsyncIterator[Clients]:
    others = {} if named is None else dict(named)
    setup = Setup(now=venue.now, rules=default_rules(), has_account=False, home=None if home is None else home_at(home), variables=variables)
    made = bundle([role for role in ROLES if role not in others], setup, others)
    clients = connect_clients({**others, **made.connections}, closers=made.closers)
    try:
        yield clients
    finally:
        await clients.aclose()


async def test_a_paper_desk_has_every_input_without_an_account(tmp_path: Path) -> None:
    async with world() as (venue, _, variables), desk(venue, variables, home=tmp_path) as clients:
        assert clients.deribit is not None
        assert clients.hyperliquid is not None
        assert clients.macro is not None
        assert clients.sentiment is not None
        assert clients.portfolio is not None
        index, mark = await clients.deribit.get_index_price(), await clients.hyperliquid.get_mark()
        wealth, fx = await clients.portfolio.get_portfolio(), await clients.macro.get_fx()
        mood, funding = await clients.sentiment.get_sentiment(), await clients.hyperliquid.get_funding(168)

    assert None not in (index, mark, wealth, fx, mood, funding)
    assert wealth is not None
    assert wealth.value.wealth_eur == Decimal(20000)
    assert (tmp_path / "paper_account.json").exists()
    assert not [call for call in venue.calls if call.method.startswith("private/") or call.method == "public/auth"]


@pytest.mark.parametrize("folder", ["calls", ""])
async def test_every_call_is_written_down_where_a_folder_is_named_and_only_there(tmp_path: Path, folder: str) -> None:
    async with world() as (venue, _, variables):
        chosen = {**variables, "CERBERO_RECORD": str(tmp_path / folder) if folder else ""}
        clients = desk_clients(Setup(now=venue.now, rules=default_rules(), has_account=False, home=home_at(tmp_path), variables=chosen), tmp_path / "mcp.json")
        try:
            await ping_all(clients)
        finally:
            await clients.aclose()

    assert {call.server for call in read_calls(tmp_path / "calls")} == ({*ROLES, "brain_bridge"} if folder else set())


async def test_on_paper_no_key_is_looked_at_even_where_there_is_one() -> None:
    key = {"CERBERO_DERIBIT_MAINNET_CLIENT_ID": "fake-key", "CERBERO_DERIBIT_MAINNET_CLIENT_SECRET": "fake-secret-4f8a1c"}
    async with world() as (venue, _, variables), desk(venue, {**variables, **key}) as clients:
        deribit = next(connection for connection in clients.connections if connection.name == "deribit")
        with pytest.raises(VenueError, match="there is no key of the mainnet"):
            await deribit.call("get_account", {"currency": "ETH"})

    assert venue.calls == []


async def test_every_server_is_up_quick_and_complete() -> None:
    async with world() as (venue, _, variables), desk(venue, variables) as clients:
        seen = await ping_all(clients)

    assert [(each.name, each.health, each.missing, each.problem) for each in seen] == [(role, ServerHealth.UP, (), "") for role in ROLES]
    assert all(each.is_sound and each.latency_ms is not None and each.latency_ms > 0 for each in seen)


async def test_a_server_whose_upstream_is_gone_is_failing_and_the_others_are_not() -> None:
    async with world() as (venue, surroundings, variables), desk(venue, variables) as clients:
        surroundings.instead["/fng/"] = (503, "")
        seen = {each.name: each for each in await ping_all(clients)}

    assert (seen["sentiment"].health, "status 503" in seen["sentiment"].problem) == (ServerHealth.FAILING, True)
    assert not seen["sentiment"].is_sound
    assert all(seen[name].health is ServerHealth.UP for name in ROLES if name != "sentiment")


async def test_an_operator_s_own_server_plays_its_role_and_the_wealth_is_marked_with_it() -> None:
    """The bundled portfolio asks whoever plays the exchange, not the exchange it would have asked itself."""
    async with world() as (venue, _, variables):
        market = SyntheticMarket(7, venue.now())
        own = McpConnection("deribit", in_memory(build_sim_server(market, venue.now, default_rules().paper_account)))
        async with desk(venue, variables, named={"deribit": own}) as clients:
            assert clients.portfolio is not None
            assert await clients.portfolio.get_portfolio() is not None
            names = [connection.name for connection in clients.connections]

    assert names == ["deribit", "hyperliquid", "macro", "sentiment", "portfolio"]
    assert venue.calls == []


async def test_a_server_that_lacks_a_tool_names_it() -> None:
    async with world() as (venue, _, variables):
        market = SyntheticMarket(7, venue.now())
        server = build_sim_server(market, venue.now, default_rules().paper_account)
        server.remove_tool("get_dvol")
        own = McpConnection("deribit", in_memory(server), tools={"get_candles": "their_candles"})
        async with desk(venue, variables, named={"deribit": own}) as clients:
            seen = next(each for each in await ping_all(clients) if each.name == "deribit")

    assert (seen.health, seen.missing, seen.is_sound) == (ServerHealth.UP, ("get_candles", "get_dvol"), False)


async def test_the_simulator_answers_for_every_role_it_plays() -> None:
    async with world() as (venue, _, _variables):
        sim = McpConnection("sim", in_memory(build_sim_server(SyntheticMarket(7, venue.now()), venue.now, default_rules().paper_account)))
        clients = connect_clients({"sim": sim})
        try:
            (seen,) = await ping_all(clients)
        finally:
            await clients.aclose()

    assert (seen.roles, seen.missing, seen.is_sound) == (ROLES, (), True)


async def test_the_network_of_the_venue_is_asserted_on_paper_too() -> None:
    async with world(is_testnet=True) as (venue, _, variables):
        async with desk(venue, variables) as clients:
            seen = next(each for each in await ping_all(clients) if each.name == "deribit")
        async with desk(venue, {**variables, "CERBERO_DERIBIT_NETWORK": "testnet"}) as clients:
            named = next(each for each in await ping_all(clients) if each.name == "deribit")

    assert (seen.health, "the answer says testnet" in seen.problem) == (ServerHealth.FAILING, True)
    assert named.is_sound


@pytest.mark.parametrize("url", ["http://example.org", "ftp://127.0.0.1/", "https://", "https://example.org/?key=1"])
def test_an_upstream_that_is_neither_encrypted_nor_here_is_refused(url: str) -> None:
    setup = Setup(now=lambda: pytest.fail("no clock is needed"), rules=default_rules(), has_account=False, home=None, variables={"CERBERO_ECB_URL": url})
    with pytest.raises(ConfigError, match="CERBERO_ECB_URL"):
        bundle(["macro"], setup, {})


def test_every_variable_a_server_reads_is_known_to_the_settings() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "engine" / "servers").rglob("*.py")]
    read = {name for text in sources for name in re.findall(r'"(CERBERO_[A-Z_]+)"', text)}

    assert read <= set(SERVER_VARIABLES)
