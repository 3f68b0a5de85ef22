"""The size of a trade: never above a bound, never more for less room, one lot on sufferance only as the rules say."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.core.decision import Approved, Refused
from engine.core.model import Binding, OpenTrade, Sizing
from engine.core.model_kelly import KellyLimit, KellyStake
from engine.core.rules import StrategyRules
from engine.core.sizing_engine import SizingInputs, compute_contracts, dvol_scale, sizing_inputs
from tests.engine.core.builders import RULES, dec, open_trade

from .tightening import TIGHTER
from .worlds import OPEN_TRADES, WORLD_NAMES, WORLDS, judged, moved, rule_keys, with_rule

KEYS = rule_keys(RULES)
FRACTIONS = st.builds(KellyLimit, stake=st.just(KellyStake.FRACTION), f_used_frac=st.decimals("0", "0.2", places=4))
HARD_CAPS, ONE_LOT = KellyLimit(stake=KellyStake.HARD_CAPS), KellyLimit(stake=KellyStake.ONE_LOT)
LIMITS = st.sampled_from([HARD_CAPS, ONE_LOT, KellyLimit(stake=KellyStake.SUSPENDED)]) | FRACTIONS
MONEY = st.decimals("1", "3000", places=2)
INPUTS = st.builds(
    SizingInputs,
    max_loss_usd=st.decimals("20", "400", places=2),
    initial_margin_eth=st.decimals("0.05", "0.5", places=4),
    lot_eth=st.sampled_from([dec(1), dec("0.1")]),
    index_usd=st.decimals("500", "6000", places=2),
    fx_usd_per_eur=st.decimals("0.8", "1.6", places=4),
    dvol_pts=st.floats(20, 150),
    cap_trade_eur=MONEY,
    cap_total_eur=MONEY,
    engaged_eur=st.decimals("0", "2000", places=2),
    kelly=LIMITS,
    top_size_eth=st.decimals("0", "500", places=1),
    available_funds_eth=st.decimals("-1", "20", places=3),
    fee_allowance_eth=st.sampled_from([dec("0.0012"), dec("0.0018")]),
)
# A desk with room for some lots, and one whose trade cap holds a lot or a little more.
ROOMY = st.builds(
    replace,
    INPUTS,
    max_loss_usd=st.decimals("20", "150", places=2),
    cap_trade_eur=st.decimals("200", "1000", places=2),
    cap_total_eur=st.decimals("1000", "3000", places=2),
    engaged_eur=st.decimals("0", "500", places=2),
    kelly=st.just(HARD_CAPS) | st.builds(KellyLimit, stake=st.just(KellyStake.FRACTION), f_used_frac=st.decimals("0.08", "0.2", places=3)),
    top_size_eth=st.decimals("3", "50", places=1),
    available_funds_eth=st.decimals("2", "20", places=3),
)
TIGHT_CAP = st.builds(
    lambda inputs, factor, dvol_pts: replace(inputs, cap_trade_eur=inputs.max_loss_usd / inputs.fx_usd_per_eur * inputs.lot_eth * factor, dvol_pts=dvol_pts),
    ROOMY,
    st.decimals("1", "1.6", places=3),
    st.floats(62, 85),
)
MORE = st.decimals("0.01", "500", places=2)
# In which direction each figure makes room; the rest is asked about below, or only told to a person.
WIDENS = {"cap_trade_eur": 1, "cap_total_eur": 1, "top_size_eth": 1, "available_funds_eth": 1, "fx_usd_per_eur": 1}
NARROWS = {"max_loss_usd": -1, "initial_margin_eth": -1, "engaged_eur": -1, "dvol_pts": -1}
NO_ROOM = {"lot_eth", "index_usd", "kelly", "fee_allowance_eth"}


def outcome(inputs: SizingInputs, rules: StrategyRules = RULES) -> Approved[Sizing] | Refused:
    return compute_contracts(inputs, rules.sizing)


def quantity_eth(inputs: SizingInputs, rules: StrategyRules = RULES) -> Decimal:
    found = outcome(inputs, rules)
    return found.value.quantity_eth if isinstance(found, Approved) else dec(0)


def bounds_eth(inputs: SizingInputs) -> dict[Binding, Decimal]:
    """The five bounds of the written formula, by hand and without the volatility scale."""
    loss_eur = inputs.max_loss_usd / inputs.fx_usd_per_eur
    bounds = {
        Binding.TRADE_CAP: inputs.cap_trade_eur / loss_eur,
        Binding.TOTAL_CAP: (inputs.cap_total_eur - inputs.engaged_eur) / loss_eur,
        Binding.LIQUIDITY: dec("0.5") * inputs.top_size_eth,
        Binding.MARGIN: dec("0.5") * inputs.available_funds_eth / inputs.initial_margin_eth,
    }
    kelly = {KellyStake.ONE_LOT: inputs.lot_eth, KellyStake.SUSPENDED: dec(0)}
    if inputs.kelly.stake is KellyStake.FRACTION:
        kelly = {KellyStake.FRACTION: inputs.kelly.f_used_frac * RULES.sizing.kelly_bankroll_eur / loss_eur}
    return bounds | ({Binding.KELLY: kelly[inputs.kelly.stake]} if inputs.kelly.stake is not KellyStake.HARD_CAPS else {})


def lots(limit_eth: Decimal, inputs: SizingInputs) -> Decimal:
    return (limit_eth / inputs.lot_eth).to_integral_value(rounding=ROUND_FLOOR) * inputs.lot_eth


def test_every_figure_of_a_size_is_known() -> None:
    assert set(WIDENS) | set(NARROWS) | NO_ROOM == {field.name for field in fields(SizingInputs)}


@given(ROOMY)
def test_a_size_is_whole_lots_within_every_bound(inputs: SizingInputs) -> None:
    found = outcome(inputs)
    assume(isinstance(found, Approved))
    size, room = found.value.quantity_eth, dec("1e-20")

    assert size >= inputs.lot_eth
    assert size % inputs.lot_eth == 0
    assert all(size <= bound + room for bound in bounds_eth(inputs).values())
    assert found.value.max_loss_eur <= min(inputs.cap_trade_eur, inputs.cap_total_eur - inputs.engaged_eur) + room
    assert found.value.max_loss_eur == inputs.max_loss_usd / inputs.fx_usd_per_eur * size


@given(INPUTS | ROOMY | TIGHT_CAP)
def test_the_size_is_the_written_formula(inputs: SizingInputs) -> None:
    bounds, scale = bounds_eth(inputs), min(max(dec(60) / Decimal(repr(inputs.dvol_pts)), dec("0.5")), dec(1))
    scaled = bounds | {Binding.TRADE_CAP: bounds[Binding.TRADE_CAP] * scale}
    size = lots(min(scaled.values()), inputs)
    on_sufferance = size <= 0 and lots(min(bounds.values()), inputs) >= inputs.lot_eth and inputs.dvol_pts <= 80

    assert quantity_eth(inputs) == (inputs.lot_eth if on_sufferance else max(size, dec(0)))


@given(INPUTS | ROOMY | TIGHT_CAP)
def test_the_binding_constraint_is_the_smallest_one(inputs: SizingInputs) -> None:
    found = outcome(inputs)
    if isinstance(found, Refused):
        # The volatility scale takes from the trade cap alone, and what it leaves may bind first.
        bounds = bounds_eth(inputs)
        bounds[Binding.TRADE_CAP] *= dvol_scale(inputs.dvol_pts, RULES.sizing)
        assert len(found.reasons) == 1
        assert bounds[Binding(found.reasons[0].subject)] == min(bounds.values()) < inputs.lot_eth
        return
    limits = {name: limit for name, limit in found.value.limits_eth if limit is not None}

    assert set(limits) == set(bounds_eth(inputs))
    assert limits[Binding.TRADE_CAP if found.value.binding is Binding.ONE_LOT_FLOOR else found.value.binding] == min(limits.values())


@settings(max_examples=40)
@given(TIGHT_CAP)
def test_one_lot_on_sufferance_is_given_against_the_volatility_scale_alone(inputs: SizingInputs) -> None:
    found = outcome(inputs)
    assume(isinstance(found, Approved) and found.value.binding is Binding.ONE_LOT_FLOOR)

    assert found.value.quantity_eth == inputs.lot_eth
    assert inputs.dvol_pts <= 80
    assert min(bounds_eth(inputs).values()) >= inputs.lot_eth
    assert bounds_eth(inputs)[Binding.TRADE_CAP] * dvol_scale(inputs.dvol_pts, RULES.sizing) < inputs.lot_eth


@given(INPUTS | ROOMY | TIGHT_CAP, st.sampled_from(sorted(WIDENS | NARROWS)), MORE)
def test_more_room_never_gives_less_and_more_risk_never_gives_more(inputs: SizingInputs, name: str, more: Decimal) -> None:
    value = getattr(inputs, name)
    changed = replace(inputs, **{name: value + (float(more) if isinstance(value, float) else more)})
    before, after = quantity_eth(inputs), quantity_eth(changed)

    assert after >= before if name in WIDENS else after <= before


@given(ROOMY, LIMITS)
def test_kelly_only_ever_takes_room(inputs: SizingInputs, limit: KellyLimit) -> None:
    assert quantity_eth(replace(inputs, kelly=limit)) <= quantity_eth(replace(inputs, kelly=HARD_CAPS))


@given(ROOMY, st.tuples(FRACTIONS, FRACTIONS))
def test_a_bigger_fraction_never_gives_less(inputs: SizingInputs, limits: tuple[KellyLimit, KellyLimit]) -> None:
    small, big = sorted(limits, key=lambda limit: limit.f_used_frac)

    assert quantity_eth(replace(inputs, kelly=small)) <= quantity_eth(replace(inputs, kelly=big))


@given(INPUTS | ROOMY)
def test_a_finer_lot_never_gives_less(inputs: SizingInputs) -> None:
    """Where no lot is given on sufferance, by the volatility scale or by Kelly."""
    assume(inputs.kelly != ONE_LOT)
    calm = replace(inputs, dvol_pts=60.0)

    assert quantity_eth(replace(calm, lot_eth=dec("0.1"))) >= quantity_eth(replace(calm, lot_eth=dec(1)))


SIZING_KEYS = sorted(key for key in TIGHTER if key.startswith("sizing."))


@given(INPUTS | ROOMY | TIGHT_CAP, st.sampled_from(SIZING_KEYS), st.floats(0.001, 0.95))
def test_a_tighter_limit_never_gives_a_bigger_size(inputs: SizingInputs, key: str, share: float) -> None:
    tight = with_rule(RULES, key, moved(KEYS[key], TIGHTER[key], share))

    assert quantity_eth(inputs, tight) <= quantity_eth(inputs)


# Inputs that one limit each holds back.
HELD_BACK = {
    "sizing.kelly_bankroll_eur": {"kelly": KellyLimit(stake=KellyStake.FRACTION, f_used_frac=dec("0.08"))},
    "sizing.dvol_scale.ref_pts": {"dvol_pts": 75.0},
    "sizing.dvol_scale.min": {"dvol_pts": 130.0},
    "sizing.dvol_scale.max": {"dvol_pts": 40.0},
    "sizing.one_lot_floor_dvol_max_pts": {"dvol_pts": 79.0, "cap_trade_eur": dec(100), "lot_eth": dec(1)},
    "sizing.top_of_book_share_max_frac": {"top_size_eth": dec(2)},
    "sizing.margin_use_max_frac": {"available_funds_eth": dec("0.4")},
}
PLENTY = SizingInputs(
    max_loss_usd=dec(100),
    initial_margin_eth=dec("0.1"),
    lot_eth=dec("0.1"),
    index_usd=dec(2000),
    fx_usd_per_eur=dec("1.1"),
    dvol_pts=60.0,
    cap_trade_eur=dec(1000),
    cap_total_eur=dec(9000),
    engaged_eur=dec(0),
    kelly=HARD_CAPS,
    top_size_eth=dec(500),
    available_funds_eth=dec(500),
    fee_allowance_eth=dec("0.0012"),
)


@pytest.mark.parametrize("key", [key for key in SIZING_KEYS if not key.startswith("sizing.fee_allowance")])
def test_every_limit_of_the_size_is_read(key: str) -> None:
    inputs = replace(PLENTY, **HELD_BACK[key])

    assert quantity_eth(inputs, with_rule(RULES, key, moved(KEYS[key], TIGHTER[key], 0.5))) < quantity_eth(inputs)


def test_a_dearer_fee_allowance_is_part_of_the_loss() -> None:
    for kind, name in (("linear bull put", "vertical"), ("linear condor", "condor")):
        assert size_of(kind, with_rule(RULES, f"sizing.fee_allowance_eth.{name}", dec("0.01"))) < size_of(kind, RULES)


CAP_KEYS = sorted(key for key in TIGHTER if key.startswith(("caps.paper.trade", "caps.paper.total", "sizing.")))


def size_of(kind: str, rules: StrategyRules, trades: tuple[OpenTrade, ...] = ()) -> Decimal:
    world = judged(WORLDS[kind], rules)
    if world.chosen is None:
        return dec(0)
    inputs = sizing_inputs(world.chosen, world.snapshot, book=replace(world.book, open_trades=trades), rules=rules)
    return quantity_eth(inputs, rules) if isinstance(inputs, SizingInputs) else dec(0)


@given(WORLD_NAMES, st.sampled_from(CAP_KEYS), st.floats(0.001, 0.95))
def test_of_a_fixed_spread_a_tighter_cap_or_a_dearer_fee_never_sells_more(kind: str, key: str, share: float) -> None:
    assert size_of(kind, with_rule(RULES, key, moved(KEYS[key], TIGHTER[key], share))) <= size_of(kind, RULES)


@given(WORLD_NAMES, st.lists(OPEN_TRADES, max_size=4))
def test_open_trades_only_take_room_and_their_order_is_irrelevant(kind: str, trades: list[OpenTrade]) -> None:
    size = size_of(kind, RULES, tuple(trades))

    assert size == size_of(kind, RULES, tuple(reversed(trades)))
    assert size_of(kind, RULES, (*trades, open_trade())) <= size <= size_of(kind, RULES)
