"""What one ETH of a spread earns, costs and risks, and whether its credit is worth it.

Rules of this file: Decimal for money; the probability is a model's and is named so
where it is shown. A condor's sides each pass the credit gates by themselves.
Source: strategy §1.2 E13, §1.4, §1.6, §1.8, §2.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.checks import at_least, at_most, coin_unit
from engine.core.decision import FRAC, Check
from engine.core.fees import FeeTerms, combo_fee_coin, fee_allowance_eth, fee_terms, roundtrip_fees_coin
from engine.core.liquidity_gate import expected_slippage_frac
from engine.core.margin import spread_margin
from engine.core.model import Family, OptionType, SideCredit, Spread, SpreadEconomics, Vertical
from engine.core.payoff import break_evens_usd, loss_at_long_strike_usd, max_loss_usd, payoff_terms
from engine.core.pricing import probability_above, probability_below, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac
from engine.core.rules import SizingRules, StrategyRules, StrikeRules
from engine.core.spread_prices import (
    EXPECTED_SHARE,
    ONE,
    ZERO,
    bid_or_nothing_coin,
    combo_tick_coin,
    round_down_to_tick,
    round_up_to_tick,
    vertical_entry_mid_coin,
)


def spread_economics(spread: Spread, *, index_usd: Decimal, now: datetime, rules: StrategyRules) -> SpreadEconomics | None:
    """The figures of `spread` per 1 ETH, or None while a side, a mark or a volatility it needs is missing or its credit is not positive."""
    fees = fee_terms(spread, index_usd=index_usd, rules=rules.fees)
    sides = _side_credits(spread, fees) if all(sound_iv_frac(quote) is not None for quote in spread.quotes) else None
    natural_coin, margin = spread.natural_coin, spread_margin(spread, index_usd=index_usd)
    if sides is None or natural_coin is None or margin is None:
        return None
    mid_coin, terms = sum((side.credit_mid_coin for side in sides), ZERO), payoff_terms(spread)
    # A credit of a whole ETH per ETH has no break-even; only garbage quotes it.
    if mid_coin >= spread.family.coin_of_eth(ONE, index_usd=index_usd):
        return None
    levels_usd = break_evens_usd(terms, credit_coin=mid_coin)
    prob_profit_frac = _prob_profit_frac(spread, levels_usd, now=now) if min(levels_usd) > ZERO else None
    if prob_profit_frac is None:
        return None
    open_fee_coin, floor_coin = _open_fee_coin(spread, fees), credit_floor_coin(spread, mid_coin=mid_coin, fees=fees, rules=rules)
    credit_usd, net_usd = (spread.family.usd_of_coin(amount, index_usd=index_usd) for amount in (mid_coin, mid_coin - open_fee_coin))
    return SpreadEconomics(
        sides=sides,
        credit_mid_coin=mid_coin,
        credit_natural_coin=natural_coin,
        credit_expected_coin=mid_coin - EXPECTED_SHARE * (mid_coin - natural_coin),
        credit_floor_coin=floor_coin,
        credit_over_width_frac=credit_usd / spread.width_usd,
        open_fee_coin=open_fee_coin,
        roundtrip_fees_coin=roundtrip_fees_coin(fees, verticals=len(spread.verticals)),
        expected_slippage_frac=expected_slippage_frac(mid_coin=mid_coin, natural_coin=natural_coin),
        # Reckoned at the worst the order may be filled at, so that no fill can lead beyond a cap.
        max_loss_usd=strict_loss_usd(spread, credit_coin=floor_coin, index_usd=index_usd, rules=rules.sizing),
        loss_at_long_strike_usd=loss_at_long_strike_usd(terms, credit_coin=mid_coin),
        break_evens_usd=levels_usd,
        initial_margin_eth=margin.initial_eth,
        maintenance_margin_eth=margin.maintenance_eth,
        prob_profit_frac=prob_profit_frac,
        # Held to expiry a spread must win this often: one minus its net credit over its width.
        break_even_win_rate_frac=float(ONE - net_usd / spread.width_usd),
    )


def strict_loss_usd(spread: Spread, *, credit_coin: Decimal, index_usd: Decimal, rules: SizingRules) -> Decimal:
    """The loss in USD per 1 ETH that caps are held against at this credit, fees included."""
    allowance_usd = fee_allowance_eth(len(spread.verticals), rules) * index_usd
    return max_loss_usd(payoff_terms(spread), credit_coin=credit_coin, fee_allowance_usd=allowance_usd)


def credit_floor_coin(spread: Spread, *, mid_coin: Decimal, fees: FeeTerms, rules: StrategyRules) -> Decimal:
    """The lowest credit on tick an entry may be filled at: the mid less the concession, never under the credit gates of its sides together.

    The concession ends at the tick below it and a gate at the tick above: one tick is
    1 to 3 % of these credits, and rounding the concession up would take most of it away.
    """
    tick_coin = combo_tick_coin(spread, rules.execution)
    conceded_coin = mid_coin * (ONE - rules.execution.entry.concession_max_frac)
    gates_coin = sum((_gate_coin(vertical, fees, rules.strikes) for vertical in spread.verticals), ZERO)
    return max(round_down_to_tick(conceded_coin, tick_coin), round_up_to_tick(gates_coin, tick_coin))


def _gate_coin(vertical: Vertical, fees: FeeTerms, strikes: StrikeRules) -> Decimal:
    """The credit at which the last credit gate of one side closes."""
    return max(
        credit_min_coin(fees.family, strikes),
        strikes.credit_over_width_min_frac * fees.family.coin_of_usd(vertical.width_usd, index_usd=fees.index_usd),
        roundtrip_fees_coin(fees, verticals=1) / strikes.roundtrip_fees_over_credit_max_frac,
    )


def credit_min_coin(family: Family, strikes: StrikeRules) -> Decimal:
    """The least credit one vertical must bring, in the coin of its family."""
    return strikes.credit_min.inverse_eth if family is Family.INVERSE else strikes.credit_min.linear_usdc


def credit_checks(economics: SpreadEconomics, family: Family, strikes: StrikeRules) -> tuple[Check, ...]:
    """E13 of each side: the credit in coin, against the width, against the fees, and below what the side can ever be worth."""
    names = [side.option_type.value if len(economics.sides) > 1 else "" for side in economics.sides]
    return tuple(check for side, name in zip(economics.sides, names, strict=True) for check in _side_checks(side, family, strikes, name))


def width_that_fits_usd(*, cap_eur: Decimal, fx_usd_per_eur: Decimal, index_usd: Decimal, lot_eth: Decimal, fee_allowance_eth: Decimal) -> Decimal:
    """The widest spread whose width for one lot, fees included, stays within `cap_eur`; negative when fees alone exceed it."""
    return cap_eur * fx_usd_per_eur / lot_eth - fee_allowance_eth * index_usd


def _side_checks(side: SideCredit, family: Family, strikes: StrikeRules, name: str) -> tuple[Check, ...]:
    fees_over_credit = side.roundtrip_fees_coin / side.credit_mid_coin
    over_width, credit_min = side.credit_over_width_frac, credit_min_coin(family, strikes)
    fees_max, width_min = strikes.roundtrip_fees_over_credit_max_frac, strikes.credit_over_width_min_frac
    return (
        at_least("E13", "credit_min", observed=side.credit_mid_coin, limit=credit_min, unit=coin_unit(family), subject=name),
        at_least("E13", "credit_over_width", observed=over_width, limit=width_min, unit=FRAC, subject=name),
        at_most("E13", "fees_over_credit", observed=fees_over_credit, limit=fees_max, unit=FRAC, subject=name),
        at_most("E13", "credit_below_width", observed=over_width, limit=ONE, unit=FRAC, subject=name),
    )


def _side_credits(spread: Spread, fees: FeeTerms) -> tuple[SideCredit, ...] | None:
    """Each vertical's credit, or None while one of them has none that is positive."""
    mids = [(vertical, vertical_entry_mid_coin(vertical)) for vertical in spread.verticals]
    sides = tuple(
        SideCredit(
            option_type=vertical.option_type,
            credit_mid_coin=mid_coin,
            credit_over_width_frac=spread.family.usd_of_coin(mid_coin, index_usd=fees.index_usd) / vertical.width_usd,
            roundtrip_fees_coin=roundtrip_fees_coin(fees, verticals=1),
        )
        for vertical, mid_coin in mids
        if mid_coin is not None and mid_coin > ZERO
    )
    return sides if len(sides) == len(spread.verticals) else None


def _open_fee_coin(spread: Spread, fees: FeeTerms) -> Decimal:
    """The opening fee at mid prices, a missing long bid counted as nothing."""
    mids = [[(bid_or_nothing_coin(quote) + quote.ask_coin) / 2 for quote in quotes if quote.ask_coin is not None] for quotes in (spread.shorts, spread.longs)]
    return combo_fee_coin(short_prices_coin=mids[0], long_prices_coin=mids[1], terms=fees)


def _prob_profit_frac(spread: Spread, levels_usd: tuple[Decimal, ...], *, now: datetime) -> float | None:
    """The model's probability that the index settles between the break-evens, each at the volatility of its own short leg."""
    outside = 0.0
    for vertical, level_usd in zip(spread.verticals, levels_usd, strict=True):
        forward_usd, iv_frac = sound_forward_usd(vertical.short), sound_iv_frac(vertical.short)
        if forward_usd is None or iv_frac is None:
            return None
        beyond = probability_below if vertical.option_type is OptionType.PUT else probability_above
        outside += beyond(F=forward_usd, K=float(level_usd), sigma=iv_frac, T=years_between(now, spread.expiry_at))
    return max(1.0 - outside, 0.0)
