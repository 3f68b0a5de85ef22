"""How an opening is written down: the fill, the trade and the report of it, the same on paper and at the venue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.exit_prices import OpenTerms, exit_prices
from engine.core.lifecycle import ProposalEvent, TradeEvent
from engine.core.model import Spread
from engine.errors import InvariantBroken
from engine.execution.holdings import Carried
from engine.execution.room import NOT_FILLED
from engine.notices import FillNotice, OutcomeKind
from engine.reporting import fills
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.runtime.positions import close_fee_coin, look_of
from engine.state.records import NewFill, OrderRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """An opening order that is over: its intent, what it came to, the legs as last seen (None after a stop) and who approved it."""

    order: OrderRecord
    come_to: Carried
    spread: Spread | None
    by: Person | None


def book(tx: Transaction, desk: Desk, filled: Filled) -> None:
    """The trade is open for what was filled and told, or was never opened: trade, order, card, message and chain agree."""
    order, come_to = filled.order, filled.come_to
    if come_to.quantity_eth <= 0:
        note = NOT_FILLED if desk.orders is None else desk.orders.why_unfilled(order.order_id)
        not_opened(tx, desk, order, by=filled.by, result="not_placed", note=note)
        if come_to.cash_coin != 0 or come_to.fees_coin != 0:
            _tell_cost(tx, desk, order, come_to)
        return
    tx.book_open_fill(_new_fill(tx, desk, filled))
    report = _report(tx, desk, filled)
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.EXECUTE, result="executed", by=filled.by, fill=report))
    post(tx, FillNotice(report=report), dedupe_key=f"fill:{order.order_id}", priority=Priority.ANSWER, proposal_id=order.proposal_id)
    tx.audit(
        actor="engine",
        type="trade.opened",
        ref=f"trade:{order.trade_id}",
        body={
            "proposal_id": order.proposal_id,
            "credit_coin": str(come_to.received_coin),
            "fee_coin": str(come_to.fee_coin),
            "source": come_to.source,
        },
    )


def not_opened(tx: Transaction, desk: Desk, order: OrderRecord, *, by: Person | None, result: OutcomeKind, note: str = "") -> None:
    """The order ended without a fill, and with it the trade and the card."""
    tx.settle_order(order.order_id, "not_placed", now=desk.now())
    tx.move_trade(order.trade_id, TradeEvent.OPEN_FAILED)
    cards.settle(tx, desk, order.proposal_id, cards.Ending(event=ProposalEvent.NOT_PLACED, result=result, by=by, note=note))


def _tell_cost(tx: Transaction, desk: Desk, order: OrderRecord, come_to: Carried) -> None:
    """A leg was bought and sold again and no spread came of it: a person knows what that cost."""
    cost = {"cash_coin": str(come_to.cash_coin), "fees_coin": str(come_to.fees_coin)}
    tx.audit(actor="engine", type="trade.leg_cost", ref=f"trade:{order.trade_id}", body={**cost, "order": order.label})
    net = come_to.fees_coin - come_to.cash_coin
    cards.alert(
        tx,
        desk,
        code="order-leg-cost",
        level="warning",
        key=f"leg-cost:{order.label}",
        facts={"trade": str(order.trade_id), "cost": format(net.normalize(), "f")},
    )


def _new_fill(tx: Transaction, desk: Desk, filled: Filled) -> NewFill:
    trade, come_to = _trade(tx, filled.order), filled.come_to
    return NewFill(
        trade_id=trade.trade_id,
        order_id=filled.order.order_id,
        side="open",
        at=desk.now(),
        quantity_eth=come_to.quantity_eth,
        price_coin=come_to.received_coin,
        mid_at_approval_coin=trade.mid_at_approval_coin,
        slippage_frac=fills.slippage_frac(come_to.received_coin, trade.mid_at_approval_coin, side="open"),
        fee_coin=come_to.fee_coin,
        spot_usd=_index_usd(trade, come_to),
        fx_usd_per_eur=trade.fx_open_usd_per_eur,
        source=come_to.source,
    )


def _report(tx: Transaction, desk: Desk, filled: Filled) -> fills.FillReport:
    """What the fill did, as people read it, of the trade as it now stands."""
    trade, come_to = _trade(tx, filled.order), filled.come_to
    order = fills.FilledOrder(
        proposal_id=filled.order.proposal_id,
        side="open",
        label=filled.order.label,
        at=desk.now(),
        price_coin=come_to.received_coin,
        mid_at_approval_coin=trade.mid_at_approval_coin,
        fee_coin=come_to.fee_coin,
        spot_usd=_index_usd(trade, come_to),
        fx_usd_per_eur=trade.fx_open_usd_per_eur,
        source=come_to.source,
    )
    done = fills.FilledTrade(
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        sides=trade.open_strikes,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
        exits=_filled_exits(desk, trade, filled),
    )
    return fills.build(order, done, env=desk.env)


def _filled_exits(desk: Desk, trade: TradeRecord, filled: Filled) -> fills.FilledExits:
    """The exits of the credit that came in: those on the card were of the credit asked for."""
    spread = look_of(trade, None, desk.now()).spread if filled.spread is None else filled.spread
    index_usd = _index_usd(trade, filled.come_to)
    terms = OpenTerms(
        credit_coin=filled.come_to.received_coin,
        open_fee_coin=filled.come_to.fee_coin,
        close_fee_coin=close_fee_coin(spread, desk.rules, index_usd=index_usd),
        dvol_entry_pts=trade.dvol_entry_pts,
    )
    planned = exit_prices(spread, terms, index_usd=index_usd, now=desk.now(), rules=desk.rules.exit)
    return fills.FilledExits(profit_take_debit_coin=planned.profit_take_debit_coin, stop_loss_mark_coin=planned.stop_loss_mark_coin)


def _index_usd(trade: TradeRecord, come_to: Carried) -> Decimal:
    return trade.spot_open_usd if come_to.index_usd is None else come_to.index_usd


def _trade(tx: Transaction, order: OrderRecord) -> TradeRecord:
    trade = tx.trade(order.trade_id)
    if trade is None:
        raise InvariantBroken(f"order {order.label} has no trade")
    return trade
