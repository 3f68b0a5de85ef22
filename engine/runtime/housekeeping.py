"""The jobs that keep the house: heartbeat, reconcile, digest."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import structlog

from engine.clock import boot_time_s
from engine.core.lifecycle import ProposalState, TradeState
from engine.errors import InvariantBroken
from engine.notices import DigestNotice
from engine.runtime import switches
from engine.runtime.desk import Desk
from engine.runtime.digest import build_digest
from engine.runtime.notify import Priority, post
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)

LAST_SEEN_KEY = "last_seen_at"
ANCHORS_HOLD = "anchors"
UNSETTLED_AFTER = timedelta(seconds=30)


async def beat(desk: Desk) -> None:
    """The heartbeat file and the store both say when the engine was last alive."""
    now = desk.now()
    if desk.heartbeat is not None:
        record = {"at": now.isoformat(), "wall": desk.clock.wall().isoformat(), "boot_s": round(boot_time_s(), 3)}
        draft = desk.heartbeat.with_suffix(".new")
        draft.write_text(json.dumps(record), encoding="utf-8")
        draft.replace(desk.heartbeat)
    await desk.store.write(lambda tx: tx.set_meta(LAST_SEEN_KEY, now.isoformat()))


async def reconcile(desk: Desk) -> None:
    """Orders and approvals agree one to one and no order's end is open; otherwise the engine stops.

    While the chain's heads cannot be anchored nothing new is opened: the evidence would
    be missing. Raises InvariantBroken, which sets the kill switch.
    """
    await _watch_anchors(desk)
    async with desk.lock:
        problem = await desk.store.read(lambda tx: find_mismatch(tx, desk.now()))
    if problem is not None:
        raise InvariantBroken(problem)


async def _watch_anchors(desk: Desk) -> None:
    if desk.store.anchor_problem:
        # A further try: the disk may be back, and then the hold is lifted below.
        await desk.store.anchor("reconcile")
    problem = desk.store.anchor_problem
    is_held = await desk.store.read(lambda tx: any(hold.code == ANCHORS_HOLD for hold in tx.holds()))
    if problem and not is_held:
        log.error("anchors.failed", error=problem)
        await switches.hold(desk, ANCHORS_HOLD, problem)
    elif is_held and not problem:
        await switches.release(desk, ANCHORS_HOLD)


async def send_digest(desk: Desk) -> None:
    """The day's digest is owed to every operator, once per day."""
    async with desk.cycle():
        digest = await build_digest(desk)
        day = desk.now().date().isoformat()
        await desk.store.write(lambda tx: post(tx, DigestNotice(digest=digest), dedupe_key=f"digest:{day}", priority=Priority.DIGEST))


def find_mismatch(tx: Transaction, now: datetime) -> str | None:
    """The first disagreement between orders, approvals and trades in words; None when all agree."""
    late = [order for order in tx.unsettled_orders() if now - order.created_at > UNSETTLED_AFTER]
    if late:
        return f"order {late[0].label} has no known end"
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
