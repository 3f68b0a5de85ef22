"""Frozen values of an exit: what a rule sees, what it says, what it stands on.

Rules of this file: those of `model.py`, which is where everybody imports them from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from engine.core.decision import Check
from engine.core.model_spread import Spread
from engine.core.model_terms import Bias


class ExitAction(StrEnum):
    """What an exit rule asks for."""

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
    """Which rule of the exit table spoke."""

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

    `spread` carries the present quotes of the sides that are still open; `credit_coin` is
    what was received for these sides per 1 ETH
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
