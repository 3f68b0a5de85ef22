"""What may be asked of an entry card: never more than it offers, only what is listed, the nearest first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.entry_variants import WIDER_STEPS_MAX, at_most, half_eth, later, wider
from engine.core.model import Proposal

from .builders import EXPIRY_AT, RULES, book, chain, condor_spread, dec, snapshot, spread

CHAIN = chain()


def proposal(quantity_eth: str | Decimal = "2") -> Proposal:
    outcome = decide_entry(snapshot(), book(), RULES).outcome
    assert isinstance(outcome.value, Proposal)
    return replace(outcome.value, sizing=replace(outcome.value.sizing, quantity_eth=Decimal(quantity_eth)))


@given(lots=st.integers(1, 40))
def test_half_is_whole_lots_rounded_down_and_one_lot_cannot_be_halved(lots: int) -> None:
    half = half_eth(proposal(Decimal(lots)), RULES)

    assert half == (None if lots == 1 else Decimal(lots // 2))


@given(asked=st.decimals("0.5", "5", places=1))
def test_a_size_is_only_ever_made_smaller_and_its_loss_with_it(asked: Decimal) -> None:
    before = proposal()
    after = at_most(before, asked, RULES)

    assert after.sizing.quantity_eth == min(asked, before.sizing.quantity_eth)
    share = after.sizing.quantity_eth / before.sizing.quantity_eth
    assert after.sizing.max_loss_eur == pytest.approx(before.sizing.max_loss_eur * share)
    assert after.greeks.vega_usd_per_pt == pytest.approx(before.greeks.vega_usd_per_pt * float(share))
    assert (after is before) == (asked >= before.sizing.quantity_eth)


def test_wider_keeps_the_short_legs_and_walks_the_listed_strikes_outwards() -> None:
    before = spread()
    (shown,) = named_legs(before)
    steps = [legs for (legs,) in wider(before, CHAIN)]
    strikes = [int(legs.long.split("-")[2]) for legs in steps]
    listed = sorted({int(quote.instrument.strike_usd) for quote in CHAIN.quotes}, reverse=True)
    first = int(shown.long.split("-")[2])

    assert {legs.short for legs in steps} == {shown.short}
    assert strikes == [strike for strike in listed if strike < first][:WIDER_STEPS_MAX]
    assert len(strikes) == WIDER_STEPS_MAX


def test_wider_moves_both_sides_of_a_condor_and_ends_with_the_side_that_has_fewer_strikes() -> None:
    put_side, call_side = named_legs(condor_spread())
    steps = list(wider(condor_spread(), CHAIN))

    assert [(int(put.long.split("-")[2]), int(call.long.split("-")[2])) for put, call in steps] == [(1600, 2450), (1550, 2500), (1500, 2550)]
    assert {(put.short, call.short) for put, call in steps} == {(put_side.short, call_side.short)}
    calls_end_at = replace(CHAIN, quotes=tuple(quote for quote in CHAIN.quotes if quote.instrument.strike_usd <= dec(2450)))
    assert list(wider(condor_spread(), calls_end_at)) == steps[:1]


def test_later_leaves_nothing_of_this_expiry_or_an_earlier_one() -> None:
    assert later(CHAIN, EXPIRY_AT).quotes == tuple(quote for quote in CHAIN.quotes if quote.instrument.expiry_at > EXPIRY_AT)
    assert later(CHAIN, max(quote.instrument.expiry_at for quote in CHAIN.quotes)).quotes == ()
