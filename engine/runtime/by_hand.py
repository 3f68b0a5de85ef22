"""What a person orders for the whole book at once or for an order at the venue, as the chat sees it."""

from __future__ import annotations

from engine.runtime import close_all, order_cancel
from engine.runtime.desk import Desk
from engine.views import ActionResult, CloseAllQuote, Person, Tap, WorkingOrderView


class HandRoom:
    """The desk's book, under a person's hand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def quote_all(self, by: Person) -> CloseAllQuote:
        # A private chat has its person's number.
        return await close_all.quote(self._desk, by=by, chat_id=by.user_id)

    async def close_all(self, tap: Tap) -> ActionResult:
        return await close_all.confirm(self._desk, tap)

    async def working_orders(self, by: Person) -> tuple[WorkingOrderView, ...]:
        return await order_cancel.working_orders(self._desk, by=by, chat_id=by.user_id)

    async def cancel(self, by: Person, trade_id: int) -> ActionResult:
        return await order_cancel.cancel(self._desk, trade_id, by=by)

    async def cancel_tapped(self, tap: Tap) -> ActionResult:
        return await order_cancel.cancel_tapped(self._desk, tap)
