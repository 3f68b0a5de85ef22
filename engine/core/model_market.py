"""Frozen values of the market: instruments, quotes, chains, the outside world at one instant.

Rules of this file: those of `model.py`, which is where everybody imports them from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from engine.core.model_terms import BookState, Family, OptionType, Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T]):
    """A value and the instant it was true at the source."""

    value: T
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One hour of an index or of DVOL, in the series' own unit; `close` is known one hour after `open_at`, never before."""

    open_at: datetime
    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TickStep:
    """From `above_coin` (exclusive) upwards prices move by `tick_coin`."""

    above_coin: Decimal
    tick_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An option as the venue lists it. `ticks` is ascending and starts at 0."""

    name: str
    family: Family
    option_type: OptionType
    strike_usd: Decimal
    expiry_at: datetime
    lot_eth: Decimal
    ticks: tuple[TickStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Plain Black-76 Greeks of ONE LONG contract per 1 ETH, on the forward."""

    delta: float
    gamma_per_usd: float
    vega_usd_per_pt: float
    theta_usd_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One option's market at one instant.

    `quoted_at` is what freshness judges; `recorded_at` is the recorded snapshot a
    carried quote comes from (None when live). `modelled` names the parts that a
    model supplied: any of bid, ask, mark, iv, greeks, sizes, open_interest.
    """

    instrument: Instrument
    quoted_at: datetime
    state: BookState = BookState.OPEN
    bid_coin: Decimal | None = None
    ask_coin: Decimal | None = None
    mark_coin: Decimal | None = None
    bid_size_eth: Decimal | None = None
    ask_size_eth: Decimal | None = None
    iv_frac: float | None = None
    greeks: Greeks | None = None
    open_interest_eth: Decimal | None = None
    volume_24h_eth: Decimal | None = None
    forward_usd: Decimal | None = None
    recorded_at: datetime | None = None
    modelled: tuple[str, ...] = ()

    @property
    def mid_coin(self) -> Decimal | None:
        """Middle of the book; None while either side is empty."""
        if self.bid_coin is None or self.ask_coin is None:
            return None
        return (self.bid_coin + self.ask_coin) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Every listed option of the asked expiries, one coherent picture.

    `source` says where it comes from in one word: live, recorded, carried, surface or synthetic.
    """

    family: Family
    taken_at: datetime
    index_usd: Decimal
    quotes: tuple[Quote, ...]
    source: str
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroEvent:
    """An event of the calendar; `source` says who announced it."""

    name: str
    severity: Severity
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroCalendar:
    """Events ahead, and per event type the last day its official dates cover."""

    events: tuple[MacroEvent, ...]
    covered_until: Mapping[str, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """`fear_greed` 0..100; `liquidation_heat_pctile` 0..100 where a source gives it."""

    fear_greed: int | None
    liquidation_heat_pctile: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wealth:
    """What the operator owns outside this engine's own book."""

    wealth_eur: Decimal
    eth_share_frac: Decimal
    available_funds_eth: Decimal
    initial_margin_eth: Decimal
    maintenance_margin_eth: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueStatus:
    """Whether the exchange takes orders; `maintenance_at` is the next announced stop."""

    is_locked: bool
    maintenance_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSnapshot:
    """The outside world at one instant, gathered once per decision; a missing input is None.

    `fx_before_usd_per_eur` is the exchange rate the look before this one believed in.
    """

    taken_at: datetime
    index_usd: Reading[Decimal] | None
    dvol_pts: Reading[float] | None
    dvol_24h_ago_pts: float | None
    trend_30d_frac: float | None
    return_7d_frac: float | None
    return_24h_frac: float | None
    return_4h_frac: float | None
    rv10_pts: float | None
    rv30_pts: float | None
    funding_apr_frac: Reading[float] | None
    perp_mark_usd: Reading[Decimal] | None
    sentiment: Reading[Sentiment] | None
    fx_usd_per_eur: Reading[Decimal] | None
    macro: Reading[MacroCalendar] | None
    wealth: Reading[Wealth] | None
    venue: Reading[VenueStatus] | None
    clock_skew_s: float | None
    chain: Chain | None
    fx_before_usd_per_eur: Reading[Decimal] | None = None
