"""What a trade and a delivery cost, and at which prices a combo's legs trade.

Source: strategy section 2; a combo pays for the dearer of its two sides only.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from tests.fakes.venue.combos import Combo
from tests.fakes.venue.listing import FRIDAY, Contract, Family

RATE = Decimal("0.0003")
PERPETUAL_RATE = Decimal("0.0005")
DELIVERY_RATE = Decimal("0.00015")
OF_PRICE_MAX = Decimal("0.125")


@dataclass(frozen=True, slots=True)
class LegPrice:
    contract: Contract
    ratio: int
    price: Decimal


def option_fee(contract: Contract, *, amount: Decimal, price: Decimal, index_usd: Decimal) -> Decimal:
    """In the contract's coin."""
    if contract.kind == "future":
        return PERPETUAL_RATE * amount / index_usd
    rate = RATE if contract.family is Family.INVERSE else RATE * index_usd
    return min(rate, OF_PRICE_MAX * price) * amount


def combo_fees(legs: list[LegPrice], *, amount: Decimal, index_usd: Decimal) -> list[Decimal]:
    """Per leg in their order; the cheaper of the bought and the sold side is free."""
    fees = [option_fee(leg.contract, amount=amount * abs(leg.ratio), price=leg.price, index_usd=index_usd) for leg in legs]
    bought = sum((fee for leg, fee in zip(legs, fees, strict=True) if leg.ratio > 0), Decimal(0))
    sold = sum(fees, Decimal(0)) - bought
    is_bought_free = bought <= sold
    return [Decimal(0) if (leg.ratio > 0) is is_bought_free else fee for leg, fee in zip(legs, fees, strict=True)]


def delivery_fee(contract: Contract, *, amount: Decimal, payout: Decimal, delivery_usd: Decimal) -> Decimal:
    """In the contract's coin; nothing for a daily option and for one that pays nothing."""
    if contract.expires_at is None or contract.expires_at.weekday() != FRIDAY:
        return Decimal(0)
    rate = DELIVERY_RATE if contract.family is Family.INVERSE else DELIVERY_RATE * delivery_usd
    return min(rate, OF_PRICE_MAX * payout) * amount


def leg_prices(legs: list[tuple[Contract, int, Decimal]], price: Decimal) -> list[LegPrice]:
    """Prices near the marks (third of each) that add up to `price`; the first leg that can takes the difference."""
    tick = legs[0][0].grid.tick
    told = [max((mark / tick).to_integral_value(ROUND_HALF_EVEN) * tick, tick) for _, _, mark in legs]
    missing = price - sum((ratio * near for (_, ratio, _), near in zip(legs, told, strict=True)), Decimal(0))
    for place, (_, ratio, _) in enumerate(legs):
        wanted = told[place] + missing / ratio
        kept = max(wanted, tick)
        missing -= (kept - told[place]) * ratio
        told[place] = kept
    return [LegPrice(contract, ratio, near) for (contract, ratio, _), near in zip(legs, told, strict=True)]


def combo_leg_prices(combo: Combo, marks: dict[str, Decimal], price: Decimal) -> list[LegPrice]:
    """The legs of a trade in the combo at `price`."""
    return leg_prices([(leg.contract, leg.ratio, marks[leg.contract.name]) for leg in combo.legs], price)
