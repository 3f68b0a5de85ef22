"""The entry rules about the market: venue, volatility, moves, vetoes (E03, E05 to E08, E10, E11).

Rules of this file: every rule returns all its checks whatever the others said; a
missing mandatory input is NOT_EVALUATED, a missing optional one is WARNED.
Source: strategy §1.2 and §6, cases 48 and 49.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from engine.core.checks import at_least, at_most, below, change_pts, finite_or_none, fresh_value, not_evaluated, verdict_of
from engine.core.decision import AT_LEAST, AT_MOST, BELOW, EQUAL, FRAC, NOT_EVALUATED, PASSED, PTS, WARNED, Check, Unit
from engine.core.entry_checks_inputs import sound_fear_greed, sound_heat_pctile
from engine.core.entry_context import EntryContext
from engine.core.model import BookState, OptionType, Strategy
from engine.core.rules import EntryRules, FreshnessRules, ScheduleRules, StrategyRules

MAINTENANCE_GUARD = timedelta(minutes=15)


def market_checks(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """E03, E05 to E08, E10 and E11, in this order."""
    return (
        *_venue(context, rules.schedule, rules.freshness_s),
        *_volatility(context, rules.entry),
        *_moves(context, rules.entry),
        _premium(context, rules.entry),
        *_funding(context, rules),
        *_sentiment(context, rules),
    )


def _venue(context: EntryContext, schedule: ScheduleRules, freshness: FreshnessRules) -> tuple[Check, ...]:
    status = fresh_value(context.snapshot.venue, context.now, freshness.chain)
    return (
        _is_true("venue_open", None if status is None else not status.is_locked, cause="no_venue_status"),
        _books(context),
        _is_true("outside_settlement", not is_within(context.now, schedule.settlement_blackout_utc)),
        _is_true("outside_maintenance", None if status is None else not _in_maintenance(context.now, status.maintenance_at, schedule), cause="no_venue_status"),
    )


def _is_true(code: str, passes: bool | None, *, cause: str = "") -> Check:
    if passes is None:
        return not_evaluated("E03", code, cause=cause, limit=True, relation=EQUAL)
    return Check("E03", code, verdict_of(passes), passes, True, EQUAL)


def _books(context: EntryContext) -> Check:
    if context.chosen is None:
        return not_evaluated("E03", "books_open", cause="no_candidate", limit=BookState.OPEN.value, relation=EQUAL)
    is_open = BookState.OPEN
    closed = [quote for quote in context.chosen.spread.quotes if quote.state is not is_open]
    observed, subject = (closed[0].state.value, closed[0].instrument.name) if closed else (is_open.value, "")
    return Check("E03", "books_open", verdict_of(not closed), observed, is_open.value, EQUAL, subject=subject)


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
    jump_pts = None if dvol_pts is None or before_pts is None else change_pts(dvol_pts, before_pts)
    return (
        at_least("E05", "dvol_min", observed=dvol_pts, limit=entry.dvol_min_pts, unit=PTS),
        at_most("E05", "dvol_max", observed=dvol_pts, limit=entry.dvol_max_pts, unit=PTS),
        at_most("E06", "dvol_jump_24h", observed=jump_pts, limit=entry.dvol_jump_24h_max_pts, unit=PTS),
    )


def _moves(context: EntryContext, entry: EntryRules) -> tuple[Check, ...]:
    day, hours = context.snapshot.return_24h_frac, context.snapshot.return_4h_frac
    abs_day, abs_hours = None if day is None else abs(day), None if hours is None else abs(hours)
    return (
        at_most("E07", "return_24h", observed=abs_day, limit=entry.abs_return_24h_max_frac, unit=FRAC),
        at_most("E07", "return_4h", observed=abs_hours, limit=entry.abs_return_4h_max_frac, unit=FRAC),
    )


def _premium(context: EntryContext, entry: EntryRules) -> Check:
    """The volatility premium is reported; it blocks only where the rules give it a minimum."""
    dvol, rv30_pts = context.snapshot.dvol_pts, context.snapshot.rv30_pts
    observed = None if dvol is None or rv30_pts is None else change_pts(dvol.value, rv30_pts)
    if entry.vrp_min_pts is not None:
        return at_least("E08", "volatility_premium", observed=observed, limit=entry.vrp_min_pts, unit=PTS)
    return Check(rule="E08", code="volatility_premium", verdict=PASSED, observed=observed, unit=PTS, cause="reported_only")


def _funding(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    """Crowded longs forbid selling puts, crowded shorts selling calls; a condor is held against both."""
    funding = finite_or_none(fresh_value(context.snapshot.funding_apr_frac, context.now, rules.freshness_s.funding))
    if context.strategy is None:
        return (not_evaluated("E10", "funding", cause="no_strategy", unit=FRAC),)
    limits = rules.entry.funding
    veto = _Veto("E10", "funding", puts_above=limits.bull_put_veto_above_frac, calls_below=limits.bear_call_veto_below_frac, unit=FRAC)
    return _side_vetoes(veto, funding, context)


class _Veto(NamedTuple):
    """A reading above the one limit forbids selling puts, below the other calls."""

    rule: str
    code: str
    puts_above: float | int
    calls_below: float | int
    unit: Unit = Unit.NONE


def _side_vetoes(veto: _Veto, observed: float | int | None, context: EntryContext) -> tuple[Check, ...]:
    """One check for each side that would be sold."""
    return tuple([_side_veto(veto, side, observed, context) for side in context.sides])


def _side_veto(veto: _Veto, side: OptionType, observed: float | int | None, context: EntryContext) -> Check:
    is_put, subject = side is OptionType.PUT, side.value if len(context.sides) > 1 else ""
    limit = veto.puts_above if is_put else veto.calls_below
    if observed is None:
        # A condor never trades on a guess; a vertical may, with a warning.
        verdict = NOT_EVALUATED if context.strategy is Strategy.IRON_CONDOR else WARNED
        return Check(veto.rule, veto.code, verdict, None, limit, AT_MOST if is_put else AT_LEAST, veto.unit, subject, "missing")
    compared = at_most if is_put else at_least
    return compared(veto.rule, veto.code, observed=observed, limit=limit, unit=veto.unit, subject=subject)


def _sentiment(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    sentiment = fresh_value(context.snapshot.sentiment, context.now, rules.freshness_s.sentiment)
    heat, is_given = sound_heat_pctile(sentiment), sentiment is not None and sentiment.liquidation_heat_pctile is not None
    limit = rules.entry.sentiment.liquidation_heat_block_pctile
    if heat is None:
        verdict, cause = (WARNED, "out_of_range") if is_given else (PASSED, "not_given")
        heat_check = Check(rule="E11", code="liquidation_heat", verdict=verdict, limit=limit, relation=BELOW, cause=cause)
    else:
        heat_check = below("E11", "liquidation_heat", observed=heat, limit=limit)
    return (*_fear_greed(context, sound_fear_greed(sentiment), rules), heat_check)


def _fear_greed(context: EntryContext, fear_greed: int | None, rules: StrategyRules) -> tuple[Check, ...]:
    if context.strategy is None:
        return (not_evaluated("E11", "fear_greed", cause="no_strategy"),)
    limits = rules.entry.sentiment
    veto = _Veto("E11", "fear_greed", puts_above=limits.bull_put_block_above, calls_below=limits.bear_call_block_below)
    return _side_vetoes(veto, fear_greed, context)
