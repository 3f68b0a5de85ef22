"""The entry rules about our own side: switches, margin, caps, concentration, Greeks, breakers (E01, E15 to E19).

Rules of this file: a trade waiting for its answer counts as if it were open, and a
rule that needs the candidate or its size says so when there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.checks import at_least, at_most, below, not_evaluated, verdict_of
from engine.core.decision import AT_LEAST, AT_MOST, COUNT, DAYS, EQUAL, ETH, EUR, FRAC, Check, Refused, Relation, Unit
from engine.core.entry_context import EntryContext
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.margin import maintenance_after_move_eth, margin_equity_eth
from engine.core.model import Family, NetGreeks, OpenTrade, OptionType
from engine.core.rules import StrategyRules

ZERO = Decimal(0)
ONE = Decimal(1)
# Coin margin grows as the coin falls; strategy §6, case 61.
SURVIVED_FALL_FRAC = Decimal("0.30")


def book_checks(context: EntryContext, rules: StrategyRules, greeks: NetGreeks | None) -> tuple[Check, ...]:
    """E01 and E15 to E19, in this order; `greeks` are the new trade's."""
    return (
        *_switches(context, rules),
        *_margin(context, rules),
        *_size(context, rules),
        *_concentration(context, rules),
        *_exposure(context, rules, greeks),
        *_breakers(context, rules),
    )


def entry_greeks(context: EntryContext) -> NetGreeks | None:
    """The Greeks the new trade would add, or None while there is no candidate, no size or no index."""
    chosen, sized, index = context.chosen, context.sized, context.snapshot.index_usd
    if chosen is None or sized is None or index is None:
        return None
    return aggregate(spread_legs(chosen.spread, sized.quantity_eth), spot_usd=index.value)


def _claim(rule: str, code: str, passes: bool) -> Check:
    return Check(rule, code, verdict_of(passes), passes, True, EQUAL)


def _switches(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    allowed, strategy = rules.caps_of(context.stage).strategies, context.strategy
    listed = ",".join(allowed)
    if strategy is None:
        stage = not_evaluated("E01", "stage_allows_strategy", cause="no_strategy", limit=listed, relation=Relation.ONE_OF)
    else:
        stage = Check("E01", "stage_allows_strategy", verdict_of(strategy in allowed), strategy.value, listed, Relation.ONE_OF)
    return (
        _claim("E01", "kill_switch_off", not context.book.is_killed),
        _claim("E01", "not_on_hold", not context.book.is_on_hold),
        stage,
    )


def _margin(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    wealth, chosen, sized, index = context.snapshot.wealth, context.chosen, context.sized, context.snapshot.index_usd
    codes = ("maintenance_usage", "initial_margin", "maintenance_after_fall")
    if chosen is None or sized is None:
        cause = "no_candidate" if chosen is None else "no_size"
        return tuple(not_evaluated("E15", code, cause=cause) for code in codes)
    if wealth is None or index is None or index.value <= ZERO or margin_equity_eth(wealth.value) <= ZERO:
        cause = "missing" if wealth is None or index is None else "no_equity_or_index"
        return tuple(not_evaluated("E15", code, cause=cause) for code in codes)
    trades, quantity_eth, equity_eth = context.book.open_trades, sized.quantity_eth, margin_equity_eth(wealth.value)
    in_use_eth = wealth.value.maintenance_margin_eth + sum([trade.maintenance_margin_eth for trade in trades], ZERO)
    available_eth = wealth.value.available_funds_eth - sum([trade.initial_margin_eth for trade in trades], ZERO)
    usage = (in_use_eth + chosen.economics.maintenance_margin_eth * quantity_eth) / equity_eth
    usage_max, fall_max = rules.sizing.margin_use_max_frac, rules.exit.margin_usage_close_frac
    initial_eth, fallen_usd = chosen.economics.initial_margin_eth * quantity_eth, index.value * (ONE - SURVIVED_FALL_FRAC)
    after_fall_eth = wealth.value.maintenance_margin_eth + _open_after_move_eth(trades, fallen_usd)
    after_fall_eth += maintenance_after_move_eth(chosen.spread.sides, moved_index_usd=fallen_usd) * quantity_eth
    return (
        below("E15", "maintenance_usage", observed=usage, limit=usage_max, unit=FRAC),
        at_most("E15", "initial_margin", observed=initial_eth, limit=usage_max * available_eth, unit=ETH),
        below("E15", "maintenance_after_fall", observed=after_fall_eth / equity_eth, limit=fall_max, unit=FRAC),
    )


def _open_after_move_eth(trades: Sequence[OpenTrade], moved_index_usd: Decimal) -> Decimal:
    """Maintenance margin of every open and waiting trade once the index stands elsewhere."""
    return sum([maintenance_after_move_eth(trade.strikes, moved_index_usd=moved_index_usd) * trade.quantity_eth for trade in trades], ZERO)


def _size(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """The size and its strict loss against both caps; a refused sizing speaks with its own checks."""
    caps, sized, chosen = rules.caps_of(context.stage), context.sized, context.chosen
    own = context.sizing.checks if context.sizing is not None else ()
    if sized is None or chosen is None:
        cause = "no_candidate" if chosen is None else "no_size"
        lot = () if isinstance(context.sizing, Refused) else (not_evaluated("E16", "sized", cause=cause, unit=ETH),)
        return (*own, *lot, not_evaluated("E16", "trade_cap", cause=cause, unit=EUR), not_evaluated("E16", "total_cap", cause=cause, unit=EUR))
    engaged_eur = sum([trade.max_loss_eur for trade in context.book.open_trades], ZERO)
    after_eur = engaged_eur + sized.max_loss_eur
    return (
        at_least("E16", "sized", observed=sized.quantity_eth, limit=chosen.spread.lot_eth, unit=ETH),
        at_most("E16", "trade_cap", observed=sized.max_loss_eur, limit=caps.trade_eur, unit=EUR),
        at_most("E16", "total_cap", observed=after_eur, limit=caps.total_eur, unit=EUR),
    )


def _concentration(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    caps, book, chosen = rules.caps_of(context.stage), context.book, context.chosen
    waiting = len([trade for trade in book.open_trades if trade.is_pending])
    new = book.opened_this_week + waiting
    if chosen is None:
        same_side = not_evaluated("E17", "same_expiry_and_side", cause="no_candidate", limit=caps.per_expiry_and_side, unit=COUNT)
    else:
        expiry_at = chosen.spread.expiry_at
        twins = max([_twins(context, expiry_at, side) for side in context.sides])
        same_side = below("E17", "same_expiry_and_side", observed=twins, limit=caps.per_expiry_and_side, unit=COUNT)
    open_max = rules.caps.open_positions_max
    return (
        same_side,
        below("E17", "new_this_week", observed=new, limit=caps.new_per_week, unit=COUNT),
        below("E17", "open_positions", observed=len(book.open_trades), limit=open_max, unit=COUNT),
        _cooldown(context, rules),
    )


def _twins(context: EntryContext, expiry_at: datetime, side: OptionType) -> int:
    """How many open or waiting trades have sold this side of this expiry."""
    return len([trade for trade in context.book.open_trades if trade.expiry_at == expiry_at and side in trade.sides])


def _cooldown(context: EntryContext, rules: StrategyRules) -> Check:
    limit_d = rules.entry.cooldown_after_stop_same_side_d
    if context.strategy is None:
        return not_evaluated("E17", "cooldown_after_stop", cause="no_strategy", limit=limit_d, unit=DAYS)
    stops = [stopped_at for side, stopped_at in context.book.last_stop_at if side in context.sides]
    if not stops:
        return Check(rule="E17", code="cooldown_after_stop", verdict=verdict_of(True), limit=limit_d, relation=AT_LEAST, unit=DAYS, cause="no_stop")
    observed = (context.now - max(stops)) / timedelta(days=1)
    return at_least("E17", "cooldown_after_stop", observed=observed, limit=limit_d, unit=DAYS)


def _exposure(context: EntryContext, rules: StrategyRules, greeks: NetGreeks | None) -> tuple[Check, ...]:
    limits, trades = rules.greeks, context.book.open_trades
    if greeks is None or greeks.is_partial:
        cause = "greeks_missing" if greeks is not None else "no_candidate" if context.chosen is None else "no_size"
        codes = ("net_delta", "short_vega", "short_gamma")
        return (_eth_share(context, rules), *(not_evaluated("E18", code, cause=cause) for code in codes))
    delta_eth = abs(greeks.delta_eth + sum([trade.net_delta_eth for trade in trades]))
    short_vega = -(greeks.vega_usd_per_pt + sum([trade.vega_usd_per_pt for trade in trades]))
    short_gamma = -(greeks.gamma_usd_per_1pct + sum([trade.gamma_usd_per_1pct for trade in trades]))
    gamma_max = limits.short_gamma_max_usd_per_1pct
    return (
        _eth_share(context, rules),
        at_most("E18", "net_delta", observed=delta_eth, limit=limits.abs_net_delta_max_eth, unit=ETH),
        at_most("E18", "short_vega", observed=short_vega, limit=limits.short_vega_max_usd_per_pt, unit=Unit.USD_PER_PT),
        at_most("E18", "short_gamma", observed=short_gamma, limit=gamma_max, unit=Unit.USD_PER_1PCT),
    )


def _eth_share(context: EntryContext, rules: StrategyRules) -> Check:
    """The share of wealth held in ETH once the credit has been added to it."""
    snapshot, chosen, sized = context.snapshot, context.chosen, context.sized
    wealth, index, fx = snapshot.wealth, snapshot.index_usd, snapshot.fx_usd_per_eur
    limit = rules.caps.eth_share_of_wealth_max_frac
    if chosen is None or sized is None or wealth is None or index is None or fx is None or not fx.value > ZERO or not wealth.value.wealth_eur > ZERO:
        cause = "no_candidate" if chosen is None else "no_size" if sized is None else "missing"
        return not_evaluated("E18", "eth_share", cause=cause, limit=limit, relation=AT_MOST, unit=FRAC)
    credit_usd = chosen.spread.family.usd_of_coin(chosen.economics.credit_mid_coin * sized.quantity_eth, index_usd=index.value)
    credit_eur = credit_usd / fx.value
    credit_in_eth_eur = credit_eur if chosen.spread.family is Family.INVERSE else ZERO
    observed = (wealth.value.eth_share_frac * wealth.value.wealth_eur + credit_in_eth_eur) / (wealth.value.wealth_eur + credit_eur)
    return at_most("E18", "eth_share", observed=observed, limit=limit, unit=FRAC)


def _breakers(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """Bad runs pause new entries until a person resets them."""
    entry, book, cap_eur = rules.entry, context.book, rules.caps_of(context.stage).trade_eur
    month_max_eur, drawdown_max_eur = entry.pause_month_loss_x_trade_cap * cap_eur, entry.pause_drawdown_x_trade_cap * cap_eur
    streak_max = entry.pause_after_consecutive_losses
    return (
        below("E19", "consecutive_losses", observed=book.consecutive_losses, limit=streak_max, unit=COUNT),
        below("E19", "month_loss", observed=max(-book.month_pnl_eur, ZERO), limit=month_max_eur, unit=EUR),
        below("E19", "drawdown", observed=abs(book.drawdown_eur), limit=drawdown_max_eur, unit=EUR),
    )
