"""What the venue takes, in coin per 1 ETH.

Rules of this file: rates come from the rules, and the venue's own figures win over
them once a fill reports them. Source: strategy §2, Deribit fee schedule (S3, S4).
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.rules import FeeRules

ZERO = Decimal(0)


def leg_fee_coin(price_coin: Decimal, rules: FeeRules) -> Decimal:
    """The fee of trading one leg at `price_coin`: a share of the underlying, capped by a share of the price."""
    return min(rules.inverse_of_underlying_frac, rules.cap_of_premium_frac * max(price_coin, ZERO))


def combo_fee_coin(*, short_price_coin: Decimal, long_price_coin: Decimal, rules: FeeRules) -> Decimal:
    """The fee of trading a vertical in one order: of the bought and the sold leg the cheaper group is free."""
    fees = (leg_fee_coin(short_price_coin, rules), leg_fee_coin(long_price_coin, rules))
    return max(fees) if rules.combo_cheaper_group_free else sum(fees, ZERO)


def roundtrip_fees_coin(rules: FeeRules) -> Decimal:
    """Opening plus closing a vertical before any cap: the figure the fee gate is held against."""
    legs_paying = 1 if rules.combo_cheaper_group_free else 2
    return 2 * legs_paying * rules.inverse_of_underlying_frac


def delivery_fee_coin(value_coin: Decimal, rules: FeeRules) -> Decimal:
    """The fee of one leg delivered at `value_coin`; nothing when it expires worthless."""
    return min(rules.delivery_frac, rules.delivery_cap_of_value_frac * max(value_coin, ZERO))
