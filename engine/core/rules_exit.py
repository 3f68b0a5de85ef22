"""The numbers of orders and exits: ladders, approvals, the exit table. Rules as in `rules.py`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


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
    margin_usage_close_frac: Decimal
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
