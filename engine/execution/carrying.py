"""An intent carried out: worked, ended, and never twice at once; and an intent left by a stop brought to its end.

Rules of this file: after a stop nothing is asked for again: what stands is cancelled, what was filled is adopted, what is in doubt stays
in doubt until the venue proves it.
"""

from __future__ import annotations

import structlog

from engine.core.lifecycle import OrderState
from engine.errors import VenueError
from engine.execution.holdings import Carried, carried
from engine.execution.legs import work_legs
from engine.execution.resolving import resolve
from engine.execution.room import OrderRoom
from engine.execution.working import Task, combo_of, ended, left_of, stopped, work_whole
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)


async def carry_out(room: OrderRoom, task: Task) -> Carried | None:
    """What the intent has come to once all its orders are over; None while one of them is in doubt."""
    order_id = task.intent.order_id
    room.working.add(order_id)
    try:
        await _work(room, task)
        return await concluded(room, order_id)
    except VenueError as error:
        log.warning("intent.interrupted", label=task.intent.label, error=str(error))
        return await concluded(room, order_id)
    finally:
        room.working.discard(order_id)


async def _work(room: OrderRoom, task: Task) -> None:
    side = await combo_of(room, task)
    if side is not None:
        await work_whole(room, task, side)
        return
    if await stopped(room, task) is None and await room.store.read(lambda tx: left_of(tx, task)) > 0:
        await work_legs(room, task)


async def concluded(room: OrderRoom, order_id: int) -> Carried | None:
    """The intent's orders asked to end, and what they brought; None while one of them may still stand at the venue."""
    for order in await room.store.read(lambda tx: tx.venue_orders(order_id)):
        if not order.state.is_live:
            continue
        known = order if order.state is OrderState.OPEN else await resolve(room, order)
        after = await ended(room, known, "left over")
        if after is not None and after.state.is_live:
            return None
    return await room.store.read(lambda tx: _sum(tx, room, order_id))


def _sum(tx: Transaction, room: OrderRoom, order_id: int) -> Carried:
    return carried(tx, order_id, source=room.venue.source)
