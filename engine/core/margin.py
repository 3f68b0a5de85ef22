"""Standard margin of a short coin-settled option, in ETH per 1 ETH.

Rules of this file: legs are not netted and a long leg needs nothing. Source:
strategy §2, Deribit standard margin (S7, S8), used on paper; with a live account
the venue's own simulation wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import OptionType
from engine.core.payoff import intrinsic_usd

INITIAL_AT_THE_MONEY_FRAC = Decimal("0.15")
INITIAL_MIN_FRAC = Decimal("0.1")
MAINTENANCE_FRAC = Decimal("0.075")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMargin:
    """What one short option ties up, per 1 ETH of option."""

    initial_eth: Decimal
    maintenance_eth: Decimal


def short_margin(option_type: OptionType, *, strike_usd: Decimal, index_usd: Decimal, mark_coin: Decimal) -> ShortMargin:
    """Initial and maintenance margin of one short option at this index and mark."""
    otm_usd = index_usd - strike_usd if option_type is OptionType.PUT else strike_usd - index_usd
    initial_eth = max(INITIAL_AT_THE_MONEY_FRAC - max(otm_usd, ZERO) / index_usd, INITIAL_MIN_FRAC) + mark_coin
    if option_type is OptionType.CALL:
        return ShortMargin(initial_eth=initial_eth, maintenance_eth=MAINTENANCE_FRAC + mark_coin)
    maintenance_eth = max(MAINTENANCE_FRAC, MAINTENANCE_FRAC * mark_coin) + mark_coin
    return ShortMargin(initial_eth=max(initial_eth, maintenance_eth), maintenance_eth=maintenance_eth)


def maintenance_after_move_eth(option_type: OptionType, *, strike_usd: Decimal, moved_index_usd: Decimal) -> Decimal:
    """Maintenance margin of one short option once the index stands at `moved_index_usd`, its mark at intrinsic value."""
    mark_coin = intrinsic_usd(option_type, strike_usd=strike_usd, index_usd=moved_index_usd) / moved_index_usd
    return short_margin(option_type, strike_usd=strike_usd, index_usd=moved_index_usd, mark_coin=mark_coin).maintenance_eth
