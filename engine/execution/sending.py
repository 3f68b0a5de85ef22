"""One order to the venue: written down and judged in one transaction, sent once, and believed only as far as the answer proves.

Rules of this file: the row is on disk before the socket is written; the kill switch is read again in between; what is neither
acceptance nor proven refusal is UNKNOWN, and UNKNOWN is never sent again. A cancel needs no permission.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from engine.core.lifecycle import OrderEvent, OrderState
from engine.core.model_venue import NewOrder, VenueOrder, VenueOrderState, VenueTrade
from engine.errors import InvariantBroken, VenueError
from engine.execution.door import Refusal, Send
from engine.execution.orders import venue_label
from engine.execution.room import OrderRoom
from engine.state.repository import Json, Transaction
from engine.state.venue_records import NewVenueOrder, VenueFillRecord, VenueOrderRecord

log = structlog.get_logger(__name__)

VALID_FOR = timedelta(seconds=3)
"""How long the venue may still take an order after it was sent, by the venue's clock."""

NOT_KNOWN_CODES = (10004, 13020, 10025)
"""The venue's words for an order it does not know: no proof of anything."""

LOGIN_OVER = 13009
"""The session's login is over: the next order signs in anew."""

KILLED = Refusal(code="killed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of a send: the order as it stands, or why none went out. `retry_after_s` is the venue's wish after a refusal.

    `is_worth_retrying`: the venue refused for now and not for good.
    """

    order: VenueOrderRecord | None = None
    refusals: tuple[Refusal, ...] = ()
    venue_code: int | None = None
    retry_after_s: float | None = None
    is_worth_retrying: bool = False

    @property
    def state(self) -> OrderState | None:
        """Where the order stands; None when nothing was written down."""
        return None if self.order is None else self.order.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the venue said of one order; `cause` is why it ended, if it has."""

    order: VenueOrder
    fills: tuple[VenueTrade, ...]
    cause: str


async def place(room: OrderRoom, send: Send) -> Sent:
    """The order is at the venue, is proven not to be, is in doubt, or was held back at the door. Raises VenueError before anything is written."""
    until = await room.venue.public.get_time() + VALID_FOR
    written = await room.store.write(lambda tx: _write_down(tx, room, send, until))
    if isinstance(written, tuple):
        return Sent(refusals=written)
    # Whatever was set since that commit is seen here; nothing but the call itself comes after.
    is_killed = await room.store.read(lambda tx: room.door.is_killed_for(tx, send.terms))
    if is_killed or (send.terms.under_kill is None and room.door.kill_switch.is_armed()):
        return Sent(order=await _moved(room, written, OrderEvent.WITHHELD, "killed before it was sent"), refusals=(KILLED,))
    asked = NewOrder(
        instrument_name=send.instrument,
        direction=send.direction,
        amount_eth=send.amount_eth,
        price_coin=send.limit_coin,
        label=written.label,
        valid_until=until,
    )
    try:
        placed = await room.venue.trading.place_order(asked)
    except VenueError as error:
        return await _not_accepted(room, written, error)
    return Sent(order=await record(room, written, placed.order, placed.trades))


async def move(room: OrderRoom, order: VenueOrderRecord, send: Send) -> Sent:
    """The order works at the new limit, or is as the venue tells; an answer that is lost is asked about, not sent again."""
    asked = replace(send, moves=order.number)
    refusals = await room.store.write(lambda tx: _note_move(tx, room, order, asked))
    if refusals:
        return Sent(order=order, refusals=refusals)
    is_killed = await room.store.read(lambda tx: room.door.is_killed_for(tx, send.terms))
    if is_killed or order.venue_order_id is None or (send.terms.under_kill is None and room.door.kill_switch.is_armed()):
        return Sent(order=order, refusals=(KILLED,))
    try:
        until = await room.venue.public.get_time() + VALID_FOR
        placed = await room.venue.trading.edit_order(order.venue_order_id, amount_eth=order.amount_eth, price_coin=send.limit_coin, valid_until=until)
    except VenueError as error:
        log.warning("order.move_failed", label=order.label, error=str(error))
        return Sent(order=await follow(room, order), venue_code=error.upstream_code, retry_after_s=error.retry_after_s)
    return Sent(order=await record(room, order, placed.order, placed.trades))


async def cancel(room: OrderRoom, order: VenueOrderRecord, *, cause: str) -> VenueOrderRecord:
    """The order has been asked to end, and is as the venue tells afterwards."""
    if order.venue_order_id is None:
        return order
    await room.store.write(lambda tx: tx.note_venue_action(order.number, "cancel", now=room.now()))
    try:
        ended = await room.venue.trading.cancel_order(order.venue_order_id)
    except VenueError as error:
        # Refused or lost: what the order is now says whether it matters.
        log.warning("order.cancel_failed", label=order.label, error=str(error))
        return await follow(room, order)
    return await settle(room, order, ended, cause=cause)


async def follow(room: OrderRoom, order: VenueOrderRecord) -> VenueOrderRecord:
    """The order as the venue has it now, fills included; UNKNOWN when the venue does not know it, unchanged when it does not answer."""
    if order.venue_order_id is None:
        return order
    try:
        told = await room.venue.trading.get_order(order.venue_order_id)
    except VenueError as error:
        if error.upstream_code in NOT_KNOWN_CODES and order.state is OrderState.OPEN:
            return await _moved(room, order, OrderEvent.IN_DOUBT, "the venue does not know it")
        return order
    return await settle(room, order, told, cause="ended_at_venue")


async def settle(room: OrderRoom, order: VenueOrderRecord, told: VenueOrder, *, cause: str) -> VenueOrderRecord:
    """The order is recorded as told; its fills are fetched where their sum says otherwise."""
    known = order.filled_eth
    if told.filled_eth == known and not told.state.is_final:
        return await record(room, order, told, (), cause=cause)
    try:
        trades = await room.venue.trading.get_trades(room.venue.coin, order.sent_at - VALID_FOR, told.updated_at + VALID_FOR, order_id=told.order_id)
    except VenueError as error:
        log.warning("order.fills_missing", label=order.label, error=str(error))
        return order
    return await record(room, order, told, trades.trades, cause=cause)


async def record(
    room: OrderRoom, order: VenueOrderRecord, told: VenueOrder, trades: Iterable[VenueTrade], *, cause: str = "ended_at_venue"
) -> VenueOrderRecord:
    """Order and fills are in the store as the venue told them; an end is only an end once its fills are all there."""
    if (told.label, told.instrument_name, told.direction) != (order.label, order.instrument, order.direction):
        log.error("order.mistaken", label=order.label, told=told.label)
        return order
    fills = tuple(trade for trade in trades if trade.order_id == told.order_id and trade.instrument_name == order.instrument)
    after = await room.store.write(lambda tx: _record(tx, room, order.number, Told(order=told, fills=fills, cause=cause)))
    if after.filled_eth > after.amount_eth:
        raise InvariantBroken(f"order {after.label} was filled for {after.filled_eth} ETH and asked for {after.amount_eth}")
    return after


async def in_doubt(room: OrderRoom, order: VenueOrderRecord, why: str) -> VenueOrderRecord:
    """The order may stand at the venue or not: a person is told and it is never sent again."""
    return await _moved(room, order, OrderEvent.IN_DOUBT, why)


async def _not_accepted(room: OrderRoom, order: VenueOrderRecord, error: VenueError) -> Sent:
    if not error.is_refusal:
        return Sent(order=await in_doubt(room, order, str(error)), venue_code=error.upstream_code)
    ended = await _moved(room, order, OrderEvent.REFUSED, str(error))
    return Sent(
        order=ended,
        venue_code=error.upstream_code,
        retry_after_s=error.retry_after_s,
        is_worth_retrying=not error.permanent or error.upstream_code == LOGIN_OVER,
    )


async def _moved(room: OrderRoom, order: VenueOrderRecord, event: OrderEvent, why: str) -> VenueOrderRecord:
    return await room.store.write(lambda tx: moved(tx, room, order.number, event, why))


def moved(tx: Transaction, room: OrderRoom, number: int, event: OrderEvent, why: str) -> VenueOrderRecord:
    """The order took the step, and the chain says why; a doubt is told to a person at once."""
    tx.move_venue_order(number, event, now=room.now(), cause=why)
    order = known(tx, number)
    tx.audit(actor="engine", type=f"order.{event.value}", ref=f"order:{order.label}", body={"why": why, "state": order.state.value}, anchor=True)
    if event is OrderEvent.IN_DOUBT:
        room.tell(tx, "order-unknown", f"unknown:{order.label}", {"label": order.label})
    return order


def known(tx: Transaction, number: int) -> VenueOrderRecord:
    """The order as the store has it. Raises InvariantBroken when it has not."""
    order = tx.venue_order(number)
    if order is None:
        raise InvariantBroken(f"order {number} of the venue is not in the store")
    return order


def _write_down(tx: Transaction, room: OrderRoom, send: Send, until: datetime) -> VenueOrderRecord | tuple[Refusal, ...]:
    refusals = room.door.refusals(tx, send, now=room.now())
    if refusals:
        _audit_withheld(tx, send, refusals)
        return refusals
    attempt, longest = len(tx.venue_orders(send.intent.order_id)) + 1, room.door.rules.execution.label_max_chars
    order = NewVenueOrder(
        order_id=send.intent.order_id,
        part=send.part,
        label=venue_label(send.intent.label, part=send.part, attempt=attempt),
        instrument=send.instrument,
        direction=send.direction,
        amount_eth=send.amount_eth,
        limit_coin=send.limit_coin,
        valid_until_at=until,
        sent_at=room.now(),
    )
    if len(order.label) > longest:
        raise InvariantBroken(f"the name {order.label} is longer than the venue's {longest} characters")
    number = tx.add_venue_order(order)
    body: dict[str, Json] = {
        "trade_id": send.intent.trade_id,
        "instrument": order.instrument,
        "direction": order.direction.value,
        "amount_eth": str(order.amount_eth),
        "limit_coin": str(order.limit_coin),
        "valid_until": until.isoformat(),
    }
    tx.audit(actor="engine", type="order.sending", ref=f"order:{order.label}", body=body)
    return known(tx, number)


def _note_move(tx: Transaction, room: OrderRoom, order: VenueOrderRecord, send: Send) -> tuple[Refusal, ...]:
    refusals = room.door.refusals(tx, send, now=room.now())
    if refusals:
        _audit_withheld(tx, send, refusals)
        return refusals
    tx.note_venue_action(order.number, "move", now=room.now())
    tx.audit(actor="engine", type="order.moving", ref=f"order:{order.label}", body={"from_coin": str(order.limit_coin), "limit_coin": str(send.limit_coin)})
    return ()


def _audit_withheld(tx: Transaction, send: Send, refusals: tuple[Refusal, ...]) -> None:
    body: dict[str, Json] = {"reasons": [refusal.words for refusal in refusals], "part": send.part}
    tx.audit(actor="engine", type="order.withheld", ref=f"order:{send.intent.label}", body=body)


def _record(tx: Transaction, room: OrderRoom, number: int, heard: Told) -> VenueOrderRecord:
    before, told = known(tx, number), heard.order
    tx.name_venue_order(number, told.order_id)
    if before.state is OrderState.SENDING:
        tx.move_venue_order(number, OrderEvent.ACCEPTED, now=room.now())
    elif before.state is OrderState.UNKNOWN:
        moved(tx, room, number, OrderEvent.FOUND, "found at the venue")
    if told.price_coin is not None:
        tx.limit_venue_order(number, told.price_coin)
    for trade in heard.fills:
        if tx.add_venue_fill(fill_record(room, number, trade)):
            _audit_fill(tx, before, trade)
    order = known(tx, number)
    if order.state is OrderState.OPEN and told.state.is_final and order.filled_eth >= told.filled_eth:
        return moved(tx, room, number, OrderEvent.FILLED if told.state is VenueOrderState.FILLED else OrderEvent.ENDED, heard.cause)
    return order


def fill_record(room: OrderRoom, number: int, trade: VenueTrade) -> VenueFillRecord:
    """The fill as it is kept, with where it came from."""
    return VenueFillRecord(
        trade_key=trade.trade_id,
        number=number,
        instrument=trade.instrument_name,
        direction=trade.direction,
        amount_eth=trade.amount_eth,
        price_coin=trade.price_coin,
        fee_coin=trade.fee_coin,
        fee_coin_name=trade.fee_coin_name,
        index_usd=trade.index_usd,
        at=trade.traded_at,
        source=room.venue.source,
    )


def _audit_fill(tx: Transaction, order: VenueOrderRecord, trade: VenueTrade) -> None:
    body: dict[str, Json] = {
        "fill": trade.trade_id,
        "instrument": trade.instrument_name,
        "amount_eth": str(trade.amount_eth),
        "price_coin": str(trade.price_coin),
        "fee_coin": str(trade.fee_coin),
    }
    tx.audit(actor="engine", type="order.fill", ref=f"order:{order.label}", body=body)
