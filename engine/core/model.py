"""Frozen values of the trade: instruments, quotes, chains, spreads, the market at one instant.

Rules of this file: everything is per 1 ETH of option and a size is an ETH amount
(`quantity_eth`, a multiple of the lot). `_coin` is the quote coin of the contract
family: ETH for inverse, USDC for linear. Money, prices and sizes are Decimal,
model quantities (iv, Greeks, probabilities, returns) are float. Absent is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from engine.core.decision import Check

T = TypeVar("T")


class Family(StrEnum):
    """Which contract family is traded; only coin-settled contracts in this version."""

    INVERSE = "inverse"


class OptionType(StrEnum):
    PUT = "put"
    CALL = "call"


class Strategy(StrEnum):
    BULL_PUT = "bull_put"
    BEAR_CALL = "bear_call"

    @property
    def option_type(self) -> OptionType:
        return OptionType.PUT if self is Strategy.BULL_PUT else OptionType.CALL


class Bias(StrEnum):
    BULL = "bull"
    BEAR = "bear"
    NEUTRAL = "neutral"
    NO_ENTRY = "no_entry"


class Stage(StrEnum):
    PAPER = "paper"
    SOFT = "soft"
    FULL = "full"


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class BookState(StrEnum):
    OPEN = "open"
    SETTLEMENT = "settlement"
    DELIVERED = "delivered"
    INACTIVE = "inactive"
    LOCKED = "locked"
    HALTED = "halted"
    ARCHIVIZED = "archivized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T]):
    """A value and the instant it was true at the source."""

    value: T
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One hour of an index or of DVOL, in the series' own unit; `close` is known one hour after `open_at`, never before."""

    open_at: datetime
    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TickStep:
    """From `above_coin` (exclusive) upwards prices move by `tick_coin`."""

    above_coin: Decimal
    tick_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An option as the venue lists it. `ticks` is ascending and starts at 0."""

    name: str
    family: Family
    option_type: OptionType
    strike_usd: Decimal
    expiry_at: datetime
    lot_eth: Decimal
    ticks: tuple[TickStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Plain Black-76 Greeks of ONE LONG contract per 1 ETH, on the forward."""

    delta: float
    gamma_per_usd: float
    vega_usd_per_pt: float
    theta_usd_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One option's market at one instant.

    `quoted_at` is what freshness judges; `recorded_at` is the recorded snapshot a
    carried quote comes from (None when live). `modelled` names the parts that a
    model supplied: any of bid, ask, mark, iv, greeks, sizes, open_interest.
    """

    instrument: Instrument
    quoted_at: datetime
    state: BookState = BookState.OPEN
    bid_coin: Decimal | None = None
    ask_coin: Decimal | None = None
    mark_coin: Decimal | None = None
    bid_size_eth: Decimal | None = None
    ask_size_eth: Decimal | None = None
    iv_frac: float | None = None
    greeks: Greeks | None = None
    open_interest_eth: Decimal | None = None
    volume_24h_eth: Decimal | None = None
    forward_usd: Decimal | None = None
    recorded_at: datetime | None = None
    modelled: tuple[str, ...] = ()

    @property
    def mid_coin(self) -> Decimal | None:
        """Middle of the book; None while either side is empty."""
        if self.bid_coin is None or self.ask_coin is None:
            return None
        return (self.bid_coin + self.ask_coin) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Every listed option of the asked expiries, one coherent picture.

    `source` says where it comes from in one word: live, recorded, carried, surface or synthetic.
    """

    family: Family
    taken_at: datetime
    index_usd: Decimal
    quotes: tuple[Quote, ...]
    source: str
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A vertical: short leg sold, long leg bought further out, same expiry and type."""

    strategy: Strategy
    short: Quote
    long: Quote

    @property
    def width_usd(self) -> Decimal:
        return abs(self.short.instrument.strike_usd - self.long.instrument.strike_usd)

    @property
    def expiry_at(self) -> datetime:
        return self.short.instrument.expiry_at

    @property
    def mid_coin(self) -> Decimal | None:
        """Net credit at mid per 1 ETH."""
        if self.short.mid_coin is None or self.long.mid_coin is None:
            return None
        return self.short.mid_coin - self.long.mid_coin

    @property
    def natural_coin(self) -> Decimal | None:
        """Net credit when both books are crossed: bid of the short minus ask of the long."""
        if self.short.bid_coin is None or self.long.ask_coin is None:
            return None
        return self.short.bid_coin - self.long.ask_coin

    @property
    def mark_coin(self) -> Decimal | None:
        """Cost to close at the venue's marks per 1 ETH."""
        if self.short.mark_coin is None or self.long.mark_coin is None:
            return None
        return self.short.mark_coin - self.long.mark_coin

    @property
    def natural_close_coin(self) -> Decimal | None:
        """Cost to close by crossing: ask of the short minus bid of the long; a missing long bid sells for nothing."""
        if self.short.ask_coin is None:
            return None
        return self.short.ask_coin - (self.long.bid_coin if self.long.bid_coin is not None else Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroEvent:
    name: str
    severity: Severity
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroCalendar:
    """Events ahead, and per event type the last day its official dates cover."""

    events: tuple[MacroEvent, ...]
    covered_until: Mapping[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """`fear_greed` 0..100; `liquidation_heat_pctile` 0..100 where a source gives it."""

    fear_greed: int | None
    liquidation_heat_pctile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """What the operator owns outside this engine's own book."""

    wealth_eur: Decimal
    eth_share_frac: Decimal
    available_funds_eth: Decimal
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueStatus:
    is_locked: bool
    maintenance_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSnapshot:
    """The outside world at one instant, gathered once per decision; a missing input is None."""

    taken_at: datetime
    index_usd: Reading[Decimal] | None
    dvol_pts: Reading[float] | None
    dvol_24h_ago_pts: float | None
    trend_30d_frac: float | None
    return_7d_frac: float | None
    return_24h_frac: float | None
    return_4h_frac: float | None
    rv10_pts: float | None
    rv30_pts: float | None
    funding_apr_frac: Reading[float] | None
    perp_mark_usd: Reading[Decimal] | None
    sentiment: Reading[Sentiment] | None
    fx_usd_per_eur: Reading[Decimal] | None
    macro: Reading[MacroCalendar] | None
    wealth: Reading[Wealth] | None
    venue: Reading[VenueStatus] | None
    clock_skew_s: float | None
    chain: Chain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasDecision:
    """Which side the market allows and the row of the bias table that said so.

    `row` is 1..10; `strategy` is the trade that goes with it, if any; `warnings` names missing inputs.
    """

    bias: Bias
    row: int
    strategy: Strategy | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadEconomics:
    """What one ETH of a spread earns, costs and risks; Decimal, per 1 ETH.

    `max_loss_usd` is the strict figure used for caps (fees included), `loss_at_long_strike_usd`
    what is lost when the index settles at the long strike.
    """

    credit_mid_coin: Decimal
    credit_natural_coin: Decimal
    credit_expected_coin: Decimal
    credit_floor_coin: Decimal
    credit_over_width_frac: Decimal
    open_fee_coin: Decimal
    roundtrip_fees_coin: Decimal
    expected_slippage_frac: Decimal
    max_loss_usd: Decimal
    loss_at_long_strike_usd: Decimal
    break_even_usd: Decimal
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    prob_profit_frac: float
    break_even_win_rate_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The spread `select_strikes` prefers, with its figures."""

    spread: Spread
    economics: SpreadEconomics
    dte_days: float
    rr25_pts: float | None


class Binding(StrEnum):
    """Which constraint decided the size."""

    TRADE_CAP = "trade_cap"
    TOTAL_CAP = "total_cap"
    KELLY = "kelly"
    LIQUIDITY = "liquidity"
    MARGIN = "margin"
    ONE_LOT_FLOOR = "one_lot_floor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """How much, and why not more. `limits_eth` maps each constraint to the ETH it allows (None = unlimited)."""

    quantity_eth: Decimal
    max_loss_eur: Decimal
    dvol_scale: float
    binding: Binding
    limits_eth: tuple[tuple[Binding, Decimal | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTrade:
    """What entry rules must know of a trade that is open, approved or waiting for an answer."""

    trade_id: int
    strategy: Strategy
    expiry_at: datetime
    max_loss_eur: Decimal
    net_delta_eth: float
    vega_usd_per_pt: float
    gamma_usd_per_1pct: float
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    is_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The engine's own side of an entry decision: open trades, recent results, switches.

    `closed_pnl_eur` is newest last; `stopped_sides` maps a strategy to its last stop.
    """

    stage: Stage
    is_killed: bool
    is_on_hold: bool
    open_trades: tuple[OpenTrade, ...]
    opened_this_week: int
    consecutive_losses: int
    month_pnl_eur: Decimal
    drawdown_eur: Decimal
    last_stop_at: tuple[tuple[Strategy, datetime], ...] = ()
    closed_trades: int = 0
    kelly_f_used_frac: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An entry every rule allowed, ready to be shown to a person."""

    strategy: Strategy
    bias: BiasDecision
    candidate: Candidate
    sizing: Sizing
    combo: Combo
    greeks: NetGreeks


@dataclass(frozen=True, slots=True, kw_only=True)
class ComboLeg:
    """Signed size of one leg, in ETH: short < 0."""

    instrument: str
    quantity_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Combo:
    """The order a spread becomes: legs, first limit and last limit, both credits per 1 ETH on tick."""

    legs: tuple[ComboLeg, ComboLeg]
    limit_coin: Decimal
    floor_coin: Decimal
    tick_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class GreekLeg:
    """A leg as `aggregate` takes it: signed quantity, Greeks of one long contract (None = missing)."""

    quantity_eth: Decimal
    greeks: Greeks | None
    mark_coin: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetGreeks:
    """Signed totals; `is_partial` when any leg's Greeks were missing, and then gates fail."""

    delta_eth: float
    delta_ntd_eth: float
    delta_usd: float
    gamma_usd_per_1pct: float
    vega_usd_per_pt: float
    theta_usd_per_day: float
    is_partial: bool


class ExitAction(StrEnum):
    HOLD = "hold"
    CLOSE = "close"
    SETTLE = "settle"
    LET_EXPIRE = "let_expire"
    ALERT = "alert"


class ExitUrgency(StrEnum):
    """HARD executes by itself when nobody answers; SOFT is proposed again; NONE asks nothing."""

    NONE = "none"
    SOFT = "soft"
    HARD = "hard"


class ExitReason(StrEnum):
    MANUAL = "manual"
    SETTLED = "settled"
    BLACKOUT = "blackout"
    DATA = "data"
    MARGIN = "margin"
    STOP_LOSS = "stop_loss"
    VOL_STOP = "vol_stop"
    DELTA_BREACH = "delta_breach"
    ADVERSE_MOVE = "adverse_move"
    PIN_RISK = "pin_risk"
    EXPIRE = "expire"
    PROFIT_TAKE = "profit_take"
    TIME_STOP = "time_stop"
    EVENT_GUARD = "event_guard"
    BIAS_FLIP = "bias_flip"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitInputs:
    """One trade and its market at one instant, as `evaluate` needs them.

    `spread` carries the present quotes; `credit_coin` is what was received per 1 ETH
    and `open_fee_coin` what opening cost; `worst_4h_move_frac` is the worst rolling
    return against the trade since the last check (negative = against).
    """

    now: datetime
    spread: Spread
    credit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    opened_at: datetime
    dvol_entry_pts: float
    dvol_pts: float | None
    index_usd: Decimal | None
    worst_4h_move_frac: float | None
    margin_usage_frac: float | None
    has_worst_delta: bool
    high_event_at: datetime | None
    bias_now: Bias | None
    stale_misses: int
    unanswered_time_stops: int
    delivery_price_usd: Decimal | None
    is_locked: bool
    is_manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitEvidence:
    """The figures an exit decision stands on; None where the market did not tell."""

    mark_coin: Decimal | None
    natural_coin: Decimal | None
    expected_close_coin: Decimal | None
    profit_frac: float | None
    profit_net_frac: float | None
    short_delta: float | None
    dvol_change_pts: float | None
    dte_days: float
    otm_frac: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitDecision:
    """What to do with an open trade: the first row of the exit table that matched."""

    action: ExitAction
    reason: ExitReason
    priority: int
    urgency: ExitUrgency
    evidence: ExitEvidence
    checks: tuple[Check, ...]
    needs_escalation: bool = False
