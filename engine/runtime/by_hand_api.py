"""The part of the door that is about the whole book at once, and about orders that work at the venue."""

from __future__ import annotations

from typing import Protocol

from engine.views import ActionResult, CloseAllQuote, Person, Tap, WorkingOrderView


class ByHand(Protocol):
    """Refusals are results or `ActionRefused`; each nonce counts once, for the person it was shown to."""

    async def quote_all(self, by: Person) -> CloseAllQuote:
        """Entries are paused, and this is what closing every open trade costs now. Raises ActionRefused, pausing nothing, when none is open."""

    async def close_all(self, tap: Tap) -> ActionResult:
        """The trades of the confirmed question are being closed, one after the other; what came of each is told when it is over."""

    async def working_orders(self, by: Person) -> tuple[WorkingOrderView, ...]:
        """Every order that is being worked at the venue, each with the nonce that cancels it. Raises ActionRefused in a run that sends none there."""

    async def cancel(self, by: Person, trade_id: int) -> ActionResult:
        """The trade's working order is being cancelled; its card tells what it came to. Raises ActionRefused in a run that sends none to a venue."""

    async def cancel_tapped(self, tap: Tap) -> ActionResult:
        """The same, for the very order the button was made for; `tap.proposal_id` is the trade's number here."""
