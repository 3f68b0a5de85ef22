"""The liquidity gate at a fixed size: what a tighter limit, a bigger size or a missing figure may never let through."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Check
from engine.core.liquidity_gate import check
from engine.core.model import Spread
from engine.core.rules import StrategyRules
from tests.engine.core.builders import INDEX_USD, NOW, RULES, dec, leg_changed

from .tightening import TIGHTER
from .worlds import SPREADS, blocking, changed_legs, moved, rule_keys, with_rule

KEYS = rule_keys(RULES)
GATE_KEYS = [*sorted(key for key in TIGHTER if key.startswith("liquidity.")), "freshness_s.ticker"]
KINDS = st.sampled_from(sorted(SPREADS))
BOOKS = KINDS.flatmap(lambda kind: changed_legs(SPREADS[kind]))
ONE_ETH = dec(1)
SIZES = st.decimals("0.1", "20", places=1)
LEGS = st.tuples(st.integers(0, 1), st.sampled_from(["short", "long"]))


def gate(whole: Spread, quantity_eth: Decimal = ONE_ETH, rules: StrategyRules = RULES) -> tuple[Check, ...]:
    return check(whole, quantity_eth, rules=rules.liquidity, now=NOW, index_usd=INDEX_USD, freshness=rules.freshness_s)


@given(BOOKS, SIZES, st.sampled_from(GATE_KEYS), st.floats(0.001, 0.95))
def test_a_tighter_limit_never_lets_a_spread_through(whole: Spread, quantity_eth: Decimal, key: str, share: float) -> None:
    tight = with_rule(RULES, key, moved(KEYS[key], TIGHTER[key], share))

    assert blocking(gate(whole, quantity_eth)) <= blocking(gate(whole, quantity_eth, tight))


@given(BOOKS, SIZES, SIZES)
def test_a_bigger_size_never_makes_a_book_deep_enough(whole: Spread, quantity_eth: Decimal, more_eth: Decimal) -> None:
    assert blocking(gate(whole, quantity_eth)) <= blocking(gate(whole, quantity_eth + more_eth))


FIGURES = ("bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "ask_size_eth", "open_interest_eth", "volume_24h_eth")
# A long leg nobody bids for is left to expire: a zero bid, which the rules take as it is.
IRRELEVANT = {("short", "ask_size_eth"), ("long", "bid_size_eth"), ("short", "volume_24h_eth"), ("long", "volume_24h_eth"), ("long", "bid_coin")}


@given(BOOKS, LEGS, st.sampled_from(FIGURES))
def test_a_missing_figure_blocks_wherever_it_is_needed(whole: Spread, place: tuple[int, str], name: str) -> None:
    side, leg = place[0] % len(whole.verticals), place[1]
    blind = gate(leg_changed(whole, leg, side=side, **{name: None}))

    if (leg, name) not in IRRELEVANT:
        assert any(each.blocks for each in blind)
    if (leg, name) != ("long", "bid_coin"):
        assert bool(blocking(gate(whole))) <= bool(blocking(blind))


@given(BOOKS, SIZES)
def test_a_condor_is_asked_what_each_of_its_verticals_is_asked(whole: Spread, quantity_eth: Decimal) -> None:
    """The legs of a spread are judged one by one; only the slippage is of all of them together."""
    alone = [gate(Spread(verticals=(vertical,)), quantity_eth)[:-1] for vertical in whole.verticals]

    assert gate(whole, quantity_eth)[:-1] == tuple(each for checks in alone for each in checks)


@given(BOOKS, SIZES)
def test_the_order_of_the_verticals_decides_nothing(whole: Spread, quantity_eth: Decimal) -> None:
    turned = Spread(verticals=whole.verticals[::-1])

    assert blocking(gate(whole, quantity_eth)) == blocking(gate(turned, quantity_eth))


@given(BOOKS, st.decimals("1", "100000", places=2))
def test_only_linear_widths_depend_on_the_index(whole: Spread, index_usd: Decimal) -> None:
    at_index = check(whole, dec(1), rules=RULES.liquidity, now=NOW, index_usd=index_usd, freshness=RULES.freshness_s)
    differing = {after.code for before, after in zip(gate(whole), at_index, strict=True) if before != after}

    assert differing <= ({"book_spread"} if whole.family.coin == "USDC" else set())
