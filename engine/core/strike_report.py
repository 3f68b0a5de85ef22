"""What the search for strikes has to say: the figures of what it chose, or the first step that left nothing.

Rules of this file: of several pairs the best one speaks for all, a side of a condor is
named, and what every gate dropped is counted. Source: strategy §1.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from engine.core.checks import not_evaluated
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.economics import width_that_fits_usd
from engine.core.fees import fee_allowance_eth
from engine.core.model import Candidate, Chain, OptionType, Spread, Vertical
from engine.core.rules import StrikeRules
from engine.core.strike_search import RankedPair, SearchTerms, SearchTrace

SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSearch:
    """What the search of one side found, best first, and the strikes that are listed there."""

    terms: SearchTerms
    trace: SearchTrace
    pairs: tuple[RankedPair, ...]
    listed_usd: tuple[Decimal, ...]
    lot_eth: Decimal

    @property
    def tradable(self) -> tuple[RankedPair, ...]:
        """The pairs no gate blocks."""
        return tuple(pair for pair in self.pairs if not pair.blocking)


def dte_days(expiry_at: datetime, now: datetime) -> float:
    """Days to expiry as a fraction; negative once it has passed."""
    return (expiry_at - now).total_seconds() / SECONDS_PER_DAY


def width_gap_usd(condor: Spread) -> Decimal:
    """How far the widths of a condor's two sides lie apart."""
    put, call = condor.verticals
    return abs(put.width_usd - call.width_usd)


def step_usd(condor: Spread, searches: Sequence[SideSearch]) -> Decimal:
    """The widest gap between neighbouring listed strikes inside the verticals: what one step means there."""
    return max(_widest_gap_usd(vertical, search.listed_usd) for vertical, search in zip(condor.verticals, searches, strict=True))


def _widest_gap_usd(vertical: Vertical, listed_usd: Sequence[Decimal]) -> Decimal:
    near, far = sorted((vertical.short.instrument.strike_usd, vertical.long.instrument.strike_usd))
    inside = sorted(strike for strike in listed_usd if near <= strike <= far)
    return max(above - below for below, above in pairwise(inside))


def no_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> Check:
    """No expiry lies in the band; the nearest one to the target is told."""
    ahead = [dte_days(quote.instrument.expiry_at, now) for quote in chain.quotes]
    nearest = min(ahead, key=lambda dte: (abs(dte - rules.dte_target_d), dte), default=None)
    return _in_band("S01", "no_expiry", verdict=Verdict.FAILED, observed=nearest, band=(rules.dte_min_d, rules.dte_max_d), unit=Unit.DAYS)


def _in_band(rule: str, code: str, *, verdict: Verdict, observed: float | Decimal | None, band: tuple[object, object], unit: Unit) -> Check:
    return Check(rule=rule, code=code, verdict=verdict, observed=observed, limit=f"{band[0]}..{band[1]}", relation=Relation.ONE_OF, unit=unit)


def chosen_checks(candidate: Candidate, terms: SearchTerms) -> tuple[Check, ...]:
    """Expiry, deltas and widths of what was chosen, beside their bands."""
    strikes = terms.rules.strikes
    expiry = _in_band("S01", "expiry_in_band", verdict=Verdict.PASSED, observed=candidate.dte_days, band=(strikes.dte_min_d, strikes.dte_max_d), unit=Unit.DAYS)
    return (expiry, *(one for vertical in candidate.spread.verticals for one in _chosen_strikes(vertical, terms)))


def _chosen_strikes(vertical: Vertical, terms: SearchTerms) -> tuple[Check, ...]:
    strikes, greeks = terms.rules.strikes, vertical.short.greeks
    delta = None if greeks is None else abs(greeks.delta)
    delta_band, width_band = (strikes.short_delta_min, strikes.short_delta_max), (strikes.width_min_frac, strikes.width_max_frac)
    width_frac = vertical.width_usd / terms.index_usd
    checks = (
        _in_band("S02", "short_delta_in_band", verdict=Verdict.PASSED, observed=delta, band=delta_band, unit=Unit.NONE),
        _in_band("S03", "width_in_band", verdict=Verdict.PASSED, observed=width_frac, band=width_band, unit=Unit.FRAC),
    )
    return tuple(check._replace(subject=_side_name(vertical.option_type, terms)) for check in checks)


def _side_name(side: OptionType, terms: SearchTerms) -> str:
    """Which side of a condor is meant; nothing to say of a vertical."""
    return side.value if len(terms.strategy.sides) > 1 else ""


def nothing_fits(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    """Why there is no spread: per side without a tradable vertical its own reasons, otherwise widths that do not go together."""
    empty = [search for search in searches if not search.tradable]
    reasons = [one for search in empty for one in _empty_side(search)] if empty else [_widths_apart(searches)]
    return (*reasons, *dropped_checks(searches))


def _widths_apart(searches: Sequence[SideSearch]) -> Check:
    puts, calls = searches
    condor = Spread(verticals=(*puts.tradable[0].spread.verticals, *calls.tradable[0].spread.verticals))
    return Check(
        rule="S06",
        code="widths_within_a_step",
        verdict=Verdict.FAILED,
        observed=width_gap_usd(condor),
        limit=step_usd(condor, searches),
        relation=Relation.AT_MOST,
        unit=Unit.USD,
    )


def _empty_side(search: SideSearch) -> tuple[Check, ...]:
    """Why one side came back empty: the first step of the search that left nothing; of blocked pairs the best one speaks for all."""
    strikes, trace = search.terms.rules.strikes, search.trace
    if search.pairs:
        return tuple(check if check.subject else _of_side(check, search) for check in search.pairs[0].blocking)
    if not trace.shorts_in_band:
        band = (strikes.short_delta_min, strikes.short_delta_max)
        empty = _in_band("S02", "no_strike_in_band", verdict=Verdict.FAILED, observed=trace.nearest_delta, band=band, unit=Unit.NONE)
    elif trace.cheapest_loss_eur is not None:
        return _over_the_cap(trace.cheapest_loss_eur, search)
    elif trace.pairs_dropped["no_price"]:
        empty = not_evaluated("S05", "spread_priced", cause="not_priced")
    else:
        widths = (strikes.width_min_frac, strikes.width_max_frac)
        empty = _in_band("S03", "no_width_in_band", verdict=Verdict.FAILED, observed=trace.nearest_width_frac, band=widths, unit=Unit.FRAC)
    return (_of_side(empty, search),)


def _of_side(check: Check, search: SideSearch) -> Check:
    return check._replace(subject=_side_name(search.terms.side, search.terms))


def _over_the_cap(cheapest_loss_eur: Decimal, search: SideSearch) -> tuple[Check, ...]:
    """One lot of the cheapest pair risks more than the cap; with it the width and the spot at which it would fit."""
    terms, rules, cap_eur = search.terms, search.terms.rules, search.terms.cap_trade_eur
    lot_eth, allowance_eth = search.lot_eth, fee_allowance_eth(len(terms.strategy.sides), rules.sizing)
    width_usd = width_that_fits_usd(
        cap_eur=cap_eur, fx_usd_per_eur=terms.fx_usd_per_eur, index_usd=terms.index_usd, lot_eth=lot_eth, fee_allowance_eth=allowance_eth
    )
    spot_usd = cap_eur * terms.fx_usd_per_eur / (lot_eth * (rules.strikes.width_min_frac + allowance_eth))
    return (
        Check(
            rule="S04",
            code="cap_below_one_lot",
            verdict=Verdict.FAILED,
            observed=cheapest_loss_eur,
            limit=cap_eur,
            relation=Relation.AT_MOST,
            unit=Unit.EUR,
            subject=terms.strategy.value,
        ),
        Check(rule="S04", code="width_that_fits", verdict=Verdict.PASSED, observed=width_usd, unit=Unit.USD),
        Check(rule="S04", code="spot_that_fits", verdict=Verdict.PASSED, observed=spot_usd, unit=Unit.USD),
    )


def dropped_checks(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    """How many shorts and pairs each gate dropped, over all sides."""
    shorts = sum((search.trace.shorts_dropped for search in searches), Counter[str]())
    pairs = sum((search.trace.pairs_dropped for search in searches), Counter[str]())
    return (*_counts("S02", "shorts_dropped", shorts), *_counts("S03", "pairs_dropped", pairs))


def _counts(rule: str, code: str, dropped: Mapping[str, int]) -> tuple[Check, ...]:
    return tuple(Check(rule=rule, code=code, verdict=Verdict.PASSED, observed=count, unit=Unit.COUNT, subject=gate) for gate, count in sorted(dropped.items()))
