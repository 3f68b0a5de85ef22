"""Names of options in both directions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from engine.core.model import Family, OptionType
from engine.market.listing import LOTS_ETH, TICKS, instrument_name, parse_instrument


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
