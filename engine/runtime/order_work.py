"""Approved orders at the venue: begun in the background, booked when they are over, held against the venue.

Rules of this file: an intent is booked once, by whoever first sees that all its orders are over; nothing is booked while one is in
doubt; a ladder never holds up a cycle, only the booking takes its turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import structlog

from engine.core.lifecycle import TradeState
from engine.core.limit_ladder import CloseCosts, Ladder, entry_ladder, hard_exit_ladder, soft_exit_ladder
from engine.core.model import Combo, ExitReason, Spread
from engine.core.spread_prices import close_mid_coin, combo_tick_coin, round_down_to_tick
from engine.errors import EngineError, InvariantBroken, VenueError
from engine.execution.carrying import carry_out
from engine.execution.holdings import Carried
from engine.execution.paper import PaperFill
from engine.execution.permission import Lane, VenueAccess
from engine.execution.reconciling import Outcome, Reconciled, reconcile
from engine.execution.room import CANCELLED, NOT_FILLED, OrderRoom
from engine.execution.working import Task
from engine.runtime import cards, entry_booking, exit_booking, switches
from engine.runtime.ask_anew import ask_anew
from engine.runtime.desk import Desk
from engine.runtime.exit_booking import Close
from engine.runtime.gather import gather
from engine.runtime.payloads import exit_of
from engine.runtime.positions import booking_rate_usd_per_eur, look_at
from engine.state.records import OrderRecord
from engine.state.repository import Transaction
from engine.views import Person

log = structlog.get_logger(__name__)

DIFFERS_HOLD = "venue-differs"
"""The hold of a difference between store and venue that nobody has explained; it ends once both agree."""


def order_room(desk: Desk, venue: VenueAccess) -> OrderRoom:
    """What works the desk's orders at the venue. Raises InvariantBroken for a run whose orders do not go there."""
    if desk.lane is not Lane.VENUE:
        raise InvariantBroken(f"a run whose orders go to {desk.lane} has no business at the venue")

    def tell(tx: Transaction, code: str, key: str, facts: Mapping[str, str]) -> None:
        cards.alert(tx, desk, code=code, level="critical", key=key, facts=facts)

    return OrderRoom(store=desk.store, clock=desk.clock, venue=venue, door=desk.door, tell=tell)


def exit_ladder(desk: Desk, close: Close) -> Ladder:
    """The limits of a close: patient for a soft exit, on to natural and beyond for any other. Raises VenueError while a side is empty."""
    spread, rules = close.look.spread, desk.rules.execution
    mid, natural, tick = close_mid_coin(spread), spread.natural_close_coin, combo_tick_coin(spread, rules)
    if mid is None or natural is None:
        raise VenueError("nobody offers the short leg, so no close can be asked for", server="deribit")
    cap = round_down_to_tick(spread.family.coin_of_usd(spread.width_usd, index_usd=close.index_usd), tick)
    costs = CloseCosts(mid_coin=mid, natural_coin=natural, cap_coin=cap, tick_coin=tick)
    if close.record.urgency == "soft":
        return soft_exit_ladder(costs, rules.soft_exit, step_s=rules.entry.step_s)
    return hard_exit_ladder(costs, rules.hard_exit, step_s=rules.entry.step_s)


def begin_opening(desk: Desk, room: OrderRoom, order_id: int, *, combo: Combo, spread: Spread, by: Person) -> None:
    """The approved entry is being worked down its ladder, and is booked when that is over."""
    rules = desk.rules.execution.entry
    ladder = entry_ladder(limit_coin=combo.limit_coin, floor_coin=combo.floor_coin, tick_coin=combo.tick_coin, rules=rules)
    room.working.add(order_id)
    room.tasks[order_id] = desk.spawn(_carry(desk, room, order_id, ladder=ladder, spread=spread, by=by))


def begin_closing(desk: Desk, room: OrderRoom, order_id: int, *, ladder: Ladder, by: Person) -> None:
    """The approved close is being worked up its ladder, and is booked when that is over."""
    room.working.add(order_id)
    room.tasks[order_id] = desk.spawn(_carry(desk, room, order_id, ladder=ladder, spread=None, by=by))


async def _carry(desk: Desk, room: OrderRoom, order_id: int, *, ladder: Ladder, spread: Spread | None, by: Person) -> None:
    try:
        intent, terms = await desk.store.read(lambda tx: (tx.order(order_id), tx.intent_terms(order_id)))
        if intent is None or terms is None:
            raise InvariantBroken(f"the intent {order_id} is not in the store")
        come_to = await carry_out(room, Task(intent=intent, terms=terms, ladder=ladder))
        if come_to is not None:
            await book(desk, intent, come_to, spread=spread, by=by)
        await reconcile_with_venue(desk)
    except InvariantBroken as broken:
        await switches.trip(desk, broken)
    except EngineError as error:
        # Whatever broke, the intent stands in the store and the next look at the venue brings it to its end.
        log.error("order.work_failed", order_id=order_id, error=str(error))
    finally:
        room.working.discard(order_id)
        room.tasks.pop(order_id, None)
        room.given_up.discard(order_id)


async def book(desk: Desk, intent: OrderRecord, come_to: Carried, *, spread: Spread | None = None, by: Person | None = None) -> None:
    """What the intent came to stands in the books, once; a second call finds it there."""
    async with desk.cycle():
        stored = await desk.store.read(lambda tx: tx.order(intent.order_id))
        if stored is None or stored.state != "intended":
            return
        if intent.side == "open":
            filled = entry_booking.Filled(order=intent, come_to=come_to, spread=spread, by=by)
            await desk.store.write(lambda tx: entry_booking.book(tx, desk, filled))
        else:
            await _book_close(desk, intent, come_to, by=by)
    await desk.refresh_attention()


async def _book_close(desk: Desk, intent: OrderRecord, come_to: Carried, *, by: Person | None) -> None:
    """The close stands in the books: the whole, a part, or nothing, and then a hard exit asks at once again."""
    trade, record = await desk.store.read(lambda tx: (tx.trade(intent.trade_id), tx.proposal(intent.proposal_id)))
    if trade is None or record is None or trade.state is not TradeState.CLOSING:
        raise InvariantBroken(f"order {intent.label} closes a trade that is not closing")
    if come_to.quantity_eth <= 0:
        await desk.store.write(partial(_not_closed, desk=desk, order=intent, by=by))
        return
    gathered, whole = await gather(desk, with_chain=False), await look_at(desk, trade)
    index = gathered.snapshot.index_usd
    spot_usd = trade.spot_open_usd if index is None else index.value
    debit_coin, mid_coin = -come_to.received_coin, exit_of(record).cost_mid_coin
    left_eth, earlier = await desk.store.read(lambda tx: (tx.left_eth(trade), exit_booking.parts_before(tx, trade)))
    close = Close(
        record=record,
        look=whole,
        whole=whole,
        gathered=gathered,
        fill=PaperFill(price_coin=debit_coin, mid_coin=debit_coin if mid_coin is None else mid_coin, fee_coin=come_to.fee_coin),
        index_usd=spot_usd if come_to.index_usd is None else come_to.index_usd,
        fx_usd_per_eur=booking_rate_usd_per_eur(trade, gathered),
        epoch=await desk.store.read(lambda tx: tx.label_epoch()),
        by=by,
        under_kill=None,
        quantity_eth=come_to.quantity_eth,
        earlier=earlier,
        source=come_to.source,
    )
    is_whole = come_to.quantity_eth >= left_eth
    write = exit_booking.book if is_whole else exit_booking.book_part
    await desk.store.write(lambda tx: write(tx, desk, close, order_id=intent.order_id))
    if not is_whole:
        await desk.store.write(partial(_ask_for_the_rest, desk=desk, order=intent))


def _not_closed(tx: Transaction, *, desk: Desk, order: OrderRecord, by: Person | None) -> None:
    next_id = _ask_for_the_rest(tx, desk=desk, order=order, is_unfilled=True)
    exit_booking.not_closed(tx, desk, order, by=by, result="not_placed", note=_why_unfilled(desk, order), next_id=next_id)


def _ask_for_the_rest(tx: Transaction, *, desk: Desk, order: OrderRecord, is_unfilled: bool = False) -> int | None:
    """A hard exit that did not fill, or not whole, alarms and is asked again at once; the number of the new card.

    One that a person ordered and a person cancelled is not: nothing but their word was behind it.
    """
    record, is_cancelled = tx.proposal(order.proposal_id), _why_unfilled(desk, order) == CANCELLED
    if record is None or record.urgency == "soft" or (is_cancelled and record.reason == ExitReason.MANUAL.value):
        return None
    facts = {"trade": str(order.trade_id), "label": order.label}
    code = "exit-cancelled" if is_cancelled else "exit-not-filled" if is_unfilled else "exit-part-filled"
    cards.alert(tx, desk, code=code, level="critical", key=f"not-filled:{order.label}", facts=facts)
    return None if desk.is_killed(tx) else ask_anew(tx, desk, order.proposal_id)


def _why_unfilled(desk: Desk, order: OrderRecord) -> str:
    return NOT_FILLED if desk.orders is None else desk.orders.why_unfilled(order.order_id)


async def reconcile_with_venue(desk: Desk) -> Reconciled | None:
    """Store and venue were held against each other and what came of it is done; None where no order goes to a venue.

    Raises InvariantBroken for an order under our name that is not ours: that kills.
    """
    room = desk.orders
    if room is None:
        return None
    found = await reconcile(room)
    for order_id, come_to in found.ended.items():
        intent = await desk.store.read(partial(_order, order_id=order_id))
        if intent is not None:
            await book(desk, intent, come_to)
    for finding in found.findings:
        log.warning("reconcile.found", outcome=finding.outcome.value, code=finding.code, words=finding.words)
    if found.findings:
        await desk.store.write(lambda tx: _audit_findings(tx, found))
    await _hold_for(desk, found)
    alarms = found.of(Outcome.ALARM)
    if alarms:
        raise InvariantBroken(alarms[0].words)
    return found


async def _hold_for(desk: Desk, found: Reconciled) -> None:
    held = found.of(Outcome.HOLD)
    if found.is_complete or held:
        # The watch lifts the hold once the cause has been gone for a while.
        desk.pulse.causes[DIFFERS_HOLD] = bool(held)
    if held:
        await switches.hold(desk, DIFFERS_HOLD, "; ".join(finding.words for finding in held))


def _audit_findings(tx: Transaction, found: Reconciled) -> None:
    for finding in found.findings:
        tx.audit(actor="engine", type=f"reconcile.{finding.outcome.value}", ref="venue", body={"code": finding.code, "words": finding.words})


def _order(tx: Transaction, *, order_id: int) -> OrderRecord | None:
    return tx.order(order_id)
