"""The size of a trade: worked examples, each constraint in turn, and what may never happen."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.model import Binding, Family, Stage, Strategy
from engine.core.model_kelly import KellyLimit, KellyStake
from engine.core.sizing_engine import SizingInputs, compute_contracts, dvol_scale, lot_eth, sizing_inputs

from .builders import INDEX_USD, RULES, WEALTH, book, candidate, condor_spread, dec, leg_changed, open_trade, read, snapshot, spread

SIZING = RULES.sizing


def fraction(f_used: str) -> KellyLimit:
    return KellyLimit(stake=KellyStake.FRACTION, f_used_frac=dec(f_used))


# Spot 1 914, width 100: 102.2968 USD, 88.19 EUR at 1.16.
EXAMPLE = SizingInputs(
    max_loss_usd=dec("102.2968"),
    initial_margin_eth=dec("0.1076"),
    lot_eth=dec(1),
    index_usd=dec(1914),
    fx_usd_per_eur=dec("1.16"),
    dvol_pts=55.0,
    cap_trade_eur=dec(200),
    cap_total_eur=dec(1000),
    engaged_eur=dec(0),
    kelly=KellyLimit(stake=KellyStake.HARD_CAPS),
    top_size_eth=dec(100),
    available_funds_eth=dec(10),
    fee_allowance_eth=dec("0.0012"),
)


def sized(**changes):
    return compute_contracts(replace(EXAMPLE, **changes), SIZING)


@pytest.mark.parametrize(
    ("changes", "quantity", "binding"),
    [
        ({"cap_trade_eur": dec(100), "cap_total_eur": dec(500)}, 1, Binding.TRADE_CAP),
        ({}, 2, Binding.TRADE_CAP),
        ({"dvol_pts": 80.0}, 1, Binding.TRADE_CAP),
        ({"dvol_pts": 80.0, "cap_trade_eur": dec(100)}, 1, Binding.ONE_LOT_FLOOR),
        ({"engaged_eur": dec(900)}, 1, Binding.TOTAL_CAP),
        ({"top_size_eth": dec(3)}, 1, Binding.LIQUIDITY),
        ({"top_size_eth": dec(2)}, 1, Binding.LIQUIDITY),
        ({"available_funds_eth": dec("0.2152")}, 1, Binding.MARGIN),
        ({"kelly": fraction("0.04")}, 1, Binding.KELLY),
        ({"kelly": KellyLimit(stake=KellyStake.ONE_LOT)}, 1, Binding.KELLY),
        ({"lot_eth": dec("0.1")}, "2.2", Binding.TRADE_CAP),
    ],
)
def test_the_smallest_constraint_decides_and_the_size_is_rounded_down(changes, quantity, binding: Binding) -> None:
    outcome = sized(**changes)

    assert isinstance(outcome, Approved)
    assert (outcome.value.quantity_eth, outcome.value.binding) == (dec(quantity), binding)
    assert outcome.value.max_loss_eur == dec("102.2968") / dec("1.16") * dec(quantity)


def test_the_worked_example_to_the_digit() -> None:
    outcome = sized()

    assert isinstance(outcome, Approved)
    assert (dec("102.2968") / dec("1.16")).quantize(dec("0.01")) == dec("88.19")
    assert dict(outcome.value.limits_eth)[Binding.TRADE_CAP].quantize(dec("0.001")) == dec("2.268")
    assert dict(outcome.value.limits_eth)[Binding.KELLY] is None


@pytest.mark.parametrize(
    ("changes", "code", "binding"),
    [
        ({"cap_trade_eur": dec(88)}, "cap_below_one_lot", Binding.TRADE_CAP),
        ({"engaged_eur": dec(912)}, "cap_below_one_lot", Binding.TOTAL_CAP),
        ({"engaged_eur": dec(1500)}, "cap_below_one_lot", Binding.TOTAL_CAP),
        ({"top_size_eth": dec("1.9")}, "size_zero", Binding.LIQUIDITY),
        ({"available_funds_eth": dec("0.2151")}, "size_zero", Binding.MARGIN),
        ({"available_funds_eth": dec(-1)}, "size_zero", Binding.MARGIN),
        ({"kelly": KellyLimit(stake=KellyStake.SUSPENDED)}, "size_zero", Binding.KELLY),
    ],
)
def test_less_than_one_lot_is_refused_naming_the_constraint(changes, code: str, binding: Binding) -> None:
    outcome = sized(**changes)

    assert isinstance(outcome, Refused)
    assert [(check.code, check.subject) for check in outcome.reasons] == [(code, binding.value)]


@pytest.mark.parametrize(("dvol", "code"), [(80.0, None), (80.1, "size_zero")])
def test_the_volatility_scale_alone_vetoes_only_above_eighty(dvol: float, code: str | None) -> None:
    outcome = sized(dvol_pts=dvol, cap_trade_eur=dec(100))

    assert [check.code for check in outcome.checks if check.blocks] == ([] if code is None else [code])
    if code:
        assert outcome.checks[0].cause == "dvol_scale"


def test_a_refusal_by_a_cap_names_the_width_that_would_fit() -> None:
    outcome = sized(cap_trade_eur=dec(80))

    width = next(check for check in outcome.checks if check.code == "width_that_fits")
    assert width.observed == dec(80) * dec("1.16") - dec("0.0012") * 1914
    assert isinstance(sized(cap_trade_eur=dec(80), max_loss_usd=width.observed + dec("0.0012") * 1914), Approved)


@pytest.mark.parametrize(("dvol", "scale"), [(30.0, 1), (60.0, 1), (75.0, "0.8"), (120.0, "0.5"), (200.0, "0.5")])
def test_the_volatility_scale_stays_between_its_bounds(dvol: float, scale) -> None:
    assert dvol_scale(dvol, SIZING) == dec(scale)


MONEY = st.decimals("1", "3000", places=2)
SIZES = st.decimals("0", "500", places=1)
INPUTS = st.builds(
    SizingInputs,
    max_loss_usd=st.decimals("20", "400", places=2),
    initial_margin_eth=st.decimals("0.1", "0.5", places=4),
    lot_eth=st.sampled_from([dec(1), dec("0.1")]),
    index_usd=st.decimals("1000", "5000", places=2),
    fx_usd_per_eur=st.decimals("0.8", "1.6", places=4),
    dvol_pts=st.floats(20, 150),
    cap_trade_eur=MONEY,
    cap_total_eur=MONEY,
    engaged_eur=st.decimals("0", "2000", places=2),
    kelly=st.sampled_from(KellyStake).flatmap(
        lambda stake: st.builds(KellyLimit, stake=st.just(stake), f_used_frac=st.decimals("0", "0.08", places=4) if stake is KellyStake.FRACTION else st.none())
    ),
    top_size_eth=SIZES,
    available_funds_eth=st.decimals("-1", "20", places=3),
    fee_allowance_eth=st.just(dec("0.0012")),
)


def quantity(inputs: SizingInputs) -> Decimal:
    outcome = compute_contracts(inputs, SIZING)
    return outcome.value.quantity_eth if isinstance(outcome, Approved) else dec(0)


@given(INPUTS)
def test_a_size_never_exceeds_a_cap_the_book_or_the_margin(inputs: SizingInputs) -> None:
    outcome = compute_contracts(inputs, SIZING)
    if isinstance(outcome, Refused):
        assert outcome.reasons
        return
    sizing = outcome.value

    assert sizing.quantity_eth >= inputs.lot_eth
    assert sizing.quantity_eth % inputs.lot_eth == 0
    assert sizing.max_loss_eur <= inputs.cap_trade_eur
    assert sizing.max_loss_eur + inputs.engaged_eur <= inputs.cap_total_eur
    assert 2 * sizing.quantity_eth <= inputs.top_size_eth
    assert 2 * sizing.quantity_eth * inputs.initial_margin_eth <= inputs.available_funds_eth


@given(
    INPUTS,
    st.decimals("0", "500", places=2),
    st.sampled_from(["cap_trade_eur", "cap_total_eur", "top_size_eth", "available_funds_eth"]),
)
def test_more_room_never_gives_a_smaller_size(inputs: SizingInputs, more: Decimal, field: str) -> None:
    assert quantity(replace(inputs, **{field: getattr(inputs, field) + more})) >= quantity(inputs)


@given(INPUTS, st.decimals("0", "500", places=2), st.sampled_from(["engaged_eur", "max_loss_usd"]))
def test_more_risk_never_gives_a_larger_size(inputs: SizingInputs, more: Decimal, field: str) -> None:
    assert quantity(replace(inputs, **{field: getattr(inputs, field) + more})) <= quantity(inputs)


def test_inputs_are_read_from_the_market_and_the_book() -> None:
    own = book(open_trades=(open_trade(), open_trade(is_pending=True, max_loss_eur=dec(50))), kelly_limits=((Strategy.BULL_PUT, fraction("0.05")),))
    inputs = sizing_inputs(candidate(), snapshot(), book=replace(own, stage=Stage.SOFT), rules=RULES)

    assert isinstance(inputs, SizingInputs)
    assert (inputs.engaged_eur, inputs.cap_trade_eur, inputs.cap_total_eur) == (150, 100, 500)
    assert inputs.available_funds_eth == WEALTH.available_funds_eth - dec("0.22")
    assert inputs.kelly == fraction("0.05")


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ({"index_usd": None, "fx_usd_per_eur": None}, ["no_index", "no_fx"]),
        ({"index_usd": None}, ["no_index"]),
        ({"fx_usd_per_eur": None}, ["no_fx"]),
        ({"dvol_pts": None}, ["no_dvol"]),
        ({"wealth": None}, ["no_portfolio"]),
        ({"dvol_pts": read(math.nan)}, ["no_positive_index_fx_dvol"]),
        ({"dvol_pts": read(0.0)}, ["no_positive_index_fx_dvol"]),
        ({"fx_usd_per_eur": read(dec(0))}, ["no_positive_index_fx_dvol"]),
        ({"index_usd": read(dec(0))}, ["no_positive_index_fx_dvol"]),
    ],
)
def test_a_missing_input_is_named_and_refuses(changes, causes: list[str]) -> None:
    outcome = sizing_inputs(candidate(), snapshot(**changes), book=book(), rules=RULES)

    assert isinstance(outcome, Refused)
    assert [(check.verdict, check.cause) for check in outcome.checks] == [(Verdict.NOT_EVALUATED, cause) for cause in causes]


def test_an_unknown_size_at_the_top_of_the_book_refuses() -> None:
    chosen = candidate()
    blind = replace(chosen, spread=leg_changed(leg_changed(chosen.spread, "short", bid_size_eth=None), "long", ask_size_eth=None))
    outcome = sizing_inputs(blind, snapshot(), book=book(), rules=RULES)

    assert [check.cause for check in outcome.checks] == ["no_short_bid_size", "no_long_ask_size"]


# What a size and its refusal tell

LOT_EUR = EXAMPLE.max_loss_usd / EXAMPLE.fx_usd_per_eur


def test_a_size_tells_its_check_its_scale_and_every_limit_in_order() -> None:
    outcome = sized(dvol_pts=75.0, kelly=fraction("0.08"), engaged_eur=dec(100))
    kelly_eth = SIZING.kelly_bankroll_eur * dec("0.08") / LOT_EUR

    assert outcome.checks == (Check("E16", "sized", Verdict.PASSED, dec(1), dec(1), Relation.AT_LEAST, Unit.ETH, "trade_cap"),)
    assert outcome.value.dvol_scale == 0.8
    assert outcome.value.limits_eth == (
        (Binding.TRADE_CAP, 200 / LOT_EUR * dec("0.8")),
        (Binding.TOTAL_CAP, 900 / LOT_EUR),
        (Binding.KELLY, kelly_eth),
        (Binding.LIQUIDITY, dec(50)),
        (Binding.MARGIN, 5 / dec("0.1076")),
    )


@pytest.mark.parametrize(
    ("changes", "observed", "subject", "cause"),
    [
        ({"top_size_eth": dec("1.9")}, dec("0.95"), "liquidity", ""),
        ({"available_funds_eth": dec("0.1076")}, dec("0.5"), "margin", ""),
        ({"kelly": KellyLimit(stake=KellyStake.SUSPENDED)}, dec(0), "kelly", ""),
        ({"dvol_pts": 100.0, "cap_trade_eur": dec(100)}, 100 / LOT_EUR * dec("0.6"), "trade_cap", "dvol_scale"),
        # The cap allows exactly one lot and the volatility takes it away.
        ({"dvol_pts": 100.0, "cap_trade_eur": LOT_EUR}, dec("0.6"), "trade_cap", "dvol_scale"),
    ],
)
def test_a_size_below_one_lot_tells_what_was_left(changes: dict[str, object], observed: Decimal, subject: str, cause: str) -> None:
    expected = Check("E16", "size_zero", Verdict.FAILED, pytest.approx(observed), dec(1), Relation.AT_LEAST, Unit.ETH, subject, cause)

    assert sized(**changes).checks == (expected,)


@pytest.mark.parametrize(
    ("changes", "lot", "left", "subject"),
    [
        ({"cap_trade_eur": dec(80)}, LOT_EUR, dec(80), "trade_cap"),
        ({"engaged_eur": dec(940)}, LOT_EUR, dec(60), "total_cap"),
        ({"lot_eth": dec("0.1"), "cap_trade_eur": dec(8)}, LOT_EUR / 10, dec(8), "trade_cap"),
        ({"lot_eth": dec("0.1"), "engaged_eur": dec(995)}, LOT_EUR / 10, dec(5), "total_cap"),
    ],
)
def test_a_cap_below_one_lot_tells_the_lot_the_cap_and_the_width_that_fits(changes: dict[str, object], lot: Decimal, left: Decimal, subject: str) -> None:
    lots_per_eth = 10 if "lot_eth" in changes else 1
    width_usd = left * lots_per_eth * dec("1.16") - dec("0.0012") * 1914

    assert sized(**changes).checks == (
        Check("E16", "cap_below_one_lot", Verdict.FAILED, lot, left, Relation.AT_MOST, Unit.EUR, subject),
        Check("E16", "width_that_fits", Verdict.PASSED, width_usd, unit=Unit.USD),
    )


def test_of_equal_limits_the_first_binds() -> None:
    outcome = sized(top_size_eth=dec(2), available_funds_eth=dec("0.2152"))

    assert (outcome.value.binding, outcome.value.quantity_eth) == (Binding.LIQUIDITY, 1)


@pytest.mark.parametrize("dvol_pts", [60.0, 80.0])
def test_the_floor_of_one_lot_never_lifts_another_limit(dvol_pts: float) -> None:
    assert isinstance(sized(dvol_pts=dvol_pts, cap_trade_eur=dec(100), top_size_eth=dec(1)), Refused)


def test_the_floor_of_one_lot_is_told_with_the_scale_that_made_it_needed() -> None:
    outcome = sized(dvol_pts=80.0, cap_trade_eur=dec(100), lot_eth=dec(1))

    assert outcome.checks == (Check("E16", "sized", Verdict.PASSED, dec(1), dec(1), Relation.AT_LEAST, Unit.ETH, "one_lot_floor"),)
    assert (outcome.value.dvol_scale, outcome.value.max_loss_eur) == (0.75, LOT_EUR)


def test_every_bound_is_read_from_its_place() -> None:
    chosen = candidate()
    own = book(open_trades=(open_trade(),), kelly_limits=((Strategy.BULL_PUT, fraction("0.05")),))
    slim = replace(chosen, spread=leg_changed(leg_changed(chosen.spread, "short", bid_size_eth=dec(7), ask_size_eth=dec(1)), "long", bid_size_eth=dec(1)))
    expected = SizingInputs(
        max_loss_usd=chosen.economics.max_loss_usd,
        initial_margin_eth=chosen.economics.initial_margin_eth,
        lot_eth=dec(1),
        index_usd=INDEX_USD,
        fx_usd_per_eur=dec("1.16"),
        dvol_pts=62.0,
        cap_trade_eur=dec(200),
        cap_total_eur=dec(1000),
        engaged_eur=dec(100),
        kelly=fraction("0.05"),
        top_size_eth=dec(7),
        available_funds_eth=dec("3.89"),
        fee_allowance_eth=dec("0.0012"),
    )

    assert sizing_inputs(slim, snapshot(), book=own, rules=RULES) == expected


def test_the_thinner_leg_and_the_larger_allowance_bound_a_condor() -> None:
    whole = leg_changed(leg_changed(condor_spread(), "short", side=1, bid_size_eth=dec(9)), "long", side=1, ask_size_eth=dec(8))
    inputs = sizing_inputs(replace(candidate(), spread=whole), snapshot(), book=book(), rules=RULES)

    assert (inputs.top_size_eth, inputs.fee_allowance_eth) == (8, SIZING.fee_allowance_eth.condor)


def test_a_lot_is_the_larger_of_ours_and_the_venues() -> None:
    linear = spread(family=Family.LINEAR_USDC)
    wide = replace(RULES, sizing=replace(SIZING, lot_eth=replace(SIZING.lot_eth, linear_usdc=dec("0.5"))))
    double = replace(RULES, sizing=replace(SIZING, lot_eth=replace(SIZING.lot_eth, inverse=dec(2))))
    asked = ((linear, RULES), (linear, wide), (spread(), RULES), (spread(), double))
    lots = [sizing_inputs(replace(candidate(), spread=whole), snapshot(), book=book(), rules=rules).lot_eth for whole, rules in asked]

    assert lots == [dec("0.1"), dec("0.5"), 1, 2]
    assert [lot_eth(family, SIZING) for family in Family] == [SIZING.lot_eth.inverse, SIZING.lot_eth.linear_usdc]


def test_a_missing_bound_tells_its_rule() -> None:
    outcome = sizing_inputs(candidate(), snapshot(wealth=None), book=book(), rules=RULES)

    assert outcome.checks == (Check("E16", "size_zero", Verdict.NOT_EVALUATED, cause="no_portfolio"),)


@pytest.mark.parametrize(("leg", "size", "cause"), [("short", "bid_size_eth", "no_short_bid_size"), ("long", "ask_size_eth", "no_long_ask_size")])
def test_one_unknown_size_is_enough_to_refuse(leg: str, size: str, cause: str) -> None:
    chosen = candidate()
    outcome = sizing_inputs(replace(chosen, spread=leg_changed(chosen.spread, leg, **{size: None})), snapshot(), book=book(), rules=RULES)

    assert [check.cause for check in outcome.checks] == [cause]


def test_an_empty_book_engages_a_decimal_nothing() -> None:
    assert repr(sizing_inputs(candidate(), snapshot(), book=book(), rules=RULES).engaged_eur) == "Decimal('0')"


def test_any_positive_volatility_can_be_scaled_by() -> None:
    inputs = sizing_inputs(candidate(), snapshot(dvol_pts=read(0.5)), book=book(), rules=RULES)

    assert isinstance(inputs, SizingInputs)
    assert dvol_scale(inputs.dvol_pts, SIZING) == 1
