"""What a person orders for the whole book at once, as the chat sees it."""

from __future__ import annotations

from engine.runtime import close_all
from engine.runtime.desk import Desk
from engine.views import ActionResult, CloseAllQuote, Person, Tap


class HandRoom:
    """The desk's book, under a person's hand."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def quote_all(self, by: Person) -> CloseAllQuote:
        # A private chat has its person's number.
        return await close_all.quote(self._desk, by=by, chat_id=by.user_id)

    async def close_all(self, tap: Tap) -> ActionResult:
        return await close_all.confirm(self._desk, tap)
