"""A small, complete market to ask the rules about; every test changes the one thing it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from engine.config import default_rules
from engine.core.bias import BiasInputs, bias_inputs, compute_bias
from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved
from engine.core.entry_context import EntryContext
from engine.core.liquidity_gate import check
from engine.core.model import (
    Bias,
    Book,
    Candidate,
    Chain,
    ExitInputs,
    Family,
    Greeks,
    Instrument,
    MacroCalendar,
    MarketSnapshot,
    OpenTrade,
    OptionType,
    Quote,
    Reading,
    Sentiment,
    Spread,
    Stage,
    Strategy,
    Strikes,
    TickStep,
    VenueStatus,
    Vertical,
    Wealth,
)
from engine.core.pricing import greeks, price_coin, years_between
from engine.core.rules import StrategyRules
from engine.core.sizing_engine import SizingInputs, compute_contracts, sizing_inputs

RULES: StrategyRules = default_rules()
NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
EXPIRY_AT = datetime(2026, 3, 20, 8, tzinfo=UTC)
INDEX_USD = Decimal(2000)
IV_FRAC = 0.6
TICK = Decimal("0.0001")
TICKS = (TickStep(above_coin=Decimal(0), tick_coin=TICK), TickStep(above_coin=Decimal("0.005"), tick_coin=Decimal("0.0005")))
LINEAR_TICK = Decimal("0.1")
LINEAR_TICKS = (TickStep(above_coin=Decimal(0), tick_coin=LINEAR_TICK),)
COVERED_UNTIL = {"FOMC": date(2026, 12, 9), "CPI": date(2026, 12, 10), "ECB": date(2026, 12, 17), "NFP": date(2026, 12, 4)}


def dec(text: str | int) -> Decimal:
    return Decimal(text)


def instrument(strike: int, option_type: OptionType, expiry_at: datetime = EXPIRY_AT, *, family: Family = Family.INVERSE) -> Instrument:
    is_inverse = family is Family.INVERSE
    name = ("ETH" if is_inverse else "ETH_USDC") + f"-{expiry_at.day}{expiry_at:%b%y}".upper() + f"-{strike}-{option_type.value[0].upper()}"
    lot_eth, ticks = (dec(1), TICKS) if is_inverse else (dec("0.1"), LINEAR_TICKS)
    return Instrument(name=name, family=family, option_type=option_type, strike_usd=dec(strike), expiry_at=expiry_at, lot_eth=lot_eth, ticks=ticks)


def on_tick(price: float, rounding: str, tick: Decimal = TICK) -> Decimal:
    return (Decimal(repr(price)) / tick).to_integral_value(rounding=rounding) * tick


def priced(strike: int, option_type: OptionType, *, expiry_at: datetime = EXPIRY_AT, family: Family = Family.INVERSE, **changes: Any) -> Quote:
    """A liquid quote whose book lies tightly around its Black-76 value; a linear one is quoted in dollars."""
    model: dict[str, float] = {"F": float(INDEX_USD), "K": float(strike), "sigma": IV_FRAC, "T": years_between(NOW, expiry_at)}
    is_inverse = family is Family.INVERSE
    mark = price_coin(option_type, **model) * (1.0 if is_inverse else float(INDEX_USD))
    tick = TICK if is_inverse else LINEAR_TICK
    quote = Quote(
        instrument=instrument(strike, option_type, expiry_at, family=family),
        quoted_at=NOW,
        bid_coin=on_tick(mark * 0.99, ROUND_FLOOR, tick),
        ask_coin=on_tick(mark * 1.01, ROUND_CEILING, tick),
        mark_coin=Decimal(f"{mark:.6f}"),
        bid_size_eth=dec(50),
        ask_size_eth=dec(50),
        iv_frac=IV_FRAC,
        greeks=greeks(option_type, **model),
        open_interest_eth=dec(1000),
        volume_24h_eth=dec(100),
        forward_usd=INDEX_USD,
    )
    return replace(quote, **changes)


def chain(family: Family = Family.INVERSE, **changes: Any) -> Chain:
    """Puts and calls every 50 USD for one expiry inside the band and one outside."""
    quotes = tuple(
        priced(strike, option_type, expiry_at=expiry_at, family=family)
        for expiry_at in (EXPIRY_AT, EXPIRY_AT + timedelta(days=14))
        for strike in range(1200, 3001, 50)
        for option_type in OptionType
    )
    return replace(Chain(family=family, taken_at=NOW, index_usd=INDEX_USD, quotes=quotes, source="synthetic"), **changes)


def read(value: Any, *, age_s: float = 0.0) -> Reading[Any]:
    return Reading(value=value, observed_at=NOW - timedelta(seconds=age_s))


WEALTH = Wealth(
    wealth_eur=dec(20000),
    eth_share_frac=dec("0.2"),
    available_funds_eth=dec(4),
    initial_margin_eth=dec(0),
    maintenance_margin_eth=dec(0),
)


def snapshot(**changes: Any) -> MarketSnapshot:
    """A calm rising market in which nothing forbids a bull put."""
    calm = MarketSnapshot(
        taken_at=NOW,
        index_usd=read(INDEX_USD),
        dvol_pts=read(62.0),
        dvol_24h_ago_pts=60.0,
        trend_30d_frac=0.10,
        return_7d_frac=0.02,
        return_24h_frac=0.01,
        return_4h_frac=0.005,
        rv10_pts=60.0,
        rv30_pts=58.0,
        funding_apr_frac=read(0.11),
        perp_mark_usd=read(dec(2001)),
        sentiment=read(Sentiment(fear_greed=50, liquidation_heat_pctile=40.0)),
        fx_usd_per_eur=read(dec("1.16")),
        macro=read(MacroCalendar(events=(), covered_until=COVERED_UNTIL)),
        wealth=read(WEALTH),
        venue=read(VenueStatus(is_locked=False)),
        clock_skew_s=0.1,
        chain=chain(),
    )
    return replace(calm, **changes)


def calm_snapshot(**changes: Any) -> MarketSnapshot:
    """The same market without a trend: NEUTRAL, in which nothing forbids an iron condor in paper."""
    return snapshot(**{"trend_30d_frac": 0.01, **changes})


def book(**changes: Any) -> Book:
    empty = Book(
        stage=Stage.PAPER,
        is_killed=False,
        is_on_hold=False,
        open_trades=(),
        opened_this_week=0,
        consecutive_losses=0,
        month_pnl_eur=dec(0),
        drawdown_eur=dec(0),
    )
    return replace(empty, **changes)


OPEN_STRIKES = {
    OptionType.PUT: Strikes(option_type=OptionType.PUT, short_strike_usd=dec(1750), long_strike_usd=dec(1650)),
    OptionType.CALL: Strikes(option_type=OptionType.CALL, short_strike_usd=dec(2300), long_strike_usd=dec(2400)),
}


def open_trade(*, sides: Sequence[OptionType] = (OptionType.PUT,), **changes: Any) -> OpenTrade:
    trade = OpenTrade(
        trade_id=1,
        strikes=tuple(OPEN_STRIKES[side] for side in sides),
        expiry_at=EXPIRY_AT - timedelta(days=7),
        quantity_eth=dec(1),
        max_loss_eur=dec(100),
        net_delta_eth=0.06,
        vega_usd_per_pt=-0.4,
        gamma_usd_per_1pct=-17.0,
        initial_margin_eth=dec("0.11"),
        maintenance_margin_eth=dec("0.08"),
    )
    return replace(trade, **changes)


def vertical(short: int, long: int, option_type: OptionType, *, expiry_at: datetime = EXPIRY_AT, family: Family = Family.INVERSE) -> Vertical:
    legs = [priced(strike, option_type, expiry_at=expiry_at, family=family) for strike in (short, long)]
    return Vertical(short=legs[0], long=legs[1])


def spread(
    short: int = 1750, long: int = 1650, *, strategy: Strategy = Strategy.BULL_PUT, expiry_at: datetime = EXPIRY_AT, family: Family = Family.INVERSE
) -> Spread:
    """One vertical: a bull put unless asked for a bear call."""
    return Spread(verticals=(vertical(short, long, strategy.sides[0], expiry_at=expiry_at, family=family),))


def condor_spread(
    put: tuple[int, int] = (1750, 1650), call: tuple[int, int] = (2300, 2400), *, expiry_at: datetime = EXPIRY_AT, family: Family = Family.INVERSE
) -> Spread:
    """An iron condor from the strikes of its sides, the sold one first."""
    sides = ((OptionType.PUT, put), (OptionType.CALL, call))
    return Spread(verticals=tuple(vertical(*strikes, option_type, expiry_at=expiry_at, family=family) for option_type, strikes in sides))


def leg_changed(whole: Spread, leg: str, *, side: int = 0, **changes: Any) -> Spread:
    """The spread with one leg ("short" or "long") of one vertical changed."""
    changed = replace(whole.verticals[side], **{leg: replace(getattr(whole.verticals[side], leg), **changes)})
    return Spread(verticals=tuple(changed if place == side else kept for place, kept in enumerate(whole.verticals)))


def every_leg_changed(whole: Spread, **changes: Any) -> Spread:
    legs = [Vertical(short=replace(each.short, **changes), long=replace(each.long, **changes)) for each in whole.verticals]
    return Spread(verticals=tuple(legs))


def context(
    market: MarketSnapshot | None = None, own: Book | None = None, *, stage: Stage = Stage.PAPER, rules: StrategyRules = RULES, now: datetime = NOW
) -> EntryContext:
    """The steps before validation, run as the engine runs them."""
    market, own = market if market is not None else snapshot(), own if own is not None else book(stage=stage)
    own = replace(own, stage=stage)
    bias = compute_bias(bias_inputs(market, -3.0, now=now, freshness=rules.freshness_s), rules.bias, rules.entry, stage=stage)
    candidate = sizing = liquidity = None
    if bias.strategy is not None and market.chain is not None:
        candidate = select_strikes(market.chain, market, strategy=bias.strategy, stage=stage, rules=rules, now=now)
        if isinstance(candidate, Approved):
            inputs = sizing_inputs(candidate.value, market, book=own, rules=rules)
            sizing = compute_contracts(inputs, rules.sizing) if isinstance(inputs, SizingInputs) else inputs
            if isinstance(sizing, Approved) and market.index_usd is not None:
                liquidity = check(
                    candidate.value.spread,
                    sizing.value.quantity_eth,
                    rules=rules.liquidity,
                    now=now,
                    index_usd=market.index_usd.value,
                    freshness=rules.freshness_s,
                )
    rr25 = candidate.value.rr25_pts if isinstance(candidate, Approved) else None
    return EntryContext(snapshot=market, book=own, bias=bias, rr25_pts=rr25, candidate=candidate, sizing=sizing, liquidity=liquidity, stage=stage, now=now)


def candidate() -> Candidate:
    chosen = context().chosen
    if chosen is None:
        raise LookupError("the calm market must offer a spread")
    return chosen


def bias_of(**changes: Any) -> BiasInputs:
    rising = BiasInputs(
        has_chain=True,
        has_spot=True,
        dvol_pts=60.0,
        dvol_24h_ago_pts=60.0,
        trend_30d_frac=0.10,
        funding_apr_frac=0.10,
        rr25_pts=-3.0,
        return_7d_frac=0.02,
        rv10_pts=60.0,
        rv30_pts=60.0,
    )
    return replace(rising, **changes)


def marked(short_coin: str, long_coin: str, *, half: str = "0.0001", expiry_at: datetime = EXPIRY_AT, delta: float = -0.12) -> Spread:
    """A bull put whose marks are given and whose books lie half a spread around them."""
    quotes = [
        replace(
            priced(strike, OptionType.PUT, expiry_at=expiry_at),
            mark_coin=dec(coin),
            bid_coin=max(dec(coin) - dec(half), dec(0)),
            ask_coin=dec(coin) + dec(half),
            greeks=Greeks(delta=leg_delta, gamma_per_usd=0.0005, vega_usd_per_pt=0.8, theta_usd_per_day=-1.0),
        )
        for strike, coin, leg_delta in ((1750, short_coin, delta), (1650, long_coin, delta / 2))
    ]
    return Spread(verticals=(Vertical(short=quotes[0], long=quotes[1]),))


def exit_inputs(**changes: Any) -> ExitInputs:
    """A healthy bull put of credit 0.0040, marked at its credit, eleven days from expiry."""
    healthy = ExitInputs(
        now=NOW,
        spread=marked("0.0070", "0.0030"),
        credit_coin=dec("0.0040"),
        open_fee_coin=dec("0.0003"),
        close_fee_coin=dec("0.0003"),
        opened_at=NOW - timedelta(days=1),
        dvol_entry_pts=60.0,
        dvol_pts=60.0,
        index_usd=INDEX_USD,
        worst_4h_move_frac=-0.01,
        margin_usage_frac=0.20,
        has_worst_delta=True,
        high_event_at=None,
        bias_now=Bias.BULL,
        stale_misses=0,
        unanswered_time_stops=0,
        delivery_price_usd=None,
        is_locked=False,
    )
    return replace(healthy, **changes)
