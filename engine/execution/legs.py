"""A spread traded leg by leg, where the venue has no combo of it.

Rules of this file: the long is bought before the short is sold, the short is bought back before the long is sold; a leg only ever
crosses its book, and what did not fill at once is cancelled before anything else is asked; the second leg never exceeds what the first
has filled. A long that covers nothing is sold back; a long nobody bids for is left to expire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import structlog

from engine.core.lifecycle import OrderState
from engine.core.model_venue import Direction, OrderBook
from engine.core.order_side import sellable_long_eth, sellable_short_eth
from engine.errors import VenueError
from engine.execution import sending
from engine.execution.door import Send, legs_done
from engine.execution.holdings import cash_of
from engine.execution.orders import LONG_LEG, SHORT_LEG
from engine.execution.room import OrderRoom
from engine.execution.working import POLL_S, REJECTS_MAX, Task, ended, left_of, live_order, refreshed, stopped
from engine.state.repository import Transaction
from engine.state.venue_records import IntentLeg

log = structlog.get_logger(__name__)

DEPTH = 5
SELL_BACK_FOR = timedelta(minutes=5)
"""How long a long that covers nothing is offered before it is left and told."""

LEG_ORDERS_MAX = 8
"""How many orders of single legs one intent may send before only tidying up is left."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The two books of a vertical: the leg that was or will be sold, and the one that covers it."""

    short: OrderBook
    long: OrderBook


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One leg order to be tried now: which leg, which way, how much, at what price, and what the spread brings in then."""

    leg: IntentLeg
    part: int
    direction: Direction
    amount_eth: Decimal
    limit_coin: Decimal
    received_coin: Decimal | None


async def work_legs(room: OrderRoom, task: Task) -> None:
    """Both legs have been worked until the amount was done, time was over or something stopped it; no short stands uncovered."""
    ends_at, refused = room.now() + timedelta(seconds=task.ladder.timeout_s), 0
    while room.now() < ends_at and refused < REJECTS_MAX and await _has_tries_left(room, task):
        if await _is_unsettled(room, task):
            return
        if await stopped(room, task) is not None or await room.store.read(lambda tx: left_of(tx, task)) <= 0:
            break
        step = await _next_step(room, task)
        refused += await _tried(room, task, step) if step is not None else 0
        await room.clock.sleep_until(min(room.now() + timedelta(seconds=POLL_S), ends_at))
    await _tidy(room, task, until=room.now() + SELL_BACK_FOR)


async def _has_tries_left(room: OrderRoom, task: Task) -> bool:
    """Books that flicker are not run after for ever: what counts as too many order actions stops everything."""
    return len(await room.store.read(lambda tx: tx.venue_orders(task.intent.order_id))) < LEG_ORDERS_MAX


async def _is_unsettled(room: OrderRoom, task: Task) -> bool:
    """True while an order of a leg is in doubt: nothing else is asked until its fate is known."""
    for part in (SHORT_LEG, LONG_LEG):
        order = await refreshed(room, task, part)
        if order is not None and order.state is OrderState.OPEN:
            order = await ended(room, order, "not filled at once")
        if order is not None and order.state.is_live:
            return True
    return False


async def _next_step(room: OrderRoom, task: Task) -> _Step | None:
    """What to try now; None while the books do not allow what was approved, or do not answer."""
    try:
        books = await _books(room, task)
    except VenueError as error:
        log.warning("legs.books_missing", label=task.intent.label, error=str(error))
        return None
    return await room.store.read(lambda tx: _opening_step(tx, task, books) if task.is_opening else _closing_step(tx, task, books))


async def _books(room: OrderRoom, task: Task) -> Books:
    short, long = _legs(task)
    return Books(
        short=await room.venue.trading.get_order_book(short.instrument, DEPTH),
        long=await room.venue.trading.get_order_book(long.instrument, DEPTH),
    )


def _opening_step(tx: Transaction, task: Task, books: Books) -> _Step | None:
    """The short is sold as far as a long covers it; otherwise the long is bought, if the short can be sold for enough right now."""
    order_id, lot, quantity = task.intent.order_id, task.terms.lot_eth, task.intent.quantity_eth
    short, long = _legs(task)
    if not books.short.bids or not books.short.is_open or not books.long.is_open:
        return None
    bid, covered = books.short.bids[0], sellable_short_eth(legs_done(tx, order_id), quantity)
    if covered > 0:
        received = bid.price_coin - _paid_for_long(tx, order_id)
        amount = _in_lots(min(covered, bid.amount_eth), lot)
        if received < task.terms.worst_received_coin or amount <= 0:
            return None
        return _Step(leg=short, part=SHORT_LEG, direction=Direction.SELL, amount_eth=amount, limit_coin=bid.price_coin, received_coin=received)
    if not books.long.asks:
        return None
    ask = books.long.asks[0]
    received = bid.price_coin - ask.price_coin
    amount = _in_lots(min(left_of(tx, task), ask.amount_eth, bid.amount_eth), lot)
    if received < task.terms.worst_received_coin or amount <= 0:
        return None
    return _Step(leg=long, part=LONG_LEG, direction=Direction.BUY, amount_eth=amount, limit_coin=ask.price_coin, received_coin=received)


def _closing_step(tx: Transaction, task: Task, books: Books) -> _Step | None:
    """The short is bought back first, within the cap even if the long should bring nothing."""
    lot, (short, _) = task.terms.lot_eth, _legs(task)
    if not books.short.asks or not books.short.is_open:
        return None
    ask = books.short.asks[0]
    amount = _in_lots(min(left_of(tx, task), ask.amount_eth), lot)
    if -ask.price_coin < task.terms.worst_received_coin or amount <= 0:
        return None
    return _Step(leg=short, part=SHORT_LEG, direction=Direction.BUY, amount_eth=amount, limit_coin=ask.price_coin, received_coin=-ask.price_coin)


async def _tidy(room: OrderRoom, task: Task, *, until: datetime) -> None:
    """No long is held that covers nothing, where somebody bids for it; a person is told of one nobody wants."""
    _, long = _legs(task)
    while not await _is_unsettled(room, task):
        spare = await room.store.read(lambda tx: sellable_long_eth(legs_done(tx, task.intent.order_id), task.intent.quantity_eth, is_opening=task.is_opening))
        if spare <= 0:
            return
        step = await _sale_of_long(room, task, long, spare)
        is_over = room.now() >= until or await stopped_for_good(room, task)
        if step is None and (is_over or not task.is_opening):
            # Nobody bids: on closing it is left to expire, on opening a person should know.
            await _leave(room, task, spare)
            return
        if step is not None and await _tried(room, task, step) and is_over:
            await _leave(room, task, spare)
            return
        await room.clock.sleep_until(room.now() + timedelta(seconds=POLL_S))


async def _sale_of_long(room: OrderRoom, task: Task, long: IntentLeg, spare_eth: Decimal) -> _Step | None:
    try:
        book = await room.venue.trading.get_order_book(long.instrument, DEPTH)
    except VenueError as error:
        log.warning("legs.books_missing", label=task.intent.label, error=str(error))
        return None
    if not book.is_open or not book.bids or book.bids[0].price_coin <= 0:
        return None
    amount = _in_lots(min(spare_eth, book.bids[0].amount_eth), task.terms.lot_eth)
    if amount <= 0:
        return None
    return _Step(leg=long, part=LONG_LEG, direction=Direction.SELL, amount_eth=amount, limit_coin=book.bids[0].price_coin, received_coin=None)


async def stopped_for_good(room: OrderRoom, task: Task) -> bool:
    """True under a kill and when the program stops: then nothing goes out by itself, not even what would tidy up."""
    return room.halt.is_set() or await room.store.read(lambda tx: room.door.is_killed_for(tx, task.terms))


async def _leave(room: OrderRoom, task: Task, spare_eth: Decimal) -> None:
    facts = {"label": task.intent.label, "amount": f"{spare_eth:f}", "trade": str(task.intent.trade_id)}
    await room.store.write(lambda tx: room.tell(tx, "order-long-left", f"long-left:{task.intent.label}", facts))


async def _tried(room: OrderRoom, task: Task, step: _Step) -> int:
    """The leg order crossed its book and what did not fill is cancelled; 1 when it was refused, here or there."""
    send = Send(
        intent=task.intent,
        terms=task.terms,
        part=step.part,
        instrument=step.leg.instrument,
        direction=step.direction,
        amount_eth=step.amount_eth,
        limit_coin=step.limit_coin,
        received_coin=step.received_coin,
    )
    sent = await sending.place(room, send)
    if sent.order is not None and sent.order.state.is_live:
        live = await room.store.read(lambda tx: live_order(tx, task.intent.order_id, step.part))
        await ended(room, live, "not filled at once")
    return int(bool(sent.refusals) or sent.state is OrderState.REJECTED)


def _paid_for_long(tx: Transaction, order_id: int) -> Decimal:
    """What one ETH of the long has cost on average."""
    bought = [(order, fill) for order, fill in tx.venue_fills(order_id) if order.part == LONG_LEG and order.direction is Direction.BUY]
    amount = sum((fill.amount_eth for _, fill in bought), ZERO)
    return -sum((cash_of(order, fill) for order, fill in bought), ZERO) / amount if amount > 0 else ZERO


def _legs(task: Task) -> tuple[IntentLeg, IntentLeg]:
    """The short and the long leg of a vertical."""
    short = next(leg for leg in task.terms.legs if leg.is_short)
    return short, next(leg for leg in task.terms.legs if not leg.is_short)


def _in_lots(amount_eth: Decimal, lot_eth: Decimal) -> Decimal:
    return (amount_eth / lot_eth).to_integral_value(rounding=ROUND_DOWN) * lot_eth
