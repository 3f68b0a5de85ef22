"""Books an expired trade at its delivery price."""

from __future__ import annotations

from decimal import Decimal

from engine.core.fees import delivery_fee_coin
from engine.core.lifecycle import ProposalEvent, TradeEvent
from engine.core.model import OptionType
from engine.core.payoff import intrinsic_usd, payout_coin, vertical_of
from engine.core.result import trade_result
from engine.notices import SettlementNotice
from engine.reporting.fills import SettlementReport, r_of
from engine.runtime import breakers, cards
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered
from engine.runtime.notify import Priority, post
from engine.runtime.positions import Look, booking_rate_usd_per_eur, flows_of
from engine.state.records import Closing, TradeRecord
from engine.state.repository import Transaction


def settle(tx: Transaction, desk: Desk, look: Look, gathered: Gathered, *, is_late: bool) -> int:
    """The expired trade is booked (1), or waits for its delivery price (0), with an alarm once that `is_late`."""
    if look.delivery_price_usd is not None:
        _book(tx, desk, look, price=look.delivery_price_usd, fx_usd_per_eur=booking_rate_usd_per_eur(look.trade, gathered))
        return 1
    if is_late:
        key = f"delivery:{look.trade.trade_id}:{desk.now().isoformat()}"
        cards.alert(
            tx, desk, code="exit-data", level="critical", key=key, facts={"trade": str(look.trade.trade_id), "misses": str(look.trade.stale_misses + 1)}
        )
    return 0


def _book(tx: Transaction, desk: Desk, look: Look, *, price: Decimal, fx_usd_per_eur: Decimal) -> None:
    """The trade is settled, waiting cards of it are superseded, and the operator is told."""
    trade, now = look.trade, desk.now()
    vertical = vertical_of(look.spread)
    payout = payout_coin(vertical, index_usd=price)
    fee = _delivery_fees_coin(desk, trade, price)
    result = trade_result(flows_of(trade, debit_coin=payout, close_fee_coin=fee), index_usd=price, fx_usd_per_eur=fx_usd_per_eur)
    for record in tx.pending_proposals():
        if record.trade_id == trade.trade_id:
            cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.SUPERSEDE, result="settled"))
    closing = Closing(
        trade_id=trade.trade_id,
        event=TradeEvent.DELIVERED,
        at=now,
        reason="settled",
        debit_coin=payout,
        close_fee_coin=fee,
        pnl_eth=result.pnl_eth,
        pnl_usd=result.pnl_usd,
        pnl_eur=result.pnl_eur,
    )
    tx.book_close(closing)
    tx.audit(
        actor="engine",
        type="trade.settled",
        ref=f"trade:{trade.trade_id}",
        body={
            "delivery_price_usd": str(price),
            "payout_coin": str(payout),
            "fee_coin": str(fee),
            "pnl_eth": str(result.pnl_eth),
            "pnl_eur": str(result.pnl_eur),
        },
    )
    report = _report(desk, trade, closing, price_usd=price, fx_usd_per_eur=fx_usd_per_eur)
    post(tx, SettlementNotice(report=report), dedupe_key=f"settled:{trade.trade_id}", priority=Priority.NEWS, proposal_id=trade.proposal_id)
    breakers.trip(tx, desk)


def _report(desk: Desk, trade: TradeRecord, closing: Closing, *, price_usd: Decimal, fx_usd_per_eur: Decimal) -> SettlementReport:
    return SettlementReport(
        env=desk.env,
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        short_strike_usd=trade.short_strike_usd,
        long_strike_usd=trade.long_strike_usd,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        delivery_price_usd=price_usd,
        credit_coin=trade.credit_coin if trade.credit_coin is not None else trade.mid_at_approval_coin,
        payout_coin=closing.debit_coin,
        fee_coin=closing.close_fee_coin,
        fee_eur=closing.close_fee_coin * trade.quantity_eth * price_usd / fx_usd_per_eur,
        max_loss_eur=trade.max_loss_eur,
        pnl_eth=closing.pnl_eth,
        pnl_usd=closing.pnl_usd,
        pnl_eur=closing.pnl_eur,
        r=r_of(closing.pnl_eur, trade.max_loss_eur),
        settled_at=closing.at,
    )


def _delivery_fees_coin(desk: Desk, trade: TradeRecord, price_usd: Decimal) -> Decimal:
    """Each leg that is delivered pays; one that expires worthless does not."""

    def leg(option_type: OptionType, strike_usd: Decimal) -> Decimal:
        return delivery_fee_coin(intrinsic_usd(option_type, strike_usd=strike_usd, index_usd=price_usd) / price_usd, desk.rules.fees)

    return leg(trade.option_type, trade.short_strike_usd) + leg(trade.option_type, trade.long_strike_usd)
