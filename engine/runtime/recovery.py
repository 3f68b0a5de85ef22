"""After a stop of any kind: nothing half-done stays half-done, and the operator is told in one message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from engine.core.lifecycle import ProposalEvent, ProposalState, TradeEvent, TradeState
from engine.notices import StartUpNotice
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.runtime.housekeeping import LAST_SEEN_KEY, find_mismatch
from engine.runtime.notify import Priority, post
from engine.safety.start_up import StartUpReport
from engine.state.records import OrderRecord, ProposalRecord
from engine.state.repository import Transaction

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


async def recover(desk: Desk) -> Recovered:
    """Orders without an end are settled as not placed, claimed cards ask again, overdue ones lapse, unsent messages go again."""
    recovered = await desk.store.write(lambda tx: _recover(tx, desk))
    log.info("engine.recovered", asked_again=recovered.asked_again, not_placed=recovered.orders_not_placed, expired=recovered.expired_cards)
    return recovered


async def reconcile_at_start(desk: Desk) -> tuple[str, ...]:
    """Every difference between orders, approvals and trades in words; none when all agree."""
    problem = await desk.store.read(lambda tx: find_mismatch(tx, desk.now()))
    return () if problem is None else (problem,)


async def announce(desk: Desk, recovered: Recovered, report: StartUpReport, missed_jobs: tuple[str, ...], *, version: str) -> None:
    """The operator is owed the start-up summary."""
    now = desk.now()

    def work(tx: Transaction) -> None:
        head = tx.head()
        notice = StartUpNotice(
            env=desk.env,
            stage=desk.stage.value,
            version=version,
            at=now,
            down_s=None if recovered.last_seen_at is None else max(0.0, (now - recovered.last_seen_at).total_seconds()),
            open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
            expired_cards=recovered.expired_cards,
            recovered_orders=recovered.orders_not_placed,
            missed_jobs=missed_jobs,
            waiting_messages=recovered.waiting_messages,
            holds=tuple(hold.code for hold in tx.holds()),
            is_killed=desk.is_killed(tx),
            audit_seq=head.seq,
            is_audit_ok=report.is_ready or not any(step.name == "audit" and not step.ok for step in report.steps),
            is_config_changed=recovered.is_config_changed,
        )
        post(tx, notice, dedupe_key=f"start:{head.seq}", priority=Priority.NEWS)

    await desk.store.write(work)


def _recover(tx: Transaction, desk: Desk) -> Recovered:
    now = desk.now()
    last_seen = tx.get_meta(LAST_SEEN_KEY)
    tx.fail_interrupted_runs(error="the engine ended during this run", now=now)
    orders = tx.unsettled_orders()
    for order in orders:
        _not_placed(tx, desk, order)
    claimed = tx.proposals_in(ProposalState.CLAIMED)
    for record in claimed:
        cards.give_back(tx, desk, record.proposal_id, why="engine_stopped")
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

    The trade is as it was before, and the next look asks a person anew.
    """
    tx.settle_order(order.order_id, "not_placed", now=desk.now())
    tx.move_trade(order.trade_id, TradeEvent.OPEN_FAILED if order.side == "open" else TradeEvent.CLOSE_FAILED)
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result="not_placed", note="the engine stopped before the order"))


def _runs_by_itself(desk: Desk, record: ProposalRecord) -> bool:
    """A hard exit past its deadline is not lapsed but carried out by the expiry job."""
    return record.kind == "exit" and record.urgency == "hard" and desk.rules.approval.hard_exit_on_timeout == "auto_execute"
