"""After a stop of any kind: nothing half-done stays half-done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from engine.core.lifecycle import ProposalEvent, ProposalState, TradeEvent
from engine.notices import ExitCard
from engine.runtime import cards
from engine.runtime.deadlines import exit_deadline, settlement_pause_at
from engine.runtime.desk import Desk
from engine.runtime.housekeeping import LAST_SEEN_KEY, find_mismatch
from engine.runtime.payloads import card_of, encode_exit, exit_of
from engine.runtime.under_kill import void_earlier_words
from engine.runtime.waiting_entries import settle_stopped
from engine.state.records import OrderRecord, ProposalRecord
from engine.state.repository import Json, Transaction

log = structlog.get_logger(__name__)

FINGERPRINT_KEY = "config_fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found half-done and how it ended."""

    last_seen_at: datetime | None
    expired_cards: int
    asked_again: int
    orders_not_placed: int
    waiting_messages: int
    is_config_changed: bool


NOTHING_RECOVERED = Recovered(last_seen_at=None, expired_cards=0, asked_again=0, orders_not_placed=0, waiting_messages=0, is_config_changed=False)
"""What a recovery tells that failed and left everything as it was."""


async def recover(desk: Desk) -> Recovered:
    """Orders without an end are settled as not placed, claimed cards ask again, overdue ones lapse, unsent messages go again.

    What waits for an entry ends where a kill or a hold came while nobody was there to end it.
    """
    recovered = await desk.store.write(lambda tx: _recover(tx, desk))
    log.info("engine.recovered", asked_again=recovered.asked_again, not_placed=recovered.orders_not_placed, expired=recovered.expired_cards)
    return recovered


async def reconcile_at_start(desk: Desk) -> tuple[str, ...]:
    """Every difference between orders, approvals and trades in words; none when all agree."""
    problem = await desk.store.read(find_mismatch)
    return () if problem is None else (problem,)


def _recover(tx: Transaction, desk: Desk) -> Recovered:
    now = desk.now()
    last_seen = tx.get_meta(LAST_SEEN_KEY)
    tx.fail_interrupted_runs(error="the engine ended during this run", now=now)
    if desk.is_killed(tx):
        # Taps that came before the stop may come again now, and nobody knows whether they came before the kill.
        void_earlier_words(tx, desk)
    orders = tx.unsettled_orders()
    for order in orders:
        _not_placed(tx, desk, order)
    claimed = tx.proposals_in(ProposalState.CLAIMED)
    for record in claimed:
        cards.give_back(tx, desk, record.proposal_id, why="engine_stopped")
    settle_stopped(tx, desk)
    doubtful = tx.recover_sending(desk.clock.wall())
    expired = [record for record in tx.proposals_in(ProposalState.PENDING) if record.expires_at <= now and not _runs_by_itself(desk, record)]
    for record in expired:
        cards.expire(tx, desk, record.proposal_id)
    stored = tx.get_meta(FINGERPRINT_KEY)
    tx.set_meta(FINGERPRINT_KEY, desk.fingerprint)
    if stored != desk.fingerprint:
        tx.audit(actor="engine", type="config.loaded", ref="config", body={"fingerprint": desk.fingerprint, "before": stored})
    return Recovered(
        last_seen_at=None if last_seen is None else datetime.fromisoformat(last_seen),
        expired_cards=len(expired),
        asked_again=len(claimed),
        orders_not_placed=len(orders),
        waiting_messages=tx.outbox_depth()[0] + len(doubtful),
        is_config_changed=stored is not None and stored != desk.fingerprint,
    )


def _not_placed(tx: Transaction, desk: Desk, order: OrderRecord) -> None:
    """A paper order lives in this store only: without its fill here it was never placed.

    The trade is as it was before, and an approved close asks a person anew.
    """
    tx.settle_order(order.order_id, "not_placed", now=desk.now())
    tx.move_trade(order.trade_id, TradeEvent.OPEN_FAILED if order.side == "open" else TradeEvent.CLOSE_FAILED)
    is_open = order.side == "open"
    next_id = None if is_open else _ask_anew(tx, desk, order.proposal_id)
    note = "stopped_before_opening" if is_open else "stopped_before_closing"
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result="not_placed", next_id=next_id, note=note))


def _ask_anew(tx: Transaction, desk: Desk, proposal_id: int) -> int | None:
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


def _runs_by_itself(desk: Desk, record: ProposalRecord) -> bool:
    """A hard exit past its deadline is not lapsed but carried out by the expiry job."""
    return record.kind == "exit" and record.urgency == "hard" and desk.rules.approval.hard_exit_on_timeout == "auto_execute"
