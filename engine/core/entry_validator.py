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
from engine.core.decision import BLOCKING, Approved, Check, Refused, Relation, Unit
from engine.core.economics import credit_checks
from engine.core.entry_checks_book import book_checks, entry_greeks
from engine.core.entry_checks_inputs import input_checks
from engine.core.entry_checks_macro import macro_checks
from engine.core.entry_checks_market import market_checks
from engine.core.entry_context import EntryContext
from engine.core.model import Proposal
from engine.core.rules import StrategyRules
from engine.core.sound_snapshot import sound_snapshot

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
    ordered = tuple(sorted(checks, key=attrgetter("rule")))
    chosen, sized, strategy = context.chosen, context.sized, context.strategy
    if chosen is None or sized is None or strategy is None or greeks is None or not BLOCKING.isdisjoint(check.verdict for check in ordered):
        return Refused(checks=ordered)
    combo = build(chosen, sized.quantity_eth, rules)
    proposal = Proposal(strategy=strategy, bias=context.bias, candidate=chosen, sizing=sized, combo=combo, greeks=greeks)
    return Approved(value=proposal, checks=ordered)


def _sound(context: EntryContext) -> EntryContext:
    snapshot = sound_snapshot(context.snapshot)
    return context if snapshot is context.snapshot else replace(context, snapshot=snapshot)


def _bias(context: EntryContext) -> Check:
    """E09: the bias table names a trade, and it is the one in question."""
    allowed = context.bias.strategy
    return Check(
        rule="E09",
        code="bias",
        verdict=verdict_of(allowed is not None and allowed is context.strategy),
        observed=context.bias.bias.value,
        limit=allowed.value if allowed is not None else None,
        relation=Relation.ONE_OF,
        subject=context.strategy.value if context.strategy is not None else "",
        cause=f"row_{context.bias.row}",
    )


def _strikes(context: EntryContext) -> tuple[Check, ...]:
    """E12 and what the search itself has to say."""
    if context.candidate is None:
        return (not_evaluated("E12", "strikes_found", cause="no_strategy"),)
    is_found = isinstance(context.candidate, Approved)
    found = Check(rule="E12", code="strikes_found", verdict=verdict_of(is_found), observed=is_found, limit=True, relation=Relation.EQUAL)
    return (found, *context.candidate.checks)


def _credit(context: EntryContext, rules: StrategyRules) -> tuple[Check, ...]:
    if context.chosen is None:
        has_spoken = context.candidate is not None and any(check.rule == "E13" for check in context.candidate.checks)
        return () if has_spoken else tuple(not_evaluated("E13", code, cause="no_candidate") for code in CREDIT_CODES)
    return credit_checks(context.chosen.economics, context.chosen.spread.family, rules.strikes)


def _liquidity(context: EntryContext) -> tuple[Check, ...]:
    """E14 as a whole and the gate's own checks."""
    if context.liquidity is None:
        return (not_evaluated("E14", "liquidity", cause="no_candidate" if context.chosen is None else "no_size", limit=0, unit=Unit.COUNT),)
    failing = sum(1 for check in context.liquidity if check.blocks)
    whole = Check(rule="E14", code="liquidity", verdict=verdict_of(not failing), observed=failing, limit=0, relation=Relation.EQUAL, unit=Unit.COUNT)
    return (whole, *context.liquidity)


__all__ = ["BiasInputs", "EntryContext", "bias_inputs", "compute_bias", "validate_entry"]
