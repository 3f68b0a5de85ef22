"""Which spread to sell and the order it becomes.

Rules of this file: nothing is widened when nothing fits; a refusal names what was
nearest and counts what each gate dropped. Source: strategy §1.4 and §1.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from engine.core.checks import not_evaluated
from engine.core.decision import Approved, Check, Refused
from engine.core.economics import spread_economics
from engine.core.model import Candidate, Chain, Combo, ComboLeg, MarketSnapshot, OptionType, Quote, Spread, Stage, Strategy
from engine.core.rules import StrategyRules, StrikeRules
from engine.core.skew import atm_iv_frac, rr25_pts
from engine.core.sound_snapshot import sound_quote, sound_snapshot
from engine.core.spread_prices import ZERO, combo_tick_coin, round_up_to_tick
from engine.core.strike_bands import SearchTerms, dte_days, expiry_check, widths_check
from engine.core.strike_report import SideSearch, apart_checks, chosen_checks, dropped_checks, no_expiry, nothing_fits, side_checks
from engine.core.strike_search import SearchTrace, ranked_pairs


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
        return Refused(checks=(no_expiry(chain, rules.strikes, now),))
    quotes = [sound_quote(quote) for quote in chain.quotes if quote.instrument.expiry_at == expiry_at]
    searches = [_search(quotes, replace(shared, side=side)) for side in strategy.sides]
    spread = _spread(searches)
    economics = None if spread is None else spread_economics(spread, index_usd=shared.index_usd, now=now, rules=rules)
    if spread is None or economics is None:
        return Refused(checks=nothing_fits(searches))
    candidate = Candidate(spread=spread, economics=economics, dte_days=dte_days(expiry_at, now), rr25_pts=rr25_pts(chain, expiry_at, now))
    return Approved(value=candidate, checks=(*chosen_checks(spread, searches), *dropped_checks(searches)))


def judge_strikes(spread: Spread, chain: Chain, snapshot: MarketSnapshot, *, stage: Stage, rules: StrategyRules, now: datetime) -> tuple[Check, ...]:
    """The bands of a spread that was chosen before, as the market stands now: each may have drifted as far as an approval may."""
    shared = _terms(snapshot, strategy=spread.strategy, stage=stage, rules=rules, now=now)
    if isinstance(shared, Refused):
        return shared.checks
    quotes = [quote for quote in chain.quotes if quote.instrument.expiry_at == spread.expiry_at]
    sides = [replace(shared, side=side, drift=rules.approval.drift_max) for side in spread.strategy.sides]
    atm = atm_iv_frac(quotes)
    return (
        expiry_check(spread.expiry_at, now, rules.strikes),
        *(check for vertical, terms in zip(spread.verticals, sides, strict=True) for check in side_checks(vertical, atm, terms)),
        *apart_checks(spread, [listed_strikes_usd(quotes, side) for side in spread.strategy.sides]),
    )


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


def listed_strikes_usd(quotes: Sequence[Quote], side: OptionType) -> tuple[Decimal, ...]:
    """The strikes of one side that are listed."""
    return tuple(quote.instrument.strike_usd for quote in quotes if quote.instrument.option_type is side)


def _search(quotes: Sequence[Quote], terms: SearchTerms) -> SideSearch:
    trace = SearchTrace()
    pairs = ranked_pairs(quotes, terms, trace)
    listed = listed_strikes_usd(quotes, terms.side)
    lot_eth = max((quote.instrument.lot_eth for quote in quotes), default=ZERO)
    return SideSearch(terms=terms, trace=trace, pairs=tuple(pairs), listed_usd=listed, lot_eth=lot_eth, atm_iv_frac=atm_iv_frac(quotes))


def _spread(searches: Sequence[SideSearch]) -> Spread | None:
    """The first tradable vertical, or for a condor the first pair of them whose widths go together."""
    if len(searches) == 1:
        return next((pair.spread for pair in searches[0].tradable), None)
    puts, calls = searches
    condors = (Spread(verticals=(*put.spread.verticals, *call.spread.verticals)) for put in puts.tradable for call in calls.tradable)
    listed_usd = [search.listed_usd for search in searches]
    return next((condor for condor in condors if not widths_check(condor, listed_usd).blocks), None)


__all__ = ["build", "choose_expiry", "dte_days", "rr25_pts", "select_strikes"]
