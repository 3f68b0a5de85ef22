"""The numbers of the desk: Kelly, Greek limits, stage gates, triggers, Monte Carlo. Rules as in `rules.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
