"""What a trade must come to, worked out by hand and not by the engine's own arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A trade's end worked out by hand: coin figures per 1 ETH, the spot and the rate it is booked at.

    `earlier` are the sides of a condor that were bought back before, each with its own
    share of the credit and of the opening fee; the figures of this one are those of the rest.
    """

    state: str
    reason: str | None
    credit: str
    debit: str
    open_fee: str
    close_fee: str
    eth: str
    spot: str
    fx: str = "1.16"
    earlier: tuple[Hand, ...] = ()

    @property
    def credit_coin(self) -> Decimal:
        return sum((Decimal(hand.credit) for hand in self.parts), Decimal(0))

    @property
    def quantity_eth(self) -> Decimal:
        return Decimal(self.eth)

    @property
    def pnl_coin(self) -> Decimal:
        return sum((hand.own_coin for hand in self.parts), Decimal(0))

    @property
    def pnl_usd(self) -> Decimal:
        return sum((hand.own_coin * Decimal(hand.spot) for hand in self.parts), Decimal(0))

    @property
    def pnl_eur(self) -> Decimal:
        return sum((hand.own_coin * Decimal(hand.spot) / Decimal(hand.fx) for hand in self.parts), Decimal(0))

    @property
    def own_coin(self) -> Decimal:
        """What these figures come to without the sides closed earlier."""
        return (Decimal(self.credit) - Decimal(self.debit) - Decimal(self.open_fee) - Decimal(self.close_fee)) * Decimal(self.eth)

    @property
    def parts(self) -> tuple[Hand, ...]:
        return (*self.earlier, self)
