"""Which roles a server can play, and what is asked of it under which name."""

from __future__ import annotations

ROLES = ("deribit", "hyperliquid", "macro", "sentiment", "portfolio")
SIM = "sim"
"""The server that plays every role nobody else is named for; its presence makes a store a demo's."""

TOOLS = frozenset(
    {
        "get_candles",
        "get_delivery_prices",
        "get_dvol",
        "get_dvol_history",
        "get_events",
        "get_funding",
        "get_fx",
        "get_index_price",
        "get_instruments",
        "get_mark",
        "get_option_chain",
        "get_portfolio",
        "get_sentiment",
        "get_status",
        "get_ticker",
        "get_time",
    }
)
"""Every tool the clients call, by our name; `tools` in mcp.json maps these to a server's own."""
