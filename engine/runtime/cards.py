"""Every step of a card's life, each with its audit row and the card's new face, in the caller's transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.core.decision import Check
from engine.core.lifecycle import ProposalEvent
from engine.notices import AlertNotice, CardOutcome, EntryCard, ExitCard, Outcome, OutcomeKind
from engine.reporting.fills import FillReport
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import card_of
from engine.state.records import ProposalRecord
from engine.state.repository import Transaction
from engine.views import Person


def actor_of(by: Person) -> str:
    """How a person stands in the audit chain: source and id."""
    return by.name if by.source == "policy" else f"{by.source}:{by.user_id}" if by.source == "chat" else f"{by.source}:{by.name}"


def show(tx: Transaction, card: EntryCard | ExitCard) -> None:
    """The card of a proposal, or its next revision, is owed to every operator."""
    post(tx, card, dedupe_key=f"card:{card.proposal_id}:{card.revision}", priority=Priority.CARD, proposal_id=card.proposal_id, is_edit=card.revision > 1)


def settle(
    tx: Transaction,
    desk: Desk,
    proposal_id: int,
    *,
    event: ProposalEvent,
    result: OutcomeKind,
    by: Person | None = None,
    reasons: tuple[Check, ...] = (),
    fill: FillReport | None = None,
    next_id: int | None = None,
    note: str = "",
) -> None:
    """The proposal has taken `event`, the audit chain says so, and its card reads as settled."""
    now, actor = desk.now(), "engine" if by is None else actor_of(by)
    tx.move_proposal(proposal_id=proposal_id, event=event, now=now, by=actor, note=note)
    record = _record(tx, proposal_id)
    tx.audit(
        actor=actor,
        type=f"card.{result}",
        ref=f"proposal:{proposal_id}",
        body={"kind": record.kind, "trade_id": record.trade_id, "reasons": [check.code for check in reasons], "note": note},
    )
    outcome = Outcome(
        result=result,
        at=now,
        by=None if by is None else by.name,
        latency_s=(now - record.created_at).total_seconds(),
        reasons=reasons,
        fill=fill,
        next_id=next_id,
    )
    post_outcome(tx, record, outcome)


def post_outcome(tx: Transaction, record: ProposalRecord, outcome: Outcome) -> None:
    """The card's messages are owed their ending."""
    notice = CardOutcome(card=card_of(record), outcome=outcome)
    key = f"outcome:{record.proposal_id}:{record.revision}:{outcome.result}"
    post(tx, notice, dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id, is_edit=True)


def claim_without_tap(tx: Transaction, proposal_id: int, *, by: Person, now: datetime) -> bool:
    """True when the card was waiting and is now claimed for a written policy or the command line."""
    record = tx.proposal(proposal_id)
    if record is None or record.state.value != "pending":
        return False
    tx.move_proposal(proposal_id=proposal_id, event=ProposalEvent.CLAIM, now=now, by=actor_of(by))
    tx.audit(actor=actor_of(by), type="card.claimed", ref=f"proposal:{proposal_id}", body={"source": by.source})
    return True


def ask_again(tx: Transaction, card: EntryCard | ExitCard, *, payload_json: str, expires_at: datetime, why: str) -> None:
    """The claimed card waits again with new figures; every earlier button of it is void."""
    tx.revise_proposal(proposal_id=card.proposal_id, payload_json=payload_json, expires_at=expires_at)
    tx.audit(actor="engine", type="card.asked_again", ref=f"proposal:{card.proposal_id}", body={"revision": card.revision, "why": why})
    show(tx, card)


def give_back(tx: Transaction, desk: Desk, proposal_id: int, *, why: str) -> None:
    """A claimed card whose gates could not be run waits for a person again, unchanged, and says what failed."""
    record = _record(tx, proposal_id)
    if record.state.value != "claimed":
        return
    # Every button of the claimed card is void, so the same question goes out with new ones.
    card = replace(card_of(record), revision=record.revision + 1)
    tx.revise_proposal(proposal_id=proposal_id, payload_json=record.payload_json, expires_at=record.expires_at)
    tx.audit(actor="engine", type="card.given_back", ref=f"proposal:{proposal_id}", body={"why": why})
    show(tx, card)
    alert(tx, desk, code="approval-failed", level="warning", key=f"given-back:{proposal_id}:{desk.now().isoformat()}", facts={"id": str(proposal_id)}, detail=why)


def alert(
    tx: Transaction, desk: Desk, *, code: str, level: str, key: str, facts: dict[str, str] | None = None, detail: str = "", proposal_id: int | None = None
) -> None:
    """Something a person should know is owed to every operator, once per `key`."""
    notice = AlertNotice(env=desk.env, code=code, level=level, at=desk.now(), facts=facts if facts is not None else {}, detail=detail)  # type: ignore[arg-type]
    priority = Priority.CRITICAL if level == "critical" else Priority.NEWS
    post(tx, notice, dedupe_key=f"alert:{key}", priority=priority, proposal_id=proposal_id)


def _record(tx: Transaction, proposal_id: int) -> ProposalRecord:
    record = tx.proposal(proposal_id)
    if record is None:
        raise LookupError(f"proposal {proposal_id} is not in the store")
    return record
