"""What a credit spread pays, earns, loses and breaks even at, per 1 ETH.

Rules of this file: Decimal throughout; the index value must be positive. Of a
condor at most one side ends in the money, so its loss is the worse side's. The loss
of an inverse put spread is bounded in USD, not in ETH. Source: strategy §1.6;
Deribit, inverse options settled as intrinsic value over the delivery price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import Family, OptionType, Spread, Strikes

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffTerms:
    """All a payoff needs: what the contracts settle in, and the strikes of each vertical, puts first."""

    family: Family
    sides: tuple[Strikes, ...]

    @property
    def width_usd(self) -> Decimal:
        """The wider side's width."""
        return max(side.width_usd for side in self.sides)


def payoff_terms(spread: Spread) -> PayoffTerms:
    """The family and the strikes of `spread`."""
    return PayoffTerms(family=spread.family, sides=spread.sides)


def intrinsic_usd(option_type: OptionType, *, strike_usd: Decimal, index_usd: Decimal) -> Decimal:
    """What one option is worth when the index settles at `index_usd`; exactly at the strike it is nothing."""
    return max(strike_usd - index_usd, ZERO) if option_type is OptionType.PUT else max(index_usd - strike_usd, ZERO)


def payout_usd(terms: PayoffTerms, *, index_usd: Decimal) -> Decimal:
    """What the short side owes in USD at settlement: the short legs' intrinsic value, each at most its width."""
    owed = (min(intrinsic_usd(side.option_type, strike_usd=side.short_strike_usd, index_usd=index_usd), side.width_usd) for side in terms.sides)
    return sum(owed, ZERO)


def payout_coin(terms: PayoffTerms, *, index_usd: Decimal) -> Decimal:
    """What the short side owes in the quote coin at settlement."""
    return terms.family.coin_of_usd(payout_usd(terms, index_usd=index_usd), index_usd=index_usd)


def pnl_coin(terms: PayoffTerms, *, credit_coin: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in the quote coin, before fees."""
    return credit_coin - payout_coin(terms, index_usd=index_usd)


def pnl_usd(terms: PayoffTerms, *, credit_coin: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in USD with the credit kept in its coin until settlement, before fees."""
    return terms.family.usd_of_coin(credit_coin, index_usd=index_usd) - payout_usd(terms, index_usd=index_usd)


def pnl_sold_credit_usd(terms: PayoffTerms, *, credit_coin: Decimal, sold_at_usd: Decimal, index_usd: Decimal) -> Decimal:
    """Credit minus payout in USD when the credit was sold for USD at `sold_at_usd`, before fees."""
    return terms.family.usd_of_coin(credit_coin, index_usd=sold_at_usd) - payout_usd(terms, index_usd=index_usd)


def break_evens_usd(terms: PayoffTerms, *, credit_coin: Decimal) -> tuple[Decimal, ...]:
    """The index at which each side's payout equals the whole credit kept in its coin, ascending."""
    return tuple(_break_even_usd(side, terms.family, credit_coin) for side in terms.sides)


def break_evens_sold_credit_usd(terms: PayoffTerms, *, credit_coin: Decimal, sold_at_usd: Decimal) -> tuple[Decimal, ...]:
    """The index at which each side's payout equals the whole credit sold for USD at `sold_at_usd`, ascending."""
    credit_usd = terms.family.usd_of_coin(credit_coin, index_usd=sold_at_usd)
    return tuple(side.short_strike_usd + _outwards(side) * credit_usd for side in terms.sides)


def loss_at_long_strike_usd(terms: PayoffTerms, *, credit_coin: Decimal) -> Decimal:
    """What is lost in USD, before fees, when the index settles at the long strike of the worse side."""
    return max(_loss_at_its_long_strike_usd(side, terms.family, credit_coin) for side in terms.sides)


def max_loss_coin(terms: PayoffTerms, *, credit_coin: Decimal) -> Decimal | None:
    """The most that can be lost in the quote coin, before fees; None where nothing bounds it.

    The width of an inverse put spread is paid in ever more ETH as the ETH falls.
    """
    if terms.family is Family.LINEAR_USDC:
        return terms.width_usd - credit_coin
    if any(side.option_type is OptionType.PUT for side in terms.sides):
        return None
    return max(side.width_usd / side.long_strike_usd - credit_coin for side in terms.sides)


def max_loss_usd(terms: PayoffTerms, *, credit_coin: Decimal, fee_allowance_usd: Decimal) -> Decimal:
    """The strict loss in USD that caps are held against, the worse side's of a condor.

    An inverse put spread is charged its whole width, since the credit held in ETH loses
    its value in the same fall; an inverse call spread loses most exactly at its long
    strike; a linear one its width less the credit. Never less than nothing however large the credit.
    """
    return max(_strict_loss_usd(side, terms.family, credit_coin) for side in terms.sides) + fee_allowance_usd


def _outwards(side: Strikes) -> Decimal:
    """The direction in which the side loses: downwards for puts, upwards for calls."""
    return -ONE if side.option_type is OptionType.PUT else ONE


def _break_even_usd(side: Strikes, family: Family, credit_coin: Decimal) -> Decimal:
    if family is Family.LINEAR_USDC:
        return side.short_strike_usd + _outwards(side) * credit_coin
    return side.short_strike_usd / (ONE - _outwards(side) * credit_coin)


def _loss_at_its_long_strike_usd(side: Strikes, family: Family, credit_coin: Decimal) -> Decimal:
    return side.width_usd - family.usd_of_coin(credit_coin, index_usd=side.long_strike_usd)


def _strict_loss_usd(side: Strikes, family: Family, credit_coin: Decimal) -> Decimal:
    if family is Family.INVERSE and side.option_type is OptionType.PUT:
        return side.width_usd
    return max(_loss_at_its_long_strike_usd(side, family, credit_coin), ZERO)
