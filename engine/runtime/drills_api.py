"""The part of the door that is about drills: what must work when it is needed, tried before."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from engine.views import ActionResult, Person, Tap


class Drills(Protocol):
    """Each drill is on record in the audit chain; none of them places an order or changes a trade."""

    async def run(self, name: str, by: Person) -> ActionResult:
        """The drill `kill`, `restore`, `second-path` or `dead-man` was held; the facts say how long it took or what went wrong."""

    async def practise(self, by: Person) -> ActionResult:
        """A practice card is owed to this person; an earlier one counts no more."""

    async def answer(self, tap: Tap, *, choice: str, received_at: datetime) -> ActionResult:
        """The practice card was answered: how long it took to arrive, and the tap to get here."""
