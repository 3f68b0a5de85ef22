"""What travels between the engine and its servers: strict models, columns where there are many rows.

Rules of this file: numbers that are money are decimal strings, instants carry their
zone, absent is null, no free text reaches a decision. Unknown fields of a server are
ignored; NaN and infinity are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError, model_validator

from engine.clients.option_names import says
from engine.core.model import BookState, Family, OptionType, Severity
from engine.errors import VenueError

ROWS_MAX = 20_000
DECIMAL_CHARS_MAX = 40


def _decimal(text: object) -> Decimal:
    # Six columns of 800 rows: the plain constructor is several times faster than the general Decimal schema.
    if not isinstance(text, str) or len(text) > DECIMAL_CHARS_MAX:
        raise ValueError("a decimal must be a short string")
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ValueError("not a decimal number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


Money = Annotated[Decimal, PlainValidator(_decimal), PlainSerializer(str, return_type=str)]


def _money_or_none(text: object) -> Decimal | None:
    return None if text is None else _decimal(text)


def _text_or_none(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


OptionalMoney = Annotated[Decimal | None, PlainValidator(_money_or_none), PlainSerializer(_text_or_none, return_type=str | None)]


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]


class Wire(BaseModel):
    """A message; frozen, strict, tolerant of what it does not know."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


W = TypeVar("W", bound=Wire)


class StatusWire(Wire):
    is_locked: bool
    maintenance_at: Instant | None = None


class TimeWire(Wire):
    now: Instant


class PriceWire(Wire):
    """A price and when it was true; both null when the server has none."""

    value: OptionalMoney = None
    observed_at: Instant | None = None


class LevelWire(Wire):
    """A model quantity (points, fraction) and when it was true."""

    value: float | None = None
    observed_at: Instant | None = None


class CandlesWire(Wire):
    """Hourly candles by column, oldest first; `open_at_s` in Unix seconds."""

    open_at_s: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        rows = len(self.open_at_s)
        if rows > ROWS_MAX or any(len(column) != rows for column in (self.open, self.high, self.low, self.close)):
            raise ValueError("columns of different length")
        if any(after <= before for before, after in zip(self.open_at_s, self.open_at_s[1:], strict=False)):
            raise ValueError("candles out of order")
        return self


class FundingWire(Wire):
    """Hourly rates by column, oldest first; absent hours are absent."""

    at_s: list[int]
    hourly_frac: list[float]

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        if len(self.at_s) != len(self.hourly_frac) or len(self.at_s) > ROWS_MAX:
            raise ValueError("columns of different length")
        return self


class TickWire(Wire):
    above_coin: Money
    tick_coin: Money


class InstrumentsWire(Wire):
    """Options that share a family and an expiry, by column."""

    family: Family
    expiry_at: Instant
    lot_eth: Money
    ticks: list[TickWire]
    name: list[str]
    option_type: list[OptionType]
    strike_usd: list[Money]

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        if not len(self.name) == len(self.option_type) == len(self.strike_usd) <= ROWS_MAX:
            raise ValueError("columns of different length")
        for name, option_type, strike_usd in zip(self.name, self.option_type, self.strike_usd, strict=True):
            if not says(name, family=self.family, expiry_at=self.expiry_at, option_type=option_type, strike_usd=strike_usd):
                raise ValueError("an option's name does not say its terms")
        return self


class InstrumentListWire(Wire):
    expiries: list[InstrumentsWire]


class QuotesWire(Wire):
    """Quotes of one expiry by column, in the order of `instruments`."""

    instruments: InstrumentsWire
    forward_usd: OptionalMoney
    quoted_at: Instant
    recorded_at: Instant | None
    modelled: list[str]
    state: list[BookState]
    bid_coin: list[OptionalMoney]
    ask_coin: list[OptionalMoney]
    mark_coin: list[OptionalMoney]
    bid_size_eth: list[OptionalMoney]
    ask_size_eth: list[OptionalMoney]
    open_interest_eth: list[OptionalMoney]
    volume_24h_eth: list[OptionalMoney]
    iv_frac: list[float | None]
    delta: list[float | None]
    gamma_per_usd: list[float | None]
    vega_usd_per_pt: list[float | None]
    theta_usd_per_day: list[float | None]

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        rows = len(self.instruments.name)
        sizes = (self.bid_size_eth, self.ask_size_eth, self.open_interest_eth, self.volume_24h_eth)
        greeks = (self.iv_frac, self.delta, self.gamma_per_usd, self.vega_usd_per_pt, self.theta_usd_per_day)
        columns: tuple[Sequence[object], ...] = (self.state, self.bid_coin, self.ask_coin, self.mark_coin, *sizes, *greeks)
        if any(len(column) != rows for column in columns):
            raise ValueError("columns of different length")
        return self


class ChainWire(Wire):
    family: Family
    taken_at: Instant
    index_usd: Money
    source: str
    recorded_at: Instant | None
    expiries: list[QuotesWire]

    @model_validator(mode="after")
    def _families_agree(self) -> Self:
        if any(quotes.instruments.family is not self.family for quotes in self.expiries):
            raise ValueError("options of another contract family")
        return self


class ChainReply(Wire):
    chain: ChainWire | None


class TickerReply(Wire):
    """One option, or null when it is not listed."""

    quotes: QuotesWire | None


class DeliveryWire(Wire):
    price_usd: OptionalMoney = None


class EventWire(Wire):
    name: str
    severity: Severity
    at: Instant
    source: str


class EventsWire(Wire):
    """`covered_until` names, per event type, the last day of official dates."""

    observed_at: Instant | None
    events: list[EventWire]
    covered_until: dict[str, date]


class SentimentWire(Wire):
    observed_at: Instant | None = None
    fear_greed: int | None = None
    liquidation_heat_pctile: float | None = None


class PortfolioWire(Wire):
    """All fields null when the wealth is not known."""

    observed_at: Instant | None = None
    wealth_eur: OptionalMoney = None
    eth_share_frac: OptionalMoney = None
    available_funds_eth: OptionalMoney = None
    initial_margin_eth: OptionalMoney = None
    maintenance_margin_eth: OptionalMoney = None


def read_wire(model: type[W], text: str, *, server: str, tool: str) -> W:
    """The message as a value. Raises VenueError(permanent) naming the first field that does not fit."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise VenueError(f"the answer does not fit ({where}: {first['msg']})", server=server, tool=tool, permanent=True) from None
