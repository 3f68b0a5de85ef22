"""The second look at a spread a person said yes to: a tighter band never admits it, and every band is read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.core.decision import Approved, Refused
from engine.core.entry_context import EntryContext
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.model import MarketSnapshot, Proposal, Quote
from engine.core.rules import StrategyRules
from tests.engine.core.builders import RULES, dec

from .tightening import TIGHTER_BANDS, UP
from .worlds import SPREADS, WORLD_NAMES, WORLDS, moved, rule_keys, with_rule

KEYS = rule_keys(RULES)
SHARES = st.floats(0.001, 0.95)


def drifted(world: EntryContext, kind: str, index_factor: Decimal, delta_factor: float) -> MarketSnapshot:
    """The market after the spot has moved and the deltas of the legs with it; prices stand."""
    market, legs = world.snapshot, {quote.instrument.name for quote in SPREADS[kind].quotes}
    assert market.chain is not None
    assert market.index_usd is not None

    def moved_leg(quote: Quote) -> Quote:
        if quote.instrument.name not in legs or quote.greeks is None:
            return quote
        return replace(quote, greeks=replace(quote.greeks, delta=quote.greeks.delta * delta_factor))

    index_usd = market.index_usd.value * index_factor
    perp = None if market.perp_mark_usd is None else replace(market.perp_mark_usd, value=index_usd)
    quotes = tuple(moved_leg(quote) for quote in market.chain.quotes)
    chain = replace(market.chain, quotes=quotes, index_usd=index_usd)
    return replace(market, index_usd=replace(market.index_usd, value=index_usd), perp_mark_usd=perp, chain=chain)


def second_look(market: MarketSnapshot, kind: str, rules: StrategyRules) -> Approved[Proposal] | Refused:
    return decide_entry(market, WORLDS[kind].book, rules, shown=named_legs(SPREADS[kind])).outcome


def tightened(key: str, share: float) -> StrategyRules:
    return with_rule(RULES, key, moved(KEYS[key], TIGHTER_BANDS[key], share))


def bands(outcome: Approved[Proposal] | Refused) -> set[tuple[str, str]]:
    return {(check.code, check.subject) for check in outcome.checks if check.rule.startswith("S") and check.blocks}


def test_the_table_of_bands_knows_every_number_of_the_search_that_is_asked_again() -> None:
    told_apart = ("strikes.dte_target_d", "strikes.short_delta_target", "strikes.width_target_frac")
    asked = {key for key in KEYS if key.startswith(("strikes.dte_", "strikes.short_delta_", "strikes.otm_", "strikes.expected_move_", "strikes.width_"))}

    assert set(TIGHTER_BANDS) == (asked - set(told_apart)) | {"approval.drift_max.spot_frac", "approval.drift_max.short_delta"}


@settings(max_examples=150)
@given(WORLD_NAMES, st.sampled_from(sorted(TIGHTER_BANDS)), SHARES, st.decimals("0.88", "1.12", places=3), st.floats(0.4, 1.6))
@example("inverse bull put", "approval.drift_max.short_delta", 0.9, dec(1), 1.4)
@example("inverse bear call", "strikes.dte_min_d", 0.2, dec(1), 1.0)
def test_a_tighter_band_never_admits_what_was_refused(kind: str, key: str, share: float, index_factor: Decimal, delta_factor: float) -> None:
    market = drifted(WORLDS[kind], kind, index_factor, delta_factor)
    written, tight = second_look(market, kind, RULES), second_look(market, kind, tightened(key, share))

    assert bands(written) <= bands(tight)
    assert isinstance(written, Approved) or isinstance(tight, Refused)


# How far each band must be tightened, and which market lies close to it.
NEAR: dict[str, tuple[str, Decimal, float]] = {
    "strikes.otm_call_frac.0": ("inverse bear call", dec(1), 1.0),
    "strikes.otm_call_frac.1": ("inverse bear call", dec(1), 1.0),
    "approval.drift_max.spot_frac": ("inverse bull put", dec("0.925"), 1.0),
    "approval.drift_max.short_delta": ("inverse bull put", dec(1), 1.3),
}


@pytest.mark.parametrize("key", sorted(TIGHTER_BANDS))
def test_every_band_is_read_at_the_second_look(key: str) -> None:
    kind, index_factor, delta_factor = NEAR.get(key, ("inverse bull put", dec(1), 1.0))
    market = drifted(WORLDS[kind], kind, index_factor, delta_factor)
    share = 3.0 if TIGHTER_BANDS[key] == UP else 0.99

    assert bands(second_look(market, kind, RULES)) == set()
    assert len(bands(second_look(market, kind, tightened(key, share)))) == 1
