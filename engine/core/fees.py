"""What the venue takes, in the quote coin per 1 ETH.

Rules of this file: rates come from the rules, and the venue's own figures win over
them once a fill reports them. Source: strategy §2, Deribit fee schedule (S3, S4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import Family, Spread
from engine.core.rules import FeeRules, SizingRules

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTerms:
    """What a fee is reckoned from: the contracts, the index and the rates."""

    family: Family
    index_usd: Decimal
    rules: FeeRules

    @property
    def trade_fee_coin(self) -> Decimal:
        """The uncapped fee of trading one leg: a share of the underlying."""
        by_family = {Family.INVERSE: self.rules.inverse_of_underlying_frac, Family.LINEAR_USDC: self.rules.linear_of_underlying_frac}
        return self.family.coin_of_eth(by_family[self.family], index_usd=self.index_usd)

    @property
    def delivery_fee_coin(self) -> Decimal:
        """The uncapped fee of delivering one leg: a share of the underlying."""
        return self.family.coin_of_eth(self.rules.delivery_frac, index_usd=self.index_usd)


def fee_terms(spread: Spread, *, index_usd: Decimal, rules: FeeRules) -> FeeTerms:
    """The terms `spread` is charged at."""
    return FeeTerms(family=spread.family, index_usd=index_usd, rules=rules)


def leg_fee_coin(price_coin: Decimal, terms: FeeTerms) -> Decimal:
    """The fee of trading one leg at `price_coin`, capped by a share of the price."""
    return min(terms.trade_fee_coin, terms.rules.cap_of_premium_frac * max(price_coin, ZERO))


def combo_fee_coin(*, short_prices_coin: Sequence[Decimal], long_prices_coin: Sequence[Decimal], terms: FeeTerms) -> Decimal:
    """The fee of trading a vertical or a condor in one order: of the bought and the sold legs the cheaper group is free."""
    groups = [sum((leg_fee_coin(price_coin, terms) for price_coin in prices), ZERO) for prices in (short_prices_coin, long_prices_coin)]
    return max(groups) if terms.rules.combo_cheaper_group_free else sum(groups, ZERO)


def roundtrip_fees_coin(terms: FeeTerms, *, verticals: int) -> Decimal:
    """Opening plus closing that many verticals before any cap: the figure the fee gate is held against."""
    legs_paying = 1 if terms.rules.combo_cheaper_group_free else 2
    return 2 * legs_paying * verticals * terms.trade_fee_coin


def delivery_fee_coin(value_coin: Decimal, terms: FeeTerms) -> Decimal:
    """The fee of one leg delivered at `value_coin`; nothing when it expires worthless."""
    return min(terms.delivery_fee_coin, terms.rules.delivery_cap_of_value_frac * max(value_coin, ZERO))


def fee_allowance_eth(verticals: int, rules: SizingRules) -> Decimal:
    """What the strict loss of one vertical, or of a condor's two, sets aside for fees, per 1 ETH."""
    return rules.fee_allowance_eth.vertical if verticals == 1 else rules.fee_allowance_eth.condor
