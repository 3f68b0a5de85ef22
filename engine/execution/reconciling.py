"""Store and venue held against each other: at start, every reconcile_s, and after every session that was lost.

Rules of this file: four outcomes and no other. ADOPT: the venue did something for an order of ours that was not on record. SETTLE: an
order or intent of ours is proven over. HOLD: the two differ and nobody knows why. ALARM: an order under our name that we did not send.
A stranger's order or position is told and never touched; a question the venue does not answer changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial

import structlog

from engine.core.lifecycle import OrderState
from engine.core.model_venue import VenueOrder, VenueTrade
from engine.errors import VenueError
from engine.execution import sending
from engine.execution.carrying import concluded
from engine.execution.holdings import Carried, expected_positions
from engine.execution.orders import PREFIX
from engine.execution.room import OrderRoom
from engine.state.repository import Transaction
from engine.state.venue_records import VenueOrderRecord

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(hours=2)
"""How far back fills are looked through that nobody has on record."""


class Outcome(StrEnum):
    """What is done about a difference."""

    ADOPT = "adopt"
    SETTLE = "settle"
    HOLD = "hold"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference and what is done about it; `words` is for the chain and the log."""

    outcome: Outcome
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one look found. `ended` are the intents whose orders are all over, with what they brought: the books are next.

    `is_complete` False: the venue did not answer everything, and what it left out is not judged.
    """

    findings: tuple[Finding, ...] = ()
    ended: Mapping[int, Carried] = field(default_factory=dict)
    is_complete: bool = True

    def of(self, outcome: Outcome) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.outcome is outcome)


async def reconcile(room: OrderRoom) -> Reconciled:
    """Every difference between what is on record and what the venue says; intents somebody works on are left alone."""
    ended, findings = await _own_orders(room)
    try:
        findings += await _strange_orders(room)
        findings += await _unknown_fills(room)
        findings += await _positions(room)
    except VenueError as error:
        log.warning("reconcile.incomplete", error=str(error))
        return Reconciled(findings=tuple(findings), ended=ended, is_complete=False)
    return Reconciled(findings=tuple(findings), ended=ended)


async def _own_orders(room: OrderRoom) -> tuple[dict[int, Carried], list[Finding]]:
    """Orders nobody works on are followed to their end, and their intents with them."""
    ended: dict[int, Carried] = {}
    findings: list[Finding] = []
    for order_id in await room.store.read(lambda tx: _left_alone(tx, room)):
        before = await room.store.read(partial(_orders_of, order_id=order_id))
        come_to = await concluded(room, order_id)
        after = await room.store.read(partial(_orders_of, order_id=order_id))
        findings += [finding for old, new in zip(before, after, strict=True) for finding in _changes(old, new)]
        if come_to is not None:
            ended[order_id] = come_to
    return ended, findings


def _left_alone(tx: Transaction, room: OrderRoom) -> tuple[int, ...]:
    """The intents for the venue that have no end and that nobody works on."""
    return tuple(intent.order_id for intent in tx.unsettled_orders() if intent.order_id not in room.working and tx.intent_terms(intent.order_id) is not None)


def _orders_of(tx: Transaction, *, order_id: int) -> tuple[VenueOrderRecord, ...]:
    return tx.venue_orders(order_id)


def _changes(before: VenueOrderRecord, after: VenueOrderRecord) -> list[Finding]:
    found = []
    if after.filled_eth > before.filled_eth:
        words = f"{after.label}: {after.filled_eth - before.filled_eth} ETH were filled while nobody looked"
        found.append(Finding(outcome=Outcome.ADOPT, code="fill", words=words))
    if before.state.is_live and not after.state.is_live:
        found.append(Finding(outcome=Outcome.SETTLE, code=after.state.value, words=f"{after.label} is over: {after.cause}"))
    elif before.state is not OrderState.OPEN and after.state is OrderState.OPEN:
        found.append(Finding(outcome=Outcome.ADOPT, code="order", words=f"{after.label} stands at the venue"))
    return found


async def _strange_orders(room: OrderRoom) -> list[Finding]:
    told = await room.venue.trading.get_open_orders(room.venue.coin)
    return await room.store.read(lambda tx: [finding for order in told for finding in _judged(tx, room, order)])


def _judged(tx: Transaction, room: OrderRoom, order: VenueOrder) -> list[Finding]:
    """Nothing for an order that is live on record; a name of ours that is not is the gravest finding there is."""
    if not order.label.startswith(PREFIX):
        return [Finding(outcome=Outcome.HOLD, code="stranger-order", words=f"order {order.order_id} of {order.instrument_name} is not ours")]
    record = tx.venue_order_named(order.label)
    if record is not None and (record.state.is_live or record.order_id in room.working):
        return []
    return [Finding(outcome=Outcome.ALARM, code="stray-order", words=f"order {order.order_id} stands under the name {order.label}")]


async def _unknown_fills(room: OrderRoom) -> list[Finding]:
    """Fills of ours that came after their order was thought to be over are adopted; an intent that is already in the books is held for."""
    now = await room.venue.public.get_time()
    told = await room.venue.trading.get_trades(room.venue.coin, now - LOOK_BACK, now)
    ours = [trade for trade in told.trades if trade.label.startswith(PREFIX)]
    findings: list[Finding] = []
    for trade in ours:
        findings += await room.store.write(partial(_adopted, room=room, trade=trade))
    return findings


def _adopted(tx: Transaction, *, room: OrderRoom, trade: VenueTrade) -> list[Finding]:
    record = tx.venue_order_named(trade.label)
    if record is None:
        return [Finding(outcome=Outcome.ALARM, code="stray-fill", words=f"fill {trade.trade_id} carries the unknown name {trade.label}")]
    if record.instrument != trade.instrument_name or record.order_id in room.working or record.state.is_live:
        return []
    if not tx.add_venue_fill(sending.fill_record(room, record.number, trade)):
        return []
    tx.audit(actor="engine", type="order.late_fill", ref=f"order:{record.label}", body={"fill": trade.trade_id, "amount_eth": str(trade.amount_eth)})
    intent = tx.order(record.order_id)
    adopted = Finding(outcome=Outcome.ADOPT, code="late-fill", words=f"{record.label}: {trade.amount_eth} ETH came after its end")
    if intent is not None and intent.state == "intended":
        return [adopted]
    return [adopted, Finding(outcome=Outcome.HOLD, code="fill-after-books", words=f"fill {trade.trade_id} of {record.label} came after its trade was booked")]


async def _positions(room: OrderRoom) -> list[Finding]:
    """A difference counts once two looks in a row have seen the same; while anything is under way nothing is compared."""
    told = {position.instrument_name: position.size_eth for position in await room.venue.trading.get_positions(room.venue.coin)}
    seen = await room.store.read(lambda tx: _differences(tx, room, told))
    twice = {name: words for name, words in seen.items() if room.differed.get(name) == words}
    room.differed.clear()
    room.differed.update(seen)
    return [Finding(outcome=Outcome.HOLD, code="position", words=words) for words in twice.values()]


def _differences(tx: Transaction, room: OrderRoom, held: Mapping[str, Decimal]) -> dict[str, str]:
    if room.working or tx.live_venue_orders():
        return {}
    expected, over = expected_positions(tx, now=room.now()), tx.instruments_ever()
    names = {*expected, *(name for name in held if name not in over)}
    sizes = {name: (expected.get(name, Decimal(0)), held.get(name, Decimal(0))) for name in sorted(names)}
    return {name: f"{name}: {ours:f} ETH on record, {theirs:f} at the venue" for name, (ours, theirs) in sizes.items() if ours != theirs}
