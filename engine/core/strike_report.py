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

from engine.core.checks import not_evaluated
from engine.core.decision import Check, Relation, Unit, Verdict
from engine.core.economics import width_that_fits_usd
from engine.core.fees import fee_allowance_eth
from engine.core.model import Chain, Spread, Vertical
from engine.core.rules import StrikeRules
from engine.core.strike_bands import SearchTerms, dte_days, expiry_check, in_band, short_checks, width_check, widths_check
from engine.core.strike_search import RankedPair, SearchTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSearch:
    """What the search of one side found, best first, and the strikes that are listed there."""

    terms: SearchTerms
    trace: SearchTrace
    pairs: tuple[RankedPair, ...]
    listed_usd: tuple[Decimal, ...]
    lot_eth: Decimal
    atm_iv_frac: float | None

    @property
    def tradable(self) -> tuple[RankedPair, ...]:
        """The pairs no gate blocks."""
        return tuple(pair for pair in self.pairs if not pair.blocking)


def no_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> Check:
    """No expiry lies in the band; the nearest one to the target is told."""
    ahead = [dte_days(quote.instrument.expiry_at, now) for quote in chain.quotes]
    nearest = min(ahead, key=lambda dte: (abs(dte - rules.dte_target_d), dte), default=None)
    return in_band("S01", "no_expiry", nearest, (rules.dte_min_d, rules.dte_max_d), unit=Unit.DAYS)._replace(verdict=Verdict.FAILED, cause="")


def chosen_checks(spread: Spread, searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    """Expiry, deltas, distances and widths of what was chosen, beside their bands."""
    terms = searches[0].terms
    sides = zip(spread.verticals, searches, strict=True)
    strikes = tuple(check for vertical, search in sides for check in side_checks(vertical, search.atm_iv_frac, search.terms))
    return (expiry_check(spread.expiry_at, terms.now, terms.rules.strikes), *strikes, *apart_checks(spread, [search.listed_usd for search in searches]))


def side_checks(vertical: Vertical, atm_iv_frac: float | None, terms: SearchTerms) -> tuple[Check, ...]:
    """The bands of one side, named when it is one of a condor's."""
    checks = (*short_checks(vertical.short, atm_iv_frac, terms), width_check(vertical, terms))
    return tuple(check._replace(subject=_side_name(terms)) for check in checks)


def apart_checks(spread: Spread, listed_usd: Sequence[Sequence[Decimal]]) -> tuple[Check, ...]:
    """A condor's two widths against each other; nothing to ask of a vertical."""
    return (widths_check(spread, listed_usd),) if len(spread.verticals) > 1 else ()


def _side_name(terms: SearchTerms) -> str:
    """Which side of a condor is meant; nothing to say of a vertical."""
    return terms.side.value if len(terms.strategy.sides) > 1 else ""


def nothing_fits(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    """Why there is no spread: per side without a tradable vertical its own reasons, otherwise widths that do not go together."""
    empty = [one for search in searches if not search.tradable for one in _empty_side(search)]
    return (*(empty if empty else _best_sides_apart(searches)), *dropped_checks(searches))


def _best_sides_apart(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    condor = Spread(verticals=tuple(search.tradable[0].spread.verticals[0] for search in searches))
    return apart_checks(condor, [search.listed_usd for search in searches])


def _empty_side(search: SideSearch) -> tuple[Check, ...]:
    """Why one side came back empty: the first step of the search that left nothing; of blocked pairs the best one speaks for all."""
    strikes, trace = search.terms.rules.strikes, search.trace
    if search.pairs:
        return tuple(check if check.subject else _of_side(check, search) for check in search.pairs[0].blocking)
    if not trace.shorts_in_band:
        empty = _no_short(search)
    elif trace.cheapest_loss_eur is not None:
        return _over_the_cap(trace.cheapest_loss_eur, search)
    elif trace.pairs_dropped["no_price"]:
        empty = not_evaluated("S05", "spread_priced", cause="not_priced")
    else:
        band = (strikes.width_min_frac, strikes.width_max_frac)
        empty = in_band("S03", "no_width_in_band", trace.nearest_width_frac, band, unit=Unit.FRAC)._replace(verdict=Verdict.FAILED, cause="")
    return (_of_side(empty, search),)


def _no_short(search: SideSearch) -> Check:
    """Nothing may be sold; when the nearest delta lies in its band, what dropped most shorts is named."""
    strikes, trace = search.terms.rules.strikes, search.trace
    check = in_band("S02", "no_strike_in_band", trace.nearest_delta, (strikes.short_delta_min, strikes.short_delta_max), unit=Unit.NONE)
    dropped_by = trace.shorts_dropped.most_common(1)
    cause = dropped_by[0][0] if dropped_by and check.verdict is not Verdict.FAILED else ""
    return check._replace(verdict=Verdict.FAILED, cause=cause)


def _of_side(check: Check, search: SideSearch) -> Check:
    return check._replace(subject=_side_name(search.terms))


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
