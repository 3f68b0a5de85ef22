"""A close that was approved and came to nothing is asked for again."""

from __future__ import annotations

from dataclasses import replace

from engine.notices import ExitCard
from engine.runtime import cards
from engine.runtime.deadlines import exit_deadline, settlement_pause_at
from engine.runtime.desk import Desk
from engine.runtime.payloads import card_of, encode_exit, exit_of
from engine.state.repository import Json, Transaction


def ask_anew(tx: Transaction, desk: Desk, proposal_id: int) -> int | None:
    """The close that was approved and never sent is asked for again at once, with the figures it was asked with: a tap quotes anew.

    None once trading of its expiry has ended.
    """
    record = tx.proposal(proposal_id)
    card = None if record is None else card_of(record)
    if record is None or not isinstance(card, ExitCard) or desk.now() >= settlement_pause_at(desk, card.report.expiry_at):
        return None
    now, report = desk.now(), card.report
    expires_at = exit_deadline(desk, report.urgency, expiry_at=report.expiry_at)
    number = tx.add_proposal(
        kind="exit",
        strategy=record.strategy,
        reason=record.reason,
        urgency=record.urgency,
        payload_json="",
        created_at=now,
        expires_at=expires_at,
        trade_id=record.trade_id,
    )
    anew = replace(card, proposal_id=number, revision=1, report=replace(report, deadline_at=desk.clock.wall() + (expires_at - now)))
    tx.set_payload(number, encode_exit(anew, cost_mid_coin=exit_of(record).cost_mid_coin))
    body: dict[str, Json] = {"trade_id": record.trade_id, "reason": record.reason, "urgency": record.urgency, "after": proposal_id}
    tx.audit(actor="engine", type="exit.proposed", ref=f"proposal:{number}", body=body)
    cards.show(tx, anew)
    return number
