"""Whether an entry is refused before any strike is searched: for replays that ask for trades and not for reasons.

Rules of this file: the checks are core's own, on a question without a candidate. Whatever
fails there fails with every candidate too; the rest is for `decide_entry` to say.
"""

from __future__ import annotations

from engine.core.bias import bias_inputs, compute_bias
from engine.core.decision import Verdict
from engine.core.entry_checks_book import book_checks
from engine.core.entry_checks_macro import macro_checks
from engine.core.entry_checks_market import market_checks
from engine.core.entry_context import EntryContext
from engine.core.model import Book, Chain, MarketSnapshot, OptionType, Quote
from engine.core.rules import StrategyRules
from engine.core.spread_prices import EXPECTED_SHARE

HOURS_PER_DAY = 24
SLACK = 1e-9
"""Far above the rounding between a float and a Decimal, far below any step of a limit."""


def is_surely_refused(snapshot: MarketSnapshot, book: Book, rules: StrategyRules, *, rr25_pts: float | None) -> bool:
    """True when no spread whatever could be sold now."""
    if book.is_on_hold:
        return True
    now = snapshot.taken_at
    bias = compute_bias(bias_inputs(snapshot, rr25_pts, now=now, freshness=rules.freshness_s), rules.bias, rules.entry, stage=book.stage)
    if bias.strategy is None:
        return True
    context = EntryContext(snapshot=snapshot, book=book, bias=bias, rr25_pts=rr25_pts, candidate=None, sizing=None, liquidity=None, stage=book.stage, now=now)
    checks = [*market_checks(context, rules), *book_checks(context, rules, None)]
    if _is_macro_independent(rules):
        checks += macro_checks(context, rules.entry.macro, rules.freshness_s)
    if any(check.verdict is Verdict.FAILED for check in checks):
        return True
    return snapshot.chain is not None and not all(_may_fit(snapshot.chain, side, rules) for side in bias.strategy.sides)


def _may_fit(chain: Chain, side: OptionType, rules: StrategyRules) -> bool:
    """False when no short leg of the delta band could pass the slippage gate with any long leg: most scans end there."""
    legs = [_Leg(quote) for quote in chain.quotes if quote.instrument.option_type is side and quote.ask_coin is not None]
    limit, sign = float(rules.liquidity.expected_slippage_max_frac) / float(EXPECTED_SHARE) + SLACK, 1.0 if side is OptionType.CALL else -1.0
    low, high = rules.strikes.short_delta_min - SLACK, rules.strikes.short_delta_max + SLACK
    for short in legs:
        if short.bid <= 0.0 or (short.delta is not None and not low <= short.delta <= high):
            continue
        for long in legs:
            mid = short.mid - long.mid
            if sign * (long.strike - short.strike) > 0.0 and mid > 0.0 and short.half + long.half <= limit * mid:
                return True
    return False


class _Leg:
    """A quote in plain floats; half its book is what crossing it costs, an unknown delta is None."""

    __slots__ = ("bid", "delta", "half", "mid", "strike")

    def __init__(self, quote: Quote) -> None:
        ask = float(quote.ask_coin) if quote.ask_coin is not None else 0.0
        self.bid = float(quote.bid_coin) if quote.bid_coin is not None else 0.0
        self.delta = None if quote.greeks is None else abs(quote.greeks.delta)
        self.strike = float(quote.instrument.strike_usd)
        self.mid, self.half = (self.bid + ask) / 2.0, (ask - self.bid) / 2.0


def _is_macro_independent(rules: StrategyRules) -> bool:
    """Where every expiry lies beyond the look-ahead, a window says the same whichever expiry is chosen."""
    macro = rules.entry.macro
    return macro.mode == "window" and rules.strikes.dte_min_d * HOURS_PER_DAY > max(macro.high_lookahead_h, macro.medium_lookahead_h)
