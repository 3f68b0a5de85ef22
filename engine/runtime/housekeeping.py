"""The jobs that keep the house: heartbeat, reconcile, digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.triggers.cron import CronTrigger

from engine.core.lifecycle import ProposalState, TradeState
from engine.errors import InvariantBroken
from engine.notices import DigestNotice
from engine.runtime import cards, order_work, switches
from engine.runtime.desk import Desk
from engine.runtime.digest import build_digest
from engine.runtime.notify import Priority, post
from engine.safety.heartbeat import Heartbeat, write_heartbeat
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)

LAST_SEEN_KEY = "last_seen_at"
ANCHORS_HOLD = "anchors"
DIGEST_KIND, DIGEST_PROMISED_KEY = "digest", "digest_promised_at"
SIMULATED_BEYOND = timedelta(minutes=1)
"""Engine time this far from the wall's is simulated: nobody waits on the wall for what it promises."""


async def beat(desk: Desk, *, is_stopping: bool = False) -> None:
    """The store and the heartbeat file both say when the engine was last alive; `is_stopping` says that its end is meant.

    The store is written first: a heartbeat proves that the engine can still remember, not only that it runs.
    """
    written = await desk.store.write(lambda tx: _seen(tx, desk, is_stopping=is_stopping))
    if desk.heartbeat is not None:
        write_heartbeat(desk.heartbeat, written)


def _seen(tx: Transaction, desk: Desk, *, is_stopping: bool) -> Heartbeat:
    tx.set_meta(LAST_SEEN_KEY, desk.now().isoformat())
    return Heartbeat(
        wall_at=desk.clock.wall(),
        stage=desk.stage.value,
        origin=desk.origin,
        head=tx.head(),
        interval_s=desk.rules.schedule.heartbeat_s,
        digest_due_at=_promised_digest_at(tx, desk),
        is_stopping=is_stopping,
    )


def _promised_digest_at(tx: Transaction, desk: Desk) -> datetime | None:
    """When the digest nobody has received yet is or was due; None when none is promised: no reader, or time is simulated.

    A promise that has passed stands, over restarts too, until a digest made since has arrived.
    """
    now = desk.now()
    if not tx.operators() or abs(desk.clock.wall() - now) > SIMULATED_BEYOND:
        return None
    known = tx.get_meta(DIGEST_PROMISED_KEY)
    if known is not None and (promised_at := datetime.fromisoformat(known)) <= now:
        sent_at = tx.last_sent_at(DIGEST_KIND)
        if sent_at is None or sent_at < promised_at:
            return promised_at
    due = CronTrigger.from_crontab(desk.rules.schedule.digest_cron, timezone=UTC).get_next_fire_time(None, now + timedelta(seconds=1))
    following_at = datetime.fromtimestamp(due.timestamp(), UTC)
    tx.set_meta(DIGEST_PROMISED_KEY, following_at.isoformat())
    return following_at


async def reconcile(desk: Desk) -> None:
    """Orders and approvals agree one to one; otherwise the engine stops.

    While the chain's heads cannot be anchored nothing new is opened: the evidence would
    be missing. Raises InvariantBroken, which sets the kill switch.
    """
    await _watch_anchors(desk)
    await _watch_commands(desk)
    async with desk.lock:
        problem = await desk.store.read(find_mismatch)
    if problem is not None:
        raise InvariantBroken(problem)
    await order_work.reconcile_with_venue(desk)


async def _watch_anchors(desk: Desk) -> None:
    if desk.store.anchor_problem:
        # A further try: the disk may be back.
        await desk.store.anchor("reconcile")
    problem = desk.store.anchor_problem
    # The watch lifts the hold once the cause has been gone for a while.
    desk.pulse.causes[ANCHORS_HOLD] = bool(problem)
    is_held = await desk.store.read(lambda tx: any(hold.code == ANCHORS_HOLD for hold in tx.holds()))
    if problem and not is_held:
        log.error("anchors.failed", error=problem)
        await switches.hold(desk, ANCHORS_HOLD, problem)


async def _watch_commands(desk: Desk) -> None:
    """What the operator's own commands did not take is told once: nothing stops for it, but a witness grows old or a way of telling is gone."""
    for code, command in (("anchors-not-carried", desk.carry_off), ("second-path-failed", desk.second_path)):
        if command is not None and (problem := command.take_problem()):
            log.error("command.failed", code=code, error=problem)
            await _warn(desk, code, problem)


async def _warn(desk: Desk, code: str, problem: str) -> None:
    key = f"{code}:{desk.now().isoformat()}"
    await desk.store.write(lambda tx: cards.alert(tx, desk, code=code, level="warning", key=key, facts={}, detail=problem))


async def send_digest(desk: Desk) -> None:
    """The day's digest is owed to every operator, once per day."""
    async with desk.cycle():
        digest = await build_digest(desk)
        day = desk.now().date().isoformat()
        await desk.store.write(lambda tx: post(tx, DigestNotice(digest=digest), dedupe_key=f"digest:{day}", priority=Priority.DIGEST))


def find_mismatch(tx: Transaction) -> str | None:
    """The first disagreement between orders, approvals and trades in words; None when all agree.

    An order whose end is not known yet is none: the trigger table holds for it.
    """
    for trade in tx.open_trades():
        orders = tx.orders(trade.trade_id)
        opening = [order for order in orders if order.side == "open" and order.state == "filled"]
        if trade.state is TradeState.OPEN and len(opening) != 1:
            return f"trade {trade.trade_id} is open with {len(opening)} opening orders"
        for order in orders:
            proposal = tx.proposal(order.proposal_id)
            approved = (ProposalState.APPROVED, ProposalState.EXECUTED, ProposalState.NOT_PLACED)
            if proposal is None or proposal.state not in approved:
                return f"order {order.label} stands without an approval"
    return None
