"""A working order ended because a person says so: asked to end at the venue at once, and worked no further.

Rules of this file: nothing is booked here; whoever works the intent brings it to its end and settles its card, filled in part or not at all.
"""

from __future__ import annotations

import structlog

from engine.core.lifecycle import OrderState
from engine.errors import ActionRefused, EngineError, InvariantBroken
from engine.execution import sending
from engine.execution.holdings import carried
from engine.execution.orders import COMBO
from engine.execution.room import CANCELLED, OrderRoom
from engine.notices import AlertNotice
from engine.runtime import cards, force_close, switches
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.state.outcomes import NonceUse
from engine.state.records import OrderRecord
from engine.state.repository import Json, Transaction
from engine.views import ActionResult, Person, Tap, WorkingOrderView

log = structlog.get_logger(__name__)

NONCE_KIND = "cancel_order"
ASKED = "order.cancel_asked"
ASKED_READ_MAX = 100


async def working_orders(desk: Desk, *, by: Person, chat_id: int) -> tuple[WorkingOrderView, ...]:
    """Every order without an end, oldest first, each with a nonce valid for a minute. Raises ActionRefused where no order goes to a venue."""
    _room(desk)
    valid_until = desk.clock.wall() + force_close.VALID_FOR

    def work(tx: Transaction) -> tuple[WorkingOrderView, ...]:
        found = []
        for order in tx.unsettled_orders():
            nonce = tx.add_action_nonce(kind=NONCE_KIND, ref=order.label, user_id=by.user_id, chat_id=chat_id, valid_until=valid_until)
            found.append(_view(tx, order, nonce))
        return tuple(found)

    return await desk.store.write(work)


async def cancel(desk: Desk, trade_id: int, *, by: Person) -> ActionResult:
    """The order that works for the trade is asked to end. Raises ActionRefused where no order goes to a venue."""
    room = _room(desk)
    found = await desk.store.write(lambda tx: _asked(tx, desk, trade_id, by=by))
    return ActionResult(code="cancel-nothing", ok=False, facts={"id": str(trade_id)}) if found is None else _end(desk, room, found)


async def cancel_tapped(desk: Desk, tap: Tap) -> ActionResult:
    """The very order the button was made for is asked to end, once per nonce."""
    room, now = _room(desk), desk.clock.wall()

    def work(tx: Transaction) -> tuple[NonceUse, OrderRecord | None]:
        ref = tx.action_ref(tap.nonce, kind=NONCE_KIND)
        used = NonceUse.UNKNOWN
        if ref is not None:
            used = tx.use_action_nonce(nonce=tap.nonce, kind=NONCE_KIND, ref=ref, user_id=tap.person.user_id, chat_id=tap.chat_id, now=now)
        if used is NonceUse.GRANTED:
            return used, _asked(tx, desk, tap.proposal_id, by=tap.person, label=ref)
        tx.audit(actor=cards.actor_of(tap.person), type="order.cancel_refused", ref=f"trade:{tap.proposal_id}", body={"outcome": used.value})
        return used, None

    used, found = await desk.store.write(work)
    if found is not None:
        return _end(desk, room, found)
    code = {NonceUse.GRANTED: "cancel-nothing", NonceUse.EXPIRED: "cancel-expired"}.get(used, "nonce-used")
    return ActionResult(code=code, ok=False, facts={"id": str(tap.proposal_id)})


def recall_asked(tx: Transaction, room: OrderRoom) -> None:
    """What a person asked to end before the program stopped ends by that word, not because nobody met it."""
    asked = {row.ref for row in tx.audit_tail(ASKED_READ_MAX, ASKED)}
    room.given_up.update(order.order_id for order in tx.unsettled_orders() if _ref(order) in asked)


def _ref(order: OrderRecord) -> str:
    return f"order:{order.label}"


def _room(desk: Desk) -> OrderRoom:
    if desk.orders is None:
        raise ActionRefused("cancel-paper")
    return desk.orders


def _asked(tx: Transaction, desk: Desk, trade_id: int, *, by: Person, label: str | None = None) -> OrderRecord | None:
    """The order that is to end, with its row in the chain and word to the other operators; None when it is over already."""
    order = next((each for each in tx.unsettled_orders() if each.trade_id == trade_id and label in (None, each.label)), None)
    if order is None:
        return None
    body: dict[str, Json] = {"trade_id": trade_id, "source": by.source}
    head = tx.audit(actor=cards.actor_of(by), type=ASKED, ref=_ref(order), body=body, anchor=True)
    facts = {"who": by.name, "trade": str(trade_id), "label": order.label}
    notice = AlertNotice(env=desk.env, code="order-cancelled-by", level="warning", at=desk.now(), facts=facts)
    post(tx, notice, dedupe_key=f"alert:order-cancelled:{head.seq}", priority=Priority.NEWS, skip_user_id=by.user_id)
    return order


def _end(desk: Desk, room: OrderRoom, order: OrderRecord) -> ActionResult:
    facts = {"id": str(order.trade_id)}
    if order.order_id not in room.working:
        # Left in doubt: nobody works it any more, and every look at the venue asks for its end already.
        return ActionResult(code="cancel-in-doubt", ok=False, facts=facts)
    room.given_up.add(order.order_id)
    desk.spawn(_cancel(desk, room, order.order_id))
    return ActionResult(code="cancel-started", ok=True, facts=facts)


async def _cancel(desk: Desk, room: OrderRoom, order_id: int) -> None:
    """What stands at the venue has been asked to end; what it came to is for whoever works it to find."""
    try:
        for order in await desk.store.read(lambda tx: tx.venue_orders(order_id)):
            if order.state is OrderState.OPEN:
                await sending.cancel(room, order, cause=CANCELLED)
    except InvariantBroken as broken:
        await switches.trip(desk, broken)
    except EngineError as error:
        log.error("order.cancel_by_hand_failed", order_id=order_id, error=str(error))


def _view(tx: Transaction, order: OrderRecord, nonce: str) -> WorkingOrderView:
    trade, terms = tx.trade(order.trade_id), tx.intent_terms(order.order_id)
    if trade is None:
        raise InvariantBroken(f"order {order.label} has no trade")
    legs = set() if terms is None else {leg.instrument for leg in terms.legs}
    named = tuple(side.strikes for side in trade.sides if side.short_instrument in legs)
    whole = [each for each in tx.venue_orders(order.order_id) if each.part == COMBO and each.state.is_live]
    return WorkingOrderView(
        trade_id=order.trade_id,
        proposal_id=order.proposal_id,
        is_opening=order.side == "open",
        strategy=trade.strategy,
        family=trade.family,
        sides=named if named else trade.open_strikes,
        expiry_at=trade.expiry_at,
        quantity_eth=order.quantity_eth,
        filled_eth=carried(tx, order.order_id, source="").quantity_eth,
        limit_coin=abs(whole[-1].limit_coin) if whole else None,
        since_at=order.created_at,
        nonce=nonce,
    )
