"""The tables of orders at the venue, and the laws the store itself keeps over them."""

from __future__ import annotations

import apsw

# What is unique is a law: one intent per approval, one order per leg that may stand at the venue, one row per label and per fill.
VENUE_ORDERS = """
CREATE TABLE intent_terms (
    order_id INTEGER PRIMARY KEY REFERENCES orders(order_id), proposal_id INTEGER NOT NULL UNIQUE REFERENCES proposals(proposal_id),
    urgency TEXT NOT NULL CHECK (urgency IN ('entry', 'soft', 'hard')),
    worst_received_coin TEXT NOT NULL, tick_coin TEXT NOT NULL, lot_eth TEXT NOT NULL, legs TEXT NOT NULL, under_kill INTEGER
) STRICT;
CREATE TABLE venue_orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL REFERENCES orders(order_id), part INTEGER NOT NULL, label TEXT NOT NULL UNIQUE,
    instrument TEXT NOT NULL, direction TEXT NOT NULL CHECK (direction IN ('buy', 'sell')), amount_eth TEXT NOT NULL, limit_coin TEXT NOT NULL,
    valid_until_at TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('sending', 'open', 'unknown', 'filled', 'cancelled', 'rejected', 'not_placed')),
    venue_order_id TEXT UNIQUE, filled_eth TEXT NOT NULL, cause TEXT NOT NULL, sent_at TEXT NOT NULL, ended_at TEXT
) STRICT;
CREATE UNIQUE INDEX one_live_order_per_leg ON venue_orders(order_id, part) WHERE state IN ('sending', 'open', 'unknown');
CREATE INDEX venue_orders_live ON venue_orders(number) WHERE state IN ('sending', 'open', 'unknown');
CREATE TABLE venue_fills (
    trade_key TEXT PRIMARY KEY, number INTEGER NOT NULL REFERENCES venue_orders(number), instrument TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('buy', 'sell')), amount_eth TEXT NOT NULL, price_coin TEXT NOT NULL, fee_coin TEXT NOT NULL,
    fee_coin_name TEXT NOT NULL, index_usd TEXT, at TEXT NOT NULL, source TEXT NOT NULL CHECK (source IN ('testnet', 'venue', 'reported'))
) STRICT;
CREATE INDEX venue_fills_by_order ON venue_fills(number);
CREATE TABLE venue_actions (
    action_id INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL REFERENCES venue_orders(number),
    kind TEXT NOT NULL CHECK (kind IN ('place', 'move', 'cancel')), at TEXT NOT NULL
) STRICT;
CREATE INDEX venue_actions_by_time ON venue_actions(at);
"""


def keep_venue_orders(connection: apsw.Connection) -> None:
    """Orders at the venue have a place: what an approval allows, each order before it is sent, each fill once."""
    connection.execute(VENUE_ORDERS)
