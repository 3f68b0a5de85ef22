"""The entry rule about what is known: age and soundness of every input (E02).

Rules of this file: a missing mandatory input is NOT_EVALUATED and blocks, a missing
optional one is WARNED and counted. Source: strategy §1.2 and §6, cases 39, 40, 49, 50, 52, 53.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.checks import age_s, at_least, at_most, finite_or_none, fresh_value, not_evaluated
from engine.core.decision import AT_MOST, COUNT, FAILED, FRAC, HOURS, NOT_EVALUATED, PASSED, SECONDS, WARNED, Check
from engine.core.entry_context import EntryContext
from engine.core.model import Sentiment, Stage, Strategy
from engine.core.rules import FreshnessRules, StrategyRules

FX_MIN_USD_PER_EUR = Decimal("0.8")
FX_MAX_USD_PER_EUR = Decimal("1.6")
FX_JUMP_MAX_FRAC = Decimal("0.03")
# From the fixing of a Friday to the afternoon of the Monday after.
FX_OLD_S = 74 * 3600.0
OPTIONAL_MISSING_MAX_SOFT = 1
FEAR_GREED_MAX = 100
HEAT_MAX_PCTILE = 100.0


def input_checks(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """E02: ages, coverage, exchange rate, index against perpetual, clock, optional inputs."""
    return (
        *_age_checks(context, rules.freshness_s),
        *_recorded_chain(context, rules),
        _macro_coverage(context),
        *_fx_checks(context),
        _divergence(context, rules),
        _clock_skew(context, rules),
        _optional_inputs(context, rules),
    )


def sound_fear_greed(sentiment: Sentiment | None) -> int | None:
    """The fear and greed figure, or None when it is absent or outside 0..100."""
    if sentiment is None or sentiment.fear_greed is None or not 0 <= sentiment.fear_greed <= FEAR_GREED_MAX:
        return None
    return sentiment.fear_greed


def sound_heat_pctile(sentiment: Sentiment | None) -> float | None:
    """The liquidation heat, or None when it is absent or outside 0..100."""
    heat = None if sentiment is None else finite_or_none(sentiment.liquidation_heat_pctile)
    return heat if heat is not None and 0.0 <= heat <= HEAT_MAX_PCTILE else None


def _age_checks(context: EntryContext, freshness: FreshnessRules) -> tuple[Check, ...]:
    snapshot, now = context.snapshot, context.now
    index, chain, dvol, fx, macro, wealth = (
        snapshot.index_usd,
        snapshot.chain,
        snapshot.dvol_pts,
        snapshot.fx_usd_per_eur,
        snapshot.macro,
        snapshot.wealth,
    )
    return (
        _age("index_age", None if index is None else index.observed_at, now, freshness.index),
        _age("chain_age", None if chain is None else chain.taken_at, now, freshness.chain),
        _age("dvol_age", None if dvol is None else dvol.observed_at, now, freshness.dvol),
        _old_rate(_age("fx_age", None if fx is None else fx.observed_at, now, freshness.fx)),
        _age("macro_age", None if macro is None else macro.observed_at, now, freshness.macro),
        _age("portfolio_age", None if wealth is None else wealth.observed_at, now, freshness.portfolio),
    )


def _age(code: str, at: datetime | None, now: datetime, limit_s: int) -> Check:
    observed = None if at is None else abs(age_s(at, now))
    return at_most("E02", code, observed=observed, limit=float(limit_s), unit=SECONDS)


def _old_rate(age: Check) -> Check:
    """A rate older than a weekend is used with a warning; source: strategy §6, case 39."""
    is_old = age.verdict is PASSED and isinstance(age.observed, float) and age.observed > FX_OLD_S
    return age._replace(verdict=WARNED) if is_old else age


def _recorded_chain(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    chain, limit_h = context.snapshot.chain, rules.recorded_chain_age_max_h
    if chain is None or chain.recorded_at is None:
        return ()
    observed = abs(age_s(chain.recorded_at, context.now)) / 3600.0
    return (at_most("E02", "recorded_chain_age", observed=observed, limit=limit_h, unit=HOURS),)


def _macro_coverage(context: EntryContext) -> Check:
    """An empty calendar is missing data, not a week without events; single types are looked at in E04."""
    macro = context.snapshot.macro
    covered = 0 if macro is None else len(macro.value.covered_until)
    if not covered:
        return not_evaluated("E02", "macro_coverage", cause="no_macro_calendar")
    return at_least("E02", "macro_coverage", observed=covered, limit=1, unit=COUNT)


def _fx_checks(context: EntryContext) -> tuple[Check, ...]:
    """A rate outside all experience, or far from the one believed before, is bad data."""
    fx = context.snapshot.fx_usd_per_eur
    observed = None if fx is None else fx.value
    return (
        _fx_jump(context),
        at_least("E02", "fx_min", observed=observed, limit=FX_MIN_USD_PER_EUR),
        at_most("E02", "fx_max", observed=observed, limit=FX_MAX_USD_PER_EUR),
    )


def _fx_jump(context: EntryContext) -> Check:
    fx, before = context.snapshot.fx_usd_per_eur, context.snapshot.fx_before_usd_per_eur
    if fx is None or before is None or before.value <= 0:
        cause = "missing" if fx is None else "no_earlier_rate"
        verdict = NOT_EVALUATED if fx is None else PASSED
        return Check(rule="E02", code="fx_jump", verdict=verdict, limit=FX_JUMP_MAX_FRAC, relation=AT_MOST, unit=FRAC, cause=cause)
    jump_frac = abs(fx.value / before.value - 1)
    return at_most("E02", "fx_jump", observed=jump_frac, limit=FX_JUMP_MAX_FRAC, unit=FRAC)


def _divergence(context: EntryContext, rules: StrategyRules) -> Check:
    limit = rules.entry.index_perp_divergence_max_frac
    index_usd = fresh_value(context.snapshot.index_usd, context.now, rules.freshness_s.index)
    perp_usd = fresh_value(context.snapshot.perp_mark_usd, context.now, rules.freshness_s.index)
    if index_usd is None or perp_usd is None or index_usd <= 0:
        return not_evaluated("E02", "index_perp_divergence", cause="missing", limit=limit, relation=AT_MOST, unit=FRAC)
    observed = abs(perp_usd / index_usd - 1)
    return at_most("E02", "index_perp_divergence", observed=observed, limit=limit, unit=FRAC)


def _clock_skew(context: EntryContext, rules: StrategyRules) -> Check:
    skew_s = context.snapshot.clock_skew_s
    observed = None if skew_s is None else abs(skew_s)
    return at_most("E02", "clock_skew", observed=observed, limit=rules.triggers.hold.clock_skew_s, unit=SECONDS)


def _optional_inputs(context: EntryContext, rules: StrategyRules) -> Check:
    """Funding, sentiment and skew may be missing with a warning; on the first live stage only one of them may, for a condor none."""
    snapshot, freshness = context.snapshot, rules.freshness_s
    optional = (
        ("funding", finite_or_none(fresh_value(snapshot.funding_apr_frac, context.now, freshness.funding))),
        ("sentiment", sound_fear_greed(fresh_value(snapshot.sentiment, context.now, freshness.sentiment))),
        ("skew", finite_or_none(context.rr25_pts)),
    )
    missing = [name for name, value in optional if value is None]
    limit = _optional_missing_max(context, len(optional))
    verdict = FAILED if len(missing) > limit else WARNED if missing else PASSED
    return Check("E02", "optional_inputs_missing", verdict, len(missing), limit, AT_MOST, COUNT, cause=",".join(missing))


def _optional_missing_max(context: EntryContext, optional: int) -> int:
    if context.strategy is Strategy.IRON_CONDOR:
        return 0
    return OPTIONAL_MISSING_MAX_SOFT if context.stage is Stage.SOFT else optional
