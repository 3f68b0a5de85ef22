"""A paper stage on its way: some gates met, some not, one not measured."""

from __future__ import annotations

from collections.abc import Callable

from engine.views import ActionResult, GateView, Person, StageView

STAGE = StageView(
    running="paper",
    signed_off="paper",
    following="soft",
    gates=(
        GateView(code="days", measured=93.4, limit=90, is_least=True),
        GateView(code="closed_trades", measured=12, limit=30, is_least=True),
        GateView(code="win_rate_frac", measured=0.75, limit=0.7, is_least=True),
        GateView(code="z_abs", measured=None, limit=2, is_least=False),
        GateView(code="unreconciled", measured=0, limit=0, is_least=False),
    ),
    phrase="PROMOTE SOFT C0FF",
)


class FakeStages:
    """Answers as `STAGE` stands; every question is noted where the fake engine notes its own."""

    def __init__(self, note: Callable[[str, object], None]) -> None:
        self._note = note
        self.stage_view = STAGE

    async def view(self) -> StageView:
        self._note("stage", None)
        return self.stage_view

    async def promote(self, by: Person, phrase: str, reason: str) -> ActionResult:
        self._note("promote", (by, phrase, reason))
        return ActionResult(code="stage-not-ready", ok=False, facts={"stage": "soft", "missing": "closed_trades, z_abs"})

    async def demote(self, by: Person, reason: str) -> ActionResult:
        self._note("demote", (by, reason))
        return ActionResult(code="stage-demoted", ok=True, facts={"stage": "paper", "reason": reason})
