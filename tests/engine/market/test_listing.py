"""Listing rules against recorded listings, and names in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from engine.core.model import Family, OptionType
from engine.market.history import RecordedMarket
from engine.market.listing import LOTS_ETH, TICKS, expiries, instrument_name, parse_instrument, recorded_instrument, strike_step_usd, strikes_usd


def test_monday_two_o_clock_has_an_expiry_17_75_days_away() -> None:
    monday = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)

    assert monday + timedelta(days=17.75) in expiries(monday)


def test_the_fourth_friday_is_listed_on_thursday_at_the_expiry_hour() -> None:
    thursday = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
    fourth = datetime(2026, 3, 27, 8, 0, tzinfo=UTC) + timedelta(weeks=2)
    next_thursday = thursday + timedelta(weeks=2)

    assert fourth not in expiries(next_thursday - timedelta(minutes=1))
    assert fourth in expiries(next_thursday)


def test_an_expiry_leaves_the_list_at_its_own_instant() -> None:
    expiry_at = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)

    assert expiry_at in expiries(expiry_at - timedelta(seconds=1))
    assert expiry_at not in expiries(expiry_at)


def test_the_rules_give_the_expiries_that_were_recorded(history_dir: Path) -> None:
    """Of all recorded snapshots nearly every one lists exactly the expiries of the rules."""
    market = RecordedMarket(history_dir)
    agreeing, total = 0, 0
    for month in market.snapshots.months:
        for at in market.snapshots.recorded_at(month):
            recorded = {instrument.expiry_at for instrument in market.instruments(at)}
            total += 1
            agreeing += recorded == set(expiries(at))
    print(f"{agreeing} of {total} recorded listings agree")

    assert agreeing / total > 0.9


@pytest.mark.parametrize(
    ("name", "family", "strike", "option_type", "expiry_at"),
    [
        ("ETH-27JUN25-2500-P", Family.INVERSE, "2500", OptionType.PUT, datetime(2025, 6, 27, 8, 0, tzinfo=UTC)),
        ("ETH-2JAN26-2400-C", Family.INVERSE, "2400", OptionType.CALL, datetime(2026, 1, 2, 8, 0, tzinfo=UTC)),
        ("ETH-2JAN26-0d5-C", Family.INVERSE, "0.5", OptionType.CALL, datetime(2026, 1, 2, 8, 0, tzinfo=UTC)),
        ("ETH_USDC-29MAY26-1900-P", Family.LINEAR_USDC, "1900", OptionType.PUT, datetime(2026, 5, 29, 8, 0, tzinfo=UTC)),
        ("ETH_USDC-2JAN26-0d5-C", Family.LINEAR_USDC, "0.5", OptionType.CALL, datetime(2026, 1, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_name_and_its_meaning_are_each_other_s_inverse(name: str, family: Family, strike: str, option_type: OptionType, expiry_at: datetime) -> None:
    instrument = parse_instrument(name)

    assert instrument is not None
    assert (instrument.family, instrument.strike_usd, instrument.option_type, instrument.expiry_at) == (family, Decimal(strike), option_type, expiry_at)
    assert (instrument.ticks, instrument.lot_eth) == (TICKS[family], LOTS_ETH[family])
    assert instrument_name(family, expiry_at=expiry_at, strike_usd=Decimal(strike), option_type=option_type) == name


def test_a_linear_contract_trades_in_tenths_of_an_ether_and_an_inverse_one_in_whole_ones() -> None:
    assert (LOTS_ETH[Family.INVERSE], LOTS_ETH[Family.LINEAR_USDC]) == (Decimal(1), Decimal("0.1"))


@pytest.mark.parametrize(
    ("recorded", "family", "name"),
    [
        ("ETH-27JUN25-2500-P", Family.INVERSE, "ETH-27JUN25-2500-P"),
        ("ETH-27JUN25-2500-P", Family.LINEAR_USDC, "ETH_USDC-27JUN25-2500-P"),
        ("ETH_USDC-27JUN25-2500-P", Family.INVERSE, None),
        ("ETH_USDC-27JUN25-2500-P", Family.LINEAR_USDC, None),
        ("ETH-PERPETUAL", Family.LINEAR_USDC, None),
    ],
)
def test_a_recorded_inverse_option_has_a_twin_in_the_other_family(recorded: str, family: Family, name: str | None) -> None:
    """A line of the recording that is no inverse option belongs to no chain: its prices would be in another coin."""
    twin = recorded_instrument(recorded, family)

    assert (None if twin is None else (twin.name, twin.family)) == (None if name is None else (name, family))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ETH-PERPETUAL",
        "BTC-27JUN25-2500-P",
        "ETH-31FEB25-2500-P",
        "ETH-27JUX25-2500-P",
        "ETH_USDT-27JUN25-2500-P",
        "ETH_USDC-PERPETUAL",
        "ETH-27JUN25-2500-P ",
    ],
)
def test_what_is_no_eth_option_has_no_meaning(name: str) -> None:
    assert parse_instrument(name) is None


@pytest.mark.parametrize(
    ("spot", "dte", "step"), [(1900, 2, 25), (1900, 10, 50), (1900, 18, 50), (1900, 100, 100), (900, 18, 25), (900, 2, 12), (6000, 18, 100)]
)
def test_strikes_stand_closer_for_short_expiries(spot: float, dte: float, step: int) -> None:
    assert strike_step_usd(spot, dte_days=dte) == step


def test_listed_strikes_reach_three_deviations_and_are_finest_at_the_money() -> None:
    strikes = strikes_usd(1927.0, dte_days=18.4, move_sd_frac=0.135)

    assert strikes[0] < 1927 * (1 - 3 * 0.135) + 100
    assert strikes[-1] > 1927 * (1 + 3 * 0.135)
    assert {after - before for before, after in pairwise(strikes) if 1700 < before < 2200} == {50}
    assert list(strikes) == sorted(set(strikes))
