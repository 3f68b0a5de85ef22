"""The entry decision from one snapshot: bias, strikes, size, liquidity at that size, every filter.

The order is the one of strategy §1.2; nothing here looks at a clock or decides by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.bias import bias_inputs, compute_bias
from engine.core.checks import not_evaluated
from engine.core.combo_builder import choose_expiry, dte_days, judge_strikes, select_strikes
from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.economics import spread_economics
from engine.core.entry_context import EntryContext
from engine.core.entry_validator import validate_entry
from engine.core.liquidity_gate import check
from engine.core.model import BiasDecision, Book, Candidate, Chain, MarketSnapshot, Proposal, Quote, Sizing, Spread, Stage, Vertical
from engine.core.quote_soundness import with_sound_greeks
from engine.core.rules import StrategyRules
from engine.core.sizing_engine import compute_contracts, sizing_inputs
from engine.core.skew import rr25_pts
from engine.core.sound_snapshot import sound_quote, sound_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLegs:
    """One vertical of a definite spread, by its instruments."""

    short: str
    long: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDecision:
    """What the rules say now, with the bias they started from."""

    bias: BiasDecision
    outcome: Approved[Proposal] | Refused


def named_legs(spread: Spread) -> tuple[NamedLegs, ...]:
    """The spread's legs by name: what a person was shown, to be judged again."""
    return tuple(NamedLegs(short=vertical.short.instrument.name, long=vertical.long.instrument.name) for vertical in spread.verticals)


def decide_entry(snapshot: MarketSnapshot, book: Book, rules: StrategyRules, *, shown: tuple[NamedLegs, ...] = ()) -> EntryDecision:
    """Yes with a proposal of a definite size, or no with every reason.

    With `shown` no strikes are searched: that very spread is judged, as it was the one
    a person said yes to. `book` must not count the proposal being judged again.
    """
    snapshot = sound_snapshot(snapshot)
    now = snapshot.taken_at
    rr25 = target_rr25_pts(snapshot, rules)
    bias = compute_bias(bias_inputs(snapshot, rr25, now=now, freshness=rules.freshness_s), rules.bias, rules.entry, stage=book.stage)
    candidate = _candidate(snapshot, book, bias, rules, shown=shown)
    sizing = _sizing(candidate, snapshot, book, rules)
    liquidity, index = None, snapshot.index_usd
    if isinstance(candidate, Approved) and isinstance(sizing, Approved) and index is not None:
        spread, quantity_eth = candidate.value.spread, sizing.value.quantity_eth
        liquidity = check(spread, quantity_eth, rules=rules.liquidity, now=now, index_usd=index.value, freshness=rules.freshness_s)
    context = EntryContext(
        snapshot=snapshot, book=book, bias=bias, rr25_pts=rr25, candidate=candidate, sizing=sizing, liquidity=liquidity, stage=book.stage, now=now
    )
    return EntryDecision(bias=bias, outcome=validate_entry(context, rules))


def target_rr25_pts(snapshot: MarketSnapshot, rules: StrategyRules) -> float | None:
    """The 25-delta risk reversal at the expiry an entry would use; None without a chain or such an expiry."""
    if snapshot.chain is None:
        return None
    expiry_at = choose_expiry(snapshot.chain, rules.strikes, snapshot.taken_at)
    return None if expiry_at is None else rr25_pts(snapshot.chain, expiry_at, snapshot.taken_at)


def _candidate(
    snapshot: MarketSnapshot, book: Book, bias: BiasDecision, rules: StrategyRules, *, shown: tuple[NamedLegs, ...]
) -> Approved[Candidate] | Refused | None:
    if snapshot.chain is None:
        return None
    if shown:
        return _judged_again(snapshot, snapshot.chain, rules, shown, stage=book.stage)
    if bias.strategy is None:
        return None
    return select_strikes(snapshot.chain, snapshot, strategy=bias.strategy, stage=book.stage, rules=rules, now=snapshot.taken_at)


def _judged_again(snapshot: MarketSnapshot, chain: Chain, rules: StrategyRules, shown: tuple[NamedLegs, ...], *, stage: Stage) -> Approved[Candidate] | Refused:
    """The spread as a candidate with today's figures, or the legs that are not quoted any more."""
    quotes = {quote.instrument.name: quote for quote in chain.quotes}
    missing = [name for legs in shown for name in (legs.short, legs.long) if name not in quotes]
    gone = tuple(Check(rule="S05", code="leg_quoted", verdict=Verdict.NOT_EVALUATED, subject=name, cause="not_in_chain") for name in missing)
    if gone:
        return Refused(checks=gone)
    now = snapshot.taken_at
    verticals = tuple(Vertical(short=_sound(quotes[legs.short], snapshot), long=_sound(quotes[legs.long], snapshot)) for legs in shown)
    spread, index = Spread(verticals=verticals), snapshot.index_usd
    economics = None if index is None else spread_economics(spread, index_usd=index.value, now=now, rules=rules)
    if economics is None:
        return Refused(checks=(not_evaluated("S05", "spread_priced", cause="not_priced"),))
    bands = judge_strikes(spread, chain, snapshot, stage=stage, rules=rules, now=now)
    if any(check.blocks for check in bands):
        return Refused(checks=bands)
    rr25 = rr25_pts(chain, spread.expiry_at, now)
    return Approved(checks=bands, value=Candidate(spread=spread, economics=economics, dte_days=dte_days(spread.expiry_at, now), rr25_pts=rr25))


def _sound(quote: Quote, snapshot: MarketSnapshot) -> Quote:
    return with_sound_greeks(sound_quote(quote), snapshot.taken_at)


def _sizing(candidate: Approved[Candidate] | Refused | None, snapshot: MarketSnapshot, book: Book, rules: StrategyRules) -> Approved[Sizing] | Refused | None:
    if not isinstance(candidate, Approved):
        return None
    inputs = sizing_inputs(candidate.value, snapshot, book=book, rules=rules)
    return inputs if isinstance(inputs, Refused) else compute_contracts(inputs, rules.sizing)
