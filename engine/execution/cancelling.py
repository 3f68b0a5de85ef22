"""Every order of the account asked to end: what a kill does first, needing no permission and no book."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog

from engine.errors import VenueError
from engine.execution.room import OrderRoom
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)

TRIES = 5
PAUSE = timedelta(seconds=1)


async def cancel_everything(room: OrderRoom) -> bool:
    """True once the venue has said that no order works any more; the chain and a person know either way."""
    problem = ""
    for _ in range(TRIES):
        try:
            cancelled = await room.venue.trading.cancel_all()
        except VenueError as error:
            problem = str(error)
            log.error("orders.cancel_failed", error=problem)
            await room.clock.sleep_until(room.now() + PAUSE)
            continue
        await room.store.write(partial(_note, count=cancelled))
        return True
    await room.store.write(lambda tx: room.tell(tx, "order-cancel-failed", f"cancel-all:{tx.head().seq}", {"detail": problem}))
    return False


def _note(tx: Transaction, *, count: int) -> None:
    tx.audit(actor="engine", type="orders.cancelled", ref="orders", body={"count": count})
