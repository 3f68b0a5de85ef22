"""The written rules' numbers as frozen values, one class per section of `strategy.toml`.

Rules of this file: names and units are those of `strategy.toml`, no value stands
here (the file is the only place for defaults), and core takes the section it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaRules:
    underlying: str
    index: str
    timezone: Literal["UTC"]
    contract_family: Literal["inverse"]


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
    index_perp_divergence_max_frac: float
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLadder:
    step_s: int
    steps_max: int
    concession_max_frac: Decimal
    timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftExitLadder:
    concession_max_frac: Decimal
    timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HardExitLadder:
    over_natural_max_frac: Decimal
    timeout_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRules:
    combo_tick_eth: Decimal
    label_max_chars: int
    entry: EntryLadder
    soft_exit: SoftExitLadder
    hard_exit: HardExitLadder


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftMax:
    spot_frac: Decimal
    credit_frac: Decimal
    short_delta: float
    dvol_pts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRules:
    entry_ttl_s: int
    soft_exit_ttl_s: int
    hard_exit_ttl_s: int
    hard_exit_on_timeout: Literal["auto_execute", "repropose_next_monitor"]
    soft_exit_on_timeout: Literal["repropose_next_monitor"]
    drift_max: DriftMax


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseMove:
    window_h: int
    move_frac: float
    short_delta_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRisk:
    dte_max_d: float
    otm_min_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LetExpire:
    dte_max_d: float
    otm_min_frac: float
    mark_over_credit_max_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGuard:
    high_event_within_h: int
    short_delta_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    margin_usage_close_frac: float
    margin_usage_warn_frac: float
    stop_loss_x_credit: Decimal
    vol_stop_pts: float
    short_delta_breach: float
    adverse_move: AdverseMove
    pin_risk: PinRisk
    let_expire: LetExpire
    profit_take_net_frac: float
    time_stop_dte_d: float
    time_stop_hold_above_profit_frac: float
    event_guard: EventGuard
    roll: Literal["none"]
    stale_misses_escalate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyPrior:
    p: float
    strength_p: float
    win_r: float
    loss_r: float
    strength_r: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPseudoLoss:
    r: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyIncrease:
    relative: float
    absolute: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyRules:
    prior: KellyPrior
    tail_pseudo_loss: TailPseudoLoss
    interval_level: float
    bootstrap_draws: int
    seed: int
    increase_per_month_max: KellyIncrease
    f_cap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GreekLimits:
    abs_net_delta_max_eth: float
    short_vega_max_usd_per_pt: float
    short_gamma_max_usd_per_1pct: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperGate:
    days_min: int
    closed_trades_min: int
    win_rate_min: float
    mean_r_min: float
    profit_factor_min: float
    z_pass_abs_max: float
    z_block_abs_above: float
    monitor_success_min: float
    unreconciled_max: int
    restore_drill: bool
    failure_drills_min: int
    slippage_median_max_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftGate:
    days_min: int
    closed_trades_min: int
    win_rate_min: float
    mean_r_min: float
    profit_factor_min: float
    z_pass_abs_max: float
    z_block_abs_above: float
    monitor_success_min: float
    unreconciled_max: int
    hard_exit_latency_p95_max_s: int
    open_incidents_max: int
    slippage_median_max_frac: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDown:
    drawdown_x_trade_cap: float
    z_below: float
    kelly_negative_edge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    paper_to_soft: PaperGate
    soft_to_full: SoftGate
    step_down: StepDown


@dataclass(frozen=True, slots=True, kw_only=True)
class KillTriggers:
    order_actions_per_10min_max: int
    rejects_in_row_max: int
    strangers_per_10min_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldTriggers:
    day_loss_x_trade_cap: float
    drawdown_x_trade_cap: float
    margin_usage_frac: float
    uncovered_short_s: int
    unknown_order_s: int
    clock_skew_s: float
    telegram_silent_s: int
    breaker_open_s: int
    disk_free_min_mb: int
    backup_age_max_h: int
    loop_lag_s: float
    clear_after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRules:
    kill: KillTriggers
    hold: HoldTriggers


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloRules:
    paths: int
    step_h: int
    student_t_nu: float
    rv_over_dvol: float
    dvol_half_life_d: float
    ln_dvol_sd_per_sqrt_d: float
    spot_vol_corr: float
    surface: Literal["M4"]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRules:
    """The whole of `strategy.toml`; frozen when the engine starts."""

    meta: MetaRules
    schedule: ScheduleRules
    caps: CapRules
    paper_account: PaperAccountRules
    freshness_s: FreshnessRules
    recorded_chain_age_max_h: float
    entry: EntryRules
    bias: BiasRules
    strikes: StrikeRules
    liquidity: LiquidityRules
    sizing: SizingRules
    fees: FeeRules
    execution: ExecutionRules
    approval: ApprovalRules
    exit: ExitRules
    kelly: KellyRules
    greeks: GreekLimits
    gates: GateRules
    triggers: TriggerRules
    montecarlo: MonteCarloRules

    def caps_of(self, stage: str) -> StageCaps:
        """The caps of `stage` (paper, soft or full)."""
        by_stage: Mapping[str, StageCaps] = {"paper": self.caps.paper, "soft": self.caps.soft, "full": self.caps.full}
        return by_stage[stage]
