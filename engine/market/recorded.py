"""The option chains of a recording: its snapshots carried to the present, the surface where there is none.

Rules of this file: a snapshot serves until the age limit, and only instants after its
own; nothing is answered from a line recorded after the instant asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family, Instrument, OptionType
from engine.market.carried import Drift, carried_rows, unmoved
from engine.market.grid import listed_expiries
from engine.market.inputs import WEEK_H, HourlyPast, SurfaceInputs
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows, chain_rows, legs_rows_of, merged, surface_rows
from engine.market.series import HourlySeries
from engine.market.snapshots import Snapshot, SnapshotStore
from engine.market.surface import POINT_ESTIMATE, SurfaceBand
from engine.market.ticks import round_usd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RECORDED, CARRIED, SURFACE, NOWHERE = "recorded", "carried", "surface", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The surface of a history: what its chains call themselves, and which scenario of it is played."""

    source: str = SURFACE
    band: SurfaceBand = POINT_ESTIMATE


class RecordedChains:
    """Chains by instant, one or thousands at a time; `exact` serves snapshots only, at their own prices.

    `model` is what speaks where no snapshot does.
    """

    def __init__(self, spot: HourlySeries, dvol: HourlySeries, snapshots: SnapshotStore, *, exact: bool, chain_age_max: timedelta | None, model: Model) -> None:
        self._spot, self._dvol, self._snapshots = spot, dvol, snapshots
        self._exact, self._chain_age_max, self._model = exact, chain_age_max, model
        self._past: HourlyPast | None = None

    def rows_at(self, at_s: Ints, *, expiry_from_s: Ints, expiry_to_s: Ints, family: Family) -> ChainRows:
        """The chain of every instant with expiry_from <= expiry <= expiry_to."""
        seen = self._looked(at_s)
        parts = []
        for snapshot, numbers, drift in seen.carried:
            is_between = (snapshot.expiry_s >= expiry_from_s[numbers, None]) & (snapshot.expiry_s <= expiry_to_s[numbers, None])
            parts.append((carried_rows(snapshot, drift, is_between, family=family), numbers))
        numbers = np.flatnonzero(seen.is_modelled)
        inputs = self.surface_inputs(at_s[numbers])
        bounds = expiry_from_s[numbers], expiry_to_s[numbers]
        parts.append((surface_rows(inputs, expiry_from_s=bounds[0], expiry_to_s=bounds[1], family=family, band=self._model.band), numbers))
        carried = RECORDED if self._exact else CARRIED
        recorded_s = seen.recorded_s
        modelled = zip((recorded_s != NOT_RECORDED).tolist(), seen.is_modelled.tolist(), strict=True)
        source = tuple(carried if is_carried else self._model.source if is_modelled else NOWHERE for is_carried, is_modelled in modelled)
        return chain_rows(family, at_s, index_usd=seen.index_usd, source=source, recorded_s=recorded_s, rows=merged(parts))

    def legs_rows(self, at_s: Ints, legs: Sequence[Instrument]) -> tuple[OptionRows, ...]:
        """Options of one expiry and family at every instant at which each has a price, listed by its expiry though the spot may have left its strike behind."""
        expiry_s, family = int(legs[0].expiry_at.timestamp()), legs[0].family
        seen = self._looked(at_s)
        parts: list[list[tuple[OptionRows, Ints]]] = [[] for _ in legs]
        is_modelled = np.repeat(seen.is_modelled[None, :], len(legs), axis=0)
        for snapshot, numbers, drift in seen.carried:
            for place, option in enumerate(legs):
                is_option = (snapshot.rows["strike"] == float(option.strike_usd)) & (snapshot.is_call == (option.option_type is OptionType.CALL))
                which = np.repeat((is_option & (snapshot.expiry_s == expiry_s))[None, :], len(numbers), axis=0)
                rows = carried_rows(snapshot, drift, which, family=family)
                parts[place].append((rows, numbers))
                # What a snapshot does not list may still be open somewhere: then the model speaks, except where only true prices may.
                left = np.delete(numbers, rows.instant)
                is_modelled[place, left] = self._is_measurable(at_s[left]) & (not self._exact)
        numbers = np.flatnonzero(is_modelled.any(axis=0))
        asked, listed_s = listed_expiries(at_s[numbers])
        numbers = numbers[asked[listed_s == expiry_s]]
        which = is_modelled[:, numbers]
        rows = legs_rows_of(self.surface_inputs(at_s[numbers]), np.arange(len(numbers)), legs, which=which, band=self._model.band)
        ends = np.cumsum(which.sum(axis=1)).tolist()
        for place, (start, end) in enumerate(zip((0, *ends), ends, strict=False)):
            parts[place].append((rows.taken(slice(start, end)), numbers))
        return tuple(merged(each) for each in parts)

    def surface_inputs(self, at_s: Ints) -> SurfaceInputs:
        """What the surface sees at each instant. Raises ValueError without a week of closes and a DVOL."""
        if self._past is None:
            self._past = HourlyPast(self._spot.close, self._dvol.close)
        spot_known, dvol_known = self._spot.known_at(at_s), self._dvol.known_at(at_s)
        spot, dvol = self._spot.close[spot_known - 1], self._dvol.close[dvol_known - 1] / 100.0
        return self._past.measure(at_s, spot_known=spot_known, dvol_known=dvol_known, spot_usd=spot, dvol_frac=dvol)

    def _looked(self, at_s: Ints) -> _Looked:
        spot_known, dvol_known = self._spot.known_at(at_s), self._dvol.known_at(at_s)
        index = np.where(spot_known > 0, round_usd(self._spot.close[spot_known - 1]), np.nan)
        recorded_s = np.full(len(at_s), NOT_RECORDED, dtype=np.int64)
        carried = []
        for snapshot, numbers in self._snapshots.latest(at_s, age_max=self._chain_age_max) if self._chain_age_max is not None else ():
            served = numbers[spot_known[numbers] > 0]
            drift, served = self._drift(snapshot, at_s, served, spot_known=spot_known, dvol_known=dvol_known)
            if len(served) > 0:
                carried.append((snapshot, served, drift))
                recorded_s[served] = snapshot.recorded_s
                index[served] = snapshot.index_usd if self._exact else index[served]
        is_carried = recorded_s != NOT_RECORDED
        is_modelled = ~is_carried & self._is_measurable(at_s) & (not self._exact)
        index_usd = np.where(is_carried | is_modelled, round_usd(index), np.nan)
        return _Looked(carried=carried, is_modelled=is_modelled, index_usd=index_usd, recorded_s=recorded_s)

    def _is_measurable(self, at_s: Ints) -> Bools:
        return (self._spot.known_at(at_s) > WEEK_H) & (self._dvol.known_at(at_s) > 0)

    def _drift(self, snapshot: Snapshot, at_s: Ints, numbers: Ints, *, spot_known: Ints, dvol_known: Ints) -> tuple[Drift, Ints]:
        """How far the snapshot is to be carried to each of these instants, and those of them for which that is known."""
        if self._exact:
            return unmoved(snapshot, len(numbers)), numbers
        then = int(self._dvol.known_at(np.array([snapshot.recorded_s]))[0])
        served = numbers[dvol_known[numbers] > 0] if then > 0 else numbers[:0]
        dvol_then = self._dvol.close[then - 1]
        spot, dvol = self._spot.close[spot_known[served] - 1], self._dvol.close[dvol_known[served] - 1]
        return Drift(at_s=at_s[served], spot_ratio=spot / snapshot.index_usd, dvol_ratio=dvol / dvol_then), served


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """Snapshots with the numbers of the instants they serve and how far they are carried, and by instant: whether the model
    must speak instead, the index (NaN for no chain), the snapshot behind it."""

    carried: list[tuple[Snapshot, Ints, Drift]]
    is_modelled: Bools
    index_usd: Floats
    recorded_s: Ints
