"""The exit table, the fees and the paper prices of core, compiled: what a path is judged by.

Rules of this file: nothing is decided here that core does not decide the same way, and
a test holds each function against core's on random books. A book is an array by side,
leg (short, long) and BID, ASK, MARK in micro ETH, where zero means nobody bids; of a
vertical only the first side is read. Source: `engine.core.exit_decision`, `fees`,
`spread_prices`, `payoff`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.research.compiled import inlined, lent
from engine.research.path_terms import ExitTerms, FeeTerms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Legs = tuple[int, Floats, Bools]
    """How many sides, the strikes by side and leg, whether a side is of calls."""
    Place = tuple[float, float, float, float]
    """Spot, the largest |short delta|, the worst move against the trade since the last look, days left."""
    Facts = tuple[float, float, float]
    """Credit, opening fee, change of DVOL since the entry in points."""

SHORT, LONG = 0, 1
BID, ASK, MARK = 0, 1, 2
HOLD, DATA, STOP_LOSS, VOL_STOP, DELTA_BREACH, ADVERSE_MOVE, PIN_RISK, EXPIRE, PROFIT_TAKE, TIME_STOP = 15, 3, 5, 6, 7, 8, 9, 10, 11, 12
SETTLED = 1
"""Exits are numbered as their rows in core's table."""
MICRO = 1e6


@inlined
def floor_to(price: float, tick: float) -> float:
    """The highest multiple of the tick that is not above the price."""
    return math.floor(price / tick + 1e-9) * tick


@inlined
def ceil_to(price: float, tick: float) -> float:
    """The lowest multiple of the tick that is not below the price."""
    return math.ceil(price / tick - 1e-9) * tick


@inlined
def leg_fee(price: float, fees: FeeTerms) -> float:
    """The fee of trading one leg."""
    return min(fees.trade_micro, fees.premium_cap_frac * max(price, 0.0))


@inlined
def combo_fee(shorts: float, longs: float, fees: FeeTerms) -> float:
    """The fee of an order whose sold and bought legs would cost these sums."""
    return max(shorts, longs) if fees.is_cheaper_group_free else shorts + longs


@inlined
def marked_fee(book: Floats, sides: int, fees: FeeTerms) -> float:
    """The fee of trading the whole spread at its marks."""
    shorts, longs = 0.0, 0.0
    for side in range(sides):
        shorts += leg_fee(book[side, SHORT, MARK], fees)
        longs += leg_fee(book[side, LONG, MARK], fees)
    return combo_fee(shorts, longs, fees)


@inlined
def intrinsic_usd(strike: float, is_call: bool, index_usd: float) -> float:
    """What one option is worth at settlement."""
    return max(index_usd - strike if is_call else strike - index_usd, 0.0)


@inlined
def delivered(legs: Legs, index_usd: float, fees: FeeTerms) -> tuple[float, float]:
    """(payout, fees) of a spread settled at `index_usd`."""
    sides, strikes, is_call = legs
    payout, fee = 0.0, 0.0
    for side in range(sides):
        width = abs(strikes[side, SHORT] - strikes[side, LONG])
        payout += min(intrinsic_usd(strikes[side, SHORT], is_call[side], index_usd), width) / index_usd * MICRO
        for leg in range(2):
            value = intrinsic_usd(strikes[side, leg], is_call[side], index_usd) / index_usd * MICRO
            fee += min(fees.delivery_micro, fees.delivery_cap_frac * value)
    return payout, fee


@inlined
def mark_to_close(book: Floats, sides: int) -> float:
    """Cost to close at the marks."""
    cost = 0.0
    for side in range(sides):
        cost += book[side, SHORT, MARK] - book[side, LONG, MARK]
    return cost


@inlined
def natural_to_close(book: Floats, sides: int) -> float:
    """Cost to close by crossing every book."""
    cost = 0.0
    for side in range(sides):
        cost += book[side, SHORT, ASK] - book[side, LONG, BID]
    return cost


@inlined
def mid_to_close(book: Floats, sides: int) -> float:
    """Cost to close at mid; an empty bid leaves the short at its ask and the long worth nothing."""
    cost = 0.0
    for side in range(sides):
        short, long = book[side, SHORT], book[side, LONG]
        cost += (short[BID] + short[ASK]) / 2.0 if short[BID] > 0.0 else short[ASK]
        if long[BID] > 0.0:
            cost -= (long[BID] + long[ASK]) / 2.0
    return cost


@inlined
def towards(mid: float, natural: float, pct: float) -> float:
    """A hundred times the price `pct` of the way from mid to natural: whole numbers stay whole."""
    return (100.0 - pct) * mid + pct * natural


@inlined
def close_price(book: Floats, legs: Legs, spot: float, exits: ExitTerms, fees: FeeTerms) -> float:
    """The debit a paper exit pays: up to tick, never below zero, never more than the width is worth."""
    sides, tick = legs[0], fees.combo_tick_micro
    debit = ceil_to(towards(mid_to_close(book, sides), natural_to_close(book, sides), exits.fill_pct) / 100.0, tick)
    return min(max(debit, 0.0), floor_to(width_micro(legs[1], sides, spot), tick))


@inlined
def width_micro(strikes: Floats, sides: int, index_usd: float) -> float:
    """The wider side's width in coin."""
    width = 0.0
    for side in range(sides):
        width = max(width, abs(strikes[side, SHORT] - strikes[side, LONG]))
    return width / index_usd * MICRO


@inlined
def otm_usd(strike: float, is_call: bool, index_usd: float) -> float:
    """How far out of the money a strike lies; negative inside."""
    return strike - index_usd if is_call else index_usd - strike


@inlined
def nearest_side(strikes: Floats, is_call: Bools, sides: int, index_usd: float) -> int:
    """The side whose short strike is nearest to the money, or furthest beyond it."""
    if sides == 1 or otm_usd(strikes[0, SHORT], is_call[0], index_usd) <= otm_usd(strikes[1, SHORT], is_call[1], index_usd):
        return 0
    return 1


@inlined
def are_marks_possible(book: Floats, strikes: Floats, sides: int, spot: float, slack: tuple[float, float]) -> bool:
    """False when a side is marked below nothing or above its width; `slack` in micro ETH and as a multiple of the width."""
    for side in range(sides):
        mark = book[side, SHORT, MARK] - book[side, LONG, MARK]
        width = abs(strikes[side, SHORT] - strikes[side, LONG]) / spot * MICRO
        if mark < -slack[0] or mark > width * slack[1] + slack[0]:
            return False
    return True


@lent
def judged(book: Floats, legs: Legs, place: Place, facts: Facts, exits: ExitTerms, fees: FeeTerms) -> tuple[int, float]:  # noqa: PLR0917
    """(the first row of the exit table that fires or HOLD, the closing fee) of an open spread."""
    sides, strikes, is_call = legs
    spot, delta, worst_move, dte_days = place
    close_fee, natural = marked_fee(book, sides, fees), natural_to_close(book, sides)
    slack = max(fees.coarse_tick_micro, fees.fine_tick_micro)
    if not are_marks_possible(book, strikes, sides, spot, (slack, exits.mark_over_width_max)):
        return DATA, close_fee
    side = nearest_side(strikes, is_call, sides, spot)
    width = abs(strikes[side, SHORT] - strikes[side, LONG]) / spot * MICRO
    is_full = dte_days < 1.0 and natural >= exits.at_max_loss_frac * width
    otm_frac = otm_usd(strikes[side, SHORT], is_call[side], spot) / spot
    expected_100 = towards(mid_to_close(book, sides), natural, exits.expected_pct)
    stop = stop_reason((mark_to_close(book, sides), delta, worst_move, otm_frac, dte_days), facts, exits)
    if stop != HOLD and not is_full:
        return stop, close_fee
    seen = (mark_to_close(book, sides), expected_100, close_fee, otm_frac, dte_days)
    return quiet_reason(seen, facts, is_full, exits), close_fee


@inlined
def stop_reason(seen: tuple[float, float, float, float, float], facts: Facts, exits: ExitTerms) -> int:
    """The row that ends a trade in danger; `seen`: mark, |short delta|, worst move since the last look, distance of the nearest short strike, days left."""
    mark, delta, worst_move, otm_frac, dte_days = seen
    credit, _, dvol_change_pts = facts
    if mark / credit >= exits.stop_loss_x:
        return STOP_LOSS
    if dvol_change_pts >= exits.vol_stop_pts:
        return VOL_STOP
    if delta >= exits.delta_breach:
        return DELTA_BREACH
    if delta >= exits.adverse_delta and worst_move <= -exits.adverse_move_frac:
        return ADVERSE_MOVE
    return PIN_RISK if dte_days <= exits.pin_dte_d and otm_frac < exits.pin_otm_frac else HOLD


@inlined
def quiet_reason(seen: tuple[float, float, float, float, float], facts: Facts, is_full: bool, exits: ExitTerms) -> int:
    """The row that ends or keeps a trade at peace; `seen`: mark, a hundred times the expected cost, closing fee, distance, days left."""
    mark, expected_100, close_fee, otm_frac, dte_days = seen
    credit, open_fee, _ = facts
    net = credit - open_fee
    if dte_days <= exits.expire_dte_d and otm_frac >= exits.expire_otm_frac and mark / credit <= exits.expire_mark_over_credit:
        return EXPIRE
    if net > 0.0 and (100.0 * (net - close_fee) - expected_100) / (100.0 * net) >= exits.profit_take_frac:
        return PROFIT_TAKE
    if not is_full and dte_days <= exits.time_stop_dte_d and (credit - mark) / credit < exits.time_hold_above_frac:
        return TIME_STOP
    return HOLD
