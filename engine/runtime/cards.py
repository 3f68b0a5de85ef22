"""Every step of a card's life, each with its audit row and the card's new face, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from engine.core.decision import Check, Verdict
from engine.core.lifecycle import ProposalEvent, ProposalState
from engine.notices import AlertNotice, CardOutcome, EntryCard, ExitCard, Level, Outcome, OutcomeKind
from engine.reporting.exit_proposal import REPROPOSE, SETTLES
from engine.reporting.fills import FillReport
from engine.runtime.deadlines import POSTPONE, before_settlement, is_last_question
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import card_of, encode_exit, exit_of
from engine.safety.start_up import START_UP_HOLD
from engine.state.records import ProposalRecord
from engine.state.repository import Transaction
from engine.views import Person

NO_FACTS: Mapping[str, str] = MappingProxyType({})

KILLED_EXIT_ALARMS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))

HARD_EXIT_RETRY = timedelta(minutes=5)
"""When a hard exit whose close could not be made is tried again."""


def actor_of(by: Person) -> str:
    """How a person stands in the audit chain: source and id."""
    return by.name if by.source == "policy" else f"{by.source}:{by.user_id}" if by.source == "chat" else f"{by.source}:{by.name}"


def show(tx: Transaction, card: EntryCard | ExitCard) -> None:
    """The card of a proposal, or its next revision, is owed to every operator."""
    post(tx, card, dedupe_key=f"card:{card.proposal_id}:{card.revision}", priority=Priority.CARD, proposal_id=card.proposal_id, is_edit=card.revision > 1)


def show_waiting(tx: Transaction) -> None:
    """Every card that waits is owed once more, as a new face of its message, to a chat that kept nothing of the last run."""
    since = tx.head().seq
    for record in tx.proposals_in(ProposalState.PENDING):
        key = f"card:{record.proposal_id}:{record.revision}:since:{since}"
        post(tx, card_of(record), dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id, is_edit=True)


def show_anew(tx: Transaction, record: ProposalRecord) -> None:
    """The waiting card stands on new buttons; the ones before are void, wherever they are."""
    tx.void_attempts(record.proposal_id)
    key = f"card:{record.proposal_id}:{record.revision}:anew:{tx.head().seq}"
    post(tx, card_of(record), dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id, is_edit=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a card ends: the step of the table, the word for it, by whom, why, and what it led to."""

    event: ProposalEvent
    result: OutcomeKind
    by: Person | None = None
    reasons: tuple[Check, ...] = ()
    fill: FillReport | None = None
    next_id: int | None = None
    note: str = ""


def settle(tx: Transaction, desk: Desk, proposal_id: int, ending: Ending) -> None:
    """The proposal has taken its last step, the audit chain says so, and its card reads as settled."""
    now, actor = desk.now(), "engine" if ending.by is None else actor_of(ending.by)
    tx.move_proposal(proposal_id, ending.event, now=now, user=actor, note=ending.note)
    record = _record(tx, proposal_id)
    # An entry's card came before its trade: only the fill names it.
    trade_id = record.trade_id if ending.fill is None else ending.fill.trade_id
    tx.audit(
        actor=actor,
        type=f"card.{ending.result}",
        ref=f"proposal:{proposal_id}",
        body={"kind": record.kind, "trade_id": trade_id, "reasons": [check.code for check in ending.reasons], "note": ending.note},
    )
    outcome = Outcome(
        result=ending.result,
        at=now,
        by=None if ending.by is None else ending.by.name,
        latency_s=(now - record.created_at).total_seconds(),
        reasons=ending.reasons,
        fill=ending.fill,
        next_id=ending.next_id,
        cause=ending.note,
    )
    post_outcome(tx, record, outcome)


def reject(tx: Transaction, desk: Desk, proposal_id: int, *, by: Person) -> None:
    """The claimed card is settled as rejected; an exit that is kept open is counted as answered."""
    settle(tx, desk, proposal_id, Ending(event=ProposalEvent.REJECT, result="rejected", by=by))


def expire(tx: Transaction, desk: Desk, proposal_id: int) -> None:
    """The unanswered card has lapsed, unless somebody answered it meanwhile; an unanswered time stop is counted, for the second one is hard."""
    record = _record(tx, proposal_id)
    if record.state is not ProposalState.PENDING:
        return
    settle(tx, desk, proposal_id, Ending(event=ProposalEvent.EXPIRE, result="expired"))
    trade = None if record.trade_id is None else tx.trade(record.trade_id)
    if trade is not None and record.reason == "time_stop" and trade.checked_at is not None:
        tx.note_check(
            trade.trade_id,
            at=trade.checked_at,
            stale_misses=trade.stale_misses,
            unanswered_time_stops=trade.unanswered_time_stops + 1,
        )


def put_off(tx: Transaction, desk: Desk, record: ProposalRecord) -> datetime | None:
    """The exit waits half an hour longer and its card says so, without a second Postpone; None when settlement leaves no time for it."""
    card = card_of(record)
    if not isinstance(card, ExitCard):
        raise TypeError(f"proposal {record.proposal_id} is no exit")
    expiry_at = card.report.expiry_at
    until = before_settlement(desk, record.expires_at + POSTPONE, card.report.urgency, expiry_at=expiry_at)
    if until <= record.expires_at:
        return None
    follows = SETTLES if card.report.if_unanswered == REPROPOSE and is_last_question(desk, until, expiry_at=expiry_at) else card.report.if_unanswered
    put_off_card = _due_at(card, record, until)
    put_off_card = replace(put_off_card, report=replace(put_off_card.report, can_postpone=False, if_unanswered=follows))
    tx.postpone_proposal(record.proposal_id, expires_at=until)
    tx.set_payload(record.proposal_id, encode_exit(put_off_card, cost_mid_coin=exit_of(record).cost_mid_coin))
    key = f"card:{record.proposal_id}:{record.revision}:put-off"
    post(tx, put_off_card, dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id, is_edit=True)
    return until


def _due_at(card: ExitCard, record: ProposalRecord, until: datetime) -> ExitCard:
    """The same card with its deadline moved from the record's to `until`."""
    shown = card.report.deadline_at
    return card if shown is None else replace(card, report=replace(card.report, deadline_at=shown + (until - record.expires_at)))


def alarm_killed_exit(tx: Transaction, desk: Desk, record: ProposalRecord) -> None:
    """Under KILL a due exit goes out only on a tap: it keeps waiting and alarms."""
    if _record(tx, record.proposal_id).state is not ProposalState.PENDING:
        return
    until = desk.now() + KILLED_EXIT_ALARMS[min(record.postponed, len(KILLED_EXIT_ALARMS) - 1)]
    tx.postpone_proposal(record.proposal_id, expires_at=until)
    alert(tx, desk, code="exit-due-killed", level="critical", key=f"killed-exit:{record.proposal_id}:{record.postponed}", facts={"id": str(record.proposal_id)})


def post_outcome(tx: Transaction, record: ProposalRecord, outcome: Outcome) -> None:
    """The card's messages are owed their ending."""
    notice = CardOutcome(card=card_of(record), outcome=outcome)
    key = f"outcome:{record.proposal_id}:{record.revision}:{outcome.result}"
    post(tx, notice, dedupe_key=key, priority=Priority.CARD, proposal_id=record.proposal_id, is_edit=True)


def claim_without_tap(tx: Transaction, proposal_id: int, *, by: Person, now: datetime) -> bool:
    """True when the card was waiting and is now claimed for a written policy or the command line."""
    record = tx.proposal(proposal_id)
    if record is None or record.state is not ProposalState.PENDING:
        return False
    tx.move_proposal(proposal_id, ProposalEvent.CLAIM, now=now, user=actor_of(by))
    tx.audit(actor=actor_of(by), type="card.claimed", ref=f"proposal:{proposal_id}", body={"source": by.source})
    return True


def ask_again(tx: Transaction, card: EntryCard | ExitCard, *, payload_json: str, expires_at: datetime, why: str) -> None:
    """The claimed card waits again with new figures; every earlier button of it is void."""
    tx.revise_proposal(card.proposal_id, payload_json=payload_json, expires_at=expires_at)
    tx.audit(actor="engine", type="card.asked_again", ref=f"proposal:{card.proposal_id}", body={"revision": card.revision, "why": why})
    show(tx, card)


def give_back(tx: Transaction, desk: Desk, proposal_id: int, *, why: str) -> None:
    """A claimed card whose gates could not be run waits for a person again, unchanged, and says what failed (a cause of ours or an error).

    An entry waits for nobody while entries are stopped: it ends as every other one did when they were.
    """
    record = _record(tx, proposal_id)
    if record.state is not ProposalState.CLAIMED:
        return
    stop = None if record.kind == "exit" else entries_stopped(tx, desk)
    if stop is not None:
        settle(tx, desk, proposal_id, replace(stop, note=why))
        return
    # Every button of the claimed card is void, so the same question goes out with new ones.
    card = replace(card_of(record), revision=record.revision + 1)
    until = max(record.expires_at, desk.now() + HARD_EXIT_RETRY) if record.urgency == "hard" else record.expires_at
    payload_json = record.payload_json
    if isinstance(card, ExitCard):
        card = _due_at(card, record, until)
        payload_json = encode_exit(card, cost_mid_coin=exit_of(record).cost_mid_coin)
    tx.revise_proposal(proposal_id, payload_json=payload_json, expires_at=until)
    tx.audit(actor="engine", type="card.given_back", ref=f"proposal:{proposal_id}", body={"why": why})
    show(tx, card)
    alert(
        tx, desk, code="approval-failed", level="warning", key=f"given-back:{proposal_id}:{desk.now().isoformat()}", facts={"id": str(proposal_id)}, detail=why
    )


def entries_stopped(tx: Transaction, desk: Desk) -> Ending | None:
    """How a waiting entry ends now because of a kill or a hold; None while entries are allowed.

    The hold of start-up stops nothing that waits: it ends with the checks.
    """
    if desk.is_killed(tx):
        return Ending(event=ProposalEvent.REFUSE, result="killed")
    reasons = tuple(held(hold.code) for hold in tx.holds() if hold.code != START_UP_HOLD)
    return Ending(event=ProposalEvent.REFUSE, result="refused", reasons=reasons) if reasons else None


def held(code: str) -> Check:
    """Why an entry is refused while this hold stands."""
    return Check(rule="E01", code="hold_off", verdict=Verdict.FAILED, observed=code)


def alert(tx: Transaction, desk: Desk, *, code: str, level: Level, key: str, facts: Mapping[str, str], detail: str = "") -> bool:
    """Something a person should know is owed to every operator, once per `key`: True the first time."""
    notice = AlertNotice(env=desk.env, code=code, level=level, at=desk.now(), facts=dict(facts), detail=detail)
    return post(tx, notice, dedupe_key=f"alert:{key}", priority=Priority.CRITICAL if level == "critical" else Priority.NEWS)


def alert_on_trade(tx: Transaction, desk: Desk, trade_id: int, *, code: str, level: Level, key: str, facts: Mapping[str, str] = NO_FACTS) -> None:
    """The same for an open trade, with a row in the audit chain: what a person was told about their money is on record."""
    if alert(tx, desk, code=code, level=level, key=key, facts={"trade": str(trade_id), **facts}):
        tx.audit(actor="engine", type="alert.sent", ref=f"trade:{trade_id}", body={"code": code, "trade_id": trade_id, "level": level, **facts})


def _record(tx: Transaction, proposal_id: int) -> ProposalRecord:
    record = tx.proposal(proposal_id)
    if record is None:
        raise LookupError(f"proposal {proposal_id} is not in the store")
    return record
