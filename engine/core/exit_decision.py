"""What to do with an open trade: a table of rules, the first that fires decides.

Rules of this file: every rule is looked at and returns a check that FAILED when the
rule fires (the claim "this trade may stay" failed) and is NOT_EVALUATED when its
input is missing; the order of `EXIT_RULES` is the priority; nothing here raises.
Source: strategy §1.9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from engine.core.checks import not_evaluated, verdict_of
from engine.core.decision import ABOVE, AT_LEAST, BELOW, DAYS, EQUAL, FAILED, FRAC, HOURS, MULTIPLE, PASSED, PTS, Check, Relation, Unit
from engine.core.entry_checks_market import is_within
from engine.core.exit_view import ExitView, exit_view
from engine.core.model import Bias, ExitAction, ExitDecision, ExitInputs, ExitReason, ExitUrgency, Strategy
from engine.core.rules import StrategyRules

SETTLE_AFTER = timedelta(minutes=5)
DELIVERY_PRICE_WAIT_MAX = timedelta(minutes=30)
UNANSWERED_TIME_STOPS_MAX = 2
HOLD_PRIORITY = 15


# Without slots, because every look at every trade asks for what follows from its number and its reason.
@dataclass(frozen=True, kw_only=True)
class ExitRule:
    """One row of the table, X00 to X14: when it fires, `action` follows with `urgency`."""

    number: str
    reason: ExitReason
    action: ExitAction
    urgency: ExitUrgency
    look: Callable[[ExitView, StrategyRules, ExitRule], Check]
    yields_at_max_loss: bool = False

    @cached_property
    def code(self) -> str:
        """What its check is called: like its reason."""
        return self.reason.value

    @cached_property
    def priority(self) -> int:
        """Its place in the table: the figures of its number."""
        return int(self.number[1:])


def evaluate(inputs: ExitInputs, rules: StrategyRules) -> ExitDecision:
    """The first rule that fires with every rule's check, or HOLD; total over any input."""
    view = exit_view(inputs, rules)
    checks = tuple([_looked_at(rule, view, rules) for rule in EXIT_RULES])
    for rule, check in zip(EXIT_RULES, checks, strict=True):
        if check.verdict is FAILED:
            return ExitDecision(
                action=rule.action,
                reason=rule.reason,
                priority=rule.priority,
                urgency=_urgency(rule, view),
                evidence=view.evidence,
                checks=checks,
                needs_escalation=_needs_escalation(rule, view, rules),
            )
    return ExitDecision(
        action=ExitAction.HOLD,
        reason=ExitReason.HOLD,
        priority=HOLD_PRIORITY,
        urgency=ExitUrgency.NONE,
        evidence=view.evidence,
        checks=checks,
    )


def _looked_at(rule: ExitRule, view: ExitView, rules: StrategyRules) -> Check:
    """The rule's check; a stop that fires on the last day at the full loss is held back."""
    check = rule.look(view, rules, rule)
    if rule.yields_at_max_loss and view.is_at_max_loss and check.verdict is FAILED:
        return check._replace(verdict=PASSED, cause="held_at_max_loss")
    return check


def _urgency(rule: ExitRule, view: ExitView) -> ExitUrgency:
    if rule.reason is ExitReason.TIME_STOP and view.inputs.unanswered_time_stops >= UNANSWERED_TIME_STOPS_MAX:
        return ExitUrgency.HARD
    return rule.urgency


def _needs_escalation(rule: ExitRule, view: ExitView, rules: StrategyRules) -> bool:
    if rule.reason is ExitReason.DATA:
        return view.inputs.stale_misses + 1 >= rules.exit.stale_misses_escalate
    if rule.reason is ExitReason.SETTLED:
        return view.delivery_price_usd is None and view.inputs.now >= view.spread.expiry_at + DELIVERY_PRICE_WAIT_MAX
    return False


def _fires(row: ExitRule, is_fired: bool, *, cause: str = "") -> Check:
    return Check(row.number, row.code, verdict_of(not is_fired), is_fired, False, EQUAL, cause=cause)


def _number(row: ExitRule, is_fired: bool, *, observed: float, limit: float, relation: Relation, unit: Unit, cause: str = "") -> Check:
    """A check of one number; `relation` is how it must stand to `limit` for the trade to stay."""
    return Check(row.number, row.code, verdict_of(not is_fired), observed, limit, relation, unit, cause=cause)


def _unknown(row: ExitRule, *, limit: float, relation: Relation, unit: Unit, cause: str = "missing") -> Check:
    return not_evaluated(row.number, row.code, cause=cause, limit=limit, relation=relation, unit=unit)


def _manual(view: ExitView, _: StrategyRules, row: ExitRule) -> Check:
    return _fires(row, view.inputs.is_manual)


def _settled(view: ExitView, _: StrategyRules, row: ExitRule) -> Check:
    now, expiry_at = view.inputs.now, view.spread.expiry_at
    is_delivered = view.delivery_price_usd is not None and now >= expiry_at
    return _fires(row, is_delivered or now >= expiry_at + SETTLE_AFTER, cause="delivered" if is_delivered else "")


def _blackout(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    """Just before delivery the venue's deltas fade to zero, and a closed book cannot be traded."""
    now = view.inputs.now
    is_settling = now.date() == view.spread.expiry_at.date() and is_within(now, rules.schedule.settlement_blackout_utc)
    causes = (("settlement_window", is_settling), ("book_not_open", not view.is_book_open), ("venue_locked", view.inputs.is_locked))
    named = [name for name, holds in causes if holds]
    return _fires(row, bool(named), cause=",".join(named))


def _data(view: ExitView, _: StrategyRules, row: ExitRule) -> Check:
    return _fires(row, not view.is_market_whole, cause="" if view.is_market_whole else "missing_or_stale")


def _margin(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    usage, limit = view.margin_usage_frac, float(rules.exit.margin_usage_close_frac)
    if usage is None:
        return _unknown(row, limit=limit, relation=BELOW, unit=FRAC)
    is_over, is_first = usage >= limit, view.inputs.has_worst_delta
    cause = "another_trade_first" if is_over and not is_first else ""
    return _number(row, is_over and is_first, observed=usage, limit=limit, relation=BELOW, unit=FRAC, cause=cause)


def _stop_loss(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    ratio, limit = view.mark_over_credit, float(rules.exit.stop_loss_x_credit)
    if ratio is None:
        return _unknown(row, limit=limit, relation=BELOW, unit=MULTIPLE)
    return _number(row, ratio >= limit, observed=ratio, limit=limit, relation=BELOW, unit=MULTIPLE)


def _vol_stop(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    change_pts, limit = view.dvol_change_pts, rules.exit.vol_stop_pts
    if change_pts is None:
        return _unknown(row, limit=limit, relation=BELOW, unit=PTS)
    return _number(row, change_pts >= limit, observed=change_pts, limit=limit, relation=BELOW, unit=PTS)


def _delta_against(view: ExitView, threshold: float) -> float | None:
    """The largest short delta, or None where an unknown one decides whether the threshold is reached."""
    delta = view.evidence.short_delta
    return delta if delta is not None and (view.has_every_delta or delta >= threshold) else None


def _delta_breach(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    limit = rules.exit.short_delta_breach
    delta = _delta_against(view, limit)
    if delta is None:
        return _unknown(row, limit=limit, relation=BELOW, unit=Unit.NONE)
    return _number(row, delta >= limit, observed=delta, limit=limit, relation=BELOW, unit=Unit.NONE)


def _adverse_move(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    """A fast move against the trade closes it only once its short leg has come near."""
    rule, move = rules.exit.adverse_move, view.worst_move_frac
    limit, delta = -rule.move_frac, _delta_against(view, rule.short_delta_min)
    if move is None or delta is None:
        return _unknown(row, limit=limit, relation=ABOVE, unit=FRAC, cause="no_move" if move is None else "no_delta")
    is_near = delta >= rule.short_delta_min
    cause = "" if is_near or move > limit else "short_delta_below_minimum"
    return _number(row, is_near and move <= limit, observed=move, limit=limit, relation=ABOVE, unit=FRAC, cause=cause)


def _pin_risk(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    rule, otm_frac = rules.exit.pin_risk, view.evidence.otm_frac
    if otm_frac is None:
        return _unknown(row, limit=rule.otm_min_frac, relation=AT_LEAST, unit=FRAC, cause="no_index")
    is_last_day = view.evidence.dte_days <= rule.dte_max_d
    cause = "" if is_last_day else "not_the_last_day"
    is_fired = is_last_day and otm_frac < rule.otm_min_frac
    return _number(row, is_fired, observed=otm_frac, limit=rule.otm_min_frac, relation=AT_LEAST, unit=FRAC, cause=cause)


def _expire(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    """An almost worthless spread well out of the money is left to expire: that costs no fee."""
    rule, otm_frac, ratio = rules.exit.let_expire, view.evidence.otm_frac, view.mark_over_credit
    if otm_frac is None or ratio is None:
        return _unknown(row, limit=rule.mark_over_credit_max_frac, relation=ABOVE, unit=MULTIPLE)
    is_ripe = view.evidence.dte_days <= rule.dte_max_d and otm_frac >= rule.otm_min_frac
    is_fired = is_ripe and ratio <= rule.mark_over_credit_max_frac
    cause = "" if is_ripe else "not_the_last_day_or_too_near"
    return _number(row, is_fired, observed=ratio, limit=rule.mark_over_credit_max_frac, relation=ABOVE, unit=MULTIPLE, cause=cause)


def _profit_take(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    profit, limit = view.evidence.profit_net_frac, rules.exit.profit_take_net_frac
    if profit is None:
        return _unknown(row, limit=limit, relation=BELOW, unit=FRAC)
    return _number(row, profit >= limit, observed=profit, limit=limit, relation=BELOW, unit=FRAC)


def _time_stop(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    dte_days, profit, limit = view.evidence.dte_days, view.evidence.profit_frac, rules.exit.time_stop_dte_d
    if profit is None:
        return _unknown(row, limit=limit, relation=ABOVE, unit=DAYS, cause="no_profit")
    is_earned = profit >= rules.exit.time_stop_hold_above_profit_frac
    cause = "profit_high_enough_to_hold" if is_earned else ""
    return _number(row, dte_days <= limit and not is_earned, observed=dte_days, limit=limit, relation=ABOVE, unit=DAYS, cause=cause)


def _event_guard(view: ExitView, rules: StrategyRules, row: ExitRule) -> Check:
    rule, event_at, now = rules.exit.event_guard, view.inputs.high_event_at, view.inputs.now
    limit = float(rule.high_event_within_h)
    if event_at is None or event_at < now:
        return Check(
            rule=row.number,
            code=row.code,
            verdict=PASSED,
            limit=limit,
            relation=ABOVE,
            unit=HOURS,
            cause="none_ahead",
        )
    profit, delta = view.evidence.profit_frac, _delta_against(view, rule.short_delta_min)
    if profit is None or delta is None:
        return _unknown(row, limit=limit, relation=ABOVE, unit=HOURS, cause="no_profit_or_delta")
    hours = (event_at - now) / timedelta(hours=1)
    is_weak = profit < 0.0 and delta >= rule.short_delta_min
    cause = "" if is_weak else "trade_not_weak"
    return _number(row, is_weak and hours <= limit, observed=hours, limit=limit, relation=ABOVE, unit=HOURS, cause=cause)


def _bias_flip(view: ExitView, _: StrategyRules, row: ExitRule) -> Check:
    """A bias against what was sold: the other direction, and for a condor either."""
    bias = view.inputs.bias_now
    against = _AGAINST[view.spread.strategy]
    if bias is None:
        return not_evaluated(row.number, row.code, cause="no_bias")
    subject = ",".join(each.value for each in against)
    return Check(rule=row.number, code=row.code, verdict=verdict_of(bias not in against), observed=bias.value, subject=subject)


_AGAINST: Mapping[Strategy, tuple[Bias, ...]] = {
    Strategy.BULL_PUT: (Bias.BEAR,),
    Strategy.BEAR_CALL: (Bias.BULL,),
    Strategy.IRON_CONDOR: (Bias.BULL, Bias.BEAR),
}

EXIT_RULES: tuple[ExitRule, ...] = (
    ExitRule(number="X00", reason=ExitReason.MANUAL, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_manual),
    ExitRule(number="X01", reason=ExitReason.SETTLED, action=ExitAction.SETTLE, urgency=ExitUrgency.NONE, look=_settled),
    ExitRule(number="X02", reason=ExitReason.BLACKOUT, action=ExitAction.HOLD, urgency=ExitUrgency.NONE, look=_blackout),
    ExitRule(number="X03", reason=ExitReason.DATA, action=ExitAction.HOLD, urgency=ExitUrgency.NONE, look=_data),
    ExitRule(number="X04", reason=ExitReason.MARGIN, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_margin),
    ExitRule(number="X05", reason=ExitReason.STOP_LOSS, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_stop_loss, yields_at_max_loss=True),
    ExitRule(number="X06", reason=ExitReason.VOL_STOP, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_vol_stop, yields_at_max_loss=True),
    ExitRule(number="X07", reason=ExitReason.DELTA_BREACH, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_delta_breach, yields_at_max_loss=True),
    ExitRule(number="X08", reason=ExitReason.ADVERSE_MOVE, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_adverse_move, yields_at_max_loss=True),
    ExitRule(number="X09", reason=ExitReason.PIN_RISK, action=ExitAction.CLOSE, urgency=ExitUrgency.HARD, look=_pin_risk, yields_at_max_loss=True),
    ExitRule(number="X10", reason=ExitReason.EXPIRE, action=ExitAction.LET_EXPIRE, urgency=ExitUrgency.NONE, look=_expire),
    ExitRule(number="X11", reason=ExitReason.PROFIT_TAKE, action=ExitAction.CLOSE, urgency=ExitUrgency.SOFT, look=_profit_take),
    ExitRule(number="X12", reason=ExitReason.TIME_STOP, action=ExitAction.CLOSE, urgency=ExitUrgency.SOFT, look=_time_stop, yields_at_max_loss=True),
    ExitRule(number="X13", reason=ExitReason.EVENT_GUARD, action=ExitAction.CLOSE, urgency=ExitUrgency.SOFT, look=_event_guard, yields_at_max_loss=True),
    ExitRule(number="X14", reason=ExitReason.BIAS_FLIP, action=ExitAction.ALERT, urgency=ExitUrgency.NONE, look=_bias_flip),
)
