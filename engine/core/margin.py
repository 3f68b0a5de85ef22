"""What an account must set aside under the standard margin model, where the legs of a spread do not net.

Rules of this file: Decimal, in ETH whatever the contracts settle in; a long leg ties up
nothing. Source: strategy §2 (S7, S8); the venue's own figures win where it gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import OptionType, Spread, Strikes, Wealth
from engine.core.payoff import intrinsic_usd

INITIAL_AT_THE_MONEY_FRAC = Decimal("0.15")
INITIAL_MIN_FRAC = Decimal("0.1")
MAINTENANCE_FRAC = Decimal("0.075")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortMargin:
    """What short options tie up, per 1 ETH of option."""

    initial_eth: Decimal
    maintenance_eth: Decimal


def short_margin(option_type: OptionType, *, strike_usd: Decimal, index_usd: Decimal, mark_eth: Decimal) -> ShortMargin:
    """Initial and maintenance margin of one short option at this index and mark."""
    otm_usd = index_usd - strike_usd if option_type is OptionType.PUT else strike_usd - index_usd
    initial_eth = max(INITIAL_AT_THE_MONEY_FRAC - max(otm_usd, ZERO) / index_usd, INITIAL_MIN_FRAC) + mark_eth
    if option_type is OptionType.CALL:
        return ShortMargin(initial_eth=initial_eth, maintenance_eth=MAINTENANCE_FRAC + mark_eth)
    maintenance_eth = max(MAINTENANCE_FRAC, MAINTENANCE_FRAC * mark_eth) + mark_eth
    return ShortMargin(initial_eth=max(initial_eth, maintenance_eth), maintenance_eth=maintenance_eth)


def spread_margin(spread: Spread, *, index_usd: Decimal) -> ShortMargin | None:
    """What the short legs of a spread tie up together; None while one of them has no mark."""
    initial_eth, maintenance_eth = ZERO, ZERO
    for short in spread.shorts:
        if short.mark_coin is None:
            return None
        option = short.instrument
        mark_eth = spread.family.eth_of_coin(short.mark_coin, index_usd=index_usd)
        margin = short_margin(option.option_type, strike_usd=option.strike_usd, index_usd=index_usd, mark_eth=mark_eth)
        initial_eth, maintenance_eth = initial_eth + margin.initial_eth, maintenance_eth + margin.maintenance_eth
    return ShortMargin(initial_eth=initial_eth, maintenance_eth=maintenance_eth)


def maintenance_after_move_eth(sides: Sequence[Strikes], *, moved_index_usd: Decimal) -> Decimal:
    """Maintenance margin of the short legs once the index stands at `moved_index_usd`, their marks at intrinsic value."""
    return sum([_moved(side.option_type, side.short_strike_usd, moved_index_usd).maintenance_eth for side in sides], ZERO)


def margin_equity_eth(wealth: Wealth) -> Decimal:
    """What margins are a share of: the funds that are free and those that already stand as initial margin."""
    return wealth.available_funds_eth + wealth.initial_margin_eth


def _moved(option_type: OptionType, strike_usd: Decimal, moved_index_usd: Decimal) -> ShortMargin:
    mark_eth = intrinsic_usd(option_type, strike_usd=strike_usd, index_usd=moved_index_usd) / moved_index_usd
    return short_margin(option_type, strike_usd=strike_usd, index_usd=moved_index_usd, mark_eth=mark_eth)
