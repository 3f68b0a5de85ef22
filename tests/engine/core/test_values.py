"""What the small values of the trade say about themselves."""

from __future__ import annotations

import pytest

from engine.core.model import Family, OptionType, Strategy
from engine.core.result import TradeFlows, trade_result
from engine.core.rules import StageSwitches
from engine.core.spread_prices import entry_mid_coin

from .builders import EXPIRY_AT, RULES, dec, leg_changed, marked


def test_a_spread_is_the_difference_of_its_legs() -> None:
    whole = marked("0.0070", "0.0030")

    assert (whole.width_usd, whole.expiry_at) == (100, EXPIRY_AT)
    assert (entry_mid_coin(whole), whole.natural_coin) == (dec("0.0040"), dec("0.0038"))
    assert (whole.mark_coin, whole.natural_close_coin) == (dec("0.0040"), dec("0.0042"))


@pytest.mark.parametrize(
    ("leg", "changes", "empty"),
    [
        ("short", {"bid_coin": None}, ["natural_coin"]),
        ("short", {"ask_coin": None}, ["natural_close_coin"]),
        ("short", {"mark_coin": None}, ["mark_coin"]),
        ("long", {"bid_coin": None}, []),
        ("long", {"ask_coin": None}, ["natural_coin"]),
        ("long", {"mark_coin": None}, ["mark_coin"]),
    ],
)
def test_a_spread_without_a_side_has_no_price_there(leg: str, changes, empty: list[str]) -> None:
    whole = leg_changed(marked("0.0070", "0.0030"), leg, **changes)
    figures = ("natural_coin", "mark_coin", "natural_close_coin")

    assert [name for name in figures if getattr(whole, name) is None] == empty


def test_a_missing_long_bid_sells_for_nothing() -> None:
    assert leg_changed(marked("0.0070", "0.0030"), "long", bid_coin=None).natural_close_coin == dec("0.0071")


def test_each_strategy_has_its_sides_puts_first() -> None:
    assert [strategy.sides for strategy in Strategy] == [(OptionType.PUT,), (OptionType.CALL,), (OptionType.PUT, OptionType.CALL)]


@pytest.mark.parametrize(("stage", "cap_eur", "is_on"), [("paper", 200, True), ("soft", 100, False), ("full", 200, False)])
def test_each_stage_has_its_caps_and_switches(stage: str, cap_eur: int, is_on: bool) -> None:
    assert RULES.caps_of(stage).trade_eur == cap_eur
    assert StageSwitches(paper=True, soft=False, full=False).of(stage) is is_on


def test_a_result_is_credit_less_debit_less_fees_times_the_size() -> None:
    flows = TradeFlows(
        family=Family.INVERSE,
        credit_coin=dec("0.0040"),
        debit_coin=dec("0.0015"),
        open_fee_coin=dec("0.0003"),
        close_fee_coin=dec("0.0002"),
        quantity_eth=dec(2),
    )
    result = trade_result(flows, index_usd=dec(2000), fx_usd_per_eur=dec("1.25"))

    assert (result.pnl_coin, result.pnl_usd, result.pnl_eur) == (dec("0.0040"), 8, dec("6.4"))
