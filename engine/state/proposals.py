"""Decisions, the proposals they become, and the cards that ask: who may answer, once."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal

from peewee import SQL

from engine.core.lifecycle import ProposalEvent, ProposalState, advance_proposal
from engine.core.model import Strategy
from engine.errors import InvariantBroken, StateError
from engine.state.models import ActionNonce, Card, Decision, ProposalRow, utc_text
from engine.state.outcomes import ClaimCode, ClaimOutcome, NonceUse
from engine.state.records import (
    CardAttempt,
    DecisionRecord,
    ProposalRecord,
)
from engine.state.rows import Rows, columns

NONCE_BYTES = 12
WAITING = (ProposalState.PENDING, ProposalState.CLAIMED)

# The one permission to act: a row changed here is the tap that won.
CLAIM = """
UPDATE proposals SET state = :after, decided_at = :now, decided_by = :user
WHERE proposal_id = :proposal AND state = 'pending' AND expires_at > :now AND EXISTS (
    SELECT 1 FROM cards WHERE cards.nonce = :nonce AND cards.proposal_id = proposals.proposal_id AND cards.revision = proposals.revision
    AND cards.chat_id = :chat AND cards.is_void = 0 AND (cards.message_id IS NULL OR cards.message_id = :message))
"""


def new_nonce() -> str:
    """96 random bits as 16 url-safe characters."""
    return secrets.token_urlsafe(NONCE_BYTES)


class DecisionRows(Rows):
    """What the engine decided and on which figures."""

    def add_decision(  # noqa: PLR0913 -- a decision is these facts
        self,
        *,
        at: datetime,
        kind: str,
        outcome: str,
        reason: str,
        bias: str,
        source: str,
        checks_json: str,
        snapshot_json: str,
        strategy: Strategy | None = None,
        bias_row: int | None = None,
        trade_id: int | None = None,
        proposal_id: int | None = None,
        recorded_at: datetime | None = None,
    ) -> int:
        """The decision is stored; `kind` is entry or exit, `outcome` of an entry's no is `refused`."""
        decided = {"at": at, "kind": kind, "outcome": outcome, "reason": reason, "bias": bias, "bias_row": bias_row, "strategy": strategy}
        behind = {"source": source, "checks_json": checks_json, "snapshot_json": snapshot_json, "recorded_at": recorded_at}
        return self._insert(Decision, {**decided, **behind, "trade_id": trade_id, "proposal_id": proposal_id})

    def decision(self, decision_id: int | None) -> DecisionRecord | None:
        """The decision; for None the last entry decision."""
        query = Decision.select(*columns(Decision, DecisionRecord))
        if decision_id is not None:
            return self._first(DecisionRecord, query.where(Decision.decision_id == decision_id))
        return self._first(DecisionRecord, query.where(Decision.kind == "entry").order_by(Decision.decision_id.desc()))

    def decisions(self, kind: str) -> tuple[DecisionRecord, ...]:
        """Every decision of the kind, oldest first."""
        return self._records(DecisionRecord, Decision.select(*columns(Decision, DecisionRecord)).where(Decision.kind == kind).order_by(Decision.decision_id))

    def decisions_of_trade(self, trade_id: int) -> tuple[DecisionRecord, ...]:
        """Every decision on the trade, oldest first."""
        query = Decision.select(*columns(Decision, DecisionRecord)).where(Decision.trade_id == trade_id)
        return self._records(DecisionRecord, query.order_by(Decision.decision_id))


class ProposalRows(Rows):
    """Questions to a person and their one answer."""

    def add_proposal(  # noqa: PLR0913 -- a question is these facts
        self,
        *,
        kind: str,
        strategy: Strategy,
        reason: str,
        urgency: str,
        payload_json: str,
        created_at: datetime,
        expires_at: datetime,
        trade_id: int | None = None,
        max_loss_eur: Decimal | None = None,
    ) -> int:
        """The question is stored, pending, revision 1; returns its number. `kind` is entry or exit, `urgency` none, soft or hard."""
        asked = {"kind": kind, "strategy": strategy, "reason": reason, "urgency": urgency, "payload_json": payload_json}
        bounds = {"created_at": created_at, "expires_at": expires_at, "trade_id": trade_id, "max_loss_eur": max_loss_eur}
        born = {"state": ProposalState.PENDING, "revision": 1, "postponed": 0, "note": ""}
        return self._insert(ProposalRow, {**asked, **bounds, **born})

    def set_payload(self, proposal_id: int, payload_json: str) -> None:
        """The waiting proposal has its frozen content, for a card that names its own number. Raises InvariantBroken once it is decided."""
        waiting = (ProposalRow.proposal_id == proposal_id) & ProposalRow.state.in_(WAITING)
        if not self._change(ProposalRow.update(payload_json=payload_json).where(waiting)):
            raise InvariantBroken(f"proposal {proposal_id} is not waiting: its content stays as it was")

    def proposal(self, proposal_id: int) -> ProposalRecord | None:
        return self._first(ProposalRecord, ProposalRow.select(*columns(ProposalRow, ProposalRecord)).where(ProposalRow.proposal_id == proposal_id))

    def proposals(self) -> tuple[ProposalRecord, ...]:
        """Every question ever asked, oldest first."""
        return self._records(ProposalRecord, ProposalRow.select(*columns(ProposalRow, ProposalRecord)).order_by(ProposalRow.proposal_id))

    def exit_proposals(self, trade_id: int) -> tuple[ProposalRecord, ...]:
        """Every question ever asked about closing the trade, oldest first."""
        about = (ProposalRow.kind == "exit") & (ProposalRow.trade_id == trade_id)
        return self._records(ProposalRecord, ProposalRow.select(*columns(ProposalRow, ProposalRecord)).where(about).order_by(ProposalRow.proposal_id))

    def pending_proposals(self) -> tuple[ProposalRecord, ...]:
        """Every question still open, claimed ones included, oldest first."""
        query = ProposalRow.select(*columns(ProposalRow, ProposalRecord)).where(ProposalRow.state.in_(WAITING))
        return self._records(ProposalRecord, query.order_by(ProposalRow.proposal_id))

    def proposals_in(self, state: ProposalState) -> tuple[ProposalRecord, ...]:
        """Every proposal in `state`, oldest first: what recovery looks through."""
        query = ProposalRow.select(*columns(ProposalRow, ProposalRecord)).where(ProposalRow.state == state)
        return self._records(ProposalRecord, query.order_by(ProposalRow.proposal_id))

    def claim_proposal(
        self,
        *,
        proposal_id: int,
        nonce: str,
        chat_id: int,
        message_id: int,
        user: str,
        now: datetime,
        event: ProposalEvent = ProposalEvent.CLAIM,
    ) -> ClaimOutcome:
        """CLAIMED: this tap, and no other, may act; anything else says precisely why not and changes nothing.

        `event` is CLAIM, or REJECT for the tap that says no. The winning attempt learns its message, the others of the card are void.
        """
        after = advance_proposal(ProposalState.PENDING, event)
        values = {
            "after": after.value,
            "now": utc_text(now),
            "user": user,
            "proposal": proposal_id,
            "nonce": nonce,
            "chat": chat_id,
            "message": message_id,
        }
        connection = self._database.connection()
        connection.execute(CLAIM, values)
        if connection.changes() != 1:
            return self._why_not(proposal_id=proposal_id, nonce=nonce, chat_id=chat_id, message_id=message_id, now=now)
        self._settle_attempt(proposal_id=proposal_id, nonce=nonce, message_id=message_id)
        return ClaimOutcome(code=ClaimCode.CLAIMED, state=after, decided_at=now, decided_by=user)

    def check_tap(self, *, proposal_id: int, nonce: str, chat_id: int, message_id: int, now: datetime) -> ClaimOutcome:
        """VALID when the tap could decide the card now (details, postpone): it learns its message, nothing else changes."""
        outcome = self._why_not(proposal_id=proposal_id, nonce=nonce, chat_id=chat_id, message_id=message_id, now=now)
        if outcome.code is ClaimCode.VALID:
            self._sql("UPDATE cards SET message_id = ? WHERE nonce = ? AND message_id IS NULL", (message_id, nonce))
        return outcome

    def _settle_attempt(self, *, proposal_id: int, nonce: str, message_id: int) -> None:
        self._sql("UPDATE cards SET message_id = ? WHERE nonce = ? AND message_id IS NULL", (message_id, nonce))
        self._sql("UPDATE cards SET is_void = 1 WHERE proposal_id = ? AND nonce <> ?", (proposal_id, nonce))

    def _why_not(self, *, proposal_id: int, nonce: str, chat_id: int, message_id: int, now: datetime) -> ClaimOutcome:
        proposal = self.proposal(proposal_id)
        query = Card.select(*columns(Card, CardAttempt)).where((Card.nonce == nonce) & (Card.proposal_id == proposal_id))
        card = self._first(CardAttempt, query)
        if proposal is None or card is None:
            return ClaimOutcome(code=ClaimCode.UNKNOWN_NONCE)
        code = _tap_code(proposal, card, chat_id=chat_id, message_id=message_id, now=now)
        return ClaimOutcome(code=code, state=proposal.state, decided_at=proposal.decided_at, decided_by=proposal.decided_by)

    def move_proposal(self, proposal_id: int, event: ProposalEvent, *, now: datetime, user: str | None = None, note: str | None = None) -> ProposalState:
        """The proposal took the step of the table, with `user` as who decided and `note` where given; returns its new state.

        Once it is decided no card of it can be tapped any more. Raises InvariantBroken for a step the table does not know.
        """
        before = self._known(proposal_id)
        after = advance_proposal(before.state, event)
        changes: dict[str, object] = {"state": after}
        if after is ProposalState.PENDING:
            changes |= {"decided_at": None, "decided_by": None}
        elif event not in (ProposalEvent.EXECUTE, ProposalEvent.NOT_PLACED):
            changes |= {"decided_at": now, "decided_by": before.decided_by if user is None else user}
        if note is not None:
            changes["note"] = note
        self._swap(before, changes)
        if after not in WAITING:
            self.void_attempts(proposal_id)
        return after

    def revise_proposal(self, proposal_id: int, *, payload_json: str, expires_at: datetime) -> int:
        """The claimed proposal asks again with new figures: pending, next revision, every old nonce void; returns the revision."""
        before = self._known(proposal_id)
        after = advance_proposal(before.state, ProposalEvent.ASK_AGAIN)
        revision = before.revision + 1
        changes: dict[str, object] = {"state": after, "revision": revision, "payload_json": payload_json, "expires_at": expires_at}
        self._swap(before, {**changes, "decided_at": None, "decided_by": None})
        self.void_attempts(proposal_id)
        return revision

    def postpone_proposal(self, proposal_id: int, *, expires_at: datetime) -> int:
        """The pending proposal waits until `expires_at`; returns how often it was put off. Raises InvariantBroken when it is not pending."""
        before = self._known(proposal_id)
        if before.state is not ProposalState.PENDING:
            raise InvariantBroken(f"proposal {proposal_id} is {before.state} and cannot be put off")
        self._swap(before, {"expires_at": expires_at, "postponed": before.postponed + 1})
        return before.postponed + 1

    def set_refused_because(self, proposal_id: int, because: str) -> None:
        """Why a person said no stands with the question."""
        self._change(ProposalRow.update(refused_because=because).where(ProposalRow.proposal_id == proposal_id))

    def void_attempts(self, proposal_id: int) -> None:
        """No card of the proposal sent so far can be tapped any more."""
        self._sql("UPDATE cards SET is_void = 1 WHERE proposal_id = ?", (proposal_id,))

    def _known(self, proposal_id: int) -> ProposalRecord:
        found = self.proposal(proposal_id)
        if found is None:
            raise StateError(f"there is no proposal {proposal_id}")
        return found

    def _swap(self, before: ProposalRecord, changes: dict[str, object]) -> None:
        unchanged = (ProposalRow.proposal_id == before.proposal_id) & (ProposalRow.state == before.state) & (ProposalRow.revision == before.revision)
        if not self._change(ProposalRow.update(**changes).where(unchanged)):
            raise InvariantBroken(f"proposal {before.proposal_id} changed under the hand that held it")


class CardRows(Rows):
    """Each sending of a card, and the stand-alone nonces of dangerous buttons."""

    def add_card_attempt(self, *, nonce: str, proposal_id: int, revision: int, chat_id: int, outbox_id: int) -> None:
        values = {"nonce": nonce, "proposal_id": proposal_id, "revision": revision, "chat_id": chat_id, "outbox_id": outbox_id}
        Card.insert(**values, message_id=None, is_void=False).execute(self._database)

    def card_messages(self, proposal_id: int) -> tuple[CardAttempt, ...]:
        """Every sending of the proposal's card in the order they were tried, void ones included."""
        query = Card.select(*columns(Card, CardAttempt)).where(Card.proposal_id == proposal_id)
        return self._records(CardAttempt, query.order_by(Card.outbox_id, SQL("rowid")))

    def add_action_nonce(self, *, kind: str, ref: str, user_id: int, chat_id: int, valid_until: datetime) -> str:
        """A nonce that lets this person, in this chat, do this one thing once before `valid_until`."""
        nonce = new_nonce()
        values = {"nonce": nonce, "kind": kind, "ref": ref, "user_id": user_id, "chat_id": chat_id}
        ActionNonce.insert(**values, valid_until_at=valid_until, used_at=None).execute(self._database)
        return nonce

    def void_action_nonces(self, *, now: datetime) -> None:
        """No nonce given so far can be used any more."""
        self._change(ActionNonce.update(used_at=now).where(ActionNonce.used_at.is_null()))

    def action_ref(self, nonce: str, *, kind: str) -> str | None:
        """What the nonce is good for; None for one of another kind."""
        found = self._sql("SELECT ref FROM action_nonces WHERE nonce = ? AND kind = ?", (nonce, kind))
        return str(found[0][0]) if found else None

    def use_action_nonce(self, *, nonce: str, kind: str, ref: str, user_id: int, chat_id: int, now: datetime) -> NonceUse:
        """GRANTED once and only to whom it was given; `now` is read on the clock `valid_until` was."""
        known = (ActionNonce.nonce == nonce) & (ActionNonce.kind == kind) & (ActionNonce.ref == ref)
        theirs = known & (ActionNonce.user_id == user_id) & (ActionNonce.chat_id == chat_id)
        fresh = theirs & ActionNonce.used_at.is_null() & (ActionNonce.valid_until_at > now)
        if self._change(ActionNonce.update(used_at=now).where(fresh)):
            return NonceUse.GRANTED
        if not ActionNonce.select().where(known).exists(self._database):
            return NonceUse.UNKNOWN
        if not ActionNonce.select().where(theirs).exists(self._database):
            return NonceUse.WRONG_PERSON
        return NonceUse.USED if ActionNonce.select().where(theirs & ActionNonce.used_at.is_null(False)).exists(self._database) else NonceUse.EXPIRED


def _tap_code(proposal: ProposalRecord, card: CardAttempt, *, chat_id: int, message_id: int, now: datetime) -> ClaimCode:
    if card.chat_id != chat_id or card.message_id not in (None, message_id):
        return ClaimCode.WRONG_MESSAGE
    if proposal.state is ProposalState.SUPERSEDED:
        return ClaimCode.SUPERSEDED
    if proposal.state is ProposalState.EXPIRED:
        return ClaimCode.EXPIRED
    if proposal.state is not ProposalState.PENDING:
        return ClaimCode.ALREADY_DECIDED
    if proposal.expires_at <= now:
        return ClaimCode.EXPIRED
    if card.is_void or card.revision != proposal.revision:
        return ClaimCode.VOID_NONCE
    return ClaimCode.VALID
