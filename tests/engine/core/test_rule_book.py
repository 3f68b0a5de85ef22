"""The rule book holds exactly the rules the decisions ask: none is missing, none is idle, every threshold is somewhere."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from engine.config import default_rules
from engine.config_checks import flatten
from engine.core.combo_builder import select_strikes
from engine.core.decision import Check, Unit, Verdict
from engine.core.entry_cycle import NamedLegs, decide_entry
from engine.core.entry_validator import validate_entry
from engine.core.exit_decision import EXIT_RULES, HOLD_PRIORITY, evaluate
from engine.core.kelly_recalibration import recalibrate
from engine.core.model import MacroCalendar, MarketSnapshot, OptionType, Stage, Strategy
from engine.core.rule_book import BIAS, RULE_BOOK
from engine.core.rules import StrategyRules

from .builders import (
    COVERED_UNTIL,
    EXPIRY_AT,
    INDEX_USD,
    NOW,
    RULES,
    WEALTH,
    book,
    calm_snapshot,
    chain,
    context,
    dec,
    exit_inputs,
    open_trade,
    priced,
    read,
    snapshot,
)

RUNTIME = Path(__file__).resolve().parents[3] / "engine" / "runtime"
BOOK = {(text.rule, text.code): text for text in RULE_BOOK}
UNCHECKED = {(text.rule, text.code) for text in BIAS} | {("X15", "hold")}
"""Rows of a table that leave no check of their own: the bias rows, and holding when no exit fires."""

SECTIONS = ("entry", "bias", "strikes", "liquidity", "sizing", "exit", "greeks", "caps")
NO_RULE = {
    "sizing.kelly_fraction": "shapes the Kelly figure before any rule sees it",
    "sizing.bootstrap_mode": "allows one value only",
    "exit.margin_usage_warn_frac": "no rule reads it",
    "exit.roll": "allows one value only",
}
SUFFIXES = {
    "_frac": {Unit.FRAC},
    "_pts": {Unit.PTS},
    "_eur": {Unit.EUR},
    "_eth": {Unit.ETH, Unit.COIN},
    "_d": {Unit.DAYS},
    "_h": {Unit.HOURS},
    "_s": {Unit.SECONDS},
    "_x_credit": {Unit.MULTIPLE},
    "_x_trade_cap": {Unit.MULTIPLE},
}


def what_to_add(rule: str, code: str) -> str:
    row = f'rule_text("{rule}", "{code}", "<section>", threshold("limit", "<key>", Unit...), unit=Unit...)'
    sentence = f"rule-{rule.lower()}-{code.replace('_', '-')} = <sentence>"
    return (
        f"{rule} {code} has no place in the rule book. Read its code, then add\n"
        f"  {row} to engine/core/rule_book.py or rule_book_trade.py,\n"
        f"  {sentence} to bot/locales/en/rules.ftl and bot/locales/it/rules.ftl,\n"
        f"  run `python -m tests.docs_pages`, and let `situations` of this file bring the check about."
    )


def with_macro(mode: str) -> StrategyRules:
    return replace(RULES, entry=replace(RULES.entry, macro=replace(RULES.entry.macro, mode=mode)))


def nothing_known() -> MarketSnapshot:
    return MarketSnapshot(taken_at=NOW, **{name: None for name in snapshot().__slots__ if name != "taken_at"})


def situations() -> Iterator[tuple[Check, ...]]:
    """Markets, books and trades that together bring about every check there is."""
    shown = NamedLegs(short="ETH-20MAR26-1750-P", long="ETH-20MAR26-1650-P")
    held = {(OptionType.PUT, 1750), (OptionType.PUT, 1690), (OptionType.CALL, 2300), (OptionType.CALL, 2420)}
    listed = [(OptionType.PUT, strike) for strike in range(1690, 1751, 20)] + [(OptionType.CALL, strike) for strike in range(2300, 2421, 20)]
    uneven = tuple(priced(strike, kind, open_interest_eth=dec(1000 if (kind, strike) in held else 0)) for kind, strike in listed)
    ending = MacroCalendar(events=(), covered_until={**COVERED_UNTIL, "CPI": date(2026, 3, 1)})
    yield validate_entry(context(), RULES).checks
    yield validate_entry(context(snapshot(trend_30d_frac=-0.10)), RULES).checks
    yield validate_entry(context(snapshot(macro=read(ending))), RULES).checks
    yield validate_entry(context(snapshot(chain=chain(recorded_at=NOW))), RULES).checks
    yield validate_entry(context(nothing_known()), RULES).checks
    yield validate_entry(context(snapshot(index_usd=None)), RULES).checks
    for mode in ("off", "strict_before_expiry"):
        yield validate_entry(context(), with_macro(mode)).checks
    far = tuple(quote for quote in chain().quotes if quote.instrument.expiry_at != EXPIRY_AT)
    thin = tuple(replace(quote, open_interest_eth=dec(10)) for quote in chain().quotes)
    bare = tuple(replace(quote, ask_coin=None) for quote in chain().quotes)
    near = tuple(quote for quote in chain().quotes if abs(quote.instrument.strike_usd - INDEX_USD) < 150)
    apart = tuple(quote for quote in chain().quotes if quote.instrument.strike_usd == 1750 or quote.instrument.strike_usd > INDEX_USD)
    for quotes in (far, thin, near, apart):
        yield decide_entry(snapshot(chain=chain(quotes=quotes)), book(), RULES).outcome.checks
    yield decide_entry(snapshot(fx_usd_per_eur=read(dec("0.80"))), book(stage=Stage.SOFT), RULES).outcome.checks
    yield decide_entry(snapshot(wealth=read(replace(WEALTH, available_funds_eth=dec(-1)))), book(), RULES).outcome.checks
    yield decide_entry(snapshot(), book(open_trades=(open_trade(max_loss_eur=dec(990)),)), RULES).outcome.checks
    yield decide_entry(snapshot(), book(), RULES, shown=(replace(shown, long="ETH-20MAR26-1-P"),)).outcome.checks
    yield decide_entry(snapshot(chain=chain(quotes=bare)), book(), RULES, shown=(shown,)).outcome.checks
    yield decide_entry(calm_snapshot(), book(), RULES).outcome.checks
    yield select_strikes(chain(quotes=uneven), calm_snapshot(), strategy=Strategy.IRON_CONDOR, stage=Stage.PAPER, rules=RULES, now=NOW).checks
    yield recalibrate([11.0, -3.0], f_prev_frac=-1.0, rules=replace(RULES.kelly, f_cap=0.5), sizing=RULES.sizing).checks
    yield evaluate(exit_inputs(), RULES).checks
    yield evaluate(exit_inputs(high_event_at=NOW + timedelta(hours=30)), RULES).checks


def from_runtime() -> set[tuple[str, str]]:
    """What an approval may say no with before it is carried out: the checks written in the runtime's own source."""
    calls = [call for path in sorted(RUNTIME.glob("*.py")) for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(call, ast.Call)]
    written = [{each.arg: each.value for each in call.keywords} for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Check"]
    return {
        (each["rule"].value, each["code"].value)
        for each in written
        if isinstance(each.get("rule"), ast.Constant) and isinstance(each.get("code"), ast.Constant)
    }


@cache
def seen() -> tuple[Check, ...]:
    return tuple(check for checks in situations() for check in checks)


def produced() -> set[tuple[str, str]]:
    return {(check.rule, check.code) for check in seen()} | from_runtime()


def test_every_check_that_comes_about_stands_in_the_rule_book() -> None:
    missing = sorted(produced() - set(BOOK))

    assert not missing, "\n".join(what_to_add(*each) for each in missing)


def test_every_rule_of_the_book_comes_about() -> None:
    idle = sorted(set(BOOK) - produced() - UNCHECKED)

    assert not idle, f"{idle}: either nothing asks these rules any more (take them out of the book and the catalogues) or `situations` lacks a case"


def test_no_rule_stands_twice() -> None:
    assert [pair for pair, times in Counter((text.rule, text.code) for text in RULE_BOOK).items() if times > 1] == []


def test_every_rule_has_the_unit_its_checks_are_measured_in() -> None:
    evaluated = {(check.rule, check.code, check.unit) for check in seen() if check.verdict is not Verdict.NOT_EVALUATED and (check.rule, check.code) in BOOK}
    wrong = sorted((rule, code, unit.name, BOOK[rule, code].unit.name) for rule, code, unit in evaluated if BOOK[rule, code].unit is not unit)

    assert wrong == []


def test_every_row_of_both_tables_stands_in_its_place() -> None:
    exits = {text.rule: text.code for text in RULE_BOOK if text.rule.startswith("X")}

    assert [text.rule for text in BIAS] == [f"B{row:02d}" for row in range(1, 11)]
    assert exits == {f"X{rule.priority:02d}": rule.reason.value for rule in EXIT_RULES} | {f"X{HOLD_PRIORITY}": "hold"}


def test_every_key_of_a_threshold_exists() -> None:
    known = flatten(default_rules())
    keys = {threshold.key for text in RULE_BOOK for threshold in text.thresholds if threshold.key}

    assert sorted(keys - set(known)) == []


def test_every_threshold_of_the_strategy_is_named_by_a_rule() -> None:
    named = {threshold.key for text in RULE_BOOK for threshold in text.thresholds}
    silent = sorted(key for key in flatten(default_rules()) if key.startswith(SECTIONS) and key not in named and key not in NO_RULE)

    assert not silent, f"{silent}: give the rule that reads them a threshold with this key, or say in NO_RULE why no rule does"
    assert sorted(set(NO_RULE) & named) == []


@pytest.mark.parametrize("text", RULE_BOOK, ids=lambda text: f"{text.rule}-{text.code}")
def test_a_threshold_is_shown_in_the_unit_its_key_ends_in(text) -> None:
    for threshold in text.thresholds:
        allowed = next((units for suffix, units in SUFFIXES.items() if threshold.key.endswith(suffix)), {threshold.unit})

        assert threshold.unit in allowed, threshold.key


@pytest.mark.parametrize("text", RULE_BOOK, ids=lambda text: f"{text.rule}-{text.code}")
def test_a_placeholder_stands_once_and_is_filled_by_a_key_or_by_core(text) -> None:
    assert [name for name, times in Counter(threshold.name for threshold in text.thresholds).items() if times > 1] == []
    assert all((threshold.value is None) is bool(threshold.key) for threshold in text.thresholds)
