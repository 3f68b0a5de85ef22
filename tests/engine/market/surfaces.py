"""Inputs, options and chains for tests of the surface."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from engine.core.model import Family
from engine.market.inputs import SurfaceInputs
from engine.market.rows import OptionRows, priced_rows
from engine.market.surface import POINT_ESTIMATE, Slices, SurfaceBand, slices_of

MONDAY = datetime(2026, 2, 16, 14, 0, tzinfo=UTC)

Floats = NDArray[np.float64]


def seconds(*instants: datetime) -> NDArray[np.int64]:
    return np.array([int(at.timestamp()) for at in instants], dtype=np.int64)


def inputs_of(
    *,
    at: datetime = MONDAY,
    spot_usd: float = 2000.0,
    dvol_frac: float = 0.6,
    dvol_mean_frac: float | None = None,
    realised_frac: float | None = None,
    return_7d_frac: float = 0.0,
) -> SurfaceInputs:
    """One instant; DVOL at its own mean and realised at DVOL unless said otherwise."""
    return SurfaceInputs(
        at_s=seconds(at),
        spot_usd=np.array([spot_usd]),
        dvol_frac=np.array([dvol_frac]),
        dvol_mean_frac=np.array([dvol_frac if dvol_mean_frac is None else dvol_mean_frac]),
        realised_frac=np.array([dvol_frac if realised_frac is None else realised_frac]),
        return_7d_frac=np.array([return_7d_frac]),
    )


def slices_at(inputs: SurfaceInputs, *expiries_at: datetime, band: SurfaceBand = POINT_ESTIMATE) -> Slices:
    """The slices of several expiries at the one instant of `inputs`."""
    return slices_of(inputs, np.zeros(len(expiries_at), dtype=np.int64), seconds(*expiries_at), band=band)


def atm_frac(inputs: SurfaceInputs, days: float, *, at: datetime = MONDAY) -> float:
    return float(slices_at(inputs, at + timedelta(days=days)).atm_frac[0])


def options(
    inputs: SurfaceInputs, expiry_at: datetime, strikes_usd: list[float], *, is_call: bool, family: Family = Family.INVERSE, band: SurfaceBand = POINT_ESTIMATE
) -> OptionRows:
    """Options of one expiry and type, one row per strike."""
    slices = slices_at(inputs, expiry_at, band=band)
    row, calls = np.zeros(len(strikes_usd), dtype=np.int64), np.full(len(strikes_usd), is_call)
    return priced_rows(slices, row, np.array(strikes_usd), is_call=calls, family=family, spread_factor=band.spread_factor)
