"""The bands of a spread: days to expiry, delta, distance and width, each as a check against its limits.

Rules of this file: the search and the second look at an approved spread ask the very
same checks; the second look lets figures drift beyond their band as far as an approval
may drift, and no further. Source: strategy §1.4 and §6, case 23.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from engine.core.checks import at_least, at_most
from engine.core.decision import DAYS, FRAC, MULTIPLE, Check, Relation, Unit, Verdict
from engine.core.model import OptionType, Quote, Spread, Strategy, Vertical
from engine.core.pricing import years_between
from engine.core.quote_soundness import sound_forward_usd, sound_greeks
from engine.core.rules import DriftMax, StrategyRules, StrikeRules

SECONDS_PER_DAY = 86400.0
# Beyond this many places a band's end is only the noise of adding two floats.
BAND_PLACES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """What every strike and pair of one side is held against; `strategy` is what the pair becomes or becomes part of.

    `drift` widens the bands for a spread a person has already said yes to; None = as written.
    """

    strategy: Strategy
    side: OptionType
    index_usd: Decimal
    fx_usd_per_eur: Decimal
    cap_trade_eur: Decimal
    now: datetime
    rules: StrategyRules
    drift: DriftMax | None = None


def dte_days(expiry_at: datetime, now: datetime) -> float:
    """Days to expiry as a fraction; negative once it has passed."""
    return (expiry_at - now).total_seconds() / SECONDS_PER_DAY


def otm_frac(quote: Quote, index_usd: Decimal) -> float:
    """How far the strike lies out of the money as a fraction of the index; negative in the money."""
    distance_usd = index_usd - quote.instrument.strike_usd
    return float((distance_usd if quote.instrument.option_type is OptionType.PUT else -distance_usd) / index_usd)


def expiry_check(expiry_at: datetime, now: datetime, strikes: StrikeRules) -> Check:
    """S01: the expiry lies in the band."""
    return in_band("S01", "expiry_in_band", dte_days(expiry_at, now), (strikes.dte_min_d, strikes.dte_max_d), unit=DAYS)


def short_checks(short: Quote, atm_iv_frac: float | None, terms: SearchTerms) -> tuple[Check, Check, Check]:
    """S02: delta, distance from spot and distance in expected moves of the leg to be sold."""
    strikes, drift = terms.rules.strikes, terms.drift
    greeks, forward_usd = sound_greeks(short, terms.now), sound_forward_usd(short)
    delta = None if greeks is None else abs(greeks.delta)
    delta_slack = 0.0 if drift is None else drift.short_delta
    spot_slack = 0.0 if drift is None else float(drift.spot_frac)
    low, high = strikes.otm_put_frac if terms.side is OptionType.PUT else strikes.otm_call_frac
    return (
        in_band("S02", "short_delta_in_band", delta, _widened((strikes.short_delta_min, strikes.short_delta_max), delta_slack), unit=Unit.NONE),
        in_band("S02", "short_otm_in_band", otm_frac(short, terms.index_usd), _widened((low, high), spot_slack), unit=FRAC),
        _expected_move_check(short, forward_usd, atm_iv_frac, terms, spot_slack=spot_slack),
    )


def width_check(vertical: Vertical, terms: SearchTerms) -> Check:
    """S03: the width of one vertical."""
    return in_band("S03", "width_in_band", vertical.width_usd / terms.index_usd, width_band(terms), unit=FRAC)


def width_band(terms: SearchTerms) -> tuple[Decimal, Decimal]:
    """The least and the greatest width as a fraction of the index."""
    strikes = terms.rules.strikes
    if terms.drift is None:
        return strikes.width_min_frac, strikes.width_max_frac
    return strikes.width_min_frac * (1 - terms.drift.spot_frac), strikes.width_max_frac * (1 + terms.drift.spot_frac)


def widths_check(condor: Spread, listed_usd: Sequence[Sequence[Decimal]]) -> Check:
    """S06: the widths of a condor's sides lie within one strike step of each other; `listed_usd` per side."""
    put, call = condor.verticals
    gap_usd = abs(put.width_usd - call.width_usd)
    step_usd = max(_widest_gap_usd(vertical, strikes) for vertical, strikes in zip(condor.verticals, listed_usd, strict=True))
    return at_most("S06", "widths_within_a_step", observed=gap_usd, limit=step_usd, unit=Unit.USD)


def in_band(rule: str, code: str, observed: float | Decimal | None, band: tuple[float, float] | tuple[Decimal, Decimal], *, unit: Unit) -> Check:
    """A check of one number against both ends of a band, ends included; NOT_EVALUATED when it is absent."""
    if observed is None:
        verdict, cause = Verdict.NOT_EVALUATED, "no_model_figures"
    else:
        verdict, cause = Verdict.PASSED if band[0] <= observed <= band[1] else Verdict.FAILED, ""
    limit = f"{band[0]}..{band[1]}"
    return Check(rule=rule, code=code, verdict=verdict, observed=observed, limit=limit, relation=Relation.ONE_OF, unit=unit, cause=cause)


def _expected_move_check(short: Quote, forward_usd: float | None, atm_iv_frac: float | None, terms: SearchTerms, *, spot_slack: float) -> Check:
    """The short strike lies far enough from the forward, in moves to be expected until expiry."""
    multiple, slack, years = None, 0.0, years_between(terms.now, short.instrument.expiry_at)
    if forward_usd is not None and atm_iv_frac is not None and years > 0.0:
        move_usd = forward_usd * atm_iv_frac * math.sqrt(years)
        multiple = abs(float(short.instrument.strike_usd) - forward_usd) / move_usd
        slack = spot_slack * forward_usd / move_usd
    limit = terms.rules.strikes.expected_move_multiple_min - slack
    return at_least("S02", "beyond_expected_move", observed=multiple, limit=limit, unit=MULTIPLE)


def _widened(band: tuple[float, float], slack: float) -> tuple[float, float]:
    return round(band[0] - slack, BAND_PLACES), round(band[1] + slack, BAND_PLACES)


def _widest_gap_usd(vertical: Vertical, listed_usd: Sequence[Decimal]) -> Decimal:
    """The widest gap between neighbouring listed strikes inside a vertical: what one step means there."""
    near, far = sorted((vertical.short.instrument.strike_usd, vertical.long.instrument.strike_usd))
    inside = sorted({near, far, *(strike for strike in listed_usd if near <= strike <= far)})
    return max(above - below for below, above in pairwise(inside))
