"""An open trade beside its market: the inputs of an exit decision and the position as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.entry_checks_market import FX_MAX_USD_PER_EUR, FX_MIN_USD_PER_EUR
from engine.core.exit_view import exit_view
from engine.core.fees import combo_fee_coin
from engine.core.greeks_aggregator import aggregate
from engine.core.margin import short_margin
from engine.core.model import Bias, ExitEvidence, ExitInputs, Family, GreekLeg, Instrument, NetGreeks, Quote, Severity, Spread
from engine.core.realised import worst_move_against
from engine.core.result import TradeFlows, TradeResult, trade_result
from engine.core.rules import StrategyRules
from engine.runtime.desk import Desk
from engine.runtime.gather import Gathered, delivery_price, requote
from engine.state.records import TradeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One trade and its two legs now; `is_quoted` is False when the venue gave no quote and the legs are empty."""

    trade: TradeRecord
    spread: Spread
    is_quoted: bool
    delivery_price_usd: Decimal | None

    @property
    def short_delta(self) -> float | None:
        greeks = self.spread.short.greeks
        return None if greeks is None else abs(greeks.delta)


async def look_at(desk: Desk, trade: TradeRecord) -> Look:
    """The trade with fresh quotes, or with empty ones and, after expiry, the delivery price once it is known."""
    now = desk.now()
    if now >= trade.expiry_at:
        return Look(trade=trade, spread=_empty_spread(trade, now), is_quoted=False, delivery_price_usd=await delivery_price(desk, trade.expiry_at))
    spread = await requote(desk, strategy=trade.strategy, short_instrument=trade.short_instrument, long_instrument=trade.long_instrument)
    return Look(trade=trade, spread=spread if spread is not None else _empty_spread(trade, now), is_quoted=spread is not None, delivery_price_usd=None)


def exit_inputs(look: Look, looks: tuple[Look, ...], gathered: Gathered, rules: StrategyRules, *, bias_now: Bias | None) -> ExitInputs:
    """Everything `evaluate` needs of one trade; `looks` are all open trades, for margin and the worst delta."""
    snapshot, trade = gathered.snapshot, look.trade
    opened_at = trade.opened_at if trade.opened_at is not None else trade.created_at
    since_at = trade.checked_at if trade.checked_at is not None else opened_at
    return ExitInputs(
        now=snapshot.taken_at,
        spread=look.spread,
        credit_coin=_credit(trade),
        open_fee_coin=_open_fee(trade),
        close_fee_coin=close_fee_coin(look.spread, rules),
        opened_at=opened_at,
        dvol_entry_pts=trade.dvol_entry_pts,
        dvol_pts=None if snapshot.dvol_pts is None else snapshot.dvol_pts.value,
        index_usd=None if snapshot.index_usd is None else snapshot.index_usd.value,
        worst_4h_move_frac=worst_move_against(
            gathered.closes, trade.strategy, window_h=rules.exit.adverse_move.window_h, since_at=since_at, now=snapshot.taken_at
        ),
        margin_usage_frac=margin_usage_frac(looks, gathered),
        has_worst_delta=look.short_delta is not None and all(look.short_delta >= other.short_delta for other in looks if other.short_delta is not None),
        high_event_at=_next_high_event_at(gathered),
        bias_now=bias_now,
        stale_misses=trade.stale_misses,
        unanswered_time_stops=trade.unanswered_time_stops,
        delivery_price_usd=look.delivery_price_usd,
        is_locked=snapshot.venue is not None and snapshot.venue.value.is_locked,
    )


def exit_evidence(look: Look, gathered: Gathered, rules: StrategyRules) -> ExitEvidence:
    """The figures the exit rules would see now."""
    return exit_view(exit_inputs(look, (look,), gathered, rules, bias_now=None), rules).evidence


def close_fee_coin(spread: Spread, rules: StrategyRules) -> Decimal:
    """What closing costs per 1 ETH; without marks the uncapped fee, which is the most it can be."""
    short, long = spread.short.mark_coin, spread.long.mark_coin
    if short is None or long is None:
        return rules.fees.inverse_of_underlying_frac
    return combo_fee_coin(short_price_coin=short, long_price_coin=long, rules=rules.fees)


def margin_usage_frac(looks: tuple[Look, ...], gathered: Gathered) -> float | None:
    """Maintenance margin of every short leg over the funds on the venue; None when either is unknown."""
    snapshot = gathered.snapshot
    if snapshot.wealth is None or snapshot.index_usd is None:
        return None
    wealth, index_usd = snapshot.wealth.value, snapshot.index_usd.value
    used = wealth.maintenance_margin_eth
    for look in looks:
        short = look.spread.short
        if short.mark_coin is None:
            return None
        margin = short_margin(short.instrument.option_type, strike_usd=short.instrument.strike_usd, index_usd=index_usd, mark_coin=short.mark_coin)
        used += margin.maintenance_eth * look.trade.quantity_eth
    if wealth.available_funds_eth <= 0:
        return None
    return float(used / wealth.available_funds_eth)


def unrealised(look: Look, gathered: Gathered, rules: StrategyRules) -> TradeResult | None:
    """What the position would make if it were closed at its mark now, closing fee included; None without marks, index or rate."""
    snapshot, mark = gathered.snapshot, look.spread.mark_coin
    if mark is None or snapshot.index_usd is None or snapshot.fx_usd_per_eur is None:
        return None
    return trade_result(
        flows_of(look.trade, debit_coin=mark, close_fee_coin=close_fee_coin(look.spread, rules)),
        index_usd=snapshot.index_usd.value,
        fx_usd_per_eur=snapshot.fx_usd_per_eur.value,
    )


def booking_rate_usd_per_eur(trade: TradeRecord, gathered: Gathered) -> Decimal:
    """The rate a finished trade's EUR figures are booked at: today's, or that of its opening where today's is missing or impossible.

    A trade is closed in coin: a rate nobody delivers must not keep it open. Source: strategy §6, cases 39 and 40.
    """
    fx = gathered.snapshot.fx_usd_per_eur
    return fx.value if fx is not None and FX_MIN_USD_PER_EUR <= fx.value <= FX_MAX_USD_PER_EUR else trade.fx_open_usd_per_eur


def flows_of(trade: TradeRecord, *, debit_coin: Decimal, close_fee_coin: Decimal) -> TradeFlows:
    return TradeFlows(
        credit_coin=_credit(trade), debit_coin=debit_coin, open_fee_coin=_open_fee(trade), close_fee_coin=close_fee_coin, quantity_eth=trade.quantity_eth
    )


def greeks_of(look: Look, index_usd: Decimal) -> NetGreeks:
    """The position's signed Greeks."""
    quantity, spread = look.trade.quantity_eth, look.spread
    legs = (
        GreekLeg(quantity_eth=-quantity, greeks=spread.short.greeks, mark_coin=spread.short.mark_coin),
        GreekLeg(quantity_eth=quantity, greeks=spread.long.greeks, mark_coin=spread.long.mark_coin),
    )
    return aggregate(legs, spot_usd=index_usd)


def _credit(trade: TradeRecord) -> Decimal:
    if trade.credit_coin is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} without a credit")
    return trade.credit_coin


def _open_fee(trade: TradeRecord) -> Decimal:
    if trade.open_fee_coin is None:
        raise ValueError(f"trade {trade.trade_id} is {trade.state} without an opening fee")
    return trade.open_fee_coin


def _next_high_event_at(gathered: Gathered) -> datetime | None:
    macro = gathered.snapshot.macro
    if macro is None:
        return None
    ahead = [event.at for event in macro.value.events if event.severity is Severity.HIGH and event.at >= gathered.snapshot.taken_at]
    return min(ahead, default=None)


def _empty_spread(trade: TradeRecord, now: datetime) -> Spread:
    """The two legs as the trade knows them, without a single price."""

    def leg(name: str, strike_usd: Decimal) -> Quote:
        instrument = Instrument(
            name=name,
            family=Family.INVERSE,
            option_type=trade.option_type,
            strike_usd=strike_usd,
            expiry_at=trade.expiry_at,
            lot_eth=trade.quantity_eth,
            ticks=(),
        )
        return Quote(instrument=instrument, quoted_at=now)

    return Spread(strategy=trade.strategy, short=leg(trade.short_instrument, trade.short_strike_usd), long=leg(trade.long_instrument, trade.long_strike_usd))
