"""What was pressed or asked before a kill counts for nothing after it.

Rules of this file: a close goes out under KILL only by a word given under that very kill, and what proves it is the button
itself: every earlier one is void from the commit on that records the kill. No clock is compared, and no order of arrival.
"""

from __future__ import annotations

from engine.core.lifecycle import ProposalState
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.state.records import ManualActionRecord
from engine.state.repository import Json, Transaction

KILLED_FIRST = "refused: the kill switch was set first, ask again"
CLOSING = ("approve", "force_close", "force_close_all")
ARM = "arm"


def void_earlier_words(tx: Transaction, desk: Desk) -> None:
    """Exits that wait stand on new buttons, confirmations of a close are void, and closes asked at the machine before are refused."""
    for record in tx.proposals_in(ProposalState.PENDING):
        if record.kind == "exit":
            cards.show_anew(tx, record)
    tx.void_action_nonces(now=desk.clock.wall())
    for action in _asked_before(tx.open_manual_actions()):
        if action.action in CLOSING:
            tx.finish_manual_action(action.action_id, result=KILLED_FIRST, now=desk.now())
            body: dict[str, Json] = {"args": dict(action.args), "result": KILLED_FIRST}
            tx.audit(actor=action.source, type=f"manual.{action.action}", ref=f"action:{action.action_id}", body=body)


def _asked_before(waiting: tuple[ManualActionRecord, ...]) -> tuple[ManualActionRecord, ...]:
    """What waits ahead of the order to kill; all of it where the kill came another way."""
    arms = [action.action_id for action in waiting if action.action == ARM]
    return tuple(action for action in waiting if not arms or action.action_id < arms[0])
