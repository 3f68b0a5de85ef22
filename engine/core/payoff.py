"""What a coin-settled vertical pays, earns, loses and breaks even at, per 1 ETH.

Rules of this file: Decimal throughout; the index value must be positive. The loss
of an inverse put spread is bounded in USD, not in ETH. Source: strategy §1.6;
Deribit, inverse options, settled as intrinsic value over the delivery price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import OptionType, Spread

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertical:
    """The strikes of a spread, which are all a payoff needs."""

    option_type: OptionType
    short_strike_usd: Decimal
    long_strike_usd: Decimal

    @property
    def width_usd(self) -> Decimal:
        """Distance between the strikes, never negative."""
        return abs(self.short_strike_usd - self.long_strike_usd)


def vertical_of(spread: Spread) -> Vertical:
    """The strikes of `spread`."""
    return Vertical(
        option_type=spread.strategy.option_type,
        short_strike_usd=spread.short.instrument.strike_usd,
        long_strike_usd=spread.long.instrument.strike_usd,
    )


def intrinsic_usd(option_type: OptionType, *, strike_usd: Decimal, index_usd: Decimal) -> Decimal:
    """What one option is worth when the index settles at `index_usd`; exactly at the strike it is nothing."""
    return max(strike_usd - index_usd, ZERO) if option_type is OptionType.PUT else max(index_usd - strike_usd, ZERO)


def payout_usd(vertical: Vertical, *, index_usd: Decimal) -> Decimal:
    """What the short side owes in USD at settlement: the short leg's intrinsic value, at most the width."""
    return min(intrinsic_usd(vertical.option_type, strike_usd=vertical.short_strike_usd, index_usd=index_usd), vertical.width_usd)


def payout_coin(vertical: Vertical, *, index_usd: Decimal) -> Decimal:
    """What the short side owes in ETH at settlement."""
    return payout_usd(vertical, index_usd=index_usd) / index_usd


def pnl_coin(vertical: Vertical, *, credit_coin: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in ETH, before fees."""
    return credit_coin - payout_coin(vertical, index_usd=index_usd)


def pnl_usd(vertical: Vertical, *, credit_coin: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in USD with the credit kept in ETH until settlement, before fees."""
    return credit_coin * index_usd - payout_usd(vertical, index_usd=index_usd)


def pnl_sold_credit_usd(vertical: Vertical, *, credit_coin: Decimal, sold_at_usd: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in USD when the credit was sold for USD at `sold_at_usd`, before fees."""
    return credit_coin * sold_at_usd - payout_usd(vertical, index_usd=index_usd)


def break_even_usd(vertical: Vertical, *, credit_coin: Decimal) -> Decimal:
    """The index at which payout equals the credit kept in ETH."""
    divisor = ONE + credit_coin if vertical.option_type is OptionType.PUT else ONE - credit_coin
    return vertical.short_strike_usd / divisor


def break_even_sold_credit_usd(vertical: Vertical, *, credit_coin: Decimal, sold_at_usd: Decimal) -> Decimal:
    """The index at which payout equals the credit sold for USD at `sold_at_usd`."""
    credit_usd = credit_coin * sold_at_usd
    return vertical.short_strike_usd - credit_usd if vertical.option_type is OptionType.PUT else vertical.short_strike_usd + credit_usd


def loss_at_long_strike_usd(vertical: Vertical, *, credit_coin: Decimal) -> Decimal:
    """What is lost in USD, before fees, when the index settles at the long strike."""
    return vertical.width_usd - credit_coin * vertical.long_strike_usd


def max_loss_usd(vertical: Vertical, *, credit_coin: Decimal, fee_allowance_usd: Decimal) -> Decimal:
    """The strict loss in USD that caps are held against.

    A put spread is charged its whole width, since the credit held in ETH loses its
    value in the same fall; a call spread loses most exactly at its long strike, and
    never less than nothing however large its credit.
    """
    if vertical.option_type is OptionType.PUT:
        return vertical.width_usd + fee_allowance_usd
    return max(loss_at_long_strike_usd(vertical, credit_coin=credit_coin), ZERO) + fee_allowance_usd
