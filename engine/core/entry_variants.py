"""What a person may ask of an entry card instead of yes or no: less of it, a wider spread, a later expiry.

Rules of this file: nothing here allows anything. A variant is judged by every rule like the entry it came from, and is never larger than it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from engine.core.combo_builder import build
from engine.core.entry_cycle import NamedLegs
from engine.core.model import Chain, NetGreeks, OptionType, Proposal, Spread, Vertical
from engine.core.rules import StrategyRules
from engine.core.sizing_engine import lot_eth

WIDER_STEPS_MAX = 3
"""So many listed strikes further out are tried, the nearest first."""


class Variant(StrEnum):
    HALF = "half"
    WIDER = "wider"
    NEXT = "next"


def at_most(proposal: Proposal, quantity_eth: Decimal, rules: StrategyRules) -> Proposal:
    """The same entry with no more than this size."""
    before_eth = proposal.sizing.quantity_eth
    if quantity_eth >= before_eth:
        return proposal
    sizing = replace(proposal.sizing, quantity_eth=quantity_eth, max_loss_eur=proposal.sizing.max_loss_eur * quantity_eth / before_eth)
    greeks = _scaled(proposal.greeks, float(quantity_eth / before_eth))
    return replace(proposal, sizing=sizing, combo=build(proposal.candidate, quantity_eth, rules), greeks=greeks)


def half_eth(proposal: Proposal, rules: StrategyRules) -> Decimal | None:
    """Half of the entry's size in whole lots, rounded down; None when one lot cannot be halved."""
    spread = proposal.candidate.spread
    lot = max(spread.lot_eth, lot_eth(spread.family, rules.sizing))
    half = (proposal.sizing.quantity_eth / 2 / lot).to_integral_value(rounding=ROUND_FLOOR) * lot
    return half if half > 0 else None


def wider(spread: Spread, chain: Chain) -> Iterator[tuple[NamedLegs, ...]]:
    """The same short legs with long ones further out, one listed strike after the other; nothing once a side has none left."""
    further = [_further_longs(vertical, chain) for vertical in spread.verticals]
    for step in range(min(WIDER_STEPS_MAX, *(len(names) for names in further))):
        yield tuple(NamedLegs(short=vertical.short.instrument.name, long=names[step]) for vertical, names in zip(spread.verticals, further, strict=True))


def later(chain: Chain, expiry_at: datetime) -> Chain:
    """The chain without this expiry and every earlier one."""
    return replace(chain, quotes=tuple(quote for quote in chain.quotes if quote.instrument.expiry_at > expiry_at))


def _further_longs(vertical: Vertical, chain: Chain) -> list[str]:
    long, is_put = vertical.long.instrument, vertical.long.instrument.option_type is OptionType.PUT
    listed = [quote.instrument for quote in chain.quotes if quote.instrument.expiry_at == long.expiry_at and quote.instrument.option_type is long.option_type]
    further = [each for each in listed if (each.strike_usd < long.strike_usd if is_put else each.strike_usd > long.strike_usd)]
    return [each.name for each in sorted(further, key=lambda each: abs(each.strike_usd - long.strike_usd))]


def _scaled(greeks: NetGreeks, by: float) -> NetGreeks:
    return replace(
        greeks,
        delta_eth=greeks.delta_eth * by,
        delta_ntd_eth=greeks.delta_ntd_eth * by,
        delta_usd=greeks.delta_usd * by,
        gamma_usd_per_1pct=greeks.gamma_usd_per_1pct * by,
        vega_usd_per_pt=greeks.vega_usd_per_pt * by,
        theta_usd_per_day=greeks.theta_usd_per_day * by,
    )
