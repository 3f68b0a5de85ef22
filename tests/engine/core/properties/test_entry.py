"""The entry rules for one fixed trade: a limit made tighter or an input taken away never lets through what was refused."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.core.decision import Approved, Refused, Verdict
from engine.core.entry_context import EntryContext
from engine.core.entry_validator import validate_entry
from engine.core.model import MacroCalendar, MacroEvent, MarketSnapshot, OptionType, Quote, Reading, Severity, Stage, Strategy, Wealth
from engine.core.rules import StrategyRules
from tests.engine.core.builders import COVERED_UNTIL, NOW, RULES, every_leg_changed, open_trade

from .tightening import FORGIVING, NOT_READ, TIGHTER, UP
from .worlds import SPREADS, WORLD_NAMES, WORLDS, blocking, judged, moved, optional_rule_keys, rule_keys, with_rule, worlds

KEYS = rule_keys(RULES)
SHARES = st.floats(0.001, 0.95)
FEW = settings(max_examples=60)


def tightened(key: str, share: float, rules: StrategyRules = RULES) -> StrategyRules:
    value = KEYS.get(key)
    return with_rule(rules, key, 30.0 * share if value is None else moved(value, TIGHTER[key], share))


def is_forgiven(key: str, world: EntryContext) -> bool:
    return key in FORGIVING and world.strategy is not Strategy.IRON_CONDOR


def test_the_table_of_directions_knows_every_number_of_the_rules() -> None:
    unread = {key for key in KEYS if key.startswith(NOT_READ)}

    assert set(TIGHTER) | unread == set(KEYS) | set(optional_rule_keys(RULES))
    assert not set(TIGHTER) & unread
    assert all(any(key.startswith(prefix) for key in KEYS) for prefix in NOT_READ)


@given(worlds(), st.sampled_from(sorted(TIGHTER)), SHARES)
def test_a_tighter_limit_never_lets_through_what_was_refused(world: EntryContext, key: str, share: float) -> None:
    assume(not is_forgiven(key, world))
    tight = tightened(key, share)

    assert blocking(validate_entry(world, RULES).checks) <= blocking(validate_entry(judged_alike(world, tight), tight).checks)


def judged_alike(world: EntryContext, rules: StrategyRules) -> EntryContext:
    """The same legs under other rules: their prices are still the same ones."""
    return judged(world, rules, spread=None if world.chosen is None else world.chosen.spread)


@settings(max_examples=30)
@given(WORLD_NAMES, st.floats(0.001, 0.9), st.booleans())
def test_what_an_entry_does_not_read_does_not_change_it(kind: str, share: float, up: bool) -> None:
    world, rules = WORLDS[kind], RULES
    for key, value in KEYS.items():
        if key.startswith(NOT_READ):
            rules = with_rule(rules, key, moved(value, 1 if up else -1, share))

    assert validate_entry(judged(world, rules), rules).checks == validate_entry(world, RULES).checks


@FEW
@given(worlds())
def test_a_refusal_says_why_and_an_approval_has_nothing_against_it(world: EntryContext) -> None:
    outcome = validate_entry(world, RULES)

    assert (len(outcome.reasons) > 0) if isinstance(outcome, Refused) else not blocking(outcome.checks)
    assert [check.rule for check in outcome.checks] == sorted(check.rule for check in outcome.checks)
    assert {f"E{number:02d}" for number in range(1, 20)} <= {check.rule for check in outcome.checks}


@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_open_trades_stops_and_events_is_irrelevant(world: EntryContext, generator: random.Random) -> None:
    macro = world.snapshot.macro
    trades, stops, events = list(world.book.open_trades), list(world.book.last_stop_at), list(macro.value.events) if macro is not None else []
    for rows in (trades, stops, events):
        generator.shuffle(rows)
    shuffled = None if macro is None else replace(macro, value=replace(macro.value, events=tuple(events)))
    book = replace(world.book, open_trades=tuple(trades), last_stop_at=tuple(stops))
    other = replace(world, book=book, snapshot=replace(world.snapshot, macro=shuffled))

    assert blocking(validate_entry(other, RULES).checks) == blocking(validate_entry(world, RULES).checks)


# Inputs taken away. What a trade cannot do without, what it may do without (a vertical, with a warning), what this step does not read.

MANDATORY = frozenset(
    {
        "index_usd",
        "dvol_pts",
        "dvol_24h_ago_pts",
        "return_24h_frac",
        "return_4h_frac",
        "perp_mark_usd",
        "fx_usd_per_eur",
        "macro",
        "wealth",
        "venue",
        "clock_skew_s",
        "chain",
    }
)
OPTIONAL = frozenset({"funding_apr_frac", "sentiment"})
READ_ELSEWHERE = frozenset({"taken_at", "trend_30d_frac", "return_7d_frac", "rv10_pts", "rv30_pts"})
# The first look at a rate has none before it to compare it with.
ONLY_IF_THERE = frozenset({"fx_before_usd_per_eur"})


def test_every_input_of_the_market_is_known() -> None:
    assert {field.name for field in fields(MarketSnapshot)} == MANDATORY | OPTIONAL | READ_ELSEWHERE | ONLY_IF_THERE


def without(snapshot: MarketSnapshot, name: str, how: str) -> MarketSnapshot:
    """The market with one input absent, too old, or not a number."""
    value = getattr(snapshot, name)
    if how == "stale" and isinstance(value, Reading):
        return replace(snapshot, **{name: replace(value, observed_at=NOW - timedelta(days=365))})
    if how == "stale" and name == "chain":
        return replace(snapshot, chain=replace(value, taken_at=NOW - timedelta(days=365)))
    if how == "not_a_number" and isinstance(value, float):
        return replace(snapshot, **{name: math.nan})
    if how == "not_a_number" and isinstance(value, Reading) and isinstance(value.value, float):
        return replace(snapshot, **{name: replace(value, value=math.nan)})
    return replace(snapshot, **{name: None})


HOWS = st.sampled_from(["absent", "stale", "not_a_number"])


@FEW
@given(WORLD_NAMES, st.sampled_from(sorted(MANDATORY)), HOWS)
def test_a_missing_mandatory_input_is_always_refused_and_named(kind: str, name: str, how: str) -> None:
    world = WORLDS[kind]
    outcome = validate_entry(replace(world, snapshot=without(world.snapshot, name, how)), RULES)

    assert isinstance(outcome, Refused)
    assert outcome.reasons


@given(worlds(), st.sampled_from(sorted(MANDATORY | OPTIONAL | READ_ELSEWHERE - {"taken_at"})), HOWS)
def test_a_missing_input_never_turns_a_refusal_into_a_trade(world: EntryContext, name: str, how: str) -> None:
    blind = replace(world, snapshot=without(world.snapshot, name, how))
    assume(name not in OPTIONAL or world.strategy is Strategy.IRON_CONDOR)
    if isinstance(validate_entry(world, RULES), Refused):
        assert isinstance(validate_entry(blind, RULES), Refused)


@given(WORLD_NAMES, st.sampled_from(sorted(OPTIONAL)), HOWS)
def test_a_missing_optional_input_is_never_silent_and_stops_a_condor(kind: str, name: str, how: str) -> None:
    world = WORLDS[kind]
    outcome = validate_entry(replace(world, snapshot=without(world.snapshot, name, how)), RULES)
    (told,) = [check for check in outcome.checks if check.code == "optional_inputs_missing"]
    vetoes = {check.verdict for check in outcome.checks if check.code == {"funding_apr_frac": "funding", "sentiment": "fear_greed"}[name]}

    assert isinstance(outcome, Refused) is (world.strategy is Strategy.IRON_CONDOR)
    assert vetoes == {Verdict.NOT_EVALUATED if world.strategy is Strategy.IRON_CONDOR else Verdict.WARNED}
    assert told.verdict is (Verdict.FAILED if world.strategy is Strategy.IRON_CONDOR else Verdict.WARNED)


# Nobody bidding for a long leg is a fact of the market, not a missing figure.
QUOTE_FIELDS = ("bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "ask_size_eth", "iv_frac", "greeks", "open_interest_eth", "volume_24h_eth", "forward_usd")


def without_figure(world: EntryContext, side: int, leg: str, name: str) -> EntryContext:
    whole = world.chosen.spread if world.chosen is not None else SPREADS["inverse bull put"]
    side %= len(whole.verticals)
    blind = replace(whole.verticals[side], **{leg: replace(getattr(whole.verticals[side], leg), **{name: None})})
    verticals = tuple(blind if place == side else kept for place, kept in enumerate(whole.verticals))
    return judged(world, spread=replace(whole, verticals=verticals))


@FEW
@given(worlds(), st.integers(0, 1), st.sampled_from(["short", "long"]), st.sampled_from(QUOTE_FIELDS))
def test_a_missing_figure_of_a_leg_never_turns_a_refusal_into_a_trade(world: EntryContext, side: int, leg: str, name: str) -> None:
    assume((leg, name) != ("long", "bid_coin") and world.chosen is not None)
    if isinstance(validate_entry(world, RULES), Refused):
        assert isinstance(validate_entry(without_figure(world, side, leg, name), RULES), Refused)


NEEDED = {
    "short": {"bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "iv_frac", "greeks", "open_interest_eth", "forward_usd"},
    "long": {"ask_coin", "mark_coin", "ask_size_eth", "greeks", "open_interest_eth"},
}


@given(WORLD_NAMES, st.integers(0, 1), st.sampled_from([(leg, name) for leg, names in NEEDED.items() for name in sorted(names)]))
def test_a_trade_whose_leg_lacks_a_needed_figure_is_refused(kind: str, side: int, figure: tuple[str, str]) -> None:
    outcome = validate_entry(without_figure(WORLDS[kind], side, *figure), RULES)

    assert isinstance(outcome, Refused)
    assert outcome.reasons


def test_every_figure_of_a_quote_is_known() -> None:
    told = {"instrument", "quoted_at", "state", "recorded_at", "modelled"}

    assert set(QUOTE_FIELDS) | told == {field.name for field in fields(Quote)}


AMOUNTS = {"index_usd", "perp_mark_usd", "fx_usd_per_eur"}


@given(WORLD_NAMES, st.sampled_from(sorted(AMOUNTS)) | st.sampled_from(["wealth." + field.name for field in fields(Wealth)]), st.sampled_from(["NaN", "sNaN"]))
def test_an_amount_that_is_not_a_number_never_becomes_a_trade(kind: str, name: str, text: str) -> None:
    world = WORLDS[kind]
    input_name, _, field = name.partition(".")
    reading: Reading[Any] = getattr(world.snapshot, input_name)
    value = replace(reading.value, **{field: Decimal(text)}) if field else Decimal(text)
    broken = replace(world, snapshot=replace(world.snapshot, **{input_name: replace(reading, value=value)}))

    assert not isinstance(outcome_or_none(broken), Approved)


def outcome_or_none(world: EntryContext) -> object:
    try:
        return validate_entry(world, RULES)
    except (InvalidOperation, ValueError):
        return None


# Every limit is read: made tight enough it refuses a market that lies close to everything.


def close_to_everything(world: EntryContext) -> EntryContext:
    """Twenty seconds old, after a loss and a stop, with releases and a usual day ahead: allowed, and near every limit."""
    market, book, age = world.snapshot, world.book, timedelta(seconds=20)
    readings = {name: getattr(market, name) for name in ("index_usd", "dvol_pts", "perp_mark_usd", "fx_usd_per_eur", "wealth", "funding_apr_frac", "sentiment")}
    aged_readings = {name: replace(reading, observed_at=NOW - age) for name, reading in readings.items()}
    events = tuple(MacroEvent(name=name, severity=Severity.LOW, at=NOW + timedelta(hours=300), source="feed") for name in ("FOMC", "ECB"))
    covered = {name: day for name, day in COVERED_UNTIL.items() if name != "CPI"}
    macro = Reading(value=MacroCalendar(events=events, covered_until=covered), observed_at=NOW - age)
    chain = replace(market.chain, taken_at=NOW - age, recorded_at=NOW - timedelta(hours=1))
    stops = tuple((side, NOW - timedelta(days=8)) for side in OptionType)
    own = replace(book, consecutive_losses=1, month_pnl_eur=Decimal(-50), drawdown_eur=Decimal(50), last_stop_at=stops, open_trades=(open_trade(),))
    return replace(world, snapshot=replace(market, chain=chain, macro=macro, **aged_readings), book=own)


CLOSE = [replace(close_to_everything(world), stage=stage) for world in WORLDS.values() for stage in Stage]
STALE_LEGS = [judged(world, spread=every_leg_changed(world.chosen.spread, quoted_at=NOW - timedelta(seconds=20))) for world in CLOSE]
# A warning refuses nothing, the last usual day of a release lies too far ahead to matter, and these belong to the size, which is fixed here.
REFUSES_NOTHING = {"liquidity.volume_24h_warn_below_eth", "entry.macro.uncovered_days.CPI.1"}
# Of a leg's two widths the wider holds: one of them alone refuses nothing.
TOGETHER = {f"liquidity.{leg}.spread_abs_max_eth": f"liquidity.{leg}.spread_rel_max_frac" for leg in ("short_leg", "long_leg")}
TOGETHER |= {rel: absolute for absolute, rel in TOGETHER.items()}


def test_every_limit_made_tight_enough_refuses_something() -> None:
    silent = []
    base = {id(world): blocking(validate_entry(world, RULES).checks) for world in STALE_LEGS}
    for key in sorted(set(TIGHTER) - REFUSES_NOTHING):
        if key.startswith("sizing.") and key != "sizing.margin_use_max_frac":
            continue
        share = 50.0 if TIGHTER[key] == UP else 0.99999
        rules = tightened(key, share)
        rules = tightened(TOGETHER[key], share, rules) if key in TOGETHER else rules
        if not any(blocking(validate_entry(judged_alike(world, rules), rules).checks) > base[id(world)] for world in STALE_LEGS):
            silent.append(key)

    assert silent == []
