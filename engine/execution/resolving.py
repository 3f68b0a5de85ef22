"""An order nobody knows the fate of: asked for by label, then by its fills, then by the positions, and only after the venue may not take it any more.

Rules of this file: one silent answer proves nothing; all three together do; nothing is ever sent from here.
Source: safety document, section 4 step 4 and case 13.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import structlog

from engine.core.lifecycle import OrderEvent, OrderState
from engine.core.model_venue import VenueOrder, VenueTrade
from engine.errors import InvariantBroken, VenueError
from engine.execution import sending
from engine.execution.holdings import expected_positions
from engine.execution.room import OrderRoom
from engine.state.repository import Transaction
from engine.state.venue_records import VenueOrderRecord

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=2)
"""How long after its last instant an order is waited for, by the venue's clock."""

SILENCE = timedelta(seconds=5)
"""How long every source must have been silent before an order counts as never placed."""

SHIFT = timedelta(minutes=1)
"""How far before its sending an order's fills are looked for: the two clocks may differ."""


async def resolve(room: OrderRoom, order: VenueOrderRecord) -> VenueOrderRecord:
    """The order as far as the venue proves: adopted, proven absent, or in doubt as before."""
    if order.state is OrderState.SENDING:
        order = await sending.in_doubt(room, order, "nobody knows whether it was sent")
    if order.state is not OrderState.UNKNOWN:
        return order
    try:
        return await _asked_about(room, order)
    except VenueError as error:
        log.warning("order.still_unknown", label=order.label, error=str(error))
        return order


async def _asked_about(room: OrderRoom, order: VenueOrderRecord) -> VenueOrderRecord:
    trading, coin = room.venue.trading, room.venue.coin
    now = await room.venue.public.get_time()
    ours = {told.order_id: told for told in await trading.get_orders_by_label(coin, order.label) if told.label == order.label}
    if now >= order.valid_until_at + MARGIN:
        ours |= {told.order_id: told for told in await trading.get_open_orders(coin) if told.label == order.label}
    if len(ours) > 1:
        raise InvariantBroken(f"{len(ours)} orders at the venue carry the label {order.label}")
    if ours:
        return await sending.settle(room, order, next(iter(ours.values())), cause="ended_at_venue")
    if now < order.valid_until_at + MARGIN:
        return order
    told = await _by_number(room, order.venue_order_id)
    if told is not None:
        return await sending.settle(room, order, told, cause="ended_at_venue")
    trades = await trading.get_trades(coin, order.sent_at - SHIFT, now)
    mine = tuple(trade for trade in trades.trades if trade.label == order.label and trade.instrument_name == order.instrument)
    if mine:
        return await room.store.write(lambda tx: _adopt_fills(tx, room, order.number, mine))
    if not trades.is_complete or order.filled_eth > 0 or await _positions_differ(room):
        room.silent_since.pop(order.number, None)
        return order
    # An empty answer may be an old one: silence counts once it has lasted.
    if room.now() - room.silent_since.setdefault(order.number, room.now()) < SILENCE:
        return order
    del room.silent_since[order.number]
    return await room.store.write(lambda tx: _absent(tx, room, order.number))


async def _by_number(room: OrderRoom, venue_order_id: str | None) -> VenueOrder | None:
    """The order of that number; None where the venue does not know it. Raises VenueError when it does not answer."""
    if venue_order_id is None:
        return None
    try:
        return await room.venue.trading.get_order(venue_order_id)
    except VenueError as error:
        if error.upstream_code in sending.NOT_KNOWN_CODES:
            return None
        raise


def _adopt_fills(tx: Transaction, room: OrderRoom, number: int, trades: tuple[VenueTrade, ...]) -> VenueOrderRecord:
    """The order is in none of the venue's lists and its fills are on record there: it traded them and is over."""
    sending.moved(tx, room, number, OrderEvent.FOUND, "found by its fills")
    tx.name_venue_order(number, trades[0].order_id)
    for trade in trades:
        tx.add_venue_fill(sending.fill_record(room, number, trade))
    is_whole = sending.known(tx, number).left_eth <= 0
    return sending.moved(tx, room, number, OrderEvent.FILLED if is_whole else OrderEvent.ENDED, "over when its fills were found")


async def _positions_differ(room: OrderRoom) -> bool:
    """True while the account holds anything else of our instruments than the fills on record say."""
    expected = await room.store.read(lambda tx: expected_positions(tx, now=room.now()))
    held = {position.instrument_name: position.size_eth for position in await room.venue.trading.get_positions(room.venue.coin)}
    return any(held.get(name, Decimal(0)) != size for name, size in expected.items())


def _absent(tx: Transaction, room: OrderRoom, number: int) -> VenueOrderRecord:
    order = sending.moved(tx, room, number, OrderEvent.NOT_FOUND, "no order, no fill and no position of it")
    room.tell(tx, "order-not-placed", f"absent:{order.label}", {"label": order.label})
    return order
