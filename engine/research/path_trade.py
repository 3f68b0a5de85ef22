"""The life of one trade, compiled: quoted at every look from its entry on, judged until a row of the exit table ends it.

Rules of this file: the market of a path does not know its trades, so a trade is followed
to its end as soon as it is opened, and its legs are quoted at many looks at once. What
is decided is `path_rules`' affair. A trade is a row of numbers, named below.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research import path_market, path_rules
from engine.research.compiled import compiled, inlined, lent
from engine.research.path_chance import DRAW_BRIDGE, DRAW_DELIVERY, DRAWS_PER_STEP, normals, parts_of
from engine.research.path_entry import CREDIT, FEE, LOSS_USD, OFFER_FIELDS, STRIKES_AT
from engine.research.path_market import DAY_S, DELTA, DVOL, FORWARD, LANES, QUOTE_FIELDS, RATIO, SLICE_FIELDS, SPOT
from engine.research.path_numbers import exp_of
from engine.research.path_rules import DATA, EXPIRE, HOLD, MICRO, SETTLED
from engine.research.path_setting import AT_S, BUSINESS_D, LN_SPOT, VARIANCE, Model
from engine.research.path_terms import Terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.research.path_rules import Legs, Place

    Floats = NDArray[np.float64]
    Calendar = NDArray[np.void]
    Setting = tuple[Calendar, Floats, Model, Terms]
    """The looks, their clock, how the market moves, the rules: the same for every path."""
    Market = tuple[np.uint64, Floats, Floats]
    """The chance and the series of one path, and what the calendar says of the expiry from the entry on, a row for so many looks."""
    Desk = tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]
    """To work with: an expiry at many looks, its legs at these, the book of one look, strikes by side and leg, whether a side is of calls."""

PUT_SPREAD, CALL_SPREAD, CONDOR = 0, 1, 2
STRATEGY, EXPIRY_S, EXPIRY_D, DVOL_ENTRY, LOTS, OPENED, IS_WAITING, CLOSED, REASON, RESULT = (OFFER_FIELDS + number for number in range(10))
TRADE_FIELDS = OFFER_FIELDS + 10
PLACE_FIELDS, TOLD_FIELDS, BOOK_FIELDS = 4, 6, 12
TRACE_FIELDS = PLACE_FIELDS + TOLD_FIELDS + TRADE_FIELDS + BOOK_FIELDS


@compiled
def desk_of() -> Desk:
    """Room to work in: new arrays would cost more than the look they are for."""
    return np.zeros(SLICE_FIELDS * LANES), np.zeros((4, QUOTE_FIELDS * LANES)), np.zeros((2, 2, 3)), np.ones((2, 2)), np.ones(2, np.bool_)


@lent
def follow(trade: Floats, market: Market, setting: Setting, desk: Desk, trace: Floats) -> int:
    """The look, the exit row and r of its close stand in the trade, no row where the calendar ends first; returns how many looks were traced.

    The desk holds its expiry from the look of its entry on already.
    """
    calendar, terms = setting[0], setting[3]
    legs = _legs(trade, desk)
    opened, traced = int(trade[OPENED]), 0
    trade[CLOSED], trade[REASON] = len(calendar), HOLD
    begun = -1
    for look in range(opened + 1, len(calendar)):
        if setting[1][AT_S, look] >= trade[EXPIRY_S]:
            trade[CLOSED], trade[REASON], trade[RESULT] = look, SETTLED, _settled(look, trade, market, setting, legs)
            break
        if calendar[look].is_blackout and calendar[look].at_s // DAY_S == trade[EXPIRY_S] // DAY_S:
            continue
        block = (look - opened) // LANES
        if block != begun:
            begun = block
            _quote_from(opened + block * LANES, block, market, (legs, desk), terms)
        row = trace[traced] if traced < len(trace) else trace[0, :0]
        reason, r = _judged(look, (look - opened) % LANES, trade, (market, setting), (legs, desk, row))
        traced += 1
        if reason not in (HOLD, DATA, EXPIRE):
            trade[CLOSED], trade[REASON], trade[RESULT] = look, reason, r
            break
    return min(traced, len(trace))


@inlined
def _legs(trade: Floats, desk: Desk) -> Legs:
    """The sides of a trade."""
    strikes, is_call = desk[3], desk[4]
    for side in range(2):
        strikes[side, 0], strikes[side, 1] = trade[STRIKES_AT + 2 * side], trade[STRIKES_AT + 2 * side + 1]
    is_call[0] = trade[STRATEGY] == CALL_SPREAD
    return 2 if trade[STRATEGY] == CONDOR else 1, strikes, is_call


@inlined
def _settled(look: int, trade: Floats, market: Market, setting: Setting, legs: Legs) -> float:
    """r of a trade that is delivered; the index at the expiry, which lies inside the step that ended at `look`, is a bridge between its two ends."""
    (key, series, _), (_, clock, _, terms) = market, setting
    begun, ended = clock[BUSINESS_D, look - 1], clock[BUSINESS_D, look]
    share = min(max((trade[EXPIRY_D] - begun) / (ended - begun), 0.0), 1.0)
    moved, drawn = series[LN_SPOT, look] - series[LN_SPOT, look - 1], series[VARIANCE, look] - series[VARIANCE, look - 1]
    chance = normals(key, look * DRAWS_PER_STEP + DRAW_DELIVERY)[0]
    price = exp_of(series[LN_SPOT, look - 1] + share * moved + math.sqrt(drawn * share * (1.0 - share)) * chance)
    payout, fee = path_rules.delivered(legs, price, terms.fees)
    r: float = (trade[CREDIT] - payout - trade[FEE] - fee) / MICRO * price / trade[LOSS_USD]
    return r


@inlined
def _quote_from(look: int, block: int, market: Market, place: tuple[Legs, Desk], terms: Terms) -> None:
    """Every leg of the trade is quoted at the looks from this one on; the first block's slices are there since the entry."""
    (sides, strikes, is_call), slices, quotes = place[0], place[1][0], place[1][1]
    if block > 0:
        path_market.slices_into(slices, market[2][block], market[1][:, look : look + LANES], terms.surface)
    for side in range(sides):
        for leg in range(2):
            quoted = quotes[2 * side + leg]
            for lane in range(LANES):
                quoted[RATIO * LANES + lane] = strikes[side, leg] / slices[FORWARD * LANES + lane]
            path_market.quotes_into(quoted, 1.0 if is_call[side] else -1.0, slices, LANES, terms)


@inlined
def _judged(look: int, lane: int, trade: Floats, given: tuple[Market, Setting], place: tuple[Legs, Desk, Floats]) -> tuple[int, float]:
    """(exit row, r) of an open trade at a look; r counts where the trade ends. The look stands in the row of the trace unless that is empty."""
    ((key, series, _), (_, clock, model, terms)), (legs, desk, row) = given, place
    spot, dvol = series[SPOT, look], series[DVOL, look]
    book = desk[2]
    delta = _book_at(book, lane, legs[0], desk[1])
    worst = _worst_move(key, look, series, legs, model.parts) if delta >= terms.exits.adverse_delta else math.inf
    where = (spot, delta, worst, (trade[EXPIRY_S] - clock[AT_S, look]) / DAY_S)
    facts = (trade[CREDIT], trade[FEE], 100.0 * (dvol - trade[DVOL_ENTRY]))
    reason, close_fee = path_rules.judged(book, legs, where, facts, terms.exits, terms.fees)
    if reason in (HOLD, DATA, EXPIRE) and len(row) == 0:
        return reason, 0.0
    price = path_rules.close_price(book, legs, spot, terms.exits, terms.fees)
    r = (trade[CREDIT] - price - trade[FEE] - close_fee) / MICRO * spot / trade[LOSS_USD]
    if len(row) > 0:
        _note(row, trade, where, (float(look), dvol, close_fee, price, r, float(reason)), book)
    return reason, r


@inlined
def _book_at(book: Floats, lane: int, sides: int, quotes: Floats) -> float:
    """The largest |delta| of a short leg; the quotes of every leg at one look stand in `book`."""
    largest = 0.0
    for side in range(sides):
        for leg in range(2):
            for field in range(3):
                book[side, leg, field] = quotes[2 * side + leg, field * LANES + lane]
        largest = max(largest, quotes[2 * side, DELTA * LANES + lane])
    return largest


@inlined
def _worst_move(key: np.uint64, look: int, series: Floats, legs: Legs, parts: int) -> float:
    """The worst part of the last step against any side of the trade."""
    step = (series[LN_SPOT, look] - series[LN_SPOT, look - 1], series[VARIANCE, look] - series[VARIANCE, look - 1])
    lowest, highest, _ = parts_of(key, look * DRAWS_PER_STEP + DRAW_BRIDGE, step, parts)
    worst = math.inf
    for side in range(legs[0]):
        worst = min(worst, 1.0 - exp_of(highest) if legs[2][side] else exp_of(lowest) - 1.0)
    return worst


@inlined
def _note(row: Floats, trade: Floats, place: Place, told: tuple[float, float, float, float, float, float], book: Floats) -> None:
    """A look stands in a row of the trace: the place, what was told of it, the trade, the book of both sides."""
    for number in range(PLACE_FIELDS):
        row[number] = place[number]
    for number in range(TOLD_FIELDS):
        row[PLACE_FIELDS + number] = told[number]
    at = PLACE_FIELDS + TOLD_FIELDS
    for number in range(TRADE_FIELDS):
        row[at + number] = trade[number]
    at += TRADE_FIELDS
    for side in range(2):
        for leg in range(2):
            for field in range(3):
                row[at + 6 * side + 3 * leg + field] = book[side, leg, field]
