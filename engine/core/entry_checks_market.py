"""The entry rules about the outside world: inputs, venue, volatility, moves, vetoes (E02, E03, E05 to E08, E10, E11).

Rules of this file: every rule returns all its checks whatever the others said; a
missing mandatory input is NOT_EVALUATED, a missing optional one is WARNED.
Source: strategy §1.2 and §6, cases 40, 43, 48, 49, 52, 53.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from engine.core.checks import age_s, compared, finite_or_none, fresh_value, not_evaluated, verdict_of
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.entry_context import EntryContext
from engine.core.model import BookState, OptionType, Sentiment, Stage, Strategy
from engine.core.rules import EntryRules, FreshnessRules, ScheduleRules, StrategyRules

FX_MIN_USD_PER_EUR = Decimal("0.8")
FX_MAX_USD_PER_EUR = Decimal("1.6")
FX_JUMP_MAX_FRAC = Decimal("0.03")
# From the fixing of a Friday to the afternoon of the Monday after.
FX_OLD_S = 74 * 3600.0
MAINTENANCE_GUARD = timedelta(minutes=15)
OPTIONAL_MISSING_MAX_SOFT = 1
FEAR_GREED_MAX = 100
HEAT_MAX_PCTILE = 100.0


def market_checks(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """E02, E03, E05 to E08, E10 and E11, in this order."""
    return (
        *_age_checks(context, rules.freshness_s),
        *_recorded_chain(context, rules),
        _macro_coverage(context),
        *_fx_checks(context),
        _divergence(context, rules),
        _clock_skew(context, rules),
        _optional_inputs(context, rules),
        *_venue(context, rules.schedule),
        *_volatility(context, rules.entry),
        *_moves(context, rules.entry),
        _premium(context, rules.entry),
        *_funding(context, rules),
        *_sentiment(context, rules),
    )


def sound_fear_greed(sentiment: Sentiment | None) -> int | None:
    """The fear and greed figure, or None when it is absent or outside 0..100."""
    if sentiment is None or sentiment.fear_greed is None or not 0 <= sentiment.fear_greed <= FEAR_GREED_MAX:
        return None
    return sentiment.fear_greed


def _age_checks(context: EntryContext, freshness: FreshnessRules) -> tuple[Check, ...]:
    snapshot = context.snapshot
    observed_at: tuple[tuple[str, datetime | None, int], ...] = (
        ("index_age", None if snapshot.index_usd is None else snapshot.index_usd.observed_at, freshness.index),
        ("chain_age", None if snapshot.chain is None else snapshot.chain.taken_at, freshness.chain),
        ("dvol_age", None if snapshot.dvol_pts is None else snapshot.dvol_pts.observed_at, freshness.dvol),
        ("fx_age", None if snapshot.fx_usd_per_eur is None else snapshot.fx_usd_per_eur.observed_at, freshness.fx),
        ("macro_age", None if snapshot.macro is None else snapshot.macro.observed_at, freshness.macro),
        ("portfolio_age", None if snapshot.wealth is None else snapshot.wealth.observed_at, freshness.portfolio),
    )
    ages = (_age(code, at, context.now, limit_s) for code, at, limit_s in observed_at)
    return tuple(_old_rate(age) if age.code == "fx_age" else age for age in ages)


def _age(code: str, at: datetime | None, now: datetime, limit_s: int) -> Check:
    observed = None if at is None else abs(age_s(at, now))
    return compared("E02", code, observed=observed, relation=Relation.AT_MOST, limit=float(limit_s), unit=Unit.SECONDS)


def _old_rate(age: Check) -> Check:
    """A rate older than a weekend is used with a warning; source: strategy §6, case 39."""
    is_old = age.verdict is Verdict.PASSED and isinstance(age.observed, float) and age.observed > FX_OLD_S
    return age._replace(verdict=Verdict.WARNED) if is_old else age


def _recorded_chain(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    chain, limit_h = context.snapshot.chain, rules.recorded_chain_age_max_h
    if chain is None or chain.recorded_at is None:
        return ()
    observed = abs(age_s(chain.recorded_at, context.now)) / 3600.0
    return (compared("E02", "recorded_chain_age", observed=observed, relation=Relation.AT_MOST, limit=limit_h, unit=Unit.HOURS),)


def _macro_coverage(context: EntryContext) -> Check:
    """An empty calendar is missing data, not a week without events; single types are looked at in E04."""
    macro = context.snapshot.macro
    covered = 0 if macro is None else len(macro.value.covered_until)
    if not covered:
        return not_evaluated("E02", "macro_coverage", cause="no_macro_calendar")
    return Check(rule="E02", code="macro_coverage", verdict=Verdict.PASSED, observed=covered, limit=1, relation=Relation.AT_LEAST, unit=Unit.COUNT)


def _fx_checks(context: EntryContext) -> tuple[Check, ...]:
    """A rate outside all experience, or far from the one believed before, is bad data."""
    fx = context.snapshot.fx_usd_per_eur
    observed = None if fx is None else fx.value
    return (
        _fx_jump(context),
        compared("E02", "fx_min", observed=observed, relation=Relation.AT_LEAST, limit=FX_MIN_USD_PER_EUR),
        compared("E02", "fx_max", observed=observed, relation=Relation.AT_MOST, limit=FX_MAX_USD_PER_EUR),
    )


def _fx_jump(context: EntryContext) -> Check:
    fx, before = context.snapshot.fx_usd_per_eur, context.snapshot.fx_before_usd_per_eur
    if fx is None or before is None or before.value <= 0:
        cause = "missing" if fx is None else "no_earlier_rate"
        verdict = Verdict.NOT_EVALUATED if fx is None else Verdict.PASSED
        return Check(rule="E02", code="fx_jump", verdict=verdict, limit=FX_JUMP_MAX_FRAC, relation=Relation.AT_MOST, unit=Unit.FRAC, cause=cause)
    jump_frac = abs(fx.value / before.value - 1)
    return compared("E02", "fx_jump", observed=jump_frac, relation=Relation.AT_MOST, limit=FX_JUMP_MAX_FRAC, unit=Unit.FRAC)


def _divergence(context: EntryContext, rules: StrategyRules) -> Check:
    limit = rules.entry.index_perp_divergence_max_frac
    index_usd = fresh_value(context.snapshot.index_usd, context.now, rules.freshness_s.index)
    perp_usd = fresh_value(context.snapshot.perp_mark_usd, context.now, rules.freshness_s.index)
    if index_usd is None or perp_usd is None or index_usd <= 0:
        return not_evaluated("E02", "index_perp_divergence", cause="missing", limit=limit, relation=Relation.AT_MOST, unit=Unit.FRAC)
    observed = abs(perp_usd / index_usd - 1)
    return compared("E02", "index_perp_divergence", observed=observed, relation=Relation.AT_MOST, limit=limit, unit=Unit.FRAC)


def _clock_skew(context: EntryContext, rules: StrategyRules) -> Check:
    skew_s = context.snapshot.clock_skew_s
    observed = None if skew_s is None else abs(skew_s)
    return compared("E02", "clock_skew", observed=observed, relation=Relation.AT_MOST, limit=rules.triggers.hold.clock_skew_s, unit=Unit.SECONDS)


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
    verdict = Verdict.FAILED if len(missing) > limit else Verdict.WARNED if missing else Verdict.PASSED
    return Check(
        rule="E02",
        code="optional_inputs_missing",
        verdict=verdict,
        observed=len(missing),
        limit=limit,
        relation=Relation.AT_MOST,
        unit=Unit.COUNT,
        cause=",".join(missing),
    )


def _optional_missing_max(context: EntryContext, optional: int) -> int:
    if context.strategy is Strategy.IRON_CONDOR:
        return 0
    return OPTIONAL_MISSING_MAX_SOFT if context.stage is Stage.SOFT else optional


def _venue(context: EntryContext, schedule: ScheduleRules) -> tuple[Check, ...]:
    status = context.snapshot.venue
    return (
        _is_true("venue_open", None if status is None else not status.value.is_locked, cause="no_venue_status"),
        _books(context),
        _is_true("outside_settlement", not is_within(context.now, schedule.settlement_blackout_utc)),
        _is_true(
            "outside_maintenance", None if status is None else not _in_maintenance(context.now, status.value.maintenance_at, schedule), cause="no_venue_status"
        ),
    )


def _is_true(code: str, passes: bool | None, *, cause: str = "") -> Check:
    if passes is None:
        return not_evaluated("E03", code, cause=cause, limit=True, relation=Relation.EQUAL)
    return Check(rule="E03", code=code, verdict=verdict_of(passes), observed=passes, limit=True, relation=Relation.EQUAL)


def _books(context: EntryContext) -> Check:
    if context.chosen is None:
        return not_evaluated("E03", "books_open", cause="no_candidate", limit=BookState.OPEN.value, relation=Relation.EQUAL)
    closed = [quote for quote in context.chosen.spread.quotes if quote.state is not BookState.OPEN]
    return Check(
        rule="E03",
        code="books_open",
        verdict=verdict_of(not closed),
        observed=closed[0].state.value if closed else BookState.OPEN.value,
        limit=BookState.OPEN.value,
        relation=Relation.EQUAL,
        subject=closed[0].instrument.name if closed else "",
    )


def is_within(now: datetime, window_utc: tuple[str, str]) -> bool:
    """True when the time of day lies in the window, its first minute included, its last excluded."""
    starts_at, ends_at = _window(window_utc)
    return starts_at <= now.time() < ends_at


# Asked at every look at every trade, and there are two windows in all.
@lru_cache(maxsize=8)
def _window(window_utc: tuple[str, str]) -> tuple[time, time]:
    return time.fromisoformat(window_utc[0]), time.fromisoformat(window_utc[1])


def _in_maintenance(now: datetime, maintenance_at: datetime | None, schedule: ScheduleRules) -> bool:
    if maintenance_at is None:
        return False
    is_announced_day = now.date() == maintenance_at.date()
    return (is_announced_day and is_within(now, schedule.maintenance_guard_utc)) or abs(now - maintenance_at) <= MAINTENANCE_GUARD


def _volatility(context: EntryContext, entry: EntryRules) -> tuple[Check, ...]:
    dvol, before_pts = context.snapshot.dvol_pts, context.snapshot.dvol_24h_ago_pts
    dvol_pts = None if dvol is None else dvol.value
    jump_pts = None if dvol_pts is None or before_pts is None else dvol_pts - before_pts
    return (
        compared("E05", "dvol_min", observed=dvol_pts, relation=Relation.AT_LEAST, limit=entry.dvol_min_pts, unit=Unit.PTS),
        compared("E05", "dvol_max", observed=dvol_pts, relation=Relation.AT_MOST, limit=entry.dvol_max_pts, unit=Unit.PTS),
        compared("E06", "dvol_jump_24h", observed=jump_pts, relation=Relation.AT_MOST, limit=entry.dvol_jump_24h_max_pts, unit=Unit.PTS),
    )


def _moves(context: EntryContext, entry: EntryRules) -> tuple[Check, ...]:
    day, hours = context.snapshot.return_24h_frac, context.snapshot.return_4h_frac
    abs_day, abs_hours = None if day is None else abs(day), None if hours is None else abs(hours)
    return (
        compared("E07", "return_24h", observed=abs_day, relation=Relation.AT_MOST, limit=entry.abs_return_24h_max_frac, unit=Unit.FRAC),
        compared("E07", "return_4h", observed=abs_hours, relation=Relation.AT_MOST, limit=entry.abs_return_4h_max_frac, unit=Unit.FRAC),
    )


def _premium(context: EntryContext, entry: EntryRules) -> Check:
    """The volatility premium is reported; it blocks only where the rules give it a minimum."""
    dvol, rv30_pts = context.snapshot.dvol_pts, context.snapshot.rv30_pts
    observed = None if dvol is None or rv30_pts is None else dvol.value - rv30_pts
    if entry.vrp_min_pts is not None:
        return compared("E08", "volatility_premium", observed=observed, relation=Relation.AT_LEAST, limit=entry.vrp_min_pts, unit=Unit.PTS)
    return Check(rule="E08", code="volatility_premium", verdict=Verdict.PASSED, observed=observed, unit=Unit.PTS, cause="reported_only")


def _funding(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """Crowded longs forbid selling puts, crowded shorts selling calls; a condor is held against both."""
    funding = finite_or_none(fresh_value(context.snapshot.funding_apr_frac, context.now, rules.freshness_s.funding))
    if context.strategy is None:
        return (not_evaluated("E10", "funding", cause="no_strategy", unit=Unit.FRAC),)
    veto = rules.entry.funding
    limits = {OptionType.PUT: veto.bull_put_veto_above_frac, OptionType.CALL: veto.bear_call_veto_below_frac}
    return tuple(_side_veto("E10", "funding", funding, _Veto(side=side, limit=limits[side], unit=Unit.FRAC), context) for side in context.sides)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Veto:
    """The most a reading may be for puts to be sold, the least for calls."""

    side: OptionType
    limit: float | int
    unit: Unit = Unit.NONE


def _side_veto(rule: str, code: str, observed: float | int | None, veto: _Veto, context: EntryContext) -> Check:
    relation = Relation.AT_MOST if veto.side is OptionType.PUT else Relation.AT_LEAST
    subject = veto.side.value if len(context.sides) > 1 else ""
    if observed is None:
        # A condor never trades on a guess; a vertical may, with a warning.
        verdict = Verdict.NOT_EVALUATED if context.strategy is Strategy.IRON_CONDOR else Verdict.WARNED
        return Check(rule=rule, code=code, verdict=verdict, limit=veto.limit, relation=relation, unit=veto.unit, subject=subject, cause="missing")
    return compared(rule, code, observed=observed, relation=relation, limit=veto.limit, unit=veto.unit, subject=subject)


def _sentiment(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    sentiment = fresh_value(context.snapshot.sentiment, context.now, rules.freshness_s.sentiment)
    heat = _sound_heat_pctile(sentiment)
    limit = rules.entry.sentiment.liquidation_heat_block_pctile
    if heat is None:
        heat_check = Check(rule="E11", code="liquidation_heat", verdict=Verdict.PASSED, limit=limit, relation=Relation.BELOW, cause="not_given")
    else:
        heat_check = compared("E11", "liquidation_heat", observed=heat, relation=Relation.BELOW, limit=limit)
    return (*_fear_greed(context, sound_fear_greed(sentiment), rules), heat_check)


def _sound_heat_pctile(sentiment: Sentiment | None) -> float | None:
    heat = None if sentiment is None else finite_or_none(sentiment.liquidation_heat_pctile)
    return heat if heat is not None and 0.0 <= heat <= HEAT_MAX_PCTILE else None


def _fear_greed(context: EntryContext, fear_greed: int | None, rules: StrategyRules) -> tuple[Check, ...]:
    if context.strategy is None:
        return (not_evaluated("E11", "fear_greed", cause="no_strategy"),)
    block = rules.entry.sentiment
    limits = {OptionType.PUT: block.bull_put_block_above, OptionType.CALL: block.bear_call_block_below}
    return tuple(_side_veto("E11", "fear_greed", fear_greed, _Veto(side=side, limit=limits[side]), context) for side in context.sides)
