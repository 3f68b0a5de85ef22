"""The numbers of an entry: schedule, caps, filters, bias, strikes, liquidity, size, fees. Rules as in `rules.py`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaRules:
    underlying: str
    index: str
    timezone: Literal["UTC"]
    contract_family: Literal["inverse", "linear_usdc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSwitches:
    paper: bool
    soft: bool
    full: bool

    def of(self, stage: str) -> bool:
        """Whether the switch is on in `stage` (paper, soft or full)."""
        return {"paper": self.paper, "soft": self.soft, "full": self.full}[stage]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRules:
    open_cron: str
    open_retry_cron: str
    open_paper_cron: str
    monitor_cron: str
    hourly_guard: StageSwitches
    digest_cron: str
    monthly_report_cron: str
    manual_actions_cron: str
    reconcile_s: int
    heartbeat_s: int
    settlement_blackout_utc: tuple[str, str]
    maintenance_guard_utc: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCaps:
    trade_eur: Decimal
    total_eur: Decimal
    strategies: tuple[Literal["bull_put", "bear_call", "iron_condor"], ...]
    new_per_week: int
    per_expiry_and_side: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRules:
    paper: StageCaps
    soft: StageCaps
    full: StageCaps
    open_positions_max: int
    eth_share_of_wealth_max_frac: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccountRules:
    wealth_eur: Decimal
    eth_share_frac: Decimal
    exchange_share_frac: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRules:
    index: int
    ticker: int
    chain: int
    dvol: int
    funding: int
    sentiment: int
    fx: int
    macro: int
    portfolio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredDays:
    CPI: tuple[int, int] | None
    NFP: Literal["first_friday"] | None
    ECB: tuple[int, int] | None
    FOMC: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroRules:
    mode: Literal["window", "strict_before_expiry", "off"]
    high_lookahead_h: int
    medium_lookahead_h: int
    high: tuple[str, ...]
    medium: tuple[str, ...]
    low: tuple[str, ...]
    uncovered_days: UncoveredDays


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRules:
    bull_put_veto_above_frac: float
    bear_call_veto_below_frac: float
    lookback_h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentRules:
    bull_put_block_above: int
    bear_call_block_below: int
    liquidation_heat_block_pctile: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRules:
    dvol_min_pts: float
    dvol_max_pts: float
    dvol_jump_24h_max_pts: float
    abs_return_24h_max_frac: float
    abs_return_4h_max_frac: float
    vrp_min_pts: float | None
    macro: MacroRules
    funding: FundingRules
    sentiment: SentimentRules
    index_perp_divergence_max_frac: Decimal
    cooldown_after_stop_same_side_d: float
    pause_after_consecutive_losses: int
    pause_month_loss_x_trade_cap: Decimal
    pause_drawdown_x_trade_cap: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CondorRules:
    enabled: StageSwitches
    abs_return_7d_max_frac: float
    dvol_min_pts: float
    dvol_max_pts: float
    funding_min_frac: float
    funding_max_frac: float
    rv10_over_rv30_min: float
    dvol_minus_rv30_max_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasRules:
    trend_window_d: int
    bull_trend_min_frac: float
    bear_trend_max_frac: float
    crash_trend_frac: float
    rr25_stress_max_pts: float
    rr25_call_chase_min_pts: float
    condor: CondorRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditMin:
    inverse_eth: Decimal
    linear_usdc: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StrikeRules:
    dte_min_d: float
    dte_max_d: float
    dte_target_d: float
    short_delta_min: float
    short_delta_max: float
    short_delta_target: float
    otm_put_frac: tuple[float, float]
    otm_call_frac: tuple[float, float]
    expected_move_multiple_min: float
    width_min_frac: Decimal
    width_max_frac: Decimal
    width_target_frac: Decimal
    credit_over_width_min_frac: Decimal
    credit_min: CreditMin
    roundtrip_fees_over_credit_max_frac: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLiquidity:
    open_interest_min_eth: Decimal
    spread_abs_max_eth: Decimal
    spread_rel_max_frac: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidityRules:
    short_leg: LegLiquidity
    long_leg: LegLiquidity
    top_size_min_multiple: Decimal
    top_size_min_eth: Decimal
    expected_slippage_max_frac: Decimal
    mark_mid_divergence_max_frac: Decimal
    volume_24h_warn_below_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DvolScale:
    ref_pts: float
    min: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSizes:
    inverse: Decimal
    linear_usdc: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeAllowance:
    vertical: Decimal
    condor: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingRules:
    kelly_fraction: Decimal
    kelly_sample_min: int
    kelly_bankroll_eur: Decimal
    bootstrap_mode: Literal["hard_caps"]
    dvol_scale: DvolScale
    one_lot_floor_dvol_max_pts: float
    lot_eth: LotSizes
    top_of_book_share_max_frac: Decimal
    margin_use_max_frac: Decimal
    fee_allowance_eth: FeeAllowance


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRules:
    inverse_of_underlying_frac: Decimal
    linear_of_underlying_frac: Decimal
    cap_of_premium_frac: Decimal
    combo_cheaper_group_free: bool
    delivery_frac: Decimal
    delivery_cap_of_value_frac: Decimal
