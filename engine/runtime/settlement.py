"""Books an expired trade at its delivery price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.fees import delivery_fee_coin, fee_terms
from engine.core.lifecycle import ProposalEvent, TradeEvent
from engine.core.model import Instrument
from engine.core.payoff import intrinsic_usd, payoff_terms, payout_coin
from engine.core.result import TradeResult, added, trade_result
from engine.core.rules import StrategyRules
from engine.notices import SettlementNotice
from engine.reporting.fills import SettlementReport, r_of
from engine.runtime import breakers, cards
from engine.runtime.desk import Desk
from engine.runtime.exit_booking import parts_before
from engine.runtime.gather import Gathered
from engine.runtime.notify import Priority, post
from engine.runtime.positions import Look, booking_rate_usd_per_eur, flows_of, paid_before, realised_before
from engine.state.records import Closing, TradeRecord
from engine.state.repository import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A delivery per 1 ETH in coin, and what it makes of the whole position, all fees included."""

    payout_coin: Decimal
    fee_coin: Decimal
    result: TradeResult


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
    delivered = delivered_at(look, desk.rules, price_usd=price, fx_usd_per_eur=fx_usd_per_eur)
    payout, fee, last = _with_parts(tx, look, delivered, price_usd=price, fx_usd_per_eur=fx_usd_per_eur)
    result = added([*realised_before(trade), last])
    debit_before, fees_before = paid_before(trade)
    for record in tx.pending_proposals():
        if record.trade_id == trade.trade_id:
            cards.settle(tx, desk, record.proposal_id, cards.Ending(event=ProposalEvent.SUPERSEDE, result="settled"))
    closing = Closing(
        trade_id=trade.trade_id,
        event=TradeEvent.DELIVERED,
        at=now,
        reason="settled",
        debit_coin=payout + debit_before,
        close_fee_coin=fee + fees_before,
        pnl_coin=result.pnl_coin,
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
            "pnl_coin": str(result.pnl_coin),
            "pnl_eur": str(result.pnl_eur),
        },
    )
    report = _report(desk, trade, closing, price_usd=price, fx_usd_per_eur=fx_usd_per_eur)
    post(tx, SettlementNotice(report=report), dedupe_key=f"settled:{trade.trade_id}", priority=Priority.NEWS, proposal_id=trade.proposal_id)
    breakers.trip(tx, desk)


def _with_parts(tx: Transaction, look: Look, delivered: Delivered, *, price_usd: Decimal, fx_usd_per_eur: Decimal) -> tuple[Decimal, Decimal, TradeResult]:
    """Payout, fee and result over the whole size: what was bought back in parts before cost what it cost, only the rest is delivered."""
    parts, trade = parts_before(tx, look.trade), look.trade
    if not parts:
        return delivered.payout_coin, delivered.fee_coin, delivered.result
    left = tx.left_eth(trade)
    debit = (sum((part.price_coin * part.quantity_eth for part in parts), Decimal(0)) + delivered.payout_coin * left) / trade.quantity_eth
    fee = (sum((part.fee_coin * part.quantity_eth for part in parts), Decimal(0)) + delivered.fee_coin * left) / trade.quantity_eth
    return debit, fee, trade_result(flows_of(look, debit_coin=debit, close_fee_coin=fee), index_usd=price_usd, fx_usd_per_eur=fx_usd_per_eur)


def delivered_at(look: Look, rules: StrategyRules, *, price_usd: Decimal, fx_usd_per_eur: Decimal) -> Delivered:
    """What the open sides pay when they are delivered at this price."""
    payout, fee = payout_coin(payoff_terms(look.spread), index_usd=price_usd), _delivery_fees_coin(look, rules, price_usd)
    result = trade_result(flows_of(look, debit_coin=payout, close_fee_coin=fee), index_usd=price_usd, fx_usd_per_eur=fx_usd_per_eur)
    return Delivered(payout_coin=payout, fee_coin=fee, result=result)


def _report(desk: Desk, trade: TradeRecord, closing: Closing, *, price_usd: Decimal, fx_usd_per_eur: Decimal) -> SettlementReport:
    debit_before, _ = paid_before(trade)
    return SettlementReport(
        env=desk.env,
        trade_id=trade.trade_id,
        strategy=trade.strategy,
        family=trade.family,
        sides=trade.open_strikes,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        delivery_price_usd=price_usd,
        credit_coin=trade.credit_coin if trade.credit_coin is not None else trade.mid_at_approval_coin,
        bought_back_coin=debit_before,
        payout_coin=closing.debit_coin - debit_before,
        fee_coin=closing.close_fee_coin,
        fee_eur=trade.family.usd_of_coin(closing.close_fee_coin * trade.quantity_eth, index_usd=price_usd) / fx_usd_per_eur,
        max_loss_eur=trade.max_loss_eur,
        pnl_coin=closing.pnl_coin,
        pnl_usd=closing.pnl_usd,
        pnl_eur=closing.pnl_eur,
        r=r_of(closing.pnl_eur, trade.max_loss_eur),
        settled_at=closing.at,
    )


def _delivery_fees_coin(look: Look, rules: StrategyRules, price_usd: Decimal) -> Decimal:
    """Each leg that is delivered pays; one that expires worthless does not."""
    terms = fee_terms(look.spread, index_usd=price_usd, rules=rules.fees)
    values = (_value_coin(quote.instrument, price_usd) for quote in look.spread.quotes)
    return sum((delivery_fee_coin(value_coin, terms) for value_coin in values), Decimal(0))


def _value_coin(option: Instrument, price_usd: Decimal) -> Decimal:
    value_usd = intrinsic_usd(option.option_type, strike_usd=option.strike_usd, index_usd=price_usd)
    return option.family.coin_of_usd(value_usd, index_usd=price_usd)
