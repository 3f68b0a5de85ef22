"""Which spread to sell and the order it becomes.

Rules of this file: nothing is widened when nothing fits; a refusal names what was
nearest and counts what each gate dropped. Source: strategy §1.4 and §1.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from engine.core.checks import not_evaluated
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import width_that_fits_usd
from engine.core.model import Candidate, Chain, Combo, ComboLeg, MarketSnapshot, Stage, Strategy
from engine.core.rules import StrategyRules, StrikeRules
from engine.core.skew import rr25_pts
from engine.core.spread_prices import ZERO, round_up_to_tick
from engine.core.strike_search import RankedPair, SearchTerms, SearchTrace, ranked_pairs

SECONDS_PER_DAY = 86400.0


def dte_days(expiry_at: datetime, now: datetime) -> float:
    """Days to expiry as a fraction; negative once it has passed."""
    return (expiry_at - now).total_seconds() / SECONDS_PER_DAY


def choose_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> datetime | None:
    """The listed expiry inside the band nearest to the target, the one with more open interest on a tie; None when there is none."""
    open_interest_eth: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    for quote in chain.quotes:
        open_interest_eth[quote.instrument.expiry_at] += quote.open_interest_eth if quote.open_interest_eth is not None else ZERO
    in_band = [expiry_at for expiry_at in open_interest_eth if rules.dte_min_d <= dte_days(expiry_at, now) <= rules.dte_max_d]
    if not in_band:
        return None
    return min(in_band, key=lambda expiry_at: (abs(dte_days(expiry_at, now) - rules.dte_target_d), -open_interest_eth[expiry_at], expiry_at))


def select_strikes(
    chain: Chain, snapshot: MarketSnapshot, *, strategy: Strategy, stage: Stage, rules: StrategyRules, now: datetime
) -> Approved[Candidate] | Refused:
    """The best spread of the chosen expiry that passes the credit and liquidity gates for one lot, or why there is none."""
    terms = _terms(snapshot, strategy=strategy, stage=stage, rules=rules, now=now)
    if isinstance(terms, Refused):
        return terms
    expiry_at = choose_expiry(chain, rules.strikes, now)
    if expiry_at is None:
        return Refused(checks=(_no_expiry(chain, rules.strikes, now),))
    trace = SearchTrace()
    pairs = ranked_pairs([quote for quote in chain.quotes if quote.instrument.expiry_at == expiry_at], terms, trace)
    for pair in pairs:
        if not pair.blocking:
            candidate = Candidate(spread=pair.spread, economics=pair.economics, dte_days=dte_days(expiry_at, now), rr25_pts=rr25_pts(chain, expiry_at, now))
            return Approved(value=candidate, checks=(*_chosen(candidate, terms), *_dropped(trace)))
    return Refused(checks=(*_nothing_fits(pairs, terms, trace), *_dropped(trace)))


def build(candidate: Candidate, quantity_eth: Decimal, rules: StrategyRules) -> Combo:
    """The order of `quantity_eth`: sell the short leg, buy the long one, first asked at mid rounded up to tick, never below the floor."""
    tick_coin = rules.execution.combo_tick_eth
    limit_coin = round_up_to_tick(candidate.economics.credit_mid_coin, tick_coin)
    return Combo(
        legs=(
            ComboLeg(instrument=candidate.spread.short.instrument.name, quantity_eth=-quantity_eth),
            ComboLeg(instrument=candidate.spread.long.instrument.name, quantity_eth=quantity_eth),
        ),
        limit_coin=limit_coin,
        floor_coin=candidate.economics.credit_floor_coin,
        tick_coin=tick_coin,
    )


def _terms(snapshot: MarketSnapshot, *, strategy: Strategy, stage: Stage, rules: StrategyRules, now: datetime) -> SearchTerms | Refused:
    index, fx = snapshot.index_usd, snapshot.fx_usd_per_eur
    if index is not None and fx is not None and index.value > ZERO and fx.value > ZERO:
        cap_trade_eur = rules.caps_of(stage.value).trade_eur
        return SearchTerms(strategy=strategy, index_usd=index.value, fx_usd_per_eur=fx.value, cap_trade_eur=cap_trade_eur, now=now, rules=rules)
    missing = [name for name, reading in (("index", index), ("fx", fx)) if reading is None or not reading.value > ZERO]
    return Refused(checks=tuple(not_evaluated("S01", "expiry_in_band", cause=f"no_{name}") for name in missing))


def _no_expiry(chain: Chain, rules: StrikeRules, now: datetime) -> Check:
    ahead = [dte_days(quote.instrument.expiry_at, now) for quote in chain.quotes]
    nearest = min(ahead, key=lambda dte: (abs(dte - rules.dte_target_d), dte), default=None)
    return _in_band("S01", "no_expiry", verdict=Verdict.FAILED, observed=nearest, band=(rules.dte_min_d, rules.dte_max_d), unit=Unit.DAYS)


def _in_band(rule: str, code: str, *, verdict: Verdict, observed: float | Decimal | None, band: tuple[object, object], unit: Unit) -> Check:
    return Check(rule=rule, code=code, verdict=verdict, observed=observed, limit=f"{band[0]}..{band[1]}", relation=Relation.ONE_OF, unit=unit)


def _chosen(candidate: Candidate, terms: SearchTerms) -> tuple[Check, ...]:
    strikes, greeks = terms.rules.strikes, candidate.spread.short.greeks
    delta = None if greeks is None else abs(greeks.delta)
    delta_band, width_band = (strikes.short_delta_min, strikes.short_delta_max), (strikes.width_min_frac, strikes.width_max_frac)
    width_frac = candidate.spread.width_usd / terms.index_usd
    return (
        _in_band("S01", "expiry_in_band", verdict=Verdict.PASSED, observed=candidate.dte_days, band=(strikes.dte_min_d, strikes.dte_max_d), unit=Unit.DAYS),
        _in_band("S02", "short_delta_in_band", verdict=Verdict.PASSED, observed=delta, band=delta_band, unit=Unit.NONE),
        _in_band("S03", "width_in_band", verdict=Verdict.PASSED, observed=width_frac, band=width_band, unit=Unit.FRAC),
    )


def _nothing_fits(pairs: list[RankedPair], terms: SearchTerms, trace: SearchTrace) -> tuple[Check, ...]:
    """Why the search came back empty; the best blocked pair speaks for all of them."""
    band = (terms.rules.strikes.short_delta_min, terms.rules.strikes.short_delta_max)
    empty = _in_band("S02", "no_strike_in_band", verdict=Verdict.FAILED, observed=trace.nearest_delta, band=band, unit=Unit.NONE)
    if pairs:
        return (empty, *pairs[0].blocking)
    if trace.cheapest_loss_eur is not None:
        return (empty, *_over_the_cap(trace.cheapest_loss_eur, terms))
    return (empty,)


def _over_the_cap(cheapest_loss_eur: Decimal, terms: SearchTerms) -> tuple[Check, ...]:
    rules, cap_eur = terms.rules, terms.cap_trade_eur
    lot_eth = rules.sizing.lot_eth.inverse
    width_usd = width_that_fits_usd(cap_eur=cap_eur, fx_usd_per_eur=terms.fx_usd_per_eur, index_usd=terms.index_usd, lot_eth=lot_eth, rules=rules.sizing)
    spot_usd = cap_eur * terms.fx_usd_per_eur / (lot_eth * (rules.strikes.width_min_frac + rules.sizing.fee_allowance_eth.vertical))
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


def _dropped(trace: SearchTrace) -> tuple[Check, ...]:
    return (*_counts("S02", "shorts_dropped", trace.shorts_dropped), *_counts("S03", "pairs_dropped", trace.pairs_dropped))


def _counts(rule: str, code: str, dropped: Mapping[str, int]) -> tuple[Check, ...]:
    return tuple(Check(rule=rule, code=code, verdict=Verdict.PASSED, observed=count, unit=Unit.COUNT, subject=gate) for gate, count in sorted(dropped.items()))


__all__ = ["build", "choose_expiry", "dte_days", "rr25_pts", "select_strikes"]
