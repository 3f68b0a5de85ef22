"""What any market answers: the world at an instant, told without a second of foresight.

Rules of this file: `t` is the instant of the question and no answer may depend on
anything known later; a missing answer is None; within its own resolution a series
counts as present (`observed_at = t`), past it the reading keeps its true age.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from engine.core.model import Candle, Chain, Family, Instrument, MacroCalendar, Quote, Reading, Sentiment, VenueStatus
from engine.market.inputs import SurfaceInputs
from engine.market.rows import ChainRows, OptionRows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

HOUR = timedelta(hours=1)
HISTORY_HOURS_MIN = 30 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRate:
    """The funding of one hour ending `at`, as a fraction of notional per hour; longs pay when positive."""

    at: datetime
    hourly_frac: float


class Market(Protocol):
    """Prices, chains and circumstances at an instant `t`."""

    def index_usd(self, t: datetime) -> Reading[Decimal] | None: ...
    def perp_mark_usd(self, t: datetime) -> Reading[Decimal] | None: ...
    def dvol_pts(self, t: datetime) -> Reading[float] | None: ...

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        """Hourly index candles with start_at <= open_at < end_at whose close is known at `t`, oldest first."""
        ...

    def dvol_history(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        """Hourly DVOL candles in points, same bounds and order as `candles`."""
        ...

    def instruments(self, t: datetime, *, family: Family = Family.INVERSE) -> tuple[Instrument, ...]: ...

    def chain(self, t: datetime, *, expiry_from: datetime, expiry_to: datetime, family: Family = Family.INVERSE) -> Chain | None:
        """Every listed option of `family` with expiry_from <= expiry_at <= expiry_to, by expiry, strike and type; None without index or DVOL."""
        ...

    def ticker(self, t: datetime, instrument_name: str) -> Quote | None:
        """The quote of one option of either family, also when the spot has left its strike behind; None for a name that is not listed."""
        ...

    def rows_at(self, at_s: Ints, *, expiry_from_s: Ints, expiry_to_s: Ints, family: Family = Family.INVERSE) -> ChainRows:
        """The chains of many instants (Unix seconds) as columns: number for number what `chain` quotes at each."""
        ...

    def option_rows(self, at_s: Ints, instrument: Instrument) -> OptionRows:
        """One option at many instants: a row wherever `ticker` has a quote, number for number the same."""
        ...

    def legs_rows(self, at_s: Ints, legs: Sequence[Instrument]) -> tuple[OptionRows, ...]:
        """Several options of one expiry and family, each as `option_rows` tells it."""
        ...

    def surface_inputs(self, at_s: Ints) -> SurfaceInputs:
        """What a surface is made of at many instants, spot and DVOL among it. Raises ValueError before a week of closes."""
        ...

    def delivery_price(self, expiry_at: datetime, *, t: datetime) -> Decimal | None:
        """Index average of the last 30 minutes before `expiry_at`; None before it is known."""
        ...

    def funding(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[FundingRate, ...]:
        """Hourly funding with start_at < at <= end_at known at `t`; hours that are not known are absent."""
        ...

    def fx_usd_per_eur(self, t: datetime) -> Reading[Decimal] | None: ...
    def sentiment(self, t: datetime) -> Reading[Sentiment] | None: ...
    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None: ...
    def venue_status(self, t: datetime) -> Reading[VenueStatus]: ...
