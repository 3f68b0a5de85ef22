"""The engine's side of every MCP server: one connection each, typed reads, core values out."""

from engine.clients.bundle import Clients, connect_clients
from engine.clients.deribit import DeribitClient
from engine.clients.hyperliquid import HyperliquidClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import McpConnection
from engine.clients.portfolio import PortfolioClient
from engine.clients.sentiment import SentimentClient
from engine.clients.sessions import ConnectionState

__all__ = [
    "Clients",
    "ConnectionState",
    "DeribitClient",
    "HyperliquidClient",
    "MacroClient",
    "McpConnection",
    "PortfolioClient",
    "SentimentClient",
    "connect_clients",
]
