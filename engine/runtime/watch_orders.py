"""What the trigger table is judged by of the orders: how many, how long in doubt, and whether a short stands uncovered."""

from __future__ import annotations

from datetime import datetime

from engine.core.lifecycle import OrderState
from engine.execution.holdings import uncovered_eth
from engine.state.records import OrderRecord
from engine.state.repository import Transaction

NOT_PLACED = "not_placed"


def order_actions(tx: Transaction, since: datetime) -> int:
    """Intents after `since`, and what was asked of the venue for them beyond their first order, ladder steps included."""
    intents = tx.orders_since(since)
    placed = sum(1 for intent in intents if tx.venue_orders(intent.order_id))
    return len(intents) + max(tx.venue_actions_since(since) - placed, 0)


def is_rejected(tx: Transaction, order: OrderRecord) -> bool:
    """True for an order that was not placed because somebody refused it; one that worked and met nobody is none."""
    sent = tx.venue_orders(order.order_id)
    return order.state == NOT_PLACED and all(each.state is OrderState.REJECTED for each in sent)


def unknown_order_s(tx: Transaction, now: datetime) -> float:
    """How long the oldest order has been in doubt: on paper from its intent on, at the venue from the sending that was not answered."""
    began_at = []
    for intent in tx.unsettled_orders():
        sent = tx.venue_orders(intent.order_id)
        if not sent:
            began_at.append(intent.created_at)
        began_at += [order.sent_at for order in sent if order.state.is_live and order.venue_order_id is None]
    return max(((now - at).total_seconds() for at in began_at), default=0.0)


def uncovered_short_s(tx: Transaction, now: datetime) -> float:
    """How long a short has stood without the long that covers it; zero while none does."""
    if uncovered_eth(tx, now=now) <= 0:
        return 0.0
    fills = [fill.at for terms in tx.intents_at_the_venue(now) for _, fill in tx.venue_fills(terms.order_id)]
    return max((now - max(fills)).total_seconds(), 0.0)
