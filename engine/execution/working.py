"""An approved intent worked at the venue: as a combo down or up its ladder, leg by leg where the venue has no combo of it.

Rules of this file: whoever works an intent is the only one; an order is replaced only after the old one is proven ended; what ends the
work is time, a kill, a hold for what opens, a person's word, or the whole amount, and what was filled by then is what the trade is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from engine.core.lifecycle import OrderState
from engine.core.limit_ladder import Ladder
from engine.core.model_venue import TradedLeg
from engine.core.order_side import ComboSide, combo_side
from engine.errors import VenueError
from engine.execution import sending
from engine.execution.door import Send
from engine.execution.holdings import carried
from engine.execution.orders import COMBO
from engine.execution.resolving import resolve
from engine.execution.room import CANCELLED, OrderRoom
from engine.state.records import OrderRecord
from engine.state.repository import Transaction
from engine.state.venue_records import IntentTerms, VenueOrderRecord

log = structlog.get_logger(__name__)

POLL_S = 5
"""How often a working order is asked after."""

REJECTS_MAX = 3
"""How many proven refusals that are worth another try one intent lives through."""

COMBO_LIMIT_REACHED, NO_COMBO_BOOK = 13035, 13036
COMBO_WAITS, COMBO_WAIT_S = 3, 60
RETRY_S = 2.0
QUOTE_AGE_MAX, INDEX_AGE_MAX = timedelta(seconds=10), timedelta(seconds=3)
"""Older than this and the ladder takes no step."""

END_LOOKS_MAX = 6
"""How often an order that should end is asked after before it is left to reconciling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One intent to be worked: what was approved and the limits it may be asked at."""

    intent: OrderRecord
    terms: IntentTerms
    ladder: Ladder

    @property
    def is_opening(self) -> bool:
        return self.intent.side == "open"

    def received_coin(self, elapsed_s: float) -> Decimal:
        """What the ladder asks by now as cash: a credit comes in, a debit goes out."""
        limit = self.ladder.limit_at(elapsed_s)
        return limit if self.is_opening else -limit


async def combo_of(room: OrderRoom, task: Task) -> ComboSide | None:
    """The combo to trade and its side; None where the venue has none of these legs, after waiting for room where it is full.

    Raises VenueError when the venue does not answer.
    """
    legs = tuple(TradedLeg(instrument_name=leg.instrument, direction=leg.direction, amount_eth=task.intent.quantity_eth) for leg in task.terms.legs)
    problem: VenueError | None = None
    for _ in range(COMBO_WAITS + 1):
        if await stopped(room, task) is not None:
            return None
        try:
            combo = await room.venue.trading.create_combo(legs)
        except VenueError as error:
            if error.upstream_code == NO_COMBO_BOOK:
                return None
            is_full = error.upstream_code == COMBO_LIMIT_REACHED
            if not is_full and error.permanent and error.upstream_code != sending.LOGIN_OVER:
                raise
            # Asking for the same legs again makes no second combo.
            problem = None if is_full else error
            await _wait(room, task, COMBO_WAIT_S if is_full else RETRY_S)
            continue
        return combo_side(combo, legs) if combo.is_active else None
    if problem is not None:
        raise problem
    return None


async def _wait(room: OrderRoom, task: Task, seconds: float) -> None:
    """So many seconds have passed, or something has stopped the intent."""
    until = room.now() + timedelta(seconds=seconds)
    while room.now() < until and await stopped(room, task) is None:
        await room.clock.sleep_until(min(room.now() + timedelta(seconds=POLL_S), until))


async def work_whole(room: OrderRoom, task: Task, side: ComboSide) -> None:
    """The combo has been worked until it was filled, its time was over, or something stopped it."""
    began_at, refused = room.now(), 0
    ends_at = began_at + timedelta(seconds=task.ladder.timeout_s)
    while True:
        order = await refreshed(room, task, COMBO)
        left_eth = await room.store.read(lambda tx: left_of(tx, task))
        if left_eth <= 0:
            return
        why = "time over" if room.now() >= ends_at else await stopped(room, task)
        if why is not None:
            await ended(room, order, why)
            return
        elapsed_s = (room.now() - began_at).total_seconds()
        send = _whole(task, side, amount_eth=left_eth, received_coin=task.received_coin(elapsed_s))
        wait_s: float = POLL_S
        if order is None:
            sent = await sending.place(room, send)
            if sent.refusals:
                return
            if sent.state is OrderState.REJECTED:
                refused += 1
                if not sent.is_worth_retrying or refused >= REJECTS_MAX:
                    return
                wait_s = max(RETRY_S, 0.0 if sent.retry_after_s is None else sent.retry_after_s)
        elif order.state is OrderState.OPEN and order.limit_coin != send.limit_coin and await quotes_are_fresh(room, task):
            moved = await sending.move(room, order, _whole(task, side, amount_eth=order.amount_eth, received_coin=task.received_coin(elapsed_s)))
            if moved.refusals:
                await ended(room, order, moved.refusals[0].code)
                return
        await _wait(room, task, min(wait_s, (ends_at - room.now()).total_seconds()))


def _whole(task: Task, side: ComboSide, *, amount_eth: Decimal, received_coin: Decimal) -> Send:
    return Send(
        intent=task.intent,
        terms=task.terms,
        part=COMBO,
        instrument=side.combo_id,
        direction=side.direction,
        amount_eth=amount_eth,
        limit_coin=side.price_coin(received_coin),
        received_coin=received_coin,
    )


async def stopped(room: OrderRoom, task: Task) -> str | None:
    """Why nothing more may be asked for this intent now; None while it may."""
    if room.halt.is_set():
        return "the program stops"
    if task.intent.order_id in room.given_up:
        return CANCELLED

    def look(tx: Transaction) -> str | None:
        if room.door.is_killed_for(tx, task.terms):
            return "killed"
        return "held" if task.is_opening and tx.holds() else None

    return await room.store.read(look)


def left_of(tx: Transaction, task: Task) -> Decimal:
    """How many spreads of the approval are not done yet."""
    return task.intent.quantity_eth - carried(tx, task.intent.order_id, source="").quantity_eth


def live_order(tx: Transaction, order_id: int, part: int) -> VenueOrderRecord | None:
    """The intent's order of this leg that stands at the venue or may."""
    return next((order for order in tx.venue_orders(order_id) if order.part == part and order.state.is_live), None)


async def refreshed(room: OrderRoom, task: Task, part: int) -> VenueOrderRecord | None:
    """The live order of the leg as the venue has it now; None when none is live any more."""
    order = await room.store.read(lambda tx: live_order(tx, task.intent.order_id, part))
    if order is None:
        return None
    after = await (sending.follow(room, order) if order.state is OrderState.OPEN else resolve(room, order))
    return after if after.state.is_live else None


async def ended(room: OrderRoom, order: VenueOrderRecord | None, why: str) -> VenueOrderRecord | None:
    """The order is proven over; one that stays in doubt is left to reconciling."""
    looks = 0
    while order is not None and order.state.is_live and looks < END_LOOKS_MAX:
        looks += 1
        order = await (sending.cancel(room, order, cause=why) if order.state is OrderState.OPEN else resolve(room, order))
        if order.state.is_live:
            await room.clock.sleep_until(room.now() + timedelta(seconds=RETRY_S))
    return order


async def quotes_are_fresh(room: OrderRoom, task: Task) -> bool:
    """True while index and legs are quoted now: on old quotes an order keeps its limit."""
    try:
        now = await room.venue.public.get_time()
        index = await room.venue.public.get_index_price()
        quoted_at: list[datetime] = [(await room.venue.public.get_ticker(leg.instrument)).quoted_at for leg in task.terms.legs]
    except VenueError as error:
        log.warning("order.quotes_missing", label=task.intent.label, error=str(error))
        return False
    return index is not None and now - index.observed_at <= INDEX_AGE_MAX and all(now - at <= QUOTE_AGE_MAX for at in quoted_at)
