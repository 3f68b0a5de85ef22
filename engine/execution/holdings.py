"""What the account should hold and what an intent has brought, from the fills on record; sizes are signed, short < 0."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model_venue import Direction
from engine.execution.orders import COMBO, SHORT_LEG
from engine.state.repository import Transaction
from engine.state.venue_records import IntentTerms, VenueFillRecord, VenueOrderRecord

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What an intent has come to: how many spreads, the cash of all its fills (received > 0, fees apart) and their fees.

    Cash without a spread is what a leg cost that was bought and had to be sold again. `index_usd` and `at` are of the last fill.
    """

    quantity_eth: Decimal
    cash_coin: Decimal
    fees_coin: Decimal
    index_usd: Decimal | None
    at: datetime | None
    source: str

    @property
    def received_coin(self) -> Decimal:
        """Cash per 1 ETH of spread; below zero it was paid."""
        return self.cash_coin / self.quantity_eth

    @property
    def fee_coin(self) -> Decimal:
        """Fees per 1 ETH of spread."""
        return self.fees_coin / self.quantity_eth


def carried(tx: Transaction, order_id: int, *, source: str) -> Carried:
    """The fills of the intent summed up. A spread is counted by its short leg: sold on opening, bought back on closing."""
    terms = tx.intent_terms(order_id)
    done = tx.venue_fills(order_id)
    short = next((leg.direction for leg in terms.legs if leg.is_short), None) if terms is not None else None
    spreads = (fill.amount_eth for order, fill in done if order.part == COMBO or (order.part == SHORT_LEG and order.direction is short))
    last = max((fill for _, fill in done), key=lambda fill: fill.at, default=None)
    return Carried(
        quantity_eth=sum(spreads, ZERO),
        cash_coin=sum((cash_of(order, fill) for order, fill in done), ZERO),
        fees_coin=sum((fill.fee_coin for _, fill in done), ZERO),
        index_usd=None if last is None else last.index_usd,
        at=None if last is None else last.at,
        source=source if last is None else last.source,
    )


def cash_of(order: VenueOrderRecord, fill: VenueFillRecord) -> Decimal:
    """What the fill brought in, fee apart; below zero it was paid. Who buys at a negative price is paid."""
    return (-fill.price_coin if order.direction is Direction.BUY else fill.price_coin) * fill.amount_eth


def expected_positions(tx: Transaction, *, now: datetime) -> dict[str, Decimal]:
    """The size of every instrument that was ever traded for us and has not expired, flat ones included."""
    sizes: dict[str, Decimal] = {}
    for terms in tx.intents_at_the_venue(now):
        for leg in terms.legs:
            sizes.setdefault(leg.instrument, ZERO)
        for order, fill in tx.venue_fills(terms.order_id):
            for name, size in _moved(terms, order, fill):
                sizes[name] = sizes.get(name, ZERO) + size
    return sizes


def uncovered_eth(tx: Transaction, *, now: datetime) -> Decimal:
    """By how much the shorts of all trades together exceed the longs that cover them, trade by trade."""
    by_trade: dict[int, dict[bool, Decimal]] = {}
    for terms in tx.intents_at_the_venue(now):
        intent = tx.order(terms.order_id)
        if intent is None:
            continue
        sizes = by_trade.setdefault(intent.trade_id, {True: ZERO, False: ZERO})
        is_short = {leg.instrument: leg.is_short for leg in terms.legs}
        for order, fill in tx.venue_fills(terms.order_id):
            for name, size in _moved(terms, order, fill):
                sizes[is_short[name]] += size
    return sum((max(ZERO, -(sizes[True] + sizes[False])) for sizes in by_trade.values()), ZERO)


def _moved(terms: IntentTerms, order: VenueOrderRecord, fill: VenueFillRecord) -> tuple[tuple[str, Decimal], ...]:
    """What the fill did to each position. A combo's order trades every leg the way it was approved."""
    if order.part == COMBO:
        return tuple((leg.instrument, _signed(leg.direction, fill.amount_eth)) for leg in terms.legs)
    return ((fill.instrument, _signed(fill.direction, fill.amount_eth)),)


def _signed(direction: Direction, amount_eth: Decimal) -> Decimal:
    return amount_eth if direction is Direction.BUY else -amount_eth
