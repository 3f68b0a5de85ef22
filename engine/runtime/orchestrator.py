"""The entry cycle: look, decide, write the decision down, ask a person or say every reason why not."""

from __future__ import annotations

from datetime import timedelta

import structlog

from engine.core.bias import bias_inputs, compute_bias
from engine.core.decision import Approved, Verdict
from engine.core.entry_cycle import EntryDecision, decide_entry, target_rr25_pts
from engine.core.model import BiasDecision, Book, MarketSnapshot, Proposal
from engine.errors import InvariantBroken
from engine.notices import RefusalNotice
from engine.runtime import cards
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.entry_cards import entry_card, prices_of, record_decision
from engine.runtime.gather import gather
from engine.runtime.notify import Priority, post
from engine.runtime.payloads import encode_entry
from engine.runtime.views_of import why_view
from engine.state.repository import Transaction
from engine.views import ActionResult

log = structlog.get_logger(__name__)


async def weekly_open(desk: Desk) -> None:
    """The scheduled entry cycle has run once."""
    await run_entry_cycle(desk, actor="schedule")


async def retry_open(desk: Desk) -> None:
    """The entry cycle has run again, unless this ISO week already has its trade or its card."""
    now = desk.now()
    book = await desk.store.read(lambda tx: read_book(tx, desk.rules.sizing, stage=desk.stage, now=now, is_killed=desk.is_killed(tx)))
    if book.opened_this_week == 0 and not any(trade.is_pending for trade in book.open_trades):
        await run_entry_cycle(desk, actor="schedule")


async def run_entry_cycle(desk: Desk, *, actor: str) -> ActionResult:
    """A proposal waits for a person, or a refusal with all its reasons is in the store and, when scheduled, in the chat."""
    async with desk.cycle():
        snapshot = (await gather(desk, with_chain=True)).snapshot

        def work(tx: Transaction) -> ActionResult:
            book = read_book(tx, desk.rules.sizing, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx))
            return _record(tx, desk, decide_entry(snapshot, book, desk.rules), snapshot=snapshot, book=book, actor=actor)

        result = await desk.store.write(work)
    await desk.refresh_attention()
    log.info("entry.decided", outcome=result.code, **result.facts)
    return result


def bias_of(snapshot: MarketSnapshot, desk: Desk) -> BiasDecision:
    """The bias table's word on the snapshot."""
    rules, rr25 = desk.rules, target_rr25_pts(snapshot, desk.rules)
    inputs = bias_inputs(snapshot, rr25, now=snapshot.taken_at, freshness=rules.freshness_s)
    return compute_bias(inputs, rules.bias, rules.entry, stage=desk.stage)


def _record(tx: Transaction, desk: Desk, decision: EntryDecision, *, snapshot: MarketSnapshot, book: Book, actor: str) -> ActionResult:
    if isinstance(decision.outcome, Approved):
        return _propose(tx, desk, decision, snapshot=snapshot, book=book, approved=decision.outcome, actor=actor)
    decision_id = record_decision(tx, snapshot, decision)
    reasons = decision.outcome.reasons
    tx.audit(
        actor=actor,
        type="entry.refused",
        ref=f"decision:{decision_id}",
        body={
            "bias": decision.bias.bias.value,
            "row": decision.bias.row,
            "reasons": [f"{check.rule} {check.code}" for check in reasons],
            **prices_of(snapshot),
        },
    )
    stored = tx.decision(decision_id)
    if actor == "schedule" and stored is not None:
        post(tx, RefusalNotice(env=desk.env, why=why_view(stored)), dedupe_key=f"refusal:{decision_id}", priority=Priority.NEWS)
    failed = sum(check.verdict is Verdict.FAILED for check in reasons)
    return ActionResult(code="scan-refused", ok=False, facts={"id": str(decision_id), "failed": str(failed), "unchecked": str(len(reasons) - failed)})


def _propose(
    tx: Transaction, desk: Desk, decision: EntryDecision, *, snapshot: MarketSnapshot, book: Book, approved: Approved[Proposal], actor: str
) -> ActionResult:
    if snapshot.index_usd is None or snapshot.dvol_pts is None:
        raise InvariantBroken("an approved entry without index or DVOL")
    proposal = approved.value
    proposal_id = tx.add_proposal(
        kind="entry",
        strategy=proposal.strategy,
        reason=f"bias row {decision.bias.row}",
        urgency="none",
        payload_json="",
        created_at=desk.now(),
        expires_at=desk.now() + timedelta(seconds=desk.rules.approval.entry_ttl_s),
        max_loss_eur=proposal.sizing.max_loss_eur,
    )
    card = entry_card(desk, approved, snapshot, book, proposal_id=proposal_id, revision=1)
    payload = encode_entry(proposal, card, index_usd=snapshot.index_usd.value, dvol_pts=snapshot.dvol_pts.value)
    tx.set_payload(proposal_id, payload)
    decision_id = record_decision(tx, snapshot, decision, proposal_id=proposal_id)
    tx.audit(
        actor=actor,
        type="entry.proposed",
        ref=f"proposal:{proposal_id}",
        body={
            "decision_id": decision_id,
            "strategy": proposal.strategy.value,
            "legs": [f"{'sell' if leg.quantity_eth < 0 else 'buy'} {leg.instrument}" for leg in proposal.combo.legs],
            "quantity_eth": str(proposal.sizing.quantity_eth),
            "credit_mid_coin": str(proposal.candidate.economics.credit_mid_coin),
            "max_loss_eur": str(proposal.sizing.max_loss_eur),
            **prices_of(snapshot),
        },
        anchor=True,
    )
    cards.show(tx, card)
    return ActionResult(code="scan-proposed", ok=True, facts={"id": str(proposal_id)})
