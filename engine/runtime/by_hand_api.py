"""The part of the door that is about the whole book at once."""

from __future__ import annotations

from typing import Protocol

from engine.views import ActionResult, CloseAllQuote, Person, Tap


class ByHand(Protocol):
    """Refusals are results or `ActionRefused`; each nonce counts once, for the person it was shown to."""

    async def quote_all(self, by: Person) -> CloseAllQuote:
        """Entries are paused, and this is what closing every open trade costs now. Raises ActionRefused, pausing nothing, when none is open."""

    async def close_all(self, tap: Tap) -> ActionResult:
        """The trades of the confirmed question are being closed, one after the other; what came of each is told when it is over."""
