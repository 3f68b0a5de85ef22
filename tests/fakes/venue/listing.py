"""What the venue lists: ETH options of both families, the perpetual, and their names, lots and ticks.

Source: strategy section 2. Dailies, three Fridays, three month ends and two quarter ends, at 08:00 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any

from tests.fakes.venue.clock import to_ms

EXPIRY_HOUR = 8
FRIDAY = 4
NEVER_MS = 32_503_708_800_000
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


class Family(StrEnum):
    INVERSE = "ETH"
    LINEAR = "ETH_USDC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Smallest price step, and a coarser one above a price."""

    tick: Decimal
    above: Decimal | None = None
    coarse: Decimal | None = None

    def step_at(self, price: Decimal) -> Decimal:
        return self.coarse if self.above is not None and self.coarse is not None and price > self.above else self.tick

    def holds(self, price: Decimal) -> bool:
        return price % self.step_at(abs(price)) == 0

    def down(self, price: Decimal) -> Decimal:
        step = self.step_at(abs(price))
        return (price / step).to_integral_value(ROUND_FLOOR) * step

    def up(self, price: Decimal) -> Decimal:
        step = self.step_at(abs(price))
        return (price / step).to_integral_value(ROUND_CEILING) * step


GRIDS = {
    Family.INVERSE: Grid(tick=Decimal("0.0001"), above=Decimal("0.005"), coarse=Decimal("0.0005")),
    Family.LINEAR: Grid(tick=Decimal("0.1")),
}
COMBO_GRIDS = {Family.INVERSE: Grid(tick=Decimal("0.0001")), Family.LINEAR: Grid(tick=Decimal("0.1"))}
PERPETUAL_GRID = Grid(tick=Decimal("0.05"))
LOTS = {Family.INVERSE: Decimal(1), Family.LINEAR: Decimal("0.1")}
CONTRACT_SIZES = {Family.INVERSE: Decimal(1), Family.LINEAR: Decimal("0.1")}
COINS = {Family.INVERSE: "ETH", Family.LINEAR: "USDC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One instrument; `kind` is option or future (the perpetual)."""

    name: str
    number: int
    kind: str
    family: Family
    listed_at: datetime
    expires_at: datetime | None
    is_call: bool = False
    strike: Decimal = Decimal(0)

    @property
    def coin(self) -> str:
        """What it is quoted and settled in."""
        return COINS[self.family]

    @property
    def grid(self) -> Grid:
        return PERPETUAL_GRID if self.kind == "future" else GRIDS[self.family]

    @property
    def lot(self) -> Decimal:
        return Decimal(1) if self.kind == "future" else LOTS[self.family]

    @property
    def contract_size(self) -> Decimal:
        return Decimal(1) if self.kind == "future" else CONTRACT_SIZES[self.family]

    def years(self, now: datetime) -> float:
        return 0.0 if self.expires_at is None else max((self.expires_at - now).total_seconds(), 0.0) / (365 * 86_400.0)

    def payout(self, delivery_usd: Decimal) -> Decimal:
        """What one ETH of it pays at expiry, in its coin."""
        intrinsic = max(delivery_usd - self.strike if self.is_call else self.strike - delivery_usd, Decimal(0))
        return intrinsic / delivery_usd if self.family is Family.INVERSE else intrinsic

    def wire(self, *, is_active: bool) -> dict[str, Any]:
        """As `public/get_instruments` tells it."""
        told = {
            "kind": self.kind,
            "settlement_currency": self.coin,
            "counter_currency": "USD" if self.family is Family.INVERSE else "USDC",
            "base_currency": "ETH",
            "quote_currency": self.quote_currency,
            "min_trade_amount": float(self.lot),
            "instrument_name": self.name,
            "instrument_id": self.number,
            "is_active": is_active,
            "settlement_period": self._period(),
            "creation_timestamp": to_ms(self.listed_at),
            "tick_size": float(self.grid.tick),
            "tick_size_steps": self._steps(),
            "expiration_timestamp": NEVER_MS if self.expires_at is None else to_ms(self.expires_at),
            "instrument_type": "reversed" if self.family is Family.INVERSE else "linear",
            "contract_size": float(self.contract_size) if self.family is Family.LINEAR else int(self.contract_size),
            "maker_commission": 0.0003 if self.kind == "option" else 0.0,
            "taker_commission": 0.0003 if self.kind == "option" else 0.0005,
            "block_trade_commission": 0.0003,
            "block_trade_tick_size": 0.0001,
            "block_trade_min_trade_amount": 250,
            "price_index": "eth_usd" if self.family is Family.INVERSE else "eth_usdc",
        }
        if self.kind == "option":
            return told | {"strike": float(self.strike), "option_type": "call" if self.is_call else "put"}
        return told | {"max_leverage": 50, "max_liquidation_commission": 0.009, "future_type": "reversed"}

    @property
    def quote_currency(self) -> str:
        if self.kind == "future":
            return "USD"
        return self.coin

    def _steps(self) -> list[dict[str, float]]:
        if self.grid.above is None or self.grid.coarse is None:
            return []
        return [{"above_price": float(self.grid.above), "tick_size": float(self.grid.coarse)}]

    def _period(self) -> str:
        if self.expires_at is None:
            return "perpetual"
        if self.expires_at == last_friday(self.expires_at.year, self.expires_at.month):
            return "month"
        return "week" if self.expires_at.weekday() == FRIDAY else "day"


def expiries(now: datetime) -> list[datetime]:
    """The expiries listed at `now`, ascending."""
    first = next_expiry(now)
    friday = first + timedelta(days=(FRIDAY - first.weekday()) % 7)
    ends = [end for end in (last_friday(now.year + (now.month - 1 + ahead) // 12, (now.month - 1 + ahead) % 12 + 1) for ahead in range(10)) if end > now]
    dailies = [first + timedelta(days=ahead) for ahead in range(4)]
    weeklies = [friday + timedelta(weeks=ahead) for ahead in range(3)]
    return sorted({*dailies, *weeklies, *ends[:3], *[end for end in ends if end.month % 3 == 0][:2]})


def next_expiry(now: datetime) -> datetime:
    """The first 08:00 UTC after `now`."""
    first = now.replace(hour=EXPIRY_HOUR, minute=0, second=0, microsecond=0)
    return first if first > now else first + timedelta(days=1)


def strikes(spot_usd: Decimal, *, days: float) -> list[Decimal]:
    """The strikes listed around `spot_usd`, ascending."""
    step = Decimal(25) if days <= 4 else Decimal(50) if days <= 45 else Decimal(100)
    reach = Decimal(str(min(0.12 + 0.09 * days**0.5, 0.6)))
    low, high = int(spot_usd * (1 - reach) / step), int(spot_usd * (1 + reach) / step) + 1
    return [step * number for number in range(max(low, 1), high + 1)]


def option_name(family: Family, expires_at: datetime, strike: Decimal, *, is_call: bool) -> str:
    """Such as ETH-25SEP26-1700-P; a decimal strike is written with `d`."""
    told = f"{strike.normalize():f}".replace(".", "d")
    return f"{family.value}-{expiry_code(expires_at)}-{told}-{'C' if is_call else 'P'}"


def expiry_code(expires_at: datetime) -> str:
    """Such as 25SEP26, the day without a leading zero."""
    return f"{expires_at.day}{MONTHS[expires_at.month - 1]}{expires_at:%y}"


def last_friday(year: int, month: int) -> datetime:
    last = datetime(year + month // 12, month % 12 + 1, 1, EXPIRY_HOUR, tzinfo=UTC) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - FRIDAY) % 7)
