"""An open trade beside its market: the inputs of an exit decision and the position as people read it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.checks import fresh_value
from engine.core.entry_checks_inputs import FX_MAX_USD_PER_EUR, FX_MIN_USD_PER_EUR
from engine.core.entry_checks_macro import severity_of
from engine.core.entry_cycle import NamedLegs
from engine.core.exit_view import exit_view, is_tradable
from engine.core.fees import combo_fee_coin, fee_terms
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.margin import margin_equity_eth, spread_margin
from engine.core.model import Bias, ExitEvidence, ExitInputs, Instrument, NetGreeks, OptionType, Quote, Severity, Spread, Vertical
from engine.core.quote_soundness import with_sound_greeks
from engine.core.realised import worst_move_against
from engine.core.result import TradeFlows, TradeResult, shares_of, trade_result
from engine.core.rules import StrategyRules
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered, delivery_price, requote
from engine.state.records import Exposure, TradeRecord, TradeSide


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One trade and the legs of its open sides now; `is_quoted` is False when the venue gave no quote and the legs are empty."""

    trade: TradeRecord
    spread: Spread
    is_quoted: bool
    delivery_price_usd: Decimal | None

    @property
    def short_delta(self) -> float | None:
        """The largest short delta that is known."""
        return max((abs(short.greeks.delta) for short in self.spread.shorts if short.greeks is not None), default=None)

    @property
    def sides(self) -> tuple[TradeSide, ...]:
        """The trade's sides that are looked at."""
        looked_at = {vertical.option_type for vertical in self.spread.verticals}
        return tuple(side for side in self.trade.open_sides if side.strikes.option_type in looked_at)

    def only(self, option_types: Collection[OptionType]) -> Look:
        """The same look at some of its sides."""
        verticals = tuple(vertical for vertical in self.spread.verticals if vertical.option_type in option_types)
        return replace(self, spread=Spread(verticals=verticals))


async def look_at(desk: Desk, trade: TradeRecord) -> Look:
    """The trade with fresh quotes, or with empty ones and, after expiry, the delivery price once it is known."""
    now = desk.now()
    if now >= trade.expiry_at:
        return look_of(trade, None, now, delivery_price_usd=await delivery_price(desk, trade.expiry_at))
    legs = tuple(NamedLegs(short=side.short_instrument, long=side.long_instrument) for side in trade.open_sides)
    return look_of(trade, await requote(desk, legs), now)


def look_of(trade: TradeRecord, spread: Spread | None, now: datetime, *, delivery_price_usd: Decimal | None = None) -> Look:
    """The trade with the quotes of its open sides, None where the venue gave none or the trade has expired."""
    quoted = _empty_spread(trade, now) if spread is None else _with_sound_greeks(spread, now)
    return Look(trade=trade, spread=quoted, is_quoted=spread is not None, delivery_price_usd=delivery_price_usd)


def _with_sound_greeks(spread: Spread, now: datetime) -> Spread:
    """The same legs without the deltas that fade to zero in the last half hour: positions and digest show what the rules believe."""
    sound = [Vertical(short=with_sound_greeks(each.short, now), long=with_sound_greeks(each.long, now)) for each in spread.verticals]
    return Spread(verticals=tuple(sound))


def exit_inputs(look: Look, looks: tuple[Look, ...], gathered: Gathered, rules: StrategyRules, *, bias_now: Bias | None) -> ExitInputs:
    """Everything `evaluate` needs of one trade; `looks` are all open trades, for margin and the worst delta."""
    snapshot, trade, freshness = gathered.snapshot, look.trade, rules.freshness_s
    index_usd = fresh_value(snapshot.index_usd, snapshot.taken_at, freshness.index)
    opened_at = trade.opened_at if trade.opened_at is not None else trade.created_at
    last_at = trade.checked_at if trade.checked_at is not None else opened_at
    # The present instant counts even when it is that of the last check.
    since_at = min(last_at, snapshot.taken_at - timedelta(microseconds=1))
    return ExitInputs(
        now=snapshot.taken_at,
        spread=look.spread,
        credit_coin=credit_of(look),
        open_fee_coin=open_fee_of(look),
        close_fee_coin=close_fee_coin(look.spread, rules, index_usd=index_usd if index_usd is not None else trade.spot_open_usd),
        opened_at=opened_at,
        dvol_entry_pts=trade.dvol_entry_pts,
        dvol_pts=fresh_value(snapshot.dvol_pts, snapshot.taken_at, freshness.dvol),
        index_usd=index_usd,
        worst_4h_move_frac=worst_move_against(
            _closes_and_now(gathered), look.spread.strategy.sides, window_h=rules.exit.adverse_move.window_h, since_at=since_at, now=snapshot.taken_at
        ),
        margin_usage_frac=margin_usage_frac(looks, gathered, rules),
        has_worst_delta=look.trade.trade_id == _worst_trade_id(looks, snapshot.taken_at, rules),
        high_event_at=_next_high_event_at(gathered, rules),
        bias_now=bias_now,
        stale_misses=trade.stale_misses,
        unanswered_time_stops=trade.unanswered_time_stops,
        delivery_price_usd=look.delivery_price_usd,
        is_locked=snapshot.venue is not None and snapshot.venue.value.is_locked,
    )


def exit_evidence(look: Look, gathered: Gathered, rules: StrategyRules) -> ExitEvidence:
    """The figures the exit rules would see now."""
    return exit_view(exit_inputs(look, (look,), gathered, rules, bias_now=None), rules).evidence


def close_fee_coin(spread: Spread, rules: StrategyRules, *, index_usd: Decimal) -> Decimal:
    """What closing costs per 1 ETH; without marks the uncapped fees, which is the most it can be."""
    terms = fee_terms(spread, index_usd=index_usd, rules=rules.fees)
    shorts, longs = ([quote.mark_coin for quote in quotes if quote.mark_coin is not None] for quotes in (spread.shorts, spread.longs))
    if len(shorts) + len(longs) < len(spread.quotes):
        return terms.trade_fee_coin * len(spread.verticals)
    return combo_fee_coin(short_prices_coin=shorts, long_prices_coin=longs, terms=terms)


def _worst_trade_id(looks: tuple[Look, ...], now: datetime, rules: StrategyRules) -> int | None:
    """The trade that frees margin first: of those that can be closed now the largest short delta, an unknown one before all, the oldest of equals."""
    closable = [look for look in looks if look.is_quoted and is_tradable(look.spread, now, rules)]
    ranked = sorted(closable, key=lambda look: (-(look.short_delta if look.short_delta is not None else math.inf), look.trade.trade_id))
    return ranked[0].trade.trade_id if ranked else None


def margin_usage_frac(looks: tuple[Look, ...], gathered: Gathered, rules: StrategyRules) -> float | None:
    """Maintenance margin of every short leg over the account's margin equity; None when that is unknown or old.

    A trade nobody quotes counts with the margin it was last seen at, so that it cannot hide the others.
    """
    snapshot, freshness = gathered.snapshot, rules.freshness_s
    wealth = fresh_value(snapshot.wealth, snapshot.taken_at, freshness.portfolio)
    index_usd = fresh_value(snapshot.index_usd, snapshot.taken_at, freshness.index)
    if wealth is None or index_usd is None:
        return None
    used = wealth.maintenance_margin_eth
    for look in looks:
        margin = spread_margin(look.spread, index_usd=index_usd)
        used += look.trade.maintenance_margin_eth if margin is None else margin.maintenance_eth * look.trade.quantity_eth
    equity_eth = margin_equity_eth(wealth)
    return float(used / equity_eth) if equity_eth > 0 else None


def unrealised(look: Look, gathered: Gathered, rules: StrategyRules) -> TradeResult | None:
    """What the open sides would make if they were closed at their mark now, closing fee included; None without marks, index or rate."""
    snapshot, mark = gathered.snapshot, look.spread.mark_coin
    if mark is None or snapshot.index_usd is None or snapshot.fx_usd_per_eur is None:
        return None
    index_usd = snapshot.index_usd.value
    return trade_result(
        flows_of(look, debit_coin=mark, close_fee_coin=close_fee_coin(look.spread, rules, index_usd=index_usd)),
        index_usd=index_usd,
        fx_usd_per_eur=snapshot.fx_usd_per_eur.value,
    )


def realised_before(trade: TradeRecord) -> tuple[TradeResult, ...]:
    """What the sides that ended before the trade made."""
    closings = [side.closing for side in trade.sides if side.closing is not None]
    return tuple(TradeResult(pnl_coin=closing.pnl_coin, pnl_usd=closing.pnl_usd, pnl_eur=closing.pnl_eur) for closing in closings)


def exposure_of(look: Look, gathered: Gathered) -> Exposure | None:
    """Margins and Greeks of the position as it stands now; None while the market does not tell all of them."""
    index = gathered.snapshot.index_usd
    return None if index is None else exposure_at(look, index.value)


def exposure_at(look: Look, index_usd: Decimal) -> Exposure | None:
    """The same at a known index."""
    margin = spread_margin(look.spread, index_usd=index_usd)
    if margin is None:
        return None
    greeks, quantity_eth = greeks_of(look, index_usd), look.trade.quantity_eth
    if greeks.is_partial:
        return None
    return Exposure(
        initial_margin_eth=margin.initial_eth * quantity_eth,
        maintenance_margin_eth=margin.maintenance_eth * quantity_eth,
        net_delta_eth=greeks.delta_eth,
        vega_usd_per_pt=greeks.vega_usd_per_pt,
        gamma_usd_per_1pct=greeks.gamma_usd_per_1pct,
    )


def booking_rate_usd_per_eur(trade: TradeRecord, gathered: Gathered) -> Decimal:
    """The rate a finished trade's EUR figures are booked at: today's, or that of its opening where today's is missing or impossible.

    A trade is closed in coin: a rate nobody delivers must not keep it open. Source: strategy §6, cases 39 and 40.
    """
    fx = gathered.snapshot.fx_usd_per_eur
    return fx.value if fx is not None and FX_MIN_USD_PER_EUR <= fx.value <= FX_MAX_USD_PER_EUR else trade.fx_open_usd_per_eur


def paid_before(trade: TradeRecord) -> tuple[Decimal, Decimal]:
    """What buying back the sides that ended before the trade cost, and its fees, per 1 ETH in coin."""
    closings = [side.closing for side in trade.sides if side.closing is not None]
    return sum((closing.debit_coin for closing in closings), Decimal(0)), sum((closing.close_fee_coin for closing in closings), Decimal(0))


def flows_of(look: Look, *, debit_coin: Decimal, close_fee_coin: Decimal) -> TradeFlows:
    """What the sides looked at took in at the opening and give out now."""
    return TradeFlows(
        family=look.trade.family,
        credit_coin=credit_of(look),
        debit_coin=debit_coin,
        open_fee_coin=open_fee_of(look),
        close_fee_coin=close_fee_coin,
        quantity_eth=look.trade.quantity_eth,
    )


def greeks_of(look: Look, index_usd: Decimal) -> NetGreeks:
    """The position's signed Greeks."""
    return aggregate(spread_legs(look.spread, look.trade.quantity_eth), spot_usd=index_usd)


def credit_of(look: Look) -> Decimal:
    """The share of the trade's credit that belongs to the sides looked at, by their mids when it was approved."""
    trade = look.trade
    if trade.credit_coin is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} without a credit")
    return _share(look, shares_of(trade.credit_coin, [side.mid_at_approval_coin for side in trade.sides]))


def open_fee_of(look: Look) -> Decimal:
    """The share of the opening fee that belongs to the sides looked at: every side paid for one leg."""
    trade = look.trade
    if trade.open_fee_coin is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} without an opening fee")
    return _share(look, shares_of(trade.open_fee_coin, [Decimal(1)] * len(trade.sides)))


def _share(look: Look, parts: tuple[Decimal, ...]) -> Decimal:
    return sum((part for side, part in zip(look.trade.sides, parts, strict=True) if side in look.sides), Decimal(0))


def _closes_and_now(gathered: Gathered) -> tuple[tuple[datetime, float], ...]:
    """The hourly closes and the index of this instant, so that a fall inside the hour is seen."""
    snapshot = gathered.snapshot
    if snapshot.index_usd is None:
        return gathered.closes
    return (*gathered.closes, (snapshot.taken_at, float(snapshot.index_usd.value)))


def _next_high_event_at(gathered: Gathered, rules: StrategyRules) -> datetime | None:
    macro = gathered.snapshot.macro
    if macro is None:
        return None
    ahead = [event.at for event in macro.value.events if severity_of(event, rules.entry.macro) is Severity.HIGH and event.at >= gathered.snapshot.taken_at]
    return min(ahead, default=None)


def _empty_spread(trade: TradeRecord, now: datetime) -> Spread:
    """The legs of the open sides as the trade knows them, without a single price."""

    def leg(name: str, side: TradeSide, strike_usd: Decimal) -> Quote:
        instrument = Instrument(
            name=name,
            family=trade.family,
            option_type=side.strikes.option_type,
            strike_usd=strike_usd,
            expiry_at=trade.expiry_at,
            lot_eth=trade.quantity_eth,
            ticks=(),
        )
        return Quote(instrument=instrument, quoted_at=now)

    verticals = tuple(
        Vertical(short=leg(side.short_instrument, side, side.strikes.short_strike_usd), long=leg(side.long_instrument, side, side.strikes.long_strike_usd))
        for side in trade.open_sides
    )
    return Spread(verticals=verticals)
