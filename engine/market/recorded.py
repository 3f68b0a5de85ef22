"""The option chains of a recording: its snapshots carried to the present, the surface where there is none.

Rules of this file: a snapshot serves until the age limit, and only instants after its
own; nothing is answered from a line recorded after the instant asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family, Instrument, OptionType
from engine.market.carried import Drift, carried_rows, unmoved
from engine.market.grid import listed_expiries
from engine.market.inputs import WEEK_H, HourlyPast, SurfaceInputs
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows, chain_rows, merged, option_rows_of, surface_rows
from engine.market.series import HourlySeries
from engine.market.snapshots import Snapshot, SnapshotStore
from engine.market.sound import instant
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
        drifts, is_modelled, index_usd = self._looked(at_s)
        parts = [
            (carried_rows(snapshot, drift, _between(snapshot, int(expiry_from_s[number]), int(expiry_to_s[number])), family=family), np.array([number]))
            for number, (snapshot, drift) in drifts.items()
        ]
        numbers = np.flatnonzero(is_modelled)
        inputs = self.surface_inputs(at_s[numbers])
        bounds = expiry_from_s[numbers], expiry_to_s[numbers]
        parts.append((surface_rows(inputs, expiry_from_s=bounds[0], expiry_to_s=bounds[1], family=family, band=self._model.band), numbers))
        carried = RECORDED if self._exact else CARRIED
        source = tuple(carried if number in drifts else self._model.source if is_modelled[number] else NOWHERE for number in range(len(at_s)))
        recorded_s = np.array([drifts[number][0].recorded_s if number in drifts else NOT_RECORDED for number in range(len(at_s))], dtype=np.int64)
        return chain_rows(family, at_s, index_usd=index_usd, source=source, recorded_s=recorded_s, rows=merged(parts))

    def option_rows(self, at_s: Ints, instrument: Instrument) -> OptionRows:
        """One option at every instant at which it has a price, listed by its expiry though the spot may have left its strike behind."""
        expiry_s, strike = int(instrument.expiry_at.timestamp()), float(instrument.strike_usd)
        is_call = instrument.option_type is OptionType.CALL
        drifts, is_modelled, _ = self._looked(at_s)
        parts = []
        for number, (snapshot, drift) in drifts.items():
            which = (snapshot.expiry_s == expiry_s) & (snapshot.rows["strike"] == strike) & (snapshot.is_call == is_call)
            rows = carried_rows(snapshot, drift, which, family=instrument.family)
            parts.append((rows, np.array([number])))
            # What a snapshot does not list may still be open somewhere: then the model speaks, except where only true prices may.
            is_modelled[number] = len(rows) == 0 and not self._exact and self._is_measurable(at_s[number : number + 1])[0]
        numbers = np.flatnonzero(is_modelled)
        asked, listed_s = listed_expiries(at_s[numbers])
        inputs = self.surface_inputs(at_s[numbers])
        parts.append((option_rows_of(inputs, asked[listed_s == expiry_s], instrument, band=self._model.band), numbers))
        return merged(parts)

    def surface_inputs(self, at_s: Ints) -> SurfaceInputs:
        """What the surface sees at each instant. Raises ValueError without a week of closes and a DVOL."""
        if self._past is None:
            self._past = HourlyPast(self._spot.close, self._dvol.close)
        spot_known, dvol_known = self._spot.known_at(at_s), self._dvol.known_at(at_s)
        spot, dvol = self._spot.close[spot_known - 1], self._dvol.close[dvol_known - 1] / 100.0
        return self._past.measure(at_s, spot_known=spot_known, dvol_known=dvol_known, spot_usd=spot, dvol_frac=dvol)

    def _looked(self, at_s: Ints) -> tuple[dict[int, tuple[Snapshot, Drift]], Bools, Floats]:
        """By instant: the snapshot to carry and how far, whether the model must speak instead, and the index (NaN for no chain)."""
        spot_known = self._spot.known_at(at_s)
        index = np.where(spot_known > 0, round_usd(self._spot.close[spot_known - 1]), np.nan)
        drifts: dict[int, tuple[Snapshot, Drift]] = {}
        for number, moment_s in enumerate(at_s.tolist()):
            snapshot = self._snapshots.last(instant(moment_s), age_max=self._chain_age_max) if self._chain_age_max is not None else None
            drift = self._drift(snapshot, moment_s) if snapshot is not None and spot_known[number] > 0 else None
            if snapshot is not None and drift is not None:
                drifts[number] = snapshot, drift
        is_carried = np.isin(np.arange(len(at_s)), list(drifts))
        is_modelled = ~is_carried & self._is_measurable(at_s) & (not self._exact)
        if self._exact:
            index = np.array([drifts[number][0].index_usd if number in drifts else np.nan for number in range(len(at_s))])
        return drifts, is_modelled, np.where(is_carried | is_modelled, round_usd(index), np.nan)

    def _is_measurable(self, at_s: Ints) -> Bools:
        return (self._spot.known_at(at_s) > WEEK_H) & (self._dvol.known_at(at_s) > 0)

    def _drift(self, snapshot: Snapshot, at_s: int) -> Drift | None:
        if self._exact:
            return unmoved(snapshot)
        spot, dvol = (self._last(series, at_s) for series in (self._spot, self._dvol))
        dvol_then = self._last(self._dvol, snapshot.recorded_s)
        if spot is None or dvol is None or dvol_then is None:
            return None
        return Drift(at_s=at_s, spot_ratio=spot / snapshot.index_usd, dvol_ratio=dvol / dvol_then)

    def _last(self, series: HourlySeries, at_s: int) -> float | None:
        known = int(series.known_at(np.array([at_s]))[0])
        return float(series.close[known - 1]) if known > 0 else None


def _between(snapshot: Snapshot, expiry_from_s: int, expiry_to_s: int) -> Bools:
    return (snapshot.expiry_s >= expiry_from_s) & (snapshot.expiry_s <= expiry_to_s)
