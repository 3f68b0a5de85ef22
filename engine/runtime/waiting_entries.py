"""What becomes of entry cards that wait when the engine stops: none waits on, each says why."""

from __future__ import annotations

from engine.core.decision import Check, Verdict
from engine.core.lifecycle import ProposalEvent, ProposalState
from engine.notices import OutcomeKind
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.state.repository import Transaction
from engine.views import Person


def settle_entries(tx: Transaction, desk: Desk, *, result: OutcomeKind, by: Person | None, held_by: str | None = None) -> int:
    """No entry card waits any more and each names the hold that ended it; returns how many were settled."""
    reasons = () if held_by is None else (held(held_by),)
    waiting = [record for record in tx.pending_proposals() if record.kind == "entry" and record.state is ProposalState.PENDING]
    for record in waiting:
        cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.REFUSE, result=result, by=by, reasons=reasons))
    return len(waiting)


def held(code: str) -> Check:
    """Why an entry is refused while this hold stands."""
    return Check(rule="E01", code="hold_off", verdict=Verdict.FAILED, observed=code)
