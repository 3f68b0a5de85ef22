"""Fills against the mid a person approved."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.reporting.fills import r_of, slippage_frac
from tests.bot.cards.samples import fill_report


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [("open", "0.0038", "0.05"), ("open", "0.0042", "-0.05"), ("close", "0.0042", "0.05"), ("close", "0.0038", "-0.05"), ("open", "0.0040", "0")],
)
def test_worse_than_the_approved_mid_is_positive_slippage(side: str, price: str, expected: str) -> None:
    assert slippage_frac(Decimal(price), Decimal("0.0040"), side=side) == Decimal(expected)


def test_a_mid_of_nothing_has_no_slippage() -> None:
    assert slippage_frac(Decimal("0.001"), Decimal(0), side="open") is None


def test_opening_brings_cash_and_closing_takes_it() -> None:
    assert fill_report("open").cash_coin == Decimal("0.0080")
    assert fill_report("close").cash_coin == Decimal("-0.0212")


def test_the_fee_in_eur_is_of_the_whole_position() -> None:
    report = fill_report("open")

    assert report.fee_eur == Decimal("0.0003") * 2 * Decimal("1914.70") / Decimal("1.16")


def test_r_is_pnl_over_the_max_loss_stored_at_entry() -> None:
    assert r_of(Decimal("-44.1"), Decimal("176.4")) == -0.25
    assert r_of(None, Decimal("176.4")) is None
    assert r_of(Decimal(1), Decimal(0)) is None
