"""The fits: Levenberg-Marquardt for the surface, a written grid for the book."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from engine.market.black import Black
from engine.market.parameters import BookParameters, SurfaceParameters
from engine.market.surface import implied_volatility
from tests.research.observed import Bools, Floats, Observed, modelled_book

FREE = ("realised_pull", "trailing_pull", "weekend_weight")
STEPS_MAX = 60
PLACES = 3
BASES_1E4 = tuple(round(0.5 + 0.1 * step, 1) for step in range(9))
PER_VEGAS = (0.10, 0.15, 0.20, 0.25, 0.30, 0.35)
TICKS_MINS = (0.0, 0.25, 0.35, 0.5)
DELTA_BUCKETS = (0.02, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35, 0.5)
DAY_BUCKETS = (1.0, 2.0, 4.0, 8.0, 14.0, 22.0, 45.0)
BUCKET_ROWS_MIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    parameters: SurfaceParameters
    rms_log_error: float


def fit_surface(observed: Observed, which: Bools, start: SurfaceParameters, *, free: tuple[str, ...] = FREE) -> Fit:
    """The parameters with the least squared error of ln(volatility); every slice weighs the same, however many strikes it lists."""
    rows = np.flatnonzero(which)
    weight = 1.0 / np.sqrt(np.bincount(observed.slice_row[rows])[observed.slice_row[rows]])
    target = np.log(observed.iv_frac[rows])

    def residual(figures: Floats) -> Floats:
        parameters = replace(start, **dict(zip(free, figures.tolist(), strict=True)))
        return (np.log(implied_volatility(observed.slices(parameters), observed.slice_row[rows], observed.strike_usd[rows])) - target) * weight

    figures = least_squares(residual, np.array([getattr(start, name) for name in free]))
    rounded = [round(figure, PLACES) for figure in figures.tolist()]
    parameters = replace(start, **dict(zip(free, rounded, strict=True)))
    return Fit(parameters=parameters, rms_log_error=float(np.sqrt((residual(np.array(rounded)) ** 2).sum() / (weight**2).sum())))


def least_squares(residual: Callable[[Floats], Floats], start: Floats) -> Floats:
    """The figures where the sum of squares no longer falls (Levenberg-Marquardt, numerical slopes)."""
    figures, errors, damping = start, residual(start), 1e-3
    for _ in range(STEPS_MAX):
        slopes = np.column_stack([_slope(residual, figures, errors, place) for place in range(len(figures))])
        normal, gradient = slopes.T @ slopes, slopes.T @ errors
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -gradient)
        following = residual(figures + step)
        if not following @ following < errors @ errors:
            damping *= 10.0
            continue
        is_done = errors @ errors - following @ following < 1e-10 * (errors @ errors)
        figures, errors, damping = figures + step, following, max(damping / 10.0, 1e-12)
        if is_done:
            break
    return figures


def fit_book(observed: Observed, black: Black, which: Bools) -> tuple[BookParameters, float]:
    """The grid's figures with the least mean |ln(modelled / recorded)| of the average width, over buckets of delta, tenor and side."""
    rows = np.flatnonzero(which & (observed.bid_coin > 0.0) & (observed.ask_coin > 0.0))
    bucket = width_buckets(observed, black)[rows]
    recorded = mean_by(bucket, (observed.ask_coin - observed.bid_coin)[rows])
    best: tuple[float, BookParameters] | None = None
    for base_1e4, per_vega, ticks_min in itertools.product(BASES_1E4, PER_VEGAS, TICKS_MINS):
        parameters = BookParameters(base_1e4=base_1e4, per_vega=per_vega, ticks_min=ticks_min)
        bid, ask = modelled_book(observed.mark_coin, black, observed.forward_usd, parameters=parameters)
        modelled = mean_by(bucket, (ask - bid)[rows])
        error = float(np.nanmean(np.abs(np.log(modelled / recorded))))
        if best is None or error < best[0]:
            best = error, parameters
    if best is None:
        raise ValueError("the grid of book parameters is empty")
    return best[1], best[0]


def width_buckets(observed: Observed, black: Black) -> Floats:
    """A number per (delta, tenor, side); -1 outside every bucket."""
    delta = np.searchsorted(DELTA_BUCKETS, np.abs(black.delta), side="right") - 1
    days = np.searchsorted(DAY_BUCKETS, observed.days, side="right") - 1
    is_inside = (delta >= 0) & (delta < len(DELTA_BUCKETS) - 1) & (days >= 0) & (days < len(DAY_BUCKETS) - 1) & observed.is_otm
    return np.where(is_inside, (delta * 10 + days) * 2 + observed.is_call, -1)


def mean_by(bucket: Floats, values: Floats) -> Floats:
    """The mean of each bucket with enough rows, NaN for the others."""
    is_inside = bucket >= 0
    counts = np.bincount(bucket[is_inside])
    sums = np.bincount(bucket[is_inside], values[is_inside])
    return np.where(counts >= BUCKET_ROWS_MIN, sums / np.maximum(counts, 1), np.nan)


def _slope(residual: Callable[[Floats], Floats], figures: Floats, errors: Floats, place: int) -> Floats:
    step = 1e-5 * max(1.0, abs(float(figures[place])))
    moved = figures.copy()
    moved[place] += step
    return (residual(moved) - errors) / step


def lengths(edges: tuple[float, ...]) -> list[tuple[float, float]]:
    return list(itertools.pairwise(edges))
