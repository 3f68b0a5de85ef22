"""An option's name says its terms: `ETH-25SEP26-2200-P`, and `ETH_USDC-…` for one that is settled in USDC."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, OptionType

NAME = re.compile(r"[A-Z]{2,6}(?P<linear>_USDC)?-(?P<day>[1-9]\d?)(?P<month>[A-Z]{3})(?P<year>\d\d)-(?P<strike>\d{1,8}(?:d\d{1,4})?)-(?P<side>[CP])", re.ASCII)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
SIDES = {"C": OptionType.CALL, "P": OptionType.PUT}


def says(name: str, *, family: Family, expiry_at: datetime, option_type: OptionType, strike_usd: Decimal) -> bool:
    """True for a name that is one and means these terms: it is what an order names, so nothing else may stand there."""
    found = NAME.fullmatch(name)
    return (
        found is not None
        and (found["linear"] is not None) is (family is Family.LINEAR_USDC)
        and (int(found["day"]), found["month"], int(found["year"])) == (expiry_at.day, MONTHS[expiry_at.month - 1], expiry_at.year % 100)
        and SIDES[found["side"]] is option_type
        and Decimal(found["strike"].replace("d", ".")) == strike_usd
    )
