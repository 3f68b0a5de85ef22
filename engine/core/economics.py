"""What one ETH of a spread earns, costs and risks, and whether its credit is worth it.

Rules of this file: Decimal for money; the probability is a model's and is named so
where it is shown. Source: strategy §1.2 E13, §1.6, §1.8, §2.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.checks import compared
from engine.core.decision import Check, Relation, Unit
from engine.core.fees import combo_fee_coin, roundtrip_fees_coin
from engine.core.liquidity_gate import expected_slippage_frac
from engine.core.margin import short_margin
from engine.core.model import OptionType, Spread, SpreadEconomics
from engine.core.payoff import break_even_usd, loss_at_long_strike_usd, max_loss_usd, vertical_of
from engine.core.pricing import probability_above, probability_below, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac
from engine.core.rules import SizingRules, StrategyRules
from engine.core.spread_prices import EXPECTED_SHARE, ONE, ZERO, entry_mid_coin, round_down_to_tick, round_up_to_tick


def spread_economics(spread: Spread, *, index_usd: Decimal, now: datetime, rules: StrategyRules) -> SpreadEconomics | None:
    """The figures of `spread` per 1 ETH, or None while a side, a mark or a volatility it needs is missing or its credit is not positive."""
    mid_coin, short_mid_coin = entry_mid_coin(spread), spread.short.mid_coin
    natural_coin, short_mark_coin = spread.natural_coin, spread.short.mark_coin
    if mid_coin is None or short_mid_coin is None or natural_coin is None or short_mark_coin is None or not ZERO < mid_coin < ONE:
        return None
    prob_profit_frac = _prob_profit_frac(spread, credit_coin=mid_coin, now=now)
    if prob_profit_frac is None:
        return None
    vertical = vertical_of(spread)
    open_fee_coin = combo_fee_coin(short_price_coin=short_mid_coin, long_price_coin=short_mid_coin - mid_coin, rules=rules.fees)
    margin = short_margin(vertical.option_type, strike_usd=vertical.short_strike_usd, index_usd=index_usd, mark_coin=short_mark_coin)
    fee_allowance_usd = rules.sizing.fee_allowance_eth.vertical * index_usd
    return SpreadEconomics(
        credit_mid_coin=mid_coin,
        credit_natural_coin=natural_coin,
        credit_expected_coin=mid_coin - EXPECTED_SHARE * (mid_coin - natural_coin),
        credit_floor_coin=credit_floor_coin(mid_coin=mid_coin, width_usd=vertical.width_usd, index_usd=index_usd, rules=rules),
        credit_over_width_frac=mid_coin * index_usd / vertical.width_usd,
        open_fee_coin=open_fee_coin,
        roundtrip_fees_coin=roundtrip_fees_coin(rules.fees),
        expected_slippage_frac=expected_slippage_frac(mid_coin=mid_coin, natural_coin=natural_coin),
        max_loss_usd=max_loss_usd(vertical, credit_coin=mid_coin, fee_allowance_usd=fee_allowance_usd),
        loss_at_long_strike_usd=loss_at_long_strike_usd(vertical, credit_coin=mid_coin),
        break_even_usd=break_even_usd(vertical, credit_coin=mid_coin),
        initial_margin_eth=margin.initial_eth,
        maintenance_margin_eth=margin.maintenance_eth,
        prob_profit_frac=prob_profit_frac,
        # Held to expiry a spread must win this often: one minus its net credit over its width.
        break_even_win_rate_frac=float(ONE - (mid_coin - open_fee_coin) * index_usd / vertical.width_usd),
    )


def credit_floor_coin(*, mid_coin: Decimal, width_usd: Decimal, index_usd: Decimal, rules: StrategyRules) -> Decimal:
    """The lowest credit on tick an entry may be filled at: the mid less the concession, never under a credit gate.

    The concession ends at the tick below it and a gate at the tick above: one tick is
    1 to 3 % of these credits, and rounding the concession up would take most of it away.
    """
    tick_coin = rules.execution.combo_tick_eth
    conceded_coin = mid_coin * (ONE - rules.execution.entry.concession_max_frac)
    gates_coin = (
        rules.strikes.credit_min.inverse_eth,
        rules.strikes.credit_over_width_min_frac * width_usd / index_usd,
        roundtrip_fees_coin(rules.fees) / rules.strikes.roundtrip_fees_over_credit_max_frac,
    )
    return max(round_down_to_tick(conceded_coin, tick_coin), round_up_to_tick(max(gates_coin), tick_coin))


def credit_checks(economics: SpreadEconomics, rules: StrategyRules) -> tuple[Check, ...]:
    """E13: the credit in coin, against the width, against the fees, and below what the spread can ever be worth."""
    strikes = rules.strikes
    fees_over_credit = economics.roundtrip_fees_coin / economics.credit_mid_coin
    over_width = economics.credit_over_width_frac
    fees_max = strikes.roundtrip_fees_over_credit_max_frac
    return (
        compared("E13", "credit_min", observed=economics.credit_mid_coin, relation=Relation.AT_LEAST, limit=strikes.credit_min.inverse_eth, unit=Unit.COIN),
        compared("E13", "credit_over_width", observed=over_width, relation=Relation.AT_LEAST, limit=strikes.credit_over_width_min_frac, unit=Unit.FRAC),
        compared("E13", "fees_over_credit", observed=fees_over_credit, relation=Relation.AT_MOST, limit=fees_max, unit=Unit.FRAC),
        compared("E13", "credit_below_width", observed=over_width, relation=Relation.AT_MOST, limit=ONE, unit=Unit.FRAC),
    )


def width_that_fits_usd(*, cap_eur: Decimal, fx_usd_per_eur: Decimal, index_usd: Decimal, lot_eth: Decimal, rules: SizingRules) -> Decimal:
    """The widest spread whose strict loss for one lot, fees included, stays within `cap_eur`; negative when fees alone exceed it."""
    return cap_eur * fx_usd_per_eur / lot_eth - rules.fee_allowance_eth.vertical * index_usd


def _prob_profit_frac(spread: Spread, *, credit_coin: Decimal, now: datetime) -> float | None:
    forward_usd, iv_frac = sound_forward_usd(spread.short), sound_iv_frac(spread.short)
    if forward_usd is None or iv_frac is None:
        return None
    vertical = vertical_of(spread)
    level_usd = float(break_even_usd(vertical, credit_coin=credit_coin))
    probability = probability_above if vertical.option_type is OptionType.PUT else probability_below
    return probability(F=forward_usd, K=level_usd, sigma=iv_frac, T=years_between(now, spread.expiry_at))
