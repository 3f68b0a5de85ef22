"""An exit as a person must see it: why, what closing costs now, and what happens if nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.decision import Check
from engine.core.exit_decision import UNANSWERED_TIME_STOPS_MAX
from engine.core.model import ExitAction, ExitDecision, ExitInputs, ExitReason, ExitUrgency, Family, Strategy, Strikes
from engine.core.rules import ApprovalRules
from engine.core.spread_prices import close_mid_coin

REPROPOSE = "repropose_next_monitor"
REPROPOSE_HARD = "repropose_hard"
SETTLES = "settles"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPosition:
    """The trade's own facts. `postponed` counts the postponements already used."""

    trade_id: int
    quantity_eth: Decimal
    max_loss_eur: Decimal
    postponed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitFrame:
    """What stands around the decision; `deadline_at` is when an unanswered card acts or lapses, on the wall clock.

    `is_last_question`: no further monitor asks before settlement. `can_extend`: there is time left to put the answer off into.
    """

    env: str
    deadline_at: datetime | None
    fx_usd_per_eur: Decimal | None
    source: str
    recorded_at: datetime | None = None
    is_last_question: bool = False
    can_extend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingCost:
    """Closing at one price: the cost per 1 ETH, and the P&L of the whole position after all fees (None without index or rate)."""

    cost_coin: Decimal
    pnl_coin: Decimal
    pnl_usd: Decimal | None
    pnl_eur: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitReport:
    """Prices are per 1 ETH of spread. `if_unanswered` is one of the words of `if_unanswered`.

    `quoted_at` is the oldest of the legs' quotes, `modelled` the parts a model supplied.
    """

    env: str
    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    action: ExitAction
    reason: ExitReason
    urgency: ExitUrgency
    needs_escalation: bool
    deadline_at: datetime | None
    if_unanswered: str
    can_postpone: bool
    created_at: datetime
    opened_at: datetime
    profit_frac: float | None
    profit_net_frac: float | None
    at_mid: ClosingCost | None
    at_natural: ClosingCost | None
    mark_coin: Decimal | None
    natural_coin: Decimal | None
    expected_close_coin: Decimal | None
    credit_coin: Decimal
    spot_usd: Decimal | None
    otm_frac: float | None
    short_delta: float | None
    dvol_pts: float | None
    dvol_entry_pts: float
    dte_days: float
    close_fee_coin: Decimal
    close_fee_eur: Decimal | None
    fees_total_eur: Decimal | None
    max_loss_eur: Decimal
    fx_usd_per_eur: Decimal | None
    source: str
    quoted_at: datetime
    recorded_at: datetime | None
    snapshot_age_s: float
    modelled: tuple[str, ...]
    checks: tuple[Check, ...]


def build(position: OpenPosition, inputs: ExitInputs, decision: ExitDecision, frame: ExitFrame, approval: ApprovalRules) -> ExitReport:
    """The exit of one trade with every figure section 5 asks for."""
    spread, evidence = inputs.spread, decision.evidence
    quoted_at = min(quote.quoted_at for quote in spread.quotes)
    return ExitReport(
        env=frame.env,
        trade_id=position.trade_id,
        strategy=spread.strategy,
        family=spread.family,
        sides=spread.sides,
        expiry_at=spread.expiry_at,
        quantity_eth=position.quantity_eth,
        action=decision.action,
        reason=decision.reason,
        urgency=decision.urgency,
        needs_escalation=decision.needs_escalation,
        deadline_at=frame.deadline_at,
        if_unanswered=_then(inputs, decision, frame, approval),
        can_postpone=position.postponed == 0 and frame.can_extend,
        created_at=inputs.now,
        opened_at=inputs.opened_at,
        profit_frac=evidence.profit_frac,
        profit_net_frac=evidence.profit_net_frac,
        at_mid=closing_cost(position, inputs, close_mid_coin(spread), fx_usd_per_eur=frame.fx_usd_per_eur),
        at_natural=closing_cost(position, inputs, spread.natural_close_coin, fx_usd_per_eur=frame.fx_usd_per_eur),
        mark_coin=evidence.mark_coin,
        natural_coin=evidence.natural_coin,
        expected_close_coin=evidence.expected_close_coin,
        credit_coin=inputs.credit_coin,
        spot_usd=inputs.index_usd,
        otm_frac=evidence.otm_frac,
        short_delta=evidence.short_delta,
        dvol_pts=inputs.dvol_pts,
        dvol_entry_pts=inputs.dvol_entry_pts,
        dte_days=evidence.dte_days,
        close_fee_coin=inputs.close_fee_coin,
        close_fee_eur=_eur(_usd(inputs.close_fee_coin * position.quantity_eth, inputs), frame.fx_usd_per_eur),
        fees_total_eur=_eur(_usd((inputs.open_fee_coin + inputs.close_fee_coin) * position.quantity_eth, inputs), frame.fx_usd_per_eur),
        max_loss_eur=position.max_loss_eur,
        fx_usd_per_eur=frame.fx_usd_per_eur,
        source=frame.source,
        quoted_at=quoted_at,
        recorded_at=frame.recorded_at,
        snapshot_age_s=(inputs.now - quoted_at) / timedelta(seconds=1),
        modelled=tuple(sorted({part for quote in spread.quotes for part in quote.modelled})),
        checks=decision.checks,
    )


def closing_cost(position: OpenPosition, inputs: ExitInputs, cost_coin: Decimal | None, *, fx_usd_per_eur: Decimal | None) -> ClosingCost | None:
    """What closing at `cost_coin` per 1 ETH leaves after both fees; None without a price."""
    if cost_coin is None:
        return None
    pnl_coin = (inputs.credit_coin - inputs.open_fee_coin - cost_coin - inputs.close_fee_coin) * position.quantity_eth
    return ClosingCost(
        cost_coin=cost_coin,
        pnl_coin=pnl_coin,
        pnl_usd=_usd(pnl_coin, inputs),
        pnl_eur=_eur(_usd(pnl_coin, inputs), fx_usd_per_eur),
    )


def if_unanswered(urgency: ExitUrgency, approval: ApprovalRules) -> str:
    """What the written rules do when nobody answers."""
    if urgency is ExitUrgency.HARD:
        return approval.hard_exit_on_timeout
    if urgency is ExitUrgency.SOFT:
        return approval.soft_exit_on_timeout
    return "nothing"


def _then(inputs: ExitInputs, decision: ExitDecision, frame: ExitFrame, approval: ApprovalRules) -> str:
    """`if_unanswered` of this very card: a question can be the last one, or the last one that only asks."""
    follows = if_unanswered(decision.urgency, approval)
    if follows != REPROPOSE:
        return follows
    if frame.is_last_question:
        return SETTLES
    is_soft_stop = decision.reason is ExitReason.TIME_STOP and decision.urgency is ExitUrgency.SOFT
    return REPROPOSE_HARD if is_soft_stop and inputs.unanswered_time_stops + 1 >= UNANSWERED_TIME_STOPS_MAX else follows


def _usd(amount_coin: Decimal, inputs: ExitInputs) -> Decimal | None:
    return None if inputs.index_usd is None else inputs.spread.family.usd_of_coin(amount_coin, index_usd=inputs.index_usd)


def _eur(amount_usd: Decimal | None, fx_usd_per_eur: Decimal | None) -> Decimal | None:
    return None if amount_usd is None or fx_usd_per_eur is None else amount_usd / fx_usd_per_eur
