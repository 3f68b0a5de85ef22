"""Which roles a server can play, and what is asked of it under which name."""

from __future__ import annotations

ROLES = ("deribit", "hyperliquid", "macro", "sentiment", "portfolio")
SIM = "sim"
"""The server that plays every role nobody else is named for; its presence makes a store a demo's."""

READS = {
    "deribit": frozenset(
        {
            "get_candles",
            "get_delivery_prices",
            "get_dvol",
            "get_dvol_history",
            "get_index_price",
            "get_instruments",
            "get_option_chain",
            "get_status",
            "get_ticker",
            "get_time",
        }
    ),
    "hyperliquid": frozenset({"get_funding", "get_mark"}),
    "macro": frozenset({"get_events", "get_fx"}),
    "sentiment": frozenset({"get_sentiment"}),
    "portfolio": frozenset({"get_portfolio"}),
}
"""What a desk asks of each role, on paper too."""

TRADING = frozenset(
    {
        "cancel_all",
        "cancel_order",
        "create_combo",
        "edit_order",
        "get_account",
        "get_leg_prices",
        "get_margins",
        "get_open_orders",
        "get_order",
        "get_order_book",
        "get_orders_by_label",
        "get_positions",
        "get_settlements",
        "get_trades",
        "place_order",
        "simulate_portfolio",
    }
)
"""What a desk with orders asks of the exchange besides."""

SIDE_ROLES = ("memory", "brain_bridge", "telegram")
"""What a desk has besides its market; none of it is read by a decision, and any of it may be absent."""

SIDE_TOOLS = {
    "memory": frozenset({"remember", "recall"}),
    "brain_bridge": frozenset({"publish_report", "list_reports"}),
    "telegram": frozenset({"send_message"}),
}
GRAPH_TOOLS = frozenset({"create_entities", "add_observations", "search_nodes"})
"""What is asked of a knowledge-graph server that plays memory instead."""

TOOLS = TRADING.union(GRAPH_TOOLS, *READS.values(), *SIDE_TOOLS.values())
"""Every tool the clients call, by our name; `tools` in mcp.json maps these to a server's own."""
