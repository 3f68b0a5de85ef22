"""The bundled servers in this process: each role nobody else is named for, behind a real session all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from pydantic import SecretStr

from engine.api import DeskMemory
from engine.clients.bundle import Clients, connect_clients
from engine.clients.call_log import CallLog
from engine.clients.deribit import DeribitClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.roles import ROLES, SIM
from engine.clients.servers_file import connect_servers
from engine.clients.trading import TradingClient
from engine.core.model import Family, Reading
from engine.core.rules import StrategyRules
from engine.errors import ConfigError
from engine.home import Home
from engine.servers.addresses import ECB, FEAR_GREED, FRED, HYPERLIQUID, address
from engine.servers.brain_bridge import Vault, build_brain_bridge_server
from engine.servers.deribit import DeribitServer, VenueSettings, public_settings, venue_settings
from engine.servers.hyperliquid import HyperliquidServer
from engine.servers.macro import MacroServer
from engine.servers.memory import build_memory_server
from engine.servers.portfolio import Book, PaperBook, Prices, RealBook, build_portfolio_server
from engine.servers.sentiment import SentimentServer

FRED_KEY, VAULT, RECORD = "CERBERO_FRED_API_KEY", "CERBERO_VAULT", "CERBERO_RECORD"
Close = Callable[[], Awaitable[None]]
MARKET_ROLES = ("deribit", "hyperliquid", "macro", "sentiment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the servers are built from; without `has_account` the exchange is read without a key, whatever the environment holds."""

    now: Callable[[], datetime]
    rules: StrategyRules
    has_account: bool
    home: Home | None
    memory: DeskMemory | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def venue(self) -> VenueSettings:
        """The exchange as it is asked. Raises ConfigError."""
        return venue_settings(self.variables) if self.has_account else public_settings(self.variables)

    @property
    def fred_key(self) -> SecretStr | None:
        text = self.variables.get(FRED_KEY, "").strip()
        return SecretStr(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One server and what ends it."""

    mcp: MCPServer
    close: Close


@dataclass(slots=True)
class Bundle:
    """The connections to the bundled servers by role, and how their upstreams are let go of."""

    connections: dict[str, McpConnection] = field(default_factory=dict)
    closers: list[Close] = field(default_factory=list)


def desk_clients(setup: Setup, mcp_json: Path) -> Clients:
    """Clients of the servers `mcp_json` names and, for every role that nobody plays there, of the bundled ones. Raises ConfigError."""
    named = connect_servers(mcp_json)
    made = bundle(() if SIM in named else [role for role in ROLES if role not in named], setup, named)
    side = {role: connection for role, connection in side_connections(setup).items() if role not in named}
    connections = {**named, **made.connections, **side}
    if (folder := setup.variables.get(RECORD, "").strip()) != "":
        calls = CallLog(Path(folder).expanduser(), setup.now)
        for connection in connections.values():
            connection.record(calls)
    return connect_clients(connections, closers=made.closers)


def side_connections(setup: Setup) -> dict[str, McpConnection]:
    """What a desk has besides its market: a memory where there is a store, notes where there is a home."""
    servers: dict[str, MCPServer] = {}
    if setup.memory is not None:
        servers["memory"] = build_memory_server(setup.memory)
    if setup.home is not None:
        servers["brain_bridge"] = build_brain_bridge_server(Vault(vault_of(setup.home, setup.variables), setup.now))
    return {role: McpConnection(role, in_memory(server)) for role, server in servers.items()}


def vault_of(home: Home, variables: Mapping[str, str]) -> Path:
    """The folder of notes."""
    folder = variables.get(VAULT, "").strip()
    return Path(folder).expanduser() if folder else home.root / "reports"


def bundle(roles: Iterable[str], setup: Setup, named: Mapping[str, McpConnection]) -> Bundle:
    """Bundled servers for `roles`; `named` are the connections to everybody else. Opens nothing yet. Raises ConfigError."""
    made, wanted = Bundle(), list(roles)
    for role in (*MARKET_ROLES, "portfolio"):
        if role not in wanted:
            continue
        built = build_market_server(role, setup) if role != "portfolio" else _portfolio(setup, {**named, **made.connections})
        made.connections[role] = McpConnection(role, in_memory(built.mcp))
        made.closers.append(built.close)
    return made


def build_market_server(role: str, setup: Setup) -> Built:
    """The bundled server of a market role. Raises ConfigError."""
    variables, now = setup.variables, setup.now
    if role == "deribit":
        deribit = DeribitServer(setup.venue, now)
        return Built(mcp=deribit.mcp, close=deribit.aclose)
    if role == "hyperliquid":
        perpetual = HyperliquidServer(address(variables, HYPERLIQUID), now)
        return Built(mcp=perpetual.mcp, close=perpetual.aclose)
    if role == "macro":
        macro = MacroServer(fred_url=address(variables, FRED), fred_key=setup.fred_key, ecb_url=address(variables, ECB), now=now)
        return Built(mcp=macro.mcp, close=macro.aclose)
    if role == "sentiment":
        mood = SentimentServer(index_url=address(variables, FEAR_GREED), perpetual_url=address(variables, HYPERLIQUID), now=now)
        return Built(mcp=mood.mcp, close=mood.aclose)
    raise ConfigError(f"there is no bundled server {role}", fix=f"Known are {', '.join(MARKET_ROLES)}.")


def build_book(setup: Setup, *, deribit: McpConnection | None, macro: McpConnection | None) -> Book:
    """Paper money marked at live prices, or the account and the operator's own file."""
    prices = Prices(index_usd=_index_of(deribit), usd_per_eur=_rate_of(macro))
    if not setup.has_account or deribit is None:
        file = None if setup.home is None else setup.home.root / "paper_account.json"
        return PaperBook(setup.rules.paper_account, prices, setup.now, file=file)
    own_file = None if setup.home is None else setup.home.root / "portfolio.toml"
    return RealBook(TradingClient(deribit).get_account, prices, setup.now, family=Family(setup.rules.meta.contract_family), own_file=own_file)


def _portfolio(setup: Setup, connections: Mapping[str, McpConnection]) -> Built:
    book = build_book(setup, deribit=connections.get("deribit"), macro=connections.get("macro"))
    return Built(mcp=build_portfolio_server(book), close=_nothing)


def _index_of(connection: McpConnection | None) -> Callable[[], Awaitable[Reading[Decimal] | None]]:
    return _missing if connection is None else DeribitClient(connection).get_index_price


def _rate_of(connection: McpConnection | None) -> Callable[[], Awaitable[Reading[Decimal] | None]]:
    return _missing if connection is None else MacroClient(connection).get_fx


async def _missing() -> Reading[Decimal] | None:
    return None


async def _nothing() -> None:
    """A server that holds nothing open."""
