"""The last look before anything leaves the house: may this very order go out, by what the store knows now.

Rules of this file: asked in the transaction that writes the order down, on every send and every step of a ladder; every reason is told,
never the first only; nothing here believes the caller where the store can be asked.
Source: safety document, invariants 1, 2 and 6 and section 4; strategy §1.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.lifecycle import ProposalState, TradeState
from engine.core.model import Stage
from engine.core.model_venue import Direction
from engine.core.order_side import LegsDone, sellable_long_eth, sellable_short_eth
from engine.core.rules import StrategyRules
from engine.execution.orders import COMBO, LONG_LEG, SHORT_LEG
from engine.execution.permission import Lane
from engine.safety.kill_switch import ARMED, KillSwitch
from engine.safety.start_up import START_UP_HOLD
from engine.state.records import OrderRecord
from engine.state.repository import Transaction
from engine.state.venue_records import IntentTerms, VenueOrderRecord

THROTTLE = timedelta(minutes=10)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One order about to go out, or a new limit for one that works (`moves` is its number then).

    `received_coin` is what the whole spread brings in per 1 ETH at this limit, below zero when it is paid; None for a long leg that is
    sold back because it covers nothing. `is_paper`: it is filled by our own model and leaves nothing.
    """

    intent: OrderRecord
    terms: IntentTerms
    part: int
    instrument: str
    direction: Direction
    amount_eth: Decimal
    limit_coin: Decimal
    received_coin: Decimal | None
    moves: int | None = None
    is_paper: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an order does not go out: a code and what was compared."""

    code: str
    observed: str = ""
    limit: str = ""

    @property
    def words(self) -> str:
        """The refusal in one line of the audit chain."""
        return f"{self.code} ({self.observed} against {self.limit})" if self.limit else self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What an order is held against: the lane of the run, its stage's caps, the written limits and the kill switch."""

    lane: Lane
    stage: Stage
    rules: StrategyRules
    kill_switch: KillSwitch

    def refusals(self, tx: Transaction, send: Send, *, now: datetime) -> tuple[Refusal, ...]:
        """Every reason why the order may not go out now; none when it may."""
        found = (
            self._permission(send),
            self._kill(tx, send.terms),
            _hold(tx, send),
            *_approval(tx, send),
            _amount(tx, send),
            _live(tx, send),
            _collar(send),
            _cover(tx, send),
            *self._caps(tx, send),
            self._throttle(tx, now),
        )
        return tuple(refusal for refusal in found if refusal is not None)

    def is_killed_for(self, tx: Transaction, terms: IntentTerms) -> bool:
        """Under KILL only a close that a person ordered under this very kill goes out."""
        return self.kill_switch.is_armed_in(tx) and (terms.under_kill is None or terms.under_kill != _recorded_kill(tx))

    def _permission(self, send: Send) -> Refusal | None:
        """Each lane sends its own orders: what is filled on paper never goes to the venue, nor the other way round."""
        wanted = Lane.PAPER if send.is_paper else Lane.VENUE
        return None if self.lane is wanted else Refusal(code="no_permission", observed=self.lane.value, limit=wanted.value)

    def _kill(self, tx: Transaction, terms: IntentTerms) -> Refusal | None:
        return Refusal(code="killed") if self.is_killed_for(tx, terms) else None

    def _caps(self, tx: Transaction, send: Send) -> tuple[Refusal | None, ...]:
        """The stage's caps over everything that is open or about to be, at the worst price that is approved."""
        if send.intent.side != "open" or send.received_coin is None:
            return ()
        caps, trades = self.rules.caps_of(self.stage.value), tx.open_trades()
        mine = next((trade for trade in trades if trade.trade_id == send.intent.trade_id), None)
        if mine is None:
            return (Refusal(code="no_trade", observed=str(send.intent.trade_id)),)
        total = sum((trade.max_loss_eur for trade in trades), ZERO)
        return (
            _above("cap_trade", mine.max_loss_eur, caps.trade_eur),
            _above("cap_total", total, caps.total_eur),
            None if mine.strategy in caps.strategies else Refusal(code="strategy_not_in_stage", observed=mine.strategy.value),
            None if send.is_paper or len(mine.sides) == 1 else Refusal(code="paper_only", observed=mine.strategy.value),
        )

    def _throttle(self, tx: Transaction, now: datetime) -> Refusal | None:
        done, most = tx.venue_actions_since(now - THROTTLE), self.rules.triggers.kill.order_actions_per_10min_max
        return Refusal(code="order_actions", observed=str(done), limit=str(most)) if done >= most else None


def _recorded_kill(tx: Transaction) -> int | None:
    """The row of the chain the present kill is on record as; None while no row says so."""
    armed = tx.audit_tail(1, ARMED)
    return armed[0].seq if armed and tx.kill_row().armed else None


def _hold(tx: Transaction, send: Send) -> Refusal | None:
    """On HOLD nothing is opened; a long that covers nothing may always be sold back."""
    if send.intent.side != "open" or send.received_coin is None:
        return None
    holds = [hold.code for hold in tx.holds() if hold.code != START_UP_HOLD]
    return Refusal(code="hold", observed=",".join(holds)) if holds else None


def _approval(tx: Transaction, send: Send) -> tuple[Refusal | None, ...]:
    """Orders out are approvals in: the intent lives, and so do its approval and its trade."""
    stored, proposal = tx.order(send.intent.order_id), tx.proposal(send.intent.proposal_id)
    trade = tx.trade(send.intent.trade_id)
    due = TradeState.OPENING if send.intent.side == "open" else TradeState.CLOSING
    kind = "entry" if send.intent.side == "open" else "exit"
    return (
        None if stored == send.intent and stored.state == "intended" else Refusal(code="intent_not_live", observed="none" if stored is None else stored.state),
        None
        if proposal is not None and proposal.state is ProposalState.APPROVED and proposal.kind == kind
        else Refusal(code="not_approved", observed="none" if proposal is None else proposal.state.value),
        None if trade is not None and trade.state is due else Refusal(code="trade_state", observed="none" if trade is None else trade.state.value),
        None if tx.intent_terms(send.intent.order_id) == send.terms else Refusal(code="terms_differ"),
    )


def _amount(tx: Transaction, send: Send) -> Refusal | None:
    """What was filled of each leg, what may still be, and this order together stay within the approval, in whole lots."""
    if send.amount_eth <= 0 or send.amount_eth % send.terms.lot_eth != 0:
        return Refusal(code="amount_not_in_lots", observed=str(send.amount_eth), limit=str(send.terms.lot_eth))
    others = [order for order in tx.venue_orders(send.intent.order_id) if order.number != send.moves]
    whole = sum((_may_be_filled_eth(order) for order in others if order.part == COMBO), ZERO)
    forward = {SHORT_LEG: Direction.SELL, LONG_LEG: Direction.BUY}
    if send.intent.side == "close":
        forward = {SHORT_LEG: Direction.BUY, LONG_LEG: Direction.SELL}
    by_leg = {
        part: sum((_may_be_filled_eth(order) for order in others if order.part == part and order.direction is direction), ZERO)
        for part, direction in forward.items()
    }
    if send.part != COMBO and send.direction is not forward[send.part]:
        # A leg that goes back where it came from: how much of it there is, the cover tells.
        return _above("beyond_approval", send.amount_eth, send.intent.quantity_eth)
    before = whole + (max(by_leg.values()) if send.part == COMBO else by_leg[send.part])
    return _above("beyond_approval", before + send.amount_eth, send.intent.quantity_eth)


def _live(tx: Transaction, send: Send) -> Refusal | None:
    """At most one order of a leg may stand at the venue, and the whole and its legs never at once."""
    live = [order for order in tx.venue_orders(send.intent.order_id) if order.state.is_live and order.number != send.moves]
    clash = [order.label for order in live if order.part == send.part or COMBO in (order.part, send.part)]
    return Refusal(code="order_is_live", observed=clash[0]) if clash else None


def _collar(send: Send) -> Refusal | None:
    """Never worse than what was approved, never off the grid, never without a sane price."""
    worst, received = send.terms.worst_received_coin, send.received_coin
    if not send.limit_coin.is_finite() or (send.part == COMBO and (received is None or abs(send.limit_coin) != abs(received))):
        return Refusal(code="price_not_sane", observed=str(send.limit_coin))
    if send.part != COMBO and send.limit_coin <= 0:
        return Refusal(code="price_not_sane", observed=str(send.limit_coin))
    if send.part == COMBO and send.limit_coin % send.terms.tick_coin != 0:
        return Refusal(code="price_off_tick", observed=str(send.limit_coin), limit=str(send.terms.tick_coin))
    if received is not None and received < worst:
        return Refusal(code="beyond_collar", observed=str(received), limit=str(worst))
    return None


def _cover(tx: Transaction, send: Send) -> Refusal | None:
    """No leg is sold that would leave a short uncovered: the long stands first on opening, the short is back first on closing."""
    if send.part == COMBO or send.direction is Direction.BUY:
        return None
    done, is_opening = legs_done(tx, send.intent.order_id, except_number=send.moves), send.intent.side == "open"
    quantity = send.intent.quantity_eth
    allowed = sellable_short_eth(done, quantity) if send.part == SHORT_LEG else sellable_long_eth(done, quantity, is_opening=is_opening)
    return _above("uncovered", send.amount_eth, allowed)


def legs_done(tx: Transaction, order_id: int, *, except_number: int | None = None) -> LegsDone:
    """What the single legs of the intent have traded; what works as a sale counts as sold, what works as a purchase does not count."""
    amounts: dict[tuple[int, Direction], Decimal] = {}
    for order in tx.venue_orders(order_id):
        is_sale = order.direction is Direction.SELL and order.number != except_number
        counted = _may_be_filled_eth(order) if is_sale else order.filled_eth
        amounts[order.part, order.direction] = amounts.get((order.part, order.direction), ZERO) + counted
    return LegsDone(
        bought_short_eth=amounts.get((SHORT_LEG, Direction.BUY), ZERO),
        sold_short_eth=amounts.get((SHORT_LEG, Direction.SELL), ZERO),
        bought_long_eth=amounts.get((LONG_LEG, Direction.BUY), ZERO),
        sold_long_eth=amounts.get((LONG_LEG, Direction.SELL), ZERO),
    )


def _may_be_filled_eth(order: VenueOrderRecord) -> Decimal:
    return order.amount_eth if order.state.is_live else order.filled_eth


def _above(code: str, observed: Decimal, limit: Decimal) -> Refusal | None:
    return Refusal(code=code, observed=str(observed), limit=str(limit)) if observed > limit else None
