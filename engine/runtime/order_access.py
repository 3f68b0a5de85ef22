"""The account behind a run that sends orders: asked once at start, which network it is on and whether it may trade."""

from __future__ import annotations

from dataclasses import replace

from engine.clients.trading import TradingClient
from engine.core.model import Family
from engine.errors import ConfigError
from engine.execution.permission import Lane, venue_access
from engine.runtime.desk import Desk
from engine.runtime.order_work import order_room

EXCHANGE = "deribit"
TESTNET, MAINNET = "testnet", "mainnet"
ENVS = {TESTNET: "TESTNET", MAINNET: "LIVE"}


async def with_orders(desk: Desk) -> Desk:
    """The desk with what works its orders; a run on paper and a dry run as they were, and nobody is asked for an account.

    Raises ConfigError where there is no exchange, its orders are off or its network is unknown, VenueError when it does not answer.
    """
    if desk.lane is not Lane.VENUE:
        return desk
    caller = next((connection for connection in desk.clients.connections if connection.name == EXCHANGE), None)
    if caller is None:
        raise ConfigError(f"stage {desk.stage} sends orders and no server is called {EXCHANGE}", fix="Name it in mcp.json, or run --stage paper.")
    family = Family(desk.rules.meta.contract_family)
    account = await TradingClient(caller).get_account(family.coin)
    if not account.is_trading_on:
        raise ConfigError("orders are off at the exchange's server", fix="Set CERBERO_DERIBIT_TRADING=on, or run --stage paper.")
    if account.network not in ENVS:
        raise ConfigError(f"the exchange's server does not say on which network it is ({account.network})", fix="Use the bundled server.")
    named = replace(desk, env=ENVS[account.network])
    return replace(named, orders=order_room(named, venue_access(desk.lane, caller, family=family, is_testnet=account.network == TESTNET)))
