"""Whether a trade may be opened: every rule is looked at, then yes or no.

Rules of this file: no rule stops the others, so a refusal carries all its reasons;
the order of the checks is the order of the rule numbers. Source: strategy §1.2.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

from engine.core.bias import BiasInputs, bias_inputs, compute_bias
from engine.core.checks import not_evaluated, verdict_of
from engine.core.combo_builder import build
from engine.core.decision import BLOCKING, COUNT, EQUAL, Approved, Check, Refused, Relation
from engine.core.economics import credit_checks
from engine.core.entry_checks_book import book_checks, entry_greeks
from engine.core.entry_checks_inputs import input_checks
from engine.core.entry_checks_macro import macro_checks
from engine.core.entry_checks_market import market_checks
from engine.core.entry_context import EntryContext
from engine.core.model import Proposal
from engine.core.rules import StrategyRules
from engine.core.sound_snapshot import sound_snapshot

_RULE, _VERDICT = attrgetter("rule"), attrgetter("verdict")

CREDIT_CODES = ("credit_min", "credit_over_width", "fees_over_credit", "credit_below_width")


def validate_entry(context: EntryContext, rules: StrategyRules) -> Approved[Proposal] | Refused:
    """A proposal when all of E01 to E19 let it through, otherwise every check with the ones that did not."""
    context = _sound(context)
    greeks = entry_greeks(context)
    checks = (
        *input_checks(context, rules),
        *market_checks(context, rules),
        *macro_checks(context, rules.entry.macro, rules.freshness_s),
        _bias(context),
        *_strikes(context),
        *_credit(context, rules),
        *_liquidity(context),
        *book_checks(context, rules, greeks),
    )
    ordered = tuple(sorted(checks, key=_RULE))
    chosen, sized, strategy = context.chosen, context.sized, context.strategy
    if chosen is None or sized is None or strategy is None or greeks is None or not BLOCKING.isdisjoint(map(_VERDICT, ordered)):
        return Refused(checks=ordered)
    combo = build(chosen, sized.quantity_eth, rules)
    proposal = Proposal(strategy=strategy, bias=context.bias, candidate=chosen, sizing=sized, combo=combo, greeks=greeks)
    return Approved(value=proposal, checks=ordered)


def _sound(context: EntryContext) -> EntryContext:
    snapshot = sound_snapshot(context.snapshot)
    return context if snapshot is context.snapshot else replace(context, snapshot=snapshot)


def _bias(context: EntryContext) -> Check:
    """E09: the bias table names a trade, and it is the one in question."""
    bias, strategy = context.bias, context.strategy
    allowed = None if bias.strategy is None else bias.strategy.value
    asked = "" if strategy is None else strategy.value
    return Check("E09", "bias", verdict_of(allowed == asked), bias.bias.value, allowed, Relation.ONE_OF, subject=asked, cause=f"row_{bias.row}")


def _strikes(context: EntryContext) -> tuple[Check, ...]:
    """E12 and what the search itself has to say."""
    if context.candidate is None:
        return (not_evaluated("E12", "strikes_found", cause="no_strategy"),)
    is_found = isinstance(context.candidate, Approved)
    found = Check("E12", "strikes_found", verdict_of(is_found), is_found, True, EQUAL)
    return (found, *context.candidate.checks)


def _credit(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    if context.chosen is None:
        has_spoken = context.candidate is not None and any(check.rule == "E13" for check in context.candidate.checks)
        return () if has_spoken else tuple(not_evaluated("E13", code, cause="no_candidate") for code in CREDIT_CODES)
    return credit_checks(context.chosen.economics, context.chosen.spread.family, rules.strikes)


def _liquidity(context: EntryContext) -> tuple[Check, ...]:
    """E14 as a whole and the gate's own checks."""
    if context.liquidity is None:
        return (not_evaluated("E14", "liquidity", cause="no_candidate" if context.chosen is None else "no_size", limit=0, unit=COUNT),)
    failing = len([check for check in context.liquidity if check.verdict in BLOCKING])
    whole = Check("E14", "liquidity", verdict_of(not failing), failing, 0, EQUAL, COUNT)
    return (whole, *context.liquidity)


__all__ = ["BiasInputs", "EntryContext", "bias_inputs", "compute_bias", "validate_entry"]
