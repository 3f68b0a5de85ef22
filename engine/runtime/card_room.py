"""What a person may do with a card besides yes and no: ask for a variant, put it off, say why not, and in a live stage confirm.

Rules of this file: a button counts once and for the card it stands on; what was asked for is judged by every rule like a first look.
"""

from __future__ import annotations

from engine.core.entry_variants import Variant
from engine.core.lifecycle import ProposalState
from engine.runtime import approvals, cards
from engine.runtime.desk import Desk
from engine.runtime.snoozes import SNOOZE, put_off
from engine.state.outcomes import NonceUse
from engine.state.records_people import NoteRecord
from engine.state.repository import Transaction
from engine.views import ActionResult, Person, Tap

REASONS = ("price", "risk", "event", "time")
"""Why a person says no: paid too little, too much at risk, something ahead, no time to watch it."""


class CardRoom:
    """The desk's cards, as the chat sees them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def vary(self, tap: Tap) -> ActionResult:
        return await approvals.vary(self._desk, tap, Variant(tap.verb))

    async def confirm(self, tap: Tap) -> ActionResult:
        """The entry is approved by a second tap, once and within a minute of the first."""
        now = self._desk.clock.wall()

        def use(tx: Transaction) -> str | None:
            ref = tx.action_ref(tap.nonce, kind=approvals.CONFIRM_KIND)
            if ref is None or ref.split()[0] != str(tap.proposal_id):
                return None
            used = tx.use_action_nonce(nonce=tap.nonce, kind=approvals.CONFIRM_KIND, ref=ref, user_id=tap.person.user_id, chat_id=tap.chat_id, now=now)
            return ref if used is NonceUse.GRANTED else None

        ref = await self._desk.store.write(use)
        if ref is None:
            return await self._desk.store.write(lambda tx: approvals.turned_down(tx, tap, "confirm-again"))
        _, card_nonce, message_id = ref.split()
        first = Tap(person=tap.person, chat_id=tap.chat_id, message_id=int(message_id), verb="approve", proposal_id=tap.proposal_id, nonce=card_nonce)
        return await approvals.approve(self._desk, first, is_confirmed=True)

    async def snooze(self, tap: Tap) -> ActionResult:
        """The entry card comes again in this chat in a quarter of an hour, its deadline as it was."""
        desk = self._desk

        def work(tx: Transaction) -> ActionResult:
            valid, record = approvals.valid_tap(tx, tap, desk.now()), tx.proposal(tap.proposal_id)
            if not valid.ok or record is None:
                return valid
            if record.kind != "entry" or record.expires_at - desk.now() <= SNOOZE:
                return approvals.turned_down(tx, tap, "snooze-too-late")
            until = desk.clock.wall() + SNOOZE
            put_off(tx, record, tap.chat_id, until)
            tx.audit(actor=cards.actor_of(tap.person), type="card.snoozed", ref=f"proposal:{tap.proposal_id}", body={"until": until.isoformat()})
            return ActionResult(code="snoozed", ok=True, facts={"id": str(tap.proposal_id), "at": until.isoformat()})

        return await desk.store.write(work)

    async def note(self, by: Person, trade_id: int, words: str) -> ActionResult:
        """The words stand with the trade and in the audit chain."""

        def work(tx: Transaction) -> ActionResult:
            if tx.trade(trade_id) is None:
                return ActionResult(code="trade-unknown", ok=False, facts={"id": str(trade_id)})
            tx.add_note(NoteRecord(trade_id=trade_id, at=self._desk.now(), by=by.name, words=words))
            tx.audit(actor=cards.actor_of(by), type="trade.noted", ref=f"trade:{trade_id}", body={"words": words})
            return ActionResult(code="noted", ok=True, facts={"id": str(trade_id)})

        return await self._desk.store.write(work)

    async def because(self, by: Person, proposal_id: int, reason: str) -> ActionResult:
        """Why the entry was rejected stands with it."""

        def work(tx: Transaction) -> ActionResult:
            record = tx.proposal(proposal_id)
            if reason not in REASONS or record is None or record.kind != "entry" or record.state is not ProposalState.REJECTED:
                return ActionResult(code="because-nothing", ok=False, facts={"id": str(proposal_id)})
            tx.set_refused_because(proposal_id, reason)
            tx.audit(actor=cards.actor_of(by), type="card.refused_because", ref=f"proposal:{proposal_id}", body={"because": reason})
            return ActionResult(code="because-noted", ok=True, facts={"id": str(proposal_id), "because": reason})

        return await self._desk.store.write(work)
