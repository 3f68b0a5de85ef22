"""Questions the edge cases ask again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.core.decision import Approved, Check, Refused
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.exit_decision import evaluate
from engine.core.model import Book, Chain, ExitDecision, MarketSnapshot, OptionType, Proposal, Quote
from engine.core.rules import StrategyRules

from .builders import EXPIRY_AT, RULES, book, chain, exit_inputs, snapshot, spread


def with_quote(strike: int, kind: OptionType, **changes: Any) -> Chain:
    """The liquid chain with one quote of the nearer expiry changed."""

    def changed(quote: Quote) -> Quote:
        option = quote.instrument
        return replace(quote, **changes) if (option.strike_usd, option.option_type, option.expiry_at) == (strike, kind, EXPIRY_AT) else quote

    return chain(quotes=tuple(changed(quote) for quote in chain().quotes))


def decided(market: MarketSnapshot | None = None, own: Book | None = None, rules: StrategyRules = RULES) -> Approved[Proposal] | Refused:
    """The whole entry decision of this market."""
    return decide_entry(market if market is not None else snapshot(), own if own is not None else book(), rules).outcome


def judged_again(quotes: Chain, own: Book | None = None, rules: StrategyRules = RULES) -> Approved[Proposal] | Refused:
    """The 1750/1650 put spread a person was shown, judged on these quotes."""
    return decide_entry(snapshot(chain=quotes), own if own is not None else book(), rules, shown=named_legs(spread())).outcome


def blocking(outcome: Approved[Any] | Refused) -> set[str]:
    """The codes of the checks that forbid the trade."""
    return {check.code for check in outcome.checks if check.blocks}


def warned(outcome: Approved[Any] | Refused) -> set[str]:
    """The codes of the checks a person is warned with."""
    return {check.code for check in outcome.checks if check.verdict.value == "warned"}


def entry_check(market: MarketSnapshot, code: str, *, own: Book | None = None, rules: StrategyRules = RULES) -> Check:
    """One check of the entry decision."""
    return next(check for check in decided(market, own, rules).checks if check.code == code)


def exit_of(**changes: Any) -> ExitDecision:
    """What the exit table says of the healthy trade with these changes."""
    return evaluate(exit_inputs(**changes), RULES)
