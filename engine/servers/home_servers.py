"""The bundled servers as processes of their own, each about one home and none of them its engine.

Rules of this file: what another process may write into a running engine's store is a
note or a request, never a decision, an order or a row of the audit chain.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date

from mcp.server.mcpserver import MCPServer

from engine.clients.bundle import Clients, connect_clients
from engine.clients.nearness import Memory
from engine.clients.ping import ServerSeen, ping_all
from engine.clients.pins import PINS, PinFile
from engine.clients.roles import SIM
from engine.clients.servers_file import connect_servers, read_servers
from engine.clock import SystemClock
from engine.config import load_rules
from engine.core.model import Stage
from engine.errors import ConfigError, StateError
from engine.home import Home
from engine.runtime import queries, status
from engine.runtime.asked import AskedRules
from engine.runtime.desk import Desk
from engine.runtime.jobs import job_table
from engine.runtime.memory import StoreMemory
from engine.safety.instance import boot_id, running_pid
from engine.safety.kill_switch import KillSwitch
from engine.servers.brain_bridge import Vault, build_brain_bridge_server
from engine.servers.bundled import MARKET_ROLES, Setup, build_book, build_market_server, bundle, desk_clients, vault_of
from engine.servers.deribit import venue_settings
from engine.servers.engine import build_engine_server
from engine.servers.memory import build_memory_server
from engine.servers.portfolio import build_portfolio_server
from engine.servers.serving import GUARD, Transport, serve
from engine.servers.telegram import build_telegram_server
from engine.state.repository import Store, inspect_origin
from engine.views import EquityChart, PositionView, ReplaySummary, StatusView

NAMES = (*MARKET_ROLES, "portfolio", "memory", "brain_bridge", "telegram", "engine")
"""Every bundled server but the simulator, which needs no home."""
Replay = Callable[[date, date], Awaitable[ReplaySummary]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServePlan:
    """Which server, about which home, how it is reached."""

    name: str
    home: Home
    transport: Transport
    port: int
    version: str
    replay: Replay
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def token(self) -> str | None:
        text = self.variables.get(GUARD, "").strip()
        return text if text else None


async def serve_named(plan: ServePlan) -> None:
    """The server answers until its client leaves or the process is stopped. Raises ConfigError or StateError before it answers anything."""
    async with AsyncExitStack() as stack:
        server, is_private = await _build(plan, stack)
        await serve(server, transport=plan.transport, port=plan.port, token=plan.token, is_private=is_private)


async def ping_home(home: Home, variables: Mapping[str, str], *, accepted: Sequence[str] = ()) -> tuple[ServerSeen, ...]:
    """Every server a paper desk of this home would ask, asked now; the `accepted` may have whatever tools they have. Raises ConfigError."""
    pins = PinFile(home.mcp_json.with_name(PINS))
    for name in accepted:
        if not pins.forget(name):
            raise ConfigError(f"no tools of {name} are pinned", fix="Only servers of mcp.json that were asked before can be accepted.", path=home.mcp_json)
    async with _clients(home, variables) as clients:
        return await ping_all(clients)


async def _build(plan: ServePlan, stack: AsyncExitStack) -> tuple[MCPServer, bool]:
    """The server, and whether it answers for an account or a desk."""
    home = plan.home
    if plan.name in MARKET_ROLES:
        built = build_market_server(plan.name, _setup(plan, has_account=True))
        stack.push_async_callback(built.close)
        return built.mcp, plan.name == "deribit" and venue_settings(plan.variables).key is not None
    if plan.name == "portfolio":
        return await _portfolio(plan, stack), True
    if plan.name == "memory":
        return build_memory_server(HomeMemory(home)), True
    if plan.name == "brain_bridge":
        return build_brain_bridge_server(Vault(vault_of(home, plan.variables), SystemClock().now)), True
    if plan.name == "telegram":
        return build_telegram_server(lambda agent, text: _request(home, action="say", args={"text": text}, source=f"mcp:{agent}")), True
    if plan.name == "engine":
        desk = await stack.enter_async_context(_looking_on(home, plan.variables))
        looking_on = LookingOn(desk, version=plan.version, replay=plan.replay)
        return build_engine_server(looking_on, AskedRules(desk), lambda: _request(home, action="scan", args={}, source="mcp:agent")), True
    raise ConfigError(f"there is no bundled server {plan.name}", fix=f"Known are {', '.join(NAMES)}.")


class LookingOn:
    """The desk of a home as another process sees it."""

    def __init__(self, desk: Desk, *, version: str, replay: Replay) -> None:
        self._desk, self._version, self._replay = desk, version, replay

    async def status(self) -> StatusView:
        jobs = job_table(self._desk.rules.schedule, self._desk.stage)
        return await status.status(self._desk, jobs, version=self._version, is_config_changed=False)

    async def positions(self) -> tuple[PositionView, ...]:
        return await queries.positions(self._desk)

    async def equity(self, period: str) -> EquityChart:
        return await queries.equity(self._desk, period)

    async def replay(self, from_on: date, to_on: date) -> ReplaySummary:
        return await self._replay(from_on, to_on)


class HomeMemory:
    """The memory of a home, its engine running or not."""

    def __init__(self, home: Home) -> None:
        self._home = home

    async def remember(self, entity: str, observations: Sequence[str]) -> int:
        with _written(self._home) as store:
            return await StoreMemory(store, SystemClock().now).remember(entity, observations)

    async def recall(self, query: str, count: int) -> tuple[Memory, ...]:
        store = _read(self._home)
        try:
            return await StoreMemory(store, SystemClock().now).recall(query, count)
        finally:
            store.close()


async def _portfolio(plan: ServePlan, stack: AsyncExitStack) -> MCPServer:
    has_account = venue_settings(plan.variables).key is not None
    setup = _setup(plan, has_account=has_account)
    named = {name: connection for name, connection in connect_servers(plan.home.mcp_json).items() if name != "portfolio"}
    made = bundle([role for role in ("deribit", "macro") if role not in named and SIM not in named], setup, named)
    by_role = {**named, **made.connections}
    stack.push_async_callback(connect_clients(by_role, closers=made.closers).aclose)
    return build_portfolio_server(build_book(setup, deribit=by_role.get("deribit", by_role.get(SIM)), macro=by_role.get("macro", by_role.get(SIM))))


@asynccontextmanager
async def _looking_on(home: Home, variables: Mapping[str, str]) -> AsyncIterator[Desk]:
    """A desk over the home's store as it stands and a market of its own; it can write nothing."""
    origin = inspect_origin(home.db) if home.db.exists() else None
    if origin == "demo" and SIM not in [spec.name for spec in read_servers(home.mcp_json)]:
        raise ConfigError("this home is a demo's, whose market is in its own process", fix="Choose the home of an engine run with start.", path=home.db)
    loaded, store = load_rules(home.config_toml), _read(home)
    try:
        async with _clients(home, variables) as clients:
            yield Desk(
                clock=SystemClock(),
                store=store,
                clients=clients,
                rules=loaded.rules,
                stage=Stage.PAPER,
                env="PAPER",
                origin="real" if origin is None else origin,
                market="mcp.json" if home.mcp_json.exists() else "live",
                fingerprint=loaded.fingerprint,
                is_dry_run=False,
                kill_switch=KillSwitch(home.root),
                home=home,
            )
    finally:
        store.close()


@asynccontextmanager
async def _clients(home: Home, variables: Mapping[str, str]) -> AsyncIterator[Clients]:
    setup = Setup(now=SystemClock().now, rules=load_rules(home.config_toml).rules, has_account=False, home=home, variables=variables)
    clients = desk_clients(setup, home.mcp_json)
    try:
        yield clients
    finally:
        await clients.aclose()


def _setup(plan: ServePlan, *, has_account: bool) -> Setup:
    rules = load_rules(plan.home.config_toml).rules
    return Setup(now=SystemClock().now, rules=rules, has_account=has_account, home=plan.home, variables=plan.variables)


async def _request(home: Home, *, action: str, args: Mapping[str, str], source: str) -> int:
    """The running engine finds the request at its next look; returns its number. Raises StateError when none runs."""

    def written() -> int:
        if running_pid(home.root) is None:
            raise StateError(f"no engine runs in {home.root}, so nobody would carry this out")
        with _written(home) as store:
            return store.write_sync(lambda tx: tx.add_manual_action(action=action, args=args, source=source, now=SystemClock().now()))

    return await asyncio.to_thread(written)


def _read(home: Home) -> Store:
    if not home.db.exists():
        raise StateError(f"there is no store in {home.root}")
    return Store.open_readonly(home.db)


@contextmanager
def _written(home: Home) -> Iterator[Store]:
    """The store beside whoever else writes it, for one note or request."""
    origin = inspect_origin(home.db) if home.db.exists() else None
    if origin is None:
        raise StateError(f"there is no store in {home.root}")
    store = Store.open(home.db, origin=origin, clock=SystemClock(), boot=boot_id(), anchors=None)
    try:
        yield store
    finally:
        store.close()
