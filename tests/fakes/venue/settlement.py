"""What happens at 08:00 UTC: a moment without trading, then delivery prices and what they paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.combos import Combo
from tests.fakes.venue.fees import delivery_fee
from tests.fakes.venue.listing import EXPIRY_HOUR, Contract

if TYPE_CHECKING:
    from tests.fakes.venue.account import Position
    from tests.fakes.venue.exchange import Exchange

Json = dict[str, Any]
TWAP = timedelta(minutes=30)
DAY = timedelta(days=1)
PAUSE = timedelta(seconds=10)


@dataclass(slots=True, kw_only=True)
class Settlement:
    """Delivery prices told so far by expiry, and the rows of the public and of the account, oldest first.

    `since` is when this venue began. `pause` is how long nothing trades after 08:00; delivery
    prices are known at its end. `fixed` names delivery prices a test wants in place of the mean.
    """

    since: datetime
    pause: timedelta = PAUSE
    fixed: dict[datetime, Decimal] = field(default_factory=dict)
    deliveries: dict[datetime, Decimal] = field(default_factory=dict)
    public_rows: list[Json] = field(default_factory=list)
    own_rows: list[Json] = field(default_factory=list)

    def is_pausing(self, now: datetime) -> bool:
        """Whether it is the moment after 08:00."""
        start = now.replace(hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0)
        return start <= now < start + self.pause

    def run_due(self, exchange: Exchange) -> None:
        """Every 08:00 since the venue began is settled, in order; those whose pause is not over are begun."""
        now = exchange.now()
        at = self.since.replace(hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0)
        while at <= now:
            if at > self.since and at not in self.deliveries:
                _end_expired_orders(exchange, at)
                if now >= at + self.pause:
                    self._settle(exchange, at)
            at += DAY

    def _settle(self, exchange: Exchange, at: datetime) -> None:
        mean = Decimal(str(round(exchange.market.index.mean(at - TWAP, at), 4)))
        self.deliveries[at] = self.fixed.get(at, mean)
        delivery_usd = self.deliveries[at]
        for contract in [one for one in exchange.market.contracts.values() if one.expires_at == at]:
            held = exchange.account.positions.get(contract.name)
            payout = contract.payout(delivery_usd).quantize(Decimal("0.000001"))
            if payout > 0:
                open_interest, _ = exchange.market.interest(contract.name)
                self.public_rows.append(_row(contract, at, delivery_usd, payout=payout, size=Decimal(str(open_interest)), average=Decimal(0)))
            if held is not None and held.size != 0:
                self._deliver(exchange, held, at, payout)

    def _deliver(self, exchange: Exchange, held: Position, at: datetime, payout: Decimal) -> None:
        delivery_usd = self.deliveries[at]
        fee = delivery_fee(held.contract, amount=abs(held.size), payout=payout, delivery_usd=delivery_usd)
        self.own_rows.append(_row(held.contract, at, delivery_usd, payout=payout, size=held.size, average=held.average))
        exchange.account.deliver(held, payout=payout, fee=fee, delivery_usd=delivery_usd, at=at + self.pause)


def _row(contract: Contract, at: datetime, delivery_usd: Decimal, *, payout: Decimal, size: Decimal, average: Decimal) -> Json:
    earned = (payout - average) * size
    told = {"type": "delivery", "timestamp": to_ms(at) + 13, "instrument_name": contract.name, "position": float(size), "mark_price": float(payout)}
    return told | {"index_price": float(delivery_usd), "profit_loss": float(earned), "session_profit_loss": float(payout * size), "_coin": contract.coin}


def _end_expired_orders(exchange: Exchange, at: datetime) -> None:
    def is_over(order_instrument: Contract | Combo) -> bool:
        legs = [leg.contract for leg in order_instrument.legs] if isinstance(order_instrument, Combo) else [order_instrument]
        return any(contract.expires_at == at for contract in legs)

    exchange.desk.cancel_where(lambda order: is_over(order.instrument) or order.time_in_force == "good_til_day", reason="settlement")
    for combo in exchange.combos.active("any"):
        if is_over(combo):
            exchange.combos.deactivate(combo.name)
