"""Which spread to sell and the order it becomes.

Rules of this file: nothing is widened when nothing fits; a refusal names what was
nearest and counts what each gate dropped. Source: strategy §1.4 and §1.8.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from engine.core.checks import not_evaluated
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import spread_economics, width_that_fits_usd
from engine.core.fees import fee_allowance_eth
from engine.core.model import Candidate, Chain, Combo, ComboLeg, MarketSnapshot, OptionType, Quote, Spread, Stage, Strategy, Vertical
from engine.core.rules import StrategyRules, StrikeRules
from engine.core.skew import rr25_pts
from engine.core.sound_snapshot import sound_quote, sound_snapshot
from engine.core.spread_prices import ZERO, combo_tick_coin, round_up_to_tick
from engine.core.strike_search import RankedPair, SearchTerms, SearchTrace, ranked_pairs

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


def choose_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> datetime | None:
    """The listed expiry inside the band nearest to the target, the one with more open interest on a tie; None when there is none."""
    open_interest_eth: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for quote in chain.quotes:
        interest_eth = quote.open_interest_eth
        open_interest_eth[quote.instrument.expiry_at] += interest_eth if interest_eth is not None and interest_eth.is_finite() else ZERO
    in_band = [expiry_at for expiry_at in open_interest_eth if rules.dte_min_d <= dte_days(expiry_at, now) <= rules.dte_max_d]
    if not in_band:
        return None
    return min(in_band, key=lambda expiry_at: (abs(dte_days(expiry_at, now) - rules.dte_target_d), -open_interest_eth[expiry_at], expiry_at))


def select_strikes(
    chain: Chain, snapshot: MarketSnapshot, *, strategy: Strategy, stage: Stage, rules: StrategyRules, now: datetime
) -> Approved[Candidate] | Refused:
    """The best spread of the chosen expiry whose verticals pass the credit and liquidity gates for one lot, or why there is none.

    An iron condor is the best put vertical with the best call vertical whose width is within one strike step of it.
    """
    snapshot = sound_snapshot(snapshot)
    shared = _terms(snapshot, strategy=strategy, stage=stage, rules=rules, now=now)
    if isinstance(shared, Refused):
        return shared
    expiry_at = choose_expiry(chain, rules.strikes, now)
    if expiry_at is None:
        return Refused(checks=(_no_expiry(chain, rules.strikes, now),))
    quotes = [sound_quote(quote) for quote in chain.quotes if quote.instrument.expiry_at == expiry_at]
    searches = [_search(quotes, replace(shared, side=side)) for side in strategy.sides]
    spread = _spread(searches)
    economics = None if spread is None else spread_economics(spread, index_usd=shared.index_usd, now=now, rules=rules)
    if spread is None or economics is None:
        return Refused(checks=_nothing_fits(searches))
    candidate = Candidate(spread=spread, economics=economics, dte_days=dte_days(expiry_at, now), rr25_pts=rr25_pts(chain, expiry_at, now))
    return Approved(value=candidate, checks=(*_chosen(candidate, shared), *_dropped(searches)))


def build(candidate: Candidate, quantity_eth: Decimal, rules: StrategyRules) -> Combo:
    """The order of `quantity_eth`: sell the short legs, buy the long ones, first asked at mid rounded up to tick, never below the floor."""
    spread, economics = candidate.spread, candidate.economics
    tick_coin = combo_tick_coin(spread, rules.execution)
    signed = [(quote, size) for vertical in spread.verticals for quote, size in ((vertical.short, -quantity_eth), (vertical.long, quantity_eth))]
    return Combo(
        legs=tuple(ComboLeg(instrument=quote.instrument.name, quantity_eth=size) for quote, size in signed),
        limit_coin=round_up_to_tick(economics.credit_mid_coin, tick_coin),
        floor_coin=economics.credit_floor_coin,
        tick_coin=tick_coin,
    )


def _terms(snapshot: MarketSnapshot, *, strategy: Strategy, stage: Stage, rules: StrategyRules, now: datetime) -> SearchTerms | Refused:
    index, fx = snapshot.index_usd, snapshot.fx_usd_per_eur
    if index is None or fx is None or not (index.value > ZERO and fx.value > ZERO):
        missing = [name for name, reading in (("index", index), ("fx", fx)) if reading is None or not reading.value > ZERO]
        return Refused(checks=tuple(not_evaluated("S01", "expiry_in_band", cause=f"no_{name}") for name in missing))
    return SearchTerms(
        strategy=strategy,
        side=strategy.sides[0],
        index_usd=index.value,
        fx_usd_per_eur=fx.value,
        cap_trade_eur=rules.caps_of(stage.value).trade_eur,
        now=now,
        rules=rules,
    )


def _search(quotes: Sequence[Quote], terms: SearchTerms) -> SideSearch:
    trace = SearchTrace()
    pairs = ranked_pairs(quotes, terms, trace)
    listed = tuple(quote.instrument.strike_usd for quote in quotes if quote.instrument.option_type is terms.side)
    lot_eth = max((quote.instrument.lot_eth for quote in quotes), default=ZERO)
    return SideSearch(terms=terms, trace=trace, pairs=tuple(pairs), listed_usd=listed, lot_eth=lot_eth)


def _spread(searches: Sequence[SideSearch]) -> Spread | None:
    """The first tradable vertical, or for a condor the first pair of them whose widths go together."""
    if len(searches) == 1:
        return next((pair.spread for pair in searches[0].tradable), None)
    puts, calls = searches
    condors = (Spread(verticals=(*put.spread.verticals, *call.spread.verticals)) for put in puts.tradable for call in calls.tradable)
    return next((condor for condor in condors if _width_gap_usd(condor) <= _step_usd(condor, searches)), None)


def _width_gap_usd(condor: Spread) -> Decimal:
    put, call = condor.verticals
    return abs(put.width_usd - call.width_usd)


def _step_usd(condor: Spread, searches: Sequence[SideSearch]) -> Decimal:
    """The widest gap between neighbouring listed strikes inside the verticals: what one step means there."""
    return max(_widest_gap_usd(vertical, search.listed_usd) for vertical, search in zip(condor.verticals, searches, strict=True))


def _widest_gap_usd(vertical: Vertical, listed_usd: Sequence[Decimal]) -> Decimal:
    near, far = sorted((vertical.short.instrument.strike_usd, vertical.long.instrument.strike_usd))
    inside = sorted(strike for strike in listed_usd if near <= strike <= far)
    return max(above - below for below, above in pairwise(inside))


def _no_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> Check:
    ahead = [dte_days(quote.instrument.expiry_at, now) for quote in chain.quotes]
    nearest = min(ahead, key=lambda dte: (abs(dte - rules.dte_target_d), dte), default=None)
    return _in_band("S01", "no_expiry", verdict=Verdict.FAILED, observed=nearest, band=(rules.dte_min_d, rules.dte_max_d), unit=Unit.DAYS)


def _in_band(rule: str, code: str, *, verdict: Verdict, observed: float | Decimal | None, band: tuple[object, object], unit: Unit) -> Check:
    return Check(rule=rule, code=code, verdict=verdict, observed=observed, limit=f"{band[0]}..{band[1]}", relation=Relation.ONE_OF, unit=unit)


def _chosen(candidate: Candidate, terms: SearchTerms) -> tuple[Check, ...]:
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


def _nothing_fits(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    """Why there is no spread: per side without a tradable vertical its own reasons, otherwise widths that do not go together."""
    empty = [search for search in searches if not search.tradable]
    reasons = [one for search in empty for one in _empty_side(search)] if empty else [_widths_apart(searches)]
    return (*reasons, *_dropped(searches))


def _widths_apart(searches: Sequence[SideSearch]) -> Check:
    puts, calls = searches
    condor = Spread(verticals=(*puts.tradable[0].spread.verticals, *calls.tradable[0].spread.verticals))
    return Check(
        rule="S06",
        code="widths_within_a_step",
        verdict=Verdict.FAILED,
        observed=_width_gap_usd(condor),
        limit=_step_usd(condor, searches),
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


def _dropped(searches: Sequence[SideSearch]) -> tuple[Check, ...]:
    shorts = sum((search.trace.shorts_dropped for search in searches), Counter[str]())
    pairs = sum((search.trace.pairs_dropped for search in searches), Counter[str]())
    return (*_counts("S02", "shorts_dropped", shorts), *_counts("S03", "pairs_dropped", pairs))


def _counts(rule: str, code: str, dropped: Mapping[str, int]) -> tuple[Check, ...]:
    return tuple(Check(rule=rule, code=code, verdict=Verdict.PASSED, observed=count, unit=Unit.COUNT, subject=gate) for gate, count in sorted(dropped.items()))


__all__ = ["build", "choose_expiry", "dte_days", "rr25_pts", "select_strikes"]
