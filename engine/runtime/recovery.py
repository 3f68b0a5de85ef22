"""After a stop of any kind: nothing half-done stays half-done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from engine.core.lifecycle import ProposalEvent, ProposalState, TradeEvent
from engine.errors import InvariantBroken
from engine.execution.reconciling import Outcome
from engine.runtime import cards, order_work, switches
from engine.runtime.ask_anew import ask_anew
from engine.runtime.confirmed_closes import tell_interrupted
from engine.runtime.desk import Desk
from engine.runtime.housekeeping import LAST_SEEN_KEY, find_mismatch
from engine.runtime.manual_actions import refuse_left
from engine.runtime.order_cancel import recall_asked
from engine.runtime.under_kill import void_earlier_words
from engine.runtime.waiting_entries import settle_stopped
from engine.state.records import OrderRecord, ProposalRecord
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)

FINGERPRINT_KEY = "config_fingerprint"
LOOKS_MAX, LOOK_AGAIN = 6, timedelta(seconds=2)
"""How often and how far apart the venue is asked about orders an earlier run left in doubt."""


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
    problems = [] if problem is None else [problem]
    room = desk.orders
    if room is None:
        stranded = await desk.store.read(lambda tx: [order.label for order in tx.unsettled_orders()])
        return (*problems, *(f"order {label} went to the venue, and this run cannot ask about it" for label in stranded))
    await desk.store.read(lambda tx: recall_asked(tx, room))
    return (*problems, *await _reconcile_with_venue(desk))


async def _reconcile_with_venue(desk: Desk) -> tuple[str, ...]:
    """What is not explained once every order of an earlier run has had time to show its end."""
    for _ in range(LOOKS_MAX):
        try:
            found = await order_work.reconcile_with_venue(desk)
        except InvariantBroken as broken:
            await switches.trip(desk, broken)
            return (str(broken),)
        in_doubt = await desk.store.read(lambda tx: [order.label for order in tx.unsettled_orders()])
        if found is None or (found.is_complete and not in_doubt):
            break
        await desk.clock.sleep_until(desk.now() + LOOK_AGAIN)
    words = [finding.words for finding in found.of(Outcome.HOLD)] if found is not None else []
    silent = ["the venue did not answer everything that was asked"] if found is not None and not found.is_complete else []
    return (*words, *silent, *(f"nobody knows yet what became of order {label}" for label in in_doubt))


def _recover(tx: Transaction, desk: Desk) -> Recovered:
    now = desk.now()
    last_seen = tx.get_meta(LAST_SEEN_KEY)
    tx.fail_interrupted_runs(error="the engine ended during this run", now=now)
    if desk.is_killed(tx):
        # Taps that came before the stop may come again now, and nobody knows whether they came before the kill.
        void_earlier_words(tx, desk)
    # What went to the venue is asked about there: only the venue can say that it was never placed.
    orders = [order for order in tx.unsettled_orders() if desk.orders is None and not tx.venue_orders(order.order_id)]
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
    tell_interrupted(tx, desk)
    refuse_left(tx, desk)
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
    next_id = None if is_open else ask_anew(tx, desk, order.proposal_id)
    note = "stopped_before_opening" if is_open else "stopped_before_closing"
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result="not_placed", next_id=next_id, note=note))


def _runs_by_itself(desk: Desk, record: ProposalRecord) -> bool:
    """A hard exit past its deadline is not lapsed but carried out by the expiry job."""
    return record.kind == "exit" and record.urgency == "hard" and desk.rules.approval.hard_exit_on_timeout == "auto_execute"
