"""What a book of spreads is worth after the index and all volatilities jump at once.

Rules of this file: the house's own pricing asked at another place, nothing of its own. A
jump takes no time, moves every forward with the index and every volatility by the same
points; only the options are looked at, so coin on the account and kept credits stay out.
Source: strategy §1.11.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from engine.core.greeks_aggregator import aggregate, combine, spread_legs
from engine.core.margin import spread_margin
from engine.core.model import Family, NetGreeks, Quote, Spread, Vertical
from engine.core.pricing import greeks, price_coin, price_usd, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac

IV_MIN_FRAC = 0.05
"""No volatility falls below this: a jump down may not end at or beyond zero."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A sold spread of this size."""

    spread: Spread
    quantity_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The index moves by this share of itself, every volatility by these points."""

    index_frac: Decimal
    vol_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """The book after a jump. P&L is against the book before it, in dollars and in ETH at the new index."""

    index_usd: Decimal
    pnl_usd: Decimal
    pnl_eth: Decimal
    greeks: NetGreeks
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal


def is_priceable(spread: Spread) -> bool:
    """Every leg has a volatility and a forward to price it with."""
    return all(sound_iv_frac(quote) is not None and sound_forward_usd(quote) is not None for quote in spread.quotes)


def after_jump(book: Sequence[Held], jump: Jump, *, index_usd: Decimal, now: datetime) -> Aftermath:
    """The whole book after the jump. Raises ValueError for a spread that is not priceable."""
    moved_usd = index_usd * (1 + jump.index_frac)
    pnl_usd, pnl_eth, initial_eth, maintenance_eth = ZERO, ZERO, ZERO, ZERO
    totals: list[NetGreeks] = []
    for held in book:
        before, after = _repriced(held.spread, Jump(index_frac=ZERO, vol_pts=0.0), now), _repriced(held.spread, jump, now)
        family, size_eth = held.spread.family, held.quantity_eth
        cost_before_coin, cost_after_coin, margin = before.mark_coin, after.mark_coin, spread_margin(after, index_usd=moved_usd)
        if cost_before_coin is None or cost_after_coin is None or margin is None:
            raise ValueError("a leg of the book has no volatility or no forward to price it with")
        usd_before = family.usd_of_coin(cost_before_coin, index_usd=index_usd)
        pnl_usd += (usd_before - family.usd_of_coin(cost_after_coin, index_usd=moved_usd)) * size_eth
        pnl_eth += family.eth_of_coin(cost_before_coin - cost_after_coin, index_usd=moved_usd) * size_eth
        initial_eth, maintenance_eth = initial_eth + margin.initial_eth * size_eth, maintenance_eth + margin.maintenance_eth * size_eth
        totals.append(aggregate(spread_legs(after, size_eth), spot_usd=moved_usd))
    return Aftermath(
        index_usd=moved_usd,
        pnl_usd=pnl_usd,
        pnl_eth=pnl_eth,
        greeks=combine(totals),
        initial_margin_eth=initial_eth,
        maintenance_margin_eth=maintenance_eth,
    )


def _repriced(spread: Spread, jump: Jump, now: datetime) -> Spread:
    verticals = [Vertical(short=_leg(each.short, jump, now), long=_leg(each.long, jump, now)) for each in spread.verticals]
    return Spread(verticals=tuple(verticals))


def _leg(quote: Quote, jump: Jump, now: datetime) -> Quote:
    """The same option at the jumped forward and volatility, its mark and Greeks computed, none where one of the two is missing; it has no book."""
    forward_usd, iv_frac = sound_forward_usd(quote), sound_iv_frac(quote)
    if forward_usd is None or iv_frac is None:
        return replace(quote, bid_coin=None, ask_coin=None, mark_coin=None, greeks=None)
    option, strike_usd = quote.instrument.option_type, float(quote.instrument.strike_usd)
    jumped_usd, jumped_frac = forward_usd * float(1 + jump.index_frac), _jumped_iv_frac(iv_frac, jump.vol_pts)
    years = max(years_between(now, quote.instrument.expiry_at), 0.0)
    price = price_coin if quote.instrument.family is Family.INVERSE else price_usd
    mark = price(option, F=jumped_usd, K=strike_usd, sigma=jumped_frac, T=years)
    return replace(
        quote,
        bid_coin=None,
        ask_coin=None,
        mark_coin=Decimal(repr(mark)),
        forward_usd=Decimal(repr(jumped_usd)),
        iv_frac=jumped_frac,
        greeks=greeks(option, F=jumped_usd, K=strike_usd, sigma=jumped_frac, T=years),
    )


def _jumped_iv_frac(iv_frac: float, vol_pts: float) -> float:
    """Never below the floor, unless the venue's own figure lies there already."""
    return max(iv_frac + vol_pts / 100.0, min(iv_frac, IV_MIN_FRAC))
