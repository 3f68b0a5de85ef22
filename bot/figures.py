"""Numbers and instants in the reader's language: a unit on every number, the sign printed where it matters.

Rules of this file: ordinary figures round half away from zero; what may be lost
rounds up, sizes round down, and the method's name or docstring says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ABSENT = "—"

ETH = "ETH"
USDC = "USDC"
COIN_PLACES = {ETH: 4, USDC: 2}
FEE_PLACES = {ETH: 5, USDC: 2}

_DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "it": ("lun", "mar", "mer", "gio", "ven", "sab", "dom")}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "it": ("gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"),
}

Number = Decimal | float | int


@cache
def _zone(name: str) -> tzinfo:
    """The zone; UTC for none, and where this machine does not know the name."""
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


@dataclass(frozen=True, slots=True)
class Figures:
    """Formats for one language (`en` or `it`) and the hours of one IANA zone (UTC without one); an absent value is a dash, never a zero."""

    language: str
    zone: str = ""

    def number(self, value: Number | None, places: int = 0, *, signed: bool = False, rounding: str = ROUND_HALF_UP) -> str:
        """The value with thousands separators and exactly `places` decimals."""
        if value is None:
            return ABSENT
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        if not exact.is_finite():
            return ABSENT
        shown = exact.quantize(Decimal(1).scaleb(-places), rounding=rounding)
        if shown == 0:
            # A negative that rounds to nothing must not read "-0".
            shown = abs(shown)
        text = f"{shown:+,f}" if signed and shown != 0 else f"{shown:,f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "it" else text

    def eur(self, value: Number | None, places: int = 2, *, signed: bool = False) -> str:
        return self._money(self.number(value, places, signed=signed), "€")

    def usd(self, value: Number | None, places: int = 2, *, signed: bool = False) -> str:
        return self._money(self.number(value, places, signed=signed), "$")

    def risk_eur(self, value: Number | None, places: int = 0) -> str:
        """What may be lost, rounded up: never shown smaller than it is."""
        return self._money(self.number(value, places, rounding=ROUND_CEILING), "€")

    def price_usd(self, value: Number | None) -> str:
        """An index level, in whole dollars."""
        return self.usd(value, 0)

    def strike(self, value: Number | None) -> str:
        """A strike as the venue writes it: no separator, no unit."""
        if value is None:
            return ABSENT
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        text = f"{exact.normalize():f}"
        return text.replace(".", ",") if self.language == "it" else text

    def coin(self, value: Number | None, coin: str = ETH, *, signed: bool = False, places: int | None = None) -> str:
        """A price or an amount in the quote coin (ETH or USDC), with as many decimals as that coin is quoted in."""
        text = self.number(value, COIN_PLACES[coin] if places is None else places, signed=signed)
        return text if text == ABSENT else f"{text} {coin}"

    def bare_coin(self, value: Number | None, coin: str) -> str:
        """The same without the coin's name, where it stands right beside it."""
        return self.number(value, COIN_PLACES[coin])

    def fee_coin(self, value: Number | None, coin: str) -> str:
        """A fee, which is a fraction of a price."""
        return self.coin(value, coin, places=FEE_PLACES[coin])

    def earned_coin(self, value: Number | None, coin: str) -> str:
        """What is taken in, rounded down: never shown larger than it is."""
        text = self.number(value, COIN_PLACES[coin], signed=True, rounding=ROUND_DOWN)
        return text if text == ABSENT else f"{text} {coin}"

    def size(self, value: Number | None) -> str:
        """A size in ETH, rounded down to a tenth; whole sizes stand without decimals."""
        if value is None:
            return ABSENT
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        places = 0 if exact == exact.to_integral_value() else 1
        return f"{self.number(exact, places, rounding=ROUND_DOWN)} ETH"

    def pct(self, frac: Number | None, places: int = 1, *, signed: bool = False) -> str:
        """A fraction as per cent."""
        if frac is None:
            return ABSENT
        exact = frac if isinstance(frac, Decimal) else Decimal(str(frac))
        text = self.number(exact * 100, places, signed=signed)
        return text if text == ABSENT else f"{text} %" if self.language == "it" else f"{text}%"

    def pts(self, value: Number | None, *, signed: bool = False, places: int = 1) -> str:
        """Volatility points."""
        text = self.number(value, places, signed=signed)
        return text if text == ABSENT else f"{text} {'pt' if self.language == 'it' else 'pts'}"

    def days(self, value: Number | None, places: int = 1) -> str:
        text = self.number(value, places)
        return text if text == ABSENT else f"{text} {'g' if self.language == 'it' else 'd'}"

    def plain(self, value: Number | None, places: int = 2, *, signed: bool = False, unit: str = "") -> str:
        """A number with any other unit after it."""
        text = self.number(value, places, signed=signed)
        return text if text == ABSENT or not unit else f"{text} {unit}"

    def instant(self, at: datetime | None, *, has_year: bool = False) -> str:
        """`Mon 5 Jan 14:00 UTC`, in the reader's hours."""
        if at is None:
            return ABSENT
        there = self.there(at)
        return f"{self.weekday(there)} {self.day(there, has_year=has_year)} {there:%H:%M %Z}"

    def clock(self, at: datetime) -> str:
        """`14:30 UTC`."""
        return f"{self.there(at):%H:%M %Z}"

    def span(self, start_at: datetime, end_at: datetime) -> str:
        """`08:00 → 14:30 UTC`, with the first one's day when it is another."""
        first, last = self.there(start_at), self.there(end_at)
        day = "" if first.date() == last.date() else f"{self.weekday(first)} {self.day(first)} "
        return f"{day}{first:%H:%M} → {self.clock(last)}"

    def there(self, at: datetime) -> datetime:
        """The instant on the reader's clock."""
        return at.astimezone(_zone(self.zone))

    def day(self, on: date, *, has_year: bool = False) -> str:
        """`5 Jan` or `5 Jan 2026`."""
        return f"{on.day} {_MONTHS[self.language][on.month - 1]}" + (f" {on.year}" if has_year else "")

    def days_between(self, from_at: datetime, to_at: datetime) -> str:
        """`6 Jan 2025 – 20 Jan 2025`: the first and the last day of a period, which ends as `to_at` begins."""
        last = max(from_at, to_at - timedelta(microseconds=1))
        return f"{self.day(from_at, has_year=True)} – {self.day(last, has_year=True)}"

    def month(self, on: date) -> str:
        """`Jan 2026`."""
        return f"{_MONTHS[self.language][on.month - 1]} {on.year}"

    def weekday(self, on: date) -> str:
        return _DAYS[self.language][on.weekday()]

    def age(self, seconds: float | None) -> str:
        """How long, in the one or two units that matter: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`."""
        if seconds is None:
            return ABSENT
        whole = max(0, int(seconds))
        if whole < 120:
            return f"{whole} s"
        minutes = whole // 60
        if minutes < 120:
            return f"{minutes} min"
        hours, rest = divmod(minutes, 60)
        if hours < 48:
            return f"{hours} h {rest:02d} min"
        return f"{hours // 24} {'g' if self.language == 'it' else 'd'} {hours % 24} h"

    def between(self, earlier: datetime, later: datetime) -> str:
        """The age between two instants."""
        return self.age((later - earlier) / timedelta(seconds=1))

    def _money(self, text: str, symbol: str) -> str:
        if text == ABSENT:
            return text
        if self.language == "it":
            return f"{text} {symbol}"
        sign = text[0] if text[0] in "+-" else ""
        return f"{sign}{symbol}{text[len(sign) :]}"
