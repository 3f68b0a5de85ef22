"""What the caps are held against is the loss at the worst credit an order may be filled at."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from engine.core.decision import Approved
from engine.core.economics import spread_economics, strict_loss_usd
from engine.core.entry_cycle import decide_entry
from engine.core.model import Spread
from tests.engine.core.builders import INDEX_USD, NOW, RULES, read

from .worlds import SPREADS, WORLDS, changed_legs, with_rule

SHARES = st.decimals("0", "1", places=4)
LEGS = st.sampled_from(sorted(SPREADS)).flatmap(lambda kind: changed_legs(SPREADS[kind]))
CAPS = st.decimals("20", "400", places=1)


@given(LEGS, SHARES)
def test_no_fill_between_floor_and_mid_loses_more_than_what_the_caps_are_held_against(whole: Spread, share: Decimal) -> None:
    figures = spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=RULES)
    assume(figures is not None and figures.credit_floor_coin <= figures.credit_mid_coin)
    assert figures is not None
    credit_coin = figures.credit_floor_coin + share * (figures.credit_mid_coin - figures.credit_floor_coin)
    loss_usd = strict_loss_usd(whole, credit_coin=credit_coin, index_usd=INDEX_USD, rules=RULES.sizing)

    assert loss_usd <= figures.max_loss_usd
    assert figures.max_loss_usd == strict_loss_usd(whole, credit_coin=figures.credit_floor_coin, index_usd=INDEX_USD, rules=RULES.sizing)


@given(st.sampled_from(sorted(WORLDS)), CAPS, SHARES, st.decimals("0.9", "1.4", places=3))
def test_no_fill_of_an_allowed_size_loses_more_than_the_trade_cap(kind: str, cap_eur: Decimal, share: Decimal, fx: Decimal) -> None:
    world = WORLDS[kind]
    rules = with_rule(RULES, "caps.paper.trade_eur", cap_eur)
    market = replace(world.snapshot, fx_usd_per_eur=read(fx))
    found = decide_entry(market, world.book, rules).outcome
    assume(isinstance(found, Approved))
    figures, quantity_eth = found.value.candidate.economics, found.value.sizing.quantity_eth
    credit_coin = figures.credit_floor_coin + share * (figures.credit_mid_coin - figures.credit_floor_coin)
    loss_usd = strict_loss_usd(found.value.candidate.spread, credit_coin=credit_coin, index_usd=INDEX_USD, rules=rules.sizing)

    assert found.value.combo.floor_coin == figures.credit_floor_coin
    # In the order the engine divides, so that the twenty-eighth digit is the same.
    assert loss_usd / fx * quantity_eth <= found.value.sizing.max_loss_eur <= cap_eur
