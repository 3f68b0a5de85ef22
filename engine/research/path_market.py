"""The market of a path, compiled: spot and DVOL from the first look to the last, the surface and its book.

Rules of this file: a path's market knows nothing of its trades, so it is drawn whole,
and whatever a look needs of it stands in a row of `series`. Loops are over looks or
strikes and hold no branch, so that the processor works on several at a time. The
surface is `engine.market.surface` with `rows` and `ticks`, and a test holds the two
together. Source: strategy §1.12 for the model.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research.compiled import inlined, lent
from engine.research.path_chance import DRAW_RETURN, DRAW_SCALE, DRAWS_PER_STEP, normals_into, variance_scales_into
from engine.research.path_numbers import exp_of, ln_of, tail_over_bell
from engine.research.path_rules import ASK, BID, MARK, MICRO
from engine.research.path_setting import AT_S, BUSINESS_D, LN_DVOL, LN_SPOT, VARIANCE, Model
from engine.research.path_terms import SurfaceTerms, Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Smile = tuple[float, float, float, float]
    """Total volatility at the money, rho, eta, and the root of the years."""
    Book = tuple[float, float, float, float, float, float, float, float]
    """The fine tick, the price above which it is the coarse one, that one; a half spread's base, share of vega and least in ticks; one over each tick."""

DVOL, SPOT, PULL, RHO = 3, 4, 5, 6
FIRST_CHANCE, OTHER_CHANCE, DRAWN = 7, 8, 9
SERIES_ROWS = 10
"""Three rows come from the start; then what the surface reads of a look, and three to work in."""
LANES = 16
"""How many options are quoted at once; tables hold a row of so many for each field below."""
FORWARD, SD, SLOPE, WING, ROOT_YEARS, YEARS, PULLED = 0, 1, 2, 3, 4, 5, 6
SLICE_FIELDS = 7
FADING, PLAN_FIELDS = 2, 6
"""A plan has the fields of a slice, and in the place of the skew how much of a pull is left."""
DELTA, RATIO = 3, 4
QUOTE_FIELDS = 5
SQRT_2PI = math.sqrt(2.0 * math.pi)
VEGA_MICRO = MICRO / 100.0 / SQRT_2PI
YEAR_D, DAY_S = 365.0, 86_400.0
LIFE_MIN_S = 60.0
LIFE_MIN_BUSINESS_D = 1e-9
WEEK_D = 7.0
STEP_UP_MICRO = 1e-3
"""The coarse tick begins just above its level."""
TICK_SLACK = 1e-9


@lent
def live(series: Floats, clock: Floats, key: np.uint64, model: Model, begun: tuple[float, float, SurfaceTerms]) -> None:
    """The market of one path stands in `series` from the first look on; `begun`: the log of DVOL's mean, realised variance, the surface."""
    first, last = model.history + 1, series.shape[1] - LANES
    normals_into(series[FIRST_CHANCE, first:last], series[OTHER_CHANCE, first:last], key, first * DRAWS_PER_STEP + DRAW_RETURN)
    variance_scales_into(series[DRAWN, first:last], key, first * DRAWS_PER_STEP + DRAW_SCALE, model.nu)
    _dvol_into(series, last, begun[0], model)
    _returns_into(series, clock, last, model)
    _sums_into(series, last, begun[1], model)
    _surface_into(series, last, model, begun[2])


@lent
def _dvol_into(series: Floats, last: int, ln_mean: float, model: Model) -> None:
    """DVOL and its logarithm stand at every look, and under PULL how far that lies above its mean."""
    ln_dvol, over_mean, first_chance, other_chance = series[LN_DVOL], series[PULL], series[FIRST_CHANCE], series[OTHER_CHANCE]
    other_share = math.sqrt(1.0 - model.correlation * model.correlation)
    keep, centre, deviation, mean_keep = model.ln_dvol_keep, model.ln_dvol_centre, model.ln_dvol_sd, model.dvol_mean_keep
    now = ln_dvol[model.history]
    over_mean[model.history] = now - ln_mean
    for look in range(model.history + 1, last):
        before = now
        now = centre + (before - centre) * keep + deviation * (model.correlation * first_chance[look] + other_share * other_chance[look])
        ln_mean = mean_keep * ln_mean + (1.0 - mean_keep) * 0.5 * (before + now)
        ln_dvol[look], over_mean[look] = now, now - ln_mean
    dvol = series[DVOL]
    for look in range(last):
        dvol[look] = exp_of(ln_dvol[look])


@lent
def _returns_into(series: Floats, clock: Floats, last: int, model: Model) -> None:
    """The variance each step is drawn with stands under DRAWN, its log return, which has no drift, under FIRST_CHANCE."""
    first, factor = model.history + 1, model.rv_over_dvol * model.rv_over_dvol / YEAR_D
    dvol, began, ended = series[DVOL, first - 1 : last - 1], clock[BUSINESS_D, first - 1 : last - 1], clock[BUSINESS_D, first:last]
    drawn, chance = series[DRAWN, first:last], series[FIRST_CHANCE, first:last]
    for step in range(len(drawn)):
        drawn[step] *= factor * dvol[step] * dvol[step] * (ended[step] - began[step])
    for step in range(len(drawn)):
        chance[step] = math.sqrt(drawn[step]) * chance[step] - 0.5 * drawn[step]


@lent
def _sums_into(series: Floats, last: int, realised: float, model: Model) -> None:
    """Log spot and the variance so far stand at every look, and under OTHER_CHANCE the realised variance."""
    ln_spot, variance, measured, drawn, returns = series[LN_SPOT], series[VARIANCE], series[OTHER_CHANCE], series[DRAWN], series[FIRST_CHANCE]
    keep, share = model.realised_keep, (1.0 - model.realised_keep) / model.step_d * YEAR_D
    measured[model.history] = realised
    at, so_far = ln_spot[model.history], variance[model.history]
    for look in range(model.history + 1, last):
        at += returns[look]
        so_far += drawn[look]
        realised = keep * realised + share * drawn[look]
        ln_spot[look], variance[look], measured[look] = at, so_far, realised
    spot = series[SPOT]
    for look in range(last):
        spot[look] = exp_of(ln_spot[look])


@lent
def _surface_into(series: Floats, last: int, model: Model, surface: SurfaceTerms) -> None:
    """How far realised volatility and a fresh DVOL pull the short end stands under PULL, the skew under RHO."""
    first = model.history
    pull, measured, ln_dvol = series[PULL, first:last], series[OTHER_CHANCE, first:last], series[LN_DVOL, first:last]
    realised_pull, trailing_pull, pull_max = surface.realised_pull, surface.trailing_pull, surface.pull_max
    for look in range(len(pull)):
        both = realised_pull * (0.5 * ln_of(measured[look]) - ln_dvol[look]) + trailing_pull * pull[look]
        pull[look] = min(max(both, -pull_max), pull_max)
    rho, now, week_ago = series[RHO, first:last], series[LN_SPOT, first:last], series[LN_SPOT, first - 7 * model.per_day : last - 7 * model.per_day]
    skew, per_return, skew_max = surface.skew, surface.skew_per_return, surface.skew_max
    if not math.isnan(surface.rho):
        skew, per_return, skew_max = surface.rho, 0.0, 1.0
    for look in range(len(rho)):
        rho[look] = min(max(skew + per_return * (now[look] - week_ago[look]), -skew_max), skew_max)


@lent
def plan_into(plan: Floats, expiry: tuple[float, float], clock: Floats, surface: SurfaceTerms) -> None:
    """What the calendar alone says of an expiry at so many looks stands in `plan`, the same for every path.

    `expiry`: Unix seconds, business days; `clock` begins at the first of these looks. With a pull x the level is that of the plan times e^(x d), where d
    fades with the days, so the logarithm of the variance, which the wing is a power of, is known but for x.
    """
    expiry_s, expiry_d = expiry
    factor, decay = surface.atm_factor * math.sqrt(WEEK_D / YEAR_D), surface.wing_decay
    for lane in range(LANES):
        years = max(expiry_s - clock[AT_S, lane], LIFE_MIN_S) / DAY_S / YEAR_D
        days = max(expiry_d - clock[BUSINESS_D, lane], LIFE_MIN_BUSINESS_D)
        level = surface.level_far - surface.level_drop * exp_of(-days / surface.level_decay_d)
        variance = level * level * days / WEEK_D
        plan[FADING * LANES + lane] = exp_of(-days / surface.pull_decay_d)
        plan[SD * LANES + lane], plan[WING * LANES + lane] = factor * math.sqrt(variance), surface.wing * exp_of(-decay * ln_of(variance))
        plan[FORWARD * LANES + lane] = 1.0 + surface.basis_per_year * years
        plan[YEARS * LANES + lane], plan[ROOT_YEARS * LANES + lane] = years, math.sqrt(years)


@lent
def slices_into(slices: Floats, plan: Floats, series: Floats, surface: SurfaceTerms) -> None:
    """An expiry as the surface has it stands in `slices` at the looks of its plan; `series` begins at the first of them."""
    spot, dvol, pull, rho = series[SPOT], series[DVOL], series[PULL], series[RHO]
    wing_max, per_pull = surface.wing_max, -2.0 * surface.wing_decay
    for lane in range(LANES):
        slices[SLOPE * LANES + lane], slices[FORWARD * LANES + lane] = rho[lane], plan[FORWARD * LANES + lane] * spot[lane]
    for lane in range(LANES):
        slices[YEARS * LANES + lane], slices[ROOT_YEARS * LANES + lane] = plan[YEARS * LANES + lane], plan[ROOT_YEARS * LANES + lane]
    for lane in range(LANES):
        slices[SD * LANES + lane], slices[WING * LANES + lane] = plan[SD * LANES + lane] * dvol[lane], plan[WING * LANES + lane]
        slices[PULLED * LANES + lane] = plan[FADING * LANES + lane] * pull[lane]
    # Of one table only: where two might overlap, the compiler would not work in lanes.
    for lane in range(LANES):
        slices[SD * LANES + lane] *= exp_of(slices[PULLED * LANES + lane])
        slices[WING * LANES + lane] = min(slices[WING * LANES + lane] * exp_of(per_pull * slices[PULLED * LANES + lane]), wing_max)


@lent
def first_slice_into(slice_now: Floats, slices: Floats) -> None:
    """The slice of the first look stands in every lane."""
    for field in range(SLICE_FIELDS):
        value = slices[field * LANES]
        for lane in range(LANES):
            slice_now[field * LANES + lane] = value


@inlined
def tick_at(price: float, book: Book) -> tuple[float, float]:
    """The venue's tick at a price, and one over it."""
    is_coarse = price > book[1] + STEP_UP_MICRO
    return book[2] if is_coarse else book[0], book[7] if is_coarse else book[6]


@inlined
def quoted(ratio: float, sign: float, smile: Smile, book: Book) -> tuple[float, float, float, float]:
    """(bid, ask, mark, |delta|) of one option, `ratio` its strike over the forward; `sign` is 1 for a call, -1 for a put."""
    sd, rho, eta, root_years = smile
    k = ln_of(ratio)
    z = eta * k / sd
    total = sd * math.sqrt((1.0 + rho * z + math.sqrt((z + rho) * (z + rho) + 1.0 - rho * rho)) / 2.0)
    d1 = 0.5 * total - k / total
    d2 = d1 - total
    bell = exp_of(-0.5 * d1 * d1)
    # The bell at d2 is that at d1 over K/F, so the exponential is taken once.
    tail_1, tail_2 = bell * tail_over_bell(abs(d1)), bell / ratio * tail_over_bell(abs(d2))
    beyond_1 = tail_1 if sign * d1 < 0.0 else 1.0 - tail_1
    beyond_2 = tail_2 if sign * d2 < 0.0 else 1.0 - tail_2
    mark = max(sign * (beyond_1 - ratio * beyond_2), 0.0) * MICRO
    half = max(book[5] * tick_at(mark, book)[0], book[3] + book[4] * bell * root_years)
    bid, ask = mark - half, mark + half
    (bid_tick, per_bid_tick), (ask_tick, per_ask_tick) = tick_at(bid, book), tick_at(ask, book)
    bid = max(np.floor(bid * per_bid_tick + TICK_SLACK) * bid_tick, 0.0)
    ask = max(np.ceil(ask * per_ask_tick - TICK_SLACK) * ask_tick, book[0])
    return bid, ask, np.floor(mark + 0.5), beyond_1


@lent
def quotes_into(quotes: Floats, sign: float, slices: Floats, lanes: int, terms: Terms) -> None:
    """The options whose strikes over the forward stand under RATIO are quoted: bid, ask, mark and |delta| of the first lanes."""
    fees, surface = terms.fees, terms.surface
    factor = surface.spread_factor
    half = (surface.book_base_micro * factor, surface.book_per_vega * factor * VEGA_MICRO, surface.book_ticks_min * factor)
    ticks = (fees.fine_tick_micro, fees.coarse_above_micro, fees.coarse_tick_micro)
    book = (*ticks, *half, 1.0 / ticks[0], 1.0 / ticks[2])
    for lane in range(lanes):
        smile = (slices[SD * LANES + lane], slices[SLOPE * LANES + lane], slices[WING * LANES + lane], slices[ROOT_YEARS * LANES + lane])
        bid, ask, mark, delta = quoted(quotes[RATIO * LANES + lane], sign, smile, book)
        quotes[BID * LANES + lane], quotes[ASK * LANES + lane], quotes[MARK * LANES + lane], quotes[DELTA * LANES + lane] = bid, ask, mark, delta
