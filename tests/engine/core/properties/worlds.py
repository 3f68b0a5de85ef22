"""The markets the properties are asked about, and the ways in which hypothesis may change them."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, get_type_hints

from hypothesis import strategies as st

from engine.core.decision import Approved, Check, Refused
from engine.core.economics import spread_economics
from engine.core.entry_context import EntryContext
from engine.core.liquidity_gate import check
from engine.core.model import Family, MacroCalendar, MacroEvent, OptionType, Reading, Sentiment, Severity, Spread, VenueStatus
from engine.core.rules import StrategyRules
from tests.engine.core.builders import (
    COVERED_UNTIL,
    EXPIRY_AT,
    NOW,
    RULES,
    WEALTH,
    calm_snapshot,
    chain,
    context,
    open_trade,
    snapshot,
)

LINEAR = chain(Family.LINEAR_USDC)
# One approved entry per strategy and contract family: what is refused there is refused because of what a test changed.
WORLDS: dict[str, EntryContext] = {
    "inverse bull put": context(),
    "inverse bear call": context(snapshot(trend_30d_frac=-0.10)),
    "inverse condor": context(calm_snapshot()),
    "linear bull put": context(snapshot(chain=LINEAR)),
    "linear bear call": context(snapshot(chain=LINEAR, trend_30d_frac=-0.10)),
    "linear condor": context(calm_snapshot(chain=LINEAR)),
}
WORLD_NAMES = st.sampled_from(sorted(WORLDS))
SPREADS: dict[str, Spread] = {name: world.chosen.spread for name, world in WORLDS.items() if world.chosen is not None}


def judged(world: EntryContext, rules: StrategyRules = RULES, *, spread: Spread | None = None) -> EntryContext:
    """The same legs, bias and size with figures and liquidity of these rules and quotes; no candidate where they have no figures."""
    chosen, sized, index = world.chosen, world.sized, world.snapshot.index_usd
    if chosen is None or sized is None or index is None:
        return world
    legs = chosen.spread if spread is None else spread
    economics = spread_economics(legs, index_usd=index.value, now=world.now, rules=rules)
    gate = check(legs, sized.quantity_eth, rules=rules.liquidity, now=world.now, index_usd=index.value, freshness=rules.freshness_s)
    candidate = Refused(checks=()) if economics is None else Approved(value=replace(chosen, spread=legs, economics=economics), checks=world.candidate.checks)
    return replace(world, candidate=candidate, liquidity=gate)


def blocking(checks: tuple[Check, ...]) -> set[tuple[str, str, str]]:
    """Which checks forbid the trade; the subject tells legs and sides apart, and of E04 it is only an event's name."""
    return {(each.rule, each.code, "" if each.rule == "E04" else each.subject) for each in checks if each.blocks}


def aged(value: Any, age_s: float) -> Reading[Any]:
    return Reading(value=value, observed_at=NOW - timedelta(seconds=age_s))


# Markets and books around the limits of the rules: every figure may lie on either side of its own.


def readings(values: st.SearchStrategy[Any], limit_s: int) -> st.SearchStrategy[Reading[Any]]:
    return st.builds(aged, values, st.sampled_from([0.0, limit_s / 2, float(limit_s), limit_s + 1.0]))


EVENTS = st.builds(
    MacroEvent,
    name=st.sampled_from(["FOMC", "CPI", "ECB", "NFP", "PPI", "SPEECH"]),
    severity=st.sampled_from(Severity),
    at=st.integers(-5, 200).map(lambda hours: NOW + timedelta(hours=hours)),
    source=st.just("feed"),
)
COVERAGE = st.fixed_dictionaries({}, optional={name: st.sampled_from([day, NOW.date(), EXPIRY_AT.date()]) for name, day in COVERED_UNTIL.items()})
FRESHNESS = RULES.freshness_s
MARKET_CHANGES = {
    "index_usd": readings(st.decimals("1900", "2100", places=1), FRESHNESS.index),
    "dvol_pts": readings(st.floats(30, 95), FRESHNESS.dvol),
    "dvol_24h_ago_pts": st.floats(30, 95),
    "return_24h_frac": st.floats(-0.12, 0.12),
    "return_4h_frac": st.floats(-0.06, 0.06),
    "rv30_pts": st.floats(20, 90),
    "funding_apr_frac": readings(st.floats(-0.3, 0.6), FRESHNESS.funding),
    "perp_mark_usd": readings(st.decimals("1950", "2050", places=1), FRESHNESS.index),
    "sentiment": readings(
        st.builds(Sentiment, fear_greed=st.none() | st.integers(-5, 105), liquidation_heat_pctile=st.none() | st.floats(0, 100)), FRESHNESS.sentiment
    ),
    "fx_usd_per_eur": readings(st.decimals("0.7", "1.7", places=2), FRESHNESS.fx),
    "fx_before_usd_per_eur": readings(st.decimals("1.1", "1.25", places=3), FRESHNESS.fx),
    "macro": readings(st.builds(MacroCalendar, events=st.lists(EVENTS, max_size=3).map(tuple), covered_until=COVERAGE), FRESHNESS.macro),
    "wealth": readings(
        st.builds(
            replace,
            st.just(WEALTH),
            eth_share_frac=st.decimals("0", "0.4", places=2),
            available_funds_eth=st.decimals("0", "4", places=2),
            initial_margin_eth=st.decimals("0", "2", places=2),
            maintenance_margin_eth=st.decimals("0", "2", places=2),
        ),
        FRESHNESS.portfolio,
    ),
    "venue": readings(st.builds(VenueStatus, is_locked=st.booleans(), maintenance_at=st.none() | st.just(NOW + timedelta(minutes=10))), FRESHNESS.chain),
    "clock_skew_s": st.floats(-3, 3),
}
OPEN_TRADES = st.builds(
    open_trade,
    sides=st.sampled_from([(OptionType.PUT,), (OptionType.CALL,), tuple(OptionType)]),
    expiry_at=st.sampled_from([EXPIRY_AT, EXPIRY_AT + timedelta(days=7)]),
    max_loss_eur=st.decimals("10", "400", places=1),
    net_delta_eth=st.floats(-1, 1),
    vega_usd_per_pt=st.floats(-10, 1),
    gamma_usd_per_1pct=st.floats(-200, 10),
    is_pending=st.booleans(),
)
BOOK_CHANGES = {
    "is_killed": st.booleans(),
    "is_on_hold": st.booleans(),
    "open_trades": st.lists(OPEN_TRADES, max_size=5).map(tuple),
    "opened_this_week": st.integers(0, 4),
    "consecutive_losses": st.integers(0, 5),
    "month_pnl_eur": st.decimals("-500", "500", places=0),
    "drawdown_eur": st.decimals("0", "700", places=0),
    "last_stop_at": st.lists(st.tuples(st.sampled_from(OptionType), st.integers(0, 12).map(lambda days: NOW - timedelta(days=days))), max_size=2).map(tuple),
}
COIN_FACTORS = st.decimals("0.8", "1.25", places=3)


@st.composite
def worlds(draw: st.DrawFn) -> EntryContext:
    """An approved entry of any kind with up to four things changed about its market, its book and its legs."""
    world = WORLDS[draw(WORLD_NAMES)]
    market = {name: draw(MARKET_CHANGES[name]) for name in draw(st.sets(st.sampled_from(sorted(MARKET_CHANGES)), max_size=2))}
    own = {name: draw(BOOK_CHANGES[name]) for name in draw(st.sets(st.sampled_from(sorted(BOOK_CHANGES)), max_size=1))}
    changed = replace(world, snapshot=replace(world.snapshot, **market), book=replace(world.book, **own))
    return judged(changed, spread=draw(changed_legs(SPREADS[kind_of(world)])))


def kind_of(world: EntryContext) -> str:
    return next(name for name, each in WORLDS.items() if each is world)


@st.composite
def changed_legs(draw: st.DrawFn, whole: Spread) -> Spread:
    """The spread as it is, or with one leg's book moved around its limits."""
    if draw(st.booleans()):
        return whole
    side, leg = draw(st.integers(0, len(whole.verticals) - 1)), draw(st.sampled_from(["short", "long"]))
    quote = getattr(whole.verticals[side], leg)
    changes = {
        "bid_coin": COIN_FACTORS.map(lambda factor: quote.bid_coin * factor),
        "ask_coin": COIN_FACTORS.map(lambda factor: quote.ask_coin * factor),
        "mark_coin": COIN_FACTORS.map(lambda factor: quote.mark_coin * factor),
        "bid_size_eth": st.decimals("0", "20", places=1),
        "ask_size_eth": st.decimals("0", "20", places=1),
        "open_interest_eth": st.decimals("0", "200", places=0),
        "volume_24h_eth": st.decimals("0", "20", places=0),
        "quoted_at": st.sampled_from([NOW - timedelta(seconds=age) for age in (0, 15, 30, 31)]),
    }
    name = draw(st.sampled_from(sorted(changes)))
    changed = replace(whole.verticals[side], **{leg: replace(quote, **{name: draw(changes[name])})})
    return Spread(verticals=tuple(changed if place == side else kept for place, kept in enumerate(whole.verticals)))


# Rule values by their dotted key.

Number = int | float | Decimal


def rule_keys(rules: Any, prefix: str = "") -> dict[str, Number]:
    """Every number of the rules by its key; of a pair of bounds each has its own."""
    found: dict[str, Number] = {}
    for field in fields(rules):
        found |= _numbers(getattr(rules, field.name), f"{prefix}{field.name}")
    return found


def optional_rule_keys(rules: Any, prefix: str = "") -> list[str]:
    """The numbers of the rules that may be switched off and are."""
    found: list[str] = []
    for name, hint in get_type_hints(type(rules)).items():
        value = getattr(rules, name)
        if is_dataclass(value):
            found += optional_rule_keys(value, f"{prefix}{name}.")
        elif value is None and "float" in str(hint):
            found.append(f"{prefix}{name}")
    return found


def _numbers(value: Any, key: str) -> dict[str, Number]:
    if is_dataclass(value):
        return rule_keys(value, f"{key}.")
    if isinstance(value, tuple):
        return {found: number for place, each in enumerate(value) for found, number in _numbers(each, f"{key}.{place}").items()}
    return {key: value} if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else {}


def with_rule(rules: Any, key: str, value: Any) -> Any:
    """The rules with the value of one dotted key changed."""
    name, _, rest = key.partition(".")
    if isinstance(rules, tuple):
        return tuple(value if str(place) == name else kept for place, kept in enumerate(rules))
    return replace(rules, **{name: with_rule(getattr(rules, name), rest, value) if rest else value})


def moved(value: Number, direction: int, share: float) -> Number:
    """The value moved by a share of itself upwards (1) or downwards (-1), in its own type."""
    if isinstance(value, int):
        step = max(math.ceil(abs(value) * share), 1)
        return value + direction * step
    if isinstance(value, Decimal):
        return value + direction * abs(value) * Decimal(repr(share))
    return value + direction * abs(value) * share
