"""The part of the door that is about stages."""

from __future__ import annotations

from typing import Protocol

from engine.views import ActionResult, Person, StageView


class Stages(Protocol):
    """Going up takes a phrase, a reason and every gate; going down takes a reason."""

    async def view(self) -> StageView:
        """The gate table of the next stage."""

    async def promote(self, by: Person, phrase: str, reason: str) -> ActionResult:
        """The next stage is signed off in the audit chain, or the answer names what is missing; takes some seconds."""

    async def demote(self, by: Person, reason: str) -> ActionResult:
        """The stage below is the highest one again."""
