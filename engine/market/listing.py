"""What an ETH option is called, and what its name says about it.

Source: strategy section 2 (names, ticks, lots).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from engine.core.model import Family, Instrument, OptionType, TickStep

ROOTS = {Family.INVERSE: "ETH", Family.LINEAR_USDC: "ETH_USDC"}
FAMILIES = {root: family for family, root in ROOTS.items()}
LOTS_ETH = {Family.INVERSE: Decimal(1), Family.LINEAR_USDC: Decimal("0.1")}
# The grid of the linear options is an assumption: no document at hand states it. A tenth of a dollar is half of
# what the finest inverse step is worth at an index of 2,000; an order is rounded by what the instrument itself says.
TICKS = {
    Family.INVERSE: (TickStep(above_coin=Decimal(0), tick_coin=Decimal("0.0001")), TickStep(above_coin=Decimal("0.005"), tick_coin=Decimal("0.0005"))),
    Family.LINEAR_USDC: (TickStep(above_coin=Decimal(0), tick_coin=Decimal("0.1")),),
}
EXPIRY_HOUR = 8
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NAME = re.compile(r"(ETH|ETH_USDC)-(\d{1,2})([A-Z]{3})(\d{2})-(\d+(?:d\d+)?)-([CP])")
NAMES_KEPT_MAX = 4096


def instrument_name(family: Family, *, expiry_at: datetime, strike_usd: Decimal, option_type: OptionType) -> str:
    """The venue's name, such as ETH-27JUN25-2500-P or ETH_USDC-27JUN25-2500-P; a decimal strike is written with `d`."""
    strike = f"{strike_usd.normalize():f}".replace(".", "d")
    side = "C" if option_type is OptionType.CALL else "P"
    return f"{ROOTS[family]}-{expiry_at.day}{MONTHS[expiry_at.month - 1]}{expiry_at:%y}-{strike}-{side}"


@lru_cache(maxsize=NAMES_KEPT_MAX)
def parse_instrument(name: str) -> Instrument | None:
    """The instrument a name describes, None when it is no ETH option. Kept, because a chain asks 800 names a second time."""
    match = NAME.fullmatch(name)
    if match is None or match[3] not in MONTHS:
        return None
    root, day, month, year, strike, side = match.groups()
    try:
        expiry_at = datetime(2000 + int(year), MONTHS.index(month) + 1, int(day), EXPIRY_HOUR, tzinfo=UTC)
    except ValueError:
        return None
    family = FAMILIES[root]
    return Instrument(
        name=name,
        family=family,
        option_type=OptionType.CALL if side == "C" else OptionType.PUT,
        strike_usd=Decimal(strike.replace("d", ".")),
        expiry_at=expiry_at,
        lot_eth=LOTS_ETH[family],
        ticks=TICKS[family],
    )
