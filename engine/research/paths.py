"""Whole paths, compiled: the market goes on, trades end, entries are looked for, results are kept.

Rules of this file: a look comes first at what is open and then, where the calendar says
so, at a new entry, as in the job table; one path touches nothing of another. Nothing a
trade does changes the market, so the market is drawn whole, a trade is followed to its
end when it is opened, and only looks at which an entry may be taken are visited.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.research import path_market
from engine.research.compiled import compiled, inlined, lent
from engine.research.path_chance import DRAW_BRIDGE, DRAWS_PER_STEP, parts_of, path_key
from engine.research.path_entry import LADDER_FIELDS, LOSS_USD, OFFER_FIELDS, STRIKES_MAX, can_never_fit, lots_of, offer_into, strategy_of
from engine.research.path_market import DAY_S, DVOL, LANES, PLAN_FIELDS, QUOTE_FIELDS, SERIES_ROWS, SLICE_FIELDS, SPOT, YEAR_D
from engine.research.path_numbers import exp_of
from engine.research.path_rules import ADVERSE_MOVE, STOP_LOSS
from engine.research.path_setting import AT_S, BUSINESS_D, LN_SPOT, VARIANCE, Model
from engine.research.path_terms import EntryTerms, Terms
from engine.research.path_trade import (
    CALL_SPREAD,
    CLOSED,
    CONDOR,
    DVOL_ENTRY,
    EXPIRY_D,
    EXPIRY_S,
    IS_WAITING,
    LOTS,
    OPENED,
    PUT_SPREAD,
    REASON,
    RESULT,
    STRATEGY,
    TRADE_FIELDS,
    desk_of,
    follow,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.research.path_trade import Calendar, Desk, Floats, Market, Setting

    Room = tuple[Floats, Floats, Floats, Floats, Desk]
    """The trades that may be open at once; to work with: an expiry, the strikes of two sides, a table to quote in, and what following a trade takes."""
    Ints = NDArray[np.int64]
    Results = tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int32], NDArray[np.int32]]
    """r, exit row and look of the close by path and trade, and how many trades by path."""


@compiled
def run_paths(span: tuple[int, int], setting: tuple[Calendar, Model, Terms], start: tuple[Floats, float, float], out: Results, trace: Floats) -> None:
    """The results of the paths from the first of `span` up to its last stand in `out`.

    Every look at the trades of the first path stands in `trace` while it has rows.
    """
    calendar, model, terms = setting
    clock, series = _clock(calendar), np.zeros((SERIES_ROWS, len(calendar) + LANES))
    trades = np.zeros((max(terms.entry.open_max, 1), TRADE_FIELDS))
    ladders, quotes = np.zeros((2, LADDER_FIELDS, STRIKES_MAX)), np.zeros(QUOTE_FIELDS * LANES)
    room = (trades, np.zeros(SLICE_FIELDS * LANES), ladders, quotes, desk_of())
    entries = np.array([look for look in range(model.history, len(calendar)) if calendar[look].is_entry and calendar[look].expiry_s > 0])
    plans = _plans(calendar, clock, entries, terms)
    for path in range(span[0], span[1]):
        series[:3, : model.history + 1] = start[0]
        trades[:, IS_WAITING] = 0.0
        key = path_key(model.seed, path)
        path_market.live(series, clock, key, model, (start[1], start[2], terms.surface))
        out[3][path] = _traded(
            path, (key, series, plans), (calendar, clock, model, terms), room, (out, trace if path == span[0] else trace[:0], np.zeros(2), entries)
        )


@compiled
def _clock(calendar: Calendar) -> Floats:
    """Instant and business days of every look, and of a few beyond the last that are quoted but never looked at."""
    clock = np.zeros((2, len(calendar) + LANES))
    for look in range(clock.shape[1]):
        known = min(look, len(calendar) - 1)
        clock[AT_S, look], clock[BUSINESS_D, look] = calendar[known].at_s, calendar[known].business_d
    return clock


@lent
def _traded(path: int, drawn: tuple[np.uint64, Floats, NDArray[np.float64]], setting: Setting, room: Room, kept: tuple[Results, Floats, Floats, Ints]) -> int:
    """How many trades one path closed from its first look to its last; their results are kept."""
    calendar, terms = setting[0], setting[3]
    trades, (out, trace, stopped, entries) = room[0], kept
    week, opened_this_week, closed, traced = -1, 0, 0, 0
    stopped[:] = -math.inf
    for number in range(len(entries)):
        look, market = entries[number], (drawn[0], drawn[1], drawn[2][number])
        closed = _retired(path, look, (trades, stopped), setting, (out, closed))
        if calendar[look].week != week:
            week, opened_this_week = calendar[look].week, 0
        if opened_this_week >= terms.entry.new_per_week:
            continue
        slot = _opened(look, market, setting, stopped, room)
        if slot >= 0:
            opened_this_week += 1
            traced += follow(trades[slot], market, setting, room[4], trace[traced:])
    return _retired(path, len(calendar) - 1, (trades, stopped), setting, (out, closed))


@compiled
def _plans(calendar: Calendar, clock: Floats, entries: Ints, terms: Terms) -> Floats:
    """What the calendar says of the expiry of every entry, from its look on until it is delivered: by entry, block of looks and field."""
    looks = 0
    for look in entries:
        looks = max(looks, np.searchsorted(clock[AT_S, : len(calendar)], calendar[look].expiry_s) - look)
    plans = np.zeros((len(entries), looks // LANES + 1, PLAN_FIELDS * LANES))
    for number in range(len(entries)):
        at = calendar[entries[number]]
        for block in range(plans.shape[1]):
            begun = min(entries[number] + block * LANES, len(calendar))
            path_market.plan_into(plans[number, block], (float(at.expiry_s), at.expiry_business_d), clock[:, begun : begun + LANES], terms.surface)
    return plans


@inlined
def _retired(path: int, look: int, book: tuple[Floats, Floats], setting: Setting, kept: tuple[Results, int]) -> int:
    """How many trades have closed up to a look: those that ended by then are kept in the order of their ends, and their sides wait after a stop."""
    (trades, stopped), (calendar, _, model, _), (out, closed) = book, setting, kept
    while True:
        first = -1
        for slot in range(len(trades)):
            if trades[slot, IS_WAITING] != 0.0 and trades[slot, CLOSED] <= look and (first < 0 or trades[slot, CLOSED] < trades[first, CLOSED]):
                first = slot
        if first < 0:
            return closed
        trade = trades[first]
        trade[IS_WAITING] = 0.0
        ended = int(trade[CLOSED])
        if STOP_LOSS <= trade[REASON] <= ADVERSE_MOVE:
            _note_stop(stopped, trade, calendar[ended].at_s / DAY_S)
        if closed < out[0].shape[1]:
            out[0][path, closed], out[1][path, closed], out[2][path, closed] = trade[RESULT], int(trade[REASON]), ended - model.history
            closed += 1


@inlined
def _note_stop(stopped: Floats, trade: Floats, at_d: float) -> None:
    """The sides of a trade that was stopped wait from now on."""
    if trade[STRATEGY] != CALL_SPREAD:
        stopped[0] = at_d
    if trade[STRATEGY] != PUT_SPREAD:
        stopped[1] = at_d


@inlined
def _opened(look: int, market: Market, setting: Setting, stopped: Floats, room: Room) -> int:
    """The slot of the trade that was opened at this look, -1 for none."""
    (_, series, plans), (calendar, clock, model, terms), (trades, slice_now, ladders, quotes, desk) = market, setting, room
    strategy = _strategy(look, series, (model, terms.entry))
    at_d, wait_d = calendar[look].at_s / DAY_S, terms.entry.cooldown_d
    if strategy < 0 or (strategy != CALL_SPREAD and at_d - stopped[0] < wait_d) or (strategy != PUT_SPREAD and at_d - stopped[1] < wait_d):
        return -1
    slot, engaged = _room(trades, strategy, calendar[look].expiry_s, terms.entry)
    if slot < 0 or can_never_fit(series[SPOT, look], (calendar[look].expiry_s - clock[AT_S, look]) / DAY_S, strategy == CONDOR, terms):
        return -1
    trade, spot, dvol = trades[slot], series[SPOT, look], series[DVOL, look]
    trade[EXPIRY_S], trade[EXPIRY_D] = calendar[look].expiry_s, calendar[look].expiry_business_d
    path_market.slices_into(desk[0], plans[0], series[:, look : look + LANES], terms.surface)
    path_market.first_slice_into(slice_now, desk[0])
    if not offer_into(trade[:OFFER_FIELDS], (ladders, quotes), (strategy, spot), slice_now, terms):
        return -1
    # The last filter, because nearly every look passes it and its chance must be drawn.
    if not _is_last_part_calm(look, market, model.parts, terms.entry):
        return -1
    lots = lots_of(trade[LOSS_USD], engaged, 100.0 * dvol, terms.entry)
    trade[STRATEGY], trade[DVOL_ENTRY], trade[LOTS], trade[OPENED], trade[IS_WAITING] = strategy, dvol, lots, look, min(lots, 1)
    return slot if lots > 0 else -1


@inlined
def _strategy(look: int, series: Floats, rules: tuple[Model, EntryTerms]) -> int:
    """What the bias asks for at a look, -1 for nothing."""
    model, entry = rules
    day, spot, variance, dvol = model.per_day, series[SPOT], series[VARIANCE], series[DVOL]
    rv_10 = 100.0 * math.sqrt((variance[look] - variance[look - 10 * day]) / 10.0 * YEAR_D)
    rv_30 = 100.0 * math.sqrt((variance[look] - variance[look - 30 * day]) / 30.0 * YEAR_D)
    now = spot[look]
    returns = (now / spot[look - 30 * day] - 1.0, now / spot[look - 7 * day] - 1.0, now / spot[look - day] - 1.0)
    return strategy_of(100.0 * dvol[look], 100.0 * (dvol[look] - dvol[look - day]), returns, (rv_10, rv_30), entry)


@inlined
def _is_last_part_calm(look: int, market: Market, parts: int, entry: EntryTerms) -> bool:
    """The price has not just moved too far within the last hours."""
    key, series, _ = market
    step = (series[LN_SPOT, look] - series[LN_SPOT, look - 1], series[VARIANCE, look] - series[VARIANCE, look - 1])
    return abs(exp_of(parts_of(key, look * DRAWS_PER_STEP + DRAW_BRIDGE, step, parts)[2]) - 1.0) <= entry.return_4h_max_frac


@inlined
def _room(trades: Floats, strategy: int, expiry_s: int, entry: EntryTerms) -> tuple[int, float]:
    """(a free slot, what is engaged in USD); no slot where the book, the expiry or the side is full."""
    slot, engaged, puts, calls = -1, 0.0, 0, 0
    for number in range(len(trades)):
        trade = trades[number]
        if trade[IS_WAITING] == 0.0:
            slot = number if slot < 0 else slot
            continue
        engaged += trade[LOSS_USD] * trade[LOTS]
        if trade[EXPIRY_S] == expiry_s:
            puts += trade[STRATEGY] != CALL_SPREAD
            calls += trade[STRATEGY] != PUT_SPREAD
    is_full = (strategy != CALL_SPREAD and puts >= entry.per_expiry_and_side) or (strategy != PUT_SPREAD and calls >= entry.per_expiry_and_side)
    return (-1 if is_full else slot), engaged
