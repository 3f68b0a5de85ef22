"""A market whose every price is written down: the world outside the simulator's door, moved by the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.model import Candle, Chain, Family, Greeks, Instrument, MacroCalendar, Quote, Reading, Sentiment, VenueStatus
from engine.market.model import HOUR, FundingRate
from tests.engine.core.builders import COVERED_UNTIL, INDEX_USD, NOW, chain

HISTORY_DAYS = 60
MONTHLY_RISE_FRAC = 0.10
FUNDING_APR = 0.11
LISTED = {quote.instrument.name: quote for quote in chain().quotes}
RAMP_ENDS_AT = NOW - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What one option trades at from now on."""

    bid: str | None
    ask: str | None
    mark: str | None
    delta: float | None = None


@dataclass(slots=True, kw_only=True)
class ScriptedMarket:
    """A calm rising market in which a bull put is allowed, until the test says otherwise.

    `books` overrides single options; `muted` names questions that get no answer;
    `on_call` hears every question before it is answered.
    """

    spot_usd: Decimal = INDEX_USD
    dvol: float = 60.0
    fx: Decimal = Decimal("1.16")
    is_locked: bool = False
    quotes_age: timedelta = timedelta(0)
    books: dict[str, Book] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    deliveries: dict[datetime, Decimal] = field(default_factory=dict)
    on_call: Callable[[str], None] = lambda _name: None
    quotes: dict[str, Quote] = field(default_factory=lambda: dict(LISTED))

    def index_usd(self, t: datetime) -> Reading[Decimal] | None:
        return None if self._is_muted("index_usd") else Reading(value=self.spot_usd, observed_at=t)

    def perp_mark_usd(self, t: datetime) -> Reading[Decimal] | None:
        return None if self._is_muted("perp_mark_usd") else Reading(value=self.spot_usd, observed_at=t)

    def dvol_pts(self, t: datetime) -> Reading[float] | None:
        return None if self._is_muted("dvol_pts") else Reading(value=self.dvol, observed_at=t)

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        """A month's rise of ten per cent that ended a day before the first scan; flat ever since."""
        return () if self._is_muted("candles") else _candles(start_at, end_at, t, _ramp)

    def dvol_history(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        return () if self._is_muted("dvol_history") else _candles(start_at, end_at, t, lambda _at: 60.0)

    def instruments(self, t: datetime, *, family: Family = Family.INVERSE) -> tuple[Instrument, ...]:  # noqa: ARG002 - listed at any time
        return tuple(quote.instrument for quote in self.quotes.values() if quote.instrument.family is family)

    def chain(self, t: datetime, *, expiry_from: datetime, expiry_to: datetime, family: Family = Family.INVERSE) -> Chain | None:
        if self._is_muted("chain"):
            return None
        in_family = [quote for quote in self.quotes.values() if quote.instrument.family is family]
        listed = [quote for quote in in_family if expiry_from <= quote.instrument.expiry_at <= expiry_to]
        return Chain(family=family, taken_at=t, index_usd=self.spot_usd, quotes=tuple(self._now(quote, t) for quote in listed), source="synthetic")

    def ticker(self, t: datetime, instrument_name: str) -> Quote | None:
        quote = self.quotes.get(instrument_name)
        return None if self._is_muted("ticker") or quote is None else self._now(quote, t)

    def delivery_price(self, expiry_at: datetime, *, t: datetime) -> Decimal | None:
        return None if self._is_muted("delivery_price") or t < expiry_at else self.deliveries.get(expiry_at)

    def funding(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        if self._is_muted("funding"):
            return ()
        hours = int((min(end_at, t) - start_at) / HOUR)
        first = start_at.replace(minute=0, second=0, microsecond=0) + HOUR
        rates = (FundingRate(at=first + hour * HOUR, hourly_frac=FUNDING_APR / 8760.0) for hour in range(hours + 1))
        return tuple(rate for rate in rates if rate.at <= t)

    def fx_usd_per_eur(self, t: datetime) -> Reading[Decimal] | None:
        return None if self._is_muted("fx_usd_per_eur") else Reading(value=self.fx, observed_at=t)

    def sentiment(self, t: datetime) -> Reading[Sentiment] | None:
        return None if self._is_muted("sentiment") else Reading(value=Sentiment(fear_greed=50), observed_at=t)

    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None:  # noqa: ARG002 - no events on any day
        return None if self._is_muted("macro") else Reading(value=MacroCalendar(events=(), covered_until=COVERED_UNTIL), observed_at=t)

    def venue_status(self, t: datetime) -> Reading[VenueStatus]:
        self.on_call("venue_status")
        return Reading(value=VenueStatus(is_locked=self.is_locked), observed_at=t)

    def _is_muted(self, name: str) -> bool:
        self.on_call(name)
        return name in self.muted

    def _now(self, quote: Quote, t: datetime) -> Quote:
        fresh = replace(quote, quoted_at=t - self.quotes_age)
        book = self.books.get(quote.instrument.name)
        if book is None:
            return fresh
        greeks = fresh.greeks if book.delta is None else Greeks(delta=book.delta, gamma_per_usd=0.0005, vega_usd_per_pt=0.8, theta_usd_per_day=-1.0)
        return replace(fresh, bid_coin=_price(book.bid), ask_coin=_price(book.ask), mark_coin=_price(book.mark), greeks=greeks)


def _price(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _ramp(at: datetime) -> float:
    left_days = max(0.0, (RAMP_ENDS_AT - at) / timedelta(days=1))
    return float(INDEX_USD) * (1.0 - MONTHLY_RISE_FRAC * left_days / 29.0)


def _candles(start_at: datetime, end_at: datetime, t: datetime, level: Callable[[datetime], float]) -> tuple[Candle, ...]:
    opens_at = max(start_at, NOW - timedelta(days=HISTORY_DAYS)).replace(minute=0, second=0, microsecond=0)
    candles = []
    while opens_at < end_at and opens_at + HOUR <= t:
        first, last = level(opens_at), level(opens_at + HOUR)
        candles.append(Candle(open_at=opens_at, open=first, high=max(first, last), low=min(first, last), close=last))
        opens_at += HOUR
    return tuple(candles)
