"""The recorded chains as columns beside what the surface knew at each of their instants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.core.model import Family
from engine.market.black import Black, black_76
from engine.market.history import RecordedMarket
from engine.market.inputs import SurfaceInputs
from engine.market.parameters import SurfaceParameters
from engine.market.rows import half_spread_coin
from engine.market.snapshots import Snapshot
from engine.market.surface import Slices, implied_volatility, slices_of, years_between
from engine.market.ticks import ceil_to_tick, floor_to_tick

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FAMILY = Family.INVERSE
SAME_INSTANT = timedelta(0)
DAYS_FITTED = (1.0, 45.0)
DELTA_FITTED_MIN = 0.02
IV_SANE = (0.1, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One row per recorded option; `instant` numbers the rows of `inputs`, `slice_row` the (instant, expiry) it belongs to."""

    inputs: SurfaceInputs
    month: tuple[str, ...]
    month_row: Ints
    instant: Ints
    slice_row: Ints
    slice_instant: Ints
    slice_expiry_s: Ints
    slice_forward_usd: Floats
    index_usd: Floats
    strike_usd: Floats
    is_call: Bools
    bid_coin: Floats
    ask_coin: Floats
    mark_coin: Floats
    iv_frac: Floats
    open_interest_eth: Floats

    @property
    def expiry_s(self) -> Ints:
        return self.slice_expiry_s[self.slice_row]

    @property
    def forward_usd(self) -> Floats:
        return self.slice_forward_usd[self.slice_row]

    @property
    def years(self) -> Floats:
        return years_between(self.inputs.at_s[self.instant], self.expiry_s)

    @property
    def days(self) -> Floats:
        return self.years * 365.0

    @property
    def is_otm(self) -> Bools:
        return np.where(self.is_call, self.strike_usd > self.forward_usd, self.strike_usd <= self.forward_usd)

    def in_months(self, months: Sequence[str]) -> Bools:
        return np.isin(self.month_row, [self.month.index(name) for name in months if name in self.month])

    def slices(self, parameters: SurfaceParameters) -> Slices:
        """The surface's slices, on the forwards that were recorded: what is judged is volatility, not the basis."""
        return replace(slices_of(self.inputs, self.slice_instant, self.slice_expiry_s, parameters=parameters), forward_usd=self.slice_forward_usd)

    def surface_iv(self, parameters: SurfaceParameters) -> Floats:
        return implied_volatility(self.slices(parameters), self.slice_row, self.strike_usd)

    def priced(self, iv_frac: Floats) -> Black:
        return black_76(self.forward_usd, self.strike_usd, self.years, sigma=iv_frac, is_call=self.is_call)

    def is_fitted(self, black: Black) -> Bools:
        """Out of the money, with a delta worth naming, between a day and 45, at a sane volatility."""
        sane = (self.iv_frac > IV_SANE[0]) & (self.iv_frac < IV_SANE[1])
        return self.is_otm & sane & (np.abs(black.delta) >= DELTA_FITTED_MIN) & (self.days >= DAYS_FITTED[0]) & (self.days <= DAYS_FITTED[1])


def read_observed(folder: Path, months: Sequence[str]) -> Observed:
    """Every snapshot of the months."""
    market = RecordedMarket(folder)
    found: list[tuple[str, Snapshot]] = []
    for name in months:
        snapshots = (market.snapshots.last(at, age_max=SAME_INSTANT) for at in market.snapshots.recorded_at(name))
        found += [(name, snapshot) for snapshot in snapshots if snapshot is not None]
    at_s = np.array([snapshot.recorded_s for _, snapshot in found], dtype=np.int64)
    counts = [len(snapshot.rows) for _, snapshot in found]
    instant = np.repeat(np.arange(len(found)), counts)
    expiry_s = np.concatenate([snapshot.expiry_s for _, snapshot in found])
    forward = np.concatenate([snapshot.forward_usd for _, snapshot in found])
    rows = np.concatenate([snapshot.rows for _, snapshot in found])
    lives = expiry_s > at_s[instant]
    instant, expiry_s, forward, rows = instant[lives], expiry_s[lives], forward[lives], rows[lives]
    keys, first, slice_row = np.unique(instant * 10**11 + expiry_s, return_index=True, return_inverse=True)
    return Observed(
        inputs=market.surface_inputs(at_s),
        month=tuple(months),
        month_row=np.array([months.index(name) for name, _ in found])[instant],
        instant=instant,
        slice_row=slice_row,
        slice_instant=keys // 10**11,
        slice_expiry_s=keys % 10**11,
        slice_forward_usd=forward[first],
        index_usd=np.array([snapshot.index_usd for _, snapshot in found])[instant],
        strike_usd=np.ascontiguousarray(rows["strike"]),
        is_call=np.concatenate([snapshot.is_call for _, snapshot in found])[lives],
        bid_coin=np.nan_to_num(rows["bid"]),
        ask_coin=np.nan_to_num(rows["ask"]),
        mark_coin=np.ascontiguousarray(rows["mark"]),
        iv_frac=np.ascontiguousarray(rows["mark_iv"]),
        open_interest_eth=np.ascontiguousarray(rows["open_interest"]),
    )


def modelled_book(mark_coin: Floats, black: Black, forward_usd: Floats, **figures: object) -> tuple[Floats, Floats]:
    """Bid and ask that the spread model puts around a mark."""
    half = half_spread_coin(mark_coin, vega_usd_per_pt=black.vega_usd_per_pt, forward_usd=forward_usd, family=FAMILY, **figures)
    return floor_to_tick(mark_coin - half, FAMILY), ceil_to_tick(mark_coin + half, FAMILY)
