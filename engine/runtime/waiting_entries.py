"""What becomes of entry cards that wait when the engine stops: none waits on, each says why."""

from __future__ import annotations

from engine.core.lifecycle import ProposalEvent, ProposalState
from engine.notices import OutcomeKind
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.state.repository import Transaction
from engine.views import Person


def settle_entries(tx: Transaction, desk: Desk, *, result: OutcomeKind, by: Person | None, held_by: str | None = None) -> int:
    """No entry card waits any more and each names the hold that ended it; returns how many were settled."""
    reasons = () if held_by is None else (cards.held(held_by),)
    return _settle(tx, desk, cards.Ending(event=ProposalEvent.REFUSE, result=result, by=by, reasons=reasons))


def settle_stopped(tx: Transaction, desk: Desk) -> int:
    """No entry card waits while a kill or a hold stands, whoever set it and however; returns how many were settled."""
    stop = cards.entries_stopped(tx, desk)
    return 0 if stop is None else _settle(tx, desk, stop)


def _settle(tx: Transaction, desk: Desk, ending: cards.Ending) -> int:
    waiting = [record for record in tx.proposals_in(ProposalState.PENDING) if record.kind == "entry"]
    for record in waiting:
        cards.settle(tx, desk, record.proposal_id, ending)
    return len(waiting)
