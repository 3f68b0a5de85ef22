"""Drills at the api door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from engine.views import ActionResult, Person, Tap


@dataclass
class FakeDrills:
    """Every drill works."""

    note: Callable[..., None]

    async def run(self, name: str, by: Person) -> ActionResult:
        self.note("drills.run", (name, by))
        return ActionResult(code="drill-ok", ok=True, facts={"drill": name, "took": "0.01"})

    async def practise(self, by: Person) -> ActionResult:
        self.note("drills.practise", by)
        return ActionResult(code="drill-proposal-asked", ok=True, facts={"id": "142"})

    async def answer(self, tap: Tap, *, choice: str, received_at: datetime) -> ActionResult:
        self.note("drills.answer", (tap, choice, received_at))
        return ActionResult(code="drill-proposal-done", ok=True, facts={"id": str(tap.proposal_id), "delivery": "0.31", "tap": "0.02"})
