"""What an exit decision leads to: a card, a card that replaces a softer one, a word, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.lifecycle import ProposalEvent
from engine.core.model import Bias, ExitAction, ExitDecision, ExitInputs, ExitUrgency
from engine.core.spread_prices import close_mid_coin
from engine.notices import ExitCard
from engine.reporting import exit_proposal
from engine.reporting.payoff import TimelineInputs, strikes_text, timeline
from engine.runtime import cards
from engine.runtime.deadlines import POSTPONE, before_settlement, exit_deadline, is_last_question
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered
from engine.runtime.payloads import encode_exit
from engine.runtime.positions import Look, close_fee_coin, credit_of, open_fee_of
from engine.state.codec import encode_checks
from engine.state.records import ProposalRecord
from engine.state.repository import Json, Transaction
from engine.views import TimelineChart

HARD_RULES_ONLY = "hard_rules_only"
"""Why a trade was held although a soft rule fired: between monitors only hard rules act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One trade judged: its quotes, what the rules were given, what they said, and the market around it."""

    look: Look
    inputs: ExitInputs
    decision: ExitDecision
    gathered: Gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which face of which card, until when it waits, and how often it was put off."""

    proposal_id: int
    revision: int
    expires_at: datetime
    postponed: int = 0


def propose(tx: Transaction, desk: Desk, judged: Judgement) -> int:
    """A card asks for the close; 0 when the same or a harder question already waits."""
    waiting = _waiting(tx, judged.look.trade.trade_id)
    if waiting is not None and (waiting.urgency == "hard" or judged.decision.urgency is ExitUrgency.SOFT or waiting.state.value == "claimed"):
        return 0
    proposal_id = ask(tx, desk, judged)
    if waiting is not None:
        cards.settle(tx, desk, waiting.proposal_id, cards.Ending(event=ProposalEvent.SUPERSEDE, result="superseded", next_id=proposal_id))
    return 1


def ask(tx: Transaction, desk: Desk, judged: Judgement) -> int:
    """The question is stored with its card; returns its number."""
    inputs, decision, trade = judged.inputs, judged.decision, judged.look.trade
    expires_at = exit_deadline(desk, decision.urgency, expiry_at=trade.expiry_at)
    proposal_id = tx.add_proposal(
        kind="exit",
        strategy=trade.strategy,
        reason=decision.reason.value,
        urgency=decision.urgency.value,
        payload_json="",
        created_at=inputs.now,
        expires_at=expires_at,
        trade_id=trade.trade_id,
    )
    card = exit_card(tx, desk, judged, Question(proposal_id=proposal_id, revision=1, expires_at=expires_at))
    tx.set_payload(proposal_id, encode_exit(card, cost_mid_coin=close_mid_coin(judged.look.spread)))
    tx.audit(
        actor="engine",
        type="exit.proposed",
        ref=f"proposal:{proposal_id}",
        body={
            "trade_id": trade.trade_id,
            "reason": decision.reason.value,
            "urgency": decision.urgency.value,
            "mark_coin": _text(decision.evidence.mark_coin),
            **_prices_of(judged.look),
        },
    )
    cards.show(tx, card)
    return proposal_id


def exit_card(tx: Transaction, desk: Desk, judged: Judgement, question: Question) -> ExitCard:
    """The card of an exit as a person sees it, with the position's timeline."""
    look, decision, snapshot, trade = judged.look, judged.decision, judged.gathered.snapshot, judged.look.trade
    expires_at, expiry_at = question.expires_at, trade.expiry_at
    position = exit_proposal.OpenPosition(
        trade_id=trade.trade_id, quantity_eth=trade.quantity_eth, max_loss_eur=trade.max_loss_eur, postponed=question.postponed
    )
    report = exit_proposal.build(
        position,
        judged.inputs,
        decision,
        exit_proposal.ExitFrame(
            env=desk.env,
            deadline_at=desk.clock.wall() + (expires_at - desk.now()),
            fx_usd_per_eur=None if snapshot.fx_usd_per_eur is None else snapshot.fx_usd_per_eur.value,
            source=source_of(look),
            recorded_at=look.spread.shorts[0].recorded_at,
            is_last_question=is_last_question(desk, expires_at, expiry_at=expiry_at),
            can_extend=before_settlement(desk, expires_at + POSTPONE, decision.urgency, expiry_at=expiry_at) > expires_at,
        ),
        desk.rules.approval,
    )
    chart = timeline_chart(tx, desk, look)
    return ExitCard(proposal_id=question.proposal_id, revision=question.revision, report=report, chart=chart, is_dry_run=desk.is_dry_run)


def source_of(look: Look) -> str:
    """Where the legs' prices come from, told no better than it is."""
    short = look.spread.shorts[0]
    if short.recorded_at is not None:
        return "carried"
    return "surface" if "mark" in short.modelled else "live"


def _prices_of(look: Look) -> dict[str, Json]:
    short = look.spread.shorts[0]
    return {"source": source_of(look), "quoted_at": short.quoted_at, "recorded_at": short.recorded_at}


def timeline_chart(tx: Transaction, desk: Desk, look: Look) -> TimelineChart:
    """The position's cost to close over its life, with the two lines that matter."""
    trade = look.trade
    marks = [(mark.at, mark.mark_coin) for mark in tx.marks(trade.trade_id) if mark.mark_coin is not None]
    inputs = TimelineInputs(
        title=f"#{trade.trade_id} {strikes_text(look.spread.sides)}",
        env=desk.env,
        coin=trade.family.coin,
        credit_coin=credit_of(look),
        open_fee_coin=open_fee_of(look),
        close_fee_coin=close_fee_coin(look.spread, desk.rules, index_usd=trade.spot_open_usd),
        opened_at=trade.opened_at if trade.opened_at is not None else trade.created_at,
        expiry_at=trade.expiry_at,
        as_of=desk.now(),
    )
    return timeline(marks, inputs, desk.rules.exit)


def _waiting(tx: Transaction, trade_id: int) -> ProposalRecord | None:
    return next((record for record in tx.pending_proposals() if record.trade_id == trade_id), None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def record_decision(tx: Transaction, judged: Judgement, *, is_unasked: bool = False, proposal_id: int | None = None) -> None:
    """The decision stands in the store; `is_unasked`: a soft rule fired where only hard rules act, so the trade was held."""
    look, inputs, decision = judged.look, judged.inputs, judged.decision
    tx.add_decision(
        at=inputs.now,
        kind="exit",
        outcome=ExitAction.HOLD.value if is_unasked else decision.action.value,
        reason=HARD_RULES_ONLY if is_unasked else decision.reason.value,
        strategy=look.trade.strategy,
        bias=Bias.NO_ENTRY.value if inputs.bias_now is None else inputs.bias_now.value,
        trade_id=look.trade.trade_id,
        proposal_id=proposal_id,
        source=source_of(look),
        recorded_at=look.spread.shorts[0].recorded_at,
        checks_json=encode_checks(decision.checks),
        snapshot_json="{}",
    )
