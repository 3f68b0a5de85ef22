"""The search for strikes on any smile: what is chosen lies inside every band, and nothing but the market decides."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved, Refused
from engine.core.economics import credit_checks
from engine.core.model import Candidate, Chain, Family, OptionType, Quote, Stage, Strategy, TickStep, Vertical
from engine.core.pricing import greeks, price_coin, years_between
from engine.core.rules import StrategyRules
from engine.core.skew import atm_iv_frac
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, RULES, chain, dec, instrument, on_tick, read, snapshot

from .tightening import DOWN, TIGHTER, UP
from .worlds import moved, rule_keys, with_rule

# A search looks at some hundred pairs.
FEW = settings(max_examples=30)
Outcome = Approved[Candidate] | Refused
KEYS = rule_keys(RULES)
STRATEGIES = st.sampled_from(Strategy)
LATE = EXPIRY_AT + timedelta(days=14)
EMPTY = {family: chain(family, quotes=()) for family in Family}
COIN_OF = {Family.INVERSE: dec(1), Family.LINEAR_USDC: INDEX_USD}
FINE_TICK = dec("0.0001")
SAME = dec(1)


def quoted(strike: int, option_type: OptionType, iv_frac: float, half_width: float, family: Family = Family.INVERSE) -> Quote:
    """A quote of this volatility, its book half a width around its value, on a fine grid in either coin."""
    model = {"F": float(INDEX_USD), "K": float(strike), "sigma": iv_frac, "T": years_between(NOW, EXPIRY_AT)}
    mark = price_coin(option_type, **model)
    listed = replace(instrument(strike, option_type, family=family), ticks=(TickStep(above_coin=dec(0), tick_coin=FINE_TICK),))
    return Quote(
        instrument=listed,
        quoted_at=NOW,
        bid_coin=on_tick(mark * (1 - half_width), ROUND_FLOOR) * COIN_OF[family],
        ask_coin=on_tick(mark * (1 + half_width), ROUND_CEILING) * COIN_OF[family],
        mark_coin=Decimal(f"{mark:.6f}") * COIN_OF[family],
        bid_size_eth=dec(50),
        ask_size_eth=dec(50),
        iv_frac=iv_frac,
        greeks=greeks(option_type, **model),
        open_interest_eth=dec(1000),
        volume_24h_eth=dec(100),
        forward_usd=INDEX_USD,
    )


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """One expiry with a smile, a skew, a spacing, some strikes missing and books of any tightness."""
    family, step = draw(st.sampled_from(Family)), draw(st.sampled_from([25, 50, 100]))
    atm, skew, half_width = draw(st.floats(0.45, 0.85)), draw(st.floats(-0.3, 0.3)), draw(st.sampled_from([0.005, 0.01, 0.03]))
    missing = draw(st.sets(st.integers(1300, 2800).map(lambda strike: strike // step * step), max_size=4))
    strikes = [strike for strike in range(1400, 2701, step) if strike not in missing]
    smile = {strike: max(atm + skew * (strike / 2000 - 1) + 0.3 * (strike / 2000 - 1) ** 2, 0.1) for strike in strikes}
    quotes = tuple(quoted(strike, option_type, smile[strike], half_width, family) for strike in strikes for option_type in OptionType)
    return replace(EMPTY[family], quotes=quotes)


def select(market: Chain, strategy: Strategy, rules: StrategyRules = RULES, *, scale: Decimal = SAME) -> Outcome:
    """The search in a calm market; with a scale the index, and with it the value of a EUR cap, is that many times as large."""
    world = snapshot(index_usd=read(INDEX_USD * scale), fx_usd_per_eur=read(dec("1.16") * scale))
    return select_strikes(market, world, strategy=strategy, stage=Stage.PAPER, rules=rules, now=NOW)


def strikes_of(outcome: Outcome) -> list[Decimal]:
    return [quote.instrument.strike_usd for quote in outcome.value.spread.quotes] if isinstance(outcome, Approved) else []


def is_in_every_band(vertical: Vertical, market: Chain, rules: StrategyRules) -> bool:
    """The bands of the written rules, by hand, for one vertical."""
    strikes, short, is_put = rules.strikes, vertical.short, vertical.option_type is OptionType.PUT
    strike = float(short.instrument.strike_usd)
    otm_frac = (2000 - strike if is_put else strike - 2000) / 2000
    low, high = strikes.otm_put_frac if is_put else strikes.otm_call_frac
    atm = atm_iv_frac(market.quotes)
    move_usd = 2000 * atm * years_between(NOW, EXPIRY_AT) ** 0.5
    is_further = (vertical.long.instrument.strike_usd < short.instrument.strike_usd) is is_put
    return (
        strikes.short_delta_min <= abs(short.greeks.delta) <= strikes.short_delta_max
        and low <= otm_frac <= high
        and abs(strike - 2000) >= strikes.expected_move_multiple_min * move_usd
        and strikes.width_min_frac <= vertical.width_usd / INDEX_USD <= strikes.width_max_frac
        and is_further
        and {vertical.short.instrument.option_type, vertical.long.instrument.option_type} == {vertical.option_type}
    )


@FEW
@given(chains(), STRATEGIES)
def test_what_is_chosen_lies_inside_every_band_and_passes_its_gates(market: Chain, strategy: Strategy) -> None:
    outcome = select(market, strategy)
    assume(isinstance(outcome, Approved))
    chosen = outcome.value

    assert chosen.spread.strategy is strategy
    assert all(is_in_every_band(vertical, market, RULES) for vertical in chosen.spread.verticals)
    assert {quote.instrument.expiry_at for quote in chosen.spread.quotes} == {EXPIRY_AT}
    assert not any(check.blocks for check in (*outcome.checks, *credit_checks(chosen.economics, market.family, RULES.strikes)))


@FEW
@given(chains())
def test_the_widths_of_a_condor_are_within_a_step(market: Chain) -> None:
    outcome = select(market, Strategy.IRON_CONDOR)
    assume(isinstance(outcome, Approved))
    put, call = outcome.value.spread.verticals
    listed = sorted({quote.instrument.strike_usd for quote in market.quotes})
    steps = [above - below for below, above in pairwise(listed) if any(is_inside(vertical, below, above) for vertical in (put, call))]

    assert abs(put.width_usd - call.width_usd) <= max(steps)


def is_inside(vertical: Vertical, below_usd: Decimal, above_usd: Decimal) -> bool:
    near, far = sorted((vertical.short.instrument.strike_usd, vertical.long.instrument.strike_usd))
    return near <= below_usd and above_usd <= far


@FEW
@given(chains())
def test_a_condor_needs_both_its_verticals_and_is_found_where_their_best_widths_agree(market: Chain) -> None:
    put, call, condor = (select(market, strategy) for strategy in (Strategy.BULL_PUT, Strategy.BEAR_CALL, Strategy.IRON_CONDOR))
    # A condor sets more aside for fees, which at these caps never makes a side too dear by itself.
    if isinstance(condor, Approved):
        assert isinstance(put, Approved)
        assert isinstance(call, Approved)
    if isinstance(put, Approved) and isinstance(call, Approved) and put.value.spread.width_usd == call.value.spread.width_usd:
        assert strikes_of(condor) == [*strikes_of(put), *strikes_of(call)]


@FEW
@given(chains(), STRATEGIES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_decides_nothing_and_a_refusal_says_why(market: Chain, strategy: Strategy, generator: random.Random) -> None:
    rows = list(market.quotes)
    generator.shuffle(rows)
    outcome = select(market, strategy)

    assert select(replace(market, quotes=tuple(rows)), strategy) == outcome
    assert isinstance(outcome, Approved) or outcome.reasons


@FEW
@given(chains(), STRATEGIES)
def test_rows_of_another_expiry_decide_nothing(market: Chain, strategy: Strategy) -> None:
    later = [replace(quote, instrument=replace(quote.instrument, expiry_at=LATE, name=quote.instrument.name + "-LATE")) for quote in market.quotes]

    assert select(replace(market, quotes=(*later, *market.quotes)), strategy) == select(market, strategy)


@FEW
@given(chains(), STRATEGIES, st.sampled_from(["0.5", "2", "4"]))
def test_a_market_of_k_times_the_price_has_k_times_the_strikes(market: Chain, strategy: Strategy, text: str) -> None:
    """The rules are shares of the index; a EUR cap and a USDC credit are scaled along with it."""
    scale = dec(text)
    rules = with_rule(RULES, "strikes.credit_min.linear_usdc", RULES.strikes.credit_min.linear_usdc * scale)
    scaled = replace(market, index_usd=INDEX_USD * scale, quotes=tuple(scaled_quote(quote, scale) for quote in market.quotes))

    assert strikes_of(select(scaled, strategy, rules, scale=scale)) == [strike * scale for strike in strikes_of(select(market, strategy))]


def scaled_quote(quote: Quote, scale: Decimal) -> Quote:
    """The same option in a market of another price: coin prices stay for inverse contracts and grow for linear ones."""
    coin = dec(1) if quote.instrument.family is Family.INVERSE else scale
    return replace(
        quote,
        instrument=replace(quote.instrument, strike_usd=quote.instrument.strike_usd * scale),
        bid_coin=quote.bid_coin * coin,
        ask_coin=quote.ask_coin * coin,
        mark_coin=quote.mark_coin * coin,
        forward_usd=quote.forward_usd * scale,
    )


# The bands of the search, which a fixed candidate does not know; its targets and the choice of the expiry are no limits.
BANDS = {
    "strikes.short_delta_min": UP,
    "strikes.short_delta_max": DOWN,
    "strikes.otm_put_frac.0": UP,
    "strikes.otm_put_frac.1": DOWN,
    "strikes.otm_call_frac.0": UP,
    "strikes.otm_call_frac.1": DOWN,
    "strikes.expected_move_multiple_min": UP,
    "strikes.width_min_frac": UP,
    "strikes.width_max_frac": DOWN,
}
NO_LIMITS = {"strikes.dte_min_d", "strikes.dte_max_d", "strikes.dte_target_d", "strikes.short_delta_target", "strikes.width_target_frac"}
GATES = {key: way for key, way in TIGHTER.items() if key.startswith(("strikes.", "liquidity.", "fees.", "caps.paper.trade", "sizing.fee_allowance"))}


def test_the_directions_know_every_number_of_the_search() -> None:
    assert {*BANDS, *NO_LIMITS, *GATES} >= {key for key in KEYS if key.startswith(("strikes.", "liquidity."))}


@FEW
@given(chains(), STRATEGIES, st.sampled_from(sorted(BANDS | GATES)), st.floats(0.001, 0.6))
def test_a_tighter_band_or_gate_never_finds_what_was_not_there(market: Chain, strategy: Strategy, key: str, share: float) -> None:
    tight = with_rule(RULES, key, moved(KEYS[key], (BANDS | GATES)[key], share))
    found = select(market, strategy, tight)

    assert isinstance(found, Refused) or isinstance(select(market, strategy), Approved)
    assert isinstance(found, Refused) or all(is_in_every_band(vertical, market, tight) for vertical in found.value.spread.verticals)
