"""Frozen values of an entry: bias, candidate, size, the engine's own book, the order a proposal becomes.

Rules of this file: those of `model.py`, which is where everybody imports them from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from engine.core.model_kelly import KellyLimit, KellyStake
from engine.core.model_market import Greeks
from engine.core.model_spread import Spread, Strikes
from engine.core.model_terms import Bias, Family, OptionType, Stage, Strategy


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
class SideCredit:
    """One vertical's own part of a spread's credit, per 1 ETH; the credit gates are held against each side."""

    option_type: OptionType
    credit_mid_coin: Decimal
    credit_over_width_frac: Decimal
    roundtrip_fees_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadEconomics:
    """What one ETH of a spread earns, costs and risks; Decimal, per 1 ETH.

    `max_loss_usd` is the strict figure used for caps (fees included), `loss_at_long_strike_usd`
    what is lost when the index settles at the worse long strike; `break_evens_usd` ascends, one
    per side. Margins are in ETH whatever the quote coin.
    """

    sides: tuple[SideCredit, ...]
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
    break_evens_usd: tuple[Decimal, ...]
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
    """What entry rules must know of a trade that is open, approved or waiting for an answer.

    `strikes` are those of the verticals that are still there: a condor may have lost one.
    """

    trade_id: int
    strikes: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    max_loss_eur: Decimal
    net_delta_eth: float
    vega_usd_per_pt: float
    gamma_usd_per_1pct: float
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal
    is_pending: bool = False

    @property
    def sides(self) -> tuple[OptionType, ...]:
        """The option type of each vertical."""
        return tuple(side.option_type for side in self.strikes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The engine's own side of an entry decision: open trades, recent results, switches.

    `opened_this_week` counts trades, not the cards that wait; `last_stop_at` holds the instants at which a trade of that side was stopped out,
    `kelly_limits` what each strategy's closed trades allow.
    """

    stage: Stage
    is_killed: bool
    is_on_hold: bool
    open_trades: tuple[OpenTrade, ...]
    opened_this_week: int
    consecutive_losses: int
    month_pnl_eur: Decimal
    drawdown_eur: Decimal
    last_stop_at: tuple[tuple[OptionType, datetime], ...] = ()
    kelly_limits: tuple[tuple[Strategy, KellyLimit], ...] = ()

    def kelly_limit_of(self, strategy: Strategy) -> KellyLimit:
        """What Kelly allows of this strategy; without a reading the hard caps hold alone."""
        return dict(self.kelly_limits).get(strategy, KellyLimit(stake=KellyStake.HARD_CAPS))


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

    legs: tuple[ComboLeg, ...]
    limit_coin: Decimal
    floor_coin: Decimal
    tick_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class GreekLeg:
    """A leg as `aggregate` takes it: signed quantity, Greeks of one long contract (None = missing)."""

    family: Family
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
