"""A paper stage on its way: some gates met, some not, one not measured; the same ones as in the monthly report."""

from __future__ import annotations

from collections.abc import Callable

from engine.config import default_rules
from engine.core.model import Stage
from engine.reporting.gates import gate_table
from engine.views import ActionResult, Person, StageView
from tests.bot.fake_accounts import RECORD

STAGE = StageView(
    running="paper",
    signed_off="paper",
    following="soft",
    gates=gate_table(Stage.PAPER, RECORD, default_rules().gates),
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
