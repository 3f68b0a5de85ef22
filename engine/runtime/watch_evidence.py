"""Once a day, and whenever a person asks: is the history still the one that was written and witnessed."""

from __future__ import annotations

import structlog

from engine.errors import StateError
from engine.runtime import cards, switches
from engine.runtime.desk import Desk
from engine.runtime.waiting_entries import settle_entries
from engine.safety.kill_switch import OPERATOR_HOLD
from engine.safety.start_up import hold_for_anchors, rewritten_reason
from engine.state.repository import Transaction, VerifyResult

log = structlog.get_logger(__name__)


async def verify_daily(desk: Desk) -> None:
    """Every page of the store and every row of the chain was looked at, beside the engine's work.

    Raises StateError for a store that is damaged or a history that does not agree with its anchors.
    """
    await desk.store.check_integrity()
    result = await verify(desk)
    if not result.ok:
        raise StateError(f"the audit chain does not hold: {result.problem}")


async def verify(desk: Desk) -> VerifyResult:
    """The chain walked against its anchors. A history that was rewritten has killed the engine; lost anchors hold until a person resumes."""
    result = await desk.store.verify_anchored()
    if result.is_rewritten:
        log.error("evidence.rewritten", row=result.first_bad_seq, problem=result.problem)
        if not await desk.store.read(desk.is_killed):
            await switches.kill_automatically(desk, rewritten_reason(result))
    elif not result.ok:
        log.error("evidence.lost", problem=result.problem)
        await desk.store.write(lambda tx: _lost(tx, desk, result.problem))
        await desk.refresh_attention()
    return result


def _lost(tx: Transaction, desk: Desk, problem: str) -> None:
    hold_for_anchors(tx, problem, desk.now())
    settle_entries(tx, desk, result="refused", by=None, held_by=OPERATOR_HOLD)
    cards.alert(tx, desk, code="anchors-lost", level="critical", key=f"anchors-lost:{tx.head().seq}", facts={}, detail=problem)
