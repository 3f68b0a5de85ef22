"""Everything asked of a card besides yes and no, noted where the fake engine notes its own."""

from __future__ import annotations

from collections.abc import Callable

from engine.views import ActionResult, Person, Tap


class FakeCardRoom:
    """Each request is answered as by a card that still asks."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note

    async def vary(self, tap: Tap) -> ActionResult:
        self._note("vary", tap)
        return ActionResult(code="variant-asked", ok=True, facts={"id": str(tap.proposal_id)})

    async def confirm(self, tap: Tap) -> ActionResult:
        self._note("confirm", tap)
        return ActionResult(code="approve-claimed", ok=True, facts={"id": str(tap.proposal_id)})

    async def snooze(self, tap: Tap) -> ActionResult:
        self._note("snooze", tap)
        return ActionResult(code="snoozed", ok=True, facts={"id": str(tap.proposal_id), "at": "2026-11-22T09:45:00+00:00"})

    async def note(self, by: Person, trade_id: int, words: str) -> ActionResult:
        self._note("note", (by, trade_id, words))
        return ActionResult(code="noted", ok=True, facts={"id": str(trade_id)})

    async def because(self, by: Person, proposal_id: int, reason: str) -> ActionResult:
        self._note("because", (by, proposal_id, reason))
        return ActionResult(code="because-noted", ok=True, facts={"id": str(proposal_id), "because": reason})
