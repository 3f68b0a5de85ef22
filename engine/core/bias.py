"""Which side the market allows: ten rows, the first that matches decides.

Rules of this file: without funding the rows read zero and without a risk reversal
they skip it, both with a warning; a calm market (row 9) needs every figure, and has
a trade only where iron condors are enabled. Source: strategy §1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.checks import change_pts, finite_or_none, fresh_value, is_fresh
from engine.core.model import Bias, BiasDecision, MarketSnapshot, Stage, Strategy
from engine.core.rules import BiasRules, CondorRules, EntryRules, FreshnessRules


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasInputs:
    """The figures the bias table reads; None = missing or stale."""

    has_chain: bool
    has_spot: bool
    dvol_pts: float | None
    dvol_24h_ago_pts: float | None
    trend_30d_frac: float | None
    funding_apr_frac: float | None
    rr25_pts: float | None
    return_7d_frac: float | None
    rv10_pts: float | None
    rv30_pts: float | None


def bias_inputs(snapshot: MarketSnapshot, rr25_pts: float | None, *, now: datetime, freshness: FreshnessRules) -> BiasInputs:
    """The snapshot as the bias table reads it: what is stale or not a number is missing."""
    index_usd = fresh_value(snapshot.index_usd, now, freshness.index)
    return BiasInputs(
        has_chain=snapshot.chain is not None and is_fresh(snapshot.chain.taken_at, now, freshness.chain),
        has_spot=index_usd is not None and index_usd > 0,
        dvol_pts=finite_or_none(fresh_value(snapshot.dvol_pts, now, freshness.dvol)),
        dvol_24h_ago_pts=finite_or_none(snapshot.dvol_24h_ago_pts),
        trend_30d_frac=finite_or_none(snapshot.trend_30d_frac),
        funding_apr_frac=finite_or_none(fresh_value(snapshot.funding_apr_frac, now, freshness.funding)),
        rr25_pts=finite_or_none(rr25_pts),
        return_7d_frac=finite_or_none(snapshot.return_7d_frac),
        rv10_pts=finite_or_none(snapshot.rv10_pts),
        rv30_pts=finite_or_none(snapshot.rv30_pts),
    )


def compute_bias(inputs: BiasInputs, rules: BiasRules, entry: EntryRules, *, stage: Stage) -> BiasDecision:
    """The first matching row of the table with the bias and the trade that go with it; `stage` decides on the iron condor."""
    optional = (("funding", inputs.funding_apr_frac), ("rr25", inputs.rr25_pts), ("dvol_24h_ago", inputs.dvol_24h_ago_pts))
    warnings = tuple(name for name, value in optional if value is None)
    dvol_pts, trend = inputs.dvol_pts, inputs.trend_30d_frac
    if dvol_pts is None or trend is None or not (inputs.has_spot and inputs.has_chain):
        return _no_entry(1, warnings)
    jump_pts = 0.0 if inputs.dvol_24h_ago_pts is None else change_pts(dvol_pts, inputs.dvol_24h_ago_pts)
    if not entry.dvol_min_pts <= dvol_pts <= entry.dvol_max_pts or jump_pts > entry.dvol_jump_24h_max_pts:
        return _no_entry(2, warnings)
    if trend <= rules.crash_trend_frac:
        return _no_entry(3, warnings)
    if inputs.rr25_pts is not None and inputs.rr25_pts <= rules.rr25_stress_max_pts:
        return _no_entry(4, warnings)
    if rules.bear_trend_max_frac < trend < rules.bull_trend_min_frac:
        return _without_trend(inputs, rules.condor, stage, warnings)
    return _by_trend(inputs, rules, entry, trend=trend, warnings=warnings)


def _by_trend(inputs: BiasInputs, rules: BiasRules, entry: EntryRules, *, trend: float, warnings: tuple[str, ...]) -> BiasDecision:
    funding = inputs.funding_apr_frac if inputs.funding_apr_frac is not None else 0.0
    if trend >= rules.bull_trend_min_frac:
        if funding > entry.funding.bull_put_veto_above_frac:
            return _no_entry(6, warnings)
        return BiasDecision(bias=Bias.BULL, row=5, strategy=Strategy.BULL_PUT, warnings=warnings)
    chases_calls = inputs.rr25_pts is not None and inputs.rr25_pts >= rules.rr25_call_chase_min_pts
    if funding < entry.funding.bear_call_veto_below_frac or chases_calls:
        return _no_entry(8, warnings)
    return BiasDecision(bias=Bias.BEAR, row=7, strategy=Strategy.BEAR_CALL, warnings=warnings)


def _without_trend(inputs: BiasInputs, calm: CondorRules, stage: Stage, warnings: tuple[str, ...]) -> BiasDecision:
    if not _is_neutral(inputs, calm):
        return _no_entry(10, warnings)
    strategy = Strategy.IRON_CONDOR if calm.enabled.of(stage.value) else None
    return BiasDecision(bias=Bias.NEUTRAL, row=9, strategy=strategy, warnings=warnings)


def _is_neutral(inputs: BiasInputs, calm: CondorRules) -> bool:
    """True when every figure of row 9 is there and inside its bounds; the trend has been looked at."""
    funding, dvol_pts, return_7d = inputs.funding_apr_frac, inputs.dvol_pts, inputs.return_7d_frac
    rv10_pts, rv30_pts = inputs.rv10_pts, inputs.rv30_pts
    if funding is None or dvol_pts is None or return_7d is None or rv10_pts is None or rv30_pts is None or inputs.rr25_pts is None:
        return False
    return (
        calm.funding_min_frac <= funding <= calm.funding_max_frac
        and calm.dvol_min_pts <= dvol_pts <= calm.dvol_max_pts
        and abs(return_7d) <= calm.abs_return_7d_max_frac
        and rv10_pts >= calm.rv10_over_rv30_min * rv30_pts
        and change_pts(dvol_pts, rv30_pts) <= calm.dvol_minus_rv30_max_pts
    )


def _no_entry(row: int, warnings: tuple[str, ...]) -> BiasDecision:
    return BiasDecision(bias=Bias.NO_ENTRY, row=row, strategy=None, warnings=warnings)
