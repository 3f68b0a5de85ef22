"""Net Greeks of a set of legs: the only place in the house that multiplies by sign and size.

Rules of this file: a leg without Greeks, or an inverse one without a mark, is left out
and makes the total partial; a gate that reads a partial total fails. Source: strategy §1.11.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from engine.core.model import Family, GreekLeg, Greeks, NetGreeks, Quote, Spread

ONE_PERCENT = 0.01


def aggregate(legs: Sequence[GreekLeg], *, spot_usd: Decimal) -> NetGreeks:
    """The signed Greeks of the whole position, in ETH, USD per 1 %, USD per point and USD per day.

    `delta_ntd_eth` takes each inverse leg's mark off its delta: what the position gains
    in coin, which is what the venue calls delta total. Linear legs are paid in dollars,
    so for them nothing is taken off.
    """
    spot = float(spot_usd)
    known = [whole for leg in legs if (whole := _whole(leg)) is not None]
    delta_eth = math.fsum([quantity * greeks.delta for quantity, greeks, _ in known])
    return NetGreeks(
        delta_eth=delta_eth,
        delta_ntd_eth=math.fsum([quantity * (greeks.delta - mark) for quantity, greeks, mark in known]),
        delta_usd=delta_eth * spot,
        gamma_usd_per_1pct=math.fsum([quantity * greeks.gamma_per_usd for quantity, greeks, _ in known]) * spot * spot * ONE_PERCENT,
        vega_usd_per_pt=math.fsum([quantity * greeks.vega_usd_per_pt for quantity, greeks, _ in known]),
        theta_usd_per_day=math.fsum([quantity * greeks.theta_usd_per_day for quantity, greeks, _ in known]),
        is_partial=len(known) < len(legs),
    )


def combine(totals: Sequence[NetGreeks]) -> NetGreeks:
    """The Greeks of several positions together; partial as soon as one of them is."""
    return NetGreeks(
        delta_eth=math.fsum(total.delta_eth for total in totals),
        delta_ntd_eth=math.fsum(total.delta_ntd_eth for total in totals),
        delta_usd=math.fsum(total.delta_usd for total in totals),
        gamma_usd_per_1pct=math.fsum(total.gamma_usd_per_1pct for total in totals),
        vega_usd_per_pt=math.fsum(total.vega_usd_per_pt for total in totals),
        theta_usd_per_day=math.fsum(total.theta_usd_per_day for total in totals),
        is_partial=any(total.is_partial for total in totals),
    )


def spread_legs(spread: Spread, quantity_eth: Decimal) -> tuple[GreekLeg, ...]:
    """The legs of a sold spread of this size: every short leg negative, every long leg positive."""
    return tuple(leg for vertical in spread.verticals for leg in (_leg(vertical.short, -quantity_eth), _leg(vertical.long, quantity_eth)))


def _whole(leg: GreekLeg) -> tuple[float, Greeks, float] | None:
    """Signed size, Greeks and the mark in ETH that comes off the delta; None when a figure is missing or not a number."""
    if leg.greeks is None or (leg.mark_coin is None and leg.family is Family.INVERSE):
        return None
    mark_eth = float(leg.mark_coin) if leg.mark_coin is not None and leg.family is Family.INVERSE else 0.0
    figures = (leg.greeks.delta, leg.greeks.gamma_per_usd, leg.greeks.vega_usd_per_pt, leg.greeks.theta_usd_per_day, mark_eth)
    return (float(leg.quantity_eth), leg.greeks, mark_eth) if all(map(math.isfinite, figures)) else None


def _leg(quote: Quote, quantity_eth: Decimal) -> GreekLeg:
    return GreekLeg(family=quote.instrument.family, quantity_eth=quantity_eth, greeks=quote.greeks, mark_coin=quote.mark_coin)
