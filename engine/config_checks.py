"""What the rules' numbers may be: a range for each, an order between some, jobs and hours that parse.

Rules of this file: a check reads the resolved rules and names the keys it compared,
so that the refusal can point at the line the operator wrote.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from apscheduler.triggers.cron import CronTrigger

from engine.core.rules import StageCaps, StrategyRules

INFINITE = math.inf

ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impossible:
    """A value the strategy cannot run with; `keys` are the keys compared, the telling one first."""

    keys: tuple[str, ...]
    problem: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The values a number may take; `is_open` excludes both ends."""

    least: float
    most: float
    is_open: bool = False

    def holds(self, value: float) -> bool:
        return self.least < value < self.most if self.is_open else self.least <= value <= self.most

    def __str__(self) -> str:
        if self.most == INFINITE:
            return f"{'above' if self.is_open else 'at least'} {self.least:g}"
        return f"between {self.least:g} and {self.most:g}" + (", both excluded" if self.is_open else "")


SHARE, OPEN_SHARE = Span(least=0, most=1), Span(least=0, most=1, is_open=True)
DELTA = Span(least=0, most=0.5, is_open=True)
YEARLY_RATE = Span(least=-10, most=10)
INDEX_0_100 = Span(least=0, most=100)
POSITIVE = Span(least=0, most=INFINITE, is_open=True)
FROM_ZERO, FROM_ONE = Span(least=0, most=1e15), Span(least=1, most=1e9)

SPANS: Mapping[str, Span] = {
    "caps.open_positions_max": FROM_ONE,
    "entry.vrp_min_pts": Span(least=-200, most=200),
    "entry.funding.bull_put_veto_above_frac": YEARLY_RATE,
    "entry.funding.bear_call_veto_below_frac": YEARLY_RATE,
    "entry.sentiment.bull_put_block_above": INDEX_0_100,
    "entry.sentiment.bear_call_block_below": INDEX_0_100,
    "entry.sentiment.liquidation_heat_block_pctile": INDEX_0_100,
    "entry.cooldown_after_stop_same_side_d": FROM_ZERO,
    "entry.macro.high_lookahead_h": FROM_ZERO,
    "entry.macro.medium_lookahead_h": FROM_ZERO,
    "strikes.expected_move_multiple_min": FROM_ZERO,
    "entry.pause_after_consecutive_losses": FROM_ONE,
    "bias.bull_trend_min_frac": SHARE,
    "bias.bear_trend_max_frac": Span(least=-1, most=0),
    "bias.crash_trend_frac": Span(least=-1, most=0),
    "bias.rr25_stress_max_pts": Span(least=-100, most=0),
    "bias.rr25_call_chase_min_pts": Span(least=0, most=100),
    "bias.condor.funding_min_frac": YEARLY_RATE,
    "bias.condor.funding_max_frac": YEARLY_RATE,
    "bias.condor.dvol_minus_rv30_max_pts": Span(least=-100, most=100),
    "strikes.short_delta_min": DELTA,
    "strikes.short_delta_max": DELTA,
    "strikes.short_delta_target": DELTA,
    "strikes.credit_over_width_min_frac": OPEN_SHARE,
    "liquidity.volume_24h_warn_below_eth": FROM_ZERO,
    "sizing.kelly_fraction": SHARE,
    "execution.label_max_chars": Span(least=24, most=64),
    "execution.entry.steps_max": Span(least=1, most=100),
    "approval.drift_max.short_delta": OPEN_SHARE,
    "exit.stop_loss_x_credit": Span(least=1, most=100, is_open=True),
    "exit.short_delta_breach": OPEN_SHARE,
    "exit.adverse_move.short_delta_min": OPEN_SHARE,
    "exit.event_guard.short_delta_min": OPEN_SHARE,
    "exit.profit_take_net_frac": OPEN_SHARE,
    "exit.stale_misses_escalate": Span(least=1, most=100),
    "kelly.prior.p": OPEN_SHARE,
    "kelly.tail_pseudo_loss.r": Span(least=-10, most=0),
    "kelly.tail_pseudo_loss.weight": FROM_ZERO,
    "kelly.interval_level": OPEN_SHARE,
    "kelly.bootstrap_draws": Span(least=100, most=1_000_000),
    "kelly.seed": FROM_ZERO,
    "kelly.f_cap": SHARE,
    "kelly.increase_per_month_max.relative": Span(least=0, most=10),
    "kelly.increase_per_month_max.absolute": SHARE,
    "gates.paper_to_soft.mean_r_min": Span(least=-1, most=1),
    "gates.soft_to_full.mean_r_min": Span(least=-1, most=1),
    "gates.step_down.z_below": Span(least=-10, most=0),
    "montecarlo.paths": Span(least=100, most=1_000_000),
    "montecarlo.step_h": Span(least=1, most=24),
    "montecarlo.student_t_nu": Span(least=2, most=1000, is_open=True),
    "montecarlo.spot_vol_corr": Span(least=-1, most=1, is_open=True),
    "montecarlo.seed": FROM_ZERO,
    "triggers.kill.order_actions_per_10min_max": FROM_ONE,
    "triggers.kill.rejects_in_row_max": FROM_ONE,
    "triggers.kill.strangers_per_10min_max": FROM_ONE,
}

# (lower key, upper key, may they be equal): the order the strategy needs.
ORDERS: tuple[tuple[str, str, bool], ...] = (
    ("caps.paper.trade_eur", "caps.paper.total_eur", True),
    ("caps.soft.trade_eur", "caps.soft.total_eur", True),
    ("caps.full.trade_eur", "caps.full.total_eur", True),
    ("entry.dvol_min_pts", "entry.dvol_max_pts", False),
    ("entry.macro.medium_lookahead_h", "entry.macro.high_lookahead_h", True),
    ("entry.funding.bear_call_veto_below_frac", "entry.funding.bull_put_veto_above_frac", False),
    ("entry.sentiment.bear_call_block_below", "entry.sentiment.bull_put_block_above", False),
    ("bias.crash_trend_frac", "bias.bear_trend_max_frac", False),
    ("bias.condor.dvol_min_pts", "bias.condor.dvol_max_pts", False),
    ("bias.condor.funding_min_frac", "bias.condor.funding_max_frac", False),
    ("strikes.dte_min_d", "strikes.dte_target_d", True),
    ("strikes.dte_target_d", "strikes.dte_max_d", True),
    ("strikes.short_delta_min", "strikes.short_delta_target", True),
    ("strikes.short_delta_target", "strikes.short_delta_max", True),
    ("strikes.short_delta_max", "exit.short_delta_breach", False),
    ("strikes.width_min_frac", "strikes.width_target_frac", True),
    ("strikes.width_target_frac", "strikes.width_max_frac", True),
    ("sizing.dvol_scale.min", "sizing.dvol_scale.max", True),
    ("exit.margin_usage_warn_frac", "exit.margin_usage_close_frac", True),
    ("exit.time_stop_dte_d", "strikes.dte_min_d", False),
    ("approval.hard_exit_ttl_s", "approval.soft_exit_ttl_s", True),
    ("gates.paper_to_soft.z_pass_abs_max", "gates.paper_to_soft.z_block_abs_above", True),
    ("gates.soft_to_full.z_pass_abs_max", "gates.soft_to_full.z_block_abs_above", True),
)


def impossible_values(rules: StrategyRules) -> Iterator[Impossible]:
    """Every value of `rules` the strategy cannot run with; nothing when all is well."""
    values = flatten(rules)
    yield from _out_of_span(values)
    yield from _out_of_order(values)
    yield from _bad_jobs(values)
    yield from _bad_hours(rules)
    yield from _bad_pairs(rules)
    yield from _bad_caps(rules)
    yield from _bad_names(rules)


def flatten(rule: object, at: str = "") -> dict[str, object]:
    """The leaves of the rule tree by dotted key, in the file's order."""
    leaves: dict[str, object] = {}
    for field in dataclasses.fields(rule):  # type: ignore[arg-type]
        value, key = getattr(rule, field.name), f"{at}{field.name}"
        leaves |= flatten(value, key + ".") if dataclasses.is_dataclass(value) else {key: value}
    return leaves


def _out_of_span(values: Mapping[str, object]) -> Iterator[Impossible]:
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            continue
        span = _span_of(key)
        if not span.holds(float(value)):
            yield Impossible(keys=(key,), problem=f"is {value}", fix=f"Use a value {span}.")


def _span_of(key: str) -> Span:
    if key in SPANS:
        return SPANS[key]
    if key.startswith("gates."):
        return SHARE if key.endswith(("_rate_min", "_frac", "success_min")) else FROM_ZERO
    if key.endswith("_frac"):
        return SHARE
    return POSITIVE


def _out_of_order(values: Mapping[str, object]) -> Iterator[Impossible]:
    for lower, upper, may_equal in ORDERS:
        low, high = _number(values[lower]), _number(values[upper])
        if low > high or (low == high and not may_equal):
            relation = "above" if low > high else "equal to"
            allowed = "not above" if may_equal else "below"
            yield Impossible(keys=(lower, upper), problem=f"{lower} = {low:f} is {relation} {upper} = {high:f}", fix=f"Set {lower} {allowed} {upper}.")


def _number(value: object) -> Decimal:
    return Decimal(str(value))


def _bad_jobs(values: Mapping[str, object]) -> Iterator[Impossible]:
    for key, value in values.items():
        if not key.endswith("_cron"):
            continue
        line = str(value)
        fields = line.split()
        if len(fields) == 5 and re.search(r"\d", fields[4]):
            yield Impossible(
                keys=(key,),
                problem=f'"{line}" names weekdays by number, and numbers mean different days to the scheduler (0 = Monday) and to crontab (0 = Sunday)',
                fix="Write mon, tue, wed, thu, fri, sat, sun.",
            )
            continue
        try:
            trigger = CronTrigger.from_crontab(line, timezone="UTC")
        except ValueError as problem:
            yield Impossible(keys=(key,), problem=f'"{line}" is no cron line ({problem})', fix='Write five fields, such as "0 14 * * mon".')
            continue
        if trigger.get_next_fire_time(None, ANY_DAY) is None:
            yield Impossible(keys=(key,), problem=f'"{line}" names a day that never comes', fix="Name one that does.")


def _bad_hours(rules: StrategyRules) -> Iterator[Impossible]:
    for key in ("settlement_blackout_utc", "maintenance_guard_utc"):
        hours: tuple[str, str] = getattr(rules.schedule, key)
        fix = 'Write two times of one day, earlier first, such as ["07:25", "08:10"].'
        if not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", hour) for hour in hours):
            yield Impossible(keys=(f"schedule.{key}",), problem=f"{list(hours)} are no times of day", fix=fix)
        elif time.fromisoformat(hours[0]) >= time.fromisoformat(hours[1]):
            yield Impossible(keys=(f"schedule.{key}",), problem=f"{hours[0]} is not before {hours[1]}", fix=fix)


def _bad_pairs(rules: StrategyRules) -> Iterator[Impossible]:
    for key, pair in (("strikes.otm_put_frac", rules.strikes.otm_put_frac), ("strikes.otm_call_frac", rules.strikes.otm_call_frac)):
        if not 0 < pair[0] < pair[1] < 1:
            yield Impossible(keys=(key,), problem=f"[{pair[0]}, {pair[1]}] is no band", fix="Write the smaller fraction first, both between 0 and 1.")
    for name in ("CPI", "ECB", "FOMC"):
        days: tuple[int, int] | None = getattr(rules.entry.macro.uncovered_days, name)
        if days is not None and not 1 <= days[0] <= days[1] <= 31:
            key = f"entry.macro.uncovered_days.{name}"
            yield Impossible(keys=(key,), problem=f"[{days[0]}, {days[1]}] are no days of a month", fix="Write first and last day, 1 to 31, earlier first.")


def _bad_caps(rules: StrategyRules) -> Iterator[Impossible]:
    stages: tuple[tuple[str, StageCaps], ...] = (("paper", rules.caps.paper), ("soft", rules.caps.soft), ("full", rules.caps.full))
    for stage, caps in stages:
        key = f"caps.{stage}.strategies"
        if not caps.strategies:
            yield Impossible(keys=(key,), problem="no strategy is allowed", fix="Name at least one; to stop trading use /pause.")
        if len(set(caps.strategies)) != len(caps.strategies):
            yield Impossible(keys=(key,), problem="a strategy is named twice", fix="Name each once.")
    severities = (*rules.entry.macro.high, *rules.entry.macro.medium, *rules.entry.macro.low)
    if len(set(severities)) != len(severities):
        fix = "Name each event type in one of high, medium and low."
        yield Impossible(keys=("entry.macro.high", "entry.macro.medium", "entry.macro.low"), problem="an event type has two severities", fix=fix)


def _bad_names(rules: StrategyRules) -> Iterator[Impossible]:
    meta = rules.meta
    if not re.fullmatch(r"[A-Z]{2,10}", meta.underlying):
        yield Impossible(keys=("meta.underlying",), problem=f'"{meta.underlying}" is no coin', fix='Write it in capitals, such as "ETH".')
    if meta.index != f"{meta.underlying.lower()}_usd":
        fix = f'Set meta.index = "{meta.underlying.lower()}_usd" and meta.underlying together.'
        yield Impossible(keys=("meta.index", "meta.underlying"), problem=f'"{meta.index}" is not the index of {meta.underlying}', fix=fix)
