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
from engine.core.model import Book, MarketSnapshot
from engine.core.rules import StrategyRules

HOURS_PER_DAY = 24


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
    return any(check.verdict is Verdict.FAILED for check in checks)


def _is_macro_independent(rules: StrategyRules) -> bool:
    """Where every expiry lies beyond the look-ahead, a window says the same whichever expiry is chosen."""
    macro = rules.entry.macro
    return macro.mode == "window" and rules.strikes.dte_min_d * HOURS_PER_DAY > max(macro.high_lookahead_h, macro.medium_lookahead_h)
