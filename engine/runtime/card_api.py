"""The part of the door that is about cards, besides yes and no."""

from __future__ import annotations

from typing import Protocol

from engine.views import ActionResult, Person, Tap


class Cards(Protocol):
    """Each tap counts once and only as long as its card asks; refusals are results."""

    async def vary(self, tap: Tap) -> ActionResult:
        """The entry card asks for `tap.verb` (half, wider, next) instead, soon and on new buttons."""

    async def confirm(self, tap: Tap) -> ActionResult:
        """The second tap of a live stage: the approval counts now."""

    async def snooze(self, tap: Tap) -> ActionResult:
        """The entry card comes again in a quarter of an hour."""

    async def note(self, by: Person, trade_id: int, words: str) -> ActionResult:
        """The words stand with the trade, for whoever looks at it later."""

    async def because(self, by: Person, proposal_id: int, reason: str) -> ActionResult:
        """Why an entry was rejected."""
